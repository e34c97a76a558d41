//! `dmaheap fence`

use crate::support::{bare, dmaheap};

/// The simulator answers as a kernel without CONFIG_SYNC_FILE.
#[test]
fn waiting_needs_no_sync_file_and_everything_else_says_so() {
    let on_buffer = |args: &str| {
        let body = format!("exec \"$DMAHEAP\" fence -f 3 {args}");
        dmaheap(["exec", "-s", "4k", "--", "sh", "-c", &body])
    };
    let waited = on_buffer("--wait --timeout 10s -n -o FOR,WAITED").run().success();
    assert!(waited.starts_with("write  ") && waited.ends_with("s\n"), "{waited}");
    let shown = on_buffer("-n -o FOR,STATUS").run();
    if shown.status == 0 {
        assert_eq!(shown.success(), "read   signaled\nwrite  signaled\n");
        return;
    }
    // Debian's kernels and the simulator have no CONFIG_SYNC_FILE; mod cma needs one.
    let stderr = shown.failure(1);
    let reason = "export the fences of fd 3: this kernel has no sync_files of buffers (ENOTTY)";
    assert!(stderr.starts_with(&format!("dmaheap: {reason}\nhint: this needs Linux 6.0 ")), "{stderr}");
    assert_eq!(on_buffer("--export 5 -- true").run().failure(125), stderr);
}

#[test]
fn options_that_make_no_sense_together_are_refused() {
    for (args, reason) in [
        (&["-f", "3", "--import", "4"][..], "missing --direction <DIRECTION>"),
        (&["-f", "3", "--export", "4"], "missing <COMMAND>..."),
        (&["-f", "3", "--wait", "--import", "4", "--direction", "read"], "'--wait' cannot be used with '--import <N>'"),
        (&["-f", "3", "--direction", "both"], "invalid value 'both' for '--direction <DIRECTION>'"),
        (&[], "missing --fd <N>"),
    ] {
        let stderr = bare(["fence"].iter().chain(args)).run().failure(2);
        assert!(stderr.contains(reason), "{args:?}: {stderr}");
    }
}

/// With fences of sw_sync, which stay pending for as long as a test wants (`tests/vm/run --kernel cma`).
mod cma {
    use crate::support::{Held, bare};
    use nix::fcntl::{FcntlArg, FdFlag, fcntl};
    use serde_json::json;
    use std::fs::File;
    use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

    /// `struct sw_sync_create_fence_data` of drivers/dma-buf/sw_sync.c.
    #[repr(C)]
    struct CreateFence {
        value: u32,
        name: [u8; 32],
        fence: i32,
    }

    nix::ioctl_readwrite!(sw_sync_create_fence, b'W', 0, CreateFence);
    nix::ioctl_write_ptr!(sw_sync_inc, b'W', 1, u32);

    struct Timeline(File);

    impl Timeline {
        fn new() -> Self {
            Self(File::options().read(true).write(true).open("/sys/kernel/debug/sync/sw_sync").expect("sw_sync"))
        }

        /// A sync_file that is signaled once the timeline is at `value`; programs inherit it.
        fn fence(&self, value: u32) -> OwnedFd {
            let mut data = CreateFence { value, name: [0; 32], fence: -1 };
            // SAFETY: the request reads and writes one struct sw_sync_create_fence_data, which `data` is.
            unsafe { sw_sync_create_fence(self.0.as_raw_fd(), &raw mut data) }.expect("a fence");
            // SAFETY: the kernel has just made this descriptor.
            let fence = unsafe { OwnedFd::from_raw_fd(data.fence) };
            fcntl(fence.as_fd(), FcntlArg::F_SETFD(FdFlag::empty())).expect("a flag");
            fence
        }

        fn signal(&self) {
            // SAFETY: the request reads a number, which is alive for the call.
            unsafe { sw_sync_inc(self.0.as_raw_fd(), &1) }.expect("a step");
        }
    }

    fn fence(held: &Held, args: &[&str]) -> crate::support::Run {
        let number = held.0.as_raw_fd().to_string();
        bare(["fence", "-f", &number].iter().chain(args)).among_others()
    }

