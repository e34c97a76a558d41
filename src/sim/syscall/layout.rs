//! The structures of stat(2), statx(2) and statfs(2), byte by byte, in the layouts of every ABI.

use crate::sys::fd::status::{Device, FileSystem, Status};

/// A layout of `struct stat`, or `struct statx`.
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
    Statx,
}

impl StatLayout {
    /// For statx(2): `STATX_BASIC_STATS` and the birth. All times are one, since the simulator makes everything at once.
    pub(crate) fn encode(self, stat: &Status) -> Vec<u8> {
        const BASIC_STATS_AND_BIRTH: u64 = 0x0fff;
        let (dev, rdev) = (encoded(stat.device), encoded(stat.rdev));
        let (ino, links, size, blocks) = (stat.inode, stat.links, stat.size, stat.blocks);
        let [mode, uid, gid] = [stat.mode, stat.uid, stat.gid].map(u64::from);
        let (block_size, time) = (stat.block_size, stat.mtime as u64);
        let times = [time, 0, time, 0, time, 0];
        let bytes = StructBytes::default();
        match self {
            Self::X86_64 => bytes
                .words(8, &[dev, ino, links])
                .words(4, &[mode, uid, gid, 0])
                .words(8, &[rdev, size, block_size, blocks])
                .words(8, &times)
                .words(8, &[0; 3]),
            Self::Generic => bytes
                .words(8, &[dev, ino])
                .words(4, &[mode, links, uid, gid])
                .words(8, &[rdev, 0, size])
                .words(4, &[block_size, 0])
                .words(8, &[blocks])
                .words(8, &times)
                .words(8, &[0]),
            Self::I386 => bytes
                .words(4, &[dev, ino])
                .words(2, &[mode, links, uid, gid])
                .words(4, &[rdev, size, block_size, blocks])
                .words(4, &times)
                .words(4, &[0; 2]),
            Self::I386Wide => bytes
                .words(8, &[dev])
                .words(4, &[0, ino, mode, links, uid, gid])
                .words(8, &[rdev])
                .words(4, &[0])
                .words(8, &[size])
                .words(4, &[block_size])
                .words(8, &[blocks])
                .words(4, &times)
                .words(8, &[ino]),
            Self::Statx => {
                let [rdev, device] = [stat.rdev, stat.device].map(|it| [it.major, it.minor].map(u64::from));
                bytes
                    .words(4, &[BASIC_STATS_AND_BIRTH, block_size])
                    .words(8, &[0])
                    .words(4, &[links, uid, gid])
                    .words(2, &[mode, 0])
                    .words(8, &[ino, size, blocks, 0])
                    .words(8, &[time, 0])
                    .words(8, &times)
                    .words(4, &rdev)
                    .words(4, &device)
                    .words(8, &[0; 14])
            }
        }
        .0
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

/// The query of a statfs(2) call, and where its answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatfsCall {
    pub(crate) layout: StatfsLayout,
    pub(crate) into: u64,
    /// The size that callers of statfs64(2) and fstatfs64(2) pass.
    pub(crate) size: Option<u64>,
}

impl StatfsCall {
    /// `None`: the size is wrong. Programs pass 84 or, padded, 88.
    pub(crate) fn encode(&self, found: &FileSystem) -> Option<Vec<u8>> {
        let (word, count) = match self.layout {
            StatfsLayout::Bits64 => (8, 8),
            StatfsLayout::Bits32 => (4, 4),
            StatfsLayout::I386Wide => (4, 8),
        };
        let bytes = StructBytes::default()
            .words(word, &[found.kind, found.block_size])
            .words(count, &found.counts)
            .words(8, &[0])
            .words(word, &[found.name_max, found.fragment, found.flags])
            .words(word, &[0; 4]);
        self.size.is_none_or(|size| size == 84 || size == 88).then_some(bytes.0)
    }
}

/// `new_encode_dev`: how a `dev_t` goes to user space.
fn encoded(Device { major, minor }: Device) -> u64 {
    u64::from((minor & 0xff) | (major << 8) | ((minor & !0xff) << 12))
}

#[derive(Default)]
struct StructBytes(Vec<u8>);

impl StructBytes {
    /// Appends words of `width` bytes. Every machine here is little-endian.
    fn words(mut self, width: usize, words: &[u64]) -> Self {
        for word in words {
            self.0.extend(&word.to_le_bytes()[..width]);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_has_the_size_that_the_kernel_writes() {
        use StatLayout::{Generic, I386, I386Wide, Statx, X86_64};
        let sizes = [X86_64, Generic, I386, I386Wide, Statx].map(|layout| layout.encode(&Status::default()).len());
        assert_eq!(sizes, [144, 128, 64, 96, 256]);
        let sizes = [StatfsLayout::Bits64, StatfsLayout::Bits32, StatfsLayout::I386Wide]
            .map(|layout| StatfsCall { layout, into: 0, size: None }.encode(&FileSystem::default()).unwrap().len());
        assert_eq!(sizes, [120, 64, 84]);
    }

    #[test]
    fn a_device_number_is_encoded_as_the_kernel_does() {
        assert_eq!(encoded(Device { major: 0xfc, minor: 0x101 }), 0x0010_fc01);
    }
}
