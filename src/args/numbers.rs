//! How sizes, counts and raw request words are typed.

use crate::size;
use crate::sys::fd::oflags;
use crate::sys::system;

/// The size of a buffer: any but 0.
pub(crate) fn buffer_size(text: &str) -> Result<u64, String> {
    match size::parse(text, system::page_size()) {
        Ok(0) => Err("the size must be greater than zero; every kernel refuses a buffer of 0 bytes".to_owned()),
        Ok(bytes) => Ok(bytes),
        Err(invalid) => Err(invalid.to_string()),
    }
}

/// A count of buffers: any but 0.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) => Err("the count must be at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(_) => Err(no_whole_number("a count", text, u64::MAX)),
    }
}

/// A count that may be 0.
pub(crate) fn count_or_none(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| no_whole_number("a count", text, u64::MAX))
}

/// The number of a CPU, from 0.
pub(crate) fn cpu(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| no_whole_number("a CPU number", text, usize::MAX as u64))
}

/// Says why `text` is not a number from 0 to `most`.
fn no_whole_number(what: &str, text: &str, most: u64) -> String {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if !is_whole {
        "not a whole number".to_owned()
    } else if text.starts_with('-') {
        format!("{what} cannot be negative")
    } else {
        format!("{what} is at most {most}")
    }
}

/// `fd_flags` as a number or as names of `O_*` flags, joined by commas.
pub(super) fn fd_flags(text: &str) -> Result<u32, String> {
    text.split(',').try_fold(0, |flags, word| {
        let word = word.trim();
        let value = match oflags::value(word) {
            Some(value) => value,
            None => number(word)
                .ok_or_else(|| {
                    format!("'{word}' is neither a number nor one of {}", oflags::names().collect::<Vec<_>>().join(" "))
                })
                .and_then(|value| {
                    u32::try_from(value).map_err(|_| format!("'{word}' does not fit in the 32 bits of fd_flags"))
                })?,
        };
        Ok(flags | value)
    })
}

/// `heap_flags` as a number: no flag has a name.
pub(super) fn heap_flags(text: &str) -> Result<u64, String> {
    number(text.trim()).ok_or_else(|| {
        format!("'{text}' is not a 64-bit number; expected 1, 0x10 or 0o17 (mainline has no names for heap flags)")
    })
}

/// The seed of a pattern.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    number(text).ok_or_else(|| format!("'{text}' is not a 64-bit number; expected 42 or 0x2a"))
}

/// Decimal, `0x` hexadecimal, `0o` octal or `0b` binary.
fn number(text: &str) -> Option<u64> {
    let radix =
        |prefix: &str, radix| text.strip_prefix(prefix).and_then(|digits| u64::from_str_radix(digits, radix).ok());
    radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2)).or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_say_what_is_wrong_with_them() {
        assert_eq!((count("1"), count_or_none("0"), cpu("63")), (Ok(1), Ok(0), Ok(63)));
        let most = "a count is at most 18446744073709551615";
        for (text, reason) in [
            ("18446744073709551616", most),
            ("-1", "a count cannot be negative"),
            ("-", "not a whole number"),
            ("-x", "not a whole number"),
            ("", "not a whole number"),
            ("1.5", "not a whole number"),
        ] {
            assert_eq!(count(text), Err(reason.to_owned()), "{text}");
            assert_eq!(count_or_none(text), Err(reason.to_owned()), "{text}");
        }
        assert_eq!(count("0").unwrap_err(), "the count must be at least 1");
        assert_eq!(cpu("-1").unwrap_err(), "a CPU number cannot be negative");
        assert_eq!(cpu("first").unwrap_err(), "not a whole number");
    }

    #[test]
    fn flags_are_numbers_names_or_both() {
        assert_eq!(fd_flags("O_RDWR,O_CLOEXEC"), Ok(oflags::RDWR | oflags::CLOEXEC));
        assert_eq!(fd_flags("0x800"), Ok(0x800));
        assert_eq!(fd_flags("O_WRONLY,0o4000"), Ok(oflags::WRONLY | 0o4000));
        assert!(fd_flags("O_FOO").unwrap_err().contains("O_RDWR"));
        assert!(fd_flags("0x100000000").unwrap_err().contains("32 bits"));
        assert!(fd_flags("").is_err());
        assert_eq!(heap_flags("0xffffffffffffffff"), Ok(u64::MAX));
        assert!(heap_flags("O_RDWR").is_err());
    }
}
