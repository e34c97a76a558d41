//! The width of an access.

use std::fmt;
use std::str::FromStr;

/// How wide each access to a mapping is, when that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Bits8,
    /// Two bytes.
    Bits16,
    /// Four bytes.
    Bits32,
    /// Eight bytes.
    Bits64,
}

impl Width {
    pub(crate) const fn bits(self) -> u8 {
        match self {
            Self::Bits8 => 8,
            Self::Bits16 => 16,
            Self::Bits32 => 32,
            Self::Bits64 => 64,
        }
    }

    /// Returns the width in bytes.
    pub(crate) const fn bytes(self) -> u64 {
        self.bits() as u64 / 8
    }

    /// Whether this processor does it by one access: 64 bits on a 32-bit one become two.
    pub(crate) const fn is_one_access(self) -> bool {
        self.bits() as u32 <= usize::BITS
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.bits())
    }
}

impl FromStr for Width {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "8" => Ok(Self::Bits8),
            "16" => Ok(Self::Bits16),
            "32" => Ok(Self::Bits32),
            "64" => Ok(Self::Bits64),
            _ => Err("unsupported access width; expected 8, 16, 32 or 64".to_owned()),
        }
        .and_then(|width| {
            if width.is_one_access() {
                Ok(width)
            } else {
                Err(format!("this processor cannot access {width} bits at once"))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_written_in_bits() {
        assert_eq!("8".parse(), Ok(Width::Bits8));
        assert_eq!("32".parse::<Width>().map(Width::bytes), Ok(4));
        assert!("4".parse::<Width>().unwrap_err().contains("8, 16, 32 or 64"));
        assert_eq!("64".parse::<Width>().is_ok(), usize::BITS == 64);
    }
}
