//! Calls that name an object by a path.

use super::fd::FdCalls;
use super::object;
use super::outside::OutsidePath;
use crate::model::{dmabuf, node};
use crate::sim::caller::{Caller, RemoteFd};
use crate::sim::faults::Rule;
use crate::sim::supervisor::Supervisor;
use crate::sim::syscall::decode::{FdOperation, PathCall, PathOperation};
use crate::sim::syscall::open_how::OpenHow;
use crate::sim::vfs::DescriptorTarget;
use crate::sim::vfs::external::is_foreign;
use crate::sim::vfs::resolve::{Resolved, Route};
use crate::sim::vfs::tree::{Object, ObjectKind};
use crate::sys::Errno;
use crate::sys::sim::placeholder;
use crate::sys::sim::remote::{PATH_MAX, ProcLink};
use crate::sys::sim::seccomp::CallResult;
use crate::uapi::fcntl as uapi;
use std::os::fd::{AsFd, OwnedFd};

pub(super) struct PathCalls<'a> {
    pub(super) supervisor: &'a Supervisor,
    pub(super) caller: &'a Caller<'a>,
    /// For calls whose path leads to a descriptor.
    pub(super) files: FdCalls<'a>,
}

/// The meaning of a path once a descriptor or a directory of the simulator may be part of it.
enum Meaning {
    Foreign,
    /// The start of a relative path and the path.
    Path(Vec<u8>, Vec<u8>),
    Descriptor(u32),
}

