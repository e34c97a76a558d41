//! Heaps that work while something of them is out of sight.

use super::{findings, sh};
use crate::support::{bare, script};

const USER: u32 = 1000;

/// The answer of doctor in a mount namespace of its own where `change` was made.
fn doctor_after(change: &str) -> crate::support::Outcome {
    script(&format!("unshare -m sh -c '{change} || exit 99; exec \"$DMAHEAP\" doctor --json'")).run()
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_class_out_of_sight_hides_no_heap() {
    for place in ["/sys/class", "/sys/class/dma_heap"] {
        let outcome = doctor_after(&format!("mount -t tmpfs none {place}"));
        super::no_problem(&outcome);
        let ok = findings(&outcome, "ok");
        let of = |check: &str| ok.iter().find(|row| row["check"] == check).unwrap_or_else(|| panic!("{check}"));
        assert!(of("heaps")["object"].as_str().is_some_and(|names| names.ends_with("system")), "{place}");
        let evidence = of("config")["evidence"].as_str().unwrap();
        // On a kernel without one of them, each has a line.
        assert!(evidence.starts_with("set: ") || evidence.starts_with("y ("), "{evidence}");
        assert!(!outcome.stdout.contains("rm "), "{}", outcome.stdout);
    }
}

/// The nodes as they were again, when this is dropped.
struct Reset(&'static str);

impl Drop for Reset {
    fn drop(&mut self) {
        sh(self.0);
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_directory_that_may_not_be_listed_is_not_empty() {
    const UNLISTED: &str = "/dev/dma_heap exists but may not be listed (EACCES)";
    sh("chmod 666 /dev/dma_heap/system; chmod 711 /dev/dma_heap; mount -t tmpfs none /sys/class");
    let _reset = Reset("umount /sys/class; chmod 755 /dev/dma_heap; chmod 600 /dev/dma_heap/system");
    let stderr = bare(["list"]).by_user(USER).run().failure(1);
    assert_eq!(stderr, format!("dmaheap: {UNLISTED}\ndmaheap: no heaps found, but not everything could be read\n"));
    let outcome = bare(["doctor", "--json"]).by_user(USER).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{}", outcome.transcript());
    let heaps = findings(&outcome, "unknown").into_iter().find(|row| row["check"] == "heaps").expect("a row");
    assert_eq!(heaps["evidence"], UNLISTED);
    bare(["alloc", "-s", "4k", "-n", "-o", "HEAP"]).by_user(USER).run().success();
    let stderr = bare(["alloc", "-s", "4k", "--heap", "nowhere"]).by_user(USER).run().failure(1);
    assert!(stderr.ends_with(&format!("\nhint: {UNLISTED}\n")), "{stderr}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_class_that_may_not_be_searched_is_not_absent() {
    const CLOSED: &str = "/sys/class/dma_heap cannot be examined (EACCES)";
    sh("chmod 666 /dev/dma_heap/system; chmod 700 /sys/class");
    let _reset = Reset("chmod 755 /sys/class; chmod 600 /dev/dma_heap/system");
    let outcome = bare(["list", "system", "-n", "-o", "NAME,ACCESS"]).by_user(USER).run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("system  ok\n", 0), "{}", outcome.transcript());
    assert_eq!(outcome.stderr, format!("dmaheap: {CLOSED}\n"));
    let doctor = bare(["doctor", "--heap", "system", "--json"]).by_user(USER).run();
    super::no_problem(&doctor);
    sh("mv /dev/dma_heap /dev/kept");
    let list = bare(["list"]).by_user(USER).run();
    sh("mv /dev/kept /dev/dma_heap");
    let stderr = list.failure(1);
    assert_eq!(stderr, format!("dmaheap: {CLOSED}\ndmaheap: no heaps found, but not everything could be read\n"));
}
