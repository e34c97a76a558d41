//! One case on one heap, judged.

use super::case::{Case, Feature, allows};
use super::cases::RACE;
use super::child::INTERRUPTED;
use super::expectations::Expectations;
use super::facts::Facts;
use super::observation::Observation;
use crate::heap::MemoryKind;
use crate::host::simulation;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

/// The judgement of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CaseVerdict {
    Ok,
    Fail,
    Skip,
    /// Otherwise than it should be, and known to be so.
    Known,
}

impl fmt::Display for CaseVerdict {
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
pub(crate) struct CaseResult {
    pub heap: Rc<str>,
    pub group: &'static str,
    pub case: &'static str,
    pub sends: &'static str,
    /// The kernel function that decides.
    pub function: &'static str,
    pub verdict: CaseVerdict,
    /// The outcomes that are right, separated by `|`.
    pub expected: String,
    /// The outcome; empty if it was not tried.
    pub outcome: String,
    /// That of another run, likewise; `None` where none is compared or has the case.
    pub before: Option<String>,
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

/// How an answer is not that of another run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerChange {
    Differs,
    /// The case was not run there.
    New,
    /// It was not run here.
    Gone,
}

impl AnswerChange {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Differs => "differs",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

/// The group of random requests, and the id of a result that stands for all of them.
pub(super) const FUZZ: &str = "fuzz";

/// Why an outcome from before the fix is known.
const EFAULT_LEAK: &str = "a kernel before the fix of 2026 (30d0aff2c65a, \"don't publish fd before copy_to_user() \
     succeeds\", in 7.3, 7.2.5 and 6.12.112) copies back what it refuses and loses the descriptor when that \
     fails";

impl CaseResult {
    /// Judges `observation`.
    pub(crate) fn of(
        (group, case): (&'static str, &'static Case),
        (heap, kind): (&Rc<str>, MemoryKind),
        facts: &Facts,
        expectations: &Expectations,
        (observation, elapsed): (Observation, Duration),
    ) -> Self {
        let right = case.expected.here(&facts.kernel, kind);
        let listed = expectations.find(heap, case.id);
        let (verdict, reason) = judge(case, right, listed, (facts, kind), &observation);
        Self {
            heap: Rc::clone(heap),
            group,
            case: case.id,
            sends: case.sends,
            function: case.function,
            verdict,
            expected: listed.filter(|_| verdict == CaseVerdict::Fail).unwrap_or(right).to_owned(),
            outcome: if verdict == CaseVerdict::Skip { String::new() } else { observation.outcome },
            before: None,
            reason,
            notes: observation.notes,
            lost: observation.lost,
            elapsed,
            abi: facts.kernel.abi.name(),
            abi_found: facts.abi.word(),
            release: facts.release.as_str().into(),
        }
    }

    /// `heap.case`, under which formats of machines know it.
    pub(crate) fn id(&self) -> String {
        format!("{}.{}", self.heap, self.case)
    }

    /// Whether a signal came before it had an outcome.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.reason.as_deref() == Some(INTERRUPTED)
    }

    /// How the answer differs from that of the other run. How a race ends does not count.
    pub(crate) fn change(&self) -> Option<AnswerChange> {
        let (before, now) = (self.before.as_deref()?, self.outcome.as_str());
        match (before, now) {
            _ if before == now => None,
            ("", _) => Some(AnswerChange::New),
            (_, "") => Some(AnswerChange::Gone),
            _ if self.group == RACE && allows(&self.expected, before) && allows(&self.expected, now) => None,
            _ => Some(AnswerChange::Differs),
        }
    }

    /// Says what is to be said about it beside its verdict, a line each.
    pub(crate) fn details(&self) -> Vec<String> {
        let mut lines = Vec::new();
        match self.verdict {
            CaseVerdict::Ok if self.group != FUZZ => return lines,
            CaseVerdict::Ok => {
                lines.push(self.outcome.clone());
                lines.extend(self.reason.clone());
                return lines;
            }
            CaseVerdict::Skip => {}
            CaseVerdict::Fail | CaseVerdict::Known => {
                lines.push(format!("{}: expected {}, got {}", self.sends, self.expected, self.outcome));
            }
        }
        lines.extend(self.reason.clone());
        if self.verdict != CaseVerdict::Skip {
            lines.extend(self.notes.iter().cloned());
            lines.push(format!("decided by {}", self.function));
        }
        if !self.lost.is_empty() {
            let numbers: Vec<String> = self.lost.iter().map(ToString::to_string).collect();
            lines.push(format!("unreported descriptors, closed again: {}", numbers.join(" ")));
        }
        lines
    }
}

/// Says what is missing, if it may be this.
fn lack(feature: Feature, facts: &Facts, kind: MemoryKind) -> Option<&'static str> {
    match (feature, facts.sync_file) {
        (Feature::SyncFile, None) => Some("as a kernel without CONFIG_SYNC_FILE answers"),
        (Feature::SyncFile, Some(false)) => Some("this kernel has no CONFIG_SYNC_FILE"),
        (Feature::Mappings, _) if kind == MemoryKind::Protected => {
            Some("the heap's name says that its memory is protected, so its buffers cannot be mapped")
        }
        _ => None,
    }
}

