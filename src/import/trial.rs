//! Several buffers, one device: a driver may take some of a heap and refuse others.

use super::answer::{ImportAnswer, ImportStep, ImportVerdict, Reason};
use super::device::{Attachment, ImportDevice, ImportUse};
use crate::dmabuf::DmaBuf;
use crate::error::Error;
use std::os::fd::AsFd;

/// The result for one device.
#[derive(Debug)]
pub(crate) struct TrialResult<'d> {
    pub answer: ImportAnswer,
    /// Bytes of the last buffer.
    pub size: Option<u64>,
    pub tried: u64,
    pub accepted: u64,
    /// References to refused buffers that the kernel kept.
    pub kept: u64,
    /// The last buffer that was accepted, and that the device has it.
    pub attached: Option<(Attachment<'d>, DmaBuf)>,
}

/// Gives `device` as many as `tries` buffers that `allocate` makes. They are all held until the end: one that was freed would come again.
pub(crate) fn try_buffers<'d>(
    device: &'d ImportDevice,
    how: ImportUse<'_>,
    tries: u64,
    mut allocate: impl FnMut() -> Result<DmaBuf, Error>,
) -> TrialResult<'d> {
    let mut held = Vec::new();
    let mut result = TrialResult {
        answer: ImportAnswer::accepted(ImportStep::Allocate),
        size: None,
        tried: 0,
        accepted: 0,
        kept: 0,
        attached: None,
    };
    let mut refusal = None;
    while result.tried < tries {
        let buffer = match allocate() {
            Ok(buffer) => buffer,
            // Fewer than were wanted will do, but none.
            Err(_) if result.tried > 0 => break,
            Err(error) => {
                let reason = Reason::known(error.to_string());
                result.answer = ImportAnswer::skipped(ImportStep::Allocate, error.kernel_errno(), reason);
                return result;
            }
        };
        let size = match buffer.size() {
            Ok(size) => size,
            Err(errno) => {
                let reason = Reason::known("the size of the buffer cannot be asked for".to_owned());
                result.answer = ImportAnswer::skipped(ImportStep::Allocate, Some(errno), reason);
                return result;
            }
        };
        (result.size, result.tried) = (Some(size), result.tried + 1);
        // A queue has room for one of them, and only the last can stay attached.
        held.extend(result.attached.take().map(|(_, buffer)| buffer));
        let before = buffer.fdinfo().count;
        match device.import(buffer.as_fd(), size, how) {
            Ok((step, attachment)) => {
                result.accepted += 1;
                result.answer = ImportAnswer::accepted(step);
                result.attached = Some((attachment, buffer));
            }
            Err(answer) => {
                result.kept +=
                    buffer.fdinfo().count.zip(before).map_or(0, |(after, before)| after.saturating_sub(before));
                let is_final = answer.verdict == ImportVerdict::Skipped;
                refusal = Some(answer);
                held.push(buffer);
                if is_final {
                    break;
                }
            }
        }
    }
    if let Some(refusal) = refusal {
        let verdict = if result.accepted > 0 { ImportVerdict::Sometimes } else { refusal.verdict };
        result.answer = ImportAnswer { verdict, ..refusal };
    }
    result
}
