//! kernel-facts.md §1.3, and the row "node" of §8.

use super::{answer, mmap, open, status_flags};
use crate::model::{AccessMode, Errno, Kernel, LongBits, MmapRequest, Operation};
use proptest::prelude::*;

const KERNEL: Kernel = Kernel::DEBIAN_6_12;
const ONE_PAGE: MmapRequest = MmapRequest { len: 4096, offset: 0, write: false, exec: false, shared: true };

#[track_caller]
fn fails(access: AccessMode, operation: Operation, errno: Errno) {
    assert_eq!(answer(&KERNEL, access, operation), Err(errno), "{operation:?} {access:?}");
}

#[test]
fn a_node_is_neither_read_nor_written() {
    fails(AccessMode::ReadWrite, Operation::Read, Errno::EINVAL);
    fails(AccessMode::ReadWrite, Operation::Write, Errno::EINVAL);
    fails(AccessMode::ReadOnly, Operation::Read, Errno::EINVAL);
    fails(AccessMode::ReadOnly, Operation::Write, Errno::EBADF);
    fails(AccessMode::WriteOnly, Operation::Read, Errno::EBADF);
    fails(AccessMode::WriteOnly, Operation::Write, Errno::EINVAL);
}

#[test]
fn a_node_has_no_position() {
    for access in AccessMode::ALL {
        fails(access, Operation::Pread { offset: 0 }, Errno::ESPIPE);
        fails(access, Operation::Pwrite { offset: 0 }, Errno::ESPIPE);
        fails(access, Operation::Pread { offset: -1 }, Errno::EINVAL);
        for whence in 0..=4 {
            fails(access, Operation::Lseek { offset: 0, whence }, Errno::ESPIPE);
        }
        fails(access, Operation::Lseek { offset: 0, whence: 5 }, Errno::EINVAL);
    }
}

#[test]
fn a_node_is_always_ready_but_for_epoll() {
    assert_eq!(answer(&KERNEL, AccessMode::ReadOnly, Operation::Poll { events: 0xffff }), Ok(0x145));
    assert_eq!(answer(&KERNEL, AccessMode::ReadOnly, Operation::Poll { events: 1 }), Ok(1));
    fails(AccessMode::ReadWrite, Operation::EpollAdd, Errno::EPERM);
}

#[test]
fn a_node_has_no_size_and_no_seals() {
    for access in AccessMode::ALL {
        fails(access, Operation::Fsync, Errno::EINVAL);
        fails(access, Operation::Ftruncate { len: 0 }, Errno::EINVAL);
        fails(access, Operation::GetSeals, Errno::EINVAL);
    }
    fails(AccessMode::ReadWrite, Operation::Fallocate { mode: 0, offset: 0, len: 1 }, Errno::ENODEV);
    fails(AccessMode::ReadWrite, Operation::AddSeals { seals: 1 }, Errno::EINVAL);
    fails(AccessMode::ReadOnly, Operation::AddSeals { seals: 1 }, Errno::EPERM);
}

#[test]
fn a_node_cannot_be_mapped() {
    let mapped = |access, mapping: MmapRequest| mmap(&KERNEL, access, &mapping);
    let private = MmapRequest { shared: false, ..ONE_PAGE };
    assert_eq!(mapped(AccessMode::ReadWrite, ONE_PAGE), Errno::ENODEV);
    assert_eq!(mapped(AccessMode::ReadOnly, ONE_PAGE), Errno::ENODEV);
    assert_eq!(mapped(AccessMode::ReadOnly, MmapRequest { write: true, ..private }), Errno::ENODEV);
    assert_eq!(mapped(AccessMode::ReadOnly, MmapRequest { write: true, ..ONE_PAGE }), Errno::EACCES);
    assert_eq!(mapped(AccessMode::WriteOnly, ONE_PAGE), Errno::EACCES);
    assert_eq!(mapped(AccessMode::ReadWrite, MmapRequest { exec: true, ..ONE_PAGE }), Errno::ENODEV);
}

#[test]
fn the_flags_of_a_node_are_those_it_was_opened_with_less_those_that_act_once() {
    let large = status_flags(&KERNEL, 0);
    assert!(large == 0o100_000 || large == 0o400_000);
    assert_eq!(status_flags(&KERNEL, 0o2 | 0o100 | 0o200 | 0o400 | 0o1000 | 0o4000), large | 0o4002);
    let cloexec = crate::uapi::dma_heap::VALID_FD_FLAGS & !3;
    assert_eq!(status_flags(&KERNEL, cloexec | 1), large | 1);
    assert_eq!(status_flags(&Kernel { long_bits: LongBits::Bits32, ..KERNEL }, 1), 1);
}

proptest! {
    #[test]
    fn no_mapping_of_a_node_succeeds(len in any::<u64>(), offset in any::<u64>(), bits in any::<[bool; 4]>()) {
        let [write, exec, shared, narrow] = bits;
        let long_bits = if narrow { LongBits::Bits32 } else { LongBits::Bits64 };
        let kernel = Kernel { long_bits, ..KERNEL };
        for offset in [offset, offset & !4095, 0] {
            let mapping = MmapRequest { len, offset, write, exec, shared };
            for access in AccessMode::ALL {
                let errno = mmap(&kernel, access, &mapping);
                prop_assert!(errno.name().is_some());
            }
        }
    }
}

#[test]
fn a_node_cannot_be_opened_for_direct_access() {
    let direct = if cfg!(any(target_arch = "arm", target_arch = "aarch64")) { 0x1_0000 } else { 0x4000 };
    assert_eq!((open(2), open(direct | 2)), (Ok(()), Err(Errno::EINVAL)));
}
