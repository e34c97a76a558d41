//! What the rows of the table have in common.

use crate::probe::case::{Case, CaseAction, Outcomes};
use crate::probe::request::RawRequest;

/// Rows of `id: what is sent, how => right outcomes, the kernel function that decides;`.
macro_rules! cases {
    ($($id:literal: $sends:literal, $action:expr => $expected:expr, $function:expr;)*) => {
        &[$($crate::probe::case::Case {
            id: $id,
            sends: $sends,
            action: $action,
            expected: $expected,
            function: $function,
        },)*]
    };
}

pub(super) use cases;

/// A row that sends one request.
pub(super) const fn send(
    id: &'static str,
    sends: &'static str,
    request: RawRequest,
    expected: Outcomes,
    function: &'static str,
) -> Case {
    Case { id, sends, action: CaseAction::Send(request), expected, function }
}

/// Mainline's driver, and what v12 is called by.
pub(in crate::probe) const DRIVER: &str = "dma_heap_ioctl";
pub(super) const FIELDS: &str = "dma_heap_ioctl_allocate";
pub(super) const LENGTH: &str = "dma_heap_buffer_alloc";

pub(super) const GOOD: RawRequest = RawRequest::GOOD;

/// The same outcome on both ABIs.
pub(super) const fn same(outcome: &'static str) -> Outcomes {
    Outcomes::same(outcome)
}

pub(super) const OK: Outcomes = same("ok");
pub(super) const DONE: Outcomes = same("done");
pub(super) const EACCES: Outcomes = same("EACCES");
pub(super) const EBADF: Outcomes = same("EBADF");
pub(super) const EFAULT: Outcomes = same("EFAULT");
pub(super) const EINVAL: Outcomes = same("EINVAL");
pub(super) const ENOTTY: Outcomes = same("ENOTTY");
pub(super) const ESPIPE: Outcomes = same("ESPIPE");
/// Requests that mainline takes and v12 does not know.
pub(super) const OK_BUT_UNKNOWN: Outcomes = same("ok").v12("ENOTTY");
pub(super) const UNKNOWN: Outcomes = same("EINVAL").v12("ENOTTY");
/// Requests that mainline takes for an allocation, whose descriptor it does not return.
pub(super) const HIDDEN: Outcomes = same("ok+hidden_fd").v12("ENOTTY");
