//! The `O_*` constants of this architecture by name.

/// Access modes, which are values and not bits, and the bits that open(2) documents.
const NAMES: &[(&str, i32)] = &[
    ("O_RDONLY", libc::O_RDONLY),
    ("O_WRONLY", libc::O_WRONLY),
    ("O_RDWR", libc::O_RDWR),
    ("O_ACCMODE", libc::O_ACCMODE),
    ("O_CLOEXEC", libc::O_CLOEXEC),
    ("O_NONBLOCK", libc::O_NONBLOCK),
    ("O_APPEND", libc::O_APPEND),
    ("O_ASYNC", libc::O_ASYNC),
    ("O_CREAT", libc::O_CREAT),
    ("O_DIRECT", libc::O_DIRECT),
    ("O_DIRECTORY", libc::O_DIRECTORY),
    ("O_DSYNC", libc::O_DSYNC),
    ("O_EXCL", libc::O_EXCL),
    ("O_LARGEFILE", libc::O_LARGEFILE),
    ("O_NOATIME", libc::O_NOATIME),
    ("O_NOCTTY", libc::O_NOCTTY),
    ("O_NOFOLLOW", libc::O_NOFOLLOW),
    ("O_PATH", libc::O_PATH),
    ("O_SYNC", libc::O_SYNC),
    ("O_TMPFILE", libc::O_TMPFILE),
    ("O_TRUNC", libc::O_TRUNC),
];

/// The two low bits of open flags.
pub(crate) const ACCESS_MASK: u32 = libc::O_ACCMODE as u32;
pub(crate) const CLOEXEC: u32 = libc::O_CLOEXEC as u32;
pub(crate) const RDONLY: u32 = libc::O_RDONLY as u32;
pub(crate) const WRONLY: u32 = libc::O_WRONLY as u32;
pub(crate) const RDWR: u32 = libc::O_RDWR as u32;

/// The value of a flag, by the name that its header gives it.
pub(crate) fn value(name: &str) -> Option<u32> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, value)| *value as u32)
}

/// Every name that [`value`] knows.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

/// Spells flags as names joined by commas, the access mode first; bits without a name in hexadecimal.
pub(crate) fn spell(flags: u32) -> String {
    let access = match flags & ACCESS_MASK {
        RDONLY => "O_RDONLY",
        WRONLY => "O_WRONLY",
        RDWR => "O_RDWR",
        _ => "O_ACCMODE",
    };
    let mut text = access.to_owned();
    let mut rest = flags & !ACCESS_MASK;
    for (name, value) in NAMES {
        let bits = *value as u32 & !ACCESS_MASK;
        if bits.is_power_of_two() && rest & bits != 0 {
            text.push(',');
            text.push_str(name);
            rest &= !bits;
        }
    }
    if rest != 0 {
        text.push_str(&format!(",{rest:#x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelled_flags_are_read_back_as_the_same_value() {
        for flags in [0, 1, 2, 3, 0x8_0002, 0x8_0003, 0x8_0802, 0x4000_0000] {
            let back = spell(flags).split(',').fold(0, |sum, word| {
                sum | value(word)
                    .unwrap_or_else(|| u32::from_str_radix(word.trim_start_matches("0x"), 16).expect("a number"))
            });
            assert_eq!(back, flags, "{}", spell(flags));
        }
    }
}
