//! What an ioctl means before any driver sees it (`do_vfs_ioctl` of fs/ioctl.c).

use super::{Arg, Kernel, Reply, Request};

/// Which kind of file the request is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum File {
    /// An opened heap node: a character device on some file system.
    Node,
    /// A buffer: an anonymous inode of the kernel's own `dmabuf` file system.
    Buffer,
}

/// The VFS's own answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Answer {
    /// This, and nothing else changes.
    Reply(Reply),
    /// Success, and the file or its descriptor changes.
    Effect(Effect),
    /// It depends on what cannot be known here.
    Depends {
        /// On what.
        on: Dependence,
        /// What is usual: a node on devtmpfs or tmpfs, a caller without privileges, another file on
        /// another mount. `None` where it writes what only the file system knows.
        usual: Option<Reply>,
    },
}

/// What a successful request changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The descriptor's close-on-exec flag (FIOCLEX, FIONCLEX).
    CloseOnExec(bool),
    /// `O_NONBLOCK` of the open file, of all its descriptors (FIONBIO).
    Nonblock(bool),
}

/// What an answer may depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dependence {
    /// The file system that the node is on.
    FileSystem,
    /// The caller's privileges.
    Privilege,
    /// Another open file that the request names.
    OtherFile,
}

/// The VFS's answer to `request`, or `None` where it leaves the request to the driver.
#[must_use]
pub fn answer(kernel: &Kernel, request: Request, arg: &Arg<'_>, file: File) -> Option<Answer> {
    let _ = (kernel, request, arg, file);
    None
}
