//! `dmaheap fill`, `verify`, `load`, `dump`

use crate::support::{Run, bare, dmaheap, rows, script};
use serde_json::json;

/// A shell script that has a buffer of 64 KiB, or what `options` say, as descriptor 3. `$DMAHEAP` is the tool.
fn with_buffer(options: &[&str], body: &str) -> Run {
    let size: &[&str] = if options.contains(&"-s") { &[] } else { &["-s", "64k"] };
    dmaheap([&["exec"], options, size, &["--", "sh", "-c", body]].concat())
}

/// What verify always says on stderr where no device is attached; debugfs can tell on a kernel, to root.
#[track_caller]
fn assert_caveat(stderr: &str) {
    let expected = ["dmaheap: no device is attached: ", "dmaheap: whether a device is attached cannot be known ("];
    assert!(expected.iter().any(|text| stderr.starts_with(text)), "{stderr}");
    assert!(stderr.ends_with("cannot prove coherency\n") && stderr.lines().count() == 1, "{stderr}");
}

#[test]
fn every_pattern_is_found_again_by_another_process() {
    let body = "
        printf '%0100000d' 0 >/tmp/$$
        for p in zero ones byte=0x5a word=0xdeadbeef checkerboard walking-ones walking-zeros address increment prbs31 \
            random file=/tmp/$$; do
            \"$DMAHEAP\" fill -f 3 --pattern $p || echo fill $p
            \"$DMAHEAP\" verify -f 3 --pattern $p -n -o DIFFERING 2>/dev/null || echo verify $p
        done
        rm /tmp/$$";
    assert_eq!(with_buffer(&[], body).run().success(), "0\n".repeat(12));
}

#[test]
fn seeds_jobs_ranges_and_widths_agree() {
    let body = "
        for p in random prbs31 address walking-ones; do
            \"$DMAHEAP\" fill -f 3 --pattern $p --seed 0x2a --jobs 3 --progress never
            \"$DMAHEAP\" fill -f 3 --pattern zero --offset 5000 --length 3000
            \"$DMAHEAP\" fill -f 3 --pattern $p --seed 42 --offset 5000 --length 3000 --width 8
            for options in '--jobs 4' '--offset 4999 --length 7777' '--width 32' '--sync none' '--width 64 --offset 8'; do
                \"$DMAHEAP\" verify -f 3 --pattern $p --seed 42 $options -n -o DIFFERING 2>/dev/null || echo $p $options
            done
        done";
    assert_eq!(with_buffer(&[], body).run().success(), "0\n".repeat(20));
}

const FLIP: &str = "
    \"$DMAHEAP\" fill -f 3 --pattern zero
    printf '\\020' | \"$DMAHEAP\" load -f 3 --offset 0x1234 --length 1
    exec \"$DMAHEAP\" verify -f 3 --pattern zero";

#[test]
fn one_flipped_bit_is_found_at_its_place() {
    let outcome = with_buffer(&[], FLIP).run();
    let page = dmaheap::sys::limits::page_size();
    assert_eq!(
        (outcome.stdout.as_str(), outcome.status),
        (
            format!(
                "OFFSET        0x0\n\
                 LENGTH        64KiB\n\
                 WORDS         8192\n\
                 DIFFERING     1\n\
                 FIRST         0x1234\n\
                 PAGE          {}\n\
                 PAGE-OFFSET   {:#x}\n\
                 EXPECTED      0x0000000000000000\n\
                 GOT           0x0000001000000000\n\
                 REREAD        0x0000001000000000\n\
                 VERDICT       stored\n\
                 XOR           0x0000001000000000\n\
                 XOR-COMMON    0x0000001000000000\n\
                 EXTENTS       0x1230+0x8\n\
                 MORE-EXTENTS  0\n",
                0x1234 / page,
                0x1234 % page
            )
            .as_str(),
            3
        )
    );
    assert_caveat(&outcome.stderr);
}

