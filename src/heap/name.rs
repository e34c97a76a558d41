//! What the names of heaps mean.
//!
//! The kernel says of a heap no more than its name, so what follows from a name is an inference and is shown as one.
//! The names are those of mainline and of the vendors' trees.

use crate::host::class::DIRECTORY;
use std::fmt;
use std::path::{Path, PathBuf};

/// The name of the default CMA area's heap from 6.17 on.
pub(crate) const DEFAULT_CMA: &str = "default_cma_region";
/// The names that the default CMA area's heap has had, newest first.
pub(crate) const CMA_NAMES: [&str; 4] = [DEFAULT_CMA, "linux,cma", "reserved", "default-pool"];
/// The alias for the default CMA area's heap, or the only CMA heap.
pub(crate) const CMA_ALIAS: &str = "cma";

/// The name of the exporter of memfds, which is asked for as heaps are; a heap of that name wins.
pub(crate) const UDMABUF: &str = "udmabuf";

/// How a heap was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    /// Its name, or the alias [`CMA_ALIAS`].
    Name(String),
    /// The path of a node; begins with `/` or `.`.
    Path(PathBuf),
}

impl Selector {
    /// Reads what was typed: a path if it begins with `/` or `.`, else a name.
    ///
    /// # Errors
    /// A name that cannot be one: empty, or with a component that leads elsewhere.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a heap's name cannot be empty".to_owned());
        }
        if text.starts_with(['/', '.']) {
            return Ok(Self::Path(PathBuf::from(text)));
        }
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(format!("not a heap name; a path begins with / or . (such as ./{text})"));
        }
        Ok(Self::Name(text.to_owned()))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Path(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The path of the node of heap `name`.
///
/// A `/` in a name is `!` in sysfs and, since the class names the node after the device
/// (`dma_heap_devnode`), in `/dev` too.
pub(crate) fn node_path(name: &str) -> PathBuf {
    Path::new(DIRECTORY).join(name.replace('/', "!"))
}

/// The name of the heap whose node is `path`, below [`DIRECTORY`].
pub(crate) fn of_node(path: &Path) -> String {
    path.strip_prefix(DIRECTORY).unwrap_or(path).to_string_lossy().replace('!', "/")
}

/// The sort of memory that a heap gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemoryKind {
    /// Any pages of the machine.
    System,
    /// Physically contiguous memory of a CMA area.
    Cma,
    /// Memory that the CPU may not read (TEE heaps).
    Protected,
    /// A vendor's heap, with rules of its own.
    Vendor,
    /// Pages of a memfd.
    Udmabuf,
    Unknown,
}

impl fmt::Display for MemoryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::System => "system",
            Self::Cma => "cma",
            Self::Protected => "protected",
            Self::Vendor => "vendor",
            Self::Udmabuf => "udmabuf",
            Self::Unknown => "unknown",
        })
    }
}

pub(crate) fn infer_kind(name: &str) -> MemoryKind {
    const VENDOR_PREFIXES: [&str; 5] = ["qcom,", "mtk_", "system-", "vidbuf", "video_system"];
    const VENDOR_SUFFIXES: [&str; 3] = ["-secure", "-uncached", "-dma32"];
    if matches!(name, "system" | "system_cc_shared") {
        MemoryKind::System
    } else if is_default_area(name) || name == CMA_ALIAS {
        MemoryKind::Cma
    } else if name.starts_with("protected,") {
        MemoryKind::Protected
    } else if VENDOR_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || VENDOR_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
    {
        MemoryKind::Vendor
    } else {
        MemoryKind::Unknown
    }
}

/// Whether the default CMA area's heap has had this name. From 6.19 on it may be the whole name of a node of the device
/// tree: `linux,cma@3c000000`.
pub(super) fn is_default_area(name: &str) -> bool {
    let node = name.split_once('@').filter(|(_, unit)| unit.bytes().all(|byte| byte.is_ascii_hexdigit()));
    CMA_NAMES.contains(&node.map_or(name, |(node, _)| node))
}

/// The name among `known` that was probably meant by `typed`.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.7;
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&typed.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_wild_are_sorted_into_kinds() {
        for (name, kind) in [
            ("system", MemoryKind::System),
            ("system_cc_shared", MemoryKind::System),
            ("reserved", MemoryKind::Cma),
            ("linux,cma", MemoryKind::Cma),
            ("default_cma_region", MemoryKind::Cma),
            ("default-pool", MemoryKind::Cma),
            ("linux,cma@3c000000", MemoryKind::Cma),
            ("linux,cma@here", MemoryKind::Unknown),
            ("protected,secure-video", MemoryKind::Protected),
            ("protected,trusted-ui", MemoryKind::Protected),
            ("qcom,system", MemoryKind::Vendor),
            ("system-uncached", MemoryKind::Vendor),
            ("linux,cma-uncached", MemoryKind::Vendor),
            ("mtk_mm", MemoryKind::Vendor),
            ("vframe-secure", MemoryKind::Vendor),
            ("system-dma32", MemoryKind::Vendor),
            ("video@42000000", MemoryKind::Unknown),
            ("camera", MemoryKind::Unknown),
        ] {
            assert_eq!(infer_kind(name), kind, "{name}");
        }
    }

    #[test]
    fn a_path_begins_with_a_slash_or_a_dot_and_a_name_leads_nowhere_else() {
        assert_eq!(Selector::parse("system"), Ok(Selector::Name("system".into())));
        assert_eq!(Selector::parse("linux,cma"), Ok(Selector::Name("linux,cma".into())));
        assert_eq!(Selector::parse("video@42:a/b"), Ok(Selector::Name("video@42:a/b".into())));
        assert_eq!(Selector::parse("./x"), Ok(Selector::Path("./x".into())));
        assert_eq!(Selector::parse("/dev/null"), Ok(Selector::Path("/dev/null".into())));
        for wrong in ["", "a/../../null", "a//b", "a/."] {
            assert!(Selector::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_slash_in_a_name_is_an_exclamation_mark_in_its_node() {
        assert_eq!(node_path("soc/video"), Path::new("/dev/dma_heap/soc!video"));
        assert_eq!(of_node(Path::new("/dev/dma_heap/soc!video")), "soc/video");
        assert_eq!(of_node(Path::new("/dev/dma_heap/soc/video")), "soc/video");
    }

    #[test]
    fn a_slip_finds_its_name() {
        assert_eq!(nearest("sytem", ["system", "reserved"]), Some("system"));
        assert_eq!(nearest("SYSTEM", ["system"]), Some("system"));
        assert_eq!(nearest("zzz", ["system", "reserved"]), None);
    }
}
