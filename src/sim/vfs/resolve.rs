//! How a path is resolved among the simulator's objects.
//!
//! Real directories that lead to the simulator's (`/dev`, `/sys/class`) are taken for what they are called; what else is
//! on the way is looked at.

use super::external::Lookup;
use super::tree::{DEVICE_LIST, Object, ObjectKind, Tree};
use crate::sim::caller::RemoteFd;
use crate::sys::Errno;
use crate::uapi::fcntl as uapi;
use std::ops::ControlFlow;

/// `MAXSYMLINKS`.
const MAX_LINKS: usize = 40;
/// Real directories above the simulator's, which are taken for what they are called.
const REAL_PARENTS: [&str; 10] = [
    "/dev",
    "/proc",
    "/sys",
    "/sys/class",
    "/sys/dev",
    "/sys/dev/char",
    "/sys/devices",
    "/sys/devices/virtual",
    "/sys/kernel",
    "/sys/kernel/mm",
];
/// The longest name of a file in a device's directory (`simple_lookup` of fs/libfs.c).
const NAME_MAX: usize = 255;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved<'a> {
    /// The path leads to none of the simulator's objects.
    Foreign,
    /// The path leads through the simulator's objects to this other one, which the kernel could not find that way.
    Outside(Vec<u8>),
    /// The path leads to this object, which has this name.
    Object(Vec<u8>, &'a Object),
    /// The path leads to [`DEVICE_LIST`].
    DeviceList,
    /// A directory of the simulator does not have the name: ENOENT.
    Missing,
    /// The caller cannot pass something on the way.
    Refused(Errno),
    /// Something on the way is not a directory: ENOTDIR.
    NotDirectory,
    /// There are more links than the kernel follows, or one where none was allowed: ELOOP.
    Loop,
    /// No directory can have the name: ENAMETOOLONG.
    TooLong,
    /// The path leads to what this descriptor stands for.
    Descriptor(RemoteFd),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Route<'a> {
    /// The directory at which it starts unless it begins with `/`.
    pub(crate) start: &'a [u8],
    pub(crate) path: &'a [u8],
    /// Whether a last symbolic link is followed.
    pub(crate) follow: bool,
    /// `RESOLVE_*` of openat2(2). What the kernel refuses on its own way is foreign.
    pub(crate) resolve: u32,
}

impl Tree {
    /// Resolves a path; `look_up` says what is at one that is not the simulator's.
    pub(crate) fn find(&self, route: Route<'_>, look_up: &mut dyn FnMut(&[u8]) -> Lookup) -> Resolved<'_> {
        let Route { start, path, .. } = route;
        let absolute = path.starts_with(b"/");
        let root = if route.resolve & uapi::RESOLVE_INSIDE == 0 { &[][..] } else { without_slash(start) };
        if absolute && route.resolve & uapi::RESOLVE_BENEATH != 0 {
            return Resolved::Foreign;
        }
        let start_directory = if absolute { root } else { without_slash(start) };
        let mut resolver = Resolver {
            tree: self,
            root,
            resolve: route.resolve,
            mount: mount(start_directory),
            left_real_tree: self.objects.contains_key(start_directory),
            current: start_directory.to_vec(),
            rest: components(path),
            links: 0,
        };
        let follow = route.follow || path.ends_with(b"/");
        while let Some(component) = resolver.rest.pop() {
            if let ControlFlow::Break(found) = resolver.step(&component, follow, look_up) {
                return found;
            }
            if route.resolve & uapi::RESOLVE_NO_XDEV != 0 && mount(&resolver.current) != resolver.mount {
                return Resolved::Foreign;
            }
        }
        let Resolver { current, left_real_tree, .. } = resolver;
        match self.get(&current) {
            Some(object) if path.ends_with(b"/") && object.kind != ObjectKind::Directory => Resolved::NotDirectory,
            Some(object) => Resolved::Object(current, object),
            None if current == DEVICE_LIST => Resolved::DeviceList,
            None if left_real_tree => Resolved::Outside(if current.is_empty() { b"/".to_vec() } else { current }),
            None => Resolved::Foreign,
        }
    }
}

struct Resolver<'t, 'r> {
    tree: &'t Tree,
    /// Above which no `..` leads; empty for the real one.
    root: &'r [u8],
    resolve: u32,
    /// The file system at the start.
    mount: &'static [u8],
    /// Where it has come to; empty for the root.
    current: Vec<u8>,
    /// The components that are left, the last one first.
    rest: Vec<Vec<u8>>,
    links: usize,
    /// Whether it came through one of the simulator's objects, where the kernel cannot follow.
    left_real_tree: bool,
}

impl<'t> Resolver<'t, '_> {
    /// Goes on by one component. What it breaks off with is the answer.
    fn step(
        &mut self,
        component: &[u8],
        follow: bool,
        look_up: &mut dyn FnMut(&[u8]) -> Lookup,
    ) -> ControlFlow<Resolved<'t>> {
        let inside = match self.tree.objects.get(&self.current).map(|object| &object.kind) {
            None => false,
            Some(ObjectKind::Directory) => true,
            Some(_) => return ControlFlow::Break(Resolved::NotDirectory),
        };
        match component {
            b"." => return ControlFlow::Continue(()),
            b".." if self.current == self.root => {
                let is_left = self.resolve & uapi::RESOLVE_BENEATH != 0;
                return if is_left { ControlFlow::Break(Resolved::Foreign) } else { ControlFlow::Continue(()) };
            }
            b".." => {
                self.current.truncate(self.current.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
                return ControlFlow::Continue(());
            }
            _ => {}
        }
        let next = [&self.current[..], b"/", component].concat();
        let is_last = self.rest.is_empty();
        match self.tree.objects.get(&next).map(|object| &object.kind) {
            None if inside && component.len() > NAME_MAX && next.starts_with(b"/dev") => {
                ControlFlow::Break(Resolved::TooLong)
            }
            None if inside => ControlFlow::Break(Resolved::Missing),
            Some(ObjectKind::Link(_)) if is_last && !follow => self.enter(next),
            Some(ObjectKind::Link(_)) if self.resolve & uapi::RESOLVE_NO_SYMLINKS != 0 => {
                ControlFlow::Break(Resolved::Loop)
            }
            Some(ObjectKind::Link(target)) => {
                self.left_real_tree = true;
                self.follow(target)
            }
            Some(_) => {
                self.left_real_tree = true;
                self.enter(next)
            }
            None if REAL_PARENTS.iter().any(|parent| parent.as_bytes() == next) || next == DEVICE_LIST => {
                self.enter(next)
            }
            None => {
                let found = look_up(&next);
                self.step_outside(next, is_last, follow, found)
            }
        }
    }

