//! Why heaps do not work here, and the line that helps. Each check is a question to the machine; an answer
//! is `ok`, `problem` or `unknown` with its evidence, and nothing is changed.

mod access;
mod devices;
mod heaps;
mod kernel;
mod memory;
mod process;

use crate::heap::listing::Listing;
use crate::machine::Root;
use crate::machine::config::Config;
use std::fmt;

/// What a check has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong.
    Ok,
    /// Something does not work, or will not.
    Problem,
    /// It could not be found out.
    Unknown,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Problem => "problem",
            Self::Unknown => "unknown",
        })
    }
}

/// The answer of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check.
    pub check: &'static str,
    /// What was looked at.
    pub object: String,
    /// What came of it.
    pub verdict: Verdict,
    /// What was really found.
    pub evidence: String,
    /// The command or the line that helps.
    pub help: Option<String>,
}

impl Finding {
    fn new(check: &'static str, object: impl Into<String>, verdict: Verdict, evidence: impl Into<String>) -> Self {
        Self { check, object: object.into(), verdict, evidence: evidence.into(), help: None }
    }

    fn ok(check: &'static str, object: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::new(check, object, Verdict::Ok, evidence)
    }

    fn problem(check: &'static str, object: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::new(check, object, Verdict::Problem, evidence)
    }

    fn unknown(check: &'static str, object: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::new(check, object, Verdict::Unknown, evidence)
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What the checks share.
struct Patient<'a> {
    root: &'a Root,
    listing: &'a Listing,
    release: Option<String>,
    config: Option<Config>,
}

/// Runs every check. Of heaps only those are looked at whose name is in `heaps`, or all if that is empty.
#[must_use]
pub fn examine(root: &Root, listing: &Listing, heaps: &[String]) -> Vec<Finding> {
    let release = crate::machine::config::release(root);
    let patient = Patient { root, listing, release, config: Config::of(root) };
    let entries: Vec<_> =
        listing.entries.iter().filter(|entry| heaps.is_empty() || heaps.contains(&entry.name)).collect();
    let mut findings = kernel::check(&patient);
    findings.extend(heaps::check(&patient));
    for entry in &entries {
        findings.extend(devices::check(&patient, entry));
        findings.extend(access::check(&patient, entry));
    }
    findings.extend(memory::check(&patient));
    findings.extend(process::check(&patient, &entries));
    findings
}
