//! An mmap(2) of a file, as far as the file decides.

/// The arguments of mmap(2) that reach a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// Bytes asked for; the kernel rounds up to pages.
    pub len: u64,
    /// Bytes from the start of the file.
    pub offset: u64,
    /// `PROT_WRITE`.
    pub write: bool,
    /// `PROT_EXEC`.
    pub exec: bool,
    /// `MAP_SHARED` or `MAP_SHARED_VALIDATE`, not `MAP_PRIVATE`.
    pub shared: bool,
}
