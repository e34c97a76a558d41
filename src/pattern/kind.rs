//! The patterns and how they are written.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::str::FromStr;

/// A pattern as it was asked for. Nothing is opened yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// Zero bytes.
    Zero,
    /// 0xff bytes.
    Ones,
    Byte(u8),
    /// One 32-bit word repeated.
    Word(u32),
    /// Neighbouring bits and neighbouring words differ.
    Checkerboard,
    /// One bit set, in each 64-bit word the next.
    WalkingOnes,
    /// One bit clear, in each 64-bit word the next.
    WalkingZeros,
    /// Each 64-bit word its own offset.
    Address,
    /// Each byte one more than the last.
    Increment,
    /// A pseudo-random bit sequence of 31 bits.
    Prbs31,
    Random,
    File(PathBuf),
}

/// How each pattern is written, for help and completion.
pub(crate) const NAMES: [&str; 12] = [
    "zero",
    "ones",
    "byte=0xNN",
    "word=0xNNNNNNNN",
    "checkerboard",
    "walking-ones",
    "walking-zeros",
    "address",
    "increment",
    "prbs31",
    "random",
    "file=PATH",
];

impl Pattern {
    /// Whether another seed makes other bytes.
    pub(crate) const fn takes_seed(&self) -> bool {
        !matches!(self, Self::Zero | Self::Ones | Self::Byte(_) | Self::Word(_) | Self::File(_))
    }

    /// Reads a pattern; the path of `file=` may be any path, not only text.
    pub(crate) fn parse(text: &OsStr) -> Result<Self, InvalidPattern> {
        if let Some(path) = text.as_bytes().strip_prefix(b"file=") {
            return match path {
                [] => Err(InvalidPattern("file= needs the path of a file".to_owned())),
                path => Ok(Self::File(OsStr::from_bytes(path).into())),
            };
        }
        let text = text.to_string_lossy();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (&*text, None),
        };
        if let Some(plain) = plain(name) {
            return match value {
                None => Ok(plain),
                Some(_) => Err(InvalidPattern(format!("{name} takes no value"))),
            };
        }
        match (name, value) {
            ("byte", value) => number(name, value, 8).map(|value| Self::Byte(value as u8)),
            ("word", value) => number(name, value, 32).map(|value| Self::Word(value as u32)),
            ("file", None) => Err(InvalidPattern("file needs a path: file=PATH".to_owned())),
            _ => Err(InvalidPattern(format!("unknown pattern '{name}' (patterns: {})", NAMES.join(", ")))),
        }
    }
}

fn plain(name: &str) -> Option<Pattern> {
    Some(match name {
        "zero" => Pattern::Zero,
        "ones" => Pattern::Ones,
        "checkerboard" => Pattern::Checkerboard,
        "walking-ones" => Pattern::WalkingOnes,
        "walking-zeros" => Pattern::WalkingZeros,
        "address" => Pattern::Address,
        "increment" => Pattern::Increment,
        "prbs31" => Pattern::Prbs31,
        "random" => Pattern::Random,
        _ => return None,
    })
}

/// The value of `byte=` or `word=`: decimal, or hexadecimal after `0x`, of at most `bits` bits.
fn number(name: &str, value: Option<&str>, bits: u32) -> Result<u64, InvalidPattern> {
    let example = if bits == 8 { "0x5a" } else { "0xdeadbeef" };
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Err(InvalidPattern(format!("{name} needs a number of {bits} bits: {name}={example}")));
    };
    let (digits, radix) = match value.strip_prefix("0x").or_else(|| value.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (value, 10),
    };
    // The digits are looked at because from_str_radix would accept a sign.
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(InvalidPattern(format!("{name}: '{value}' is not a number; expected {example} or decimal")));
    }
    u64::from_str_radix(digits, radix)
        .ok()
        .filter(|number| number >> bits == 0)
        .ok_or_else(|| InvalidPattern(format!("{name}: {value} does not fit in {bits} bits")))
}

impl FromStr for Pattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        Self::parse(text.as_ref())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "zero",
            Self::Ones => "ones",
            Self::Byte(byte) => return write!(f, "byte={byte:#04x}"),
            Self::Word(word) => return write!(f, "word={word:#010x}"),
            Self::Checkerboard => "checkerboard",
            Self::WalkingOnes => "walking-ones",
            Self::WalkingZeros => "walking-zeros",
            Self::Address => "address",
            Self::Increment => "increment",
            Self::Prbs31 => "prbs31",
            Self::Random => "random",
            Self::File(path) => return write!(f, "file={}", path.display()),
        })
    }
}

/// Why a text is not a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidPattern(String);

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidPattern {}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Pattern>().unwrap_err().to_string()
    }

    #[test]
    fn every_name_is_a_pattern_that_prints_as_it_is_written() {
        for name in NAMES {
            let text = name.replace("NNNNNNNN", "0123cdef").replace("NN", "5a").replace("PATH", "/tmp/a=b");
            assert_eq!(text.parse::<Pattern>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn numbers_are_decimal_or_hexadecimal() {
        assert_eq!("byte=90".parse(), Ok(Pattern::Byte(0x5a)));
        assert_eq!("byte=0XFF".parse(), Ok(Pattern::Byte(0xff)));
        assert_eq!("word=4294967295".parse(), Ok(Pattern::Word(u32::MAX)));
    }

    #[test]
    fn constant_wider_than_its_word_is_refused() {
        assert_eq!(error("byte=256"), "byte: 256 does not fit in 8 bits");
        assert_eq!(error("word=0x100000000"), "word: 0x100000000 does not fit in 32 bits");
        assert_eq!(error("word=99999999999999999999999"), "word: 99999999999999999999999 does not fit in 32 bits");
    }

    #[test]
    fn text_that_is_not_a_number_is_refused() {
        for text in ["byte=-1", "byte=+1", "byte=0x", "byte=ff", "byte=1 ", "byte=0x-1"] {
            assert!(error(text).contains("is not a number"), "{text}");
        }
        assert_eq!(error("byte"), "byte needs a number of 8 bits: byte=0x5a");
        assert_eq!(error("word="), "word needs a number of 32 bits: word=0xdeadbeef");
    }

    #[test]
    fn other_texts_are_refused_with_the_list() {
        assert_eq!(error("zero=1"), "zero takes no value");
        assert_eq!(error("file="), "file= needs the path of a file");
        assert_eq!(error("file"), "file needs a path: file=PATH");
        assert!(error("").starts_with("unknown pattern '' (patterns: zero, ones, byte=0xNN,"));
        assert!(error("Zero").contains("walking-ones"));
    }

    #[test]
    fn a_path_need_not_be_text() {
        let pattern = Pattern::parse(OsStr::from_bytes(b"file=/\xff")).unwrap();
        assert_eq!(pattern, Pattern::File(OsStr::from_bytes(b"/\xff").into()));
    }
}
