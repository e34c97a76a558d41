//! The access mode of an open file.

/// The `O_ACCMODE` bits of a file: all four values exist, and a buffer may have any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AccessMode {
    /// `O_RDONLY`, 0.
    ReadOnly,
    /// `O_WRONLY`, 1.
    WriteOnly,
    /// `O_RDWR`, 2.
    ReadWrite,
    /// `O_ACCMODE`, 3: neither (`OPEN_FMODE` of `include/linux/fs.h`). A buffer of this kind can be
    /// passed on and imported, but not mapped.
    Neither,
}

impl std::fmt::Display for AccessMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ReadOnly => "O_RDONLY",
            Self::WriteOnly => "O_WRONLY",
            Self::ReadWrite => "O_RDWR",
            Self::Neither => "O_ACCMODE",
        })
    }
}

impl AccessMode {
    /// `O_ACCMODE`.
    pub(crate) const MASK: u32 = 3;
    /// Every access mode, in the order of its number.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 4] = [Self::ReadOnly, Self::WriteOnly, Self::ReadWrite, Self::Neither];

    /// The access mode in `flags`, as of open(2) or of an allocation; other bits are ignored.
    pub(crate) const fn from_flags(flags: u32) -> Self {
        match flags & Self::MASK {
            0 => Self::ReadOnly,
            1 => Self::WriteOnly,
            2 => Self::ReadWrite,
            _ => Self::Neither,
        }
    }

    /// The `O_*` value.
    pub(crate) const fn flags(self) -> u32 {
        match self {
            Self::ReadOnly => 0,
            Self::WriteOnly => 1,
            Self::ReadWrite => 2,
            Self::Neither => 3,
        }
    }

    /// `FMODE_READ`.
    pub(crate) const fn can_read(self) -> bool {
        matches!(self, Self::ReadOnly | Self::ReadWrite)
    }

    /// `FMODE_WRITE`.
    pub(crate) const fn can_write(self) -> bool {
        matches!(self, Self::WriteOnly | Self::ReadWrite)
    }
}
