//! What one process holds.

use super::kernel::Listed;
use super::lines::for_each_line;
use super::sharing::Distinct;
use super::{HolderCgroup, HolderDetails};
use crate::host::Root;
use crate::host::memory_cgroup::{Hierarchies, of_memory};
use crate::host::parse::cgroup;
use crate::host::parse::fdinfo::{self, Fdinfo};
use crate::host::parse::{link, maps, stat};
use crate::host::root::ProcDirectory;
use crate::host::simulation::{self, LINK_MAX};
use crate::sys::fd::directory::{self, EntryStat, read_link_at, stat_at};
use crate::sys::fd::status::Device;
use crate::sys::holders::kcmp::SharedResource;
use crate::sys::{Errno, Result};
use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd};

/// Distinguishes buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BufferKey {
    /// The file system, which is the same for all that are dma-bufs.
    pub(super) device: Device,
    pub(super) inode: u64,
}

/// Stands for the file system where it cannot be asked, in a copy of a machine's files.
pub(super) const UNKNOWN_DEVICE: Device = Device { major: 0, minor: 0 };

/// Stands for the file system of the memfds that are simulated buffers: their inode numbers may be those of dma-bufs.
pub(super) const SIMULATED_DEVICE: Device = Device { major: u32::MAX, minor: 0 };

/// A descriptor of a buffer.
pub(super) struct Descriptor {
    pub(super) number: u64,
    pub(super) key: BufferKey,
    /// Contents of its fdinfo; nothing where they were not needed.
    pub(super) info: Fdinfo,
    pub(super) size: Option<u64>,
}

/// A mapping of what may be a buffer.
pub(super) struct BufferMapping {
    pub(super) key: BufferKey,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) name: Option<String>,
    /// Who exported it, where the path says that.
    pub(super) exporter: Option<String>,
}

/// A process as it was found.
#[derive(Default)]
pub(super) struct ProcessFiles {
    /// Descriptors by the task in whose table they are.
    pub(super) tables: Vec<(u32, Vec<Descriptor>)>,
    pub(super) mappings: Vec<BufferMapping>,
    /// Descriptors of dma-bufs of which it could not be found out which.
    pub(super) unidentified: usize,
    /// Why something of it could not be read.
    pub(super) read_error: Option<Errno>,
    /// Why its threads could not be compared.
    pub(super) threads_error: Option<Errno>,
    /// Whether it may have threads whose tables were not looked at.
    pub(super) left_out: bool,
    /// The command name; only if it holds anything and the name is wanted.
    pub(super) command: Option<String>,
    /// The memory cgroup, on the same conditions.
    pub(super) cgroup: Option<HolderCgroup>,
}

/// Which threads' descriptor tables to read: to find out whether a process has several takes a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Threads {
    /// The first one's, where there is one.
    First,
    /// Those of all that do not share it.
    All,
}

/// The files that processes are read from.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) proc: &'a ProcDirectory<'a, 'a>,
    /// Whether this is the running machine and no copy of one's files.
    pub(super) is_machine: bool,
    /// Whether memfds of the simulator are buffers.
    pub(super) is_simulated: bool,
    /// Buffers on a list of the kernel, which has everything that fdinfo could say.
    pub(super) known: &'a Listed,
    pub(super) details: HolderDetails,
    /// Where the memory of heaps is charged, the way to the cgroups.
    pub(super) charged: Option<&'a Hierarchies>,
    pub(super) root: &'a Root,
}

impl Sources<'_> {
    /// The heap of a simulated buffer, by its path.
    fn heap_in(self, path: &[u8]) -> Option<String> {
        let heap = if self.is_simulated { simulation::heap_in(path) } else { None };
        heap.map(|heap| String::from_utf8_lossy(heap).into_owned())
    }
}

pub(super) struct Reader<'a> {
    sources: Sources<'a>,
    /// The file system of dma-bufs, of which a kernel has one, as soon as a descriptor has proved it.
    file_system: Option<Device>,
}

