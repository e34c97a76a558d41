//! kernel-facts.md §2, and the rows of §8 about buffers.

use super::{BufferAction, BufferState, ExporterKind, MmapOutcome, REOPEN, answer, ioctl, mmap, stat, status_flags};
use crate::model::alloc::{FdFate, Outcome};
use crate::model::{AccessMode, Arg, Errno, Kernel, MmapRequest, Operation, Release, Reply, Request};
use proptest::prelude::*;

const KERNEL: Kernel = Kernel::DEBIAN_6_12;
const WITH_SYNC_FILE: Kernel = Kernel { sync_file: true, ..KERNEL };
const BUFFER: BufferState =
    BufferState { size: 8192, access: AccessMode::ReadWrite, exporter: ExporterKind::System, begun: false };
const EXPORTERS: [ExporterKind; 4] =
    [ExporterKind::System, ExporterKind::Cma, ExporterKind::Udmabuf, ExporterKind::Protected];
const SYNC: u32 = 0x4008_6200;
const SET_NAME_A: u32 = 0x4004_6201;
const SET_NAME_B: u32 = 0x4008_6201;
const EXPORT: u32 = 0xc008_6202;
const IMPORT: u32 = 0x4008_6203;

fn ask(kernel: &Kernel, request: u32, arg: &Arg<'_>) -> BufferAction {
    ioctl(kernel, Request::new(request), arg, &BUFFER)
}

fn fails(errno: Errno) -> BufferAction {
    BufferAction::Reply(Reply::err(errno))
}

fn sync(flags: u64, buffer: &BufferState) -> BufferAction {
    ioctl(&KERNEL, Request::new(SYNC), &Arg::new(&flags.to_ne_bytes()), buffer)
}

#[test]
fn a_sync_names_a_direction_and_nothing_unknown() {
    let done = |begin, read, write| BufferAction::Sync { begin, read, write };
    assert_eq!(sync(1, &BUFFER), done(true, true, false));
    assert_eq!(sync(2, &BUFFER), done(true, false, true));
    assert_eq!(sync(3, &BUFFER), done(true, true, true));
    assert_eq!(sync(5, &BUFFER), done(false, true, false));
    assert_eq!(sync(6, &BUFFER), done(false, false, true));
    assert_eq!(sync(7, &BUFFER), done(false, true, true));
    for flags in [0, 4, 8, 9, 10, 11, 12, 13, 14, 15, 1 << 32 | 3, 1 << 63 | 3] {
        assert_eq!(sync(flags, &BUFFER), fails(Errno::EINVAL), "{flags}");
    }
    assert_eq!(ask(&KERNEL, SYNC, &Arg::fault()), fails(Errno::EFAULT));
    assert_eq!(ask(&KERNEL, SYNC, &Arg::new(&[1; 7])), fails(Errno::EFAULT));
}

#[test]
fn only_udmabuf_wants_a_start_before_an_end() {
    for exporter in EXPORTERS {
        let fresh = BufferState { exporter, ..BUFFER };
        assert_eq!(sync(7, &fresh) == fails(Errno::EINVAL), exporter == ExporterKind::Udmabuf);
        assert!(matches!(sync(7, &BufferState { begun: true, ..fresh }), BufferAction::Sync { begin: false, .. }));
    }
}

#[test]
fn a_name_has_at_most_31_bytes() {
    let mut name = [b'n'; 64];
    for request in [SET_NAME_A, SET_NAME_B] {
        assert_eq!(ask(&KERNEL, request, &Arg::new(&name)), fails(Errno::EINVAL));
        assert_eq!(ask(&KERNEL, request, &Arg::new(&name[..31])), fails(Errno::EFAULT), "the memory ends first");
        assert_eq!(ask(&KERNEL, request, &Arg::fault()), fails(Errno::EFAULT));
        assert_eq!(ask(&KERNEL, request, &Arg::new(&[0])), BufferAction::SetName(Vec::new()));
    }
    name[32] = 0;
    assert_eq!(ask(&KERNEL, SET_NAME_B, &Arg::new(&name)), fails(Errno::EINVAL));
    name[31] = 0;
    assert_eq!(ask(&KERNEL, SET_NAME_B, &Arg::new(&name)), BufferAction::SetName(vec![b'n'; 31]));
}

