//! Joins processes with the kernel's lists.

use super::lines::Lines;
use super::process::{self, Descriptor, Found, Key, Mapped};
use super::sharing::Sharing;
use super::{Buffer, Coverage, Scan, Source, kernel};
use crate::error::Error;
use crate::machine::Root;
use crate::procfs::{mountinfo, stat};
use crate::sys::Errno;
use crate::sys::directory::identity_at;
use crate::sys::kcmp::Shared;
use crate::sys::status::{self, Device};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Scans the machine, or the copy of one's files below `root`.
///
/// # Errors
/// Without /proc there is nothing to scan.
pub fn scan(root: &Root) -> Result<Scan, Error> {
    let pids = pids(root)?;
    // A buffer that is made while processes are read would look as if nobody held it. So what only the
    // kernel's lists have must have been in them before, too.
    let before = Before::read(root);
    let mut scanner = Scanner::new(root);
    pids.into_iter().for_each(|pid| scanner.process(pid));
    scanner.surroundings();
    Ok(scanner.finish(&before))
}

fn pids(root: &Root) -> Result<Vec<u32>, Error> {
    let fail = |errno| Error::errno("scan", "/proc", errno).with_hint("mount -t proc proc /proc");
    let entries = match root.entries(Path::new("/proc")) {
        // A copy may hold the kernel's lists only.
        Err(Errno::ENOENT) if !root.is_machine() => Vec::new(),
        answer => answer.map_err(fail)?,
    };
    let mut pids: Vec<u32> =
        entries.iter().filter_map(|name| std::str::from_utf8(name.as_bytes()).ok()?.parse().ok()).collect();
    if pids.is_empty() && root.is_machine() {
        return Err(fail(Errno::ENOENT));
    }
    pids.sort_unstable();
    Ok(pids)
}

/// What the kernel's lists had before the processes were read.
struct Before(BTreeSet<u64>);

impl Before {
    fn read(root: &Root) -> Self {
        let listed = kernel::read_bufinfo(root).1.records.into_iter().map(|record| record.inode);
        // Not collected, here and below: that sorts first, by code that is large for each kind of item.
        let mut inodes = BTreeSet::new();
        inodes.extend(listed.chain(kernel::statistics(root).unwrap_or_default()));
        Self(inodes)
    }
}

struct Scanner<'a> {
    root: &'a Root,
    buffers: BTreeMap<Key, Buffer>,
    commands: BTreeMap<u32, String>,
    coverage: Coverage,
    /// File systems that a descriptor has proved to be that of dma-bufs: one, if any.
    proven: BTreeSet<Device>,
    tables: Sharing,
    memories: Sharing,
    lines: Lines,
}

impl<'a> Scanner<'a> {
    fn new(root: &'a Root) -> Self {
        Self {
            root,
            buffers: BTreeMap::new(),
            commands: BTreeMap::new(),
            coverage: Coverage::default(),
            proven: BTreeSet::new(),
            tables: Sharing::new(Shared::Descriptors),
            memories: Sharing::new(Shared::Memory),
            lines: Lines::new(),
        }
    }

    fn process(&mut self, pid: u32) {
        let Ok(found) = process::read(self.root, pid, &mut self.lines, self.proven.first().copied()) else { return };
        let Found { tables, mappings, denied, threads, .. } = found;
        let own = |name: &str| PathBuf::from(format!("/proc/{pid}/{name}"));
        let holds_nothing = || self.root.read(&own("stat")).is_ok_and(|bytes| stat::holds_nothing(&bytes));
        match denied {
            Some(_) if holds_nothing() => return,
            Some(_) => self.coverage.unreadable += 1,
            None => self.coverage.processes += 1,
        }
        self.coverage.threads = self.coverage.threads.or(threads);
        if tables.is_empty() && mappings.is_empty() {
            return;
        }
        for (task, descriptors) in tables {
            self.descriptors(pid, task, descriptors);
        }
        self.mappings(pid, mappings);
        let command = self.root.read(&own("comm")).unwrap_or_default();
        let command = command.strip_suffix(b"\n").unwrap_or(&command);
        self.commands.insert(pid, String::from_utf8_lossy(command).into_owned());
    }

    fn descriptors(&mut self, pid: u32, task: u32, descriptors: Vec<Descriptor>) {
        let held = descriptors.iter().map(|descriptor| (descriptor.number, descriptor.key.1)).collect();
        let is_new = !self.root.is_machine() || self.tables.is_new(task, held);
        for Descriptor { key, info, size, .. } in descriptors {
            if info.exporter.is_some() {
                self.proven.insert(key.0);
            }
            let buffer = self.buffers.entry(key).or_default();
            buffer.inode = key.1;
            buffer.size = size.or(buffer.size);
            buffer.references = info.count.or(buffer.references);
            buffer.exporter = info.exporter.or_else(|| buffer.exporter.take());
            buffer.name = info.name.or_else(|| buffer.name.take());
            buffer.fds += u64::from(is_new);
            buffer.holder(pid).fds += 1;
        }
    }

