//! `dmaheap exec`

use crate::support::{bare, script};

fn exec(options: &str, command: &str) -> crate::support::Run {
    script(&format!("exec \"$DMAHEAP\" exec {options} -- {command}"))
}

#[test]
fn the_command_is_told_where_its_buffers_are() {
    let show = "sh -c 'echo \"$DMAHEAP_FDS|$DMAHEAP_SIZES|$LISTEN_FDS|$LISTEN_FDNAMES\"; test \"$LISTEN_PID\" = $$'";
    assert_eq!(exec("-s 4k -c 2 --name camera:0", show).run().success(), "3 4|4096 4096|2|camera_0:camera_0\n");
    assert_eq!(exec("-s 8k", show).run().success(), "3|8192|1|system\n");
    let show = "sh -c 'echo \"$DMAHEAP_FDS|$DMAHEAP_SIZES|${LISTEN_FDS-unset}\"'";
    assert_eq!(exec("-s 4k --at-fd 9", show).run().success(), "9|4096|unset\n");
}

#[test]
fn it_inherits_the_buffers_and_nothing_else() {
    // What runs the tests may leave descriptors open too.
    let run = script(
        "exec 5</dev/null; ls /proc/self/fd; echo 7; echo 8; echo --; \
         exec \"$DMAHEAP\" exec -s 4k -c 2 --at-fd 7 -- ls /proc/self/fd",
    );
    let text = run.run().success();
    let (without, with) = text.split_once("--\n").unwrap();
    let sorted = |text: &str| {
        let mut numbers: Vec<u32> = text.lines().map(|line| line.parse().unwrap()).collect();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(sorted(without), sorted(with));
}

#[test]
fn it_becomes_the_command() {
    let run = script("sh -c 'echo $$; exec \"$DMAHEAP\" exec -s 4k -- sh -c \"echo \\$\\$\"'");
    let text = run.run().success();
    let pids: Vec<&str> = text.lines().collect();
    assert_eq!(pids[0], pids[1], "{text}");
}

#[test]
fn every_number_holds_its_own_buffer() {
    for first in [3, 4, 5, 6] {
        let run = exec(
            &format!("-s 64k -c 3 --at-fd {first}"),
            "sh -ec 'for fd in $DMAHEAP_FDS; do \"$DMAHEAP\" fill -f $fd --pattern random --seed $fd; done; \
             for fd in $DMAHEAP_FDS; do \"$DMAHEAP\" verify -f $fd --pattern random --seed $fd >/dev/null 2>&1; done; \
             echo $DMAHEAP_FDS'",
        );
        let outcome = run.run();
        assert_eq!((outcome.status, outcome.stdout), (0, format!("{first} {} {}\n", first + 1, first + 2)));
    }
}

#[test]
fn a_number_that_is_taken_is_an_error_unless_it_may_be_replaced() {
    for (options, number) in [("-s 4k", 3), ("-s 4k -c 2", 4), ("-s 4k --at-fd 1", 1)] {
        let run = script(&format!("exec {number}</dev/null; exec \"$DMAHEAP\" exec {options} -- echo ran >&2"));
        assert_eq!(
            run.run().failure(125),
            format!(
                "dmaheap: pass a buffer to descriptor {number}: it is already open (EEXIST)\n\
                 hint: choose another with --at-fd N, or use --replace\n"
            ),
            "{options}"
        );
    }
    let run = script(
        "exec 4</dev/null; exec \"$DMAHEAP\" exec -s 4k -c 2 --replace -- \
         sh -c 'for fd in 3 4; do \"$DMAHEAP\" fill -f $fd --pattern ones || exit; done; echo filled'",
    );
    assert_eq!(run.run().success(), "filled\n");
}

#[test]
fn numbers_beyond_the_limit_are_explained() {
    let stderr = exec("-s 4k --at-fd 2000000000", "echo ran").run().failure(125);
    assert!(
        stderr.starts_with("dmaheap: pass a buffer to descriptor 2000000000: not a valid descriptor number (EBADF)\nhint: numbers go up to "),
        "{stderr}"
    );
    let stderr = exec("-s 4k -c 2 --at-fd 2147483647", "echo ran").run().failure(125);
    assert!(stderr.contains("not a valid descriptor number (EBADF)"), "{stderr}");
}

#[test]
fn the_status_is_that_of_the_command() {
    assert_eq!(exec("-s 4k", "sh -c 'exit 42'").run().failure(42), "");
    assert_eq!(exec("-s 4k", "sh -c 'kill -9 $$'").run().failure(137), "");
    assert_eq!(
        exec("-s 4k", "no-such-command").run().failure(127),
        "dmaheap: run no-such-command: no such command (ENOENT)\nhint: no directory in PATH contains it\n"
    );
    assert_eq!(
        exec("-s 4k", "/nowhere/command").run().failure(127),
        "dmaheap: run /nowhere/command: no such command (ENOENT)\n"
    );
    assert_eq!(
        exec("-s 4k", "/dev/null").run().failure(126),
        "dmaheap: run /dev/null: permission denied (EACCES)\nhint: the file is not executable\n"
    );
    let run = script(
        "dir=$(mktemp -d); printf '#!/nowhere/interpreter\\n' >$dir/file; chmod +x $dir/file; \
         \"$DMAHEAP\" exec -s 4k -- $dir/file 2>$dir/talk; echo $?; grep -c 'hint: the file exists' $dir/talk; rm -r $dir",
    );
    assert_eq!(run.run().success(), "127\n1\n");
}

#[test]
fn exec_failure_of_dmaheap_itself_is_125() {
    let stderr = exec("-s 4k --heap nowhere", "echo ran").run().failure(125);
    assert!(stderr.starts_with("dmaheap: open heap nowhere: no such heap (ENOENT)\n"), "{stderr}");
    let stderr = exec("-s 4k --fd-flags 0x800", "echo ran").run().failure(125);
    assert!(stderr.contains("invalid argument (EINVAL)"), "{stderr}");
    for args in [&["exec"][..], &["exec", "-s", "4k"], &["exec", "--", "true"], &["exec", "-s", "0", "--", "true"]] {
        let stderr = bare(args).run().failure(125);
        assert!(stderr.starts_with("dmaheap: "), "{stderr}");
    }
    assert!(bare(["exec", "-s", "4k", "--at-fd", "-1", "--", "true"]).run().failure(125).contains("negative"));
}

#[test]
fn signals_and_limits_are_as_the_caller_gave_them() {
    let state = "grep -E \"^Sig(Blk|Ign|Cgt)|^ShdPnd\" /proc/self/status; ulimit -S -n; cat /proc/self/oom_score_adj";
    for before in ["", "trap '' PIPE; ", "trap '' HUP USR1; ", "ulimit -S -n 64; "] {
        let run = script(&format!(
            "{before} sh -c '{state}'; \"$DMAHEAP\" exec -s 4k -c 80 --force --at-fd 400 --no-cloexec -- sh -c '{state}'"
        ));
        let text = run.run().success();
        let lines: Vec<&str> = text.lines().collect();
        let (without, with) = lines.split_at(lines.len() / 2);
        assert_eq!(without, with, "{before}");
    }
    assert_eq!(exec("-s 4k", "sh -c 'kill -PIPE $$; echo survived'").run().failure(141), "");
    let run = script("trap '' PIPE; exec \"$DMAHEAP\" exec -s 4k -- sh -c 'kill -PIPE $$; echo survived'");
    assert_eq!(run.run().success(), "survived\n");
}

#[test]
fn many_buffers_are_passed_beyond_the_limit_of_open_files() {
    let run = script(
        "ulimit -S -n 64; exec \"$DMAHEAP\" exec -s 4k -c 300 --at-fd 400 -- sh -c 'set -- $DMAHEAP_FDS; echo $1 $#; ulimit -S -n'",
    );
    assert_eq!(run.run().success(), "400 300\n64\n");
}

#[test]
fn with_verify_it_stays_and_checks_afterwards() {
    let verified = |command: &str| exec("-s 64k -c 2 --fill random --seed 5 --verify", command).run();
    assert_eq!(verified("sh -c 'echo $DMAHEAP_FDS; test \"$LISTEN_PID\" = $$'").success(), "3 4\n");
    let outcome = verified("\"$DMAHEAP\" fill -f 4 --pattern zero");
    assert!(outcome.stderr.starts_with("dmaheap: buffer 2 from system differs from random\n"), "{}", outcome.stderr);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (3, ""));
    assert_eq!(verified("sh -c 'exit 42'").failure(42), "");
    assert_eq!(verified("sh -c 'kill -9 $$'").failure(137), "");
    assert!(verified("no-such-command").failure(127).contains("no such command (ENOENT)"));
    assert!(verified("/dev/null").failure(126).contains("permission denied (EACCES)"));
    // What the command finds is as it is without --verify.
    let state = "sh -c 'grep -E \"^Sig(Blk|Ign)\" /proc/self/status; ls /proc/self/fd; ulimit -S -n'";
    for before in ["", "trap '' PIPE CHLD;"] {
        let with = |options| script(&format!("{before} \"$DMAHEAP\" exec -s 4k {options} -- {state}")).run().success();
        assert_eq!(with("--fill ones --verify"), with(""), "{before}");
    }
}

