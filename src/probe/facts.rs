//! What kernel this is, as far as the rules and the results depend on it.

use crate::model::{Abi, Kernel, known_leak};
use std::time::Duration;

#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// The kernel, as far as the rules need to know it.
    pub kernel: Kernel,
    pub abi: AbiFound,
    /// `uname -r` and `uname -m`.
    pub release: String,
    /// Why there is no 32-bit entry, if there is none.
    pub no_compat: Option<String>,
    /// Whether the kernel's configuration has `CONFIG_SYNC_FILE`, where it can be read.
    pub sync_file: Option<bool>,
    /// Whether `dmaheap sim` answers.
    pub simulated: bool,
    /// How long a case may take here.
    pub limit: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AbiFound {
    Asked,
    /// Chosen with `--abi`.
    Forced,
    /// Not at all: these were the answers. Mainline's cases are run.
    Unknown(String),
    /// Nothing that is probed has one.
    NotAsked,
}

impl AbiFound {
    /// `asked`, `forced`, `unknown` or `none`.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Forced => "forced",
            Self::Unknown(_) => "unknown",
            Self::NotAsked => "none",
        }
    }
}

impl Facts {
    /// The ABI and how it is known, where that is not by asking: `mainline, forced`.
    pub(crate) fn abi_shown(&self) -> String {
        match self.abi {
            AbiFound::Asked => self.kernel.abi.name().to_owned(),
            AbiFound::Forced => format!("{}, forced", self.kernel.abi.name()),
            AbiFound::Unknown(_) => format!("unknown, as {}", self.kernel.abi.name()),
            AbiFound::NotAsked => "none".to_owned(),
        }
    }

    /// Returns what is said once about all results: who answered, by which ABI, before or after the fix.
    pub(crate) fn headline(&self) -> String {
        let fixed = if self.kernel.efault_fixed { "" } else { ", before the fix of the EFAULT leak" };
        let abi = match self.abi {
            AbiFound::NotAsked => String::new(),
            _ => format!(", ABI {}", self.abi_shown()),
        };
        format!("kernel {}{abi}{fixed}", self.release)
    }

    /// Says why the EFAULT leak that this kernel has shown may be there; the 2019 series closed the descriptor again.
    pub(crate) fn leak_is_known(&self) -> Option<String> {
        let may_leak = self.kernel.abi == Abi::Mainline && !self.kernel.efault_fixed;
        may_leak.then(|| known_leak(&self.release, self.simulated)).flatten()
    }
}