#[test]
fn sync_files_need_the_config_and_6_0() {
    let arg = [1, 0, 0, 0, 0, 0, 0, 0];
    let older = Kernel { release: Release(5, 19), ..WITH_SYNC_FILE };
    for request in [EXPORT, IMPORT] {
        assert_eq!(ask(&KERNEL, request, &Arg::new(&arg)), fails(Errno::ENOTTY));
        assert_eq!(ask(&older, request, &Arg::new(&arg)), fails(Errno::ENOTTY));
    }
}

#[test]
fn sync_files_name_a_direction_and_nothing_else() {
    for request in [EXPORT, IMPORT] {
        for flags in [0u32, 4, 5, 1 << 31] {
            let arg = [flags.to_ne_bytes(), [0; 4]].concat();
            assert_eq!(ask(&WITH_SYNC_FILE, request, &Arg::new(&arg)), fails(Errno::EINVAL));
        }
        assert_eq!(ask(&WITH_SYNC_FILE, request, &Arg::new(&[1; 7])), fails(Errno::EFAULT));
    }
    let arg = [2u32.to_ne_bytes(), (-1i32).to_ne_bytes()].concat();
    assert_eq!(ask(&WITH_SYNC_FILE, IMPORT, &Arg::new(&arg)), BufferAction::ImportSyncFile { fd: -1, write: true });
}

#[test]
fn an_export_never_leaves_an_fd_hidden() {
    let arg = [3u32.to_ne_bytes(), [0xff; 4]].concat();
    let plan = |arg: &Arg<'_>| match ask(&WITH_SYNC_FILE, EXPORT, arg) {
        BufferAction::ExportSyncFile(plan) => plan,
        other => panic!("{other:?}"),
    };
    let written = [3u32.to_ne_bytes(), 9u32.to_ne_bytes()].concat();
    let returned = Outcome { result: Ok(0), copy_out: written, fd: FdFate::Returned };
    assert_eq!(plan(&Arg::new(&arg)).finish(Ok(9)), returned);
    let closed = Outcome { result: Err(Errno::EFAULT), copy_out: Vec::new(), fd: FdFate::Closed };
    assert_eq!(plan(&Arg::read_only(&arg)).finish(Ok(9)), closed);
    let none = Outcome { result: Err(Errno::EMFILE), copy_out: Vec::new(), fd: FdFate::None };
    assert_eq!(plan(&Arg::new(&arg)).finish(Err(Errno::EMFILE)), none);
}

#[test]
fn other_requests_are_enotty() {
    for request in [0xc018_4800, 0xc008_6200, 0x4004_6200, 0x4008_6204, 0x541b, 0x5401, 0] {
        assert_eq!(ask(&WITH_SYNC_FILE, request, &Arg::new(&[0; 64])), fails(Errno::ENOTTY), "{request:#x}");
    }
}

#[test]
fn seeking_tells_the_size_and_nothing_else() {
    let lseek = |offset, whence| answer(&KERNEL, &BUFFER, Operation::Lseek { offset, whence });
    assert_eq!(lseek(0, 2), Ok(8192));
    assert_eq!(lseek(0, 0), Ok(0));
    for (offset, whence) in [(0, 1), (0, 3), (0, 4), (0, 5), (1, 0), (1, 2), (-1, 2), (0, u32::MAX)] {
        assert_eq!(lseek(offset, whence), Err(Errno::EINVAL));
    }
}