#[test]
fn the_same_as_json() {
    let outcome = with_buffer(&[], &format!("{FLIP} --json --width 32")).run();
    let page = dmaheap::sys::limits::page_size();
    assert_eq!(outcome.status, 3);
    assert_caveat(&outcome.stderr);
    let mut row = rows(&outcome.stdout).remove(0);
    // Known on a kernel, to root.
    let devices = row.as_object_mut().unwrap().remove("devices").expect("devices");
    assert!(devices.is_null() || devices == json!([]), "{devices}");
    assert_eq!(
        row,
        json!({
            "pattern": "zero", "seed": null, "offset": 0, "length": 65536, "word_bits": 32, "words": 16384,
            "differing": 1, "first": 0x1234, "page": 0x1234 / page, "page_offset": 0x1234 % page,
            "word_offset": 0x1234, "expected": "0x00000000", "got": "0x00000010", "reread": "0x00000010",
            "verdict": "stored", "xor": "0x00000010", "xor_common": "0x00000010",
            "extents": [{"offset": 0x1234, "length": 4}], "more_extents": 0,
        })
    );
}

#[test]
fn runs_are_merged_and_only_as_many_are_named_as_were_asked_for() {
    let body = "
        \"$DMAHEAP\" fill -f 3 --pattern ones
        for at in 0x100 0x108 0x200 0x300 0x400; do
            \"$DMAHEAP\" fill -f 3 --pattern byte=0xfe --offset $at --length 8
        done
        \"$DMAHEAP\" verify -f 3 --pattern ones --extents 2 -o DIFFERING,XOR,XOR-COMMON,EXTENTS,MORE-EXTENTS";
    let outcome = with_buffer(&[], body).run();
    assert_eq!(
        (outcome.stdout.as_str(), outcome.status),
        (
            "DIFFERING     5\n\
             XOR           0x0101010101010101\n\
             XOR-COMMON    0x0101010101010101\n\
             EXTENTS       0x100+0x10\n\
             \x20             0x200+0x8\n\
             MORE-EXTENTS  2\n",
            3
        )
    );
}

#[test]
fn another_seed_is_another_pattern() {
    let body = "\"$DMAHEAP\" fill -f 3 --pattern random --seed 1; \
                exec \"$DMAHEAP\" verify -f 3 --pattern random --seed 2 -n -o DIFFERING,SEED";
    let outcome = with_buffer(&[], body).run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("8192\n2\n", 3));
}

#[test]
fn equal_bytes_are_a_short_report() {
    let outcome = with_buffer(&[], "exec \"$DMAHEAP\" verify -f 3 --pattern zero --offset 8 --length 4k").run();
    assert_eq!(outcome.stdout, "OFFSET     0x8\nLENGTH     4KiB\nWORDS      512\nDIFFERING  0\n");
    assert_eq!(outcome.status, 0);
    assert_caveat(&outcome.stderr);
}

#[test]
fn what_is_loaded_from_a_file_or_a_pipe_is_dumped() {
    let body = "
        cd \"$(mktemp -d)\" && head -c 65536 /dev/urandom >in && tail -c 1000 in >end && head -c 64536 /dev/zero >begin
        d=$DMAHEAP
        { $d load -f 3 in && $d dump -f 3 out && cmp in out && $d verify -f 3 --pattern file=in >report 2>&1; } || echo file
        { cat in | $d load -f 3 - && $d dump -f 3 | cmp - in; } || echo pipe
        { $d fill -f 3 --pattern zero && $d load -f 3 --offset 64536 <end; } || echo end
        $d dump -f 3 --offset 64536 - | cmp - end || echo end of the dump
        $d dump -f 3 --length 64536 | cmp - begin || echo begin of the dump
        { $d load -f 3 --length 10 <in && head -c 10 in >ten && $d dump -f 3 --length 10 | cmp - ten; } || echo ten
        rm -r \"$PWD\"";
    assert_eq!(with_buffer(&[], body).run().success(), "");
}

#[test]
fn what_follows_a_length_is_left_to_others() {
    let body = "{ \"$DMAHEAP\" load -f 3 --length 65536; cat; } </dev/zero | head -c 5 | od -An -c";
    assert_eq!(with_buffer(&[], body).run().success().trim(), "\\0  \\0  \\0  \\0  \\0");
    let body = "{ head -c 65536 /dev/zero; echo rest; } | { \"$DMAHEAP\" load -f 3 --length 64k; cat; }";
    assert_eq!(with_buffer(&[], body).run().success(), "rest\n");
}

