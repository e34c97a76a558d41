//! The objects that the simulator adds to the file system, and how a path or a descriptor leads to one.
//!
//! Begin with `tree.rs`, which holds the objects; `resolve.rs` walks a path among them and asks `external.rs` about
//! everything else on the way. `backing.rs` is the real directory that a caller gets who opens a simulated one, and
//! `open_files.rs` remembers the descriptors that were given for nodes. Nothing here knows what a call is answered.

pub(crate) mod backing;
pub(crate) mod device_list;
pub(crate) mod external;
pub(crate) mod open_files;
pub(crate) mod resolve;
pub(crate) mod tree;

use crate::error::Error;
use crate::host::simulation::LINK_MAX;
use crate::model::Release;
use crate::model::dmabuf::ExporterKind;
use crate::sim::caller::{Caller, RemoteFd};
use crate::sim::heaps::SimulatedHeaps;
use crate::sim::options::Options;
use crate::sys::Errno;
use crate::sys::sim::remote::{self, ProcLink};
use backing::BackingDirectory;
use open_files::{OpenFile, OpenFiles};
use resolve::{Resolved, Route};
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tree::{Object, Tree};

#[derive(Debug)]
pub(crate) struct Vfs {
    tree: Tree,
    pub(crate) backing: BackingDirectory,
    pub(crate) open_files: OpenFiles,
    major: u32,
    /// Whether a directory was opened, from which a relative path may start.
    gave_directory: AtomicBool,
}

/// The object that a caller's descriptor stands for.
#[derive(Clone, Debug)]
pub(crate) enum DescriptorTarget {
    /// Nothing of the simulator's.
    Foreign,
    OpenFile(Arc<OpenFile>),
    /// The backing of the directory or file of this name.
    Backing(Vec<u8>),
    Buffer(ExporterKind),
}

impl Vfs {
    /// The objects of these heaps, with a backing directory of this name.
    pub(crate) fn new(heaps: &SimulatedHeaps, options: &Options, directory: &OsStr) -> Result<Self, Error> {
        let major = device_list::heap_major(&device_list::read().unwrap_or_default());
        let mut tree = Tree::of(&heaps.registry, major, options.nodes);
        tree.add_areas(&heaps.areas());
        if let Some(Release(major, minor)) = options.kernel {
            tree.add_release(&format!("{major}.{minor}.0"));
        }
        let backing = BackingDirectory::make(directory, &mut tree, major)?;
        let (open_files, gave_directory) = (OpenFiles::default(), AtomicBool::new(false));
        Ok(Self { tree, backing, open_files, major, gave_directory })
    }

    /// The object of this very name.
    pub(crate) fn object(&self, name: &[u8]) -> Option<&Object> {
        self.tree.get(name)
    }

    pub(crate) fn resolve(&self, caller: &Caller<'_>, route: Route<'_>) -> Resolved<'_> {
        self.tree.find(route, &mut |path| external::look_up(path, caller, &self.backing))
    }

    /// Returns what a descriptor stands for. Most are foreign, and one look is enough to see that.
    pub(crate) fn identify(&self, heaps: &SimulatedHeaps, RemoteFd { process, fd }: RemoteFd) -> DescriptorTarget {
        let mut buffer = [0; LINK_MAX];
        let Ok(link) = remote::read_link(process, ProcLink::Fd(fd), &mut buffer) else {
            return DescriptorTarget::Foreign;
        };
        if let Some(exporter) = heaps.exporter_in(link) {
            return DescriptorTarget::Buffer(exporter);
        }
        if let Some(name) = self.backing.name_of(link) {
            return DescriptorTarget::Backing(name.to_vec());
        }
        let file = open_files::may_be(link).then(|| self.open_files.find(process, fd)).flatten();
        file.map_or(DescriptorTarget::Foreign, DescriptorTarget::OpenFile)
    }

    /// Whether a relative path may start in a directory of the simulator.
    pub(crate) fn may_start_here(&self) -> bool {
        self.gave_directory.load(Ordering::Relaxed)
    }

    /// Opens a directory for a caller.
    pub(crate) fn open_directory(&self, name: &[u8], flags: u32) -> Result<OwnedFd, Errno> {
        self.gave_directory.store(true, Ordering::Relaxed);
        self.backing.open(name, flags)
    }

    /// `/proc/devices`, with a line for the heaps.
    pub(crate) fn read_device_list(&self) -> Result<Vec<u8>, Errno> {
        device_list::read().map(|list| device_list::with_heaps(&list, self.major))
    }
}
