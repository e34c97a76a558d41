//! The loops that make and compare patterns.

pub(crate) mod vector;
pub(crate) mod words;