    /// Goes on to `next`, where `found` is.
    fn step_outside(&mut self, next: Vec<u8>, is_last: bool, follow: bool, found: Lookup) -> ControlFlow<Resolved<'t>> {
        match found {
            Lookup::Directory => self.enter(next),
            Lookup::Other | Lookup::Refused(_) if is_last => self.enter(next),
            // The kernel cannot go on either, and has an errno for it if it came here itself.
            Lookup::Other | Lookup::Refused(_) if !self.left_real_tree => ControlFlow::Break(Resolved::Foreign),
            Lookup::Other => ControlFlow::Break(Resolved::NotDirectory),
            Lookup::Refused(errno) => ControlFlow::Break(Resolved::Refused(errno)),
            Lookup::Link(_) | Lookup::Descriptor(..) if is_last && !follow => self.enter(next),
            Lookup::Link(_) if self.resolve & uapi::RESOLVE_NO_SYMLINKS != 0 => ControlFlow::Break(Resolved::Foreign),
            Lookup::Link(target) => self.follow(&target),
            Lookup::Descriptor(..) if self.resolve & NO_MAGIC_LINKS != 0 => ControlFlow::Break(Resolved::Foreign),
            Lookup::Descriptor(descriptor, _) if is_last => ControlFlow::Break(Resolved::Descriptor(descriptor)),
            Lookup::Descriptor(_, Some(directory)) => {
                self.left_real_tree |= self.tree.objects.contains_key(&directory);
                self.enter(without_slash(&directory).to_vec())
            }
            Lookup::Descriptor(_, None) => ControlFlow::Break(Resolved::Foreign),
        }
    }

    fn enter(&mut self, next: Vec<u8>) -> ControlFlow<Resolved<'t>> {
        self.current = next;
        ControlFlow::Continue(())
    }

    fn follow(&mut self, target: &[u8]) -> ControlFlow<Resolved<'t>> {
        self.links += 1;
        if self.links > MAX_LINKS {
            return ControlFlow::Break(if self.left_real_tree { Resolved::Loop } else { Resolved::Foreign });
        }
        if target.starts_with(b"/") {
            if self.resolve & uapi::RESOLVE_BENEATH != 0 {
                return ControlFlow::Break(Resolved::Foreign);
            }
            self.current = self.root.to_vec();
        }
        self.rest.extend(components(target));
        ControlFlow::Continue(())
    }
}

