//! What one process holds.

use super::lines::Lines;
use super::sharing::Distinct;
use crate::machine::Root;
use crate::procfs::fdinfo::{self, Fdinfo};
use crate::procfs::{link, maps};
use crate::sys::directory::{identity_at, read_link_at};
use crate::sys::kcmp::Shared;
use crate::sys::status::Device;
use crate::sys::{Errno, Result};
use std::ffi::CStr;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What tells buffers apart: the file system, which is the same for all that are dma-bufs, and the inode.
pub(super) type Key = (Device, u64);

/// Stands for the file system where it cannot be asked, in a copy of a machine's files.
pub(super) const UNKNOWN_DEVICE: Device = Device { major: 0, minor: 0 };

/// A descriptor of a buffer.
pub(super) struct Descriptor {
    pub(super) number: u64,
    pub(super) key: Key,
    pub(super) info: Fdinfo,
    pub(super) size: Option<u64>,
}

/// A mapping of what may be a buffer.
pub(super) struct Mapped {
    pub(super) key: Key,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) name: Option<String>,
}

/// A process as it was found.
#[derive(Default)]
pub(super) struct Found {
    /// Descriptors by the task in whose table they are.
    pub(super) tables: Vec<(u32, Vec<Descriptor>)>,
    pub(super) mappings: Vec<Mapped>,
    /// Why something of it could not be read.
    pub(super) denied: Option<Errno>,
    /// Why its threads could not be compared.
    pub(super) threads: Option<Errno>,
    /// The file system of dma-bufs, of which a kernel has one, as soon as a descriptor has proved it.
    file_system: Option<Device>,
}

/// Reads a process; `file_system` is that of dma-bufs, if it is known already. ENOENT or ESRCH: it has ended.
pub(super) fn read(root: &Root, pid: u32, lines: &mut Lines, file_system: Option<Device>) -> Result<Found> {
    let base = format!("/proc/{pid}");
    let mut found = Found { file_system, ..Found::default() };
    found.table(root, pid, &base)?;
    let threads =
        if root.is_machine() { std::fs::metadata(format!("{base}/task")).map_or(0, |task| task.nlink()) } else { 0 };
    // The directory itself has two links.
    let is_threaded = threads > 3;
    if is_threaded && found.denied.is_none() {
        found.other_tables(root, pid, &base)?;
    }
    let seen = found.maps(root, &base, lines)?;
    if is_threaded && !seen && found.denied.is_none() {
        // Its first thread has ended, and with that the process has no maps of its own.
        for task in tasks(root, &base)? {
            if found.maps(root, &format!("{base}/task/{task}"), lines)? {
                break;
            }
        }
    }
    Ok(found)
}

fn is_gone(errno: Errno) -> bool {
    matches!(errno, Errno::ENOENT | Errno::ESRCH)
}

fn tasks(root: &Root, base: &str) -> Result<Vec<u32>> {
    let mut tasks = Vec::new();
    root.directory(Path::new(&format!("{base}/task")))?.for_each(|_, name| {
        tasks.extend(name.to_str().ok().and_then(|name| name.parse::<u32>().ok()));
    })?;
    Ok(tasks)
}

impl Found {
    /// Notes what may not be read; what has ended ends the whole.
    fn note(&mut self, errno: Errno) -> Result<()> {
        if is_gone(errno) {
            return Err(errno);
        }
        self.denied = Some(errno);
        Ok(())
    }

    /// The descriptors in the table of `task`, below `base`.
    fn table(&mut self, root: &Root, task: u32, base: &str) -> Result<()> {
        let mut directory = match root.directory(Path::new(&format!("{base}/fd"))) {
            Ok(directory) => directory,
            Err(errno) => return self.note(errno),
        };
        let mut descriptors = Vec::new();
        let mut denied = None;
        directory.for_each(|fd, name| {
            let mut target = [0; link::LENGTH];
            match read_link_at(fd, name, &mut target) {
                Ok(target) if link::buffer_name(target).is_some() => {
                    descriptors.extend(self.descriptor(root, base, fd, name));
                }
                // Something else; or closed meanwhile; or no link, in a copy of a machine's files.
                Ok(_) | Err(Errno::ENOENT | Errno::EINVAL) => {}
                Err(errno) => denied = Some(errno),
            }
        })?;
        if !descriptors.is_empty() {
            self.tables.push((task, descriptors));
        }
        denied.map_or(Ok(()), |errno| self.note(errno))
    }

