//! What ordinary programs see.

use super::{dmaheap, script, sim};

#[test]
fn ls_shows_character_devices_with_their_numbers() {
    let text = script(&[], "ls -l /dev/dma_heap").success();
    let lines: Vec<&str> = text.lines().skip_while(|line| line.starts_with("total")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("crw-rw-rw-") && lines[0].ends_with("default_cma_region"), "{text}");
    assert!(lines[1].starts_with("crw-rw-rw-") && lines[1].ends_with("system"), "{text}");
}

#[test]
fn numbers_are_the_same_wherever_they_are_asked_for() {
    let text = script(
        &[],
        "node=$(stat -c '%t:%T' /dev/dma_heap/system)
         printf '%d:%d\\n' 0x${node%:*} 0x${node#*:}
         cat /sys/class/dma_heap/system/dev
         cat /sys/devices/virtual/dma_heap/system/dev
         cat /sys/dev/char/$(cat /sys/class/dma_heap/system/dev)/dev
         echo $(grep ' dma_heap$' /proc/devices | while read major name; do echo $major; done):0",
    )
    .success();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    assert!(lines.iter().all(|line| *line == lines[0] && line.ends_with(":0")), "{text}");
}

#[test]
fn test_and_find_know_them_for_character_devices() {
    let text = script(
        &[],
        "test -c /dev/dma_heap/system && test -r /dev/dma_heap/system && test -w /dev/dma_heap/system && echo yes
         test -x /dev/dma_heap/system || test -f /dev/dma_heap/system || echo no
         find /dev/dma_heap -type c | sort
         find /dev/dma_heap ! -type c",
    )
    .success();
    assert_eq!(text, "yes\nno\n/dev/dma_heap/default_cma_region\n/dev/dma_heap/system\n/dev/dma_heap\n");
}

#[test]
fn paths_are_resolved_like_any_other() {
    let text = script(
        &["--heap", "one"],
        "cd /dev && test -c dma_heap/one && echo relative
         cd /sys/class && cat dma_heap/one/../one/uevent
         test -d /dev/dma_heap/.. && test -c /dev/../dev//dma_heap/./one && echo dots
         test -e /dev/dma_heap/two || echo missing
         test -e /dev/dma_heap/one/ || echo no-directory
         readlink /sys/class/dma_heap/one
         echo new 2>/dev/null >/dev/dma_heap/new || echo refused",
    )
    .success();
    assert!(text.starts_with("relative\nMAJOR="), "{text}");
    assert!(text.ends_with("dots\nmissing\nno-directory\n../../devices/virtual/dma_heap/one\nrefused\n"), "{text}");
}

#[test]
fn the_heaps_are_those_that_were_asked_for() {
    let options = ["--heap", "a=cma:1M", "--heap", "b,c@1", "--heap", "d=system"];
    let names = dmaheap(&options, &["list", "-rn", "-o", "NAME"]).success();
    assert_eq!(names.lines().collect::<Vec<_>>(), ["a", "b,c@1", "d"]);
}

#[test]
fn the_tool_says_that_it_is_simulated() {
    let outcome = dmaheap(&[], &["list", "-J"]);
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(document["simulated"], true);
    let tool = crate::support::binary();
    let outcome = sim(&[], &[tool.to_str().expect("text"), "list"]);
    assert!(outcome.stderr.starts_with("dmaheap: simulated: "), "{}", outcome.stderr);
    let listing = script(&[], "ls -a /dev/dma_heap; test -e /dev/dma_heap/.dmaheap-sim && echo $DMAHEAP_SIM").success();
    assert_eq!(listing, ".\n..\ndefault_cma_region\nsystem\n1\n");
}

#[test]
fn a_cma_heap_has_as_much_as_it_has_and_gets_it_back() {
    let options = ["--heap", "area=cma:8M"];
    let text = |outcome: crate::support::Outcome| (outcome.status, outcome.stderr);
    let (status, stderr) = text(dmaheap(&options, &["alloc", "--heap", "area", "-s", "8M", "-c", "2"]));
    assert!(status == 1 && stderr.contains("ENOMEM"), "{stderr}");
    let twice =
        script(&options, "for i in 1 2 3; do $DMAHEAP alloc --heap area -s 8M -rn -o SIZE 2>/dev/null || exit 1; done")
            .success();
    assert_eq!(twice, "8MiB\n8MiB\n8MiB\n");
}

#[test]
fn the_2019_request_is_known_where_it_is_asked_for() {
    let outcome = dmaheap(&["--abi", "v12"], &["alloc", "-s", "4k", "-J", "--abi", "v12"]);
    assert_eq!(document_rows(&outcome.stdout), 1);
    let outcome = dmaheap(&["--abi", "v12"], &["alloc", "-s", "4k", "--abi", "mainline"]);
    assert!(outcome.status == 1 && outcome.stderr.contains("ENOTTY"), "{}", outcome.stderr);
}

fn document_rows(text: &str) -> usize {
    let document: serde_json::Value = serde_json::from_str(text).expect("JSON");
    document["rows"].as_array().map_or(0, Vec::len)
}

/// What probe expects was not made from what the simulator does.
#[test]
fn the_probe_deviates_at_what_the_manual_lists_and_at_nothing_else() {
    let outcome = dmaheap(&["--heap=system"], &["probe", "-J"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let rows = document["rows"].as_array().expect("rows");
    let of = |verdict: &str| -> Vec<&str> {
        rows.iter().filter(|row| row["verdict"] == verdict).filter_map(|row| row["case"].as_str()).collect()
    };
    assert_eq!((of("fail"), of("known")), (Vec::new(), crate::probe::NOT_IMITATED.to_vec()));
}
