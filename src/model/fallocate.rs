//! fallocate(2) on a file that is neither regular nor a block device.

use super::{AccessMode, Errno, Kernel, Release};

const KEEP_SIZE: u32 = 0x01;
const PUNCH_HOLE: u32 = 0x02;
const COLLAPSE_RANGE: u32 = 0x08;
const ZERO_RANGE: u32 = 0x10;
const INSERT_RANGE: u32 = 0x20;
const UNSHARE_RANGE: u32 = 0x40;
const WRITE_ZEROES: u32 = 0x80;

/// Returns the error of `vfs_fallocate`: what is asked for is looked at before who may ask, and that before the kind of
/// the file.
pub(super) fn error(kernel: &Kernel, access: AccessMode, mode: u32, offset: i64, len: i64) -> Errno {
    if offset < 0 || len <= 0 {
        return Errno::EINVAL;
    }
    if let Some(errno) = mode_error(kernel, mode) {
        return errno;
    }
    if access.can_write() { Errno::ENODEV } else { Errno::EBADF }
}

/// A mode that no file supports. 6.12 made one question of them ("fs: sort out the fallocate mode vs
/// flag mess") and one answer.
fn mode_error(kernel: &Kernel, mode: u32) -> Option<Errno> {
    if kernel.release < Release(6, 12) { mode_error_before_6_12(mode) } else { mode_error_since_6_12(kernel, mode) }
}

fn mode_error_before_6_12(mode: u32) -> Option<Errno> {
    const SUPPORTED: u32 = KEEP_SIZE | PUNCH_HOLE | COLLAPSE_RANGE | ZERO_RANGE | INSERT_RANGE | UNSHARE_RANGE;
    let has = |bits: u32| mode & bits != 0;
    if has(!SUPPORTED) || (has(PUNCH_HOLE) && (has(ZERO_RANGE) || !has(KEEP_SIZE))) {
        return Some(Errno::EOPNOTSUPP);
    }
    let alone = |bit: u32, beside: u32| has(bit) && has(!(bit | beside));
    (alone(COLLAPSE_RANGE, 0) || alone(INSERT_RANGE, 0) || alone(UNSHARE_RANGE, KEEP_SIZE)).then_some(Errno::EINVAL)
}

fn mode_error_since_6_12(kernel: &Kernel, mode: u32) -> Option<Errno> {
    let keep_size = mode & KEEP_SIZE != 0;
    let supported = match mode & !KEEP_SIZE {
        0 | UNSHARE_RANGE | ZERO_RANGE => true,
        PUNCH_HOLE => keep_size,
        COLLAPSE_RANGE | INSERT_RANGE => !keep_size,
        WRITE_ZEROES => !keep_size && kernel.release >= Release(6, 17),
        _ => false,
    };
    (!supported).then_some(Errno::EOPNOTSUPP)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KERNEL: Kernel = Kernel::DEBIAN_6_12;

    #[test]
    fn a_plain_request_reaches_the_kind_of_the_file() {
        assert_eq!(error(&KERNEL, AccessMode::ReadWrite, 0, 0, 4096), Errno::ENODEV);
        assert_eq!(error(&KERNEL, AccessMode::WriteOnly, KEEP_SIZE, 0, 1), Errno::ENODEV);
        assert_eq!(error(&KERNEL, AccessMode::ReadOnly, 0, 0, 4096), Errno::EBADF);
        assert_eq!(error(&KERNEL, AccessMode::Neither, 0, 0, 4096), Errno::EBADF);
    }

    #[test]
    fn the_range_is_looked_at_first() {
        assert_eq!(error(&KERNEL, AccessMode::ReadOnly, u32::MAX, -1, 4096), Errno::EINVAL);
        assert_eq!(error(&KERNEL, AccessMode::ReadOnly, u32::MAX, 0, 0), Errno::EINVAL);
        assert_eq!(error(&KERNEL, AccessMode::ReadOnly, u32::MAX, 0, 1), Errno::EOPNOTSUPP);
    }

    #[test]
    fn a_mode_of_two_operations_is_einval_before_6_12_and_eopnotsupp_since() {
        let mode = COLLAPSE_RANGE | INSERT_RANGE;
        let before = Kernel { release: Release(6, 11), ..KERNEL };
        assert_eq!(error(&before, AccessMode::ReadWrite, mode, 0, 1), Errno::EINVAL);
        assert_eq!(error(&KERNEL, AccessMode::ReadWrite, mode, 0, 1), Errno::EOPNOTSUPP);
        assert_eq!(error(&before, AccessMode::ReadWrite, PUNCH_HOLE, 0, 1), Errno::EOPNOTSUPP);
        assert_eq!(error(&KERNEL, AccessMode::ReadWrite, PUNCH_HOLE, 0, 1), Errno::EOPNOTSUPP);
    }

    #[test]
    fn writing_zeroes_came_with_6_17() {
        let since = Kernel { release: Release(6, 17), ..KERNEL };
        assert_eq!(error(&KERNEL, AccessMode::ReadWrite, WRITE_ZEROES, 0, 1), Errno::EOPNOTSUPP);
        assert_eq!(error(&since, AccessMode::ReadWrite, WRITE_ZEROES, 0, 1), Errno::ENODEV);
    }
}