fn is_gone(errno: Errno) -> bool {
    matches!(errno, Errno::ENOENT | Errno::ESRCH)
}

impl<'a> Reader<'a> {
    pub(super) fn new(sources: Sources<'a>) -> Self {
        Self { sources, file_system: None }
    }

    /// The file system that a descriptor has proved to be that of dma-bufs.
    pub(super) fn file_system(&self) -> Option<Device> {
        self.file_system
    }

    /// Reads a process, of its threads' tables only that of the first one where `threads` does not ask for others.
    /// ENOENT or ESRCH: it has ended.
    pub(super) fn read(&mut self, pid: u32, threads: Threads) -> Result<ProcessFiles> {
        let base = pid.to_string();
        let mut found = ProcessFiles::default();
        self.read_table(&mut found, pid, &base)?;
        let seen = self.read_maps(&mut found, &base)?;
        found.left_out = seen && found.read_error.is_none() && threads == Threads::First;
        if !found.left_out && found.read_error.is_none() && self.is_threaded(&base) {
            self.read_other_tables(&mut found, pid, &base)?;
            if !seen {
                // Its first thread has ended, and with that the process has no maps of its own.
                for task in self.tasks(&base)? {
                    if self.read_maps(&mut found, &format!("{base}/task/{task}"))? {
                        break;
                    }
                }
            }
        }
        let stat = || self.sources.proc.read(&[&base, "/stat"].concat());
        if found.read_error.is_some() && stat().is_ok_and(|bytes| stat::holds_nothing(&bytes)) {
            return Err(Errno::ESRCH);
        }
        self.describe(&mut found, &base);
        Ok(found)
    }

    /// Reads what was left out of a process.
    pub(super) fn read_others(&mut self, pid: u32) -> Result<ProcessFiles> {
        let base = pid.to_string();
        let mut found = ProcessFiles::default();
        if self.is_threaded(&base) {
            self.read_other_tables(&mut found, pid, &base)?;
            self.describe(&mut found, &base);
        }
        Ok(found)
    }

    fn describe(&self, found: &mut ProcessFiles, base: &str) {
        let HolderDetails { commands, cgroups } = self.sources.details;
        if found.tables.is_empty() && found.mappings.is_empty() {
            return;
        }
        if commands {
            let command = self.sources.proc.read(&[base, "/comm"].concat()).unwrap_or_else(|errno| {
                // One that has ended has no name any more.
                let _ = found.note(errno);
                Vec::new()
            });
            let command = command.strip_suffix(b"\n").unwrap_or(&command);
            found.command = Some(String::from_utf8_lossy(command).into_owned());
        }
        if cgroups {
            let text = self.sources.proc.read(&[base, "/cgroup"].concat()).unwrap_or_default();
            let memberships = cgroup::memberships(&text);
            found.cgroup = of_memory(&memberships).map(|(it, version)| HolderCgroup {
                path: it.path.to_string_lossy().into_owned(),
                usage: self.sources.charged.and_then(|way| way.usage(self.sources.root, it, version)),
            });
        }
    }

    fn is_threaded(&self, base: &str) -> bool {
        let tasks = self.sources.proc.identity(&[base, "/task"].concat());
        // The directory itself has two links.
        tasks.is_some_and(|tasks| tasks.is_ok_and(|tasks| tasks.links > 3))
    }

    fn tasks(&self, base: &str) -> Result<Vec<u32>> {
        directory::numbers(self.sources.proc.directory(&format!("{base}/task"))?)
    }

