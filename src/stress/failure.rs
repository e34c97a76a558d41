//! What is counted, and what is a failure.

use super::content::Content;
use super::step::Step;
use crate::error::Error;
use crate::pattern::Report;
use crate::sys::Errno;

/// Errors that mean that memory or files are short. They are counted, and nothing more.
pub(super) const SHORT: &[Errno] =
    &[Errno::ENOMEM, Errno::EMFILE, Errno::ENFILE, Errno::ENOBUFS, Errno::EAGAIN, Errno::ETOOMANYREFS];

/// Something that is not as it should be.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The job and the number of its operation, where it was one.
    pub operation: Option<(usize, u64)>,
    /// The operation and its error.
    pub error: Error,
    /// The pattern, its seed, and the comparison, where bytes differ.
    pub comparison: Option<(String, u64, Report)>,
}

impl Failure {
    /// Bytes of `object` differ.
    pub(super) fn differs(object: &str, content: Content, report: Report) -> Box<Self> {
        let reason = format!("{} of {} words differ from {}", report.differing, report.words, content.pattern());
        Box::new(Self {
            operation: None,
            error: Error::refused("verify", object, reason),
            comparison: Some((content.pattern().to_string(), content.seed, report)),
        })
    }

    /// Adds the operation in which it happened.
    pub(super) fn at(mut self: Box<Self>, step: &Step) -> Box<Self> {
        self.operation.get_or_insert((step.job, step.number));
        self
    }
}

impl From<Error> for Box<Failure> {
    fn from(error: Error) -> Self {
        Self::new(Failure { operation: None, error, comparison: None })
    }
}

/// The result of a part of an operation.
pub(super) type Done = Result<(), Box<Failure>>;
