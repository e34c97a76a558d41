//! Joins processes with the kernel's lists.

use super::kernel::Listed;
use super::process::{BufferKey, BufferMapping, Descriptor, ProcessFiles, Reader, SIMULATED_DEVICE, Sources, Threads};
use super::sharing::Sharing;
use super::{Buffer, Coverage, HolderCgroup, HolderDetails, ReadState, Scan, kernel};
use crate::error::{Error, open_files_hint};
use crate::host::Root;
use crate::host::accounting::Accounting;
use crate::host::memory_cgroup::Hierarchies;
use crate::host::parse::mountinfo::{self, Hidepid};
use crate::host::root::ProcDirectory;
use crate::host::simulation;
use crate::sys::Errno;
use crate::sys::fd::directory;
use crate::sys::fd::status::Device;
use crate::sys::holders::kcmp::SharedResource;
use crate::sys::process::capability::{Capability, Effective};
use crate::sys::process::credentials::UserIds;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Scans the machine, or the copy of one's files below `root`. `details` says what is wanted of processes.
///
/// # Errors
/// Without /proc there is nothing to scan.
pub(crate) fn scan(root: &Root, details: HolderDetails) -> Result<Scan, Error> {
    let fail = |errno| match (Error::errno("scan", "/proc", errno), errno) {
        (error, Errno::ENOENT) => error.with_hint("mount -t proc proc /proc"),
        (error, Errno::EMFILE) => error.with_hint(open_files_hint()),
        (error, _) => error,
    };
    let proc = root.place(Path::new("/proc")).map_err(fail)?;
    let pids = pids(root, &proc).map_err(fail)?;
    let before = Lists::read(root);
    let is_machine = root.is_machine();
    let is_simulated = is_machine && simulation::is_simulated();
    let is_charged = details.cgroups && Accounting::of(root).charges();
    let hierarchies = is_charged.then(|| Hierarchies::of(root));
    let charged = hierarchies.as_ref();
    let sources = Sources { proc: &proc, is_machine, is_simulated, known: &before.listed, details, charged, root };
    // Where the kernel counts the references, they are looked for in other threads' tables only if some are missing;
    // one that came since, while another one went, is then not found.
    let threads = if before.bufinfo == ReadState::Read { Threads::First } else { Threads::All };
    let mut scanner = Scanner::new(root, &proc);
    scanner.coverage.is_simulated = is_simulated;
    scanner.coverage.proc_error = pids.is_empty().then_some(Errno::ENOENT);
    let mut reader = Reader::new(sources);
    let mut left_out = Vec::new();
    for pid in pids {
        // One that has ended in the meantime does not count.
        let Ok(found) = reader.read(pid, threads) else { continue };
        scanner.coverage.processes += 1;
        left_out.extend(found.left_out.then_some(pid));
        scanner.add_process(pid, found);
    }
    let mut held = scanner.references_by_inode(reader.file_system());
    if scanner.tables.is_unsure || scanner.memories.is_unsure || !before.is_explained_by(&held) {
        for pid in left_out {
            if let Ok(found) = reader.read_others(pid) {
                scanner.add_process(pid, found);
            }
        }
        held = scanner.references_by_inode(reader.file_system());
    }
    scanner.note_hidden_processes();
    let file_system = reader.file_system();
    Ok(scanner.finish(before, &held, file_system))
}

/// The value of `hidepid` by which `/proc` leaves processes of others out for this one.
pub(crate) fn hidepid(root: &Root) -> Option<String> {
    let mounts = root.contents(Path::new("/proc/self/mountinfo")).unwrap_or_default();
    let hidepid = mountinfo::hidepid(&mounts).filter(Hidepid::is_invisible)?;
    let user = UserIds::of_this_process();
    let sees_all = match Effective::of_this_process() {
        Ok(capabilities) => capabilities.has(Capability::SysPtrace),
        Err(_) => user.uid == 0,
    };
    (!sees_all && hidepid.hides_from(&user.groups)).then_some(hidepid.value)
}

fn pids(root: &Root, proc: &ProcDirectory<'_, '_>) -> Result<Vec<u32>, Errno> {
    let mut pids = match proc.directory(".").and_then(directory::numbers) {
        // A copy may hold the kernel's lists only.
        Err(Errno::ENOENT) if !root.is_machine() => Vec::new(),
        pids => pids?,
    };
    if pids.is_empty() && root.is_machine() {
        return Err(Errno::ENOENT);
    }
    pids.sort_unstable();
    Ok(pids)
}

/// The kernel's own lists.
struct Lists {
    bufinfo: ReadState,
    /// The record of each buffer in bufinfo, which has all that fdinfo could say.
    listed: Listed,
    sysfs: ReadState,
    statistics: BTreeSet<u64>,
}

