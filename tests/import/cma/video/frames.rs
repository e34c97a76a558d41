//! Frames of vivid's camera.

use super::super::import;
use super::{RequestBuffers, node, request_buffers};
use crate::support::{bare, binary, rows};
use crate::sys::fd::oflags;
use serde_json::{Value, json};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd};
use std::process::{Command, Stdio};

/// A size that vivid's webcam and its television have.
const FORMAT: &str = "640x480:YUYV";
const BYTES: u64 = 640 * 480 * 2;

fn camera() -> String {
    node("vivid-000-vid-cap")
}

/// The format that it has, before and after.
#[track_caller]
fn format_of(device: &str) -> Value {
    let (status, stderr, rows) = import(&["reserved", "--device", device]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    rows[0]["format"].clone()
}

/// All but a few bytes of a picture differ from what was there; of a page's rest none does.
#[track_caller]
fn assert_written(row: &Value, bytes: u64) {
    let changed = row["changed"].as_u64().expect("a number");
    assert!(row["bytes"] == bytes && changed <= bytes && changed > bytes / 10 * 9, "{row}");
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_camera_streams_into_each_heap() {
    let (status, stderr, rows) = import(&["--device", &camera(), "--frames", "3", "--format", FORMAT]);
    assert_eq!((status, stderr.as_str(), rows.len()), (0, "", 3), "{rows:?}");
    for row in &rows {
        assert_eq!((&row["verdict"], &row["step"]), (&json!("accepted"), &json!("stream")));
        assert_eq!((&row["frames"], &row["lost"], &row["format"]), (&json!(3), &json!(0), &json!(FORMAT)), "{row}");
        assert!(row["period_ns"].as_u64().is_some_and(|period| period > 1_000_000), "{row}");
        assert_written(row, BYTES);
    }
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_format_is_put_back() {
    let device = camera();
    let before = format_of(&device);
    assert_ne!(before, FORMAT, "the test would show nothing");
    let (status, _, rows) = import(&["system", "--device", &device, "--format", FORMAT]);
    assert_eq!((status, &rows[0]["format"], &rows[0]["size"]), (0, &json!(FORMAT), &json!(BYTES)));
    assert_eq!(format_of(&device), before);
    let (status, _, rows) = import(&["system", "--device", &device, "--format", "641x483:YUYV"]);
    assert_eq!((status, &rows[0]["verdict"], &rows[0]["step"]), (1, &json!("skipped"), &json!("format")));
    let reason = rows[0]["reason"]["value"].as_str().expect("a reason");
    assert!(reason.starts_with("the driver changes 641x483:YUYV to "), "{reason}");
    assert_eq!(format_of(&device), before);
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn the_last_frame_is_saved_to_a_file_or_to_stdout() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("frame.yuv");
    let device = camera();
    let base = ["import", "reserved", "--device", &device, "--frames", "2", "--format", FORMAT];
    let to = |file: &str| Command::new(binary()).args(base).args(["--save", file]).output().expect("the tool");
    let saved = to(path.to_str().expect("a name"));
    assert!(saved.status.success() && saved.stdout.starts_with(b"DEVICE"), "{saved:?}");
    let frame = std::fs::read(&path).expect("the frame");
    let streamed = to("-");
    assert!(streamed.status.success() && streamed.stderr.is_empty());
    for bytes in [frame, streamed.stdout] {
        assert_eq!(bytes.len() as u64, BYTES);
        // It is a picture: of several colours, whose even bytes are the brightness.
        assert!(bytes.iter().step_by(2).collect::<std::collections::BTreeSet<_>>().len() > 4);
    }
    let skipped = ["import", "system", "--device", "/dev/null", "--frames", "1", "--save", "-"];
    let outcome = Command::new(binary()).args(skipped).output().expect("the tool");
    let stderr = String::from_utf8_lossy(&outcome.stderr);
    assert_eq!((outcome.status.code(), outcome.stdout.len()), (Some(1), 0));
    assert!(stderr.starts_with("dmaheap: save a frame of /dev/null: character device 1:3"), "{stderr}");
}

/// Importers do not look at the access mode.
#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_camera_writes_into_a_buffer_that_was_opened_read_only() {
    let heap = File::open("/dev/dma_heap/system").expect("the heap opens");
    let buffer = crate::sys::fd::ioctl::heap_alloc(heap.as_fd(), 4 << 20, oflags::RDONLY, 0).expect("memory");
    let number = buffer.as_raw_fd().to_string();
    let device = camera();
    let args = ["import", "--json", "-f", &number, "--device", &device, "--frames", "2", "--format", FORMAT];
    let outcome = bare(args).among_others().run();
    let row = rows(&outcome.stdout).remove(0);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{row}");
    assert_written(&row, BYTES);
    let verify = bare(["verify", "-f", &number, "--pattern", "zero", "-n", "-o", "DIFFERING"]).among_others().run();
    assert_eq!(verify.status, 3, "{}", verify.stderr);
    let fill = bare(["fill", "-f", &number, "--pattern", "zero"]).among_others().run().failure(1);
    assert!(fill.contains("not open for reading and writing"), "{fill}");
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn whatever_ends_a_stream_leaves_the_device_as_it_was() {
    let device = camera();
    let before = format_of(&device);
    assert_ne!(before, FORMAT, "the test would show nothing");
    let endless = ["import", "system", "--device", &device, "--frames", "1000000", "--format", FORMAT];
    let stderr = bare(endless.iter().chain(&["--timeout", "1s"])).run().failure(1);
    let expected = format!("dmaheap: wait for 1000000 frames of {device}, after ");
    assert!(stderr.starts_with(&expected) && stderr.ends_with(": timed out after 1s\n"), "{stderr}");
    assert_eq!(format_of(&device), before);
    let mut child = Command::new(binary()).args(endless).stdout(Stdio::null()).spawn().expect("the tool");
    await_use(&device);
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).expect("a process"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("a signal");
    let status = child.wait().expect("its end");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(15));
    assert_eq!(format_of(&device), before);
    crate::support::Ground::current().assert_nothing_left("an interrupted stream");
}

/// Until another process has buffers in the queue of `device`.
fn await_use(device: &str) {
    let other = File::options().read(true).write(true).open(device).expect("the node");
    let mut buffers = RequestBuffers { count: 0, kind: 1, memory: 4, capabilities: 0, flags: 0 };
    // SAFETY: the request reads and writes one struct v4l2_requestbuffers, which `buffers` is.
    while unsafe { request_buffers(other.as_raw_fd(), &raw mut buffers) }.is_ok() {
        std::thread::yield_now();
    }
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_camera_that_is_unplugged_ends_the_stream() {
    let device = camera();
    let endless = ["import", "reserved", "--json", "--device", &device, "--frames", "1000000", "--timeout", "1m"];
    let child = Command::new(binary()).args(endless).stdout(Stdio::piped()).spawn().expect("the tool");
    await_use(&device);
    let driver = "/sys/bus/platform/drivers/vivid";
    std::fs::write(format!("{driver}/unbind"), "vivid.0").expect("unbind");
    let output = child.wait_with_output().expect("its end");
    std::fs::write(format!("{driver}/bind"), "vivid.0").expect("bind");
    let row = rows(&String::from_utf8_lossy(&output.stdout)).remove(0);
    assert_eq!((output.status.code(), &row["verdict"], &row["errno"]), (Some(1), &json!("refused"), &json!("ENODEV")));
    assert_eq!(row["reason"], json!({"value": "the device is gone", "inferred": false}), "{row}");
    crate::support::Ground::current().assert_nothing_left("an unplugged camera");
    assert_eq!(format_of(&camera()).as_str().map(str::is_empty), Some(false));
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn what_captures_nothing_is_skipped() {
    let card = super::super::node("vkms", "card");
    for (device, step, reason) in [
        (node("vivid-000-vid-out"), "capability", "it outputs video and captures none"),
        (card, "open", "a DRM node has no frames"),
    ] {
        let (status, _, rows) = import(&["system", "--device", &device, "--frames", "1"]);
        assert_eq!((status, &rows[0]["verdict"], &rows[0]["step"]), (1, &json!("skipped"), &json!(step)));
        assert_eq!(rows[0]["reason"], json!({"value": reason, "inferred": false}));
    }
}
