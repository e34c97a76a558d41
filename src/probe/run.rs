//! Running cases on heaps.

use super::act::carry_out;
use super::case::Case;
use super::cases::UNSAFE;
use super::expect::Expectations;
use super::facts::Facts;
use super::finding::{Finding, Verdict};
use super::scene::Scene;
use super::trial::Trial;
use super::{census, child};
use crate::error::Error;
use crate::heap::listing::{Access, Entry, Listing};
use crate::heap::{Heap, Kind, Place, Selector};
use crate::machine::Root;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A heap that is going to be probed.
#[derive(Debug)]
pub struct Probed {
    /// What it is called.
    pub name: Rc<str>,
    /// What it seems to be.
    pub kind: Kind,
    /// Its node.
    pub path: PathBuf,
    heap: Heap,
}

/// A heap that would have been probed, had it been possible to open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// What it is called.
    pub name: String,
    /// Why not.
    pub access: Access,
}

/// How many cases ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// As expected.
    pub ok: usize,
    /// Otherwise.
    pub fail: usize,
    /// Not tried.
    pub skip: usize,
    /// Known to deviate.
    pub known: usize,
}

impl Summary {
    /// Counts one more.
    pub fn count(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Ok => &mut self.ok,
            Verdict::Fail => &mut self.fail,
            Verdict::Skip => &mut self.skip,
            Verdict::Known => &mut self.known,
        } += 1;
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.ok + self.fail + self.skip + self.known
    }
}

/// Heaps that may be probed without being named: the system heap and those of CMA areas, if they open.
/// A vendor's heap may have rules and troubles of its own.
#[must_use]
pub fn default_heaps(root: &Root) -> (Vec<Probed>, Vec<Closed>) {
    let listing = Listing::of(root);
    let is_known = |entry: &&Entry| matches!(entry.kind.value, Kind::System | Kind::Cma);
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for entry in listing.entries.iter().filter(is_known) {
        let selector = Selector::Path(entry.path.clone());
        let heap = match entry.access {
            Access::Granted => Heap::open(root, &Place::of(&selector, root), false).ok(),
            _ => None,
        };
        match heap {
            Some(heap) => open.push(Probed {
                name: entry.name.as_str().into(),
                kind: entry.kind.value,
                path: entry.path.clone(),
                heap,
            }),
            None => closed.push(Closed { name: entry.name.clone(), access: entry.access }),
        }
    }
    (open, closed)
}

/// The heap that was named.
///
/// # Errors
/// Why it cannot be opened.
pub fn named_heap(root: &Root, selector: &Selector, force: bool) -> Result<Probed, Error> {
    let place = Place::of(selector, root);
    let heap = Heap::open(root, &place, force)?;
    let kind = Listing::entry_at(root, &place.path).kind.value;
    let kind = if kind == Kind::Unknown { crate::heap::name::infer_kind(&place.name) } else { kind };
    Ok(Probed { name: place.name.as_str().into(), kind, path: place.path, heap })
}

impl Probed {
    /// Finds out what kernel is behind it.
    #[must_use]
    pub fn facts(&self, forced: Option<crate::model::Abi>) -> Facts {
        Facts::of(self.heap.as_fd(), &self.path, forced)
    }

    /// What a case finds.
    #[must_use]
    pub fn scene<'a>(&'a self, facts: &'a Facts) -> Scene<'a> {
        Scene { heap: self.heap.as_fd(), path: &self.path, kind: self.kind, facts }
    }

    /// A case that is left out, for this reason.
    #[must_use]
    pub fn left_out(&self, facts: &Facts, case: (&'static str, &'static Case), reason: &str) -> Finding {
        let told = (Trial::skip(reason), Duration::ZERO);
        Finding::of(case, (&self.name, self.kind), facts, &Expectations::default(), told)
    }

    /// Runs one case and judges it.
    #[must_use]
    pub fn run(
        &self,
        root: &Root,
        facts: &Facts,
        expectations: &Expectations,
        (group, case): (&'static str, &'static Case),
    ) -> Finding {
        // Many children take many seconds to be killed by the OOM killer.
        let limit = if group == UNSAFE { child::LIMIT * 6 } else { child::LIMIT };
        let start = Instant::now();
        let attempt = || {
            let before = census::count(root);
            let trial = child::run(limit, || carry_out(&self.scene(facts), &case.act));
            (trial, census::has_grown(root, before))
        };
        let (mut trial, grown) = attempt();
        // Others may have made a buffer meanwhile: a case that leaves one does so each time.
        if grown && attempt().1 {
            trial = leaving(trial);
        }
        let elapsed: Duration = start.elapsed();
        Finding::of((group, case), (&self.name, self.kind), facts, expectations, (trial, elapsed))
    }
}

fn leaving(mut trial: Trial) -> Trial {
    trial.outcome.push_str("+buffer_left");
    trial.skipped = None;
    trial.with_note("debugfs counts a dma-buf more than before, although the child has ended")
}
