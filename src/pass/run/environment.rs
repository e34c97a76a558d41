//! How a command learns which descriptors it was given.

use crate::pass::socket::Description;
use std::ffi::{OsStr, OsString};

/// The first descriptor of sd_listen_fds(3).
const LISTEN_FDS_START: i32 = 3;
/// The name that sd_listen_fds_with_names(3) gives to a descriptor without one.
const UNNAMED: &str = "unknown";
/// The longest name that it takes.
const LONGEST_NAME: usize = 255;

/// The command's knowledge of a buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PassedInfo {
    /// Size in bytes; unknown for anything but a dma-buf.
    pub size: Option<u64>,
    pub description: Description,
}

/// The environment of a command that finds buffers from `first` on: `given` with the variables set.
///
/// `DMAHEAP_FDS` and `DMAHEAP_SIZES` always, numbers separated by spaces, `-` for a size that is not known. From
/// descriptor 3 on also those of sd_listen_fds(3), for which `process` must be the command's number.
pub(crate) fn environment(
    given: impl IntoIterator<Item = (OsString, OsString)>,
    first: i32,
    info: &[PassedInfo],
    process: u32,
) -> Vec<OsString> {
    let joined = |texts: Vec<String>, separator| texts.join(separator);
    let fds = (first..).take(info.len()).map(|number| number.to_string()).collect();
    let sizes = info.iter().map(|one| one.size.map_or_else(|| "-".to_owned(), |size| size.to_string())).collect();
    let mut set = vec![("DMAHEAP_FDS", joined(fds, " ")), ("DMAHEAP_SIZES", joined(sizes, " "))];
    let mut unset: &[&str] = &[];
    if first == LISTEN_FDS_START {
        let names = info.iter().map(|one| listen_name(&one.description)).collect();
        set.push(("LISTEN_FDS", info.len().to_string()));
        set.push(("LISTEN_PID", process.to_string()));
        set.push(("LISTEN_FDNAMES", joined(names, ":")));
        // It would say of another process that it is meant.
        unset = &["LISTEN_PIDFDID"];
    }
    let is_ours = |name: &OsStr| set.iter().any(|(ours, _)| name == *ours) || unset.iter().any(|gone| name == *gone);
    let kept = given.into_iter().filter(|(name, _)| !is_ours(name)).map(|(mut name, value)| {
        name.push("=");
        name.push(value);
        name
    });
    kept.chain(set.iter().map(|(name, value)| OsString::from(format!("{name}={value}")))).collect()
}

/// The descriptor that whoever started this process, or a shell before it, has given this name; else all names.
///
/// `LISTEN_PID` is not asked: a shell passes the variables on with the descriptors, and not its number.
pub(crate) fn named(name: &str) -> Result<i32, Vec<String>> {
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let names: Vec<String> = names.split(':').filter(|_| !names.is_empty()).map(str::to_owned).collect();
    let mut numbers = (LISTEN_FDS_START..).zip(&names).filter(|(_, known)| *known == name).map(|(number, _)| number);
    match (numbers.next(), numbers.next()) {
        (Some(number), None) => Ok(number),
        _ => Err(names),
    }
}

/// A name in the alphabet of sd_listen_fds(3): ASCII without control characters and without colons. The
/// buffer's own, else its heap's.
fn listen_name(description: &Description) -> String {
    let names = [&description.name, &description.heap];
    let name = names.into_iter().flatten().find(|name| !name.is_empty()).map_or(UNNAMED, String::as_str);
    let allowed = |c: char| c == ' ' || c.is_ascii_graphic() && c != ':';
    name.chars().take(LONGEST_NAME).map(|c| if allowed(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(name: Option<&str>, heap: Option<&str>, size: Option<u64>) -> PassedInfo {
        PassedInfo { size, description: Description { heap: heap.map(Into::into), name: name.map(Into::into) } }
    }

    #[test]
    fn from_three_on_the_variables_of_systemd_are_set_too() {
        let given = [("PATH", "/bin"), ("LISTEN_PID", "1"), ("LISTEN_PIDFDID", "9"), ("DMAHEAP_FDS", "7")];
        let given = given.map(|(name, value)| (name.into(), value.into()));
        let buffers = [info(Some("camera:0\u{e4}"), Some("system"), Some(4096)), info(None, Some("cma"), None)];
        assert_eq!(
            environment(given.clone(), 3, &buffers, 42),
            [
                "PATH=/bin",
                "DMAHEAP_FDS=3 4",
                "DMAHEAP_SIZES=4096 -",
                "LISTEN_FDS=2",
                "LISTEN_PID=42",
                "LISTEN_FDNAMES=camera_0_:cma"
            ]
        );
        assert_eq!(
            environment(given, 9, &buffers, 42),
            ["PATH=/bin", "LISTEN_PID=1", "LISTEN_PIDFDID=9", "DMAHEAP_FDS=9 10", "DMAHEAP_SIZES=4096 -"]
        );
    }

    #[test]
    fn a_buffer_without_a_name_is_unknown() {
        assert_eq!(listen_name(&Description::default()), "unknown");
        let long = Description { heap: None, name: Some("x".repeat(300)) };
        assert_eq!(listen_name(&long).len(), 255);
    }
}
