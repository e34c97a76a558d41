//! The objects that the simulator adds to the file system, and how a path leads to one. Begin with `tree.rs`, which
//! holds them; `resolve.rs` walks a path among them and asks `external.rs` about everything else on the way;
//! `backing.rs` is the real directory that is opened in place of a simulated one, and `open_files.rs` remembers
//! the descriptors that were given for nodes.

pub(crate) mod backing;
pub(crate) mod device_list;
pub(crate) mod external;
pub(crate) mod open_files;
pub(crate) mod resolve;
pub(crate) mod tree;