#[test]
fn bytes_for_people_are_those_of_hexdump() {
    let body =
        "\"$DMAHEAP\" fill -f 3 --pattern zero; printf 'dma-buf\\377' | \"$DMAHEAP\" load -f 3 --length 8 --offset 0x30
        \"$DMAHEAP\" dump -f 3 --hex --length 0x44";
    assert_eq!(
        with_buffer(&[], body).run().success(),
        "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n\
         *\n\
         00000030  64 6d 61 2d 62 75 66 ff  00 00 00 00 00 00 00 00  |dma-buf.........|\n\
         00000040  00 00 00 00                                       |....|\n\
         00000044\n"
    );
}

/// The error of `dmaheap ARGS` with a buffer of 64 KiB as descriptor 3.
#[track_caller]
fn refused(options: &[&str], args: &str) -> String {
    with_buffer(options, &format!("exec \"$DMAHEAP\" {args}")).run().failure(1)
}

#[test]
fn what_is_no_dma_buf_is_refused_and_named() {
    let closed = "use fd 9: it is not open here (EBADF)\nhint: a descriptor is inherited from the caller: dmaheap exec, `3<&5` in a shell; sudo and ssh close it\n";
    for (verb, options) in
        [("fill", "--pattern zero"), ("verify", "--pattern zero"), ("load", "/dev/zero"), ("dump", "")]
    {
        let error = |text: &str, redirection: &str| {
            let stderr = script(&format!("exec \"$DMAHEAP\" {verb} {text} {options} {redirection}")).run().failure(1);
            stderr.strip_prefix("dmaheap: ").expect("the tool's name").to_owned()
        };
        assert_eq!(error("-f 9", "9<&-"), closed);
        assert_eq!(error("-f 0", ""), "access fd 0: a pipe (file system 0x50495045), not a dma-buf\n");
        assert!(error("-f 4", "4</").starts_with("access fd 4: a directory (file system 0x"));
        assert!(error("-f 4 --sync none", "4</").starts_with("access fd 4: a directory (file system 0x"));
        let node = error("-f 4", "4</dev/dma_heap/system");
        assert!(node.starts_with("access fd 4: the node ") && node.contains(" of a heap (file system 0x"), "{node}");
        assert!(node.ends_with("not a dma-buf\nhint: buffers are allocated from a heap: dmaheap exec, hold, alloc\n"));
    }
}

#[test]
fn a_range_has_to_lie_inside() {
    for (range, message) in [
        ("--offset 64k", "offset 65536 is at or beyond the end; the buffer has 65536 bytes\n"),
        (
            "--offset 65535 --length 2",
            "2 bytes from offset 65535 on go beyond the end; the buffer has 65536 bytes\nhint: 1 bytes follow that offset\n",
        ),
        (
            "--length 0xffffffffffffffff",
            "18446744073709551615 bytes from offset 0 on go beyond the end; the buffer has 65536 bytes\nhint: 65536 bytes follow that offset\n",
        ),
        ("--width 64 --offset 4", "offset 4 is no multiple of 8, as aligned accesses of 64 bits need\n"),
    ] {
        for verb in ["fill --pattern random", "verify --pattern random", "dump", "load /dev/zero"] {
            assert_eq!(refused(&[], &format!("{verb} -f 3 {range}")), format!("dmaheap: access fd 3: {message}"));
        }
    }
}

