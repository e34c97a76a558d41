//! One case on one heap, judged.

use super::case::{Case, Feature, allows};
use super::expect::Expectations;
use super::facts::Facts;
use super::fuzz::FUZZ;
use super::trial::Trial;
use crate::heap::Kind;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

/// What is thought of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Ok,
    Fail,
    Skip,
    /// Otherwise than it should be, and known to be so.
    Known,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Known => "known",
        })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub heap: Rc<str>,
    pub group: &'static str,
    pub case: &'static str,
    pub sends: &'static str,
    /// The kernel function that decides.
    pub function: &'static str,
    pub verdict: Verdict,
    /// The outcomes that are right, separated by `|`.
    pub expected: String,
    /// The outcome; empty if it was not tried.
    pub outcome: String,
    /// Why it was not tried, or why the deviation is known.
    pub reason: Option<String>,
    /// The request in hexadecimal, and what else was noticed.
    pub notes: Vec<String>,
    /// Descriptors that were left behind, and closed.
    pub lost: Vec<i32>,
    pub elapsed: Duration,
    /// `mainline` or `v12`.
    pub abi: &'static str,
    /// How that is known: `asked`, `forced` or `unknown`.
    pub abi_found: &'static str,
    pub release: Rc<str>,
}

/// Why an outcome from before the fix is known.
const EFAULT_LEAK: &str = "a kernel before the fix of 2026 (30d0aff2c65a, \"don't publish fd before copy_to_user() \
     succeeds\", in 7.3 and in late 7.2.y and 6.12.y) copies back what it refuses and loses the descriptor when that \
     fails";

impl Finding {
    /// Judges `trial`.
    #[must_use]
    pub(crate) fn of(
        (group, case): (&'static str, &'static Case),
        (heap, kind): (&Rc<str>, Kind),
        facts: &Facts,
        expectations: &Expectations,
        (trial, elapsed): (Trial, Duration),
    ) -> Self {
        let right = case.expected.here(&facts.kernel, kind);
        let told = expectations.find(heap, case.id);
        let (verdict, reason) = judge(case, right, told, (facts, kind), &trial);
        Self {
            heap: Rc::clone(heap),
            group,
            case: case.id,
            sends: case.sends,
            function: case.function,
            verdict,
            expected: told.filter(|_| verdict == Verdict::Fail).unwrap_or(right).to_owned(),
            outcome: if verdict == Verdict::Skip { String::new() } else { trial.outcome },
            reason,
            notes: trial.notes,
            lost: trial.lost,
            elapsed,
            abi: facts.abi_name(),
            abi_found: facts.abi.word(),
            release: facts.release.as_str().into(),
        }
    }

    /// `heap.case`, under which formats of machines know it.
    #[must_use]
    pub(crate) fn id(&self) -> String {
        format!("{}.{}", self.heap, self.case)
    }

    /// What is to be said about it beside its verdict, a line each.
    #[must_use]
    pub(crate) fn details(&self) -> Vec<String> {
        let mut lines = Vec::new();
        match self.verdict {
            Verdict::Ok if self.group != FUZZ => return lines,
            Verdict::Ok => {
                lines.push(self.outcome.clone());
                lines.extend(self.reason.clone());
                return lines;
            }
            Verdict::Skip => {}
            Verdict::Fail | Verdict::Known => {
                lines.push(format!("{}: expected {}, got {}", self.sends, self.expected, self.outcome));
            }
        }
        lines.extend(self.reason.clone());
        if self.verdict != Verdict::Skip {
            lines.extend(self.notes.iter().cloned());
            lines.push(format!("decided by {}", self.function));
        }
        if !self.lost.is_empty() {
            let numbers: Vec<String> = self.lost.iter().map(ToString::to_string).collect();
            lines.push(format!("descriptors nobody was told of, closed again: {}", numbers.join(" ")));
        }
        lines
    }
}

/// What is missing, if it may be this.
fn lack(feature: Feature, facts: &Facts, kind: Kind) -> Option<&'static str> {
    match (feature, facts.sync_file) {
        (Feature::SyncFile, None) => Some("this kernel seems to have no CONFIG_SYNC_FILE"),
        (Feature::SyncFile, Some(false)) => Some("this kernel has no CONFIG_SYNC_FILE"),
        (Feature::Mappings, _) if kind == Kind::Protected => {
            Some("the name of the heap says that its memory is protected, so that buffers cannot be mapped")
        }
        _ => None,
    }
}

