//! What is counted, and what is a failure.

use super::content::Content;
use super::step::Step;
use crate::error::Error;
use crate::pattern::Report;
use crate::sys::Errno;

/// Answers that mean that memory or files are short. They are counted, and nothing more.
pub(super) const SHORT: &[Errno] =
    &[Errno::ENOMEM, Errno::EMFILE, Errno::ENFILE, Errno::ENOBUFS, Errno::EAGAIN, Errno::ETOOMANYREFS];

/// Something that is not as it should be.
#[derive(Debug)]
pub struct Failure {
    /// The job and the number of its operation, where it was one.
    pub operation: Option<(usize, u64)>,
    /// What was tried, and what came of it.
    pub error: Error,
    /// The pattern, its seed, and the comparison, where bytes differ.
    pub comparison: Option<Box<(String, u64, Report)>>,
}

impl Failure {
    /// Bytes of `object` differ.
    pub(super) fn differs(object: &str, content: Content, report: Report) -> Self {
        let reason = format!("{} of {} words differ from {}", report.differing, report.words, content.pattern());
        Self {
            operation: None,
            error: Error::refused("verify", object, reason),
            comparison: Some(Box::new((content.pattern().to_string(), content.seed, report))),
        }
    }

    /// The same, with the operation in which it happened.
    pub(super) fn at(mut self, step: &Step) -> Self {
        self.operation.get_or_insert((step.job, step.number));
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { operation: None, error, comparison: None }
    }
}