#[test]
fn options_that_are_none_are_explained() {
    for (args, message) in [
        (&["--length", "0"][..], "a length of 0 is no range; leave it out for all that follows the offset"),
        (&["--length=-1"], "a size cannot be negative"),
        (&["--offset", "here"], "not a number; write bytes (4096, 0x1000) or a unit: 64K, 4M, 1G, 4KiB, 1p for a page"),
        (&["--offset", "99999999999999999999"], "does not fit in 64 bits"),
        (&["--sync", "maybe"], "'maybe' is none of none, start, end, both"),
        (&["--width", "24"], "'24' is no width of an access; 8, 16, 32 or 64 bits"),
        (&["--jobs", "0"], "'0' is no number of jobs; 1 to 64"),
        (&["--seed", "-1"], "'-1' is no number of 64 bits; write 42 or 0x2a"),
        (&["--seed", "1"], "--seed: the pattern zero has no seed"),
        (&["--pid", "0"], "processes are numbered from 1"),
        (&["--pid", "x"], "not the number of a process"),
        (&["--progress", "maybe"], "invalid value 'maybe'"),
    ] {
        let stderr = bare([&["fill", "-f", "3", "--pattern", "zero"], args].concat()).run().failure(2);
        assert!(stderr.contains(message), "{args:?}: {stderr}");
    }
    for (args, message) in [
        (&["fill", "-f", "3"][..], "required"),
        (&["fill", "--pattern", "zero"], "required"),
        (&["fill", "-f", "-1", "--pattern", "zero"], "a file descriptor cannot be negative"),
        (&["fill", "-f", "x", "--pattern", "zero"], "not the number of a file descriptor"),
        (&["fill", "-f", "3", "--pattern", "byte=256"], "byte: 256 does not fit in 8 bits"),
        (&["fill", "-f", "3", "--pattern", "nope"], "unknown pattern 'nope'; there are zero, ones, "),
        (&["verify", "-f", "3", "--pattern", "zero", "--extents", "-1"], "invalid value '-1'"),
        (&["verify", "-f", "3", "--pattern", "zero", "-o", "X"], "unknown column 'X'; there are PATTERN SEED "),
        (&["alloc", "-s", "4k", "--verify"], "--fill"),
        (&["alloc", "-s", "4k", "--seed", "1"], "--fill"),
        (&["alloc", "-s", "4k", "--fill", "ones", "--seed", "1"], "--seed: the pattern ones has no seed"),
    ] {
        let stderr = bare(args).run().failure(2);
        assert!(stderr.contains(message), "{args:?}: {stderr}");
    }
}

#[test]
fn the_access_mode_of_the_descriptor_counts() {
    let not_writable = "dmaheap: map fd 3: its descriptor is not open for reading and writing, so it cannot be written (EACCES)\n\
         hint: a mapping that writes also reads: allocate with --access rw\n";
    let not_readable = "dmaheap: map fd 3: its descriptor is open for writing only, so it cannot be read (EACCES)\n\
         hint: a mapping always reads: allocate with --access rw or ro\n";
    for verb in ["fill -f 3 --pattern zero", "fill -f 3 --pattern random", "load -f 3 /dev/zero"] {
        assert_eq!(refused(&["--access", "ro"], verb), not_writable);
        assert_eq!(refused(&["--access", "wo"], verb), not_writable);
    }
    for verb in ["verify -f 3 --pattern zero", "dump -f 3"] {
        assert_eq!(refused(&["--access", "wo"], verb), not_readable);
        let outcome = with_buffer(&["--access", "ro"], &format!("exec \"$DMAHEAP\" {verb} >/dev/null")).run();
        assert_eq!(outcome.status, 0, "{}", outcome.transcript());
    }
}

#[test]
fn a_buffer_that_cannot_be_read_destroys_no_file() {
    let body = "echo kept >/tmp/$$; \"$DMAHEAP\" dump -f 3 /tmp/$$ 2>/dev/null; cat /tmp/$$; rm /tmp/$$";
    assert_eq!(with_buffer(&["--access", "wo"], body).run().success(), "kept\n");
}

