//! What a device says of a buffer.

use crate::sys::Errno;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImportVerdict {
    Accepted,
    /// Some of several buffers were accepted.
    Sometimes,
    Refused,
    /// The device was not asked for the import.
    Skipped,
}

impl ImportVerdict {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sometimes => "sometimes",
            Self::Refused => "refused",
            Self::Skipped => "skipped",
        }
    }
}

/// The last request that the kernel answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImportStep {
    Open,
    Capability,
    /// What the device wants, compared with what the buffer has.
    Format,
    /// A queue for buffers of others.
    Request,
    /// The buffer was attached to the device; it need not be mapped.
    Import,
    /// The buffer was attached and mapped.
    Map,
    Framebuffer,
    /// Frames went through it.
    Stream,
    /// A buffer of the heap.
    Allocate,
}

impl ImportStep {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Capability => "capability",
            Self::Format => "format",
            Self::Request => "request",
            Self::Import => "import",
            Self::Map => "map",
            Self::Framebuffer => "framebuffer",
            Self::Stream => "stream",
            Self::Allocate => "allocate",
        }
    }
}

/// What is said where a device refuses memory that is not contiguous.
pub(super) const CONTIGUOUS: &str = "the device needs contiguous memory: use a CMA heap";

/// A reason, and whether it was concluded rather than asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub text: String,
    pub inferred: bool,
}

impl Reason {
    pub(crate) fn known(text: impl Into<String>) -> Self {
        Self { text: text.into(), inferred: false }
    }

    pub(crate) fn inferred(text: impl Into<String>) -> Self {
        Self { text: text.into(), inferred: true }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct ImportAnswer {
    pub verdict: ImportVerdict,
    pub step: ImportStep,
    pub errno: Option<Errno>,
    pub reason: Option<Reason>,
}

impl ImportAnswer {
    pub(crate) fn accepted(step: ImportStep) -> Self {
        Self { verdict: ImportVerdict::Accepted, step, errno: None, reason: None }
    }

    pub(crate) fn refused(step: ImportStep, errno: Errno, reason: Option<Reason>) -> Self {
        Self { verdict: ImportVerdict::Refused, step, errno: Some(errno), reason }
    }

    pub(crate) fn skipped(step: ImportStep, errno: Option<Errno>, reason: Reason) -> Self {
        Self { verdict: ImportVerdict::Skipped, step, errno, reason: Some(reason) }
    }
}