    /// The descriptors in the table of `task`, below `base`.
    fn read_table(&mut self, found: &mut ProcessFiles, task: u32, base: &str) -> Result<()> {
        let directory = match self.sources.proc.directory(&[base, "/fd"].concat()) {
            Ok(directory) => directory,
            Err(errno) => return found.note(errno),
        };
        let fd = directory.as_fd();
        let mut descriptors = Vec::new();
        let mut denied = None;
        let mut target = [0; LINK_MAX];
        for name in &directory::list(fd)? {
            match read_link_at(fd, name, &mut target) {
                Ok(target) if link::is_buffer(target) => match self.read_descriptor(base, fd, name) {
                    Ok(descriptor) => descriptors.extend(descriptor),
                    Err(Unseen::Unidentified) => found.unidentified += 1,
                    Err(Unseen::Denied(errno)) => denied = Some(errno),
                },
                // Often something else.
                Ok(target) => match self.sources.heap_in(target).map(|heap| simulated(fd, name, heap)).transpose() {
                    Ok(descriptor) => descriptors.extend(descriptor.flatten()),
                    Err(errno) => denied = Some(errno),
                },
                // Closed in the meantime; or no link, in a copy of a machine's files.
                Err(Errno::ENOENT | Errno::EINVAL) => {}
                Err(errno) => denied = Some(errno),
            }
        }
        if !descriptors.is_empty() {
            found.tables.push((task, descriptors));
        }
        denied.map_or(Ok(()), |errno| found.note(errno))
    }

