//! What the small kernel of tests/vm/kernel.config has not: access control lists, cgroups.

use super::*;

const NONE: u32 = u32::MAX;

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_list_is_mentioned_and_its_mask_is_no_permission_of_the_group() {
    let _restored = Restored::new(&format!("chown root:44 {NODE}; echo other:x:1001:44::/: >>/etc/passwd"));
    set_list(SYSTEM, &[(1, 6, NONE), (2, 6, USER), (4, 0, NONE), (16, 6, NONE), (32, 0, NONE)]);
    bare(["alloc", "-s", "4k", "-n", "-o", "HEAP"]).by_user(USER).run().success();
    let in_video = |args: &str| bare(args.split(' ')).by_user_in(1001, 44);
    let found = denied("EACCES", "system", in_video);
    assert_eq!(
        found,
        [
            "0660 root:video and an ACL, which getfacl shows; you are other (groups: video)",
            &format!("as root, until the next boot: setfacl -m u:other:rw {NODE}")
        ]
    );
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn an_entry_that_denies_decides_whatever_the_others_may() {
    let _restored = Restored::new("true");
    set_list(SYSTEM, &[(1, 6, NONE), (2, 0, USER), (4, 6, NONE), (16, 6, NONE), (32, 6, NONE)]);
    bare(["alloc", "-s", "4k", "-n", "-o", "HEAP"]).by_user(65534).run().success();
    let found = denied("EACCES", "system", by(USER));
    assert_eq!(
        found,
        [
            "0666 root:root and an ACL, which getfacl shows; you are user (groups: user)",
            &format!("as root, until the next boot: setfacl -m u:user:rw {NODE}")
        ]
    );
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_directory_whose_list_denies_gets_an_entry_and_no_other_mode() {
    const DIRECTORY: &CStr = c"/dev/dma_heap";
    set_list(DIRECTORY, &[(1, 7, NONE), (2, 0, USER), (4, 5, NONE), (16, 5, NONE), (32, 5, NONE)]);
    let outcome = bare(["doctor", "--json", "--heap", "system"]).by_user(USER).run();
    remove_list(DIRECTORY);
    let [check, evidence, help] = problem(&outcome);
    assert_eq!(check, "node");
    assert_eq!(evidence, "no search permission on the directory /dev/dma_heap (EACCES)");
    assert_eq!(help, "as root, until the next boot: setfacl -m u:user:x /dev/dma_heap");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_device_filter_that_forbids_it_is_suspected_and_the_line_is_said() {
    sh("mkdir -p /tmp/devices && mount -t cgroup -o devices none /tmp/devices && mkdir /tmp/devices/jail");
    sh("echo a >/tmp/devices/jail/devices.deny; echo 'c 1:* rwm' >/tmp/devices/jail/devices.allow");
    let jailed = |args: &str| script(&format!("echo $$ >/tmp/devices/jail/cgroup.procs; exec \"$DMAHEAP\" {args}"));
    let found = std::panic::catch_unwind(|| {
        let in_container = |files: &str| {
            let _surroundings = Surroundings::new(files);
            denied("EPERM", "system", jailed)[1].clone()
        };
        let docker = in_container("touch /.dockerenv");
        assert_eq!(docker, format!("start the container with --device {NODE}"));
        let lxc = in_container("mkdir -p /run/systemd; echo lxc >/run/systemd/container");
        let major = std::fs::read_to_string("/sys/class/dma_heap/system/dev").unwrap();
        let major = major.split(':').next().unwrap();
        let line = format!(
            "in the container's configuration on the host: lxc.cgroup2.devices.allow = c {major}:* rwm and \
             lxc.mount.entry = /dev/dma_heap dev/dma_heap none bind,create=dir"
        );
        assert_eq!(lxc, line);
        denied("EPERM", "system", jailed)
    });
    sh("rmdir /tmp/devices/jail; umount /tmp/devices");
    let [evidence, help] = found.unwrap();
    let number = std::fs::read_to_string("/sys/class/dma_heap/system/dev").unwrap();
    let start = "0600 root:root; you are root (groups: root), which allows it; the device filter of the cgroup /jail or a security module";
    assert!(evidence.starts_with(start) && evidence.ends_with(" denies it"), "{evidence}");
    assert_eq!(
        help,
        format!(
            "systemd: DeviceAllow=char-dma_heap rw; a container: --device {NODE}; cgroup v1: echo 'c {} rw' >devices.allow",
            number.trim()
        )
    );
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_filter_as_systemd_makes_them_is_suspected_and_the_unit_is_named() {
    sh("mkdir -p /tmp/unified && mount -t cgroup2 none /tmp/unified && mkdir /tmp/unified/cam.service");
    forbid_devices("/tmp/unified/cam.service");
    let jailed =
        |args: &str| script(&format!("echo $$ >/tmp/unified/cam.service/cgroup.procs; exec \"$DMAHEAP\" {args}"));
    let found = std::panic::catch_unwind(|| denied("EPERM", "system", jailed));
    sh("rmdir /tmp/unified/cam.service; umount /tmp/unified");
    let [evidence, help] = found.unwrap();
    let start = "0600 root:root; you are root (groups: root), which allows it; the device filter of the cgroup /cam.service or a security module";
    assert!(evidence.starts_with(start) && evidence.ends_with(" denies it"), "{evidence}");
    assert_eq!(help, "systemctl edit cam.service: [Service] DeviceAllow=char-dma_heap rw");
}

/// Lets the tasks of a cgroup of version 2 open no devices but those of memory (null, zero), by a program as
/// DeviceAllow= of systemd.resource-control(5) makes them. It is gone with the cgroup.
fn forbid_devices(cgroup: &str) {
    // linux/bpf.h; an instruction is its code, two registers, an offset, and a number.
    const PROG_LOAD: u32 = 5;
    const PROG_ATTACH: u32 = 8;
    const TYPE_CGROUP_DEVICE: u32 = 15;
    const CGROUP_DEVICE: u32 = 6;
    let instruction =
        |code: u64, registers: u64, offset: u64, number: u64| code | registers << 8 | offset << 16 | number << 32;
    let program = [
        // r2 = context->major; r0 = 1; if r2 == 1 return r0; r0 = 0; return r0
        instruction(0x61, 0x12, 4, 0),
        instruction(0xb7, 0, 0, 1),
        instruction(0x15, 2, 1, 1),
        instruction(0xb7, 0, 0, 0),
        instruction(0x95, 0, 0, 0),
    ];
    let load =
        [u64::from(TYPE_CGROUP_DEVICE) | (program.len() as u64) << 32, program.as_ptr() as u64, c"GPL".as_ptr() as u64];
    let call = |command: u32, attributes: &[u64]| {
        // SAFETY: the attributes have the length that is given, and what they point to lives for the call.
        let answer = unsafe { libc::syscall(libc::SYS_bpf, command, attributes.as_ptr(), size_of_val(attributes)) };
        assert!(answer >= 0, "bpf {command}: {}", std::io::Error::last_os_error());
        answer as u64
    };
    let directory = std::fs::File::open(cgroup).unwrap();
    let program = call(PROG_LOAD, &load);
    let target = u64::from(std::os::fd::AsRawFd::as_raw_fd(&directory) as u32);
    call(PROG_ATTACH, &[target | program << 32, u64::from(CGROUP_DEVICE)]);
    nix::unistd::close(program as i32).unwrap();
}
