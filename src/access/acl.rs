//! The access control list of a node (acl(5)), in the kernel's form of it (linux/posix_acl_xattr.h).

use std::fmt;

/// An entry: who, and the permission bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub who: Who,
    /// `rwx` as 4, 2, 1.
    pub permissions: u16,
}

/// Whom an entry is for, in the order in which the kernel has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Owner,
    User(u32),
    /// The group of the file. Of a file with a mask its mode bits show the mask in place of this.
    OwningGroup,
    Group(u32),
    /// The mask: what groups and the users of the list get at most.
    Mask,
    Other,
}

/// Parses `system.posix_acl_access`; nothing where it is not of the version that is known.
#[must_use]
pub(crate) fn parse(bytes: &[u8]) -> Vec<Entry> {
    let Some((version, entries)) = bytes.split_first_chunk::<4>() else { return Vec::new() };
    if u32::from_le_bytes(*version) != 2 {
        return Vec::new();
    }
    entries
        .chunks_exact(8)
        .filter_map(|entry| {
            let short = |at: usize| u16::from_le_bytes([entry[at], entry[at + 1]]);
            let id = u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]);
            let who = match short(0) {
                0x01 => Who::Owner,
                0x02 => Who::User(id),
                0x04 => Who::OwningGroup,
                0x08 => Who::Group(id),
                0x10 => Who::Mask,
                0x20 => Who::Other,
                _ => return None,
            };
            Some(Entry { who, permissions: short(2) })
        })
        .collect()
}

/// The permissions as getfacl(1) shows them: `rw-`.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bit = |at: u16, letter: char| if self.permissions >> at & 1 == 1 { letter } else { '-' };
        write!(f, "{}{}{}", bit(2, 'r'), bit(1, 'w'), bit(0, 'x'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_entry_is_read() {
        // setfacl -m u:1000:rw on a file of mode 0600.
        let bytes = [
            &[2, 0, 0, 0][..],
            &[1, 0, 6, 0, 255, 255, 255, 255],
            &[2, 0, 6, 0, 0xe8, 3, 0, 0],
            &[4, 0, 0, 0, 255, 255, 255, 255],
            &[8, 0, 4, 0, 44, 0, 0, 0],
            &[16, 0, 6, 0, 255, 255, 255, 255],
            &[32, 0, 0, 0, 255, 255, 255, 255],
        ]
        .concat();
        let entry = |who, permissions| Entry { who, permissions };
        let expected = [
            entry(Who::Owner, 6),
            entry(Who::User(1000), 6),
            entry(Who::OwningGroup, 0),
            entry(Who::Group(44), 4),
            entry(Who::Mask, 6),
            entry(Who::Other, 0),
        ];
        assert_eq!(parse(&bytes), expected);
        assert_eq!(expected.map(|entry| entry.to_string()), ["rw-", "rw-", "---", "r--", "rw-", "---"]);
        assert!(parse(&bytes[..3]).is_empty());
        assert_eq!(parse(&bytes[..19]), expected[..1]);
        assert!(parse(&[1, 0, 0, 0, 2, 0, 6, 0, 0, 0, 0, 0]).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
