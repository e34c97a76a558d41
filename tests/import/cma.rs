//! On the kernel with vgem and vkms (`tests/vm/run --kernel cma`).

pub mod video;

use crate::support::{Held, bare, binary, rows};
use crate::sys::fd::oflags;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

nix::ioctl_none!(set_master, b'd', 0x1e);

/// The node of a driver: its card or its render node.
#[track_caller]
pub fn node(driver: &str, kind: &str) -> String {
    let is_of = |path: &std::path::Path| {
        std::fs::read_link(path.join("device"))
            .is_ok_and(|device| device.file_name().is_some_and(|name| name == driver))
    };
    let pattern = format!("/sys/class/drm/{kind}[0-9]*");
    let found = glob::glob(&pattern).expect("a pattern").flatten().find(|path| is_of(path));
    let found = found.unwrap_or_else(|| panic!("there is no {kind} of {driver}"));
    format!("/dev/dri/{}", found.file_name().unwrap().to_str().unwrap())
}

/// The status, stderr and rows of an import.
fn import(args: &[&str]) -> (i32, String, Vec<Value>) {
    let outcome = bare(["import", "--json"].iter().chain(args)).run();
    (outcome.status, outcome.stderr.clone(), rows(&outcome.stdout))
}

/// Verdict, step and error of the only row.
#[track_caller]
fn answer(args: &[&str]) -> [Value; 3] {
    let (_, stderr, rows) = import(args);
    assert_eq!((rows.len(), stderr.as_str()), (1, ""), "{rows:?}");
    ["verdict", "step", "errno"].map(|key| rows[0][key].clone())
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_device_has_a_row_for_each_heap_and_its_render_node_is_asked() {
    let (status, stderr, rows) = import(&[]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let render = node("vgem", "renderD");
    let of: Vec<&Value> = rows.iter().filter(|row| row["driver"] == "vgem").collect();
    assert_eq!(of.len(), 3, "{rows:?}");
    for (row, (heap, tried)) in of.iter().zip([("reserved", 1), ("system", 8), ("udmabuf", 8)]) {
        let size = 1920 * 1080 * 4;
        assert_eq!(
            **row,
            json!({"device": render, "driver": "vgem", "heap": heap, "size": size, "verdict": "accepted", "step": "import",
                "errno": null, "reason": null, "tried": tried, "accepted": tried, "format": null, "frames": null, "lost": null,
                "period_ns": null, "bytes": null, "changed": null})
        );
    }
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_buffer_that_is_there_is_imported_whatever_its_access_mode() {
    let node_of_heap = File::open("/dev/dma_heap/reserved").expect("the heap opens");
    let buffer = crate::sys::fd::ioctl::heap_alloc(node_of_heap.as_fd(), 4096, oflags::RDONLY, 0).expect("memory");
    let number = buffer.as_raw_fd().to_string();
    let device = node("vgem", "renderD");
    let outcome = bare(["import", "-f", &number, "--device", &device, "-n", "-o", "HEAP,SIZE,VERDICT"]).among_others();
    assert_eq!(outcome.run().success(), "reserved  4KiB  accepted\n");
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_node_that_may_not_be_opened_is_skipped_with_what_denies_it() {
    let card = node("vgem", "card");
    let mode = |mode| std::fs::set_permissions(&card, std::fs::Permissions::from_mode(mode)).expect("chmod");
    let heap = "/dev/dma_heap/system";
    let before = std::fs::metadata(heap).expect("a heap").permissions();
    std::fs::set_permissions(heap, std::fs::Permissions::from_mode(0o666)).expect("chmod");
    mode(0o600);
    let outcome = bare(["import", "system", "--json", "--device", &card]).by_user(1000).run();
    let row = rows(&outcome.stdout).remove(0);
    assert_eq!((outcome.status, &row["verdict"], &row["errno"]), (1, &json!("skipped"), &json!("EACCES")));
    assert!(row["reason"]["value"].as_str().expect("a reason").contains("0600"), "{row}");
    mode(0o666);
    let outcome = bare(["import", "system", "--json", "--device", &card]).by_user(1000).run();
    assert_eq!(rows(&outcome.stdout)[0]["verdict"], "accepted", "{}", outcome.stderr);
    std::fs::set_permissions(heap, before).expect("chmod");
}

/// A process that holds an import, until this is dropped.
pub struct Holding(Child);

impl Holding {
    #[track_caller]
    pub fn new(device: &str, size: &str) -> Self {
        let mut command = Command::new(binary());
        command.args(["import", "system", "-s", size, "--tries", "1", "--hold", "--device", device]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the tool");
        let mut line = String::new();
        BufReader::new(child.stderr.take().expect("stderr")).read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        Self(child)
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        let _ = nix::sys::signal::kill(
            nix::unistd::Pid::from_raw(i32::try_from(self.0.id()).expect("a process")),
            nix::sys::signal::Signal::SIGTERM,
        );
        assert_eq!(self.0.wait().expect("its end").code(), Some(0));
    }
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_compositor_can_become_master_while_a_card_is_asked() {
    let card = node("vgem", "card");
    let holding = Holding::new(&card, "64k");
    let compositor = File::options().read(true).write(true).open(&card).expect("the card");
    // SAFETY: this request takes no argument.
    assert_eq!(unsafe { set_master(compositor.as_raw_fd()) }, Ok(0));
    let seen = bare(["buffers", "-n", "-o", "SIZE,DEVICES"]).among_others().run();
    assert_eq!(seen.stdout, "64KiB  vgem\n", "{}", seen.stderr);
    drop(compositor);
    drop(holding);
    crate::support::Ground::current().assert_nothing_left("a held import");
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_command_works_beside_an_attached_device() {
    let device = node("vgem", "renderD");
    let body = "\"$DMAHEAP\" fill -f 3 --pattern random --seed 1 && \"$DMAHEAP\" verify -f 3 --pattern random --seed 1 -n -o DEVICES,DIFFERING; exit 7";
    let outcome = bare(["import", "system", "-s", "64k", "--device", &device, "--", "sh", "-c", body]).run();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.status), ("vgem\n0\n", "", 7));
    let outcome = bare(["import", "system", "--device", "/dev/null", "--", "true"]).run();
    assert_eq!(outcome.status, 125);
    assert!(
        outcome.stderr.ends_with("dmaheap: run the command: no device accepted the buffer\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_framebuffer_takes_modes_and_a_card() {
    let skipped = |step: &str, errno: Value| [json!("skipped"), json!(step), errno];
    let framebuffer = |node: &str| answer(&["reserved", "--framebuffer", "64x64:XR24", "--device", node]);
    assert_eq!(framebuffer(&node("vgem", "renderD")), skipped("open", json!(null)));
    assert_eq!(framebuffer(&node("vgem", "card")), skipped("framebuffer", json!("EOPNOTSUPP")));
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_framebuffer_is_made_or_its_refusal_is_explained() {
    let card = node("vkms", "card");
    let of = |heap: &str, rest: &[&str]| import(&[&[heap, "--device", &card][..], rest].concat());
    for format in ["64x64:XR24", "1920x1080:XR24", "64x64:RG16", "64x64:AR24:linear"] {
        for heap in ["reserved", "system"] {
            let (status, _, rows) = of(heap, &["--framebuffer", format]);
            assert_eq!((status, &rows[0]["step"]), (0, &json!("framebuffer")), "{format}: {rows:?}");
        }
    }
    let reason = |rest: &[&str]| {
        let (status, _, rows) = of("reserved", rest);
        assert_eq!((status, &rows[0]["verdict"], &rows[0]["errno"]), (1, &json!("refused"), &json!("EINVAL")));
        (rows[0]["reason"]["value"].as_str().expect("a reason").to_owned(), rows[0]["reason"]["inferred"] == true)
    };
    let small = ["--framebuffer", "64x64:XR24", "-s", "4k"];
    assert_eq!(reason(&small), ("the framebuffer needs 16384 bytes, the buffer has 4096".to_owned(), false));
    for format in ["64x64:YUYV", "8x8:XR24", "64x64:XR24:0x0100000000000001"] {
        let (text, is_inferred) = reason(&["--framebuffer", format]);
        assert!(is_inferred && text.starts_with("the driver does not support this format"), "{format}: {text}");
    }
    let debug = "/sys/module/drm/parameters/debug";
    std::fs::write(debug, "0xff").expect("a setting");
    let (text, is_inferred) = reason(&["--framebuffer", "8x8:XR24"]);
    std::fs::write(debug, "0").expect("a setting");
    assert!(text.contains("bad framebuffer width 8") && !is_inferred, "{text}");
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn what_is_no_dma_buf_is_refused_before_a_device_is_asked() {
    let held = Held::inherited(4096);
    let stderr = bare(["import", "-f", "0"]).among_others().run().failure(1);
    assert!(stderr.starts_with("dmaheap: import fd 0: a pipe"), "{stderr}");
    drop(held);
}
