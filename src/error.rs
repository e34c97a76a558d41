//! The one error of the domain: what was tried, on what, why it failed, and what would help.
//!
//! It prints as `operation object: reason (ERRNO)`; the hint is a line of its own, which the
//! command line prints as `hint: …`. A hint is made from what was really found, by the code that
//! found it.

use crate::sys::Errno;
use crate::sys::process::rlimit;
use std::fmt;
use std::sync::OnceLock;

/// A failed operation on a named object.
#[derive(Debug)]
pub(crate) struct Error {
    operation: &'static str,
    object: String,
    cause: Cause,
    hint: Option<Hint>,
}

/// Something that would help. Where that is an option or a command of the tool it is a kind, which the command line
/// puts into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    /// Words that name nothing of the command line.
    Text(String),
    /// Fewer jobs need fewer of these.
    FewerJobs(&'static str),
    SmallerSizesOrFewerJobs,
    /// The request can be sent beyond the budget.
    Force,
    /// The node can be opened although it cannot be identified.
    ForceUnverified,
    NoHeaps,
    /// The driver knows the other request only.
    TryV12,
    TryMainline,
    AllocateFromHeap,
    AllocateReadable,
    AllocateWritable,
    /// The process can hand the buffer over; the text is what comes before that, with its separator.
    OrHandOver(String),
    SmallerRange,
    WholeRest,
    /// This many bytes are there.
    ShorterRange(u64),
    NoSync,
    /// The memory may take accesses of a word only.
    WordAccess,
    WordAccessOrTruncated,
    OtherDescriptor,
    ReadyDescriptor,
    AnyDescriptor,
    LongerTimeout,
    ListenersReady,
    Receive,
    HoldLess,
    HoldFewer,
    BackWithoutUdmabuf,
    BackWithMemfd,
    OneSupervisor,
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[derive(Debug)]
enum Cause {
    Errno(Errno),
    Reason(String),
    Explained(String, Errno),
}

type EndReport = dyn Fn(&Error) -> u8 + Send + Sync;

static END: OnceLock<Box<EndReport>> = OnceLock::new();

/// Sets how [`Error::end`] reports. The first caller decides.
pub(crate) fn report_ends_with(report: impl Fn(&Error) -> u8 + Send + Sync + 'static) {
    let _ = END.set(Box::new(report));
}

impl Error {
    /// `operation` on `object` failed with `errno`; the reason is the system's text for it. Whatever it was, with EMFILE
    /// the limit is what helps.
    pub(crate) fn errno(operation: &'static str, object: impl fmt::Display, errno: Errno) -> Self {
        let hint = (errno == Errno::EMFILE).then(open_files_hint).map(Hint::Text);
        Self { operation, object: object.to_string(), cause: Cause::Errno(errno), hint }
    }

    /// `operation` on `object` was refused by the tool itself, because of `reason`.
    pub(crate) fn refused(operation: &'static str, object: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self { operation, object: object.to_string(), cause: Cause::Reason(reason.to_string()), hint: None }
    }

    /// `operation` on `object` failed with `errno`, for which `reason` is a better text than the system's.
    pub(crate) fn explained(
        operation: &'static str,
        object: impl fmt::Display,
        reason: impl fmt::Display,
        errno: Errno,
    ) -> Self {
        Self { operation, object: object.to_string(), cause: Cause::Explained(reason.to_string(), errno), hint: None }
    }

    /// Adds to the object where its name comes from.
    pub(crate) fn because_of(mut self, origin: &str) -> Self {
        self.object = format!("{} ({origin})", self.object);
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Reports it from where nothing can be returned, as [`report_ends_with`] says; the status that the process is to
    /// end with.
    pub(crate) fn end(&self) -> u8 {
        END.get().map_or(1, |report| report(self))
    }

    /// The kernel's answer, where it was the kernel that refused.
    pub(crate) fn kernel_errno(&self) -> Option<Errno> {
        match self.cause {
            Cause::Errno(errno) | Cause::Explained(_, errno) => Some(errno),
            Cause::Reason(_) => None,
        }
    }

    /// Returns what would help, if that is known.
    pub(crate) fn hint(&self) -> Option<&Hint> {
        self.hint.as_ref()
    }
}

/// Says what to do where this process can have no more descriptors (EMFILE).
pub(crate) fn open_files_hint() -> String {
    match rlimit::open_files() {
        Ok((soft, hard)) => format!("RLIMIT_NOFILE is {soft} (hard limit {hard}): raise it with `ulimit -n`"),
        Err(_) => "raise RLIMIT_NOFILE with `ulimit -n`".to_owned(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.operation, self.object)?;
        match &self.cause {
            Cause::Errno(errno) => {
                write!(f, "{} ({})", lower_first(&crate::sys::errno_text(*errno)), crate::sys::errno_name(*errno))
            }
            Cause::Reason(reason) => f.write_str(reason),
            Cause::Explained(reason, errno) => write!(f, "{reason} ({})", crate::sys::errno_name(*errno)),
        }
    }
}

impl std::error::Error for Error {}

/// Errors are lower-case; the system's texts begin with a capital ("No such file or directory"),
/// but for those that begin with a name ("RPC …", "I/O error").
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}