/// A deviation that was announced must be there, as announced. One that is known may be there on a kernel
/// that has shown itself to be that old; on others it is a failure.
fn judge(
    case: &Case,
    right: &str,
    told: Option<&str>,
    (facts, kind): (&Facts, Kind),
    trial: &Trial,
) -> (Verdict, Option<String>) {
    if let Some(reason) = &trial.skipped {
        return (Verdict::Skip, Some(reason.clone()));
    }
    let outcome = trial.outcome.as_str();
    let is_right = allows(right, outcome);
    let silent = case.expected.without.filter(|(_, silent)| !is_right && *silent == outcome);
    if let Some(lack) = silent.and_then(|(feature, _)| lack(feature, facts, kind)) {
        return (Verdict::Skip, Some(format!("{outcome}: {lack}")));
    }
    if let Some(told) = told {
        // A line that names right outcomes only, as a recorded answer does, announces nothing.
        let is_deviation = told.split('|').any(|one| !allows(right, one));
        return match (allows(told, outcome), is_right) {
            (true, false) => (Verdict::Known, Some(format!("announced by --expect; right would be {right}"))),
            (false, true) if is_deviation => {
                (Verdict::Fail, Some("right, but --expect announced a deviation".to_owned()))
            }
            (_, true) => (Verdict::Ok, None),
            (false, false) => (Verdict::Fail, None),
        };
    }
    let leaks = |before: &'static str| facts.may_leak() && allows(before, outcome);
    if is_right {
        (Verdict::Ok, None)
    } else if case.expected.before_fix.is_some_and(leaks) {
        (Verdict::Known, Some(EFAULT_LEAK.to_owned()))
    } else {
        (Verdict::Fail, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Abi, Kernel, Release};
    use crate::probe::cases;
    use crate::probe::facts::AbiFound;

    fn facts(kernel: Kernel) -> Facts {
        Facts {
            kernel,
            abi: AbiFound::Asked,
            release: "x".to_owned(),
            no_compat: None,
            sync_file: None,
            simulated: false,
            limit: crate::probe::child::LIMIT,
        }
    }

    /// The verdict of a case that ended so.
    fn verdict(id: &str, outcome: &str, told: Option<&str>, facts: &Facts) -> Verdict {
        let (_, case) = cases::all().find(|(_, case)| case.id == id).expect("a case");
        judge(case, case.expected.here(&facts.kernel, Kind::System), told, (facts, Kind::System), &Trial::of(outcome)).0
    }

    #[test]
    fn a_leak_is_known_up_to_the_release_that_has_its_fix() {
        let of = |release, efault_fixed, simulated| {
            let kernel = Kernel { release, efault_fixed, ..Kernel::DEBIAN_6_12 };
            verdict("pointer_read_only", "EFAULT+lost_fd", None, &Facts { simulated, ..facts(kernel) })
        };
        assert_eq!(of(Release(6, 12), false, false), Verdict::Known);
        assert_eq!(of(Release(7, 3), false, false), Verdict::Known, "a release candidate");
        assert_eq!(of(Release(7, 4), false, false), Verdict::Fail);
        assert_eq!(of(Release(7, 4), false, true), Verdict::Known);
        assert_eq!(of(Release(6, 12), true, false), Verdict::Fail);
        let v12 = facts(Kernel { abi: Abi::V12, efault_fixed: false, ..Kernel::DEBIAN_6_12 });
        assert_eq!(verdict("pointer_read_only", "EFAULT+lost_fd", None, &v12), Verdict::Fail);
    }

    #[test]
    fn what_a_kernel_is_said_to_have_is_not_left_out() {
        let of = |id, release, sync_file| {
            let facts = Facts { sync_file, ..facts(Kernel { release, ..Kernel::DEBIAN_6_12 }) };
            verdict(id, "ENOTTY", None, &facts)
        };
        for id in ["buffer_export", "buffer_import_none", "buffer_import_exported"] {
            assert_eq!(of(id, Release(6, 12), None), Verdict::Skip);
            assert_eq!(of(id, Release(6, 12), Some(false)), Verdict::Skip);
            assert_eq!(of(id, Release(6, 12), Some(true)), Verdict::Fail);
            assert_eq!(of(id, Release(5, 15), Some(true)), Verdict::Ok);
        }
        assert_eq!(of("buffer_sync_03", Release(6, 12), None), Verdict::Fail);
    }

    #[test]
    fn of_protected_memory_no_mapping_is_asked_for() {
        let facts = facts(Kernel::DEBIAN_6_12);
        let of = |id, kind, outcome| {
            let (_, case) = cases::all().find(|(_, case)| case.id == id).expect("a case");
            let right = case.expected.here(&facts.kernel, kind);
            judge(case, right, None, (&facts, kind), &Trial::of(outcome)).0
        };
        for id in ["buffer_mmap", "buffer_mmap_rdonly", "buffer_zeroed", "buffer_outlives_fd"] {
            assert_eq!(of(id, Kind::Protected, "EINVAL"), Verdict::Skip, "{id}");
            assert_eq!(of(id, Kind::Protected, "EACCES"), Verdict::Fail, "{id}");
            assert_eq!(of(id, Kind::System, "EINVAL"), Verdict::Fail, "{id}");
        }
        assert_eq!(of("buffer_mmap_too_long", Kind::Protected, "EINVAL"), Verdict::Ok);
    }

    #[test]
    fn an_announced_deviation_has_to_be_there_and_a_right_answer_is_none() {
        let facts = facts(Kernel::DEBIAN_6_12);
        let of = |told, outcome| verdict("race_closed_heap", outcome, Some(told), &facts);
        assert_eq!(of("ok+EBADF", "ok"), Verdict::Ok);
        assert_eq!(of("ok+EBADF", "EIO"), Verdict::Fail);
        assert_eq!(of("EIO", "EIO"), Verdict::Known);
        assert_eq!(of("EIO", "ok"), Verdict::Fail);
        assert_eq!(of("EIO|ok", "ok"), Verdict::Ok);
        assert_eq!(of("EIO|ok", "EBADF"), Verdict::Fail);
    }
}
