//! A case: what is sent, what must come back, and who decides it in the kernel.

use super::context::CaseContext;
use super::observation::Observation;
use super::request::RawRequest;
use crate::heap::MemoryKind;
use crate::model::{Abi, AccessMode, Kernel, Operation, Release};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// `[a-z0-9_]+`, unique, and the same for ever.
    pub id: &'static str,
    /// The request, in one sentence.
    pub sends: &'static str,
    pub expected: Outcomes,
    /// The kernel function that decides.
    pub function: &'static str,
    pub action: CaseAction,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct CaseGroup {
    pub name: &'static str,
    /// The subject of its cases.
    pub about: &'static str,
    pub cases: &'static [Case],
}

/// The outcomes that are right, as literals; `a|b` where the kernel's configuration decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcomes {
    /// On most kernels.
    pub usual: &'static str,
    /// On a kernel with the 2019 v12 series, where the framework of heaps decides and that of v12 differs.
    pub v12: Option<&'static str>,
    /// The answers from a release on, in the order of releases.
    pub since: &'static [(Release, &'static str)],
    /// The answers of kinds of memory that have others.
    pub kinds: &'static [(MemoryKind, &'static str)],
    /// Mainline's answer before the fix of the EFAULT leak, a known deviation.
    pub before_fix: Option<&'static str>,
    /// The answer where this is not there: the case then proves nothing.
    pub without: Option<(Feature, &'static str)>,
}

/// A feature that a kernel or a heap may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// `CONFIG_SYNC_FILE`.
    SyncFile,
    /// Buffers that can be mapped: a heap of a TEE has none (`tee_shm_dmabuf_ops`).
    Mappings,
}

/// The request that a case makes, and what it looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CaseAction {
    Send(RawRequest),
    /// Many requests, which must end alike.
    Each(fn() -> Vec<RawRequest>),
    Call(OpenedFile, Operation),
    Mmap(OpenedFile, Map),
    /// More than one request or call.
    Custom(fn(&CaseContext<'_>) -> Observation),
}

/// The file that an operation is tried on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OpenedFile {
    /// The node, opened with this access mode.
    Node(AccessMode),
    /// A buffer of two pages.
    Buffer(AccessMode),
}

/// The arguments of mmap(2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Map {
    /// How many pages.
    pub pages: u64,
    /// The offset in pages.
    pub first: u64,
    /// Bytes by which the offset is more than that.
    pub askew: u64,
    /// `PROT_READ`.
    pub read: bool,
    /// `PROT_WRITE`.
    pub write: bool,
    /// `PROT_EXEC`.
    pub exec: bool,
    /// `MAP_SHARED`.
    pub shared: bool,
}

impl Outcomes {
    /// The same on both ABIs.
    pub(super) const fn same(usual: &'static str) -> Self {
        Self { usual, v12: None, since: &[], kinds: &[], before_fix: None, without: None }
    }

    pub(super) const fn v12(mut self, outcome: &'static str) -> Self {
        self.v12 = Some(outcome);
        self
    }

    pub(super) const fn since(mut self, changes: &'static [(Release, &'static str)]) -> Self {
        self.since = changes;
        self
    }

    pub(super) const fn on(mut self, kinds: &'static [(MemoryKind, &'static str)]) -> Self {
        self.kinds = kinds;
        self
    }

    pub(super) const fn before_fix(mut self, outcome: &'static str) -> Self {
        self.before_fix = Some(outcome);
        self
    }

    pub(super) const fn without(mut self, feature: Feature, outcome: &'static str) -> Self {
        self.without = Some((feature, outcome));
        self
    }

    /// The outcomes of other kernels than most, and which those are: `6.9: done`, `cma: ENOMEM`.
    pub(crate) fn exceptions(&self) -> Vec<String> {
        let since = self.since.iter().map(|(Release(major, minor), outcome)| format!("{major}.{minor}: {outcome}"));
        let kinds = self.kinds.iter().map(|(kind, outcome)| format!("{kind}: {outcome}"));
        let before_fix = self.before_fix.map(|outcome| format!("before the fix: {outcome}"));
        since.chain(kinds).chain(before_fix).collect()
    }

    /// Returns the outcome that is expected here: heaps answer by their kind, their framework by its ABI, all else by
    /// its release.
    pub(crate) fn here(&self, kernel: &Kernel, kind: MemoryKind) -> &'static str {
        let of_kind = self.kinds.iter().find(|(known, _)| *known == kind).map(|(_, outcome)| *outcome);
        let of_abi = self.v12.filter(|_| kernel.abi == Abi::V12);
        let latest = self.since.iter().rev().find(|(release, _)| kernel.release >= *release);
        of_kind.or(of_abi).or(latest.map(|(_, outcome)| *outcome)).unwrap_or(self.usual)
    }
}

/// Whether `outcome` is one of those that `expected` allows.
pub(crate) fn allows(expected: &str, outcome: &str) -> bool {
    expected.split('|').any(|one| one == outcome)
}
