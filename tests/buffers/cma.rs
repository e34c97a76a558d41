//! On the kernel with CMA heaps, vgem and statistics (`tests/vm/run --kernel cma`).

use super::{all, buffers, counts, row, seen};
use crate::support::{Held, assert_fields, bare};
use crate::sys::fd::oflags;
use serde_json::json;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd};

/// `struct drm_prime_handle` of drm/drm.h.
#[repr(C)]
struct PrimeHandle {
    handle: u32,
    flags: u32,
    fd: i32,
}

nix::ioctl_readwrite!(prime_fd_to_handle, b'd', 0x2e, PrimeHandle);

/// The device keeps the buffer until the file is closed.
#[track_caller]
fn import(held: &Held) -> File {
    let card = File::options().read(true).write(true).open(crate::import::cma::node("vgem", "card")).expect("vgem");
    let mut prime = PrimeHandle { handle: 0, flags: 0, fd: held.0.as_fd().as_raw_fd() };
    // SAFETY: the request reads and writes one struct drm_prime_handle, which `prime` is.
    unsafe { prime_fd_to_handle(card.as_raw_fd(), &raw mut prime) }.expect("an import");
    card
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn an_importer_is_shown_by_its_device_and_explains_a_reference() {
    let held = Held::from_heap("reserved", 65_536, oflags::CLOEXEC);
    let inode = held.inode();
    let card = import(&held);
    let row_of_one = row(inode);
    assert_eq!(row_of_one["devices"], json!(["vgem"]));
    assert_fields(&row_of_one, &json!({"by": {"value": "devices", "inferred": false}, "fences": 0}));
    assert_fields(&row_of_one, &json!({"exporter": "reserved", "size": 65_536}));
    let [fds, maps, refs, kernel] = counts(&row_of_one).map(Option::unwrap);
    assert_eq!((fds, maps, refs), (1, 0, 1 + kernel));
    assert!(kernel > 0);
    drop(held);
    let row_of_one = row(inode);
    assert_fields(&row_of_one, &json!({"fds": 0, "refs": kernel}));
    assert_eq!(seen(buffers(&["--orphans"]).run()).len(), 1);
    drop(card);
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn statistics_in_sysfs_list_all_buffers_where_debugfs_may_not_be_read() {
    let held = Held::new(4096);
    let inode = held.inode();
    let outcome = buffers(&["-v", "--inode", &inode.to_string()]).by_user(1000).run();
    assert!(outcome.stderr.contains("not bufinfo (EACCES), sysfs statistics"), "{}", outcome.stderr);
    let rows = seen(outcome);
    assert_fields(&rows[0], &json!({"size": 4096, "exporter": "system"}));
    assert_eq!(counts(&rows[0]), [Some(0), Some(0), None, None]);
    assert_eq!(rows[0]["devices"], json!(null));
    assert_eq!(counts(&row(inode)), all([1, 0, 1, 0]));
    let table = bare(["buffers", "-n", "-o", "REFS,DEVICES"]).among_others().by_user(1000).run();
    assert_eq!(table.stdout, "   -  -\n".trim_start());
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_check_names_the_device_and_leaves_the_caveat_out() {
    let held = Held::inherited(65_536);
    let number = held.0.as_fd().as_raw_fd().to_string();
    let verify = ["verify", "-f", &number, "--pattern", "zero", "-n", "-o", "DIFFERING,DEVICES"];
    let outcome = bare(verify).among_others().run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("0\n-\n", 0));
    assert!(
        outcome.stderr.starts_with("dmaheap: checked by the CPU only: no device is attached"),
        "{}",
        outcome.stderr
    );
    let card = import(&held);
    let outcome = bare(verify).among_others().run();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.status), ("0\nvgem\n", "", 0));
    drop(card);
}

/// vivid copies by the processor, and so attaches no device.
#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn an_importer_that_attaches_no_device_is_concluded_from_the_count() {
    let camera = crate::import::cma::video::node("vivid-000-vid-cap");
    let held = crate::import::cma::Holding::new(&camera, "4M");
    let rows = seen(buffers(&[]).run());
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_fields(&rows[0], &json!({"by": {"value": "importer", "inferred": true}, "fences": 0}));
    drop(held);
}
