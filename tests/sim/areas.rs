//! CMA areas as sysfs reports them.

use super::{dmaheap, script, sim};
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
    let pages = (16 << 20) / crate::sys::system::page_size();
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

#[test]
fn buffers_of_protected_memory_cannot_be_mapped_and_end_with_their_region() {
    const PROTECTED: [&str; 2] = ["--heap", "protected,video=protected:1M"];
    let with_heap = |args: &[&str]| {
        let (verb, rest) = args.split_first().unwrap();
        dmaheap(&PROTECTED, &[&[*verb, "--heap", "protected,video"], rest].concat())
    };
    let refused = "dmaheap: map buffer 1 from protected,video: its exporter does not support mmap (EINVAL)\n";
    for (args, status) in [
        (&["alloc", "-s", "4k", "--fill", "ones"][..], 1),
        (&["alloc", "-s", "4k", "--fill", "zero", "--verify"], 1),
        (&["hold", "-s", "4k", "--fill", "ones", "--for", "1h"], 1),
        (&["exec", "-s", "4k", "--fill", "ones", "--", "echo", "started"], 125),
    ] {
        let outcome = with_heap(args);
        assert_eq!(
            (outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.status),
            ("", refused, status),
            "{args:?}"
        );
    }
    let whole = with_heap(&["alloc", "-s", "512k", "-c", "2", "-rnb", "-o", "SIZE"]);
    assert_eq!(whole.success(), "524288\n524288\n");
    let more = with_heap(&["alloc", "-s", "512k", "-c", "3", "-rnb", "-o", "SIZE"]);
    assert!(more.status == 1 && more.stderr.contains("(ENOMEM)"), "{}", more.stderr);
    let row = dmaheap(&PROTECTED, &["list", "-rn", "-o", "NAME,KIND,CMA-TOTAL"]).success();
    assert_eq!(row, "protected,video protected? -\n");
    let probed = with_heap(&["probe", "-J", "--case", "buffer_mmap*", "--case", "buffer_zeroed*"]);
    assert_eq!(probed.status, 0, "{}", probed.stderr);
    let none = sim(&["--heap", "x=protected:1"], &["true"]);
    assert!(none.stderr.ends_with("register heap x: an area has at least one page\n"), "{}", none.stderr);
}

#[test]
fn areas_and_heaps_are_named_as_kernels_name_them() {
    let list = |release: &[&str]| {
        let text = dmaheap(release, &["list", "-rn", "-o", "NAME,KIND,CMA-TOTAL,ALIAS"]).success();
        text.lines().filter(|line| !line.starts_with("system")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list(&["--kernel", "6.16"]), ["reserved cma 64MiB -"]);
    assert_eq!(list(&[]), ["default_cma_region cma 64MiB -"]);
    assert_eq!(list(&["--kernel", "6.18.3"]), ["default_cma_region cma 64MiB -"]);
    assert_eq!(
        list(&["--kernel", "7.2.13+deb14-amd64"]),
        ["default_cma_region cma 64MiB reserved?", "reserved cma 64MiB default_cma_region?"]
    );
    for release in [&[][..], &["--kernel", "7.2"]] {
        assert_eq!(script(release, "ls /sys/kernel/mm/cma").success(), "reserved\n");
    }
    for (release, reason) in
        [("5.4", "heaps came with Linux 5.6"), ("next", "a release begins with two numbers, as 6.12 does")]
    {
        let refused = sim(&["--kernel", release], &["true"]);
        assert!(refused.status == 125 && refused.stderr.contains(reason), "{}", refused.stderr);
    }
}

#[test]
fn two_heaps_of_one_area_share_its_memory() {
    let free = "cat /sys/kernel/mm/cma/reserved/available_pages";
    let text = script(
        &["--kernel", "6.19"],
        &format!(
            "$DMAHEAP exec --heap default_cma_region -s 48M -- sh -c '{free}; $DMAHEAP alloc --heap reserved -s 32M'"
        ),
    );
    assert_eq!(text.stdout, format!("{}\n", (16 << 20) / crate::sys::system::page_size()));
    let hint = "CMA area reserved: 16MiB free of 64MiB";
    assert!(text.status == 1 && text.stderr.contains("(ENOMEM)") && text.stderr.contains(hint), "{}", text.stderr);
}

#[test]
fn the_alias_finds_whatever_the_default_areas_heap_is_called() {
    for (heaps, expected) in [
        (&["--kernel", "6.12"][..], "reserved"),
        (&["--kernel", "6.19"], "default_cma_region"),
        (&["--heap", "system", "--heap", "video@42000000=cma:16M"], "video@42000000"),
    ] {
        let name = dmaheap(heaps, &["alloc", "--heap", "cma", "-s", "4k", "-rn", "-o", "HEAP"]).success();
        assert_eq!(name, format!("{expected}\n"));
    }
    let two = ["--heap", "isp=cma:16M", "--heap", "video@42000000=cma:16M"];
    assert_eq!(dmaheap(&two, &["alloc", "--heap", "cma", "-s", "4k"]).status, 1);
}

#[test]
fn a_kernel_that_was_chosen_is_the_one_that_all_judge_by() {
    let text =
        script(&["--kernel", "5.10.3-rc1"], "cat /proc/sys/kernel/osrelease; cd /proc/sys; cat kernel/osrelease");
    assert_eq!(text.success(), "5.10.0\n5.10.0\n");
    let kernel = |verb: &[&str], key: &str| {
        let document: serde_json::Value = serde_json::from_str(&dmaheap(&["--kernel", "5.10"], verb).stdout).unwrap();
        document["rows"][0][key].clone()
    };
    assert_eq!(kernel(&["doctor", "-J"], "object"), "5.10.0");
    let probed = kernel(&["probe", "-J", "--heap", "system", "--case", "len_zero"], "kernel");
    assert!(probed.as_str().is_some_and(|kernel| kernel.starts_with("5.10.0 ")), "{probed}");
    // Without it the machine's own is reported.
    let own = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    assert_eq!(script(&[], "cat /proc/sys/kernel/osrelease").success(), own);
    // The manual says so.
    assert_eq!(script(&["--kernel", "5.10"], "uname -r").success(), own);
}