#[test]
fn a_buffer_is_not_read_written_or_resized() {
    for access in AccessMode::ALL {
        let buffer = BufferState { access, ..BUFFER };
        let fails = |operation, errno| assert_eq!(answer(&KERNEL, &buffer, operation), Err(errno), "{operation:?}");
        fails(Operation::Read, if access.can_read() { Errno::EINVAL } else { Errno::EBADF });
        fails(Operation::Write, if access.can_write() { Errno::EINVAL } else { Errno::EBADF });
        fails(Operation::Pread { offset: 0 }, Errno::ESPIPE);
        fails(Operation::Ftruncate { len: 0 }, Errno::EINVAL);
        fails(Operation::Fsync, Errno::EINVAL);
        fails(Operation::GetSeals, Errno::EINVAL);
        let allocate = Operation::Fallocate { mode: 0, offset: 0, len: 4096 };
        fails(allocate, if access.can_write() { Errno::ENODEV } else { Errno::EBADF });
        fails(Operation::AddSeals { seals: 1 }, if access.can_write() { Errno::EINVAL } else { Errno::EPERM });
    }
    assert_eq!(REOPEN, Errno::ENXIO);
}

#[test]
fn an_idle_buffer_is_ready_for_both() {
    assert_eq!(answer(&KERNEL, &BUFFER, Operation::Poll { events: 0xffff }), Ok(5));
    assert_eq!(answer(&KERNEL, &BUFFER, Operation::Poll { events: 2 }), Ok(0));
    assert_eq!(answer(&KERNEL, &BUFFER, Operation::EpollAdd), Ok(0));
}

const WHOLE: MmapRequest = MmapRequest { len: 8192, offset: 0, write: false, exec: false, shared: true };
const WRITE: MmapRequest = MmapRequest { write: true, ..WHOLE };
const PRIVATE: MmapRequest = MmapRequest { shared: false, ..WHOLE };

/// kernel-facts.md §2.3, the table.
#[test]
fn the_access_mode_decides_who_may_map() {
    for exporter in [ExporterKind::System, ExporterKind::Cma, ExporterKind::Udmabuf] {
        let mapped = |access, mapping| mmap(&KERNEL, &BufferState { access, exporter, ..BUFFER }, &mapping);
        assert_eq!(mapped(AccessMode::ReadWrite, WHOLE), MmapOutcome::Yes);
        assert_eq!(mapped(AccessMode::ReadWrite, WRITE), MmapOutcome::Yes);
        assert_eq!(mapped(AccessMode::ReadWrite, PRIVATE), MmapOutcome::No(Errno::EINVAL));
        assert_eq!(mapped(AccessMode::ReadOnly, WHOLE), MmapOutcome::Yes);
        assert_eq!(mapped(AccessMode::ReadOnly, WRITE), MmapOutcome::No(Errno::EACCES));
        assert_eq!(mapped(AccessMode::ReadOnly, PRIVATE), MmapOutcome::No(Errno::EINVAL));
        for access in [AccessMode::WriteOnly, AccessMode::Neither] {
            for mapping in [WHOLE, WRITE, PRIVATE] {
                assert_eq!(mapped(access, mapping), MmapOutcome::No(Errno::EACCES));
            }
        }
    }
}

#[test]
fn a_private_mapping_of_system_is_copied_one_chunk_at_a_time() {
    let mapped = |release, exporter, len| {
        let mapping = MmapRequest { len, write: true, ..PRIVATE };
        mmap(&Kernel { release, ..KERNEL }, &BufferState { exporter, ..BUFFER }, &mapping)
    };
    let einval = MmapOutcome::No(Errno::EINVAL);
    assert_eq!(mapped(Release(6, 12), ExporterKind::System, 4096), MmapOutcome::Yes);
    assert_eq!(mapped(Release(6, 18), ExporterKind::System, 8192), einval);
    assert_eq!(mapped(Release(6, 19), ExporterKind::System, 8192), MmapOutcome::IfContiguous);
    assert_eq!(mapped(Release(6, 19), ExporterKind::System, 4096), MmapOutcome::Yes);
    assert_eq!(mapped(Release(6, 12), ExporterKind::Cma, 4096), einval);
    assert_eq!(mapped(Release(6, 12), ExporterKind::Udmabuf, 4096), einval);
    assert_eq!(mapped(Release(5, 10), ExporterKind::System, 4096), einval);
}

