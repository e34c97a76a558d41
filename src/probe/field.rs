//! Values in requests that depend on the page size or on what is open.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Len {
    Bytes(u64),
    /// Pages, and this many bytes more or less.
    Pages(u64, i64),
    /// `u64::MAX` less this, and less than a page: it wraps to 0 when it is rounded.
    Wraps(u64),
    /// The least length that wraps: `u64::MAX` less a page, and 2 more.
    LeastThatWraps,
    /// The greatest length that does not wrap. For the OOM killer.
    GreatestThatDoesNot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fd {
    Number(u32),
    Open,
}

impl Fd {
    pub(super) const fn number(self, own: u32) -> u32 {
        match self {
            Self::Number(number) => number,
            Self::Open => own,
        }
    }
}

impl Len {
    pub(crate) const fn value(self, page_size: u64) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Pages(pages, more) => pages.wrapping_mul(page_size).wrapping_add_signed(more),
            Self::Wraps(less) => u64::MAX - less,
            Self::LeastThatWraps => u64::MAX - page_size + 2,
            Self::GreatestThatDoesNot => u64::MAX - page_size + 1,
        }
    }
}
