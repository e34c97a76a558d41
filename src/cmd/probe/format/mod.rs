//! What `probe` prints besides tables and JSON: one file a format, each of which turns findings into text.

mod heaps;
pub mod junit;
pub mod ktap;
pub mod lava;
#[cfg(test)]
mod tests;
pub mod verdicts;
