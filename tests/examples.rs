//! The scripts of `examples/`, as they are.

use crate::support::{Outcome, Run, assert_fields, bare, script, shells};
use regex::Regex;
use serde_json::json;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

/// Their text travels with the suite, since the virtual machine has no checkout.
const FILES: [(&str, &str); 7] = [
    ("examples/bring-up.sh", include_str!("../examples/bring-up.sh")),
    ("examples/camera.sh", include_str!("../examples/camera.sh")),
    ("examples/devices.sh", include_str!("../examples/devices.sh")),
    ("examples/frame.sh", include_str!("../examples/frame.sh")),
    ("examples/leak-hunt.sh", include_str!("../examples/leak-hunt.sh")),
    ("examples/ktap.sh", include_str!("../examples/ktap.sh")),
    ("lava-test-case", LAVA_TEST_CASE),
];

/// What LAVA's helper of this name prints for `--shell`, and for a measurement.
const LAVA_TEST_CASE: &str = "#!/bin/sh
id=$1; shift
if [ \"$1\" = --result ]; then
    echo \"<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=$id RESULT=$2 UNITS=$6 MEASUREMENT=$4>\"
    exit
fi
shift
echo \"<LAVA_SIGNAL_STARTTC $id>\"
if \"$@\"; then result=pass; else result=fail; fi
echo \"<LAVA_SIGNAL_ENDTC $id>\"
echo \"<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=$id RESULT=$result>\"
";

/// Runs `text` where the examples are, with the tool in PATH.
#[track_caller]
fn beside_examples(text: &str) -> Outcome {
    beside(text, script)
}

/// The same on a simulated board with these heaps only, on any ground.
#[track_caller]
fn on_board(heaps: &[&str], text: &str) -> Outcome {
    beside(text, |text| bare([&["sim"], heaps, &["--", "/bin/sh", "-c", text]].concat()))
}

#[track_caller]
fn beside(text: &str, run: impl FnOnce(&str) -> Run) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("examples")).unwrap();
    for (name, content) in FILES {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let here = directory.path().display();
    run(&format!("PATH={here}:${{DMAHEAP%/*}}:$PATH; cd {here} || exit 99; {text}")).run()
}

/// The stdout of what went well, whatever it said on stderr, such as a seed.
#[track_caller]
fn printed(outcome: Outcome) -> String {
    assert_eq!(outcome.status, 0, "{}{}", outcome.stdout, outcome.stderr);
    outcome.stdout
}

fn heaps() -> usize {
    let listed = script("\"$DMAHEAP\" list -rn -o NAME").run().success();
    listed.lines().count()
}

#[test]
fn a_board_passes_the_smoke_test_in_every_shell() {
    for shell in shells() {
        let text = beside_examples(&format!("{shell} examples/bring-up.sh")).success();
        assert_eq!(text.lines().count(), 5 * heaps(), "{shell}: {text}");
        assert!(text.lines().all(|line| line.starts_with("ok    ")), "{shell}: {text}");
    }
}

#[test]
fn a_heap_that_is_not_there_fails_the_smoke_test() {
    let text = beside_examples("sh examples/bring-up.sh nosuch; echo $?").success();
    assert!(
        text.starts_with("FAIL  nosuch  a page\n      # dmaheap: open heap nosuch: no such heap (ENOENT)\n"),
        "{text}"
    );
    assert!(text.ends_with("\n1\n"), "{text}");
}

/// What a camera prints: the checksums of 307,200 bytes of 1, 2 or 3 and 153,600 bytes of 0x80.
const FRAMES: &str = "frame 1  fd 3  2a08ad999248f2d08fb6292ecdf05fcd\n\
                      frame 2  fd 4  4d91442ef0538a804bf4cf9cc1354310\n\
                      frame 3  fd 5  d6b40cfa7080c9e7c449033a7c440119\n";

#[test]
fn frames_arrive_as_they_were_exposed() {
    assert_eq!(beside_examples("sh examples/camera.sh system").success(), FRAMES);
}

