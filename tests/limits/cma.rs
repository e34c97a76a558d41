//! On the kernel with CMA heaps (`tests/vm/run --kernel cma`).

use super::number;
use crate::support::{assert_fields, dmaheap, script};
use serde_json::{Value, json};

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn an_area_is_asked_until_it_refuses() {
    let row = &dmaheap(["limits", "--heap", "cma", "--chunk", "64k", "-J"]).run().rows()[0];
    assert_fields(row, &json!({"bound": "ENOMEM", "ended": "ENOMEM", "budget": null}));
    let [area, free, largest, total, left] = ["area", "free", "largest", "total", "left"].map(|key| number(row, key));
    assert!(largest > 0 && largest <= free && free <= area, "{row}");
    assert!(total > area / 2 && total <= area && left < area / 2, "{row}");
    assert_eq!(number(row, "largest_percent"), largest * 100 / free);
    // Nothing of it is gone.
    let again = &dmaheap(["limits", "--heap", "cma", "--chunk", "64k", "-J"]).run().rows()[0];
    assert!(number(again, "largest") + (1 << 20) >= largest, "{row} {again}");
}

/// From 6.17 on the default area's heap and its area have different names.
#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn an_area_of_another_name_is_the_heaps_own() {
    let renamed = |command: &str| {
        let text = format!(
            "umount -l /sys/kernel/debug && total=$(grep CmaTotal /proc/meminfo | tr -dc 0-9) &&
             mount -t tmpfs none /sys/kernel/mm/cma && mkdir /sys/kernel/mm/cma/pool@80000000 &&
             echo $((total / 4)) >/sys/kernel/mm/cma/pool@80000000/total_pages && {command}"
        );
        script(&format!("unshare -m sh -c '{text}'")).run().success()
    };
    let area = renamed("\"$DMAHEAP\" list -rnb -o CMA-TOTAL reserved").trim().parse::<u64>().unwrap();
    let largest = renamed("\"$DMAHEAP\" limits --heap reserved -rnb -o AREA,LARGEST,BOUND");
    let [seen, largest, bound] = largest.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{largest}") };
    assert_eq!((seen.parse(), bound), (Ok(area), "ENOMEM"));
    assert!(largest.parse::<u64>().unwrap() > area / 2, "{largest} of {area}");
}

/// Only root may read debugfs: another user reads why a figure is missing, not that there is none.
#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn figures_that_may_not_be_read_are_named() {
    let limits = "setpriv --reuid 65534 --regid 65534 --clear-groups \"$DMAHEAP\" limits reserved -J -o FREE";
    let text = format!(
        "unshare -m sh -c 'chmod 666 /dev/dma_heap/reserved || exit 99
         chmod 700 /sys/kernel/mm/cma; {limits}; chmod 755 /sys/kernel/mm/cma; chmod 600 /dev/dma_heap/reserved'"
    );
    let outcome = script(&text).run();
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.transcript()));
    let files = document["unread"]["files"].as_array().unwrap_or_else(|| panic!("{document}"));
    let paths: Vec<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/sys/kernel/debug/cma", "/sys/kernel/mm/cma"], "{document}");
    for path in paths {
        assert!(outcome.stderr.contains(&format!("{path} ")), "{}", outcome.stderr);
    }
}

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn a_page_more_than_the_largest_is_refused() {
    let largest: u64 =
        dmaheap(["limits", "--heap", "cma", "-bn", "-o", "LARGEST"]).run().success().trim().parse().unwrap();
    assert_eq!(dmaheap(["alloc", "--heap", "cma", "-s", &largest.to_string(), "-n", "-o", "HEAP"]).run().status, 0);
    let more = (largest + crate::sys::system::page_size()).to_string();
    assert!(dmaheap(["alloc", "--heap", "cma", "-s", &more]).run().failure(1).contains("(ENOMEM)"));
}
