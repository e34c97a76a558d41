//! On the kernel with CMA heaps (`tests/vm/run --kernel cma`).

use super::{number, reports, stress};

#[test]
#[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
fn an_area_that_runs_out_is_a_shortage() {
    let args = ["--heap", "cma", "--seed", "1", "--iterations", "300", "--max-hold", "64M", "--min-size", "1M", "-J"];
    let outcome = stress(&[&args[..], &["--max-size", "8M"]].concat()).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, "dmaheap: seed 1 jobs 2\n"));
    let total = reports(&outcome.stdout).pop().unwrap();
    assert_eq!(total["errors"][0]["errno"], "ENOMEM", "{total}");
    assert!(number(&total, "cma_free") > 0);
}