#[test]
fn exec_out_of_descriptors_names_the_limit() {
    // Near it, wherever that is with what the tests leave open.
    let run = script(
        "for count in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do\n\
             (ulimit -n 20; exec \"$DMAHEAP\" exec -s 4k -c $count --replace --fill ones --verify -- true) 2>&1 >/dev/null |\n\
                 sed -n 's/^hint: \\(RLIMIT_NOFILE is 20 \\).*/\\1/p; s/^dmaheap: .*(EMFILE)$/EMFILE/p; t; s/^dmaheap: .*/&/p'\n\
         done | sort | uniq -c",
    );
    let text = run.run().success();
    let lines = crate::support::words(&text);
    assert_eq!(lines.len(), 2, "{text}");
    assert_eq!((lines[0][0], lines[0][1], lines[1][1]), (lines[1][0], "EMFILE", "RLIMIT_NOFILE"), "{text}");
}

#[test]
fn signals_are_passed_on_to_a_command_that_is_checked() {
    let run = script(
        "dir=$(mktemp -d) && trap 'rm -r \"$dir\"' EXIT && mkfifo \"$dir/ready\"\n\
         \"$DMAHEAP\" exec -s 4k --at-fd 5 --fill ones --verify -- \
         sh -c 'trap \"exit 7\" TERM; echo >&4; exec 4>&-; while :; do :; done' 4>\"$dir/ready\" &\n\
         read -r _ <\"$dir/ready\"; kill -TERM $!; wait $!; echo $?",
    );
    assert_eq!(run.run().success(), "7\n");
}

