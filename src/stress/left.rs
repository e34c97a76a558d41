//! What is left when everything should be gone: descriptors of this process, dma-bufs of the kernel.

use crate::dmabuf::identity::Identity;
use crate::dmabuf::{BufferName, DmaBuf};
use crate::error::Error;
use crate::holders;
use crate::host::{Root, simulation};
use crate::random::Random;
use crate::sys::Errno;
use crate::sys::fd::poll;
use crate::sys::fd::table::OpenFds;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

/// The name of every buffer of a run, and of no other: others allocate from the same heaps in the meantime.
#[derive(Debug)]
pub(super) struct Mark(BufferName);

impl Mark {
    pub(super) fn fresh() -> Result<Self, Error> {
        let name = BufferName::new(&format!("stress-{:x}-{:08x}", std::process::id(), Random::fresh_seed()));
        name.map(Self).map_err(|reason| Error::refused("name", "buffers", reason))
    }

    /// Names `buffer`. A kernel of the 2019 series may not know names; its buffers are not looked for at the end.
    pub(super) fn put_on(&self, buffer: &DmaBuf) -> Result<(), Errno> {
        match buffer.set_name(&self.0) {
            Err(Errno::ENOTTY) => Ok(()),
            answer => answer,
        }
    }
}

pub(super) struct Before {
    fds: OpenFds,
}

impl Before {
    pub(super) fn now() -> Result<Self, Error> {
        Ok(Self { fds: OpenFds::all().map_err(unseen)? })
    }

    /// Returns what is left of what came after.
    pub(super) fn left(&self, root: &Root, mark: &Mark) -> Vec<Error> {
        let mut left = descriptors(&self.fds);
        left.extend(buffers_left(root, mark));
        left
    }
}

/// The descriptors of this process that came after `before`, which are closed.
pub(super) fn descriptors(before: &OpenFds) -> Vec<Error> {
    let left = |fd: OwnedFd| {
        let what = Identity::of(fd.as_fd()).map_or_else(|_| "something".to_owned(), |identity| identity.to_string());
        Error::refused("close", format!("descriptor {}", fd.as_raw_fd()), format!("{what} is left open"))
    };
    match OpenFds::appeared_since(before) {
        Ok(fds) => fds.into_iter().map(left).collect(),
        Err(errno) => vec![unseen(errno)],
    }
}

/// Descriptors could not be looked at.
pub(super) fn unseen(errno: Errno) -> Error {
    Error::errno("look at", "open descriptors", errno)
}

/// Whether the kernel lists a buffer with this mark. It lists none for users, and none in a simulation.
fn is_listed(root: &Root, mark: &Mark) -> bool {
    let mut is_listed = false;
    if !simulation::is_simulated() {
        holders::read_bufinfo(root, |record| is_listed |= record.name.as_deref() == Some(mark.0.as_str()));
    }
    is_listed
}

/// Buffers with this mark that nobody holds, or this process.
fn buffers_left(root: &Root, mark: &Mark) -> Vec<Error> {
    const ROUNDS: u32 = 20;
    const PAUSE: Duration = Duration::from_millis(10);
    let mut left = Vec::new();
    // What a process that has ended held may take a moment to go.
    for round in 0..ROUNDS {
        if round > 0 {
            poll::sleep(PAUSE);
        }
        if !is_listed(root, mark) {
            return Vec::new();
        }
        let scan = match holders::scan(root, holders::HolderDetails::default()) {
            Ok(scan) => scan,
            Err(error) => return vec![error],
        };
        left = scan
            .buffers
            .iter()
            .filter(|buffer| buffer.name.as_deref() == Some(mark.0.as_str()))
            .filter(|buffer| buffer.is_orphan() || buffer.holders.iter().any(|holder| holder.pid == std::process::id()))
            .map(|buffer| {
                let exporter = buffer.exporter.as_deref().unwrap_or("an unknown heap");
                let reason = format!("{} bytes of {exporter} are left", buffer.size.unwrap_or_default());
                Error::refused("free", format!("dma-buf {}", buffer.inode), reason)
            })
            .collect();
        if left.is_empty() {
            break;
        }
    }
    left
}
