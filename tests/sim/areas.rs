//! CMA areas as sysfs reports them.

use super::{dmaheap, script};
use serde_json::{Value, json};

const HEAPS: [&str; 4] = ["--heap", "system", "--heap", "camera=cma:16M"];

#[test]
fn a_heaps_area_is_reported_with_what_is_free() {
    let text = script(
        &HEAPS,
        "cd /; ls sys/kernel/mm/cma sys/kernel/mm/cma/camera; cat /sys/kernel/mm/cma/camera/*_pages
         $DMAHEAP exec --heap camera -s 1p -c 3 -- cat /sys/kernel/mm/cma/camera/available_pages
         cat /sys/kernel/mm/cma/camera/available_pages
         stat -c '%a %s %F' /sys/kernel/mm/cma/camera/available_pages; echo x >/sys/kernel/mm/cma/camera/total_pages",
    );
    let pages = (16 << 20) / dmaheap::sys::limits::page_size();
    assert_eq!(
        text.stdout,
        format!(
            "sys/kernel/mm/cma:\ncamera\n\nsys/kernel/mm/cma/camera:\navailable_pages\ntotal_pages\n{pages}\n{pages}\n\
             {}\n{pages}\n444 4096 regular file\n",
            pages - 3
        )
    );
    assert!(text.stderr.to_lowercase().contains("permission denied"), "{}", text.stderr);
}

#[test]
fn without_a_cma_heap_the_areas_are_the_machines() {
    let text = script(&["--heap", "system"], "ls /sys/kernel/mm/cma 2>/dev/null; true").success();
    let real = std::fs::read_dir("/sys/kernel/mm/cma").map_or(0, Iterator::count);
    assert_eq!(text.lines().count(), real);
}

#[test]
fn the_heap_is_listed_as_one_that_the_kernel_reports() {
    let text = dmaheap(&HEAPS, &["list", "camera", "-J", "-o", "KIND,CMA-TOTAL,CMA-FREE,FREE"]).success();
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let sure = json!({"value": 16 << 20, "inferred": false});
    let expected =
        json!([{"kind": {"value": "cma", "inferred": false}, "cma_total": sure, "cma_free": sure, "free": 16 << 20}]);
    assert_eq!(document["rows"], expected);
}

#[test]
fn an_area_larger_than_the_machine_runs_out_where_the_machine_does() {
    let outcome = dmaheap(&["--heap", "camera=cma:1P"], &["alloc", "--heap", "camera", "-s", "512T"]);
    assert!(outcome.stderr.contains("(ENOMEM)"), "{}", outcome.stderr);
    assert_eq!(outcome.status, 1);
}
