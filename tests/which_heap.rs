//! Which heap a command works on, and what all of them say where there is none.

use crate::support::{Ground, binary};
use std::path::Path;
use std::process::Command;

/// What `dmaheap ARGS`, typed in a shell below `sim`, ends with: its stdout and its messages.
fn simulated(line: &str) -> (String, String, i32) {
    let line =
        format!("{} 2>&1 >&3 3>&- | grep -v '^dmaheap: simulated' >&2", line.replace("dmaheap ", "\"$DMAHEAP\" "));
    let text = format!("set -o pipefail; exec 3>&1; {line}");
    let outcome = Ground::Simulator.run(&[], Path::new("/bin/bash"), ["-c", &text]).run();
    (outcome.stdout, outcome.stderr, outcome.status)
}

#[test]
fn a_verb_that_asks_about_heaps_takes_them_as_arguments() {
    for (verb, options) in [
        ("limits", "-n -o HEAP --timeout 20ms"),
        ("bench", "-n -o HEAP -s 4k -i 1 --warmup 0"),
        ("stress", "-i 1 -j 1 -J"),
        ("probe", "-n -o HEAP --case len_zero"),
        ("doctor", "-n -o OBJECT"),
    ] {
        let [argument, option] = ["", "--heap "].map(|how| simulated(&format!("dmaheap {verb} {options} {how}cma")).0);
        let heaps = |text: &str| text.matches("default_cma_region").count();
        assert!(verb == "stress" || heaps(&argument) > 0, "{verb}: {argument}");
        assert_eq!(heaps(&argument), heaps(&option), "{verb}");
        assert!(verb == "doctor" || !argument.contains("system"), "{verb}: {argument}");
    }
    let (rows, ..) = simulated("dmaheap probe -n -o HEAP --case len_zero system --heap cma");
    assert_eq!(rows, "system\ndefault_cma_region\n");
}

#[test]
fn the_environment_has_the_heap_that_is_used_if_none_is_named() {
    let from = |heap: &str, line: &str| simulated(&format!("DMAHEAP_HEAP={heap} dmaheap {line}"));
    let heap = |heap: &str, line: &str| from(heap, line).0;
    for line in ["alloc -s 4k -n -o HEAP", "hold -s 4k --for 1ms -n -o HEAP", "limits --timeout 20ms -n -o HEAP"] {
        assert_eq!(heap("cma", line), "default_cma_region\n", "{line}");
        assert_eq!(heap("''", line), "system\n", "{line}");
        assert_eq!(heap("cma", &format!("{line} --heap system")), "system\n", "{line}");
    }
    assert_eq!(heap("cma", "probe -n -o HEAP --case len_zero"), "default_cma_region\n");
    assert_eq!(heap("cma", "probe -n -o HEAP --case len_zero system"), "system\n");
    assert_eq!(heap("cma", "list -n -o NAME").lines().count(), 2);
    for line in ["alloc -s 4k", "doctor", "probe", "bench", "stress -i 1", "limits"] {
        let (stdout, stderr, status) = from("nowhere", line);
        let expected = "dmaheap: open heap nowhere (DMAHEAP_HEAP): no such heap (ENOENT)\nhint: heaps here: ";
        assert!(stderr.starts_with(expected), "{line}: {stderr}");
        assert_eq!((stdout.as_str(), status), ("", 1), "{line}");
    }
    let (_, stderr, status) = from("a/../b", "alloc -s 4k");
    assert!(stderr.starts_with("dmaheap: invalid value 'a/../b' of DMAHEAP_HEAP: not a heap name; "), "{stderr}");
    assert_eq!(status, 2);
}

/// Runs `dmaheap ARGS` where there is no heap: on a machine that has some, below empty directories.
fn without_heaps(args: &str) -> (String, i32) {
    let places = ["/dev/dma_heap", "/sys/class/dma_heap"].iter().filter(|place| Path::new(place).exists());
    let covers: String = places.map(|place| format!("mount -t tmpfs none {place} && ")).collect();
    let command = format!("{covers}exec \"$0\" {args}");
    let mut shell = if covers.is_empty() {
        Command::new("sh")
    } else {
        let mut unshare = Command::new("unshare");
        // Whoever is not root becomes it for the mounts.
        unshare.args(if nix::unistd::geteuid().is_root() { &["-m", "sh"][..] } else { &["-rm", "sh"] });
        unshare
    };
    let output = shell.args(["-c", &command]).arg(binary()).env_remove("DMAHEAP_HEAP").output().expect("a shell");
    (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code().unwrap_or(-1))
}

#[test]
fn without_heaps_every_verb_that_needs_one_says_the_same() {
    const NEEDS: [(&str, i32); 14] = [
        ("list", 4),
        ("list system", 4),
        ("limits", 4),
        ("limits cma", 4),
        ("alloc -s 4k", 4),
        ("alloc -s 4k --heap camera", 4),
        ("hold -s 4k", 4),
        ("exec -s 4k -- true", 125),
        ("send @nobody -s 4k", 4),
        ("probe", 4),
        ("probe system", 4),
        ("bench", 4),
        ("stress", 4),
        ("stress cma", 4),
    ];
    const NEEDS_NONE: &str = "doctor buffers recv fill verify load dump info sim generate import fence trace";
    let (first, _) = without_heaps("list");
    assert!(first.starts_with("dmaheap: no heaps: ") && first.lines().count() == 2, "{first}");
    assert!(
        first.ends_with("\nhint: run `dmaheap doctor` to find out why, or try `dmaheap sim -- dmaheap …`\n"),
        "{first}"
    );
    for (args, status) in NEEDS {
        assert_eq!(without_heaps(args), (first.clone(), status), "{args}");
    }
    for verb in crate::usage::verbs() {
        let is_known = NEEDS.iter().any(|(args, _)| args.split(' ').next() == Some(&verb));
        assert!(is_known || NEEDS_NONE.split(' ').any(|name| name == verb), "{verb}: does it need a heap?");
    }
    assert_eq!(without_heaps("buffers").1, 0);
    for doctor in ["doctor", "doctor system"] {
        let (stderr, status) = without_heaps(doctor);
        assert!(status == 1 && stderr.contains("dmaheap: problem: ") && !stderr.contains("no heaps:"), "{stderr}");
    }
}
