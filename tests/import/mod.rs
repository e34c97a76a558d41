//! `dmaheap import`

pub mod cma;

use crate::support::{Ground, bare, dmaheap};
use serde_json::json;

#[test]
fn a_simulated_buffer_is_no_devices() {
    let outcome = dmaheap(["import", "system"]).run();
    match Ground::current() {
        Ground::Simulator => assert_eq!(
            outcome.failure(1),
            "dmaheap: import a simulated buffer: buffers of dmaheap sim exist only in its processes, and devices are real\n"
        ),
        Ground::Kernel if std::path::Path::new("/dev/dri").exists() => assert_eq!(outcome.status, 0),
        Ground::Kernel => assert_eq!(
            outcome.failure(4),
            "dmaheap: no devices: there is neither a DRM node in /dev/dri nor a /dev/video*\n"
        ),
    }
}

#[test]
fn command_lines_that_make_no_sense_are_refused() {
    for (args, reason) in [
        (&["--framebuffer", "8x8"][..], "expected WIDTHxHEIGHT:FORMAT[:MODIFIER]"),
        (&["system", "-f", "3"], "cannot be used with"),
        (&["--hold", "system", "--", "true"], "cannot be used with"),
        (&["--timeout", "1s", "system", "--", "true"], "cannot be used with"),
        (&["--frames", "1", "system"], "--device <PATH>"),
        (&["--format", "8x8:YUYV"], "--device <PATH>"),
        (&["--format", "8x8", "--device", "/dev/null"], "expected WIDTHxHEIGHT:FORMAT, such as 640x480:YUYV"),
        (&["--frames", "1", "--device", "/dev/null", "--hold"], "cannot be used with"),
        (&["--frames", "1", "--device", "/dev/null", "--save", "-"], "--save needs one device, and one heap"),
        (&["--tries", "0"], "the count must be at least 1"),
        (&["--peer-timeout", "1s"], "--from-socket <SOCKET>"),
    ] {
        let outcome = bare(["import"].iter().chain(args)).run();
        assert!(matches!(outcome.status, 2 | 125) && outcome.stderr.contains(reason), "{args:?}: {}", outcome.stderr);
    }
    let stderr = bare(["import", "--", "true"]).run().failure(125);
    assert!(stderr.starts_with("dmaheap: a command needs one heap, or a buffer (--fd)\n"), "{stderr}");
}

/// What is not a device is never opened: a FIFO would wait.
#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn what_is_no_device_is_skipped_with_what_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let fifo = directory.path().join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let missing = directory.path().join("missing");
    for (path, errno, reason) in [
        ("/dev/null", json!(null), "character device 1:3 is neither a DRM nor a V4L2 node"),
        ("/dev/dma_heap/system", json!(null), " is neither a DRM nor a V4L2 node"),
        (fifo.to_str().unwrap(), json!(null), "not a device node"),
        (missing.to_str().unwrap(), json!("ENOENT"), "no such node"),
    ] {
        let outcome = bare(["import", "system", "--json", "--device", path]).run();
        let rows = crate::support::rows(&outcome.stdout);
        assert_eq!((outcome.status, rows.len(), outcome.stderr.as_str()), (1, 1, ""), "{path}");
        let row = &rows[0];
        assert_eq!((&row["verdict"], &row["step"], &row["errno"]), (&json!("skipped"), &json!("open"), &errno));
        assert_eq!((&row["device"], &row["heap"], &row["size"]), (&json!(path), &json!(null), &json!(null)));
        let shown = row["reason"]["value"].as_str().unwrap();
        assert!(shown.ends_with(reason), "{path}: {shown}");
    }
}
