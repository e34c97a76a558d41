//! Calls that name an object by a path.

use super::fd::Identity;
use super::outside::Elsewhere;
use crate::model::AccessMode;
use crate::model::dmabuf::{self, BufferState};
use crate::model::node;
use crate::sim::caller::Caller;
use crate::sim::supervisor::Supervisor;
use crate::sim::syscall::abi::Entry;
use crate::sim::syscall::decode::{FdOperation, PathCall, PathOperation};
use crate::sim::syscall::open_how::How;
use crate::sim::vfs::external::{self, Descriptor, is_foreign};
use crate::sim::vfs::open_files;
use crate::sim::vfs::resolve::{Found, Route};
use crate::sim::vfs::tree::Kind;
use crate::sys::Errno;
use crate::sys::fd::file;
use crate::sys::sim::placeholder;
use crate::sys::sim::remote::{self, Link, PATH_MAX};
use crate::sys::sim::seccomp::Answer;
use crate::uapi::fcntl as uapi;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::Ordering;

/// `R_OK`, `W_OK`, `X_OK`: all that access(2) can be asked.
const ACCESS_BITS: u32 = 7;
/// Where the type is in a mode.
const S_IFMT: u32 = 0o170_000;

/// What a path means once a descriptor or a directory of the simulator may be part of it.
enum Meaning {
    Foreign,
    /// The start of a relative path and the path.
    Path(Vec<u8>, Vec<u8>),
    Descriptor(u32),
}

impl Supervisor {
    /// Answers a call that names a path.
    pub(crate) fn answer_path(&self, caller: &Caller<'_>, entry: Entry, call: &PathCall) -> Answer {
        let meaning = self.meaning(caller, call);
        let mut resolve = 0;
        let operation = match (call.operation, &meaning) {
            (_, Meaning::Foreign) => return Answer::Continue,
            (PathOperation::OpenHow { how, size }, _) => match How::read(caller, how, size) {
                Some(how) => {
                    resolve = how.resolve;
                    PathOperation::Open { flags: how.flags }
                }
                // The kernel refuses it before it looks at the path.
                None => return Answer::Continue,
            },
            (other, _) => other,
        };
        let follow =
            call.follow && !matches!(operation, PathOperation::Open { flags } if flags & uapi::O_NOFOLLOW != 0);
        match meaning {
            Meaning::Foreign => Answer::Continue,
            Meaning::Descriptor(fd) => self.answer_descriptor(caller, entry, caller.own(fd), operation),
            Meaning::Path(start, path) => {
                let route = Route { start: &start, path: &path, follow, resolve };
                self.answer_tree(caller, route, operation)
            }
        }
    }