impl PathCalls<'_> {
    pub(super) fn answer(&self, call: &PathCall) -> CallResult {
        let meaning = self.meaning(call);
        if matches!(meaning, Meaning::Foreign) {
            return CallResult::Continue;
        }
        let (operation, resolve) = match call.operation {
            PathOperation::OpenHow { how, size } => match OpenHow::read(self.caller, how, size) {
                Some(OpenHow { flags, resolve }) => (PathOperation::Open { flags }, resolve),
                // The kernel refuses it before it looks at the path.
                None => return CallResult::Continue,
            },
            other => (other, 0),
        };
        match meaning {
            Meaning::Foreign => CallResult::Continue,
            Meaning::Descriptor(fd) => self.answer_descriptor(self.caller.own(fd), operation),
            Meaning::Path(start, path) => {
                let stays = matches!(operation, PathOperation::Open { flags } if flags & uapi::O_NOFOLLOW != 0);
                let route = Route { start: &start, path: &path, follow: call.follow && !stays, resolve };
                self.answer_route(route, operation)
            }
        }
    }

    /// Reads the path and sees as cheaply as possible that it is foreign, which most are.
    fn meaning(&self, call: &PathCall) -> Meaning {
        let mut buffer = [0; PATH_MAX];
        let base = || call.base.filter(|_| call.may_be_empty).map_or(Meaning::Foreign, Meaning::Descriptor);
        if call.path == 0 && call.may_be_empty && call.base.is_some() {
            return base();
        }
        let Some(path) = self.caller.path(call.path, &mut buffer) else { return Meaning::Foreign };
        if path.is_empty() {
            return base();
        }
        let absolute = path.starts_with(b"/");
        // Once a directory of the simulator was opened, any relative path may start there.
        if is_foreign(path) && (absolute || !self.supervisor.vfs.may_start_here()) {
            return Meaning::Foreign;
        }
        if absolute && !matches!(call.operation, PathOperation::OpenHow { .. }) {
            return Meaning::Path(Vec::new(), path.to_vec());
        }
        let link = call.base.map_or(ProcLink::WorkingDirectory, ProcLink::Fd);
        let mut buffer = [0; PATH_MAX];
        match self.caller.link(link, &mut buffer).filter(|start| start.starts_with(b"/")) {
            Some(start) => {
                let start = self.supervisor.vfs.backing.name_of(start).unwrap_or(start);
                if !absolute && is_foreign(&[start, b"/", path].concat()) {
                    return Meaning::Foreign;
                }
                Meaning::Path(start.to_vec(), path.to_vec())
            }
            // The kernel says EBADF or ENOTDIR, but of an absolute path whose start does not matter.
            None if absolute => Meaning::Path(Vec::new(), path.to_vec()),
            None => Meaning::Foreign,
        }
    }

    fn answer_route(&self, route: Route<'_>, operation: PathOperation) -> CallResult {
        let creation = match operation {
            PathOperation::Open { flags } if flags & uapi::O_CREAT != 0 => flags & (uapi::O_CREAT | uapi::O_EXCL),
            _ => 0,
        };
        let exclusive = creation & uapi::O_EXCL != 0;
        if matches!(operation, PathOperation::Access { effective: false, .. }) {
            self.caller.asks_as_real_user();
        }
        let route = Route { follow: route.follow && !exclusive, ..route };
        let is_directory = route.path.ends_with(b"/");
        match self.supervisor.vfs.resolve(self.caller, route) {
            Resolved::Foreign => CallResult::Continue,
            // The kernel says ENOTDIR itself.
            Resolved::Descriptor(_) if is_directory => CallResult::Continue,
            Resolved::Descriptor(descriptor) => self.answer_link(descriptor, operation),
            Resolved::Outside(path) => {
                let follow = route.follow || is_directory;
                OutsidePath { caller: self.caller, path: &path, follow, is_directory }.answer(operation)
            }
            Resolved::Refused(errno) => errno.into(),
            Resolved::DeviceList => self.open_device_list(operation),
            // Only root may make files in devtmpfs and sysfs, and no program should.
            Resolved::Missing if creation != 0 => Errno::EACCES.into(),
            Resolved::Missing => Errno::ENOENT.into(),
            Resolved::NotDirectory => Errno::ENOTDIR.into(),
            Resolved::Loop => Errno::ELOOP.into(),
            Resolved::TooLong => Errno::ENAMETOOLONG.into(),
            Resolved::Object(name, object) => match operation {
                PathOperation::Open { .. } if exclusive => Errno::EEXIST.into(),
                PathOperation::Open { flags } => self.open(&name, object, flags),
                other => object::answer(self.caller, &name, object, other),
            },
        }
    }

    /// open(2) of an object.
    fn open(&self, name: &[u8], object: &Object, flags: u32) -> CallResult {
        let only_looks = flags & uapi::O_PATH != 0;
        let writes = flags & 3 != 0;
        let vfs = &self.supervisor.vfs;
        // The kernel itself judges the flags, but for `O_PATH`: such a descriptor cannot be given.
        let kept = flags & !(uapi::O_PATH | uapi::O_CREAT);
        match &object.kind {
            ObjectKind::Directory if !only_looks && (writes || flags & uapi::O_CREAT != 0) => Errno::EISDIR.into(),
            ObjectKind::Directory => self.give(vfs.open_directory(name, kept), flags),
            _ if flags & uapi::O_DIRECTORY != 0 => Errno::ENOTDIR.into(),
            ObjectKind::Node(_) if !only_looks && !self.caller.may(&object.stat, wanted(flags)) => Errno::EACCES.into(),
            ObjectKind::Node(minor) if only_looks || node::open(flags).is_ok() => {
                self.give_node(name, Some(*minor), flags)
            }
            ObjectKind::Node(_) => Errno::EINVAL.into(),
            _ if only_looks => self.give_node(name, None, flags),
            ObjectKind::Link(_) => Errno::ELOOP.into(),
            ObjectKind::Marker => Errno::EACCES.into(),
            ObjectKind::Text(_) | ObjectKind::FreePages(_) if writes => Errno::EACCES.into(),
            ObjectKind::Text(_) => self.give(vfs.backing.open(name, kept & !uapi::O_TRUNC), flags),
            ObjectKind::FreePages(minor) => {
                let text = format!("{}\n", self.supervisor.heaps.free_pages(*minor));
                let replaced = vfs.backing.replace(name, text.as_bytes());
                self.give(replaced.and_then(|()| vfs.backing.open(name, kept & !uapi::O_TRUNC)), flags)
            }
        }
    }

    fn give(&self, file: Result<OwnedFd, Errno>, flags: u32) -> CallResult {
        file.and_then(|file| self.caller.give(file.as_fd(), flags & uapi::O_CLOEXEC != 0)).into()
    }

    fn give_node(&self, name: &[u8], minor: Option<u32>, flags: u32) -> CallResult {
        let kept = if flags & uapi::O_PATH != 0 { flags & uapi::PATH_FLAGS } else { flags & !uapi::OPEN_ONLY };
        let readable = self.supervisor.faults.breaks(Rule::NodeReadable);
        let file = self.supervisor.vfs.open_files.open(name, minor, kept, readable);
        file.and_then(|file| self.caller.give(file.as_fd(), flags & uapi::O_CLOEXEC != 0)).into()
    }

    fn open_device_list(&self, operation: PathOperation) -> CallResult {
        match operation {
            PathOperation::Open { flags } if flags & (3 | uapi::O_PATH | uapi::O_DIRECTORY) == 0 => {
                match self.supervisor.vfs.read_device_list() {
                    Ok(list) => self.give(placeholder::text(c"devices", &list), flags),
                    Err(_) => CallResult::Continue,
                }
            }
            _ => CallResult::Continue,
        }
    }

    /// A call on a descriptor by an empty path.
    fn answer_descriptor(&self, descriptor: RemoteFd, operation: PathOperation) -> CallResult {
        match operation {
            PathOperation::Stat { layout, into } => {
                return self.files.answer(descriptor, FdOperation::Stat { layout, into });
            }
            PathOperation::Statfs(call) => return self.files.answer(descriptor, FdOperation::Statfs(call)),
            PathOperation::Open { .. } => return CallResult::Continue,
            _ => {}
        }
        match (self.identify(descriptor), operation) {
            (DescriptorTarget::OpenFile(file), _) => self.answer_object(&file.name, operation),
            (DescriptorTarget::Backing(name), _) => self.answer_object(&name, operation),
            // `vfs_truncate`: it is not a regular file.
            (DescriptorTarget::Buffer(_), PathOperation::Truncate { .. }) => Errno::EINVAL.into(),
            (DescriptorTarget::Foreign | DescriptorTarget::Buffer(_), _) => CallResult::Continue,
        }
    }

    fn identify(&self, descriptor: RemoteFd) -> DescriptorTarget {
        self.supervisor.vfs.identify(&self.supervisor.heaps, descriptor)
    }

    fn answer_object(&self, name: &[u8], operation: PathOperation) -> CallResult {
        let object = self.supervisor.vfs.object(name);
        object.map_or(CallResult::Continue, |object| object::answer(self.caller, name, object, operation))
    }

    /// A call that follows a link of /proc to a descriptor: a node is opened once more, a buffer cannot be.
    fn answer_link(&self, descriptor: RemoteFd, operation: PathOperation) -> CallResult {
        match (self.identify(descriptor), operation) {
            (DescriptorTarget::OpenFile(file), PathOperation::Open { flags }) => {
                let object = self.supervisor.vfs.object(&file.name);
                object.map_or(CallResult::Continue, |object| self.open(&file.name, object, flags))
            }
            (DescriptorTarget::Buffer(_), PathOperation::Open { flags }) if flags & uapi::O_PATH == 0 => {
                dmabuf::REOPEN.into()
            }
            (DescriptorTarget::Foreign, _)
            | (_, PathOperation::Open { .. })
            | (DescriptorTarget::Backing(_), PathOperation::ReadLink { .. }) => CallResult::Continue,
            (_, operation) => self.answer_descriptor(descriptor, operation),
        }
    }
}

/// The bits of access(2) that opening with `flags` needs (`ACC_MODE` of include/linux/fs.h, `build_open_flags`).
const fn wanted(flags: u32) -> u32 {
    let truncates = if flags & uapi::O_TRUNC != 0 { 2 } else { 0 };
    [4, 2, 6, 6][(flags & 3) as usize] | truncates
}
