//! Ten thousand buffers at once: how much memory each takes from the tool itself.

use crate::support::{Board, script};

const MANY: u64 = 10_000;
/// Bytes of the tool's own memory for a buffer, of which its row has most.
const MOST: u64 = 256;

/// The largest resident sets of `dmaheap ARGS` so far, KiB, at the time when its first line can be read: for
/// alloc that is when it prints, at its peak.
fn peaks(commands: &[String]) -> Vec<u64> {
    let mut text = format!("FILES={}\n{}", MANY + 100, include_str!("many/peak.sh"));
    for command in commands {
        text.push_str(&format!("peak {command}\n"));
    }
    let text = script(&text).run().success();
    text.lines().map(|line| line.split_whitespace().nth(1).unwrap().parse().unwrap()).collect()
}

#[track_caller]
fn assert_small(name: &str, one: u64, many: u64, count: u64) {
    let each = (many - one) * 1024 / count;
    assert!(each <= MOST, "{name}: {each} bytes for a buffer, {one} KiB for one, {many} KiB for all");
}

#[test]
fn each_of_many_buffers_takes_little_of_the_tools_memory() {
    let alloc = |count: u64, format: &str| format!("alloc -s 4k -c {count} {format}");
    let hold = |count: u64| format!("hold -s 4k -c {count} -r");
    // What is printed must be more than a pipe holds, or the process would be gone.
    const FEW: u64 = 2_000;
    let commands = [hold(1), hold(MANY), alloc(FEW, "-r"), alloc(MANY, "-r"), alloc(FEW, "-J"), alloc(MANY, "-J")];
    let peaks = peaks(&commands);
    let [one_hold, hold, alloc, all, alloc_json, all_json] = peaks[..] else { panic!("{peaks:?}") };
    assert_small("hold -r", one_hold, hold, MANY - 1);
    assert_small("alloc -r", alloc, all, MANY - FEW);
    assert_small("alloc -J", alloc_json, all_json, MANY - FEW);
}

/// A board with this many buffers, with `held` of them held by one of ten processes, and this many mappings of other files.
fn crowded(buffers: u64, held: u64, others: u64) -> Board {
    let mut text = "\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n".to_owned();
    let mut board = Board::new();
    for inode in 1..=buffers {
        text.push_str(&format!(
            "00004096\t02000002\t00080007\t00000001\tsystem\t{inode:08}\t<none>\n\tAttached Devices:\nTotal 0 devices attached\n\n"
        ));
    }
    text.push_str(&format!("\nTotal {buffers} objects, 0 bytes\n"));
    let maps: String = (0..others).map(|at| format!("{at:08x}-{at:08x} r-xp 00000000 00:02 7 /bin/cam\n")).collect();
    for process in 0..10 {
        for descriptor in (process..held).step_by(10) {
            let base = format!("proc/{}", 100 + process);
            let info = format!("ino:\t{}\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n", descriptor + 1);
            board = board.link(&format!("{base}/fd/{descriptor}"), "/dmabuf:");
            board = board.file(&format!("{base}/fdinfo/{descriptor}"), &info);
        }
        board = board.file(&format!("proc/{}/maps", 100 + process), &maps);
    }
    board.file("sys/kernel/debug/dma_buf/bufinfo", &text)
}

#[test]
fn a_scan_takes_memory_for_buffers_and_holders_and_for_nothing_else() {
    /// Bytes for a buffer with its holder: what is known of it before and after, and the row.
    const MOST: u64 = 1200;
    let boards = [crowded(500, 500, 0), crowded(2_500, 2_500, 0), crowded(500, 500, 20_000)];
    let commands = boards.each_ref().map(|board| format!("buffers -J --sysroot {}", board.path().display()));
    let peaks = peaks(&commands);
    let [few, many, others] = peaks[..] else { panic!("{peaks:?}") };
    let each = (many - few) * 1024 / 2_000;
    assert!(each <= MOST, "{each} bytes for a buffer, {few} KiB for 500, {many} KiB for 2500");
    assert!(others <= few + 512, "{few} KiB, {others} KiB with other mappings");
}

#[test]
fn a_long_table_takes_memory_for_its_rows_and_not_for_their_layout() {
    const MOST: u64 = 600;
    let boards = [crowded(20_000, 0, 0), crowded(60_000, 0, 0)];
    let commands = boards.each_ref().map(|board| format!("buffers --sysroot {}", board.path().display()));
    let [few, many] = peaks(&commands)[..] else { panic!("two peaks") };
    let each = (many - few) * 1024 / 40_000;
    assert!(each <= MOST, "{each} bytes for a buffer, {few} KiB for 20000, {many} KiB for 60000");
}

#[test]
fn the_child_that_finds_limits_takes_little_for_each_buffer() {
    // Only the child that takes the total has that many descriptors.
    let text = format!("FILES={} MANY={MANY}\n{}", 10 * MANY, include_str!("many/limits.sh"));
    let text = script(&text).run().success();
    let peaks: Vec<u64> = text.lines().map(|line| line.split_whitespace().nth(1).unwrap().parse().unwrap()).collect();
    let [few, many] = peaks[..] else { panic!("{text}") };
    assert_small("limits", few, many, MANY - 100);
}

#[test]
fn a_soak_takes_little_for_each_buffer_that_it_holds() {
    // An empty slot is filled at once, and one step in five frees what is in a slot: of ten slots eight are full.
    const FULL: u64 = 7;
    let text = format!(
        "FILES={}\n{}peak 100 {}; peak {MANY} {}",
        MANY + 100,
        include_str!("many/soak.sh"),
        10 * FULL,
        MANY / 10 * FULL
    );
    let text = script(&text).run().success();
    let words: Vec<Vec<&str>> = crate::support::words(&text);
    let number = |line: usize, word: usize| -> u64 { words[line][word].parse().unwrap() };
    // The table has all slots from the beginning.
    assert_small("stress", number(0, 2), number(1, 2), number(1, 0) - number(0, 0));
}
