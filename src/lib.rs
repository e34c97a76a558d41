//! Inspect and exercise Linux DMA-BUF heaps.
//!
//! This library is the tool: the binary of the same name only hands over to [`cli::run`].
//! Dependencies between the modules run one way, from the command line down to the kernel's
//! headers; `tests/architecture.rs` fails on a reversed one and CONTRIBUTING.md draws the map.

#[cfg(not(target_os = "linux"))]
compile_error!("DMA-BUF heaps are a Linux framework");

pub mod cli;
pub mod error;
pub mod exit;
pub mod machine;
pub mod model;
pub mod procfs;
pub mod sys;
pub mod uapi;
