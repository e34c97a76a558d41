//! `/proc/PID/fdinfo/N` of a dma-buf (`dma_buf_show_fdinfo`, proc_pid_fdinfo(5)).
//!
//! The name stands last and is printed as it is, newlines included, so whoever chose it can append
//! lines of any content. Hence a name ends at its first newline, and nothing behind it is read: not even
//! a field that this kernel does not print.

/// The fdinfo of an open dma-buf. A field is `None` where the kernel does not print it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fdinfo {
    /// `flags`: the open flags, from octal.
    pub flags: Option<u32>,
    /// `ino` (5.14 and later).
    pub inode: Option<u64>,
    /// `size` in bytes.
    pub size: Option<u64>,
    /// `count`: references to the file, without the one of the reader.
    pub count: Option<u64>,
    /// `exp_name`: who exported the buffer; printed for dma-bufs only.
    pub exporter: Option<String>,
    /// `name`: the name given with `DMA_BUF_SET_NAME`, if one was.
    pub name: Option<String>,
}

pub(crate) fn parse(bytes: &[u8]) -> Fdinfo {
    let mut info = Fdinfo::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (key, value) = (&line[..colon], text(&line[colon + 1..]));
        match key {
            b"flags" => keep_first(&mut info.flags, u32::from_str_radix(&value, 8).ok()),
            b"ino" => keep_first(&mut info.inode, value.parse().ok()),
            b"size" => keep_first(&mut info.size, value.parse().ok()),
            b"count" => keep_first(&mut info.count, value.parse().ok()),
            b"exp_name" => keep_first(&mut info.exporter, Some(value)),
            b"name" => {
                info.name = Some(value);
                break;
            }
            _ => {}
        }
    }
    info
}

/// The value after `key:` and its tabulator; the rest is the text itself, spaces included.
fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value.strip_prefix(b"\t").unwrap_or(value)).into_owned()
}

fn keep_first<T>(field: &mut Option<T>, value: Option<T>) {
    if field.is_none() {
        *field = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] =
        b"pos:\t0\nflags:\t02000002\nmnt_id:\t11\nino:\t7\nsize:\t8192\ncount:\t1\nexp_name:\tsystem\n";

    #[test]
    fn every_field_is_read() {
        let named = [PLAIN, b"name:\tcamera 0\n"].concat();
        let info = parse(&named);
        assert_eq!(info.flags, Some(0o2_000_002));
        assert_eq!((info.inode, info.size, info.count), (Some(7), Some(8192), Some(1)));
        assert_eq!(info.exporter.as_deref(), Some("system"));
        assert_eq!(info.name.as_deref(), Some("camera 0"));
        assert_eq!(parse(PLAIN).name, None);
    }

    #[test]
    fn a_newline_in_a_name_forges_no_field() {
        let hostile = [PLAIN, b"name:\tx\nsize:\t1\nexp_name:\tother\nname:\ty\nino:\t99\n"].concat();
        let info = parse(&hostile);
        assert_eq!((info.inode, info.size), (Some(7), Some(8192)));
        assert_eq!(info.exporter.as_deref(), Some("system"));
        assert_eq!(info.name.as_deref(), Some("x"));
    }

    #[test]
    fn a_name_gives_no_field_that_the_kernel_does_not_print() {
        let old = b"pos:\t0\nflags:\t02000002\nsize:\t8192\ncount:\t1\nexp_name:\tsystem\n";
        let info = parse(&[old.as_slice(), b"name:\tx\nino:\t7\n"].concat());
        assert_eq!((info.inode, info.size, info.name.as_deref()), (None, Some(8192), Some("x")));
    }

    #[test]
    fn an_empty_name_is_a_name() {
        assert_eq!(parse(b"name:\t\n").name.as_deref(), Some(""));
    }

    proptest::proptest! {
        #[test]
        fn any_name_leaves_the_other_fields_alone(name in "[\\x00-\\x7f]{0,31}") {
            let info = parse(&[PLAIN, b"name:\t", name.as_bytes(), b"\n"].concat());
            let plain = Fdinfo { name: info.name.clone(), ..parse(PLAIN) };
            proptest::prop_assert_eq!(info, plain);
        }

        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
