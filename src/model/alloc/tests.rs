//! kernel-facts.md §8 row by row (measured on Debian's 6.12.117), §1.2 where nothing was measured, and
//! what must hold for any input.

use super::{AllocationPlan, FdFate, Outcome};
use crate::model::node::{Decision, ioctl as decide};
use crate::model::{Abi, AccessMode, Arg, Errno, Kernel, LongBits, Release, Reply, Request};
use proptest::prelude::*;

const MAINLINE: Kernel = Kernel::DEBIAN_6_12;
const BEFORE_FIX: Kernel = Kernel { efault_fixed: false, ..MAINLINE };
const V12: Kernel = Kernel { abi: Abi::V12, ..MAINLINE };
/// `_IOWR('H', 0, 24)` and `_IOWR('H', 0, 32)`.
const ALLOC: u32 = 0xc018_4800;
const ALLOC_V12: u32 = 0xc020_4800;
const CLOEXEC: u32 = crate::uapi::dma_heap::VALID_FD_FLAGS & !3;

/// len, fd, `fd_flags`, `heap_flags`, reserved words, and 16 KiB of garbage after them.
fn data(len: u64, fd: u32, fd_flags: u32, heap_flags: u64, reserved: [u32; 2]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(len.to_ne_bytes());
    bytes.extend(fd.to_ne_bytes());
    bytes.extend(fd_flags.to_ne_bytes());
    bytes.extend(heap_flags.to_ne_bytes());
    bytes.extend(reserved.iter().flat_map(|word| word.to_ne_bytes()));
    bytes.resize(16384, 0xa5);
    bytes
}

fn len(len: u64) -> Vec<u8> {
    data(len, 0, 2, 0, [0; 2])
}

#[track_caller]
fn rejects(kernel: &Kernel, request: u32, bytes: &[u8], errno: Errno) {
    match decide(kernel, Request::new(request), &Arg::new(bytes)) {
        Decision::Reject(reply) => assert_eq!(reply.result, Err(errno), "{request:#x}"),
        other => panic!("{request:#x}: {other:?}"),
    }
}

#[track_caller]
fn plans(kernel: &Kernel, request: u32, arg: &Arg<'_>) -> AllocationPlan {
    match decide(kernel, Request::new(request), arg) {
        Decision::Allocate(plan) => plan,
        other => panic!("{request:#x}: {other:?}"),
    }
}

#[track_caller]
fn allocates(kernel: &Kernel, request: u32, bytes: &[u8], fd: FdFate) -> (AllocationPlan, Outcome) {
    let plan = plans(kernel, request, &Arg::new(bytes));
    let outcome = plan.clone().finish(Ok(7));
    assert_eq!(outcome.result, Ok(0), "{request:#x}");
    assert_eq!(outcome.fd, fd, "{request:#x}");
    (plan, outcome)
}

/// A request whose caller learns of the new fd.
#[track_caller]
fn accepts(kernel: &Kernel, request: u32, bytes: &[u8]) {
    _ = allocates(kernel, request, bytes, FdFate::Returned);
}

fn each_abi(test: impl Fn(&Kernel, u32)) {
    test(&MAINLINE, ALLOC);
    test(&V12, ALLOC_V12);
}

#[test]
fn access_modes_are_accepted_with_and_without_cloexec() {
    each_abi(|kernel, request| {
        for access in AccessMode::ALL {
            for (cloexec, close_on_exec) in [(0, false), (CLOEXEC, true)] {
                let bytes = data(4096, 0, access.flags() | cloexec, 0, [0; 2]);
                let (plan, _) = allocates(kernel, request, &bytes, FdFate::Returned);
                assert_eq!((plan.access(), plan.close_on_exec()), (access, close_on_exec));
            }
        }
    });
}

#[test]
fn every_other_bit_of_the_flags_is_einval() {
    each_abi(|kernel, request| {
        for bit in (2..32).filter(|bit| 1 << bit != CLOEXEC) {
            rejects(kernel, request, &data(4096, 0, 1 << bit, 0, [0; 2]), Errno::EINVAL);
        }
        for bit in 0..64 {
            rejects(kernel, request, &data(4096, 0, 2, 1 << bit, [0; 2]), Errno::EINVAL);
        }
    });
}

#[test]
fn an_fd_on_the_way_in_is_einval() {
    each_abi(|kernel, request| {
        for fd in [1, u32::MAX] {
            rejects(kernel, request, &data(4096, fd, 2, 0, [0; 2]), Errno::EINVAL);
        }
    });
}

