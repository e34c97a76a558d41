//! Reads processes on several CPUs: nearly all of the time passes in the kernel, which makes texts of what it knows.

use super::process::{Found, Reader, Sources};
use crate::sys::Result;
use crate::sys::fd::status::Device;
use crate::sys::process::affinity;
use std::panic::resume_unwind;
use std::thread::{self, Builder};

/// Threads at most: beyond that they wait for one another in the kernel.
const MOST: usize = 4;
/// Processes that are worth a thread.
const LEAST: usize = 100;
/// A thread's stack: the largest thing on it is a block of names in a directory.
const STACK: usize = 128 * 1024;

/// What was read of processes.
#[derive(Default)]
pub(super) struct Read {
    /// Those that could be read.
    pub(super) processes: usize,
    pub(super) unreadable: usize,
    /// Those of which something was left out.
    pub(super) left_out: Vec<u32>,
    /// What was found, in the order of the processes.
    pub(super) found: Vec<(u32, Found)>,
    /// The file system that a descriptor has proved to be that of dma-bufs.
    pub(super) file_system: Option<Device>,
}

impl Read {
    fn add(&mut self, pid: u32, found: Found) {
        if found.denied.is_some() {
            self.unreadable += 1;
        } else {
            self.processes += 1;
        }
        self.left_out.extend(found.left_out.then_some(pid));
        if !found.is_empty() {
            self.found.push((pid, found));
        }
    }

    fn append(mut self, later: Self) -> Self {
        self.processes += later.processes;
        self.unreadable += later.unreadable;
        self.left_out.extend(later.left_out);
        self.found.extend(later.found);
        self.file_system = self.file_system.or(later.file_system);
        self
    }
}

/// Reads each of `pids` by `read`. One that has ended meanwhile is left out.
pub(super) fn read(
    sources: Sources<'_>,
    pids: &[u32],
    read: impl Fn(&mut Reader<'_>, u32) -> Result<Found> + Copy + Send,
) -> Read {
    let part = move |pids: &[u32]| {
        let mut reader = Reader::new(sources);
        let mut part = Read::default();
        for pid in pids {
            if let Ok(found) = read(&mut reader, *pid) {
                part.add(*pid, found);
            }
        }
        part.file_system = reader.file_system();
        part
    };
    let most = if pids.len() < 2 * LEAST { 1 } else { affinity::allowed().map_or(1, |cpus| cpus.len()) };
    let threads = (pids.len() / LEAST).min(most).clamp(1, MOST);
    let (first, others) = pids.split_at(pids.len().div_ceil(threads));
    thread::scope(|scope| {
        let others = others.chunks(first.len().max(1)).map(|pids| {
            // A thread that cannot be made is one less.
            (pids, Builder::new().stack_size(STACK).spawn_scoped(scope, move || part(pids)))
        });
        let others: Vec<_> = others.collect();
        others.into_iter().fold(part(first), |read, (pids, thread)| {
            read.append(match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(_) => part(pids),
            })
        })
    })
}
