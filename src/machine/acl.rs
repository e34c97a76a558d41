//! The access control list of a node (acl(5)), in the kernel's form of it (linux/posix_acl_xattr.h).

/// An entry: who, and the permission bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whom it is for.
    pub who: Who,
    /// `rwx` as 4, 2, 1.
    pub permissions: u16,
}

/// Whom an entry is for. Entries that the mode bits show already are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A user by number.
    User(u32),
    /// A group by number.
    Group(u32),
    /// The mask: what users and groups of the list get at most.
    Mask,
}

/// Parses `system.posix_acl_access`; nothing where it is not of the version that is known.
#[must_use]
pub fn parse(bytes: &[u8]) -> Vec<Entry> {
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
                0x02 => Who::User(id),
                0x08 => Who::Group(id),
                0x10 => Who::Mask,
                _ => return None,
            };
            Some(Entry { who, permissions: short(2) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_groups_and_the_mask_are_found() {
        // setfacl -m u:1000:rw on a file of mode 0600.
        let bytes = [
            &[2, 0, 0, 0][..],
            &[1, 0, 6, 0, 255, 255, 255, 255],
            &[2, 0, 6, 0, 0xe8, 3, 0, 0],
            &[4, 0, 0, 0, 255, 255, 255, 255],
            &[16, 0, 6, 0, 255, 255, 255, 255],
            &[32, 0, 0, 0, 255, 255, 255, 255],
        ]
        .concat();
        let entry = |who, permissions| Entry { who, permissions };
        assert_eq!(parse(&bytes), [entry(Who::User(1000), 6), entry(Who::Mask, 6)]);
        assert!(parse(&bytes[..3]).is_empty());
        assert_eq!(parse(&bytes[..19]), []);
        assert!(parse(&[1, 0, 0, 0, 2, 0, 6, 0, 0, 0, 0, 0]).is_empty());
    }
}
