//! What a scan could read. What it could not read is reported, because it hides holders.

use crate::error::Error;
use crate::host::parse::bufinfo::Shortfall;
use crate::size::counted;
use crate::sys::{Errno, errno_name};
use std::fmt;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ReadState {
    #[default]
    Unasked,
    Read,
    /// It was read, but is not whole.
    Partial(Shortfall),
    /// It could not be read; ENOENT where it is not there.
    Failed(Errno),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Why there is no process at all: a copy of a machine's files need not hold any.
    pub proc_error: Option<Errno>,
    /// Processes that were read. One that ended in the meantime counts for neither figure.
    pub processes: usize,
    /// Processes whose descriptors or mappings may not be read.
    pub unreadable: usize,
    /// The value of `hidepid` that hides processes of others from this one.
    pub hidepid: Option<String>,
    /// Descriptors of dma-bufs that could not be matched with a buffer: files of a kernel before 5.14 do not tell
    /// the inode, and in a copy the descriptor cannot be asked.
    pub unidentified: usize,
    /// Whether buffers are those of a simulator, which are in no list of the kernel's.
    pub is_simulated: bool,
    /// Whether processes outside this PID namespace are out of sight.
    pub in_namespace: bool,
    /// Why threads could not be asked whether they have descriptors of their own (kcmp(2)).
    pub threads_error: Option<Errno>,
    /// `/sys/kernel/debug/dma_buf/bufinfo`.
    pub bufinfo: ReadState,
    /// `/sys/kernel/dmabuf/buffers`.
    pub statistics: ReadState,
}

impl Coverage {
    /// Whether any source lists the buffers that no process holds. None has those of a simulator.
    pub(crate) fn has_kernel_list(&self) -> bool {
        !self.is_simulated && [self.bufinfo, self.statistics].contains(&ReadState::Read)
    }

    /// Whether every process there is was read: only then it is known that none holds a buffer.
    pub(crate) fn sees_all_holders(&self) -> bool {
        self.proc_error.is_none()
            && self.unreadable == 0
            && self.unidentified == 0
            && self.hidepid.is_none()
            && !self.in_namespace
    }

    /// Says in one line which sources were read.
    pub(crate) fn sources(&self) -> String {
        let of = |name: &str, source: ReadState| match source {
            ReadState::Unasked => None,
            ReadState::Read => Some(name.to_owned()),
            ReadState::Partial(shortfall) => Some(format!("{name} ({shortfall})")),
            ReadState::Failed(Errno::ENOENT) => Some(format!("no {name}")),
            ReadState::Failed(errno) => Some(format!("not {name} ({})", errno_name(errno))),
        };
        let processes = format!("/proc ({}, {} not readable)", counted(self.processes, "process"), self.unreadable);
        let parts = [Some(processes), of("bufinfo", self.bufinfo), of("sysfs statistics", self.statistics)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Lists what is hidden, and by what. Nothing if all was seen.
    pub(crate) fn gaps(&self) -> Vec<Gap> {
        let list = if !self.has_kernel_list() {
            Some(Gap::Lists { bufinfo: self.bufinfo, statistics: self.statistics })
        } else {
            (self.bufinfo != ReadState::Read).then_some(Gap::Devices { bufinfo: self.bufinfo })
        };
        let gaps = [
            self.proc_error.map(Gap::Proc),
            (self.unreadable > 0).then_some(Gap::Processes(self.unreadable)),
            self.hidepid.clone().map(Gap::Hidepid),
            (self.unidentified > 0).then_some(Gap::Descriptors(self.unidentified)),
            self.in_namespace.then_some(Gap::PidNamespace),
            self.threads_error.map(Gap::Threads),
            list,
        ];
        gaps.into_iter().flatten().collect()
    }
}

/// Something that a scan could not read, which may hide a buffer or a holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Nothing was scanned.
    Proc(Errno),
    Processes(usize),
    Hidepid(String),
    Descriptors(usize),
    PidNamespace,
    Threads(Errno),
    /// No list of all buffers.
    Lists {
        bufinfo: ReadState,
        statistics: ReadState,
    },
    /// No list of the devices that are attached.
    Devices {
        bufinfo: ReadState,
    },
}

impl Gap {
    /// Says what is hidden where a scan ended with this error.
    pub(crate) fn of(error: &Error) -> Self {
        Self::Proc(error.kernel_errno().unwrap_or(Errno::ENOENT))
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proc(errno) => write!(f, "/proc could not be read ({}): no holder is known", errno_name(*errno)),
            Self::Processes(count) => write!(
                f,
                "processes that could not be read: {count}; what they hold is missing from HOLDERS and counts as KERNEL"
            ),
            Self::Hidepid(value) => {
                write!(f, "/proc is mounted with hidepid={value}: processes of other users are not even counted")
            }
            Self::Descriptors(count) => write!(
                f,
                "descriptors whose fdinfo has no inode (before 5.14): {count}; they are missing from HOLDERS and count as KERNEL"
            ),
            Self::PidNamespace => f.write_str("this is a PID namespace: holders outside it are not seen"),
            Self::Threads(errno) => {
                write!(f, "threads with their own fd tables were not examined: kcmp failed with {}", errno_name(*errno))
            }
            Self::Lists { bufinfo: ReadState::Partial(shortfall), .. } => {
                write!(f, "bufinfo is incomplete ({shortfall}): others that only the kernel holds are not seen")
            }
            Self::Lists { .. } => f.write_str("no list of all buffers: those that only the kernel holds are not seen"),
            Self::Devices { .. } => f.write_str(
                "without bufinfo, DEVICES is unknown, and so are REFS and KERNEL of buffers that no process holds",
            ),
        }
    }
}
