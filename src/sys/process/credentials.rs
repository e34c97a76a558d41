//! The user and the groups of this process.

/// Whom the kernel takes this process for when it checks permission bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserIds {
    pub uid: u32,
    /// Effective group first, then the supplementary ones.
    pub groups: Vec<u32>,
}

impl UserIds {
    pub(crate) fn of_this_process() -> Self {
        let mut groups = vec![nix::unistd::getegid().as_raw()];
        groups.extend(nix::unistd::getgroups().unwrap_or_default().into_iter().map(nix::unistd::Gid::as_raw));
        Self { uid: effective_user(), groups }
    }
}

pub(crate) fn effective_user() -> u32 {
    nix::unistd::geteuid().as_raw()
}
