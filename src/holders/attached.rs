//! Which devices are attached to one buffer.

use super::{ReadState, kernel};
use crate::host::Root;
use crate::host::parse::bufinfo::Devices;
use crate::sys::{Errno, errno_name};

/// The devices of a buffer, as far as debugfs shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Attached {
    Devices(Devices),
    /// It cannot be known, and why.
    Unknown(String),
}

impl Attached {
    /// Asks `bufinfo`, the only file that names the devices.
    pub(crate) fn to(root: &Root, inode: u64) -> Self {
        let mut devices = None;
        let source = kernel::read_bufinfo(root, |record| {
            if record.inode == inode {
                devices = Some(record.devices);
            }
        });
        if let ReadState::Failed(errno) = source {
            return Self::Unknown(match errno {
                Errno::ENOENT => "no dma_buf/bufinfo in debugfs".to_owned(),
                Errno::EACCES => "dma_buf/bufinfo in debugfs is for root only".to_owned(),
                _ => format!("dma_buf/bufinfo in debugfs cannot be read ({})", errno_name(errno)),
            });
        }
        match devices {
            Some(devices) => Self::Devices(devices),
            None => Self::Unknown("dma_buf/bufinfo in debugfs does not list it".to_owned()),
        }
    }

    /// The devices, where they are known.
    pub(crate) fn devices(&self) -> Option<&Devices> {
        match self {
            Self::Devices(devices) => Some(devices),
            Self::Unknown(_) => None,
        }
    }

    /// Says what a check by the processor cannot prove: without a device nothing else has accessed the memory.
    pub(crate) fn caveat(&self) -> Option<String> {
        match self {
            Self::Devices(devices) if devices.is_empty() => {
                Some("checked by the CPU only: no device is attached, so coherency was not tested".to_owned())
            }
            Self::Devices(_) => None,
            Self::Unknown(why) => Some(format!(
                "checked by the CPU only: attached devices are unknown ({why}), so coherency may not have been tested"
            )),
        }
    }
}