#[test]
fn the_file_of_a_pattern_is_in_no_buffers_way() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), [b'x'; 4096]).unwrap();
    for verify in ["", "--verify"] {
        let options = format!("-s 4k --fill file={} {verify}", file.path().display());
        let command = "sh -c '\"$DMAHEAP\" dump -f 3 2>/dev/null | tr -d x | wc -c'";
        assert_eq!(exec(&options, command).run().success().trim(), "0", "{verify}");
    }
}

#[test]
fn every_shell_can_use_it() {
    const TEXT: &str = r#"
        set -e
        "$DMAHEAP" exec -s 256k --at-fd 9 -- $SHELL_UNDER_TEST -c '
            set -e
            "$DMAHEAP" fill -f 9 --pattern random --seed 1
            "$DMAHEAP" verify -f 9 --pattern random --seed 1 >/dev/null 2>&1
            d=$(mktemp -d)
            mkfifo "$d/ready"
            "$DMAHEAP" recv --listen "$d/socket" --ready-fd 4 -- $SHELL_UNDER_TEST -c "
                \"\$DMAHEAP\" verify -f 3 --pattern random --seed 1 >/dev/null 2>&1 && echo received
            " 4>"$d/ready" 2>/dev/null &
            read -r line <"$d/ready"
            "$DMAHEAP" send "$d/socket" -f 9
            wait $!
            rm -r "$d"
        '
        pid=$("$DMAHEAP" hold -s 4k --detach --listen @dmaheap-test-$$)
        "$DMAHEAP" recv @dmaheap-test-$$ -bn -o SIZE
        kill "$pid"
        while kill -0 "$pid" 2>/dev/null; do :; done
        echo done
    "#;
    for shell in crate::support::shells() {
        let text = format!("SHELL_UNDER_TEST='{shell}'; export SHELL_UNDER_TEST; exec $SHELL_UNDER_TEST -c \"$0\"");
        let run = crate::support::script_with(&text, TEXT);
        assert_eq!(run.run().success(), "received\n4096\ndone\n", "{shell}");
    }
}

#[test]
fn a_descriptor_is_named_as_its_buffer_is() {
    let exec =
        |command: &str| script(&format!("exec \"$DMAHEAP\" exec -s 4k -c 2 --name two -- sh -c '{command}'")).run();
    let one = "exec \"$DMAHEAP\" exec -s 8k --name camera0 -- sh -c '\"$DMAHEAP\" info -f camera0 -n -o FD,SIZE'";
    assert_eq!(script(one).run().success(), "3\n8KiB\n");
    assert_eq!(
        exec("$DMAHEAP info -f other").failure(1),
        "dmaheap: use fd other: no descriptor has this name (names: two two)\n"
    );
    assert_eq!(exec("$DMAHEAP info -f two").failure(1), "dmaheap: use fd two: several descriptors have this name\n");
    assert_eq!(
        bare(["info", "-f", "camera0"]).run().failure(1),
        "dmaheap: use fd camera0: no descriptor has a name (LISTEN_FDNAMES is not set)\n"
    );
    assert_eq!(
        bare(["info", "-p", "1", "-f", "camera0"]).run().failure(1),
        "dmaheap: use fd camera0: a descriptor of another process has a number\n"
    );
}
