//! `--heap udmabuf`: dma-bufs of memfds.

use crate::answers;
use crate::cgroup::in_cgroup;
use crate::support::{Ground, assert_fields, bare, binary, rows};
use serde_json::{Value, json};

#[test]
fn a_machine_without_it_says_what_it_takes() {
    if std::path::Path::new("/dev/udmabuf").exists() {
        return;
    }
    let reason = "open heap udmabuf: there is no /dev/udmabuf (ENOENT)";
    for args in
        [&["alloc", "--heap", "udmabuf", "-s", "4k"][..], &["probe", "udmabuf"], &["probe", "--heap", "udmabuf"]]
    {
        let expected =
            format!("dmaheap: {reason}\nhint: this needs CONFIG_UDMABUF; if that is a module: `modprobe udmabuf`\n");
        assert_eq!(bare(args).run().failure(1), expected, "{args:?}");
        // The simulator does not imitate it.
        let simulated =
            bare(["sim", "--"].into_iter().chain([binary().to_str().expect("text")]).chain(args.iter().copied()));
        assert_eq!(simulated.run().failure(1), expected, "{args:?}");
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn probe_runs_the_cases_about_buffers_and_its_own() {
    let outcome = bare(["probe", "udmabuf", "-J"]).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{}", outcome.stdout);
    let rows = rows(&outcome.stdout);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let recorded = answers::of(&text(&rows[0], "kernel")).expect("answers");
    let is_recorded = recorded.keys().any(|id| id.starts_with("udmabuf."));
    for row in &rows {
        assert_fields(row, &json!({"abi_found": "none"}));
        let (group, verdict) = (text(row, "group"), text(row, "verdict"));
        assert!(matches!(group.as_str(), "buffer" | "udmabuf"), "{row}");
        assert!(verdict == "ok" || group == "buffer" && verdict == "skip", "{row}");
        let answer = recorded.get(&format!("udmabuf.{}", text(row, "case")));
        assert!(!is_recorded || answer.is_none() == (verdict == "skip"), "{row}");
        assert!(answer.is_none_or(|answer| *answer == text(row, "outcome")), "{answer:?}: {row}");
    }
    let both = bare(["probe", "/dev/udmabuf", "system", "--group", "udmabuf", "--group", "len"]).run().success();
    let lines: Vec<&str> = both.lines().collect();
    assert!(lines[0].ends_with(", ABI mainline"), "{both}");
    assert_eq!(
        lines[1..],
        ["/dev/udmabuf udmabuf     30 ok", "system len         11 ok", "41 cases: 41 ok, 0 failed, 0 known, 0 skipped"]
    );
    Ground::current().assert_nothing_left("udmabuf");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn probe_says_which_cases_are_not_for_it() {
    for args in [&["--fuzz", "10"][..], &["--request", "len=1"], &["--abi", "v12"]] {
        let stderr = bare(["probe", "udmabuf"].iter().chain(args)).run().failure(1);
        assert_eq!(stderr, "dmaheap: probe udmabuf: it does not accept the requests of heaps\n", "{args:?}");
    }
    for (heap, group) in [("udmabuf", "len"), ("system", "udmabuf")] {
        let stderr = bare(["probe", heap, "--group", group]).run().failure(2);
        assert!(stderr.starts_with(&format!("dmaheap: no selected case applies to {heap}\n")), "{stderr}");
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn every_verb_that_allocates_takes_it() {
    let row = bare(["alloc", "--heap", "udmabuf", "-s", "5000", "--name", "frame", "--json"]).run().rows().remove(0);
    assert_fields(&row, &json!({"heap": "udmabuf", "size": 8192}));
    let body = "\"$DMAHEAP\" fill -f 3 --pattern random && \"$DMAHEAP\" info -f 3 -n -o EXPORTER,SIZE,NAME,ACCESS";
    let shown = bare(["exec", "--heap", "udmabuf", "-s", "64k", "--name", "x", "--", "sh", "-c", body]).run();
    assert_eq!(
        shown.stdout.split_whitespace().collect::<Vec<_>>(),
        ["udmabuf", "64KiB", "x", "rw"],
        "{}",
        shown.stderr
    );
    for args in [
        &["hold", "--heap", "udmabuf", "-s", "64k", "--for", "1ms"][..],
        &["hold", "--heap", "/dev/udmabuf", "-s", "64k", "-c", "3", "--for", "1ms"],
        &["bench", "udmabuf", "-s", "5000", "-i", "3"],
        &["stress", "udmabuf", "-i", "60", "--max-hold", "4"],
    ] {
        let outcome = bare(args).run();
        assert_eq!(outcome.status, 0, "{args:?}: {}{}", outcome.stdout, outcome.stderr);
    }
    Ground::current().assert_nothing_left("udmabuf");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn what_no_memfd_can_be_is_refused_and_the_limit_of_its_size_is_named() {
    let refused = |args: &[&str]| bare(["alloc", "-s", "2M", "--heap", "udmabuf"].iter().chain(args)).run().failure(1);
    for args in [&["--access", "ro"][..], &["--heap-flags", "1"], &["--abi", "mainline"], &["--fd-flags", "0x800"]] {
        let stderr = refused(args);
        assert!(stderr.contains(" (EOPNOTSUPP)\nhint: udmabuf returns only read-write "), "{args:?}: {stderr}");
    }
    let parameter = "/sys/module/udmabuf/parameters/size_limit_mb";
    let before = std::fs::read_to_string(parameter).expect("a limit");
    std::fs::write(parameter, "1").expect("a limit");
    let stderr = refused(&[]);
    std::fs::write(parameter, before.trim()).expect("a limit");
    let hint = format!("hint: a udmabuf has at most 1MiB; root can raise this limit in {parameter}\n");
    assert!(stderr.ends_with(&hint) && stderr.contains("(EINVAL)"), "{stderr}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn list_shows_it_where_that_is_asked_for() {
    let all = bare(["list", "-a", "--json"]).run().rows();
    let row = all.iter().find(|row| row["name"] == "udmabuf").expect("a row");
    let limit = |name: &str| {
        let text = std::fs::read_to_string(format!("/sys/module/udmabuf/parameters/{name}")).expect("a limit");
        text.trim().parse::<u64>().expect("a number")
    };
    let expected = json!({
        "kind": {"value": "udmabuf", "inferred": false}, "access": "ok", "path": "/dev/udmabuf", "abi": null,
        "size_limit": limit("size_limit_mb") << 20, "list_limit": limit("list_limit"),
    });
    assert_fields(row, &expected);
    assert!(row["free"].as_u64().is_some_and(|free| free > 1 << 20), "{row}");
    assert!(bare(["list", "--json"]).run().rows().iter().all(|row| row["name"] != "udmabuf"));
    for name in ["udmabuf", "/dev/udmabuf"] {
        assert_fields(
            &rows(&bare(["list", "--json", name]).run().success())[0],
            &json!({"access": "ok", "list_limit": 1024}),
        );
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn limits_finds_the_limit_of_a_buffer() {
    let parameter = "/sys/module/udmabuf/parameters/size_limit_mb";
    let before = std::fs::read_to_string(parameter).expect("a limit");
    std::fs::write(parameter, "3").expect("a limit");
    let outcome = bare(["limits", "udmabuf", "--chunk", "2M", "-nb", "-o", "LARGEST,BOUND"]).run();
    std::fs::write(parameter, before.trim()).expect("a limit");
    let words: Vec<&str> = outcome.stdout.lines().next().unwrap_or_default().split_whitespace().collect();
    assert_eq!((words.as_slice(), outcome.status), (&["3145728", "EINVAL"][..], 0), "{}", outcome.transcript());
}

/// Whatever `dma_heap.mem_accounting` is.
#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn its_memory_is_charged_so_the_budget_is_that_of_the_cgroup() {
    let alloc = |heap: &str| format!("\"$DMAHEAP\" alloc --heap {heap} -s 60M -n -o HEAP; echo $?; ");
    let outcome = in_cgroup("50M", &(alloc("udmabuf") + &alloc("/dev/udmabuf")));
    assert_eq!(outcome.stdout, "1\n1\nkills 0\n", "{}", outcome.stderr);
    assert_eq!(outcome.stderr.matches(": memory.max 50MiB - ").count(), 2, "{}", outcome.stderr);
    let outcome = in_cgroup("50M", "\"$DMAHEAP\" list udmabuf -nb -o FREE 2>/dev/null; ");
    let (free, _) = outcome.stdout.split_once('\n').expect("two lines");
    assert!(free.parse::<u64>().expect("bytes") < 50 << 20, "{free}");
}