    /// Reads the path and tells as cheaply as possible that it is foreign, which most are.
    fn meaning(&self, caller: &Caller<'_>, call: &PathCall) -> Meaning {
        let mut buffer = [0; PATH_MAX];
        let empty_allowed = call.may_be_empty && call.base.is_some();
        if call.path == 0 && empty_allowed {
            return call.base.map_or(Meaning::Foreign, Meaning::Descriptor);
        }
        let Some(path) = caller.path(call.path, &mut buffer) else { return Meaning::Foreign };
        if path.is_empty() {
            return call.base.filter(|_| empty_allowed).map_or(Meaning::Foreign, Meaning::Descriptor);
        }
        let absolute = path.starts_with(b"/");
        // Once a directory of the simulator was opened, any relative path may start there.
        if is_foreign(path) && (absolute || !self.directories_given.load(Ordering::Relaxed)) {
            return Meaning::Foreign;
        }
        if absolute && !matches!(call.operation, PathOperation::OpenHow { .. }) {
            return Meaning::Path(Vec::new(), path.to_vec());
        }
        let link = call.base.map_or(Link::WorkingDirectory, Link::Fd);
        let mut buffer = [0; PATH_MAX];
        match caller.link(link, &mut buffer).filter(|start| start.starts_with(b"/")) {
            Some(start) => {
                let start = self.mirror.name_of(start).unwrap_or(start);
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

    fn answer_tree(&self, caller: &Caller<'_>, route: Route<'_>, operation: PathOperation) -> Answer {
        let creates_new = matches!(operation, PathOperation::Open { flags } if flags & uapi::O_CREAT != 0);
        if matches!(operation, PathOperation::Access { effective: false, .. }) {
            caller.asks_as_real_user();
        }
        let exclusive = creates_new && matches!(operation, PathOperation::Open { flags } if flags & uapi::O_EXCL != 0);
        let route = Route { follow: route.follow && !exclusive, ..route };
        let found = self.tree.find(route, &mut |path| external::at(path, caller, &self.mirror));
        let (name, kind) = match found {
            Found::Foreign => return Answer::Continue,
            // The kernel says ENOTDIR itself.
            Found::Descriptor(_) if route.path.ends_with(b"/") => return Answer::Continue,
            Found::Descriptor(descriptor) => return self.answer_link(caller, descriptor, operation),
            Found::Elsewhere(path) => {
                let follow = route.follow || route.path.ends_with(b"/");
                let place = Elsewhere { path: &path, follow, is_directory: route.path.ends_with(b"/") };
                return self.answer_elsewhere(caller, place, operation);
            }
            Found::Refused(errno) => return error(errno),
            Found::DeviceList => return self.open_device_list(caller, operation),
            // devtmpfs and sysfs let nobody but root make files, and nobody should.
            Found::Missing if creates_new => return error(Errno::EACCES),
            Found::Missing => return error(Errno::ENOENT),
            Found::NotDirectory => return error(Errno::ENOTDIR),
            Found::Loop => return error(Errno::ELOOP),
            Found::TooLong => return error(Errno::ENAMETOOLONG),
            Found::Object(name, object) => (name.to_vec(), object.kind.clone()),
        };
        match operation {
            PathOperation::Open { .. } if exclusive => error(Errno::EEXIST),
            PathOperation::Open { flags } => self.open(caller, &name, &kind, flags),
            other => self.answer_object(caller, &name, &kind, other),
        }
    }

    fn answer_object(&self, caller: &Caller<'_>, name: &[u8], kind: &Kind, operation: PathOperation) -> Answer {
        match operation {
            PathOperation::Stat { layout, into } => self.stat_object(caller, name, layout, into),
            PathOperation::Statx { into } => match self.tree.get(name) {
                Some((_, object)) => self.store(caller, into, &object.stat.encode_statx()),
                None => Answer::Continue,
            },
            PathOperation::Access { mode, effective } => {
                let is_root = remote::user(caller.thread, effective).is_ok_and(|user| user == 0);
                may(kind.mode(), mode, is_root)
            }
            // `vfs_truncate`; sysfs and devtmpfs let nobody but root write.
            PathOperation::Truncate { len } if len < 0 => error(Errno::EINVAL),
            PathOperation::Truncate { .. } => match kind {
                Kind::Directory => error(Errno::EISDIR),
                Kind::Node(_) | Kind::Link(_) => error(Errno::EINVAL),
                Kind::Text(_) | Kind::FreePages(_) | Kind::Witness => error(Errno::EACCES),
            },
            PathOperation::ReadLink { into, size } => match kind {
                Kind::Link(target) if size as i32 > 0 => {
                    let len = target.len().min(size as usize);
                    match caller.store(into, &target[..len]) {
                        Ok(()) => Answer::Value(len as i64),
                        Err(errno) => error(errno),
                    }
                }
                _ => error(Errno::EINVAL),
            },
            PathOperation::GetAttribute => error(Errno::ENODATA),
            PathOperation::ListAttributes => Answer::Value(0),
            PathOperation::Statfs { layout, into, size } => self.statfs_object(caller, name, (layout, into, size)),
            PathOperation::Open { .. } | PathOperation::OpenHow { .. } => Answer::Continue,
        }
    }

    /// open(2) of an object.
    fn open(&self, caller: &Caller<'_>, name: &[u8], kind: &Kind, flags: u32) -> Answer {
        let only_looks = flags & uapi::O_PATH != 0;
        let writes = flags & 3 != 0;
        match kind {
            Kind::Directory if !only_looks && (writes || flags & uapi::O_CREAT != 0) => error(Errno::EISDIR),
            Kind::Directory => {
                self.directories_given.store(true, Ordering::Relaxed);
                self.give_mirror(caller, name, flags)
            }
            _ if flags & uapi::O_DIRECTORY != 0 => error(Errno::ENOTDIR),
            Kind::Link(_) if !only_looks => error(Errno::ELOOP),
            Kind::Witness if !only_looks => error(Errno::EACCES),
            Kind::Text(_) | Kind::FreePages(_) if !only_looks && writes => error(Errno::EACCES),
            Kind::FreePages(minor) if !only_looks => {
                let text = format!("{}\n", self.heaps().free_pages(*minor));
                match self.mirror.replace(name, text.as_bytes()) {
                    Ok(()) => self.give_mirror(caller, name, flags & !uapi::O_TRUNC),
                    Err(errno) => error(errno),
                }
            }
            Kind::Text(_) if !only_looks => self.give_mirror(caller, name, flags & !uapi::O_TRUNC),
            Kind::Node(_) if !only_looks && node::open(flags).is_err() => error(Errno::EINVAL),
            Kind::Node(minor) => self.give_node(caller, name, Some(*minor), flags),
            Kind::Link(_) | Kind::Witness | Kind::Text(_) | Kind::FreePages(_) => {
                self.give_node(caller, name, None, flags)
            }
        }
    }

    /// The kernel itself judges the flags, but for `O_PATH`: such a descriptor cannot be given.
    fn give_mirror(&self, caller: &Caller<'_>, name: &[u8], flags: u32) -> Answer {
        let file = self.mirror.open(name, flags & !(uapi::O_PATH | uapi::O_CREAT));
        given(file.and_then(|file| caller.give(file.as_fd(), flags & uapi::O_CLOEXEC != 0)))
    }

    fn give_node(&self, caller: &Caller<'_>, name: &[u8], minor: Option<u32>, flags: u32) -> Answer {
        let kept = if flags & uapi::O_PATH != 0 { flags & uapi::PATH_FLAGS } else { flags & !uapi::OPEN_ONLY };
        let stand_in = if self.faults.breaks(crate::sim::faults::Rule::NodeReadable) {
            open_files::readable_stand_in
        } else {
            open_files::stand_in
        };
        self.guess.forget();
        let file = self.opened.open(name, minor, kept, stand_in);
        given(file.and_then(|file| caller.give(file.as_fd(), flags & uapi::O_CLOEXEC != 0)))
    }

    /// `/proc/devices`, with a line more.
    fn open_device_list(&self, caller: &Caller<'_>, operation: PathOperation) -> Answer {
        let PathOperation::Open { flags } = operation else { return Answer::Continue };
        if flags & (3 | uapi::O_PATH | uapi::O_DIRECTORY) != 0 {
            return Answer::Continue;
        }
        let list =
            file::open(Path::new("/proc/devices"), file::Purpose::Read).and_then(|fd| file::read_all(fd, 1 << 20));
        let Ok(list) = list else { return Answer::Continue };
        let text = crate::sim::vfs::device_list::with_heaps(&list, self.major);
        given(
            placeholder::text(c"devices", &text)
                .and_then(|file| caller.give(file.as_fd(), flags & uapi::O_CLOEXEC != 0)),
        )
    }

    /// A call on a descriptor by an empty path.
    fn answer_descriptor(
        &self,
        caller: &Caller<'_>,
        entry: Entry,
        descriptor: Descriptor,
        operation: PathOperation,
    ) -> Answer {
        match operation {
            PathOperation::Stat { layout, into } => {
                return self.answer_fd(caller, entry, descriptor, FdOperation::Stat { layout, into });
            }
            PathOperation::Statfs { layout, into, size } => {
                return self.answer_fd(caller, entry, descriptor, FdOperation::Statfs { layout, into, size });
            }
            PathOperation::Open { .. } => return Answer::Continue,
            _ => {}
        }
        match self.identify(descriptor) {
            Identity::Foreign => Answer::Continue,
            Identity::Opened { name, .. } | Identity::Mirrored { name } => {
                let Some(kind) = self.tree.get(&name).map(|(_, object)| object.kind.clone()) else {
                    return Answer::Continue;
                };
                self.answer_object(caller, &name, &kind, operation)
            }
            Identity::Buffer { exporter } => match operation {
                PathOperation::Statx { into } => {
                    let Ok(view) = remote::file_view(descriptor.process, descriptor.fd) else {
                        return Answer::Continue;
                    };
                    let buffer = BufferState { size: view.size, access: AccessMode::ReadWrite, exporter, begun: true };
                    self.store(caller, into, &self.buffer_stat(&buffer, &view).encode_statx())
                }
                // `vfs_truncate`: it is no regular file.
                PathOperation::Truncate { .. } => error(Errno::EINVAL),
                _ => Answer::Continue,
            },
        }
    }

    /// A call that follows a link of /proc to a descriptor: a node is opened anew, a buffer cannot be.
    fn answer_link(&self, caller: &Caller<'_>, descriptor: Descriptor, operation: PathOperation) -> Answer {
        match (self.identify(descriptor), operation) {
            (Identity::Opened { name, .. }, PathOperation::Open { flags }) => {
                let Some(kind) = self.tree.get(&name).map(|(_, object)| object.kind.clone()) else {
                    return Answer::Continue;
                };
                self.open(caller, &name, &kind, flags)
            }
            (Identity::Buffer { .. }, PathOperation::Open { flags }) if flags & uapi::O_PATH == 0 => {
                error_of_model(dmabuf::REOPEN)
            }
            (
                Identity::Foreign | Identity::Mirrored { .. },
                PathOperation::Open { .. } | PathOperation::ReadLink { .. },
            ) => Answer::Continue,
            (Identity::Foreign, _) | (_, PathOperation::Open { .. }) => Answer::Continue,
            (_, operation) => self.answer_descriptor(caller, Entry::Generic, descriptor, operation),
        }
    }
}

/// access(2) as somebody else than root, or as root, who may what anybody may: everything belongs to root
/// and the permissions are the same for all others.
fn may(mode: u32, wanted: u32, is_root: bool) -> Answer {
    let to_all = mode & ACCESS_BITS;
    let executable = mode & 0o111 != 0 || mode & S_IFMT == uapi::S_IFDIR;
    let allowed = match is_root {
        true => 6 | u32::from(executable),
        false => to_all,
    };
    if wanted & !ACCESS_BITS != 0 {
        error(Errno::EINVAL)
    } else if wanted & !allowed != 0 {
        error(Errno::EACCES)
    } else {
        Answer::Value(0)
    }
}

pub(crate) fn given(fd: Result<u32, Errno>) -> Answer {
    match fd {
        Ok(fd) => Answer::Value(fd.into()),
        Err(errno) => error(errno),
    }
}

fn error(errno: Errno) -> Answer {
    Answer::Error(errno as i32)
}

fn error_of_model(errno: crate::model::Errno) -> Answer {
    Answer::Error(errno.raw())
}
