//! With the nodes of vivid.

mod frames;

use super::import;
use serde_json::json;
use std::fs::File;
use std::os::fd::AsRawFd;

/// `struct v4l2_requestbuffers` of linux/videodev2.h.
#[repr(C)]
struct RequestBuffers {
    count: u32,
    kind: u32,
    memory: u32,
    capabilities: u32,
    flags: u32,
}

nix::ioctl_readwrite!(request_buffers, b'V', 8, RequestBuffers);

/// The node that sysfs calls `name`.
#[track_caller]
pub fn node(name: &str) -> String {
    let is_called =
        |path: &std::path::Path| std::fs::read_to_string(path.join("name")).is_ok_and(|text| text.trim_end() == name);
    let found = glob::glob("/sys/class/video4linux/video*").expect("a pattern").flatten().find(|path| is_called(path));
    let found = found.unwrap_or_else(|| panic!("there is no {name}"));
    format!("/dev/{}", found.file_name().unwrap().to_str().unwrap())
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_queue_maps_a_buffer_of_the_size_of_its_frames() {
    for name in ["vivid-000-vid-cap", "vivid-000-vid-out"] {
        let (status, stderr, rows) = import(&["system", "--device", &node(name)]);
        assert_eq!((status, stderr.as_str(), rows.len()), (0, "", 1), "{rows:?}");
        let row = &rows[0];
        assert_eq!(
            (&row["driver"], &row["verdict"], &row["step"]),
            (&json!("vivid"), &json!("accepted"), &json!("map"))
        );
        // How large a frame is depends on the release.
        let size = row["size"].as_u64().expect("a size");
        assert!(size > 100_000 && size % 4096 == 0, "{row}");
        assert_eq!((&row["tried"], &row["accepted"]), (&json!(8), &json!(8)));
    }
}

/// The kernel would find out after it has taken a reference that it never drops.
#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_buffer_that_is_too_short_is_refused_before_the_kernel_is_asked() {
    let (status, stderr, rows) = import(&["system", "-s", "4k", "--device", &node("vivid-000-vid-cap")]);
    assert_eq!((status, stderr.as_str()), (1, ""));
    let row = &rows[0];
    assert_eq!((&row["verdict"], &row["step"], &row["errno"]), (&json!("refused"), &json!("format"), &json!(null)));
    let reason = row["reason"]["value"].as_str().expect("a reason");
    assert!(reason.starts_with("a frame needs ") && reason.ends_with(" bytes, the buffer has 4096"), "{reason}");
    assert_eq!(row["reason"]["inferred"], false);
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_device_in_use_is_not_disturbed() {
    let path = node("vivid-000-vid-out");
    let row_of = |args: &[&str]| {
        let row = import(args).2.into_iter().find(|row| row["device"] == path.as_str()).expect("a row");
        let reason = row["reason"]["value"].as_str().unwrap_or_default().to_owned();
        (row["verdict"].clone(), row["step"].clone(), row["errno"].clone(), reason)
    };
    let camera = File::options().read(true).write(true).open(&path).expect("the node");
    let reason = "another process has it open".to_owned();
    assert_eq!(row_of(&["system"]), (json!("skipped"), json!("open"), json!(null), reason));
    let named = ["system", "--device", &path];
    assert_eq!(row_of(&named).0, json!("accepted"));
    let mut buffers = RequestBuffers { count: 2, kind: 2, memory: 4, capabilities: 0, flags: 0 };
    // SAFETY: the request reads and writes one struct v4l2_requestbuffers, which `buffers` is.
    unsafe { request_buffers(camera.as_raw_fd(), &raw mut buffers) }.expect("a queue");
    let reason = "the device is in use".to_owned();
    assert_eq!(row_of(&named), (json!("skipped"), json!("request"), json!("EBUSY"), reason));
    drop(camera);
    assert_eq!(row_of(&named).0, json!("accepted"));
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn what_is_no_video_queue_is_skipped() {
    let (status, _, rows) = import(&["system", "--device", &node("vivid-000-meta-cap")]);
    assert_eq!((status, &rows[0]["verdict"], &rows[0]["step"]), (1, &json!("skipped"), &json!("capability")));
    let reason = rows[0]["reason"]["value"].as_str().expect("a reason");
    assert!(reason.starts_with("neither captures nor outputs video (capabilities 0x"), "{reason}");
}
