//! The structures of stat(2), statx(2) and statfs(2), byte by byte, in every numbering's layout.

use crate::sys::fd::status::{self, Device, Status};

/// What stat(2) tells of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) device: Numbers,
    pub(crate) inode: u64,
    pub(crate) links: u32,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) special: Numbers,
    pub(crate) size: u64,
    pub(crate) block_size: u32,
    pub(crate) blocks: u64,
    /// Seconds of last access, modification, status change and birth; the simulator makes everything at once.
    pub(crate) time: i64,
}

/// A device number, 0:0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

impl Numbers {
    /// `new_encode_dev`: how a `dev_t` goes to user space.
    const fn encoded(self) -> u32 {
        (self.minor & 0xff) | (self.major << 8) | ((self.minor & !0xff) << 12)
    }
}

impl From<Device> for Numbers {
    fn from(device: Device) -> Self {
        Self { major: device.major, minor: device.minor }
    }
}

impl From<&Status> for Stat {
    fn from(status: &Status) -> Self {
        Self {
            device: status.device.into(),
            inode: status.inode,
            links: u32::try_from(status.links).unwrap_or(u32::MAX),
            mode: status.mode,
            uid: status.uid,
            gid: status.gid,
            special: status.kind.device().unwrap_or_default().into(),
            size: status.size,
            block_size: u32::try_from(status.block_size).unwrap_or(u32::MAX),
            blocks: status.blocks,
            time: status.modified,
        }
    }
}

/// A layout of `struct stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatLayout {
    /// `arch/x86/include/uapi/asm/stat.h`, 64 bits.
    X86_64,
    /// `include/uapi/asm-generic/stat.h`, 64 bits.
    Generic,
    /// `struct stat` of i386.
    I386,
    /// `struct stat64` of i386.
    I386Wide,
}

impl StatLayout {
    /// The layout that fstatat(2) uses where [`self`](Self) is the one of stat(2).
    pub(crate) const fn wide(self) -> Self {
        match self {
            Self::I386 => Self::I386Wide,
            other => other,
        }
    }
}

/// A layout of `struct statfs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatfsLayout {
    /// Every word has 64 bits: 120 bytes.
    Bits64,
    /// Every word has 32 bits: 64 bytes.
    Bits32,
    /// `struct compat_statfs64`: counts have 64 bits, the rest 32: 84 bytes.
    I386Wide,
}

/// What statfs(2) tells of a file system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statfs {
    pub(crate) kind: u64,
    pub(crate) block_size: u64,
    /// Blocks: all, free, available; inodes: all, free.
    pub(crate) counts: [u64; 5],
    pub(crate) name_max: u64,
    pub(crate) fragment: u64,
    pub(crate) flags: u64,
}

impl From<status::FileSystem> for Statfs {
    fn from(found: status::FileSystem) -> Self {
        let status::FileSystem { kind, block_size, counts, name_max, fragment, flags } = found;
        Self { kind, block_size, counts, name_max, fragment, flags }
    }
}

/// Puts numbers one behind the other.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn u16(&mut self, value: u32) -> &mut Self {
        self.0.extend((value as u16).to_ne_bytes());
        self
    }
    fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend(value.to_ne_bytes());
        self
    }
    fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend(value.to_ne_bytes());
        self
    }
    fn zeros(&mut self, count: usize) -> &mut Self {
        self.0.resize(self.0.len() + count, 0);
        self
    }
    fn times(&mut self, seconds: i64, wide: bool) -> &mut Self {
        for _ in 0..3 {
            if wide {
                self.u64(seconds as u64).u64(0);
            } else {
                self.u32(seconds as u32).u32(0);
            }
        }
        self
    }
}