impl Lists {
    fn read(root: &Root) -> Self {
        let (listed, bufinfo) = Listed::read(root);
        let statistics = kernel::statistics(root);
        Self {
            bufinfo,
            listed,
            sysfs: statistics.as_ref().map_or_else(|errno| ReadState::Failed(*errno), |_| ReadState::Read),
            statistics: statistics.unwrap_or_default().into_iter().collect(),
        }
    }

    fn has(&self, inode: u64) -> bool {
        self.listed.has(inode) || self.statistics.contains(&inode)
    }

    /// Whether they have another buffer.
    fn has_others(&self, held: &BTreeMap<u64, u64>) -> bool {
        let listed = self.listed.0.iter().map(|buffer| &buffer.inode);
        listed.chain(&self.statistics).any(|inode| !held.contains_key(inode))
    }

    /// Whether those are all references to the buffers that they have.
    fn is_explained_by(&self, held: &BTreeMap<u64, u64>) -> bool {
        self.listed.0.iter().all(|buffer| held.get(&buffer.inode).is_some_and(|held| Some(*held) >= buffer.references))
    }
}

struct Scanner<'a> {
    root: &'a Root,
    proc: &'a ProcDirectory<'a, 'a>,
    buffers: BTreeMap<BufferKey, Buffer>,
    commands: BTreeMap<u32, String>,
    cgroups: BTreeMap<u32, HolderCgroup>,
    coverage: Coverage,
    tables: Sharing,
    memories: Sharing,
}

impl<'a> Scanner<'a> {
    fn new(root: &'a Root, proc: &'a ProcDirectory<'a, 'a>) -> Self {
        Self {
            root,
            proc,
            buffers: BTreeMap::new(),
            commands: BTreeMap::new(),
            cgroups: BTreeMap::new(),
            coverage: Coverage::default(),
            tables: Sharing::new(SharedResource::Descriptors),
            memories: Sharing::new(SharedResource::Memory),
        }
    }

    fn add_process(&mut self, pid: u32, found: ProcessFiles) {
        if found.read_error.is_some() {
            self.coverage.processes -= 1;
            self.coverage.unreadable += 1;
        }
        self.coverage.threads_error = self.coverage.threads_error.or(found.threads_error);
        self.coverage.unidentified += found.unidentified;
        for (task, descriptors) in found.tables {
            self.add_descriptors(pid, task, descriptors);
        }
        self.add_mappings(pid, found.mappings);
        self.commands.extend(found.command.map(|command| (pid, command)));
        self.cgroups.extend(found.cgroup.map(|cgroup| (pid, cgroup)));
    }

    /// References that were found, by the buffer's inode number in that file system.
    fn references_by_inode(&self, file_system: Option<Device>) -> BTreeMap<u64, u64> {
        let found = self.buffers.iter().filter(|(key, _)| file_system.is_none_or(|proven| proven == key.device));
        found.map(|(key, buffer)| (key.inode, buffer.fds + buffer.maps)).collect()
    }

    fn add_descriptors(&mut self, pid: u32, task: u32, descriptors: Vec<Descriptor>) {
        let held = descriptors.iter().map(|descriptor| (descriptor.number, descriptor.key.inode)).collect();
        let is_new = !self.root.is_machine() || self.tables.add(task, held);
        for Descriptor { key, info, size, .. } in descriptors {
            let buffer = self.buffers.entry(key).or_default();
            buffer.inode = key.inode;
            buffer.size = size.or(buffer.size);
            buffer.references = info.count.or(buffer.references);
            buffer.exporter = info.exporter.map(Arc::from).or_else(|| buffer.exporter.take());
            buffer.name = info.name.map(Arc::from).or_else(|| buffer.name.take());
            buffer.fds += u64::from(is_new);
            buffer.holder(pid).fds += 1;
        }
    }

    fn add_mappings(&mut self, pid: u32, mappings: Vec<BufferMapping>) {
        let held = mappings.iter().map(|mapped| (mapped.start, mapped.key.inode)).collect();
        let is_new = mappings.is_empty() || !self.root.is_machine() || self.memories.add(pid, held);
        for mapped in mappings {
            let known = self.buffers.contains_key(&mapped.key);
            let size = if known { None } else { self.mapped_size(pid, &mapped) };
            let buffer = self.buffers.entry(mapped.key).or_default();
            buffer.inode = mapped.key.inode;
            buffer.size = buffer.size.or(size);
            buffer.name = buffer.name.take().or_else(|| mapped.name.map(Arc::from));
            buffer.exporter = buffer.exporter.take().or_else(|| mapped.exporter.map(Arc::from));
            buffer.maps += u64::from(is_new);
            buffer.holder(pid).maps += 1;
        }
    }

    /// The size of a buffer that is mapped but not open anywhere: `map_files` shows it to those who may look
    /// (CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE).
    fn mapped_size(&self, pid: u32, mapped: &BufferMapping) -> Option<u64> {
        let name = format!("{pid}/map_files/{:x}-{:x}", mapped.start, mapped.end);
        self.proc.identity(&name)?.ok().map(|identity| identity.size)
    }

