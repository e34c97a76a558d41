//! What is in `/dev/dma_heap`, and the names that it and the class give.

use super::name;
use crate::error::{Error, Hint};
use crate::host::class::{self, CLASS, DIRECTORY};
use crate::host::{Root, Unread, udmabuf};
use crate::sys::fd::status::{Device, FileKind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Subdirectories of `/dev/dma_heap` that are searched, one below the other. A heap's name may hold `/`.
const DEPTH: usize = 4;

/// The names of the heaps that have a node or are in the class, sorted.
pub(crate) fn names(root: &Root) -> Vec<String> {
    let found = HeapNodes::of(root);
    let class = class::entries(root).into_iter().flatten().map(|entry| entry.name);
    let mut names = BTreeSet::new();
    names.extend(found.nodes.into_keys().chain(found.links.into_keys()).chain(class));
    names.into_iter().collect()
}

/// Everything that can be named as a heap: these, and udmabuf if this machine has it.
pub(crate) fn selectable(root: &Root) -> Vec<String> {
    let udmabuf = root.has(Path::new(udmabuf::NODE)).then(|| name::UDMABUF.to_owned());
    names(root).into_iter().chain(udmabuf).collect()
}

/// Returns the places that could not be read and may hide heaps.
pub(crate) fn hidden(root: &Root) -> Vec<Unread> {
    let hides = |unread: &Unread| [DIRECTORY, CLASS].iter().any(|path| unread.hides(Path::new(path)));
    root.unread().into_iter().filter(hides).collect()
}

/// The error of a machine without heaps, with what it has of the framework.
pub(crate) fn none(root: &Root) -> Error {
    let reason = match (root.has(Path::new(DIRECTORY)), class::entries(root).is_some()) {
        (false, false) => format!("neither {DIRECTORY} nor {CLASS} exists"),
        (true, false) => format!("{DIRECTORY} is empty and {CLASS} does not exist"),
        (_, true) => "the kernel has the framework, but no heap is registered".to_owned(),
    };
    Error::refused("no", "heaps", reason).with_hint(Hint::NoHeaps)
}

/// The nodes in `/dev/dma_heap`: paths by the names of heaps.
#[derive(Default)]
pub(super) struct HeapNodes {
    pub(super) nodes: BTreeMap<String, PathBuf>,
    pub(super) links: BTreeMap<String, PathBuf>,
}

impl HeapNodes {
    pub(super) fn of(root: &Root) -> Self {
        let mut found = Self::default();
        found.collect(root, Path::new(DIRECTORY), DEPTH);
        found
    }

    fn collect(&mut self, root: &Root, directory: &Path, depth: usize) {
        for name in root.names(directory) {
            let path = directory.join(&name);
            let name = name::of_node(&path);
            match root.link_status(&path).map(|status| status.kind) {
                Ok(FileKind::Directory) if depth > 0 => self.collect(root, &path, depth - 1),
                Ok(FileKind::Link) => drop(self.links.insert(name, path)),
                _ => drop(self.nodes.insert(name, path)),
            }
        }
    }

    /// The links that lead to a node in this directory, each with the name of that node. Other links
    /// dangle or lead elsewhere, and stand for themselves.
    pub(super) fn aliases(&self, root: &Root) -> Vec<(String, String)> {
        let device = |path: &Path| match root.status(path).ok()?.kind {
            FileKind::Character(device) => Some(device),
            _ => None,
        };
        let nodes: Vec<(Device, &String)> =
            self.nodes.iter().filter_map(|(name, path)| Some((device(path)?, name))).collect();
        let target = |(link, path): (&String, &PathBuf)| {
            let device = device(path)?;
            let (_, name) = nodes.iter().find(|(of_node, _)| *of_node == device)?;
            Some((link.clone(), (*name).clone()))
        };
        self.links.iter().filter_map(target).collect()
    }
}