#[test]
fn lengths_are_rounded_up_to_pages_and_not_written_back() {
    each_abi(|kernel, request| {
        // The last one is not rejected: the system heap then allocates until the OOM killer runs.
        let rows =
            [(1, 4096), (4095, 4096), (4096, 4096), (4097, 8192), (0xffff_ffff_ffff_f000, 0xffff_ffff_ffff_f000)];
        for (asked, rounded) in rows {
            let bytes = len(asked);
            let (plan, outcome) = allocates(kernel, request, &bytes, FdFate::Returned);
            assert_eq!(plan.len(), rounded);
            let size = Request::new(request).size();
            let mut expected = bytes[..size].to_vec();
            expected[8..12].copy_from_slice(&7u32.to_ne_bytes());
            assert_eq!(outcome.copy_out, expected, "only the fd changes");
        }
    });
}

#[test]
fn lengths_of_no_page_are_einval() {
    each_abi(|kernel, request| {
        for asked in [0, u64::MAX, u64::MAX - 4094] {
            rejects(kernel, request, &len(asked), Errno::EINVAL);
        }
    });
}

#[test]
fn mainline_rejects_other_numbers_with_einval() {
    const TCGETS: u32 = 0x5401;
    const FIONREAD: u32 = 0x541b;
    for request in [0x4801, 0xc018_4801, 0xc018_4802, 0xc018_4803, 0xc018_48ff, TCGETS, FIONREAD, 0] {
        rejects(&MAINLINE, request, &len(4096), Errno::EINVAL);
    }
}

#[test]
fn mainline_does_not_look_at_the_type() {
    for request in [0xc018_5800, 0xc018_0000] {
        accepts(&MAINLINE, request, &len(4096));
    }
}

#[test]
fn mainline_rejects_requests_that_bring_no_length() {
    for request in [0x4800, 0x0018_4800, 0x8018_4800, 0xc000_4800] {
        rejects(&MAINLINE, request, &len(4096), Errno::EINVAL);
    }
}

#[test]
fn mainline_hides_the_fd_from_requests_that_do_not_reach_it() {
    for request in [0x4018_4800, 0xc004_4800, 0xc008_4800] {
        let (_, outcome) = allocates(&MAINLINE, request, &len(4096), FdFate::Hidden);
        assert!(outcome.copy_out.iter().eq(len(4096).iter().take(outcome.copy_out.len())));
    }
    for (size, low_bytes) in [(9, 1), (10, 2), (11, 3)] {
        let (_, outcome) = allocates(&MAINLINE, 0xc000_4800 | size << 16, &len(4096), FdFate::PartlyReturned);
        assert_eq!(outcome.copy_out[8..], 7u32.to_ne_bytes()[..low_bytes]);
    }
}

#[test]
fn the_sync_request_of_a_buffer_allocates_a_hidden_page_when_sent_to_a_heap() {
    const DMA_BUF_IOCTL_SYNC: u32 = 0x4008_6200;
    let (plan, outcome) = allocates(&MAINLINE, DMA_BUF_IOCTL_SYNC, &3u64.to_ne_bytes(), FdFate::Hidden);
    assert_eq!((plan.len(), plan.access(), plan.close_on_exec()), (4096, AccessMode::ReadOnly, false));
    assert!(outcome.copy_out.is_empty());
}

#[test]
fn mainline_takes_sizes_from_12_to_16383_and_ignores_the_tail() {
    let (plan, outcome) = allocates(&MAINLINE, 0xc00c_4800, &len(4096), FdFate::Returned);
    assert_eq!(plan.access(), AccessMode::ReadOnly);
    assert_eq!(outcome.copy_out.len(), 12);
    for size in [16, 24, 32, 48, 128, 129, 16383] {
        let bytes = data(4096, 0, 2, 0, [0; 2]);
        let (plan, outcome) = allocates(&MAINLINE, 0xc000_4800 | size << 16, &bytes, FdFate::Returned);
        assert_eq!(plan.access(), AccessMode::ReadWrite);
        assert_eq!(outcome.copy_out.len(), size as usize);
        assert_eq!(outcome.copy_out[12..], bytes[12..size as usize], "the tail is written back as it was");
    }
}

#[test]
fn the_high_half_of_a_register_is_lost() {
    assert_eq!(Request::from_register(0xdead_beef_c018_4800), Request::new(ALLOC));
}