#[test]
fn input_of_another_length_is_an_error() {
    let body = |input: &str, args: &str| {
        format!(
            "printf '%0100d' 0 >/tmp/$$.short; {input} \"$DMAHEAP\" load -f 3 {args}; status=$?; rm /tmp/$$.short; exit $status"
        )
    };
    for (input, args, message) in [
        (
            "cd /tmp;",
            "$$.short",
            "has 100 bytes, but the range has 65536\nhint: --length 100 loads them and leaves the rest of the buffer as it is\n",
        ),
        ("cd /tmp;", "--length 50 --offset 65500 $$.short", "go beyond the end"),
        (
            "cd /tmp;",
            "--offset 65500 $$.short",
            "has 100 bytes, which is more than the 36 of the range\nhint: --length 36 loads as many and leaves the rest of the file\n",
        ),
        (
            "cat /tmp/$$.short |",
            "",
            "load stdin: ended after 100 of 65536 bytes; the rest of the buffer is as it was\n",
        ),
        (
            "cat /tmp/$$.short |",
            "--length 101",
            "load stdin: ended after 100 of 101 bytes; the rest of the buffer is as it was\n",
        ),
        (
            "cat /tmp/$$.short |",
            "--offset 65500",
            "load stdin: goes on after the 36 bytes of the range, which are loaded\nhint: --length 36 leaves the rest unread\n",
        ),
        ("", "</dev/null", "load stdin: ended after 0 of 65536 bytes"),
        ("", "/dev/null/none", "open /dev/null/none: not a directory (ENOTDIR)\n"),
        ("", "/nowhere", "open /nowhere: no such file or directory (ENOENT)\n"),
        ("", "/", "read /: is a directory (EISDIR)\n"),
        ("cat /tmp/$$.short |", "--width 64 --length 96 --offset 8; exit $?; true", ""),
    ] {
        let outcome = with_buffer(&[], &body(input, args)).run();
        if message.is_empty() {
            assert_eq!(outcome.success(), "");
            continue;
        }
        let stderr = outcome.failure(1);
        assert!(stderr.contains(message), "{args}: {stderr}");
    }
}

#[test]
fn a_pattern_from_a_file_has_to_reach_to_the_end() {
    let body =
        "printf abc >/tmp/$$; \"$DMAHEAP\" fill -f 3 --pattern file=/tmp/$$; status=$?; rm /tmp/$$; exit $status";
    let stderr = with_buffer(&[], body).run().failure(1);
    assert!(
        stderr.contains("has 3 bytes, but the range ends at 65536\nhint: --length 3 takes what it has"),
        "{stderr}"
    );
    let stderr = refused(&[], "verify -f 3 --pattern file=/nowhere");
    assert_eq!(stderr, "dmaheap: read /nowhere: no such file or directory (ENOENT)\n");
}

#[test]
fn a_full_disk_is_an_error() {
    for args in ["dump -f 3 /dev/full", "dump -f 3 --hex /dev/full"] {
        assert_eq!(refused(&[], args), "dmaheap: write /dev/full: no space left on device (ENOSPC)\n");
    }
    assert_eq!(refused(&[], "dump -f 3 >/dev/full"), "dmaheap: write stdout: no space left on device (ENOSPC)\n");
    assert_eq!(refused(&[], "dump -f 3 >&-"), "dmaheap: write to stdout: bad file descriptor (EBADF)\n");
    assert_eq!(refused(&[], "dump -f 3 /nowhere/x"), "dmaheap: write /nowhere/x: no such file or directory (ENOENT)\n");
}

#[test]
fn a_file_that_was_written_in_part_is_said_to_be() {
    // In a shell of its own, whose limit on the size of files stands for a disk that is full.
    let body = "trap '' XFSZ; ulimit -f 8; \"$DMAHEAP\" dump -f 3 /tmp/$$; status=$?; rm /tmp/$$; exit $status";
    let stderr = with_buffer(&["-s", "1M"], body).run().failure(1);
    assert!(stderr.contains(": file too large (EFBIG)\nhint: /tmp/"), "{stderr}");
    assert!(stderr.ends_with(" bytes only\n"), "{stderr}");
}

#[test]
fn a_reader_that_goes_away_ends_the_dump_quietly() {
    let body = "{ \"$DMAHEAP\" dump -f 3; echo $? >&2; } | head -c 1 >/dev/null";
    let outcome = with_buffer(&["-s", "4M"], body).run();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.status), ("", "141\n", 0));
}

#[test]
fn progress_is_shown_where_it_is_asked_for_only() {
    let shown = with_buffer(&[], "exec \"$DMAHEAP\" fill -f 3 --pattern random --progress always").run();
    assert_eq!((shown.stdout.as_str(), shown.status), ("", 0));
    assert!(shown.stderr.contains("100% [=") && shown.stderr.ends_with("\r\x1b[2K"), "{:?}", shown.stderr);
    // stderr is no terminal here.
    assert_eq!(with_buffer(&[], "exec \"$DMAHEAP\" fill -f 3 --pattern random").run().success(), "");
}

