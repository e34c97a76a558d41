//! `struct open_how` of openat2(2).

use crate::sim::caller::Caller;
use crate::uapi::fcntl as uapi;

/// The arguments that the kernel accepts. `None` in their place: something that it refuses before it looks at the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenHow {
    pub(crate) flags: u32,
    pub(crate) resolve: u32,
}

/// `OPEN_HOW_SIZE_VER0`.
const SIZE: usize = 24;

impl OpenHow {
    /// The `size` bytes at `address` of the caller, by the rules of `copy_struct_from_user` and
    /// `build_open_flags` (fs/open.c) as of 6.12.
    pub(crate) fn read(caller: &Caller<'_>, address: u64, size: u64) -> Option<Self> {
        let mut bytes = vec![0; usize::try_from(size).ok().filter(|size| *size as u64 <= caller.page_size)?];
        if bytes.len() < SIZE || caller.read(address, &mut bytes) < bytes.len() {
            return None;
        }
        Self::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let [flags, mode, resolve] = [word(0)?, word(8)?, word(16)?];
        let (flags, resolve) = (u32::try_from(flags).ok()? & !uapi::FMODE_NONOTIFY, u32::try_from(resolve).ok()?);
        let creates = flags & uapi::O_CREAT != 0 || flags & uapi::O_TMPFILE_ONLY != 0;
        let allowed_mode = if creates { 0o7777 } else { 0 };
        let is_right = bytes.get(SIZE..)?.iter().all(|byte| *byte == 0)
            && flags & !uapi::OPEN_FLAGS == 0
            && resolve & !uapi::RESOLVE_FLAGS == 0
            && resolve & uapi::RESOLVE_INSIDE != uapi::RESOLVE_INSIDE
            && mode & !allowed_mode == 0
            && (flags & uapi::O_PATH == 0 || flags & !(uapi::PATH_FLAGS | uapi::O_CLOEXEC) == 0);
        is_right.then_some(Self { flags, resolve })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_how_that_the_kernel_refuses_is_not_read() {
        let parse = |words: &[u64]| {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
            OpenHow::parse(&bytes).map(|how| (how.flags, how.resolve))
        };
        assert_eq!(parse(&[2, 0, 0]), Some((2, 0)));
        assert_eq!(parse(&[2, 0, 8, 0]), Some((2, 8)));
        let path = u64::from(uapi::O_PATH);
        for wrong in [&[2, 0][..], &[2, 0, 0, 1], &[1 << 30, 0, 0], &[1 << 40, 0, 0], &[2, 0o600, 0], &[2, 0, 0x1000]] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
        assert_eq!((parse(&[2, 0, 0x18]), parse(&[path | 2, 0, 0])), (None, None));
    }
}
