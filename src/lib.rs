//! Inspect and exercise Linux DMA-BUF heaps.
//!
//! This library is the tool: the binary of the same name only hands over to [`cli::run`].
//! Dependencies between the modules run one way, from the command line down to the kernel's
//! headers; `tests/host/architecture.rs` fails on a reversed one and CONTRIBUTING.md draws the map.

#![cfg_attr(not(test), deny(unused_crate_dependencies))]
#![deny(unsafe_code)]

#[cfg(not(target_os = "linux"))]
compile_error!("DMA-BUF heaps are a Linux framework");

mod access;
mod args;
mod bench;
mod capacity;
pub mod cli;
mod cmd;
mod dmabuf;
mod doctor;
mod error;
pub mod exit;
#[cfg(fuzzing)]
pub mod fuzz;
mod heap;
mod holders;
mod host;
mod import;
mod model;
mod pass;
mod pattern;
mod probe;
mod quote;
mod random;
mod sim;
mod size;
mod stats;
mod stress;
mod sys;
mod uapi;
mod ui;