#[test]
fn what_is_allocated_can_be_filled_and_checked() {
    let options = ["--fill", "random", "--seed", "7", "--verify", "-bn", "-o", "SIZE,DIFFERING"];
    let table = dmaheap(["alloc", "-s", "64k", "-c", "2"].iter().chain(&options)).run();
    assert_eq!(table.success(), "65536  0\n65536  0\n");
    let rows = dmaheap(["alloc", "-s", "4k", "--fill", "zero", "-J", "-o", "DIFFERING"]).run().rows();
    assert_eq!(rows, [json!({"differing": null})]);
    let stderr = dmaheap(["alloc", "-s", "4k", "--fill", "zero", "--access", "ro"]).run().failure(1);
    assert!(
        stderr.starts_with("dmaheap: map buffer 1 from system: its descriptor is not open for reading"),
        "{stderr}"
    );
}

#[test]
fn a_pattern_that_a_command_leaves_alone_is_there_afterwards() {
    let run = |options: &[&str], body: &str| {
        dmaheap([&["exec", "-s", "64k", "--fill", "random", "--verify"], options, &["--", "sh", "-c", body]].concat())
            .run()
    };
    let check = "\"$DMAHEAP\" verify -f 3 --pattern random -n -o DIFFERING 2>&-";
    assert_eq!(run(&[], check).success(), "0\n");
    assert_eq!(run(&["-c", "2"], "exit 7").status, 7);
    let spoil = "\"$DMAHEAP\" fill -f 4 --pattern zero --offset 8 --length 16";
    let outcome = run(&["-c", "2", "--jobs", "2"], spoil);
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("", 3));
    assert!(
        outcome.stderr.starts_with("dmaheap: buffer 2 from system differs from random\nOFFSET "),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("\nFIRST         0x8\n") && outcome.stderr.contains("\nEXTENTS       0x8+0x10\n"));
    // The command's own failure is more than that.
    assert_eq!(run(&["-c", "2"], &format!("{spoil}; exit 9")).status, 9);
    // Without --verify the command is the process itself, and finds the pattern.
    assert_eq!(
        dmaheap([
            "exec",
            "-s",
            "4k",
            "--fill",
            "ones",
            "--",
            "sh",
            "-c",
            "\"$DMAHEAP\" verify -f 3 --pattern ones -n -o DIFFERING 2>&-"
        ])
        .run()
        .success(),
        "0\n"
    );
    assert_eq!(dmaheap(["exec", "-s", "4k", "--fill", "ones", "--access", "ro", "--", "true"]).run().status, 125);
}

const SERVED: &str = "
    directory=$(mktemp -d)
    mkfifo \"$directory/ready\"
    \"$DMAHEAP\" hold -s 64k -c 2 --fill random --seed 3 --verify --listen \"$directory/socket\" --ready-fd 9 >/dev/null 2>\"$directory/said\" 9>\"$directory/ready\" &
    read -r line <\"$directory/ready\"
    source=\"--from-socket $directory/socket\"
";

#[test]
fn a_socket_is_a_source_too() {
    let body = format!(
        "{SERVED}
        \"$DMAHEAP\" verify $source --index 2 --pattern random --seed 3 -n -o DIFFERING 2>&-
        \"$DMAHEAP\" info $source --index 1 -bn -o SIZE
        \"$DMAHEAP\" dump $source 2>&1 | sed 's,/.*socket,SOCKET,'
        \"$DMAHEAP\" dump $source --index 3 2>&1 | sed 's,/.*socket,SOCKET,'
        kill $!; wait $!; echo status $?; grep -v ' simulated: ' \"$directory/said\"
        rm -r \"$directory\"
        exec \"$DMAHEAP\" dump --from-socket /nowhere/socket"
    );
    let outcome = script(&body).run();
    assert_eq!(
        outcome.stdout,
        "0\n65536\n\
         dmaheap: take a buffer from SOCKET: it gives 2 buffers\nhint: --index says which, from 1\n\
         dmaheap: take a buffer from SOCKET: it gives 2 buffers, no number 3\n\
         status 0\nready\n"
    );
    assert!(outcome.status == 1 && outcome.stderr.contains("/nowhere/socket"), "{}", outcome.transcript());
}

