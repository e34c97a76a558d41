//! Why a node cannot be opened, and what would grant it.
//!
//! The kernel has refused already, and is asked why as far as it can be: access(2) by the rights that decide
//! distinguishes permissions from a device filter or a security module, fstatfs(2) shows a mount without devices. The
//! mode bits are compared only to find the words. Below another root nothing is asked. Begin with [`denial`]; [`grant`]
//! has the line that helps, [`advice`] those that depend on who runs this process.

pub(crate) mod advice;
mod caller;
pub(crate) mod denial;
mod grant;
