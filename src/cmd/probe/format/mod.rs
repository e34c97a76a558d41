//! What `probe` prints besides tables and JSON: one file a format, each of which turns findings into text.

mod heaps;
pub(crate) mod junit;
pub(crate) mod ktap;
pub(crate) mod lava;
#[cfg(test)]
mod tests;
pub(crate) mod verdicts;