#[test]
fn what_is_held_is_checked_in_the_end() {
    let body = format!(
        "{SERVED}
        \"$DMAHEAP\" fill $source --index 1 --pattern zero --length 8
        kill $!; wait $!; echo status $?; grep -v ' simulated: ' \"$directory/said\" | head -n 3; rm -r \"$directory\""
    );
    assert_eq!(
        script(&body).run().success(),
        "status 3\nready\ndmaheap: buffer 1 from system differs from random\nOFFSET        0x0\n"
    );
}

/// A memfd as descriptor 0 of `dmaheap ARGS --sync none`.
fn with_memfd(flags: nix::sys::memfd::MFdFlags, size: i64, args: &[&str]) -> std::process::Command {
    let memory =
        nix::sys::memfd::memfd_create("memory", flags | nix::sys::memfd::MFdFlags::MFD_CLOEXEC).expect("a memfd");
    nix::unistd::ftruncate(&memory, size).expect("it can be made longer");
    let mut command = std::process::Command::new(crate::support::binary());
    command.args(args).args(["-f", "0", "--sync", "none"]).env_clear().stdin(memory);
    command
}

#[test]
fn a_memfd_is_accepted_without_brackets_only() {
    use nix::sys::memfd::MFdFlags;
    let mut filled = with_memfd(MFdFlags::empty(), 64 * 1024, &["fill", "--pattern", "prbs31"]);
    assert!(filled.status().unwrap().success());
    let refused =
        with_memfd(MFdFlags::empty(), 4096, &["fill", "--pattern", "zero"]).arg("--sync").arg("both").output();
    // Given twice, an option is refused; and alone it names what the descriptor is.
    assert_eq!(refused.unwrap().status.code(), Some(2));
    let stderr = script("exec \"$DMAHEAP\" fill -f 0 --pattern zero </etc/passwd").run().failure(1);
    assert!(stderr.contains("access fd 0: a regular file (file system 0x"), "{stderr}");
    assert!(stderr.ends_with("not a dma-buf\nhint: --sync none accesses what is no dma-buf\n"), "{stderr}");
}

#[test]
fn memory_that_goes_away_under_a_fill_is_an_error() {
    use std::io::Read;
    use std::process::Stdio;
    // Sparse: the fill is nowhere near the end of it when it is truncated.
    const SIZE: i64 = 1 << 40;
    let memory = nix::sys::memfd::memfd_create("memory", nix::sys::memfd::MFdFlags::MFD_CLOEXEC).expect("a memfd");
    nix::unistd::ftruncate(&memory, SIZE).expect("it can be made longer");
    let mut fill = std::process::Command::new(crate::support::binary())
        .args(["fill", "-f", "0", "--sync", "none", "--pattern", "random", "--progress", "always"])
        .env_clear()
        .stdin(memory.try_clone().expect("another descriptor of it"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    let mut stderr = fill.stderr.take().expect("stderr is a pipe");
    // The first sign of progress: bytes are being written.
    stderr.read_exact(&mut [0]).expect("progress is shown");
    nix::unistd::ftruncate(&memory, 0).expect("it can be truncated");
    let mut said = String::new();
    stderr.read_to_string(&mut said).expect("the output should be UTF-8");
    assert_eq!(fill.wait().expect("it ends").code(), Some(1));
    assert!(
        said.contains("dmaheap: write fd 0: no memory there, at offset 0x") && said.contains(" (SIGBUS)\n"),
        "{said}"
    );
    assert!(said.ends_with("hint: its file was truncated, or it is device memory: try --width 32\n"), "{said}");
}

#[test]
fn what_cannot_be_mapped_is_an_error() {
    use nix::sys::memfd::MFdFlags;
    // Huge pages cannot be mapped from an offset between them: mmap answers EINVAL, as it does for a heap without mmap.
    let huge =
        with_memfd(MFdFlags::MFD_HUGETLB, 4 << 20, &["dump", "--offset", "64k", "--length", "1"]).output().unwrap();
    assert_eq!(huge.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&huge.stderr),
        "dmaheap: map fd 0: its exporter does not let it be mapped (EINVAL)\n"
    );
}
