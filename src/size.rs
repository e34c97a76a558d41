//! Sizes as people write and read them. Powers of 1024 only.

use humansize::FormatSizeOptions;
use std::fmt;

/// A number of bytes, printed with a unit: `4MiB`, `62.5MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Human(pub u64);

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&humansize::format_size(self.0, binary().decimal_places(1)))
    }
}

/// Bytes per second in three digits or four: `987KiB/s`, `12.3GiB/s`.
pub(crate) fn rate(bytes: u64) -> String {
    let unit = bytes.checked_ilog2().unwrap_or(0) / 10;
    let decimals = match bytes >> (10 * unit) {
        _ if unit == 0 => 0,
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    humansize::format_size(bytes, binary().decimal_places(decimals).decimal_zeroes(decimals).suffix("/s"))
}

/// A number with what it counts: `1 buffer`, `2 processes`.
pub(crate) fn counted<N: fmt::Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let ending = match noun {
        _ if count == N::from(1) => "",
        noun if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {noun}{ending}")
}

fn binary() -> FormatSizeOptions {
    FormatSizeOptions::from(humansize::BINARY).space_after_value(false)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Invalid {
    Empty,
    Negative,
    Fraction,
    /// It does not begin with a number.
    NotANumber,
    /// The number is followed by something that is not a unit.
    Unit(String),
    /// More than 64 bits can hold.
    TooLarge,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ACCEPTED: &str = "expected bytes (4096, 0x1000) or a unit: 64K, 4M, 1G, 4KiB, 1p for a page";
        match self {
            Self::Empty => write!(f, "no size given; {ACCEPTED}"),
            Self::Negative => write!(f, "a size cannot be negative; {ACCEPTED}"),
            Self::Fraction => write!(f, "fractions are not accepted, use a smaller unit; {ACCEPTED}"),
            Self::NotANumber => write!(f, "not a number; {ACCEPTED}"),
            Self::Unit(unit) if is_decimal(unit) => {
                let letter = &unit[..1];
                write!(f, "units are powers of 1024; write {letter} or {letter}iB instead of {unit}")
            }
            Self::Unit(unit) => write!(f, "unknown unit '{unit}'; {ACCEPTED}"),
            Self::TooLarge => f.write_str("does not fit in 64 bits; the largest is 18446744073709551615"),
        }
    }
}

/// Whether it is a unit that some read as a power of 1000: `MB`.
fn is_decimal(unit: &str) -> bool {
    matches!(unit.as_bytes(), [b'K' | b'k' | b'M' | b'm' | b'G' | b'g' | b'T' | b't', b'B' | b'b'])
}

impl std::error::Error for Invalid {}

/// Reads a size: decimal, or hexadecimal after `0x`, then optionally a unit (`K M G T P E`, either
/// case, also as `KiB`, `B` for bytes) or `p` for pages of `page_size` bytes.
///
/// Lower-case `p` is a page; the unit of 2^50 bytes is written `P` or `PiB`.
pub(crate) fn parse(text: &str, page_size: u64) -> Result<u64, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::Empty);
    }
    if text.starts_with('-') {
        return Err(Invalid::Negative);
    }
    let (number, unit) = split(text);
    if unit.starts_with(['.', ',']) && !number.is_empty() {
        return Err(Invalid::Fraction);
    }
    let (digits, radix) = match number.strip_prefix("0x").or_else(|| number.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if digits.is_empty() {
        return Err(Invalid::NotANumber);
    }
    let value = u64::from_str_radix(digits, radix).map_err(|_| Invalid::TooLarge)?;
    value.checked_mul(multiplier(unit, page_size)?).ok_or(Invalid::TooLarge)
}

/// The number and what follows it. In hexadecimal `E` is a digit, so no unit of that letter follows.
fn split(text: &str) -> (&str, &str) {
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    let start = if hexadecimal { 2 } else { 0 };
    let is_digit = |c: char| if hexadecimal { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
    let end = text[start..].find(|c| !is_digit(c)).map_or(text.len(), |at| start + at);
    text.split_at(end)
}

fn multiplier(unit: &str, page_size: u64) -> Result<u64, Invalid> {
    if unit == "p" {
        return Ok(page_size);
    }
    let upper = unit.to_ascii_uppercase();
    let letter = upper.strip_suffix("IB").unwrap_or(&upper);
    let power = match letter {
        "" if upper.is_empty() => 0,
        "B" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        "P" => 5,
        "E" => 6,
        _ => return Err(Invalid::Unit(unit.to_owned())),
    };
    Ok(1 << (10 * power))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAGE: u64 = 16 * 1024;

    #[test]
    fn sizes_parse_as_people_type_them() {
        for (text, bytes) in [
            ("4096", 4096),
            ("64k", 65_536),
            ("4M", 4 << 20),
            ("1G", 1 << 30),
            ("0x1000", 4096),
            ("0X10", 16),
            ("0x1000K", 4 << 20),
            ("4KiB", 4096),
            ("4kib", 4096),
            ("1p", PAGE),
            ("3p", 3 * PAGE),
            ("1P", 1 << 50),
            ("7B", 7),
            ("0", 0),
            ("18446744073709551615", u64::MAX),
            ("15E", 15 << 60),
        ] {
            assert_eq!(parse(text, PAGE), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn whole_sizes_look_as_others_do() {
        for (bytes, text) in [
            (0, "0B"),
            (1023, "1023B"),
            (1024, "1KiB"),
            (1025, "1.0KiB"),
            (1536, "1.5KiB"),
            (1023 << 20, "1023MiB"),
            (1 << 30, "1GiB"),
            (1025 << 20, "1.0GiB"),
            (15 << 60, "15EiB"),
        ] {
            assert_eq!(Human(bytes).to_string(), text);
        }
    }

    #[test]
    fn invalid_size_names_what_is_wrong() {
        for (text, invalid) in [
            ("", Invalid::Empty),
            ("  ", Invalid::Empty),
            ("-1", Invalid::Negative),
            ("0.5K", Invalid::Fraction),
            ("1,5M", Invalid::Fraction),
            ("4X", Invalid::Unit("X".into())),
            ("4KB", Invalid::Unit("KB".into())),
            ("4iB", Invalid::Unit("iB".into())),
            ("4 M", Invalid::Unit(" M".into())),
            ("M", Invalid::NotANumber),
            ("0x", Invalid::NotANumber),
            ("+4", Invalid::NotANumber),
            ("18446744073709551616", Invalid::TooLarge),
            ("16E", Invalid::TooLarge),
        ] {
            assert_eq!(parse(text, PAGE), Err(invalid), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = parse(&text, PAGE);
        }

        #[test]
        fn every_number_of_bytes_is_read_back(bytes: u64) {
            prop_assert_eq!(parse(&bytes.to_string(), PAGE), Ok(bytes));
            prop_assert_eq!(parse(&format!("{bytes:#x}"), PAGE), Ok(bytes));
        }
    }
}
