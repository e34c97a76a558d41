//! Where a heap that was asked for is, and the error where nothing is.

use super::area::CmaAreas;
use super::name::{self, CMA_ALIAS, Selector, UDMABUF};
use super::nodes;
use crate::access::advice::missing_node;
use crate::access::denial::Denial;
use crate::error::{Error, Hint, open_files_hint};
use crate::host::{Root, class, cma, udmabuf};
use crate::sys::Errno;
use std::path::{Path, PathBuf};

pub(super) const OPEN: &str = "open heap";

/// Where a heap that was asked for is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its name, or the path that was typed.
    pub name: String,
    pub path: PathBuf,
    /// Whether the alias `cma` was resolved to get here.
    pub by_alias: bool,
}

impl Place {
    /// Finds the node that `selector` stands for; it need not exist.
    pub(crate) fn of(selector: &Selector, root: &Root) -> Self {
        match selector {
            Selector::Path(path) => Self { name: path.display().to_string(), path: path.clone(), by_alias: false },
            Selector::Name(typed) => {
                let exists = |name: &&str| root.has(&name::node_path(name));
                let default = || CmaAreas::of(root, None).default_heap(&nodes::names(root));
                let alias = (typed == CMA_ALIAS && !exists(&CMA_ALIAS)).then(default).flatten();
                let name = alias.as_deref().unwrap_or(typed);
                // A device manager may have made directories of a name with slashes.
                let nested = Path::new(class::DIRECTORY).join(name);
                let path = match name {
                    UDMABUF if !exists(&UDMABUF) => udmabuf::NODE.into(),
                    _ if name.contains('/') && root.has(&nested) => nested,
                    _ => name::node_path(name),
                };
                Self { name: name.to_owned(), path, by_alias: alias.is_some() }
            }
        }
    }

    /// The error for a heap that is not there, with what is there instead.
    pub(crate) fn missing(&self, root: &Root) -> Error {
        self.unreachable(root, Errno::ENOENT)
    }

    /// The node could not even be looked at.
    pub(super) fn unreachable(&self, root: &Root, errno: Errno) -> Error {
        if errno == Errno::ENOENT && self.path == Path::new(udmabuf::NODE) {
            return Error::explained(OPEN, &self.name, format!("there is no {}", udmabuf::NODE), errno)
                .with_hint("this needs CONFIG_UDMABUF; if that is a module: `modprobe udmabuf`");
        }
        let error = if errno == Errno::ENOENT {
            Error::explained(OPEN, &self.name, "no such heap", errno)
        } else {
            Error::errno(OPEN, &self.name, errno)
        };
        match errno {
            Errno::ENOENT => match missing_hint(root, self) {
                Some(hint) => error.with_hint(hint),
                None => nodes::none(root),
            },
            Errno::ELOOP | Errno::EACCES => error.with_hint(hint(&Denial::before(root, &self.path, errno), &self.path)),
            Errno::EMFILE => error.with_hint(open_files_hint()),
            _ => error,
        }
    }
}

pub(super) fn hint(denial: &Denial, path: &Path) -> String {
    let help = denial.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
    format!("{}: {}{help}", path.display(), denial.evidence)
}

/// Says what helps where a heap is missing; nothing of the kind where there is none at all.
fn missing_hint(root: &Root, place: &Place) -> Option<Hint> {
    if root.read_link(&place.path).is_ok() {
        return Some(hint(&Denial::before(root, &place.path, Errno::ENOENT), &place.path).into());
    }
    let class = class::entries(root).unwrap_or_default();
    if let Some(device) = class.iter().find(|entry| entry.name == place.name).and_then(|entry| entry.device) {
        let help = missing_node(root, &place.path, device);
        return Some(format!("the kernel has this heap, but /dev has no node for it: {help}").into());
    }
    let names = nodes::names(root);
    let mut hidden: Vec<String> = nodes::hidden(root).iter().map(ToString::to_string).collect();
    if place.name == CMA_ALIAS {
        // An area would show which heap the alias stands for.
        hidden.extend(root.unread().iter().filter(|unread| cma::hides_areas(unread)).map(ToString::to_string));
    }
    if names.is_empty() {
        return (!hidden.is_empty()).then(|| hidden.join("; ").into());
    }
    let more = if hidden.is_empty() { String::new() } else { format!("; {}", hidden.join("; ")) };
    let wanted = place.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let meant = name::nearest(&wanted, names.iter().map(String::as_str));
    let meant = meant.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    Some(format!("heaps here: {}{meant}{more}", names.join(" ")).into())
}
