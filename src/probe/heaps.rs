//! Running cases on heaps.

use super::action::carry_out;
use super::case::{Case, allows};
use super::cases::{self, UNSAFE};
use super::context::CaseContext;
use super::expectations::Expectations;
use super::facts::Facts;
use super::observation::Observation;
use super::result::{CaseResult, CaseVerdict};
use super::{child, detection, leaks, shortage};
use crate::error::Error;
use crate::heap::discover::{HeapAccess, HeapEntry, Listing};
use crate::heap::{Heap, MemoryKind, Place, Selector};
use crate::host::Root;
use crate::quote::quoted;
use crate::sys::fd::status::{self, FileKind};
use crate::sys::process::signals::Signals;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A heap that is going to be probed, or udmabuf.
#[derive(Debug)]
pub(crate) struct Probed {
    pub name: Rc<str>,
    pub kind: MemoryKind,
    pub path: PathBuf,
    heap: Heap,
}

/// A heap that would have been probed, had it been possible to open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    pub name: String,
    pub access: HeapAccess,
}

/// How many cases ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VerdictCounts {
    pub ok: usize,
    pub fail: usize,
    pub skip: usize,
    pub known: usize,
}

impl VerdictCounts {
    pub(crate) fn count(&mut self, verdict: CaseVerdict) {
        *match verdict {
            CaseVerdict::Ok => &mut self.ok,
            CaseVerdict::Fail => &mut self.fail,
            CaseVerdict::Skip => &mut self.skip,
            CaseVerdict::Known => &mut self.known,
        } += 1;
    }

    pub(crate) const fn total(&self) -> usize {
        self.ok + self.fail + self.skip + self.known
    }
}

/// Heaps that may be probed without being named: the system heap and those of CMA areas, if they open.
/// A vendor's heap may have rules and troubles of its own.
///
/// # Errors
/// Where nothing was found because the directory of the heaps could not be read.
pub(crate) fn default_heaps(root: &Root) -> Result<(Vec<Probed>, Vec<Closed>), Error> {
    let listing = Listing::of(root);
    let is_known = |entry: &&HeapEntry| matches!(entry.kind.value, MemoryKind::System | MemoryKind::Cma);
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for entry in listing.entries.iter().filter(is_known) {
        let selector = Selector::Path(entry.path.clone());
        let heap = match entry.access {
            // It opened a moment ago.
            HeapAccess::Granted => Heap::open(root, &Place::of(&selector, root), false)
                .map_err(|error| error.kernel_errno().map_or(HeapAccess::NotAHeap, HeapAccess::Denied)),
            other => Err(other),
        };
        match heap {
            Ok(heap) => open.push(Probed {
                name: entry.name.as_str().into(),
                kind: entry.kind.value,
                path: entry.path.clone(),
                heap,
            }),
            Err(access) => closed.push(Closed { name: entry.name.clone(), access }),
        }
    }
    match listing.hidden.first() {
        Some(unread) if listing.entries.is_empty() => {
            Err(Error::errno("look for heaps in", unread.path.display(), unread.errno))
        }
        _ => Ok((open, closed)),
    }
}

/// The heap that was named.
pub(crate) fn named_heap(root: &Root, selector: &Selector, force: bool) -> Result<Probed, Error> {
    let place = Place::of(selector, root);
    let heap = Heap::open(root, &place, force)?;
    let kind = match Listing::entry_at(root, &place.path).kind.value {
        _ if !heap.is_a_heap() => MemoryKind::Udmabuf,
        MemoryKind::Unknown => crate::heap::name::infer_kind(&place.name),
        kind => kind,
    };
    Ok(Probed { name: place.name.as_str().into(), kind, path: place.path, heap })
}

impl Probed {
    /// Whether it takes the requests of heaps.
    pub(crate) fn is_a_heap(&self) -> bool {
        self.heap.is_a_heap()
    }

    /// Whether the case, of this group, can be run on it.
    pub(crate) fn takes(&self, case: (&'static str, &'static Case)) -> bool {
        cases::applies(case, self.kind)
    }

    /// Finds out what kernel is behind it.
    pub(crate) fn facts(&self, root: &Root, forced: Option<crate::model::Abi>) -> Facts {
        detection::detect(root, (self.heap.as_fd(), &self.path, self.is_a_heap()), forced)
    }

    /// Whether it is `other` under the same or another name.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let device = |probed: &Self| match status::status(probed.heap.as_fd()).ok()?.kind {
            FileKind::Character(device) => Some(device),
            _ => None,
        };
        self.path == other.path || device(self).is_some_and(|of_self| Some(of_self) == device(other))
    }

    /// Returns what to write behind `--heap` in a shell.
    pub(crate) fn argument(&self) -> String {
        quoted(&*self.name)
    }

    pub(crate) fn context<'a>(&'a self, facts: &'a Facts, signals: &'a Signals) -> CaseContext<'a> {
        let heap = self.heap.as_fd();
        CaseContext { heap, path: &self.path, kind: self.kind, facts, log: None, signals: Some(signals) }
    }

    /// A case that is left out, for this reason.
    pub(crate) fn left_out(&self, facts: &Facts, case: (&'static str, &'static Case), reason: &str) -> CaseResult {
        let skipped = (Observation::skip(reason), Duration::ZERO);
        CaseResult::of(case, (&self.name, self.kind), facts, &Expectations::default(), skipped)
    }

    /// Runs one case and judges it; it is left out once one of `signals` has come, which is not taken.
    pub(crate) fn run(
        &self,
        root: &Root,
        (facts, signals): (&Facts, &Signals),
        expectations: &Expectations,
        (group, case): (&'static str, &'static Case),
    ) -> CaseResult {
        // Many children take many seconds to be killed by the OOM killer.
        let limit = if group == UNSAFE { facts.limit * 6 } else { facts.limit };
        let start = Instant::now();
        let context = self.context(facts, signals);
        let attempt = || {
            let attempt = || child::run(limit, Some(signals), |log| carry_out(&context.logging_to(log), &case.action));
            leaks::checked(root, attempt)
        };
        let right = case.expected.here(&facts.kernel, self.kind);
        let is_short =
            |observation: &Observation| observation.outcome.ends_with("ENOMEM") && !allows(right, &observation.outcome);
        let mut observation = attempt();
        // What others held may be free again since.
        if is_short(&observation) && shortage::by_others(root, &context).is_none() {
            observation = attempt();
        }
        if let Some(reason) = shortage::by_others(root, &context).filter(|_| is_short(&observation)) {
            observation = Observation::skip(format!("{}: {reason}", observation.outcome));
        }
        CaseResult::of((group, case), (&self.name, self.kind), facts, expectations, (observation, start.elapsed()))
    }
}