/// Under any of these no link of /proc leads to what a descriptor stands for (`nd_jump_link` of fs/namei.c).
const NO_MAGIC_LINKS: u32 = uapi::RESOLVE_NO_MAGICLINKS | uapi::RESOLVE_NO_SYMLINKS | uapi::RESOLVE_INSIDE;

/// The file system of a path, as far as the simulator's directories are concerned.
fn mount(path: &[u8]) -> &'static [u8] {
    let mounts: [&'static [u8]; 3] = [b"/dev", b"/proc", b"/sys"];
    let is_in = |mount: &&[u8]| path.strip_prefix(*mount).is_some_and(|rest| rest.is_empty() || rest[0] == b'/');
    mounts.into_iter().find(is_in).unwrap_or(b"/")
}

/// The root is the empty path here.
fn without_slash(path: &[u8]) -> &[u8] {
    if path == b"/" { b"" } else { path }
}

/// The components of a path, the last one first, without empty ones.
fn components(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|byte| *byte == b'/').rev().filter(|component| !component.is_empty()).map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kernel;
    use crate::model::registry::ExportInfo;
    use crate::model::registry::Registry;
    use crate::sim::heaps::SimulatedArea;
    use crate::sim::options::NodePermissions;

    fn tree() -> Tree {
        let mut registry = Registry::new(&Kernel::DEBIAN_6_12);
        for name in ["system", "vendor/secure"] {
            registry.add(ExportInfo { name: name.to_owned(), allocator: Some(()) }).unwrap();
        }
        Tree::of(&registry, 252, NodePermissions::default())
    }

    /// Resolves where everything that is not the simulator's is a directory, but for what the paths say.
    fn find<'t>(tree: &'t Tree, start: &str, path: &str, follow: bool) -> Resolved<'t> {
        resolve(tree, start, path, (follow, 0))
    }

    fn resolve<'t>(tree: &'t Tree, start: &str, path: &str, (follow, resolve): (bool, u32)) -> Resolved<'t> {
        let route = Route { start: start.as_bytes(), path: path.as_bytes(), follow, resolve };
        tree.find(route, &mut |path| match path {
            b"/link" => Lookup::Link(b"dev".to_vec()),
            b"/proc/self" => Lookup::Link(b"7".to_vec()),
            b"/proc/7/fd/5" => Lookup::Descriptor(RemoteFd { process: 7, fd: 5 }, None),
            b"/proc/7/fd/6" => Lookup::Descriptor(RemoteFd { process: 7, fd: 6 }, Some(b"/dev/dma_heap".to_vec())),
            path if path.ends_with(b"file") => Lookup::Other,
            path if path.ends_with(b"closed") => Lookup::Refused(Errno::EACCES),
            _ => Lookup::Directory,
        })
    }

    fn name(tree: &Tree, start: &str, path: &str) -> String {
        match find(tree, start, path, true) {
            Resolved::Object(name, _) => String::from_utf8(name).unwrap(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_path_is_resolved_from_anywhere() {
        let tree = tree();
        assert_eq!(name(&tree, "/", "/dev/dma_heap/system"), "/dev/dma_heap/system");
        assert_eq!(name(&tree, "/", "dev//dma_heap/./system"), "/dev/dma_heap/system");
        assert_eq!(name(&tree, "/usr", "../dev/dma_heap/"), "/dev/dma_heap");
        assert_eq!(name(&tree, "/dev/dma_heap", "system"), "/dev/dma_heap/system");
        assert_eq!(find(&tree, "/dev/dma_heap", "..", true), Resolved::Outside(b"/dev".to_vec()));
        assert_eq!(find(&tree, "/", "/dev/dma_heap/../null", true), Resolved::Outside(b"/dev/null".to_vec()));
        assert_eq!(find(&tree, "/", "/sys/class/dma_heap/../../..", true), Resolved::Outside(b"/".to_vec()));
        assert_eq!(name(&tree, "/", "/../../proc/devices"), "DeviceList");
        assert_eq!(name(&tree, "/", "/dev/dma_heapx"), "Foreign");
    }

    #[test]
    fn a_descriptor_is_found_by_every_path_to_its_link() {
        let tree = tree();
        let found = Resolved::Descriptor(RemoteFd { process: 7, fd: 5 });
        for (start, path) in [
            ("/", "/proc/self/fd/5"),
            ("/", "//proc/./self/../7/fd//5"),
            ("/proc/7/fd", "5"),
            ("/proc", "self/fd/5"),
            ("/link", "../proc/7/fd/5"),
        ] {
            assert_eq!(find(&tree, start, path, true), found, "{path}");
        }
        assert_eq!(find(&tree, "/", "/proc/self/fd/5", false), Resolved::Foreign);
        assert_eq!(resolve(&tree, "/", "/proc/7/fd/5", (true, uapi::RESOLVE_NO_MAGICLINKS)), Resolved::Foreign);
        assert_eq!(name(&tree, "/", "/proc/self/fd/6/system"), "/dev/dma_heap/system");
        assert_eq!(name(&tree, "/", "/proc/self/fd/5/system"), "Foreign");
    }

    #[test]
    fn components_on_the_way_are_looked_up() {
        let tree = tree();
        assert_eq!(name(&tree, "/", "/link/dma_heap/system"), "/dev/dma_heap/system");
        assert_eq!(name(&tree, "/", "/file/../dev/dma_heap/system"), "Foreign");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/../file/x"), "NotDirectory");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/../closed/x"), "Refused(EACCES)");
        assert_eq!(name(&tree, "/", "/closed/../dev/dma_heap/system"), "Foreign");
        assert_eq!(find(&tree, "/", "/dev/dma_heap/../closed", true), Resolved::Outside(b"/dev/closed".to_vec()));
        let long = "x".repeat(256);
        assert_eq!(name(&tree, "/dev/dma_heap", &long), "TooLong");
    }

    #[test]
    fn a_path_is_kept_where_openat2_says() {
        let tree = tree();
        let at = |start, path, flags| match resolve(&tree, start, path, (true, flags)) {
            Resolved::Object(..) => "there",
            Resolved::Foreign => "the kernel's",
            Resolved::Loop => "a link",
            _ => "nowhere",
        };
        assert_eq!(at("/dev/dma_heap", "system", uapi::RESOLVE_BENEATH), "there");
        assert_eq!(at("/dev/dma_heap", "../dma_heap/system", uapi::RESOLVE_BENEATH), "the kernel's");
        assert_eq!(at("/dev", "/dev/dma_heap/system", uapi::RESOLVE_BENEATH), "the kernel's");
        assert_eq!(at("/dev", "/../dma_heap/system", uapi::RESOLVE_IN_ROOT), "there");
        assert_eq!(at("/", "/dev/dma_heap/system", uapi::RESOLVE_IN_ROOT), "there");
        assert_eq!(at("/", "dev/dma_heap/system", uapi::RESOLVE_NO_XDEV), "the kernel's");
        assert_eq!(at("/dev", "dma_heap/system", uapi::RESOLVE_NO_XDEV), "there");
        assert_eq!(at("/", "/sys/class/dma_heap/system/dev", uapi::RESOLVE_NO_SYMLINKS), "a link");
        assert_eq!(at("/", "/link/dma_heap/system", uapi::RESOLVE_NO_SYMLINKS), "the kernel's");
    }

    #[test]
    fn links_of_the_simulator_are_followed() {
        let tree = tree();
        let device = "/sys/devices/virtual/dma_heap/system/dev";
        assert_eq!(name(&tree, "/", "/sys/class/dma_heap/system/dev"), device);
        assert_eq!(name(&tree, "/", "/sys/dev/char/252:0/dev"), device);
        assert_eq!(name(&tree, "/", "/sys/class/dma_heap/system/subsystem/vendor!secure/../system/dev"), device);
        let link = find(&tree, "/", "/sys/class/dma_heap/system", false);
        assert!(
            matches!(link, Resolved::Object(name, Object { kind: ObjectKind::Link(_), .. }) if name.ends_with(b"/system"))
        );
    }

    #[test]
    fn areas_are_listed_where_there_are_any() {
        let mut tree = tree();
        let path = "/sys/kernel/mm/cma/camera/available_pages";
        tree.add_areas(&[]);
        assert_eq!(name(&tree, "/", path), "Foreign");
        tree.add_areas(&[SimulatedArea { name: "camera".to_owned(), minor: 1, pages: 16 }]);
        assert_eq!(name(&tree, "/sys/kernel/mm", "cma/camera/available_pages"), path);
        assert_eq!(tree.get(path.as_bytes()).unwrap().kind, ObjectKind::FreePages(1));
        assert_eq!(name(&tree, "/", "/sys/kernel/mm/cma/system"), "Missing");
        assert!(Tree::may_mean(path.as_bytes()));
    }

    #[test]
    fn unknown_name_is_missing_and_a_node_is_not_a_directory() {
        let tree = tree();
        assert_eq!(name(&tree, "/", "/dev/dma_heap/other"), "Missing");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/other/file"), "Missing");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/system/file"), "NotDirectory");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/system/"), "NotDirectory");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/system/."), "NotDirectory");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/system/../system"), "NotDirectory");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/vendor!secure"), "/dev/dma_heap/vendor!secure");
    }
}