#[test]
fn a_pointer_that_cannot_be_read_is_efault() {
    each_abi(|kernel, request| {
        rejects(kernel, request, &[], Errno::EFAULT);
        let size = Request::new(request).size();
        rejects(kernel, request, &len(4096)[..size - 1], Errno::EFAULT);
    });
}

#[test]
fn a_read_only_struct_is_efault_and_leaks_the_fd_only_before_the_fix() {
    let bytes = len(4096);
    for (kernel, request, fate) in [
        (MAINLINE, ALLOC, FdFate::Closed),
        (BEFORE_FIX, ALLOC, FdFate::Leaked),
        (V12, ALLOC_V12, FdFate::Closed),
        (Kernel { efault_fixed: false, ..V12 }, ALLOC_V12, FdFate::Closed),
    ] {
        let plan = plans(&kernel, request, &Arg::read_only(&bytes));
        assert!(!plan.reply_fits());
        let expected = Outcome { result: Err(Errno::EFAULT), copy_out: Vec::new(), fd: fate };
        assert_eq!(plan.finish(Ok(7)), expected);
    }
}

#[test]
fn a_struct_that_is_half_writable_is_half_written() {
    let bytes = len(4096);
    let plan = plans(&BEFORE_FIX, ALLOC, &Arg { bytes: &bytes, writable: 10 });
    let outcome = plan.finish(Ok(0x0102));
    assert_eq!((outcome.result, outcome.fd), (Err(Errno::EFAULT), FdFate::Leaked));
    assert_eq!(outcome.copy_out[8..], 0x0102u32.to_ne_bytes()[..2]);
}

#[test]
fn a_rejected_struct_was_copied_back_before_the_fix() {
    let bytes = data(4096, 0, 1 << 31, 0, [0; 2]);
    let answer = |kernel: &Kernel, request, arg: &Arg<'_>| match decide(kernel, Request::new(request), arg) {
        Decision::Reject(reply) => reply,
        other => panic!("{other:?}"),
    };
    let copied = Reply { result: Err(Errno::EINVAL), copy_out: bytes[..24].to_vec() };
    assert_eq!(answer(&BEFORE_FIX, ALLOC, &Arg::new(&bytes)), copied);
    assert_eq!(answer(&MAINLINE, ALLOC, &Arg::new(&bytes)), Reply::err(Errno::EINVAL));
    assert_eq!(answer(&BEFORE_FIX, ALLOC, &Arg::read_only(&bytes)), Reply::err(Errno::EFAULT));
    assert_eq!(answer(&MAINLINE, ALLOC, &Arg::read_only(&bytes)), Reply::err(Errno::EINVAL));
    // `_IOR`: the struct that goes back is not the caller's but the kernel's, all zero.
    let zeroed = Reply { result: Err(Errno::EINVAL), copy_out: vec![0; 24] };
    assert_eq!(answer(&BEFORE_FIX, 0x8018_4800, &Arg::new(&bytes)), zeroed);
    // The number is looked at before anything is copied.
    assert_eq!(answer(&BEFORE_FIX, 0xc018_4801, &Arg::fault()), Reply::err(Errno::EINVAL));
}

#[test]
fn a_failed_allocation_leaves_no_fd() {
    let bytes = len(4096);
    each_abi(|kernel, request| {
        for errno in [Errno::ENOMEM, Errno::EMFILE, Errno::ENFILE] {
            let outcome = plans(kernel, request, &Arg::new(&bytes)).finish(Err(errno));
            assert_eq!(outcome, Outcome { result: Err(errno), copy_out: Vec::new(), fd: FdFate::None });
        }
    });
    let outcome = plans(&BEFORE_FIX, ALLOC, &Arg::new(&bytes)).finish(Err(Errno::ENOMEM));
    assert_eq!((outcome.result, outcome.copy_out), (Err(Errno::ENOMEM), bytes[..24].to_vec()));
    let outcome = plans(&BEFORE_FIX, ALLOC, &Arg::read_only(&bytes)).finish(Err(Errno::ENOMEM));
    assert_eq!(outcome.result, Err(Errno::EFAULT));
}

#[test]
fn v12_knows_one_request_and_answers_enotty_to_any_other() {
    for request in [ALLOC, 0x4020_4800, 0xc020_4801, 0xc020_5800, 0xc021_4800, 0x4800, 0, 0x5401] {
        rejects(&V12, request, &len(4096), Errno::ENOTTY);
    }
}

#[test]
fn v12_rejects_reserved_words() {
    for reserved in [[1, 0], [0, 1], [u32::MAX; 2]] {
        rejects(&V12, ALLOC_V12, &data(4096, 0, 2, 0, reserved), Errno::EINVAL);
        accepts(&MAINLINE, ALLOC_V12, &data(4096, 0, 2, 0, reserved));
    }
}

