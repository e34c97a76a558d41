//! Mapped memory that others can write, and raw access to it.

pub(crate) mod bytes;
pub(crate) mod fault;
pub(crate) mod filemap;
pub(crate) mod mapping;
