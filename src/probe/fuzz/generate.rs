//! Random requests, biased to the edges: mostly good, with a few parts that are not.

use crate::model::Abi;
use crate::probe::number::SafeNumber;
use crate::probe::request::{Fd, Fields, Ioctl, Len, Placement, RawRequest, Show};
use crate::random::Random;
use crate::uapi::dma_heap::MAGIC;
use crate::uapi::ioctl::{READ, SIZE_MAX, WRITE, ioc};
use crate::uapi::{dma_buf, fs};

/// Request number `index` of the sequence of `seed`: each can be made without those before it.
pub(crate) fn request(seed: u64, index: u64, abi: Abi, page_size: u64) -> RawRequest {
    let mut random = Random::new(Random::new(seed ^ index.wrapping_mul(0xd6e8_feb8_6659_fd93)).bits());
    loop {
        let request = one(&mut random);
        if request.is_modest(abi, page_size) {
            return request;
        }
    }
}

fn one(random: &mut Random) -> RawRequest {
    RawRequest {
        ioctl: ioctl(random),
        fields: fields(random),
        tail: random.pick(&[0, 0xff, 0x5a], 0),
        place: place(random),
        fd_high: high(random),
        request_high: high(random),
        show: Show::Pages,
        ..RawRequest::GOOD
    }
}

fn ioctl(random: &mut Random) -> Ioctl {
    if random.one_in(3) {
        return Ioctl::Alloc;
    }
    let direction = if random.one_in(4) { random.below(4) as u32 } else { READ | WRITE };
    let kind = if random.one_in(6) { random.bits() as u8 } else { MAGIC };
    let nr = if random.one_in(6) { random.bits() as u8 } else { 0 };
    let number = match random.below(12) {
        0 => random.bits() as u32,
        1 => random.pick(
            &[
                fs::FIOCLEX,
                fs::FIONCLEX,
                fs::FIOQSIZE,
                fs::FIGETBSZ,
                fs::FIEMAP,
                fs::GETFSUUID,
                dma_buf::IOCTL_SYNC,
                dma_buf::SET_NAME_B,
                0x5401,
                0x541b,
                0,
            ],
            0,
        ),
        _ => ioc(direction, kind, nr, size(random)),
    };
    SafeNumber::new(number).map_or(Ioctl::Alloc, Ioctl::Number)
}

fn size(random: &mut Random) -> u32 {
    match random.below(4) {
        0 => random.below(u64::from(SIZE_MAX) + 1) as u32,
        1 => random.below(64) as u32,
        _ => random.pick(
            &[0, 1, 4, 7, 8, 9, 11, 12, 15, 16, 23, 24, 25, 31, 32, 33, 40, 48, 127, 128, 129, 4096, SIZE_MAX],
            24,
        ),
    }
}

fn fields(random: &mut Random) -> Fields {
    let fd_flags = match random.below(8) {
        0 => 1 << random.below(32),
        1 => random.bits() as u32,
        _ => random.pick(&[0, 1, 2, 3, 0o2_000_000, 0o2_000_001, 0o2_000_002, 0o2_000_003], 2),
    };
    Fields {
        len: len(random),
        fd: Fd::Number(if random.one_in(8) { random.pick(&[1, 3, 256, 1 << 31, u32::MAX], 1) } else { 0 }),
        fd_flags,
        heap_flags: if random.one_in(8) { 1 << random.below(64) } else { 0 },
        reserved: if random.one_in(4) { [random.below(2) as u32, random.bits() as u32] } else { [0; 2] },
    }
}

fn len(random: &mut Random) -> Len {
    match random.below(16) {
        0 => Len::Bytes(0),
        1 => Len::Wraps(random.below(4)),
        2 => Len::LeastThatWraps,
        3 => Len::Bytes(random.below(64 * 1024)),
        4 => Len::Pages(16, random.pick(&[-1, 0, 1], 0)),
        _ => Len::Pages(random.below(3) + 1, random.pick(&[-1, 0, 1], 0)),
    }
}

fn place(random: &mut Random) -> Placement {
    match random.below(20) {
        0 => Placement::ReadOnly,
        1 => Placement::NoAccess,
        2 => random.pick(
            &[Placement::Null, Placement::One, Placement::MinusOne, Placement::Kernel, Placement::Freed],
            Placement::Null,
        ),
        3 => Placement::Straddling(random.below(24) as usize + 1),
        4 | 5 => Placement::Misaligned,
        6 | 7 => Placement::LastBytes,
        _ => Placement::Middle,
    }
}

fn high(random: &mut Random) -> u32 {
    if random.one_in(10) { random.bits() as u32 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_requests_are_neither_large_nor_forbidden() {
        let forbidden =
            [fs::FIFREEZE, fs::FITHAW, fs::SETFLAGS, fs::FSSETXATTR, fs::FICLONE, fs::FICLONERANGE, fs::FIDEDUPERANGE];
        for index in 0..10_000 {
            for (abi, page_size) in [(Abi::Mainline, 4096), (Abi::V12, 65_536)] {
                let request = request(7, index, abi, page_size);
                let low = request.number(abi).get() & 0xffff;
                assert!(forbidden.iter().all(|number| number & 0xffff != low), "{request:?}");
                assert!(request.is_modest(abi, page_size), "{request:?}");
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_requests() {
        assert_eq!(request(1, 5, Abi::Mainline, 4096), request(1, 5, Abi::Mainline, 4096));
        assert_ne!(request(1, 5, Abi::Mainline, 4096), request(2, 5, Abi::Mainline, 4096));
    }
}
