//! `/proc/PID/maps` (`show_map_vma`, proc_pid_maps(5)).

use super::link;
use crate::sys::fd::status::Device;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MapsEntry<'a> {
    pub start: u64,
    /// The address behind the last one.
    pub end: u64,
    /// Where in the file it begins, bytes.
    pub offset: u64,
    /// The file system of the file.
    pub device: Device,
    /// The inode number of the file.
    pub inode: u64,
    /// The path; the kernel writes a newline in it as `\012`.
    pub path: &'a [u8],
}

/// Parses a line, without its newline. `None` for what is not a line of this file and for mappings without a path.
///
/// 6.12: `7f2e4c000000-7f2e4c001000 rw-s 00000000 00:0b 7                          /dmabuf:name`
pub(crate) fn parse_line(line: &[u8]) -> Option<MapsEntry<'_>> {
    let mut rest = line;
    let (start, end) = split(field(&mut rest)?, b'-')?;
    field(&mut rest)?;
    let offset = field(&mut rest)?;
    let (major, minor) = split(field(&mut rest)?, b':')?;
    let inode = decimal(field(&mut rest)?)?;
    let at = rest.iter().position(|byte| *byte != b' ')?;
    Some(MapsEntry {
        start: hexadecimal(start)?,
        end: hexadecimal(end)?,
        offset: hexadecimal(offset)?,
        device: Device { major: hexadecimal(major)?.try_into().ok()?, minor: hexadecimal(minor)?.try_into().ok()? },
        inode,
        path: &rest[at..],
    })
}

/// Parses a line if its path is one that `is_wanted`, which is seen without parsing the others.
pub(crate) fn parse_if(line: &[u8], is_wanted: impl Fn(&[u8]) -> bool) -> Option<MapsEntry<'_>> {
    // The first slash of a line begins its path.
    let path = &line[line.iter().position(|byte| *byte == b'/')?..];
    let mapping = if is_wanted(path) { parse_line(line) } else { None };
    mapping.filter(|mapping| is_wanted(mapping.path))
}

/// The name in the path of a dma-buf's mapping, if it has one: as in fdinfo up to the first newline.
pub(crate) fn buffer_name(mapping: &MapsEntry<'_>) -> Option<String> {
    let name = link::buffer_name(mapping.path).filter(|name| !name.is_empty())?;
    let end = name.windows(NEWLINE.len()).position(|part| part == NEWLINE).unwrap_or(name.len());
    Some(String::from_utf8_lossy(&name[..end]).into_owned())
}

/// How `seq_file_path` writes a newline. It leaves backslashes alone, so a name that has these four characters is cut
/// here as well.
const NEWLINE: &[u8] = br"\012";

/// Takes the text before the next space, and that space.
fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (field, behind) = split(rest, b' ')?;
    *rest = behind;
    Some(field)
}

fn split(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let index = text.iter().position(|byte| *byte == at)?;
    Some((&text[..index], &text[index + 1..]))
}

fn hexadecimal(digits: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mapping_of_a_buffer_is_read() {
        let line = b"7f2e4c000000-7f2e4c002000 rw-s 00001000 00:0b 7                          /dmabuf:a b";
        let expected = MapsEntry {
            start: 0x7f2e_4c00_0000,
            end: 0x7f2e_4c00_2000,
            offset: 4096,
            device: Device { major: 0, minor: 11 },
            inode: 7,
            path: b"/dmabuf:a b",
        };
        assert_eq!(parse_line(line), Some(expected));
        let short = b"b6f00000-b6f01000 rw-s 00000000 00:07 1234 /dmabuf:";
        assert_eq!(parse_line(short).map(|mapping| (mapping.inode, mapping.path)), Some((1234, &b"/dmabuf:"[..])));
    }

    #[test]
    fn mapping_without_a_path_or_cut_short_is_left_out() {
        for line in [
            &b"7ffd1000-7ffd2000 rw-p 00000000 00:00 0 "[..],
            b"7ffd1000-7ffd2000 rw-p 00000000 00:00 0",
            b"7ffd1000-7ffd2000 rw-p 0000",
            b"-7ffd2000 rw-p 00000000 00:00 0 /x",
            b"7ffd1000 rw-p 00000000 00:00 0 /x",
            b"1-2 rw-p 0 0:0 -7 /dmabuf:",
            b"",
            b"/dmabuf:",
        ] {
            assert_eq!(parse_line(line), None, "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn only_the_lines_of_buffers_are_parsed_and_a_name_ends_at_its_newline() {
        let of = |path: &str| format!("7f2e4c000000-7f2e4c002000 rw-s 00000000 00:0b 7    {path}");
        for (path, name) in [
            ("/dmabuf:", None),
            ("/dmabuf:a b", Some("a b")),
            (r"/dmabuf:x\012size:\0111", Some("x")),
            (r"/dmabuf:\012", Some("")),
        ] {
            let line = of(path);
            let mapping = parse_if(line.as_bytes(), link::is_buffer);
            assert_eq!(mapping.map(|mapping| buffer_name(&mapping)), Some(name.map(str::to_owned)));
        }
        for path in ["/bin/cam", "[heap]", "anon:/dmabuf:x", "/x/dmabuf:x", "", "/"] {
            assert_eq!(parse_if(of(path).as_bytes(), link::is_buffer), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_line(&line);
            let _ = parse_if(&line, link::is_buffer).map(|mapping| buffer_name(&mapping));
        }

        #[test]
        fn printed_lines_are_read_back(
            start in any::<u64>(), end in any::<u64>(), offset in any::<u64>(),
            major in 0_u32..4096, minor in 0_u32..1_048_576, inode in any::<u64>(), name in "[^\n]{0,31}",
        ) {
            let line = format!("{start:08x}-{end:08x} rw-s {offset:08x} {major:02x}:{minor:02x} {inode} ");
            let line = format!("{line:<73}/dmabuf:{name}");
            let expected = MapsEntry {
                start, end, offset, device: Device { major, minor }, inode, path: &line.as_bytes()[line.len() - 8 - name.len()..],
            };
            prop_assert_eq!(parse_line(line.as_bytes()), Some(expected));
        }
    }
}
