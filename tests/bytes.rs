//! `dmaheap fill`, `verify`, `load`, `dump`

mod refusals;
mod witnesses;

use crate::support::{Run, dmaheap, rows, script};
use serde_json::json;

/// A shell script that has a buffer of 64 KiB, or what `options` say, as descriptor 3. `$DMAHEAP` is the tool.
fn with_buffer(options: &[&str], body: &str) -> Run {
    let size: &[&str] = if options.contains(&"-s") { &[] } else { &["-s", "64k"] };
    dmaheap([&["exec"], options, size, &["--", "sh", "-c", body]].concat())
}

/// What verify always says on stderr where no device is attached; debugfs can tell on a kernel, to root.
#[track_caller]
fn assert_caveat(stderr: &str) {
    let expected = [
        "dmaheap: checked by the CPU only: no device is attached, ",
        "dmaheap: checked by the CPU only: attached devices are unknown (",
    ];
    assert!(expected.iter().any(|text| stderr.starts_with(text)), "{stderr}");
    assert!(
        stderr.contains(", so coherency ") && stderr.ends_with(" tested\n") && stderr.lines().count() == 1,
        "{stderr}"
    );
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
            \"$DMAHEAP\" fill -f 3 --pattern $p --seed 42 --offset 5000 --length 3000 --access-width 8
            for options in '--jobs 4' '--offset 4999 --length 7777' '--access-width 32' '--sync none' '--access-width 64 --offset 8'; do
                \"$DMAHEAP\" verify -f 3 --pattern $p --seed 42 $options -n -o DIFFERING 2>/dev/null || echo $p $options
            done
        done";
    assert_eq!(with_buffer(&[], body).run().success(), "0\n".repeat(20));
}

#[test]
fn the_last_line_says_that_no_byte_differs_unless_a_script_reads_it() {
    let said = |options: &str| {
        let body = format!("exec \"$DMAHEAP\" verify -f 3 --pattern zero {options} 2>/dev/null");
        with_buffer(&[], &body).run().success()
    };
    assert!(said("").ends_with("DIFFERING  0\nno byte differs\n"));
    for options in ["-q", "-J", "-n", "-o LENGTH"] {
        assert!(!said(options).contains("no byte differs"), "{options}");
    }
}

const FLIP: &str = "
    \"$DMAHEAP\" fill -f 3 --pattern zero
    printf '\\020' | \"$DMAHEAP\" load -f 3 --offset 0x1234 --length 1
    exec \"$DMAHEAP\" verify -f 3 --pattern zero";

#[test]
fn flipped_bit_is_found_at_its_place() {
    let outcome = with_buffer(&[], FLIP).run();
    let page = crate::sys::system::page_size();
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
    let outcome = with_buffer(&[], &format!("{FLIP} --json --access-width 32")).run();
    let page = crate::sys::system::page_size();
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
fn seed_changes_the_pattern() {
    let body = "\"$DMAHEAP\" fill -f 3 --pattern random --seed 1; \
                exec \"$DMAHEAP\" verify -f 3 --pattern random --seed 2 -n -o DIFFERING,SEED";
    let outcome = with_buffer(&[], body).run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("8192\n2\n", 3));
}

#[test]
fn equal_bytes_are_a_short_report() {
    let outcome = with_buffer(&[], "exec \"$DMAHEAP\" verify -f 3 --pattern zero --offset 8 --length 4k").run();
    assert_eq!(outcome.stdout, "OFFSET     0x8\nLENGTH     4KiB\nWORDS      512\nDIFFERING  0\nno byte differs\n");
    assert_eq!(outcome.status, 0);
    assert_caveat(&outcome.stderr);
}

