//! The rules of the heaps framework, of both ABIs, as pure functions.
//!
//! Given a kernel, a request and what is at its pointer, these functions say what that kernel does,
//! byte by byte. They do no I/O, make no system call and do not know who asks: the simulator
//! behaves by them, the probe holds them against its own table and against a real kernel. Each rule
//! names the kernel function that it restates; where a rule depends on what cannot be known here
//! (the file system under a node, how a buffer's memory is cut into chunks) the answer says so
//! instead of guessing.
//!
//! - [`registry`]: heaps, their names and minors.
//! - [`vfs`]: what an ioctl means before any driver sees it.
//! - [`alloc`]: the allocation request of mainline and of the 2019 v12 series.
//! - [`node`]: file operations on an opened `/dev/dma_heap` node.
//! - [`dmabuf`]: requests and file operations on a buffer.
//! - [`udmabuf`]: the requests that make a buffer of memfds.

pub(crate) mod alloc;
pub(crate) mod dmabuf;
pub(crate) mod node;
pub(crate) mod registry;
pub(crate) mod udmabuf;
pub(crate) mod vfs;

mod access;
mod argument;
mod check;
mod errno;
mod fallocate;
mod kernel;
mod mapping;
mod operation;
mod release;
mod reply;
mod request;

pub(crate) use access::AccessMode;
pub(crate) use argument::Arg;
pub(crate) use check::Check;
pub(crate) use errno::Errno;
pub(crate) use kernel::{Abi, Kernel, LongBits};
pub(crate) use mapping::MmapRequest;
pub(crate) use operation::Operation;
pub(crate) use release::{Release, known_leak};
pub(crate) use reply::Reply;
pub(crate) use request::Request;
