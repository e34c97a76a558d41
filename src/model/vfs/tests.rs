use super::{Dependence, File, FileEffect, VfsAnswer, answer};
use crate::model::{Abi, Arg, Errno, Kernel, Release, Reply, Request};
use crate::uapi::ioctl::{ioc, iow, iowr};
use crate::uapi::{fs, ioctl};

const KERNEL: Kernel = Kernel::DEBIAN_6_12;
const V12: Kernel = Kernel { abi: Abi::V12, ..KERNEL };
const BOTH: [File; 2] = [File::Node, File::Buffer];

fn ask(request: u32, bytes: &[u8], file: File) -> Option<VfsAnswer> {
    answer(&KERNEL, Request::new(request), &Arg::new(bytes), file)
}

fn reply(errno: Errno) -> Option<VfsAnswer> {
    Some(VfsAnswer::Reply(Reply::err(errno)))
}

#[test]
fn the_numbers_are_those_that_the_headers_compose() {
    assert_eq!(fs::FIGETBSZ, ioc(ioctl::NONE, 0, 2, 0));
    assert_eq!(fs::FIFREEZE, iowr::<i32>(b'X', 119));
    assert_eq!(fs::FITHAW, iowr::<i32>(b'X', 120));
    assert_eq!(fs::FIEMAP, iowr::<[u64; 4]>(b'f', 11));
    assert_eq!(fs::FICLONE, iow::<i32>(0x94, 9));
    assert_eq!(fs::FICLONERANGE, iow::<[u64; 4]>(0x94, 13));
    assert_eq!(fs::FIDEDUPERANGE, iowr::<[u64; 3]>(0x94, 54));
    assert_eq!(fs::GETFLAGS, ioc(ioctl::READ, b'f', 1, size_of::<usize>() as u32));
    assert_eq!(fs::SETFLAGS, iow::<usize>(b'f', 2));
    assert_eq!(fs::FSGETXATTR, ioc(ioctl::READ, b'X', 31, 28));
    assert_eq!(fs::FSSETXATTR, ioc(ioctl::WRITE, b'X', 32, 28));
    assert_eq!(fs::GETFSUUID, ioc(ioctl::READ, 0x15, 0, 17));
    assert_eq!(fs::GETFSSYSFSPATH, ioc(ioctl::READ, 0x15, 1, 129));
}

/// kernel-facts.md §1.2: measured on a node, both ABIs.
#[test]
fn node_answers_measured_on_devtmpfs_are_the_usual_ones() {
    for kernel in [KERNEL, V12] {
        let usual = |request| match answer(&kernel, Request::new(request), &Arg::new(&[0; 129]), File::Node) {
            Some(VfsAnswer::Depends { usual, .. }) => usual,
            other => panic!("{request:#x}: {other:?}"),
        };
        let block_size = Reply { result: Ok(0), copy_out: 4096u32.to_ne_bytes().to_vec() };
        assert_eq!(usual(fs::FIGETBSZ), Some(block_size));
        assert_eq!(usual(fs::GETFSUUID), None, "it succeeds, with 17 bytes of devtmpfs' own");
        assert_eq!(usual(fs::FIEMAP), Some(Reply::err(Errno::EOPNOTSUPP)));
        assert_eq!(usual(fs::FICLONE), Some(Reply::err(Errno::EXDEV)));
    }
}

#[test]
fn flags_of_the_descriptor_and_the_file_are_the_vfs_own() {
    for file in BOTH {
        let effect = |effect| Some(VfsAnswer::Effect(effect));
        assert_eq!(ask(fs::FIOCLEX, &[], file), effect(FileEffect::CloseOnExec(true)));
        assert_eq!(ask(fs::FIONCLEX, &[], file), effect(FileEffect::CloseOnExec(false)));
        assert_eq!(ask(fs::FIONBIO, &[0, 0, 1, 0], file), effect(FileEffect::Nonblock(true)));
        assert_eq!(ask(fs::FIONBIO, &[0; 4], file), effect(FileEffect::Nonblock(false)));
        assert_eq!(ask(fs::FIONBIO, &[0; 3], file), reply(Errno::EFAULT));
        assert_eq!(ask(fs::FIOASYNC, &[0; 4], file), Some(VfsAnswer::Reply(Reply::ok())));
        assert_eq!(ask(fs::FIOASYNC, &[1, 0, 0, 0], file), reply(Errno::ENOTTY));
        assert_eq!(ask(fs::FIOASYNC, &[], file), reply(Errno::EFAULT));
        assert_eq!(ask(fs::FIOQSIZE, &[0; 8], file), reply(Errno::ENOTTY));
    }
}

