//! What a scan could read. What it could not is told, because it hides holders.

use crate::sys::{Errno, errno_name};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ReadState {
    #[default]
    Unasked,
    Read,
    /// It was read, but did not end as it should.
    Cut,
    /// It could not be read; ENOENT where it is not there.
    Failed(Errno),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Processes that were read. One that ended meanwhile counts for neither figure.
    pub processes: usize,
    /// Processes whose descriptors or mappings may not be read.
    pub unreadable: usize,
    /// The value of `hidepid` that hides processes of others from this one.
    pub hidepid: Option<String>,
    /// Descriptors of dma-bufs that could not be matched with a buffer: files of a kernel before 5.14 do not tell
    /// the inode, and in a copy the descriptor cannot be asked.
    pub unidentified: usize,
    /// Whether processes outside this PID namespace are out of sight.
    pub in_namespace: bool,
    /// Why threads could not be asked whether they have descriptors of their own (kcmp(2)).
    pub threads: Option<Errno>,
    /// `/sys/kernel/debug/dma_buf/bufinfo`.
    pub bufinfo: ReadState,
    /// `/sys/kernel/dmabuf/buffers`.
    pub statistics: ReadState,
}

impl Coverage {
    /// Whether any source lists the buffers that no process holds.
    #[must_use]
    pub(crate) fn has_kernel_list(&self) -> bool {
        [self.bufinfo, self.statistics].contains(&ReadState::Read)
    }

    /// Whether every process there is was read: only then it is known that none holds a buffer.
    #[must_use]
    pub(crate) fn sees_all_holders(&self) -> bool {
        self.unreadable == 0 && self.unidentified == 0 && self.hidepid.is_none() && !self.in_namespace
    }

    /// One line: which sources were read.
    #[must_use]
    pub(crate) fn sources(&self) -> String {
        let of = |name: &str, source: ReadState| match source {
            ReadState::Unasked => None,
            ReadState::Read => Some(name.to_owned()),
            ReadState::Cut => Some(format!("{name} (cut off)")),
            ReadState::Failed(Errno::ENOENT) => Some(format!("no {name}")),
            ReadState::Failed(errno) => Some(format!("not {name} ({})", errno_name(errno))),
        };
        let processes = format!("/proc ({} processes, {} not readable)", self.processes, self.unreadable);
        let parts = [Some(processes), of("bufinfo", self.bufinfo), of("sysfs statistics", self.statistics)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// A line for each thing that is hidden, and what that means. None if all was seen.
    #[must_use]
    pub(crate) fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        if self.unreadable > 0 {
            gaps.push(format!(
                "processes that could not be read: {}; what they hold is missing from HOLDERS and counts as KERNEL",
                self.unreadable
            ));
        }
        if let Some(value) = &self.hidepid {
            gaps.push(format!("/proc is mounted with hidepid={value}: processes of other users are not even counted"));
        }
        if self.unidentified > 0 {
            gaps.push(format!(
                "descriptors whose fdinfo has no inode (before 5.14): {}; they are missing from HOLDERS and count as KERNEL",
                self.unidentified
            ));
        }
        if self.in_namespace {
            gaps.push("this is a PID namespace: holders outside it are not seen".to_owned());
        }
        if let Some(errno) = self.threads {
            gaps.push(format!(
                "threads with their own fd tables were not examined: kcmp failed with {}",
                errno_name(errno)
            ));
        }
        if !self.has_kernel_list() {
            gaps.push("no list of all buffers: those that only the kernel holds are not seen".to_owned());
        } else if self.bufinfo != ReadState::Read {
            gaps.push(
                "without bufinfo, DEVICES is unknown, and so are REFS and KERNEL of buffers that no process holds"
                    .to_owned(),
            );
        }
        gaps
    }
}
