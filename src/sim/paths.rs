//! Calls that name an object by a path.

use super::caller::{Caller, descriptor_in, is_foreign};
use super::calls::{FdOperation, PathCall, PathOperation};
use super::entry::Entry;
use super::files::Identity;
use super::layout::Stat;
use super::opened;
use super::supervisor::Supervisor;
use super::tree::{Found, Kind, Tree};
use crate::model::Access;
use crate::model::dmabuf::{self, Buffer};
use crate::model::node;
use crate::sys::seccomp::Answer;
use crate::sys::traced::{self, Link, PATH_MAX};
use crate::sys::{Errno, file, standin, status};
use crate::uapi::fcntl as uapi;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// `R_OK`, `W_OK`, `X_OK`: all that access(2) can be asked.
const ACCESS_BITS: u32 = 7;

/// What a path means once a descriptor or a directory of the simulator may be part of it.
enum Meaning {
    Foreign,
    /// The start of a relative path and the path.
    Tree(Vec<u8>, Vec<u8>),
    /// The descriptor itself.
    Descriptor(u32),
    /// A link below /proc to that descriptor, or the like.
    LinkTo(u32),
}

impl Supervisor {
    /// Answers a call that names a path.
    pub(super) fn answer_path(&mut self, caller: &Caller<'_>, entry: Entry, call: &PathCall) -> Answer {
        let meaning = self.meaning(caller, call);
        let operation = match (call.operation, &meaning) {
            (_, Meaning::Foreign) => return Answer::Continue,
            (PathOperation::OpenHow { how, size }, _) => match open_how(caller, how, size) {
                Some(flags) => PathOperation::Open { flags },
                None => return Answer::Continue,
            },
            (other, _) => other,
        };
        let follow =
            call.follow && !matches!(operation, PathOperation::Open { flags } if flags & uapi::O_NOFOLLOW != 0);
        match meaning {
            Meaning::Foreign => Answer::Continue,
            Meaning::Descriptor(fd) => self.answer_descriptor(caller, entry, fd, operation),
            Meaning::LinkTo(fd) if follow => self.answer_link(caller, fd, operation),
            Meaning::LinkTo(_) => Answer::Continue,
            Meaning::Tree(start, path) => self.answer_tree(caller, (&start, &path, follow), operation),
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
        if is_foreign(path) && (absolute || !self.directories_given) {
            return Meaning::Foreign;
        }
        if let Some(fd) = descriptor_in(path, caller.thread) {
            return Meaning::LinkTo(fd);
        }
        if absolute && !matches!(call.operation, PathOperation::OpenHow { .. }) {
            return if Tree::may_mean(path) { Meaning::Tree(Vec::new(), path.to_vec()) } else { Meaning::Foreign };
        }
        self.relative(caller, call, path)
    }

    fn relative(&self, caller: &Caller<'_>, call: &PathCall, path: &[u8]) -> Meaning {
        let inside = matches!(call.operation, PathOperation::OpenHow { how, size } if is_inside(caller, how, size));
        if path.starts_with(b"/") && !inside {
            return Meaning::Tree(Vec::new(), path.to_vec());
        }
        let link = call.base.map_or(Link::WorkingDirectory, Link::Fd);
        let mut buffer = [0; PATH_MAX];
        let Some(start) = caller.link(link, &mut buffer).filter(|start| start.starts_with(b"/")) else {
            return Meaning::Foreign;
        };
        let start = self.mirror.name_of(start).unwrap_or(start);
        let path =
            if inside { path.iter().position(|byte| *byte != b'/').map_or(&path[..0], |at| &path[at..]) } else { path };
        Meaning::Tree(start.to_vec(), path.to_vec())
    }

    /// A call on a path of the tree.
    fn answer_tree(
        &mut self,
        caller: &Caller<'_>,
        (start, path, follow): (&[u8], &[u8], bool),
        operation: PathOperation,
    ) -> Answer {
        let creates_new = matches!(operation, PathOperation::Open { flags } if flags & uapi::O_CREAT != 0);
        let exclusive = creates_new && matches!(operation, PathOperation::Open { flags } if flags & uapi::O_EXCL != 0);
        let (name, kind) = match self.tree.find(start, path, follow && !exclusive) {
            Found::Foreign => return Answer::Continue,
            Found::Elsewhere(path) => return self.answer_elsewhere(caller, &path, follow, operation),
            Found::DeviceList => return self.open_device_list(caller, operation),
            // devtmpfs and sysfs let nobody but root make files, and nobody should.
            Found::Missing if creates_new => return error(Errno::EACCES),
            Found::Missing => return error(Errno::ENOENT),
            Found::NotDirectory => return error(Errno::ENOTDIR),
            Found::Loop => return error(Errno::ELOOP),
            Found::Object(name, object) => (name.to_vec(), object.kind.clone()),
        };
        match operation {
            PathOperation::Open { .. } if exclusive => error(Errno::EEXIST),
            PathOperation::Open { flags } => self.open(caller, &name, &kind, flags),
            other => self.answer_object(caller, &name, &kind, other),
        }
    }

    /// A path that leads out of the simulator's directories, as `/dev/dma_heap/..`: looked up here, as the
    /// kernel would not find it. Only what listing a directory needs.
    fn answer_elsewhere(&self, caller: &Caller<'_>, path: &[u8], follow: bool, operation: PathOperation) -> Answer {
        let path = Path::new(std::ffi::OsStr::from_bytes(path));
        let stat = || status::stat(path, follow).map(|numbers| Stat::from(&numbers));
        match operation {
            PathOperation::Stat { layout, into } => match stat() {
                Ok(stat) => self.store(caller, into, &stat.encode(layout)),
                Err(errno) => error(errno),
            },
            PathOperation::Statx { into } => match stat() {
                Ok(stat) => self.store(caller, into, &stat.encode_statx()),
                Err(errno) => error(errno),
            },
            PathOperation::GetAttribute => error(Errno::ENODATA),
            PathOperation::ListAttributes => Answer::Value(0),
            PathOperation::Access { mode: 0 } if file::exists(path) => Answer::Value(0),
            PathOperation::Open { flags } if flags & (3 | uapi::O_CREAT) == 0 && flags & uapi::O_DIRECTORY != 0 => {
                let close_on_exec = flags & uapi::O_CLOEXEC != 0;
                given(file::open(path, file::Purpose::Read).and_then(|file| caller.give(file.as_fd(), close_on_exec)))
            }
            _ => error(Errno::ENOENT),
        }
    }

    fn answer_object(&self, caller: &Caller<'_>, name: &[u8], kind: &Kind, operation: PathOperation) -> Answer {
        match operation {
            PathOperation::Stat { layout, into } => self.stat_object(caller, name, layout, into),
            PathOperation::Statx { into } => match self.tree.get(name) {
                Some((_, object)) => self.store(caller, into, &object.stat.encode_statx()),
                None => Answer::Continue,
            },
            PathOperation::Access { mode } => may(kind, mode),
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
    fn open(&mut self, caller: &Caller<'_>, name: &[u8], kind: &Kind, flags: u32) -> Answer {
        let only_looks = flags & uapi::O_PATH != 0;
        let writes = flags & 3 != 0;
        match kind {
            Kind::Directory if !only_looks && (writes || flags & uapi::O_CREAT != 0) => error(Errno::EISDIR),
            Kind::Directory => {
                self.directories_given = true;
                self.give_mirror(caller, name, flags)
            }
            _ if flags & uapi::O_DIRECTORY != 0 => error(Errno::ENOTDIR),
            Kind::Link(_) if !only_looks => error(Errno::ELOOP),
            Kind::Witness if !only_looks => error(Errno::EACCES),
            Kind::Text(_) | Kind::FreePages(_) if !only_looks && writes => error(Errno::EACCES),
            Kind::FreePages(minor) if !only_looks => {
                let text = format!("{}\n", self.heaps.free_pages(*minor));
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

    fn give_node(&mut self, caller: &Caller<'_>, name: &[u8], minor: Option<u32>, flags: u32) -> Answer {
        let kept = if flags & uapi::O_PATH != 0 { flags & uapi::PATH_FLAGS } else { flags & !uapi::OPEN_ONLY };
        let stand_in = if self.faults.breaks(super::faults::Rule::NodeReadable) {
            opened::readable_stand_in
        } else {
            opened::stand_in
        };
        self.guess.forget();
        let file = self.opened.open(name, minor, kept, stand_in);
        given(file.and_then(|file| caller.give(file, flags & uapi::O_CLOEXEC != 0)))
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
        let text = super::device_list::with_heaps(&list, self.major);
        given(standin::text(c"devices", &text).and_then(|file| caller.give(file.as_fd(), flags & uapi::O_CLOEXEC != 0)))
    }

    /// A call on a descriptor by an empty path.
    fn answer_descriptor(&mut self, caller: &Caller<'_>, entry: Entry, fd: u32, operation: PathOperation) -> Answer {
        match operation {
            PathOperation::Stat { layout, into } => {
                return self.answer_fd(caller, entry, fd, FdOperation::Stat { layout, into });
            }
            PathOperation::Statfs { layout, into, size } => {
                return self.answer_fd(caller, entry, fd, FdOperation::Statfs { layout, into, size });
            }
            PathOperation::Open { .. } => return Answer::Continue,
            _ => {}
        }
        match self.identify(caller, fd) {
            Identity::Foreign => Answer::Continue,
            Identity::Opened { name, .. } | Identity::Mirrored { name } => {
                let Some(kind) = self.tree.get(&name).map(|(_, object)| object.kind.clone()) else {
                    return Answer::Continue;
                };
                self.answer_object(caller, &name, &kind, operation)
            }
            Identity::Buffer { exporter } => match operation {
                PathOperation::Statx { into } => {
                    let Ok(view) = traced::file_view(caller.thread, fd) else { return Answer::Continue };
                    let buffer = Buffer { size: view.size, access: Access::ReadWrite, exporter, begun: true };
                    self.store(caller, into, &self.buffer_stat(&buffer, &view).encode_statx())
                }
                _ => Answer::Continue,
            },
        }
    }

    /// A call that follows a link of /proc to a descriptor: a node is opened anew, a buffer cannot be.
    fn answer_link(&mut self, caller: &Caller<'_>, fd: u32, operation: PathOperation) -> Answer {
        match (self.identify(caller, fd), operation) {
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
            (_, operation) => self.answer_descriptor(caller, Entry::Generic, fd, operation),
        }
    }
}

/// access(2): everything belongs to root and the permissions are the same for all.
fn may(kind: &Kind, mode: u32) -> Answer {
    let allowed = kind.mode() & ACCESS_BITS;
    if mode & !ACCESS_BITS != 0 {
        error(Errno::EINVAL)
    } else if mode & !allowed != 0 {
        error(Errno::EACCES)
    } else {
        Answer::Value(0)
    }
}

/// `struct open_how`: flags, mode, resolve.
fn read_how(caller: &Caller<'_>, how: u64, size: u64) -> Option<[u64; 3]> {
    let mut bytes = [0; 24];
    if size < 24 || caller.read(how, &mut bytes) < bytes.len() {
        return None;
    }
    let word = |at: usize| Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    Some([word(0)?, word(8)?, word(16)?])
}

fn open_how(caller: &Caller<'_>, how: u64, size: u64) -> Option<u32> {
    let [flags, _, resolve] = read_how(caller, how, size)?;
    let no_follow = if resolve & uapi::RESOLVE_NO_SYMLINKS != 0 { uapi::O_NOFOLLOW } else { 0 };
    Some(u32::try_from(flags).ok()? | no_follow)
}

fn is_inside(caller: &Caller<'_>, how: u64, size: u64) -> bool {
    read_how(caller, how, size).is_some_and(|[_, _, resolve]| resolve & uapi::RESOLVE_INSIDE != 0)
}

fn given(fd: Result<u32, Errno>) -> Answer {
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