#[test]
fn a_32_bit_kernel_sees_the_low_half_of_the_length() {
    let kernel = Kernel { long_bits: LongBits::Bits32, ..MAINLINE };
    rejects(&kernel, ALLOC, &len(1 << 32), Errno::EINVAL);
    rejects(&kernel, ALLOC, &len(0xffff_ffff), Errno::EINVAL);
    for (asked, rounded) in [((1 << 32) + 1, 4096), (0xffff_f000, 0xffff_f000)] {
        assert_eq!(allocates(&kernel, ALLOC, &len(asked), FdFate::Returned).0.len(), rounded);
    }
}

fn kernels() -> impl Strategy<Value = Kernel> {
    let page_size = prop::sample::select(vec![4096u64, 8192, 16384, 32768, 65536]);
    (any::<[bool; 5]>(), 5u16..8, 0u16..20, page_size).prop_map(
        |([v12, narrow, efault_fixed, pseudo_noexec, sync_file], major, minor, page_size)| Kernel {
            abi: if v12 { Abi::V12 } else { Abi::Mainline },
            release: Release(major, minor),
            page_size,
            long_bits: if narrow { LongBits::Bits32 } else { LongBits::Bits64 },
            efault_fixed,
            pseudo_noexec,
            sync_file,
            without: None,
        },
    )
}

/// Mostly requests that get as far as the driver's checks.
fn requests() -> impl Strategy<Value = u32> {
    let shaped = (0u32..4, 0u32..64).prop_map(|(direction, size)| direction << 30 | size << 16 | 0x4800);
    prop_oneof![Just(ALLOC), Just(ALLOC_V12), shaped, any::<u32>()]
}

/// Mostly structs that are accepted.
fn structs() -> impl Strategy<Value = Vec<u8>> {
    let valid = (any::<u64>(), 0u32..4, 0usize..64).prop_map(|(len, fd_flags, size)| {
        let mut bytes = data(len, 0, fd_flags, 0, [0; 2]);
        bytes.truncate(size);
        bytes
    });
    prop_oneof![valid, prop::collection::vec(any::<u8>(), 0..64)]
}

proptest! {
    #[test]
    fn any_input_has_a_sane_end(
        kernel in kernels(),
        request in requests(),
        bytes in structs(),
        writable in 0usize..64,
        fd in any::<u32>(),
        errno in prop::sample::select(vec![Errno::ENOMEM, Errno::EMFILE]),
    ) {
        let request = Request::new(request);
        match decide(&kernel, request, &Arg { bytes: &bytes, writable }) {
            Decision::Vfs(_) => {}
            Decision::Reject(reply) => {
                prop_assert!(reply.result.is_err());
                prop_assert!(reply.copy_out.len() <= writable.min(request.out_size()));
            }
            Decision::Allocate(plan) => {
                prop_assert!(!plan.is_empty() && plan.len() % kernel.page_size == 0);
                let fits = plan.reply_fits();
                let failed = plan.clone().finish(Err(errno));
                prop_assert_eq!(failed.fd, FdFate::None);
                prop_assert!(failed.result.is_err());
                let done = plan.finish(Ok(fd));
                prop_assert_eq!(done.result.is_ok(), fits);
                prop_assert_eq!(matches!(done.fd, FdFate::Returned | FdFate::PartlyReturned | FdFate::Hidden), fits);
                prop_assert_eq!(done.fd == FdFate::Returned, fits && done.copy_out.len() >= 12);
                prop_assert_eq!(done.copy_out.len(), writable.min(request.out_size()));
                prop_assert!(done.fd != FdFate::Leaked || (kernel.abi == Abi::Mainline && !kernel.efault_fixed));
            }
        }
    }

    #[test]
    fn rounding_agrees_with_arithmetic_that_cannot_wrap(kernel in kernels(), asked in any::<u64>(), low in any::<u16>()) {
        for asked in [asked, u64::from(low), u64::MAX - u64::from(low), (1 << 32) - u64::from(low)] {
            let bits = if kernel.long_bits == LongBits::Bits32 { 32 } else { 64 };
            let page = u128::from(kernel.page_size);
            let asked_there = u128::from(asked) % (1 << bits);
            let rounded = asked_there.div_ceil(page) * page % (1 << bits);
            prop_assert_eq!(u128::from(kernel.page_align(asked)), rounded);
        }
    }
}
