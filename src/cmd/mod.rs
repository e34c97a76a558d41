//! One file per verb: its arguments, whose comments are its help, and `run`.

pub mod alloc;
pub mod bench;
pub mod buffer_row;
pub mod buffers;
mod detach;
pub mod doctor;
pub mod dump;
pub mod exec;
pub mod fill;
mod filled;
pub mod generate;
pub mod hold;
pub mod info;
pub mod limits;
pub mod list;
pub mod load;
pub mod manual;
pub mod probe;
pub mod recv;
pub mod send;
pub mod sim;
mod sim_manual;
pub mod stress;
pub mod verify;

pub use manual::{Block, Manual};

/// A command line that clap accepted and the verb cannot: it ends like every other usage error.
#[derive(Debug)]
pub struct UsageError(pub String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}
