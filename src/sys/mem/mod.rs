//! Mapped memory that others can write, and raw access to it.
//!
//! `mapping` is what the rest of the crate uses: a shared mapping that is read and written by copies, never through a
//! reference. It stands on `filemap`, which is mmap(2) and nothing more and is what probe's cases use, and on `fault`,
//! which ends the process with a report where the memory does not answer.

pub(crate) mod fault;
pub(crate) mod filemap;
pub(crate) mod mapping;
pub(crate) mod memfd;
