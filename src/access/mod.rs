//! Why a node cannot be opened, and what would grant it.

pub(crate) mod acl;
pub(crate) mod caller;
pub(crate) mod denial;
mod grant;