/// A deviation that was announced must be there, as announced. One that is known may be there on a kernel
/// that has shown itself to be that old; on others it is a failure.
fn judge(
    case: &Case,
    right: &str,
    listed: Option<&str>,
    (facts, kind): (&Facts, MemoryKind),
    observation: &Observation,
) -> (CaseVerdict, Option<String>) {
    if let Some(reason) = &observation.skipped {
        return (CaseVerdict::Skip, Some(reason.clone()));
    }
    let outcome = observation.outcome.as_str();
    let is_right = allows(right, outcome);
    let silent = case.expected.without.filter(|(_, silent)| !is_right && *silent == outcome);
    if let Some(lack) = silent.and_then(|(feature, _)| lack(feature, facts, kind)) {
        return (CaseVerdict::Skip, Some(format!("{outcome}: {lack}")));
    }
    if let Some(listed) = listed {
        // A line that names right outcomes only, as a recorded answer does, announces nothing.
        let is_deviation = listed.split('|').any(|one| !allows(right, one));
        return match (allows(listed, outcome), is_right) {
            (true, false) => {
                (CaseVerdict::Known, Some(format!("listed as a deviation; the correct answer is {right}")))
            }
            (false, true) if is_deviation => {
                (CaseVerdict::Fail, Some("correct, although a deviation is listed".to_owned()))
            }
            (_, true) => (CaseVerdict::Ok, None),
            (false, false) => (CaseVerdict::Fail, None),
        };
    }
    if is_right {
        return (CaseVerdict::Ok, None);
    }
    if let Some(what) = simulation::unimitated(case.id, outcome).filter(|_| facts.simulated) {
        return (CaseVerdict::Known, Some(format!("the simulator does not imitate this: {what}")));
    }
    match case.expected.before_fix.filter(|before| allows(before, outcome)).and_then(|_| facts.leak_is_known()) {
        Some(why) => (CaseVerdict::Known, Some(format!("{EFAULT_LEAK}; {why}"))),
        None => (CaseVerdict::Fail, None),
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
    fn verdict(id: &str, outcome: &str, listed: Option<&str>, facts: &Facts) -> CaseVerdict {
        let (_, case) = cases::all().find(|(_, case)| case.id == id).expect("a case");
        judge(
            case,
            case.expected.here(&facts.kernel, MemoryKind::System),
            listed,
            (facts, MemoryKind::System),
            &Observation::of(outcome),
        )
        .0
    }

    #[test]
    fn a_leak_is_known_up_to_the_release_that_has_its_fix() {
        let of = |release: &str, efault_fixed, simulated| {
            let kernel = Kernel { efault_fixed, ..Kernel::DEBIAN_6_12 };
            let facts = Facts { simulated, release: format!("{release} x86_64"), ..facts(kernel) };
            verdict("pointer_read_only", "EFAULT+lost_fd", None, &facts)
        };
        assert_eq!(of("6.12.111", false, false), CaseVerdict::Known);
        assert_eq!(of("6.12.112", false, false), CaseVerdict::Fail);
        assert_eq!(of("6.12.112", false, true), CaseVerdict::Known);
        assert_eq!(of("6.12.111", true, false), CaseVerdict::Fail);
        let v12 = facts(Kernel { abi: Abi::V12, efault_fixed: false, ..Kernel::DEBIAN_6_12 });
        assert_eq!(verdict("pointer_read_only", "EFAULT+lost_fd", None, &v12), CaseVerdict::Fail);
    }

    #[test]
    fn feature_of_the_stated_kernel_is_expected() {
        let of = |id, release, sync_file| {
            let facts = Facts { sync_file, ..facts(Kernel { release, ..Kernel::DEBIAN_6_12 }) };
            verdict(id, "ENOTTY", None, &facts)
        };
        for id in ["buffer_export", "buffer_import_none", "buffer_import_exported"] {
            assert_eq!(of(id, Release(6, 12), None), CaseVerdict::Skip);
            assert_eq!(of(id, Release(6, 12), Some(false)), CaseVerdict::Skip);
            assert_eq!(of(id, Release(6, 12), Some(true)), CaseVerdict::Fail);
            assert_eq!(of(id, Release(5, 15), Some(true)), CaseVerdict::Ok);
        }
        assert_eq!(of("buffer_sync_03", Release(6, 12), None), CaseVerdict::Fail);
    }

    #[test]
    fn of_protected_memory_no_mapping_is_asked_for() {
        let facts = facts(Kernel::DEBIAN_6_12);
        let of = |id, kind, outcome| {
            let (_, case) = cases::all().find(|(_, case)| case.id == id).expect("a case");
            let right = case.expected.here(&facts.kernel, kind);
            judge(case, right, None, (&facts, kind), &Observation::of(outcome)).0
        };
        for id in ["buffer_mmap", "buffer_mmap_rdonly", "buffer_zeroed", "buffer_outlives_fd"] {
            assert_eq!(of(id, MemoryKind::Protected, "EINVAL"), CaseVerdict::Skip, "{id}");
            assert_eq!(of(id, MemoryKind::Protected, "EACCES"), CaseVerdict::Fail, "{id}");
            assert_eq!(of(id, MemoryKind::System, "EINVAL"), CaseVerdict::Fail, "{id}");
        }
        assert_eq!(of("buffer_mmap_too_long", MemoryKind::Protected, "EINVAL"), CaseVerdict::Ok);
    }

    #[test]
    fn an_announced_deviation_has_to_be_there_and_a_right_answer_is_none() {
        let facts = facts(Kernel::DEBIAN_6_12);
        let of = |listed, outcome| verdict("race_closed_heap", outcome, Some(listed), &facts);
        assert_eq!(of("ok+EBADF", "ok"), CaseVerdict::Ok);
        assert_eq!(of("ok+EBADF", "EIO"), CaseVerdict::Fail);
        assert_eq!(of("EIO", "EIO"), CaseVerdict::Known);
        assert_eq!(of("EIO", "ok"), CaseVerdict::Fail);
        assert_eq!(of("EIO|ok", "ok"), CaseVerdict::Ok);
        assert_eq!(of("EIO|ok", "EBADF"), CaseVerdict::Fail);
    }
}
