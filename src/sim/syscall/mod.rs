//! System calls as they arrive: which of them the filter traps in each ABI, what their arguments mean, and how the
//! structures that they fill are laid out. Nothing here knows what the answer is. Begin with `table.rs`, which has a row
//! for each call that is trapped; `filter.rs` makes the BPF program of it, and `decode.rs` has the terms in which the
//! answers are thought out.

pub(crate) mod abi;
pub(crate) mod decode;
pub(crate) mod filter;
pub(crate) mod layout;
pub(crate) mod open_how;
pub(crate) mod table;
pub(crate) mod unsupported;