    /// The tables of threads that do not share that of the first one.
    fn other_tables(&mut self, root: &Root, pid: u32, base: &str) -> Result<()> {
        let mut tables = Distinct::new(Shared::Descriptors);
        tables.add(pid)?;
        for task in tasks(root, base)?.into_iter().filter(|task| *task != pid) {
            match tables.add(task) {
                Ok(false) | Err(Errno::ESRCH) => {}
                Ok(true) => match self.table(root, task, &format!("{base}/task/{task}")) {
                    Err(errno) if is_gone(errno) => {}
                    answer => answer?,
                },
                Err(errno) => {
                    self.threads = Some(errno);
                    break;
                }
            }
        }
        Ok(())
    }

    /// The mappings; answers whether there was any, of whatever.
    fn maps(&mut self, root: &Root, base: &str, lines: &mut Lines) -> Result<bool> {
        let mut file = match root.reader(Path::new(&format!("{base}/maps"))) {
            Ok(file) => file,
            // In a copy of a machine's files it may be left out.
            Err(Errno::ENOENT) if !root.is_machine() => return Ok(false),
            // A task of the kernel has no address space.
            Err(Errno::ESRCH) => return Ok(false),
            Err(errno) => return self.note(errno).map(|()| false),
        };
        let mut any = false;
        let read = lines.for_each(&mut file, |line| {
            any = true;
            let Some(mapping) = maps::parse_line(line) else { return };
            let Some(name) = link::buffer_name(mapping.path) else { return };
            let device = if root.is_machine() { mapping.device } else { UNKNOWN_DEVICE };
            self.mappings.push(Mapped {
                key: (device, mapping.inode),
                start: mapping.start,
                end: mapping.end,
                name: (!name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned()),
            });
        });
        match read {
            Ok(()) => Ok(any),
            Err(errno) => self.note(errno).map(|()| any),
        }
    }

    /// Looks at a descriptor whose link says that it is a dma-buf. `None` if it is not one, or no longer open.
    fn descriptor(&mut self, root: &Root, base: &str, directory: BorrowedFd<'_>, name: &CStr) -> Option<Descriptor> {
        let text = name.to_str().ok()?;
        let info = match root.read(Path::new(&format!("{base}/fdinfo/{text}"))) {
            // Only dma-bufs have an exporter, so a file of that path in another file system ends here.
            Ok(bytes) => Some(fdinfo::parse(&bytes)).filter(|info| info.exporter.is_some())?,
            Err(Errno::ENOENT | Errno::ESRCH) => return None,
            // Before 5.14 the link could be read where this could not.
            Err(_) => Fdinfo::default(),
        };
        let number = text.parse().ok()?;
        if !root.is_machine() {
            let key = (UNKNOWN_DEVICE, info.inode?);
            return Some(Descriptor { number, key, size: info.size, info });
        }
        if let (Some(device), Some(inode), Some(size)) = (self.file_system, info.inode, info.size) {
            return Some(Descriptor { number, key: (device, inode), size: Some(size), info });
        }
        let identity = identity_at(directory, name).ok()?;
        if info.exporter.is_some() {
            self.file_system = Some(identity.device);
        }
        // Before 5.14 there is no inode number in fdinfo. Where both are, fdinfo is of one piece.
        let inode = info.inode.unwrap_or(identity.inode);
        Some(Descriptor { number, key: (identity.device, inode), size: info.size.or(Some(identity.size)), info })
    }
}
