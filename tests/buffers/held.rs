//! Buffers of a real kernel, held in every way there is. Counts are exact.

use super::{all, buffers, counts, holders, me, row, seen};
use crate::support::held::Keeper;
use crate::support::{Held, assert_fields, bare};
use serde_json::json;
use std::os::fd::AsRawFd;
use std::sync::mpsc::channel;

const USER: u32 = 1000;

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_buffer_held_by_descriptors() {
    let held = Held::new(8192).named(c"camera 0");
    let row_of_one = row(held.inode());
    assert_fields(&row_of_one, &json!({"size": 8192, "exporter": "system"}));
    assert_fields(&row_of_one, &json!({"name": "camera 0", "devices": []}));
    assert_eq!(counts(&row_of_one), all([1, 0, 1, 0]));
    assert_eq!(holders(&row_of_one), [[me(), 1, 0]]);
    let _second = held.duplicate();
    assert_eq!(counts(&row(held.inode())), all([2, 0, 2, 0]));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_buffer_held_by_two_processes() {
    let held = Held::inherited(4096);
    let inode = held.inode();
    let (one, other) = (Keeper::new(), Keeper::new());
    drop(held);
    let row = row(inode);
    assert_eq!(counts(&row), all([2, 0, 2, 0]));
    assert_eq!(holders(&row), [[one.pid().into(), 1, 0], [other.pid().into(), 1, 0]]);
    assert_eq!(row["holders"][0]["command"], "cat");

    let processes = seen(buffers(&["--by", "process"]).run());
    assert_eq!(processes.len(), 2);
    assert_fields(&processes[0], &json!({"size": 4096, "shared": 2048}));
    assert_fields(&processes[1], &json!({"fds": 1, "buffers": 1}));
    let one = seen(buffers(&["--by", "process", "--pid", &one.pid().to_string()]).run());
    assert_eq!((one.len(), &one[0]["shared"]), (1, &json!(2048)));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_buffer_held_by_a_mapping_only() {
    let held = Held::new(8192).named(c"mapped");
    let inode = held.inode();
    let mapping = held.map();
    assert_eq!(counts(&row(inode)), all([1, 1, 2, 0]));
    drop(held);
    let row_of_one = row(inode);
    assert_eq!(counts(&row_of_one), all([0, 1, 1, 0]));
    assert_eq!(holders(&row_of_one), [[me(), 0, 1]]);
    assert_fields(&row_of_one, &json!({"size": 8192, "name": "mapped"}));
    drop(mapping);
    assert!(seen(buffers(&["--inode", &inode.to_string()]).run()).is_empty());
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_buffer_on_its_way_through_a_socket_is_an_orphan() {
    use nix::sys::socket::{AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, sendmsg, socketpair};
    let held = Held::new(4096);
    let inode = held.inode();
    let (here, _there) =
        socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::SOCK_CLOEXEC).expect("a pair");
    let fds = [std::os::fd::AsFd::as_fd(&held.0).as_raw_fd()];
    let message = [ControlMessage::ScmRights(&fds)];
    sendmsg::<()>(here.as_raw_fd(), &[std::io::IoSlice::new(b"x")], &message, MsgFlags::empty(), None).expect("sent");
    assert_eq!(counts(&row(inode)), all([1, 0, 2, 1]));
    drop(held);
    let row_of_one = row(inode);
    assert_eq!(counts(&row_of_one), all([0, 0, 1, 1]));
    assert_eq!(row_of_one["holders"], json!([]));

    let _other = Held::new(4096);
    let orphans = seen(buffers(&["--orphans"]).run());
    assert_eq!(orphans.len(), 1);
    assert_eq!(orphans[0]["inode"], inode);
    let totals = seen(buffers(&["--by", "total"]).run());
    let of = |at: usize| (totals[at]["total"].as_str().unwrap(), totals[at]["buffers"].as_u64().unwrap());
    assert_eq!([of(0), of(1), of(2)], [("all", 2), ("user", 1), ("kernel", 1)]);
    let exporters = seen(buffers(&["--by", "exporter"]).run());
    assert_fields(&exporters[0], &json!({"exporter": "system", "orphans": 1}));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_process_of_another_user_is_hidden_from_a_user_and_said_to_be() {
    let held = Held::inherited(4096);
    let inode = held.inode().to_string();
    let _of_user = Keeper::of_user(USER);
    let _of_root = Keeper::new();
    drop(held);
    assert_eq!(counts(&row(inode.parse().unwrap())), all([2, 0, 2, 0]));

    let outcome = buffers(&["-v", "--inode", &inode]).by_user(USER).run();
    assert!(outcome.stderr.contains("processes that could not be read: "), "{}", outcome.stderr);
    let is_listed = outcome.stderr.contains(", sysfs statistics\n");
    assert_ne!(is_listed, outcome.stderr.contains("no list of all buffers"), "{}", outcome.stderr);
    let rows = seen(outcome);
    assert_eq!(counts(&rows[0]), all([1, 0, 2, 1]));
    let strict = buffers(&["--strict", "--inode", &inode]).by_user(USER).run();
    assert_eq!(strict.status, 1);
    let other = buffers(&["--pid", "1"]).by_user(USER).run().failure(1);
    assert!(other.starts_with("dmaheap: read process 1: permission denied (EACCES)\nhint: "), "{other}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_thread_with_descriptors_of_its_own_is_found_and_others_count_once() {
    let shared = Held::new(4096);
    let (ready, is_ready) = channel();
    let (done, is_done) = channel::<()>();
    let (idle, is_idle_done) = channel::<()>();
    let plain = std::thread::spawn(move || is_idle_done.recv());
    let thread = std::thread::spawn(move || {
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_FILES).expect("a table of its own");
        let own = Held::new(8192);
        ready.send(own.inode()).unwrap();
        let _ = is_done.recv();
    });
    let own = is_ready.recv().unwrap();
    let row_of_own = row(own);
    assert_eq!(counts(&row_of_own), all([1, 0, 1, 0]));
    assert_eq!(holders(&row_of_own), [[me(), 1, 0]]);
    // Unsharing has copied the table, so the kernel also counts the other buffer twice.
    assert_eq!(counts(&row(shared.inode())), all([2, 0, 2, 0]));
    drop((done, idle));
    thread.join().unwrap();
    let _ = plain.join();
    assert_eq!(counts(&row(shared.inode())), all([1, 0, 1, 0]));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_hostile_name_forges_nothing_and_is_escaped() {
    let held = Held::new(4096).named(c"x\n\tAttached Devices:\n\tfake");
    let inode = held.inode().to_string();
    let row_of_one = row(held.inode());
    assert_fields(&row_of_one, &json!({"name": "x", "devices": []}));
    let _other = Held::new(8192).named(c"\x1b[2J");
    let table = bare(["buffers", "-n", "-o", "NAME,SIZE", "-b", "--sort", "-SIZE"]).among_others().run();
    assert_eq!((table.stdout.as_str(), table.status), ("\\x1b[2J  8192\nx        4096\n", 0));
    drop(held);
    let held = Held::new(4096).named(c"x\nsize:\t1\nexp_name:\tother");
    assert_ne!(held.inode().to_string(), inode);
    let row_of_one = row(held.inode());
    assert_fields(&row_of_one, &json!({"size": 4096, "exporter": "system"}));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_file_of_that_path_is_no_buffer() {
    let file = std::fs::File::create("/dmabuf:fake").expect("root may");
    let inode = std::os::unix::fs::MetadataExt::ino(&file.metadata().unwrap()).to_string();
    let found = seen(buffers(&["--inode", &inode]).run());
    std::fs::remove_file("/dmabuf:fake").unwrap();
    assert!(found.is_empty());
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn filters_choose_buffers() {
    let _one = Held::new(4096).named(c"camera 0");
    let _two = Held::new(8192).named(c"camera 1");
    let _none = Held::new(4096);
    let count = |args: &[&str]| seen(buffers(args).run()).len();
    assert_eq!(count(&[]), 3);
    assert_eq!(count(&["--name", "camera*"]), 2);
    assert_eq!(count(&["--name", "*[1]", "--name", "x"]), 1);
    assert_eq!(count(&["--exporter", "system"]), 3);
    assert_eq!(count(&["--exporter", "nobody"]), 0);
    assert_eq!(count(&["--pid", &me().to_string()]), 3);
    assert_eq!(count(&["--pid", "1"]), 0);
    assert_eq!(count(&["--orphans"]), 0);
    let stderr = buffers(&["--pid", "4194304"]).run().failure(1);
    assert_eq!(stderr, "dmaheap: read process 4194304: no such process (ESRCH)\n");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn without_proc_it_is_refused_with_one_line_and_without_debugfs_it_says_what_is_missing() {
    let script = |mounts: &str| {
        let text = format!("unshare -m sh -c 'umount -l {mounts} || exit 99; \"$DMAHEAP\" buffers -v'");
        crate::support::script(&text).run()
    };
    assert_eq!(
        script("/proc").failure(1),
        "dmaheap: scan /proc: no such file or directory (ENOENT)\nhint: mount -t proc proc /proc\n"
    );
    let outcome = script("/sys/kernel/debug");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (0, ""));
    assert!(outcome.stderr.contains("no bufinfo"), "{}", outcome.stderr);
}
