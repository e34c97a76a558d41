//! Error numbers, by value.

use std::fmt;

/// An error number of `include/uapi/asm-generic/errno{-base,}.h`.
///
/// The numbers are the generic ones, which every supported architecture has (alpha, mips, parisc and sparc differ).
/// This is not a `sys::Errno`: the rules must not depend on the code that calls the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Errno(i32);

macro_rules! errnos {
    ($($name:ident = $value:literal,)*) => {
        impl Errno {
            $(pub(crate) const $name: Self = Self($value);)*

            /// The name as the header spells it; `None` for a number that no rule gives.
            pub(crate) const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

errnos! {
    EPERM = 1,
    EIO = 5,
    ENXIO = 6,
    EBADF = 9,
    ENOMEM = 12,
    EACCES = 13,
    EFAULT = 14,
    EXDEV = 18,
    ENODEV = 19,
    EINVAL = 22,
    ENFILE = 23,
    EMFILE = 24,
    ENOTTY = 25,
    ESPIPE = 29,
    EOVERFLOW = 75,
    EBADFD = 77,
    EOPNOTSUPP = 95,
}

impl Errno {
    /// The error of number `raw`, as a platform may give one that no rule here knows.
    pub(crate) const fn from_raw(raw: i32) -> Self {
        Self(raw)
    }

    pub(crate) const fn raw(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "errno {}", self.0),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Errno {}