    /// Notes what hides processes from this scan, without their being unreadable.
    fn note_hidden_processes(&mut self) {
        /// `PROC_PID_INIT_INO` of include/linux/proc_ns.h.
        const FIRST: &str = "pid:[4026531836]";
        if !self.root.is_machine() {
            return;
        }
        let namespace = self.root.read_link(Path::new("/proc/self/ns/pid"));
        self.coverage.in_namespace = namespace.is_ok_and(|link| link != Path::new(FIRST));
        self.coverage.hidepid = hidepid(self.root);
    }

    /// Joins what processes hold with the lists that were read before them.
    ///
    /// A buffer that no process was seen to hold may have ended since, so the lists are asked for it once more; and what
    /// only the later ones have is younger than the scan, and would look as if nobody held it.
    fn finish(mut self, before: Lists, held: &BTreeMap<u64, u64>, file_system: Option<Device>) -> Scan {
        // What a copy says does not change.
        let may_have_changed = self.root.is_machine() && before.has_others(held);
        let (now, earlier) = if may_have_changed { (Lists::read(self.root), Some(before)) } else { (before, None) };
        (self.coverage.bufinfo, self.coverage.statistics) = (now.bufinfo, now.sysfs);
        let (simulated, mut found): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.buffers.into_iter().partition(|(key, _)| key.device == SIMULATED_DEVICE);
        drop_foreign_mappings(&mut found, &now, file_system);
        let mut lists = JoinedLists {
            joined: Vec::new(),
            held: found.into_iter().map(|(key, buffer)| (key.inode, buffer)).collect(),
            earlier,
        };
        lists.join_bufinfo(now.listed);
        lists.join_statistics(self.root, now.statistics);
        let mut buffers = lists.joined;
        buffers.extend(lists.held.into_values().chain(simulated.into_values()));
        buffers.sort_unstable_by_key(|buffer| buffer.inode);
        Scan { buffers, commands: self.commands, cgroups: self.cgroups, coverage: self.coverage }
    }
}

/// Keeps what is of the file system of dma-bufs. Without a descriptor that proves which one that is, a mapped file of that
/// path may be another's.
fn drop_foreign_mappings(found: &mut BTreeMap<BufferKey, Buffer>, now: &Lists, file_system: Option<Device>) {
    let has_list = [now.bufinfo, now.sysfs].contains(&ReadState::Read);
    found.retain(|key, _| match file_system {
        Some(proven) => proven == key.device,
        None => key.device.major == 0 && (!has_list || now.has(key.inode)),
    });
}

/// Buffers while they are joined with the kernel's lists.
struct JoinedLists {
    /// The buffers that bufinfo has, in the order of their inode numbers.
    joined: Vec<Buffer>,
    /// All others, by their inode numbers.
    held: BTreeMap<u64, Buffer>,
    /// The lists of before the scan, if they may have changed since.
    earlier: Option<Lists>,
}

fn existed_before_scan(earlier: Option<&Lists>, inode: u64) -> bool {
    earlier.is_none_or(|earlier| earlier.has(inode))
}

impl JoinedLists {
    fn join_bufinfo(&mut self, now: Listed) {
        let Self { held, earlier, .. } = self;
        let earlier = earlier.as_ref();
        // Collected into the room of the list: there may be very many.
        let joined = now.0.into_iter().filter_map(|listed| match held.remove(&listed.inode) {
            Some(held) => Some(held.listed_as(listed)),
            None => existed_before_scan(earlier, listed.inode).then_some(listed),
        });
        self.joined = joined.collect();
        // A buffer that has ended since it was seen is as the list of before has it.
        let Some(earlier) = earlier else { return };
        for buffer in held.values_mut().filter(|buffer| buffer.exporter.is_none()) {
            if let Some(listed) = earlier.listed.get(buffer.inode) {
                *buffer = std::mem::take(buffer).listed_as(listed.clone());
            }
        }
    }

    fn join_statistics(&mut self, root: &Root, now: BTreeSet<u64>) {
        for inode in now {
            let is_wanted = match self.held.get(&inode) {
                Some(held) => held.size.is_none() || held.exporter.is_none(),
                None => existed_before_scan(self.earlier.as_ref(), inode),
            };
            if !is_wanted || self.joined.binary_search_by_key(&inode, |buffer| buffer.inode).is_ok() {
                continue;
            }
            if let Ok((size, exporter)) = kernel::statistic(root, inode) {
                let buffer = self.held.entry(inode).or_insert_with(|| Buffer { inode, ..Buffer::default() });
                buffer.size = buffer.size.or(size);
                buffer.exporter = Some(exporter.into());
            }
        }
    }
}
