//! A range of a buffer.

use super::width::Width;
use crate::error::{Error, Hint};
use std::fmt;

/// Some bytes of a buffer, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteRange {
    offset: u64,
    length: u64,
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}..{:#x}", self.offset, self.end())
    }
}

impl ByteRange {
    /// The range that begins at `offset` (0 by default) and has `length` bytes (by default all that follow) of
    /// `object`, which has `size` bytes.
    pub(crate) fn within(object: &str, size: u64, offset: Option<u64>, length: Option<u64>) -> Result<Self, Error> {
        let refused = |reason: String| Error::refused("access", object, reason);
        let at = offset.unwrap_or(0);
        if length == Some(0) {
            return Err(refused("the length must be greater than zero".to_owned()).with_hint(Hint::WholeRest));
        }
        if size == 0 {
            return Err(refused("it is empty".to_owned()));
        }
        if at >= size {
            return Err(refused(format!("offset {at} is at or beyond the end; the buffer has {size} bytes")));
        }
        let rest = size - at;
        match length {
            Some(length) if length > rest => {
                let end = u128::from(at) + u128::from(length);
                Err(refused(format!("range ends at {end}, the buffer at {size}"))
                    .with_hint(format!("only {rest} bytes follow offset {at}")))
            }
            _ => Ok(Self { offset: at, length: length.unwrap_or(rest) }),
        }
    }

    /// The same, for code that has made sure that `offset + length` is not a more than 64 bits can hold.
    pub(crate) const fn from_parts(offset: u64, length: u64) -> Self {
        Self { offset, length }
    }

    pub(crate) const fn offset(self) -> u64 {
        self.offset
    }

    /// Returns how many bytes it has.
    pub(crate) const fn length(self) -> u64 {
        self.length
    }

    pub(crate) const fn end(self) -> u64 {
        self.offset + self.length
    }

    /// Refuses a range that accesses of `width` cannot cover exactly.
    ///
    /// # Errors
    /// An offset or a length that is not a multiple of the width.
    pub(crate) fn check_width(self, object: &str, width: Width) -> Result<(), Error> {
        let bytes = width.bytes();
        for (name, value) in [("offset", self.offset), ("length", self.length)] {
            if value % bytes != 0 {
                let reason =
                    format!("{name} {value} is not a multiple of {bytes}, as aligned {width}-bit accesses require");
                return Err(Error::refused("access", object, reason));
            }
        }
        Ok(())
    }

    /// The range in pieces that end at multiples of `granule`, in order: all but the first and the
    /// last are whole granules.
    pub(crate) fn pieces(self, granule: u64) -> impl Iterator<Item = Self> {
        let mut at = self.offset;
        std::iter::from_fn(move || {
            let length = (granule - at % granule).min(self.end() - at);
            let piece = Self { offset: at, length };
            at += length;
            (length > 0).then_some(piece)
        })
    }

    /// At most `parts` ranges that follow one another, meet at multiples of `granule`, and differ in
    /// length by about a granule at most.
    pub(crate) fn split(self, parts: usize, granule: u64) -> Vec<Self> {
        let granules = self.end().div_ceil(granule) - self.offset / granule;
        let parts = u64::try_from(parts).unwrap_or(u64::MAX).clamp(1, granules);
        let border = |part: u64| {
            let whole = self.offset / granule + granules / parts * part + part.min(granules % parts);
            (whole * granule).clamp(self.offset, self.end())
        };
        (0..parts).map(|part| Self { offset: border(part), length: border(part + 1) - border(part) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(offset: u64, length: u64) -> ByteRange {
        ByteRange { offset, length }
    }

    #[test]
    fn range_without_a_length_reaches_to_the_end() {
        let within = |offset, length| ByteRange::within("x", 100, offset, length).unwrap();
        assert_eq!(within(None, None), range(0, 100));
        assert_eq!(within(Some(99), None), range(99, 1));
        assert_eq!(within(Some(3), Some(97)), range(3, 97));
    }

    #[test]
    fn ranges_outside_are_refused_with_the_numbers() {
        let text = |offset, length| ByteRange::within("x", 100, offset, length).unwrap_err().to_string();
        assert_eq!(text(None, Some(0)), "access x: the length must be greater than zero");
        assert_eq!(text(Some(100), None), "access x: offset 100 is at or beyond the end; the buffer has 100 bytes");
        assert_eq!(text(Some(4), Some(97)), "access x: range ends at 101, the buffer at 100");
        assert_eq!(ByteRange::within("x", 0, None, None).unwrap_err().to_string(), "access x: it is empty");
        // Sums that do not fit in 64 bits.
        assert!(text(Some(1), Some(u64::MAX)).contains("ends at 18446744073709551616,"));
        assert!(text(Some(u64::MAX), Some(u64::MAX)).contains("beyond the end"));
    }

    #[test]
    fn widths_want_their_multiples() {
        assert!(range(8, 16).check_width("x", Width::Bits64).is_ok());
        assert!(range(4, 16).check_width("x", Width::Bits64).is_err());
        assert!(range(8, 12).check_width("x", Width::Bits64).is_err());
        assert!(range(3, 5).check_width("x", Width::Bits8).is_ok());
    }

    #[test]
    fn pieces_end_at_multiples() {
        let pieces = |offset, length| range(offset, length).pieces(8).collect::<Vec<_>>();
        assert_eq!(pieces(3, 1), [range(3, 1)]);
        assert_eq!(pieces(3, 5), [range(3, 5)]);
        assert_eq!(pieces(7, 10), [range(7, 1), range(8, 8), range(16, 1)]);
        assert_eq!(range(u64::MAX - 3, 3).pieces(8).count(), 1);
    }

    #[test]
    fn parts_cover_the_range_once() {
        for offset in [0, 1, 7, 8, 9, 63] {
            for length in [1, 7, 8, 9, 64, 1000] {
                for jobs in [1, 2, 3, 7, 500] {
                    let parts = range(offset, length).split(jobs, 8);
                    assert!(parts.len() <= jobs);
                    assert!(parts.iter().all(|part| part.length > 0));
                    assert_eq!(parts[0].offset, offset);
                    assert_eq!(parts[parts.len() - 1].end(), offset + length);
                    assert!(parts.windows(2).all(|pair| pair[0].end() == pair[1].offset && pair[1].offset % 8 == 0));
                }
            }
        }
    }
}
