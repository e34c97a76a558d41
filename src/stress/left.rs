//! What is left when everything should be gone: descriptors of this process, dma-bufs of the kernel.

use crate::error::Error;
use crate::heap::Place;
use crate::holders;
use crate::machine::{Root, simulation};
use crate::procfs::bufinfo;
use crate::sys::fds::OpenFds;
use crate::sys::process::own_number;
use std::collections::BTreeSet;
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;
use std::time::Duration;

const BUFINFO: &str = "/sys/kernel/debug/dma_buf/bufinfo";

/// What there was before.
pub(super) struct Before {
    fds: OpenFds,
    /// The inode numbers of all dma-bufs, where the kernel lists them for this user.
    buffers: Option<BTreeSet<u64>>,
}

impl Before {
    pub(super) fn now(root: &Root) -> Result<Self, Error> {
        let fds = OpenFds::all().map_err(|errno| Error::errno("look at", "open descriptors", errno))?;
        let buffers = if simulation::is_simulated() { None } else { listed(root) };
        Ok(Self { fds, buffers })
    }

    /// What is left of what came after; descriptors are closed when they have been told of.
    pub(super) fn left(&self, root: &Root, places: &[Place]) -> Vec<Error> {
        let mut left = Vec::new();
        match OpenFds::appeared_since(&self.fds) {
            Ok(fds) => left.extend(fds.iter().map(|fd| {
                let what = crate::buffer::identity::Identity::of(fd.as_fd());
                let what = what.map_or_else(|_| "something".to_owned(), |identity| identity.to_string());
                Error::refused("close", format!("descriptor {}", fd.as_raw_fd()), format!("{what} is left open"))
            })),
            Err(errno) => left.push(Error::errno("look at", "open descriptors", errno)),
        }
        left.extend(self.buffers.iter().flat_map(|before| buffers_left(root, places, before)));
        left
    }
}

fn listed(root: &Root) -> Option<BTreeSet<u64>> {
    let info = bufinfo::parse(&root.read(Path::new(BUFINFO)).ok()?);
    let mut inodes = BTreeSet::new();
    inodes.extend(info.records.iter().map(|record| record.inode));
    info.is_complete.then_some(inodes)
}

/// Buffers of these heaps that came since `before` and that nobody holds, or this process.
fn buffers_left(root: &Root, places: &[Place], before: &BTreeSet<u64>) -> Vec<Error> {
    const ROUNDS: u32 = 20;
    const PAUSE: Duration = Duration::from_millis(10);
    let names: Vec<_> = places.iter().filter_map(|place| place.path.file_name()?.to_str()).collect();
    let mut left = Vec::new();
    // What a process that has ended held may take a moment to go.
    for round in 0..ROUNDS {
        if round > 0 {
            std::thread::sleep(PAUSE);
        }
        let scan = match holders::scan(root) {
            Ok(scan) => scan,
            Err(error) => return vec![error],
        };
        left = scan
            .buffers
            .iter()
            .filter(|buffer| !before.contains(&buffer.inode))
            .filter(|buffer| buffer.exporter.as_deref().is_some_and(|exporter| names.contains(&exporter)))
            .filter(|buffer| buffer.is_orphan() || buffer.holders.iter().any(|holder| holder.pid == own_number()))
            .map(|buffer| {
                let exporter = buffer.exporter.as_deref().unwrap_or_default();
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
