//! What only the simulator asks of the kernel: the seccomp listener, its clients, their memory and files.

pub(crate) mod impersonation;
pub(crate) mod launch;
pub(crate) mod memfd_watch;
pub(crate) mod placeholder;
pub(crate) mod remote;
pub(crate) mod scratch;
pub(crate) mod seccomp;