#[test]
fn a_buffer_is_on_a_file_system_that_is_known() {
    let ask = |request, bytes: &[u8]| ask(request, bytes, File::Buffer);
    let block_size = Reply { result: Ok(0), copy_out: 4096u32.to_ne_bytes().to_vec() };
    assert_eq!(ask(fs::FIGETBSZ, &[0; 4]), Some(VfsAnswer::Reply(block_size)));
    assert_eq!(ask(fs::FIGETBSZ, &[0; 3]), reply(Errno::EFAULT));
    assert_eq!(ask(fs::FIEMAP, &[]), reply(Errno::EOPNOTSUPP));
    assert_eq!(ask(fs::GETFSUUID, &[0; 17]), reply(Errno::ENOTTY));
    assert_eq!(ask(fs::GETFSSYSFSPATH, &[0; 129]), reply(Errno::ENOTTY));
    assert_eq!(ask(fs::GETFLAGS, &[0; 8]), None);
    assert_eq!(ask(fs::SETFLAGS, &[0; 8]), None);
    assert_eq!(ask(fs::SETFLAGS, &[]), reply(Errno::EFAULT));
}

#[test]
fn the_driver_sees_what_its_file_system_does_not_know() {
    let ask = |kernel: &Kernel, request| match answer(kernel, Request::new(request), &Arg::new(&[0; 28]), File::Node) {
        Some(VfsAnswer::Depends { on: Dependence::FileSystem, usual: Some(usual) }) => usual.result,
        other => panic!("{request:#x}: {other:?}"),
    };
    for request in [fs::GETFLAGS, fs::SETFLAGS, fs::FSGETXATTR, fs::FSSETXATTR] {
        assert_eq!(ask(&KERNEL, request), Err(Errno::EINVAL));
        assert_eq!(ask(&V12, request), Err(Errno::ENOTTY));
    }
}

#[test]
fn requests_for_regular_files_are_left_to_the_driver() {
    const FIONREAD: u32 = 0x541b;
    const FIBMAP: u32 = 1;
    const RESVSP: u32 = 0x4030_5828;
    for request in [FIONREAD, FIBMAP, RESVSP, 0x5401, 0xc018_4800, 0x4008_6200] {
        for file in BOTH {
            assert_eq!(ask(request, &[0; 64], file), None);
        }
    }
}

#[test]
fn requests_of_later_releases_are_left_to_the_driver_before() {
    let ask = |release, request| {
        answer(&Kernel { release, ..KERNEL }, Request::new(request), &Arg::new(&[0; 129]), File::Node)
    };
    for request in [fs::GETFSUUID, fs::GETFSSYSFSPATH] {
        assert!(ask(Release(6, 8), request).is_none() && ask(Release(6, 9), request).is_some());
    }
    assert!(ask(Release(5, 12), fs::GETFLAGS).is_none() && ask(Release(5, 13), fs::GETFLAGS).is_some());
}

#[test]
fn freezing_is_refused_to_most_callers() {
    for request in [fs::FIFREEZE, fs::FITHAW] {
        let expected = VfsAnswer::Depends { on: Dependence::Privilege, usual: Some(Reply::err(Errno::EPERM)) };
        assert_eq!(ask(request, &[], File::Node), Some(expected));
    }
}

#[test]
fn sharing_storage_ends_before_any_file_is_touched() {
    for file in BOTH {
        assert_eq!(ask(fs::FICLONERANGE, &[0; 31], file), reply(Errno::EFAULT));
        assert!(matches!(ask(fs::FICLONERANGE, &[0; 32], file), Some(VfsAnswer::Depends { .. })));
        let mut ranges = [0; 24 + 32];
        ranges[16..18].copy_from_slice(&1u16.to_ne_bytes());
        assert_eq!(ask(fs::FIDEDUPERANGE, &ranges, file), reply(Errno::EINVAL));
        assert_eq!(ask(fs::FIDEDUPERANGE, &ranges[..55], file), reply(Errno::EFAULT));
        ranges[16..18].copy_from_slice(&128u16.to_ne_bytes());
        assert_eq!(ask(fs::FIDEDUPERANGE, &ranges, file), reply(Errno::ENOMEM));
        assert_eq!(ask(fs::FIDEDUPERANGE, &[], file), reply(Errno::EFAULT));
    }
}