impl Stat {
    /// The bytes of `struct stat` in `layout`.
    pub(crate) fn encode(&self, layout: StatLayout) -> Vec<u8> {
        let mut bytes = Bytes::default();
        let (dev, rdev) = (self.device.encoded(), self.special.encoded());
        match layout {
            StatLayout::X86_64 => bytes
                .u64(dev.into())
                .u64(self.inode)
                .u64(self.links.into())
                .u32(self.mode)
                .u32(self.uid)
                .u32(self.gid)
                .u32(0)
                .u64(rdev.into())
                .u64(self.size)
                .u64(self.block_size.into())
                .u64(self.blocks)
                .times(self.time, true)
                .zeros(24),
            StatLayout::Generic => bytes
                .u64(dev.into())
                .u64(self.inode)
                .u32(self.mode)
                .u32(self.links)
                .u32(self.uid)
                .u32(self.gid)
                .u64(rdev.into())
                .u64(0)
                .u64(self.size)
                .u32(self.block_size)
                .u32(0)
                .u64(self.blocks)
                .times(self.time, true)
                .zeros(8),
            StatLayout::I386 => bytes
                .u32(dev)
                .u32(self.inode as u32)
                .u16(self.mode)
                .u16(self.links)
                .u16(self.uid)
                .u16(self.gid)
                .u32(rdev)
                .u32(self.size as u32)
                .u32(self.block_size)
                .u32(self.blocks as u32)
                .times(self.time, false)
                .zeros(8),
            StatLayout::I386Wide => bytes
                .u64(dev.into())
                .zeros(4)
                .u32(self.inode as u32)
                .u32(self.mode)
                .u32(self.links)
                .u32(self.uid)
                .u32(self.gid)
                .u64(rdev.into())
                .zeros(4)
                .u64(self.size)
                .u32(self.block_size)
                .u64(self.blocks)
                .times(self.time, false)
                .u64(self.inode),
        };
        bytes.0
    }

    /// The bytes of `struct statx`: `STATX_BASIC_STATS` and the birth.
    pub(crate) fn encode_statx(&self) -> Vec<u8> {
        const BASIC_STATS_AND_BIRTH: u32 = 0x0fff;
        let mut bytes = Bytes::default();
        bytes
            .u32(BASIC_STATS_AND_BIRTH)
            .u32(self.block_size)
            .u64(0)
            .u32(self.links)
            .u32(self.uid)
            .u32(self.gid)
            .u16(self.mode)
            .u16(0)
            .u64(self.inode)
            .u64(self.size)
            .u64(self.blocks)
            .u64(0);
        for _ in 0..4 {
            bytes.u64(self.time as u64).u64(0);
        }
        for number in [self.special, self.device] {
            bytes.u32(number.major).u32(number.minor);
        }
        bytes.zeros(256 - 144);
        bytes.0
    }
}

impl Statfs {
    /// The bytes of `struct statfs` in `layout`.
    pub(crate) fn encode(&self, layout: StatfsLayout) -> Vec<u8> {
        let mut bytes = Bytes::default();
        let tail = [self.name_max, self.fragment, self.flags];
        match layout {
            StatfsLayout::Bits64 => {
                bytes.u64(self.kind).u64(self.block_size);
                for count in self.counts {
                    bytes.u64(count);
                }
                bytes.u64(0);
                for word in tail {
                    bytes.u64(word);
                }
                bytes.zeros(32);
            }
            StatfsLayout::Bits32 => {
                bytes.u32(self.kind as u32).u32(self.block_size as u32);
                for count in self.counts {
                    bytes.u32(count as u32);
                }
                bytes.u64(0);
                for word in tail {
                    bytes.u32(word as u32);
                }
                bytes.zeros(16);
            }
            StatfsLayout::I386Wide => {
                bytes.u32(self.kind as u32).u32(self.block_size as u32);
                for count in self.counts {
                    bytes.u64(count);
                }
                bytes.u64(0);
                for word in tail {
                    bytes.u32(word as u32);
                }
                bytes.zeros(16);
            }
        }
        bytes.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_has_the_size_that_the_kernel_writes() {
        let stat = Stat::default();
        let sizes = [StatLayout::X86_64, StatLayout::Generic, StatLayout::I386, StatLayout::I386Wide]
            .map(|layout| stat.encode(layout).len());
        assert_eq!(sizes, [144, 128, 64, 96]);
        assert_eq!(stat.encode_statx().len(), 256);
        let sizes = [StatfsLayout::Bits64, StatfsLayout::Bits32, StatfsLayout::I386Wide]
            .map(|layout| Statfs::default().encode(layout).len());
        assert_eq!(sizes, [120, 64, 84]);
    }

    #[test]
    fn a_device_number_is_encoded_as_the_kernel_does() {
        assert_eq!(Numbers { major: 0xfc, minor: 0x101 }.encoded(), 0x0010_fc01);
    }
}