    fn mappings(&mut self, pid: u32, mappings: Vec<Mapped>) {
        let held = mappings.iter().map(|mapped| (mapped.start, mapped.key.1)).collect();
        let is_new = mappings.is_empty() || !self.root.is_machine() || self.memories.is_new(pid, held);
        for mapped in mappings {
            let known = self.buffers.contains_key(&mapped.key);
            let size = if known { None } else { self.mapped_size(pid, &mapped) };
            let buffer = self.buffers.entry(mapped.key).or_default();
            buffer.inode = mapped.key.1;
            buffer.size = buffer.size.or(size);
            buffer.name = buffer.name.take().or(mapped.name);
            buffer.maps += u64::from(is_new);
            buffer.holder(pid).maps += 1;
        }
    }

    /// The size of a buffer that is mapped but not open anywhere: `map_files` tells it those who may look
    /// (CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE).
    fn mapped_size(&self, pid: u32, mapped: &Mapped) -> Option<u64> {
        let directory = self.root.look(Path::new(&format!("/proc/{pid}/map_files"))).ok()?;
        let name = CString::new(format!("{:x}-{:x}", mapped.start, mapped.end)).ok()?;
        identity_at(directory.as_fd(), &name).ok().map(|identity| identity.size)
    }

    /// What hides processes from this scan, without their being unreadable.
    fn surroundings(&mut self) {
        /// `PROC_PID_INIT_INO` of include/linux/proc_ns.h.
        const FIRST: &str = "pid:[4026531836]";
        if !self.root.is_machine() {
            return;
        }
        let namespace = self.root.read_link(Path::new("/proc/self/ns/pid"));
        self.coverage.in_namespace = namespace.is_ok_and(|link| link != Path::new(FIRST));
        let mounts = self.root.read(Path::new("/proc/self/mountinfo")).unwrap_or_default();
        self.coverage.hidepid = mountinfo::hidepid(&mounts).filter(|_| status::identity().uid != 0);
    }

    fn finish(mut self, before: &Before) -> Scan {
        let (source, info) = kernel::read_bufinfo(self.root);
        self.coverage.bufinfo = source;
        let statistics = kernel::statistics(self.root);
        self.coverage.statistics = statistics.as_ref().map_or_else(|errno| Source::Failed(*errno), |_| Source::Read);
        let statistics = statistics.unwrap_or_default();

        let mut listed: BTreeSet<u64> = BTreeSet::new();
        listed.extend(info.records.iter().map(|record| record.inode).chain(statistics.iter().copied()));
        let has_list = self.coverage.has_kernel_list();
        let proven = self.proven;
        // Without a descriptor that proves the file system, a mapped file of that path may be another's.
        let is_buffer = |(device, inode): &Key| match proven.is_empty() {
            false => proven.contains(device),
            true => device.major == 0 && (!has_list || listed.contains(inode)),
        };
        let found = self.buffers.into_iter().filter(|(key, _)| is_buffer(key));
        let mut buffers: BTreeMap<u64, Buffer> = BTreeMap::new();
        buffers.extend(found.map(|((_, inode), buffer)| (inode, buffer)));

        for record in info.records {
            let is_old = before.0.contains(&record.inode);
            join(&mut buffers, record.inode, is_old, |buffer| {
                buffer.size = Some(record.size);
                buffer.references = Some(record.count);
                buffer.exporter = Some(record.exporter);
                buffer.name = record.name;
                buffer.devices = Some(record.devices);
            });
        }
        for inode in statistics {
            if buffers.get(&inode).is_some_and(|buffer| buffer.size.is_some() && buffer.exporter.is_some()) {
                continue;
            }
            if let Ok((size, exporter)) = kernel::statistic(self.root, inode) {
                join(&mut buffers, inode, before.0.contains(&inode), |buffer| {
                    buffer.size = buffer.size.or(size);
                    buffer.exporter = Some(exporter);
                });
            }
        }
        Scan { buffers: buffers.into_values().collect(), commands: self.commands, coverage: self.coverage }
    }
}

/// Adds what one of the kernel's lists has about a buffer. One that no process holds is added only if it is
/// not younger than the scan.
fn join(buffers: &mut BTreeMap<u64, Buffer>, inode: u64, is_old: bool, fill: impl FnOnce(&mut Buffer)) {
    match buffers.get_mut(&inode) {
        Some(buffer) => fill(buffer),
        None if is_old => fill(buffers.entry(inode).or_insert_with(|| Buffer { inode, ..Buffer::default() })),
        None => {}
    }
}