#[test]
fn a_mapping_stays_within_the_buffer() {
    let mapped = |len, offset| mmap(&KERNEL, &BUFFER, &MmapRequest { len, offset, ..WHOLE });
    let no = MmapOutcome::No;
    assert_eq!(mapped(1, 4096), MmapOutcome::Yes);
    assert_eq!(mapped(8193, 0), no(Errno::EINVAL));
    assert_eq!(mapped(4097, 4096), no(Errno::EINVAL));
    assert_eq!(mapped(1, 8192), no(Errno::EINVAL));
    assert_eq!(mapped(4096, 1), no(Errno::EINVAL));
    assert_eq!(mapped(0, 0), no(Errno::EINVAL));
    assert_eq!(mapped(u64::MAX, 0), no(Errno::ENOMEM));
    assert_eq!(mapped(8192, u64::MAX - 4095), no(Errno::EOVERFLOW));
}

#[test]
fn a_protected_buffer_cannot_be_mapped() {
    let buffer = BufferState { exporter: ExporterKind::Protected, ..BUFFER };
    assert_eq!(mmap(&KERNEL, &buffer, &WHOLE), MmapOutcome::No(Errno::EINVAL));
}

#[test]
fn code_can_be_run_from_a_buffer_until_pseudo_files_forbid_it() {
    let exec = MmapRequest { exec: true, ..WHOLE };
    assert_eq!(mmap(&Kernel { pseudo_noexec: false, ..KERNEL }, &BUFFER, &exec), MmapOutcome::Yes);
    assert_eq!(mmap(&Kernel { pseudo_noexec: true, ..KERNEL }, &BUFFER, &exec), MmapOutcome::No(Errno::EPERM));
}

#[test]
fn a_buffer_looks_like_no_kind_of_file() {
    let stat = stat(&KERNEL, &BUFFER);
    assert_eq!((stat.size, stat.mode, stat.blocks, stat.block_size), (8192, 0o600, 16, 4096));
    assert_eq!(stat.fs_type, 0x444d_4142);
    assert_eq!(status_flags(AccessMode::Neither, false), 3);
    assert_eq!(status_flags(AccessMode::ReadWrite, true), 0o4002);
}

proptest! {
    #[test]
    fn any_request_has_an_answer_that_fits(
        request in prop_oneof![prop::sample::select(vec![SYNC, SET_NAME_A, SET_NAME_B, EXPORT, IMPORT]), any::<u32>()],
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        writable in 0usize..16,
        fd in any::<u32>(),
    ) {
        match ioctl(&WITH_SYNC_FILE, Request::new(request), &Arg { bytes: &bytes, writable }, &BUFFER) {
            BufferAction::Reply(reply) => prop_assert!(reply.copy_out.len() <= writable),
            BufferAction::SetName(name) => prop_assert!(name.len() < 32 && !name.contains(&0)),
            BufferAction::ExportSyncFile(plan) => {
                let outcome = plan.finish(Ok(fd));
                prop_assert!(outcome.copy_out.len() <= writable);
                prop_assert_eq!(outcome.fd == FdFate::Returned, outcome.result.is_ok());
            }
            BufferAction::Sync { read, write, .. } => prop_assert!(read || write),
            BufferAction::ImportSyncFile { .. } | BufferAction::Vfs(_) => {}
        }
    }

    #[test]
    fn a_mapping_that_succeeds_lies_within_the_buffer(len in any::<u64>(), offset in any::<u64>(), small in any::<u16>()) {
        for len in [len, u64::from(small)] {
            for offset in [offset, offset & !4095, 0, 4096] {
                let mapping = MmapRequest { len, offset, ..WHOLE };
                if mmap(&KERNEL, &BUFFER, &mapping) == MmapOutcome::Yes {
                    prop_assert!(len > 0 && u128::from(offset) + u128::from(len) <= 8192);
                }
            }
        }
    }
}
