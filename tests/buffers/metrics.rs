//! Gauges for a monitoring system, and the alarm.

use super::recorded::{BUFINFO, board};
use crate::support::bare;

/// The samples of an exposition, without what describes them.
fn samples(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn each_total_exporter_process_and_area_has_its_gauges() {
    let board = board()
        .file("sys/kernel/debug/dma_buf/bufinfo", BUFINFO)
        .file("sys/kernel/mm/cma/pool@8/total_pages", "16\n")
        .file("sys/kernel/mm/cma/pool@8/available_pages", "4\n")
        .file("proc/13/comm", "a \"b\\c\n");
    let outcome = board.run("buffers", &["--format", "openmetrics"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    let expected = r#"dmabuf_buffers 2
dmabuf_size_bytes 1056768
dmabuf_user_buffers 1
dmabuf_user_size_bytes 8192
dmabuf_kernel_buffers 1
dmabuf_kernel_size_bytes 1048576
dmabuf_exporter_buffers{exporter="reserved"} 1
dmabuf_exporter_buffers{exporter="system"} 1
dmabuf_exporter_size_bytes{exporter="reserved"} 1048576
dmabuf_exporter_size_bytes{exporter="system"} 8192
dmabuf_exporter_kernel_buffers{exporter="reserved"} 1
dmabuf_exporter_kernel_buffers{exporter="system"} 0"#;
    let found = samples(&outcome.stdout);
    assert_eq!(found[..12].join("\n"), expected);
    for sample in [
        "dmabuf_process_shared_bytes{pid=\"12\",command=\"cam\u{1b}[m\"} 4096",
        r#"dmabuf_process_buffers{pid="13",command="a \"b\\c"} 1"#,
        r#"cma_size_bytes{area="pool@8"} 65536"#,
        r#"cma_free_bytes{area="pool@8"} 16384"#,
        "dmabuf_scan_complete 1",
    ] {
        assert!(found.contains(&sample), "{sample}: {}", outcome.stdout);
    }
    let about = "# HELP dmabuf_size_bytes Size of all dma-bufs.\n# TYPE dmabuf_size_bytes gauge\n# UNIT dmabuf_size_bytes bytes\n";
    assert!(outcome.stdout.contains(about) && outcome.stdout.ends_with("\n# EOF\n"), "{}", outcome.stdout);
}

#[test]
fn what_could_not_be_read_has_no_sample() {
    let outcome = board().run("buffers", &["--format", "openmetrics"]);
    let found = samples(&outcome.stdout);
    assert!(found.contains(&"dmabuf_scan_complete 0") && found.contains(&"dmabuf_user_buffers 1"), "{found:?}");
    assert!(
        !found.iter().any(|sample| sample.starts_with("dmabuf_buffers") || sample.contains("_kernel_")),
        "{found:?}"
    );
}

#[test]
fn a_file_is_replaced_each_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dmabuf.prom");
    std::fs::write(&path, "before").unwrap();
    let args = ["--format", "openmetrics", "--write", path.to_str().unwrap()];
    let outcome = board().run("buffers", &[&args[..], &["--watch", "0.1", "--timeout", "300ms"]].concat());
    assert_eq!((outcome.status, outcome.stdout.as_str()), (0, ""), "{}", outcome.stderr);
    assert!(std::fs::read_to_string(&path).unwrap().ends_with("# EOF\n"));
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1);
    let outcome = board().run("buffers", &["--format", "openmetrics", "--watch", "0.1"]);
    assert_eq!((outcome.status, outcome.stderr.lines().count()), (2, 1), "{}", outcome.stderr);
}

#[test]
fn an_alarm_that_cannot_go_off_is_refused() {
    for (args, message) in [
        ("--watch 1 --alarm 4k/10s", "--alarm needs rows that can grow: --by process, cgroup, exporter or total"),
        ("--by total --watch 2 --alarm 4k/6s", "--alarm needs --watch 1s or less, a sixth of its time"),
        ("--by total --alarm 4k/6s", "missing --watch <SECONDS>"),
    ] {
        let stderr = bare(["buffers"].into_iter().chain(args.split(' '))).run().failure(2);
        assert!(stderr.starts_with(&format!("dmaheap: {message}\n")), "{stderr}");
    }
}

/// A scan of hundreds of processes takes an emulated processor too long.
mod host {
    use crate::support::script;

    /// A page more each 100 ms, of a process of its own, beside one that allocates and frees and one that keeps what it has.
    #[test]
    fn a_leak_raises_the_alarm_and_what_breathes_does_not() {
        let text = "look() { \"$DMAHEAP\" buffers --watch 0.1 \"$@\" >/dev/null; }
            \"$DMAHEAP\" hold -s 1M >/dev/null & holders=$!
            (while sleep 0.2; do \"$DMAHEAP\" hold -s 256k --for 50ms >/dev/null; done) & breather=$!
            look --by process --alarm 4k/1200ms --timeout 5s & by_process=$!
            look --by exporter --alarm 16k/6s --timeout 60s & by_exporter=$!
            while kill -0 $by_exporter 2>/dev/null; do
                \"$DMAHEAP\" hold -s 4k >/dev/null & holders=\"$holders $!\"; sleep 0.1
            done
            wait $by_process; by_process=$?; wait $by_exporter; by_exporter=$?
            kill $breather $holders; echo $by_process $by_exporter";
        let outcome = script(text).run();
        assert_eq!(outcome.stdout, "0 1\n", "{}", outcome.transcript());
        assert!(outcome.stderr.contains("dmaheap: exporter system has grown steadily, by "), "{}", outcome.stderr);
    }
}
