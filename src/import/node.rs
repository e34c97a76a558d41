//! The nodes of devices that may import dma-bufs, looked at before they are opened.

use super::answer::{ImportAnswer, ImportStep, Reason};
use crate::access::denial::Denial;
use crate::heap::check::Node;
use crate::host::parse::devices;
use crate::host::{Root, class};
use crate::sys::Errno;
use crate::sys::fd::status::{Device, FileKind, ObjectId};
use crate::uapi::drm;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Where the nodes of DRM are.
const DRM_DIRECTORY: &str = "/dev/dri";
/// Where those of V4L2 are, with this and a number as their names.
const VIDEO_DIRECTORY: &str = "/dev";
const VIDEO: &str = "video";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceKind {
    /// A DRM node that may set modes: its first opener becomes master of the display.
    Card,
    Render,
    /// A V4L2 node.
    Video,
}

/// The nodes of this machine. With `for_display` those that may have framebuffers, else of two nodes of one device the one
/// that cannot disturb a display.
pub(crate) fn all(root: &Root, for_display: bool) -> Vec<PathBuf> {
    let paths = root.names(Path::new(DRM_DIRECTORY)).into_iter().filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("card") || name.starts_with("renderD") && !for_display
    });
    let paths: Vec<PathBuf> = paths.map(|name| Path::new(DRM_DIRECTORY).join(name)).collect();
    let rendering: BTreeSet<ObjectId> =
        paths.iter().filter(|path| is_render(path)).filter_map(|path| parent(root, path)).collect();
    let has_render_node = |path: &PathBuf| parent(root, path).is_some_and(|device| rendering.contains(&device));
    let drm = paths.iter().filter(|path| is_render(path) || !has_render_node(path)).cloned();
    let names = if for_display { Vec::new() } else { root.names(Path::new(VIDEO_DIRECTORY)) };
    let mut video: Vec<u32> = names.iter().filter_map(|name| video_number(name)).collect();
    video.sort_unstable();
    drm.chain(video.into_iter().map(|number| Path::new(VIDEO_DIRECTORY).join(format!("{VIDEO}{number}")))).collect()
}

fn video_number(name: &OsStr) -> Option<u32> {
    name.to_str()?.strip_prefix(VIDEO)?.parse().ok()
}

/// Whether another process has the node at `path` open; `None` if some process cannot be looked into.
fn is_in_use(root: &Root, path: &Path) -> Option<bool> {
    let mut is_known = true;
    for process in root.names(Path::new("/proc")) {
        let Some(number) = process.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if number == std::process::id() {
            continue;
        }
        let directory = PathBuf::from(format!("/proc/{number}/fd"));
        match root.entries(&directory) {
            Ok(names) if names.iter().any(|name| root.read_link(&directory.join(name)).is_ok_and(|to| to == path)) => {
                return Some(true);
            }
            // It has ended.
            Ok(_) | Err(Errno::ENOENT | Errno::ESRCH) => {}
            Err(_) => is_known = false,
        }
    }
    is_known.then_some(false)
}

fn is_render(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("renderD"))
}

/// The device that the node at `path` is of, as sysfs has it.
fn parent(root: &Root, path: &Path) -> Option<ObjectId> {
    let FileKind::Character(Device { major, minor }) = root.status(path).ok()?.kind else { return None };
    Some(root.status(Path::new(&format!("/sys/dev/char/{major}:{minor}/device"))).ok()?.id())
}

/// Opens the node at `path` if it is of a kind that can be asked. One that was not named may be in use: a video
/// device that another process has open is left alone.
///
/// # Errors
/// Why it is skipped.
pub(crate) fn open(root: &Root, path: &Path, is_named: bool) -> Result<(DeviceKind, OwnedFd), ImportAnswer> {
    let skipped = |errno, reason: String| ImportAnswer::skipped(ImportStep::Open, errno, Reason::known(reason));
    let unseen = |errno| skipped(Some(errno), Denial::before(root, path, errno).evidence);
    let node = Node::look(root, path, None).map_err(|errno| match errno {
        Errno::ENOENT => skipped(Some(errno), "no such node".to_owned()),
        _ => unseen(errno),
    })?;
    let FileKind::Character(device) = node.status().kind else {
        return Err(skipped(None, "not a device node".to_owned()));
    };
    let Some(drivers) = root.contents(Path::new(class::DEVICES)) else {
        return Err(skipped(None, format!("without {} its driver is unknown", class::DEVICES)));
    };
    let is_of = |driver| devices::character_major(&drivers, driver) == Some(device.major);
    let kind = match device.minor {
        drm::FIRST_RENDER_MINOR.. if is_of("drm") => DeviceKind::Render,
        _ if is_of("drm") => DeviceKind::Card,
        _ if is_of("video4linux") => DeviceKind::Video,
        _ => return Err(skipped(None, format!("character device {device} is neither a DRM nor a V4L2 node"))),
    };
    if kind == DeviceKind::Video && !is_named {
        match is_in_use(root, path) {
            Some(false) => {}
            Some(true) => return Err(skipped(None, "another process has it open".to_owned())),
            None => {
                return Err(skipped(
                    None,
                    "whether another process has it open is unknown; name the device to test it".to_owned(),
                ));
            }
        }
    }
    let fd = node.open().map_err(|errno| {
        let reason = match errno {
            Errno::ENXIO | Errno::ENODEV => "the node is stale: no driver is behind it".to_owned(),
            _ => match Denial::at(root, path, node.as_fd(), errno) {
                Some(denial) => denial.evidence,
                None => crate::sys::errno_text(errno),
            },
        };
        skipped(Some(errno), reason)
    })?;
    Ok((kind, fd))
}