#[test]
fn dump_returns_bytes_loaded_from_a_file_or_pipe() {
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
fn a_dump_goes_to_streams_and_not_through_what_others_may_have_planted() {
    let body = "
        cd \"$(mktemp -d)\" && chmod 777 . && echo kept >victim && mkfifo fifo && d=$DMAHEAP
        for path in /dev/stdout /dev/fd/1 /proc/self/fd/1; do
            [ \"$($d dump -f 3 $path | wc -c)\" -eq 65536 ] || echo $path
        done
        $d dump -f 3 /dev/null || echo null
        { cat fifo | wc -c >length; } & $d dump -f 3 fifo && wait $! && [ \"$(cat length)\" -eq 65536 ] || echo fifo
        ln victim file && $d dump -f 3 file 2>&1 && echo written
        $d dump -f 3 --hex file 2>&1 && echo written
        [ \"$(cat victim)\" = kept ] || echo victim
        rm -r \"$PWD\"";
    let said = "dmaheap: write file: it has another name (hard link), in a directory where others may write (EACCES)\n\
                hint: name a new file, or one in a directory where only you may write\n";
    assert_eq!(with_buffer(&[], body).run().success(), said.repeat(2));
}

#[test]
fn load_leaves_input_after_its_length() {
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

#[test]
fn a_reader_that_goes_away_ends_the_dump_quietly() {
    let body = "{ \"$DMAHEAP\" dump -f 3; echo $? >&2; } | head -c 1 >/dev/null";
    let outcome = with_buffer(&["-s", "4M"], body).run();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.status), ("", "141\n", 0));
}

#[test]
fn progress_is_shown_where_it_is_asked_for_only() {
    for verb in ["fill --pattern random", "verify --pattern zero", "load /dev/zero", "dump", "dump --hex"] {
        let shown = with_buffer(&[], &format!("exec \"$DMAHEAP\" {verb} -f 3 --progress always >/dev/null")).run();
        assert_eq!((shown.stdout.as_str(), shown.status), ("", 0));
        // verify says more behind it.
        assert!(shown.stderr.contains("% [=") && shown.stderr.contains("\r\x1b[2K"), "{verb}: {:?}", shown.stderr);
    }
    // stderr is not a terminal here.
    assert_eq!(with_buffer(&[], "exec \"$DMAHEAP\" fill -f 3 --pattern random").run().success(), "");
}

#[test]
fn dump_on_a_terminal_has_no_progress() {
    use nix::sys::memfd::{MFdFlags, memfd_create};
    let memory = std::fs::File::from(memfd_create("memory", MFdFlags::MFD_CLOEXEC).unwrap());
    memory.set_len(64).unwrap();
    let mut dump = std::process::Command::new(crate::support::binary());
    dump.args(["dump", "--hex", "-f", "0", "--sync", "none"]).env_clear().env("TERM", "xterm").stdin(memory);
    let (status, shown) = crate::support::run_on_terminal(dump, 80);
    let line = "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\r\n*\r\n00000040\r\n";
    assert_eq!((status.code(), shown.as_str()), (Some(0), line));
}

#[test]
fn alloc_fills_and_verifies() {
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
    let outcome = run(&["-c", "2"], "exit 7");
    assert_eq!((outcome.transcript().as_str(), outcome.status), ("--- status 7\n", 7));
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
         dmaheap: take a buffer from SOCKET: it offers 2 buffers\nhint: choose one with --index, counted from 1\n\
         dmaheap: take a buffer from SOCKET: it offers 2 buffers; --index 3 is out of range\n\
         status 0\nready\n"
    );
    assert!(outcome.status == 1 && outcome.stderr.contains("/nowhere/socket"), "{}", outcome.transcript());
}

/// One bit of a buffer with a pattern is flipped by a process that got it by OPTIONS, and found by another.
fn flipped(source: &str) -> String {
    format!(
        "d=$DMAHEAP; byte=$($d dump {source} --offset 0x1234 --length 1 | od -An -tu1)
        printf \"\\\\$(printf %03o $((byte ^ 16)))\" | $d load {source} --offset 0x1234 --length 1
        $d verify {source} --pattern random --seed 3 -n -o DIFFERING,FIRST,XOR,VERDICT 2>&-; echo $?"
    )
}

const FOUND: &str = "1\n0x1234\n0x0000001000000000\nstored\n3\n";

#[test]
fn a_flipped_bit_is_found_through_a_socket() {
    let body = format!("{SERVED}\n{}\nkill $!; wait $!; echo $?; rm -r \"$directory\"", flipped("$source --index 2"));
    assert_eq!(script(&body).run().success(), format!("{FOUND}3\n"));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_flipped_bit_is_found_through_another_process() {
    let body = format!(
        "{SERVED}\n
        fd=$(ls -l /proc/$!/fd | sed -n 's,.* \\([0-9]*\\) -> /dmabuf:$,\\1,p' | head -n 1)
        {}\nkill $!; wait $!; echo $?; rm -r \"$directory\"",
        flipped("-p $! -f $fd")
    );
    assert_eq!(script(&body).run().success(), format!("{FOUND}3\n"));
}

#[test]
fn hold_verifies_before_it_frees() {
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