    /// The tables of threads that do not share that of the first one.
    fn read_other_tables(&mut self, found: &mut ProcessFiles, pid: u32, base: &str) -> Result<()> {
        let mut tables = Distinct::new(SharedResource::Descriptors);
        tables.add(pid)?;
        for task in self.tasks(base)?.into_iter().filter(|task| *task != pid) {
            match tables.add(task) {
                Ok(false) | Err(Errno::ESRCH) => {}
                Ok(true) => match self.read_table(found, task, &format!("{base}/task/{task}")) {
                    Err(errno) if is_gone(errno) => {}
                    answer => answer?,
                },
                Err(errno) => {
                    found.threads_error = Some(errno);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Reads the dma-buf mappings. Returns whether the process has any mapping at all.
    fn read_maps(&mut self, found: &mut ProcessFiles, base: &str) -> Result<bool> {
        let sources = self.sources;
        let is_machine = sources.is_machine;
        let file = match self.sources.proc.reader(&[base, "/maps"].concat()) {
            Ok(file) => file,
            // In a copy of a machine's files it may be left out.
            Err(Errno::ENOENT) if !is_machine => return Ok(false),
            // A task of the kernel has no address space.
            Err(Errno::ESRCH) => return Ok(false),
            Err(errno) => return found.note(errno).map(|()| false),
        };
        let read = for_each_line(file, |line| {
            let is_wanted = |path: &[u8]| link::is_buffer(path) || sources.heap_in(path).is_some();
            let Some(mapping) = maps::parse_if(line, is_wanted) else { return };
            let exporter = sources.heap_in(mapping.path);
            let device = match exporter {
                Some(_) => SIMULATED_DEVICE,
                None if is_machine => mapping.device,
                None => UNKNOWN_DEVICE,
            };
            found.mappings.push(BufferMapping {
                key: BufferKey { device, inode: mapping.inode },
                start: mapping.start,
                end: mapping.end,
                name: maps::buffer_name(&mapping),
                exporter,
            });
        });
        read.or_else(|errno| found.note(errno).map(|()| false))
    }

    /// Looks at a descriptor whose link says that it is a dma-buf. `None` if it is not one, or no longer open.
    fn read_descriptor(
        &mut self,
        base: &str,
        directory: BorrowedFd<'_>,
        name: &CStr,
    ) -> std::result::Result<Option<Descriptor>, Unseen> {
        let Some((text, number)) = name.to_str().ok().and_then(|text| Some((text, text.parse().ok()?))) else {
            return Ok(None);
        };
        if let Some(file_system) = self.file_system.filter(|_| !self.sources.known.is_empty()) {
            // Whatever is of that file system is a dma-buf, and one that is on a list needs no second look.
            let Some(identity) = identity_at(directory, name)? else { return Ok(None) };
            if identity.device != file_system {
                return Ok(None);
            }
            if self.sources.known.has(identity.inode) {
                let key = BufferKey { device: file_system, inode: identity.inode };
                return Ok(Some(Descriptor { number, key, size: Some(identity.size), info: Fdinfo::default() }));
            }
        }
        let info = match self.sources.proc.read(&[base, "/fdinfo/", text].concat()).map(|bytes| fdinfo::parse(&bytes)) {
            // Only dma-bufs have an exporter, so a file of that path in another file system ends here.
            Ok(info) if info.exporter.is_none() => return Ok(None),
            Ok(info) => info,
            Err(Errno::ENOENT | Errno::ESRCH) => return Ok(None),
            // Before 5.14 the link could be read where this could not.
            Err(_) => Fdinfo::default(),
        };
        if !self.sources.is_machine {
            let inode = info.inode.ok_or(Unseen::Unidentified)?;
            return Ok(Some(Descriptor {
                number,
                key: BufferKey { device: UNKNOWN_DEVICE, inode },
                size: info.size,
                info,
            }));
        }
        if let (Some(device), Some(inode), Some(size)) = (self.file_system, info.inode, info.size) {
            return Ok(Some(Descriptor { number, key: BufferKey { device, inode }, size: Some(size), info }));
        }
        let Some(identity) = identity_at(directory, name)? else { return Ok(None) };
        if info.exporter.is_some() {
            self.file_system = Some(identity.device);
        }
        // Before 5.14 there is no inode number in fdinfo. Where both are, fdinfo is of one piece.
        let inode = info.inode.unwrap_or(identity.inode);
        let size = info.size.or(Some(identity.size));
        Ok(Some(Descriptor { number, key: BufferKey { device: identity.device, inode }, size, info }))
    }
}

/// A descriptor of a simulated buffer; `None` if it is no longer open.
fn simulated(directory: BorrowedFd<'_>, name: &CStr, heap: String) -> Result<Option<Descriptor>> {
    let Some(number) = name.to_str().ok().and_then(|name| name.parse().ok()) else { return Ok(None) };
    let info = Fdinfo { exporter: Some(heap), ..Fdinfo::default() };
    let descriptor = |EntryStat { inode, size, .. }| Descriptor {
        number,
        key: BufferKey { device: SIMULATED_DEVICE, inode },
        info,
        size: Some(size),
    };
    Ok(identity_at(directory, name)?.map(descriptor))
}

/// What a descriptor is of. `None`: it was closed, or its process has ended.
fn identity_at(directory: BorrowedFd<'_>, name: &CStr) -> Result<Option<EntryStat>> {
    match stat_at(directory, name) {
        Err(Errno::ENOENT | Errno::ESRCH | Errno::EBADF) => Ok(None),
        identity => identity.map(Some),
    }
}

/// Why it is not known of which buffer a descriptor is.
enum Unseen {
    /// Its process says too little.
    Unidentified,
    Denied(Errno),
}

impl From<Errno> for Unseen {
    fn from(errno: Errno) -> Self {
        Self::Denied(errno)
    }
}

impl ProcessFiles {
    /// Notes what may not be read; what has ended ends the whole.
    fn note(&mut self, errno: Errno) -> Result<()> {
        if is_gone(errno) {
            return Err(errno);
        }
        self.read_error = Some(errno);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_gone_was_closed() {
        let directory = std::fs::File::open("/proc/self/fd").unwrap();
        let asked = |name| identity_at(directory.as_fd(), name).map(|identity| identity.is_some());
        assert_eq!([asked(c"0"), asked(c"999999")], [Ok(true), Ok(false)]);
        // What cannot be asked for another reason may be a buffer.
        assert_eq!(asked(c"0/x"), Err(Errno::ENOTDIR));
    }
}
