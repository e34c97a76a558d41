//! Inspect and exercise Linux DMA-BUF heaps.
//!
//! This library is the tool: the binary of the same name only hands over to [`cli::run`].
//! Dependencies between the modules run one way, from the command line down to the kernel's
//! headers; `tests/host/architecture.rs` fails on a reversed one and CONTRIBUTING.md draws the map.

#[cfg(not(target_os = "linux"))]
compile_error!("DMA-BUF heaps are a Linux framework");

pub mod bench;
pub mod buffer;
pub mod cli;
pub mod cmd;
pub mod doctor;
pub mod error;
pub mod exit;
#[cfg(fuzzing)]
pub mod fuzz;
pub mod handover;
pub mod heap;
pub mod holders;
pub mod limits;
pub mod machine;
pub mod measure;
pub mod model;
pub mod options;
pub mod pattern;
pub mod probe;
pub mod procfs;
pub mod quote;
pub mod random;
pub mod report;
pub mod sim;
pub mod size;
pub mod stress;
pub mod sys;
pub mod uapi;