    #[track_caller]
    fn import(held: &Held, file: &OwnedFd, access: &str) {
        let number = file.as_raw_fd().to_string();
        assert_eq!(fence(held, &["--import", &number, "--direction", access]).run().success(), "");
    }

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn a_reader_waits_for_writers_and_a_writer_for_everyone() {
        for (access, [read, write]) in [("read", ["signaled", "pending"]), ("write", ["pending", "pending"])] {
            let (held, timeline) = (Held::inherited(4096), Timeline::new());
            import(&held, &timeline.fence(1), access);
            let rows = fence(&held, &["--json"]).run().rows();
            assert_eq!([&rows[0]["status"], &rows[1]["status"]], [read, write], "{access}");
            assert_eq!([&rows[0]["for"], &rows[1]["for"]], ["read", "write"]);
            assert_eq!((&rows[1]["driver"], &rows[1]["signaled_ns"]), (&json!("sw_sync"), &json!(null)));
            timeline.signal();
            assert_eq!(fence(&held, &["-n", "-o", "STATUS"]).run().success(), "signaled\nsignaled\n");
        }
    }

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn a_wait_ends_with_the_signal_or_names_the_fence_when_the_time_is_up() {
        let (held, timeline) = (Held::inherited(4096), Timeline::new());
        import(&held, &timeline.fence(1), "read");
        let stderr = fence(&held, &["--wait", "--timeout", "100ms"]).run().failure(1);
        let begins = "dmaheap: wait for the fence sw_sync:";
        let ends = format!(" of fd {}: timed out after 100ms\n", held.0.as_raw_fd());
        assert!(stderr.starts_with(begins) && stderr.ends_with(&ends), "{stderr}");
        assert_eq!(references(&held), 1, "the kernel still polls the buffer");
        // No reader waits for a reader.
        assert!(fence(&held, &["--wait", "--direction", "read", "-n"]).run().success().starts_with("read  signaled"));
        let signal = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| fence(&held, &["--wait", "--timeout", "20s", "--json"]).run().rows());
            await_waiting(&held);
            timeline.signal();
            waiting.join().expect("rows")
        });
        assert_eq!(signal.len(), 1);
        assert_eq!((&signal[0]["status"], &signal[0]["for"]), (&json!("signaled"), &json!("write")));
        assert!(signal[0]["waited_ns"].as_u64() > Some(0), "{signal:?}");
    }

    /// Until the tool has the sync_file of the fences of `held`, for which it waits.
    fn await_waiting(held: &Held) {
        let arguments = format!("-f\0{}\0--wait\0", held.0.as_raw_fd());
        let is_waiting = |process: &std::path::Path| {
            let links = glob::glob(process.join("fd/*").to_str().expect("a path")).expect("a pattern").flatten();
            std::fs::read_to_string(process.join("cmdline")).is_ok_and(|line| line.contains(&arguments))
                && links
                    .filter_map(|link| std::fs::read_link(link).ok())
                    .any(|to| to.as_os_str() == "anon_inode:sync_file")
        };
        while !glob::glob("/proc/[0-9]*").expect("a pattern").flatten().any(|process| is_waiting(&process)) {
            std::thread::yield_now();
        }
    }

    /// References to the file of a buffer (fdinfo).
    fn references(held: &Held) -> u64 {
        let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", held.0.as_raw_fd())).expect("fdinfo");
        let count = info.lines().find_map(|line| line.strip_prefix("count:")).expect("a count");
        count.trim().parse().expect("a number")
    }

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn a_fence_whose_work_failed_is_a_failure_of_the_wait() {
        let held = Held::inherited(4096);
        let timeline = Timeline::new();
        import(&held, &timeline.fence(1), "write");
        let outcome = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| fence(&held, &["--wait", "--timeout", "20s", "-n", "-o", "STATUS"]).run());
            await_waiting(&held);
            // Its fences are signaled with ENOENT.
            drop(timeline);
            waiting.join().expect("an outcome")
        });
        assert_eq!((outcome.stdout.as_str(), outcome.status), ("ENOENT\n", 1), "{}", outcome.stderr);
    }

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn a_command_gets_a_sync_file_and_what_is_none_is_refused() {
        let (held, timeline) = (Held::inherited(4096), Timeline::new());
        import(&held, &timeline.fence(1), "write");
        let listed = fence(&held, &["--export", "9", "--", "readlink", "/proc/self/fd/9"]).run().success();
        assert_eq!(listed, "anon_inode:sync_file\n");
        let number = held.0.as_raw_fd().to_string();
        let other = held.0.try_clone().expect("a descriptor");
        fcntl(other.as_fd(), FcntlArg::F_SETFD(FdFlag::empty())).expect("a flag");
        let stderr =
            fence(&held, &["--import", &other.as_raw_fd().to_string(), "--direction", "read"]).run().failure(1);
        let reason = format!("import a fence into fd {number}: the descriptor is not a sync_file (EINVAL)");
        assert_eq!(stderr, format!("dmaheap: {reason}\n"));
        timeline.signal();
    }

    /// The kernel would wait in DMA_BUF_IOCTL_SYNC, and not say for what.
    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn what_begins_cpu_access_names_the_fence_that_held_it_up() {
        let (held, timeline) = (Held::inherited(4096), Timeline::new());
        import(&held, &timeline.fence(1), "read");
        let number = held.0.as_raw_fd().to_string();
        let of = |verb: &[&str]| {
            let limit = ["-f", &number, "--timeout", "2s"];
            bare(verb.iter().chain(&limit)).among_others().run()
        };
        let stderr = of(&["fill", "--pattern", "zero"]).failure(1);
        assert!(stderr.starts_with("dmaheap: wait for the fence sw_sync:"), "{stderr}");
        assert_eq!(of(&["dump", "/dev/null"]).success(), "");
        timeline.signal();
        assert_eq!(of(&["fill", "--pattern", "zero"]).success(), "");
    }

    /// Two references of the kernel, and no leak: they go with the fence.
    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn a_poll_that_waits_for_a_fence_is_told_from_an_importer() {
        let (held, timeline) = (Held::inherited(4096), Timeline::new());
        let inode = held.inode().to_string();
        let shown = || {
            let outcome = bare(["buffers", "--inode", &inode, "-n", "-o", "KERNEL,BY,FENCES"]).among_others().run();
            outcome.stdout.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(shown(), ["0", "-", "0"]);
        import(&held, &timeline.fence(1), "write");
        assert_eq!(shown(), ["0", "-", "1"]);
        let events = nix::poll::PollFlags::POLLIN | nix::poll::PollFlags::POLLOUT;
        let mut polled = [nix::poll::PollFd::new(held.0.as_fd(), events)];
        assert_eq!(nix::poll::poll(&mut polled, nix::poll::PollTimeout::ZERO), Ok(0));
        let kernel = shown();
        assert_eq!((kernel[1].as_str(), kernel[2].as_str()), ("poll?", "1"), "{kernel:?}");
        let number = held.0.as_raw_fd().to_string();
        let info = bare(["info", "-f", &number, "-o", "BY,FENCES"]).among_others().run();
        assert_eq!(info.stdout, "BY      poll?\nFENCES  1\n", "{}", info.stderr);
        timeline.signal();
        assert_eq!(shown(), ["0", "-", "0"]);
    }
}