mod cma {
    use super::{FRAMES, beside_examples, printed, shells};

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn a_camera_takes_its_frames_from_the_area_of_this_kernel() {
        for shell in shells() {
            assert_eq!(beside_examples(&format!("{shell} examples/camera.sh")).success(), FRAMES, "{shell}");
        }
        // An area that is full of other frames has no room for them.
        let total = "total=$(dmaheap limits --heap cma --chunk 113p -bn -o TOTAL)";
        let full = "dmaheap exec --heap cma --at-fd 100 -s 113p -c $((total / 4096 / 113)) -- sh examples/camera.sh";
        let outcome = beside_examples(&format!("{total}; {full}"));
        assert_eq!((outcome.status, outcome.stdout.as_str()), (125, ""), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(": cannot allocate memory (ENOMEM)\n"), "{}", outcome.stderr);
    }

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn devices_have_the_heaps_that_they_accept() {
        let lines = printed(beside_examples("sh examples/devices.sh"));
        for driver in ["vgem", "vkms", "vivid"] {
            let line = lines.lines().find(|line| line.contains(&format!(" {driver} ")));
            let heaps = line.unwrap_or_else(|| panic!("{driver}: {lines}")).splitn(3, ' ').nth(2);
            assert_eq!(heaps, Some("reserved system udmabuf"), "{lines}");
        }
        assert!(lines.lines().any(|line| line.ends_with(" vivid (skipped)")), "metadata: {lines}");
    }

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn a_frame_of_a_camera_is_written_to_stdout() {
        let camera = crate::import::cma::video::node("vivid-000-vid-cap");
        let outcome = beside_examples(&format!("sh examples/frame.sh {camera} | wc -c"));
        assert!(outcome.stderr.contains("FORMAT") && outcome.stderr.contains(":YUYV"), "{}", outcome.stderr);
        assert!(outcome.stdout.trim().parse::<u64>().is_ok_and(|bytes| bytes > 100_000), "{}", outcome.stdout);
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn leak_check_finds_what_a_command_leaves() {
    let clean = beside_examples("sh examples/leak-hunt.sh dmaheap alloc -s 4k -bn -o SIZE");
    assert_eq!((clean.stdout.as_str(), clean.stderr.as_str(), clean.status), ("4096\n", "", 0));
    let text = beside_examples(
        "sh examples/leak-hunt.sh sh -c 'dmaheap hold -s 8k --name lost --detach >pid'; echo $?; kill $(cat pid)
         dmaheap buffers --name lost --until-count 0 --timeout 1m 2>/dev/null",
    )
    .success();
    let lines: Vec<&str> = text.lines().collect();
    let [left, "1"] = lines[..] else { panic!("{text}") };
    let row: serde_json::Value = serde_json::from_str(left).unwrap();
    assert_fields(&row, &json!({"change": "came", "name": "lost", "size": 8192}));
}

#[test]
fn lava_understands_every_result() {
    let definition = include_str!("../examples/lava.yaml");
    let steps: Vec<&str> = definition.lines().filter_map(|line| line.strip_prefix("    - ")).collect();
    assert_eq!(steps.len(), 5);
    // LAVA makes a script of the steps that ends at the first one that fails, and looks for its own pattern.
    let text = printed(beside_examples(&format!("set -e; {}", steps.join("; "))));
    let signal = Regex::new(r"<LAVA_SIGNAL_([^ ]+) ([^>]+)>").unwrap();
    let name = Regex::new("^[A-Za-z0-9_.-]+$").unwrap();
    let mut results = BTreeSet::new();
    let mut is_failed = false;
    let mut measured = 0;
    for found in signal.captures_iter(&text).filter(|found| &found[1] == "TESTCASE") {
        let (id, result) = found[2].split_once(' ').unwrap();
        let id = id.strip_prefix("TEST_CASE_ID=").unwrap();
        let result = result.strip_prefix("RESULT=").unwrap();
        let (result, measurement) = result.split_once(" UNITS=bytes").unwrap_or((result, ""));
        if let Some((_, figure)) = measurement.split_once(" MEASUREMENT=") {
            assert!(figure.parse::<u64>().is_ok_and(|figure| figure > 4096), "{}", &found[0]);
            measured += 1;
        }
        assert!(["pass", "fail", "skip"].contains(&result), "{}", &found[0]);
        assert!(results.insert(id.to_owned()), "{id} twice");
        assert!(name.is_match(id), "{id} is not a name that LAVA takes");
        is_failed |= result == "fail";
        assert!(result == "pass" || id != "bring-up" && id != "stress", "{text}");
    }
    let listed = bare(["probe", "--list-cases", "-J"]).run().success();
    // Those of the group `unsafe` run only when they are asked for, those of `udmabuf` where that is probed.
    let of_group = |group: &str| listed.matches(&format!("\"group\":\"{group}\"")).count();
    let cases = listed.matches("{\"case\":").count() - of_group("unsafe") - of_group("udmabuf");
    // The largest buffer, and how fast it is filled, copied and verified.
    assert_eq!(measured, 4 * heaps());
    assert_eq!(results.len(), cases * heaps() + 2 + measured);
    assert!(!is_failed, "what the simulator does not imitate is known");
}

#[test]
fn ktap_document_holds_all_results() {
    let text = printed(beside_examples("sh examples/ktap.sh --group len"));
    let outer: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(outer, ["KTAP version 1", "1..3", "ok 1 probe", "ok 2 bytes", "ok 3 stress"]);
    assert!(text.contains("\n  KTAP version 1\n  1.."), "{text}");
}

#[test]
fn without_heaps_ktap_is_a_skip() {
    // A tool that sees the files of a machine without any.
    let text = "mkdir none; printf '#!/bin/sh\\nexec \"$DMAHEAP\" \"$@\" --sysroot none\\n' >dmaheap; chmod +x dmaheap; \
                PATH=.:$PATH; sh examples/ktap.sh; echo $?";
    assert_eq!(beside_examples(text).success(), "KTAP version 1\n1..0 # SKIP no heaps\n4\n");
}

#[test]
fn a_board_whose_only_heap_is_an_area_passes_everything() {
    let board = ["--heap", "camera=cma:64M"];
    let smoke = on_board(&board, "sh examples/bring-up.sh");
    assert_eq!((smoke.status, smoke.stdout.lines().count()), (0, 5), "{}{}", smoke.stdout, smoke.stderr);
    let ktap = on_board(&board, "sh examples/ktap.sh --group len");
    let outer: Vec<&str> = ktap.stdout.lines().filter(|line| !line.starts_with(' ')).collect();
    let expected = ["KTAP version 1", "1..3", "ok 1 probe", "ok 2 bytes", "ok 3 stress"];
    assert_eq!((outer, ktap.status), (expected.to_vec(), 0), "{}", ktap.stderr);
    let definition = include_str!("../examples/lava.yaml");
    let stress = definition.lines().find_map(|line| line.strip_prefix("    - lava-test-case stress")).unwrap();
    let lava = on_board(&board, &format!("lava-test-case stress {stress}"));
    assert!(lava.stdout.ends_with("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=stress RESULT=pass>\n"), "{}", lava.stdout);
}

#[test]
fn a_camera_takes_the_heap_that_cma_stands_for() {
    let outcome = on_board(&["--heap", "system", "--heap", "reserved=cma:16M"], "sh examples/camera.sh");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (0, FRAMES), "{}", outcome.stderr);
    let without = on_board(&["--heap", "system"], "sh examples/camera.sh");
    assert_eq!((without.status, without.stdout.as_str()), (125, ""), "{}", without.stderr);
}

/// A tool that does what `text` says, in front of the real one.
fn with_tool(text: &str, then: &str) -> String {
    format!("printf '#!/bin/sh\\n%s\\n' '{text}' >dmaheap; chmod +x dmaheap; {then}")
}

#[test]
fn heaps_that_may_not_be_opened_are_a_skip() {
    let tool = r#"[ "$1" = list ] && echo "system EACCES""#;
    // Root must be able to open them all, or it is a finding. busybox has an `id` of its own.
    let shell = shells()[0];
    for (user, status) in [(1000, 4), (0, 1)] {
        let id = format!("printf '#!/bin/sh\\necho {user}\\n' >id; chmod +x id; {shell} examples/bring-up.sh; echo $?");
        let text = beside_examples(&with_tool(tool, &id)).success();
        let skip = "skip  system  not to be opened: EACCES (dmaheap doctor --heap system)";
        assert_eq!(text, format!("{skip}\n{status}\n"));
    }
    let text = beside_examples(&with_tool(tool, "sh examples/ktap.sh; echo $?")).success();
    assert_eq!(text, "KTAP version 1\n1..0 # SKIP no heap can be opened\n4\n");
}

#[test]
fn a_missing_tool_is_no_missing_heap() {
    let tools = "mkdir tools; for tool in mktemp rm sed; do ln -s \"$(command -v $tool)\" tools; done; sh=$(command -v sh); \
                 PATH=$PWD/tools;";
    for (example, stdout) in [("bring-up", ""), ("ktap", "KTAP version 1\nBail out! dmaheap list: status 127\n")] {
        let outcome = beside_examples(&format!("{tools} $sh examples/{example}.sh 2>/dev/null"));
        assert_eq!((outcome.status, outcome.stdout.as_str()), (127, stdout), "{example}");
    }
}

#[test]
fn an_example_that_is_ended_by_a_signal_leaves_nothing() {
    // The watcher of the hunt, whose number is in a file; the command of either script ends the script.
    let tool = r#"case $1 in
        list) echo "system ok" ;;
        buffers) echo $$ >watcher; echo "{}"; exec sleep 1000 ;;
        *) kill -$SIGNAL $PPID ;;
    esac"#;
    let gone = "if test -e watcher; then read -r pid <watcher
                until ! test -e /proc/$pid || grep -q \" Z \" /proc/$pid/stat; do :; done; fi";
    for shell in shells() {
        for (signal, status) in [("TERM", 143), ("HUP", 143)] {
            for example in ["bring-up.sh", "leak-hunt.sh dmaheap alloc"] {
                let run = format!(
                    "mkdir tmp; export TMPDIR=$PWD/tmp SIGNAL={signal}; {shell} examples/{example} 2>/dev/null
                     status=$?; {gone}; ls tmp; exit $status"
                );
                let outcome = beside_examples(&with_tool(tool, &run));
                assert_eq!((outcome.status, outcome.stdout.as_str()), (status, ""), "{shell} {example} {signal}");
            }
        }
    }
}
