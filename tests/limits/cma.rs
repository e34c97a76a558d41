//! On the kernel with CMA heaps (`tests/vm/run --kernel cma`).

use super::number;
use crate::support::dmaheap;
use serde_json::json;

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn an_area_is_asked_until_it_refuses() {
    let row = &dmaheap(["limits", "--heap", "cma", "--chunk", "64k", "-J"]).run().rows()[0];
    assert_eq!((&row["bound"], &row["ended"], &row["budget"]), (&json!("ENOMEM"), &json!("ENOMEM"), &json!(null)));
    let [area, free, largest, total, left] = ["area", "free", "largest", "total", "left"].map(|key| number(row, key));
    assert!(largest > 0 && largest <= free && free <= area, "{row}");
    assert!(total > area / 2 && total <= area && left < area / 2, "{row}");
    assert_eq!(number(row, "largest_percent"), largest * 100 / free);
    // Nothing of it is gone.
    let again = &dmaheap(["limits", "--heap", "cma", "--chunk", "64k", "-J"]).run().rows()[0];
    assert!(number(again, "largest") + (1 << 20) >= largest, "{row} {again}");
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
