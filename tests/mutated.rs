//! Trees for `--sysroot` that no kernel writes: whatever they hold, a verb ends, and what it says is text.

use crate::support::Board;
use crate::unreadable::tree;
use proptest::prelude::*;
use proptest::sample::Index;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// One change of a tree.
#[derive(Clone, Debug)]
enum Change {
    /// What is written over a range of a file's bytes.
    Bytes(Index, Index, Vec<u8>),
    /// A range of a file's bytes, repeated.
    Repeat(Index, Index, usize),
    Number(&'static str),
    Rename(&'static str),
    Link(&'static str),
    Fifo,
    Directory,
    /// A file of 100 MiB without any content.
    Huge,
}

const PIECES: &[&[u8]] = &[
    b"\n",
    b"\t",
    b"\0",
    b"\x1b[31m",
    b"\xe2\x80\xae",
    b"\xff\xfe",
    b"\xc2\x9b31m",
    b"\r\n",
    b" -1 ",
    b"0x",
    b"99999999999999999999999999",
    b"name:\t",
    b"exp_name:\t",
    b"ino:\t",
    b"Total 9 objects",
    b"\tAttached Devices:\n",
];
const NUMBERS: &[&str] = &["0", "-5", "1e9", "9223372036854775808", "18446744073709551615", "18446744073709551616"];
const NAMES: &[&str] =
    &["a\nb", "\u{1b}[31mred", "\u{202e}abc", " ", "-n", "a,b@c:1", "4294967296", "00042", "system\t"];
const TARGETS: &[&str] = &[".", "/dev/zero", "../../../../../../../../../proc", "nowhere"];

fn changes() -> impl Strategy<Value = Vec<(Index, Change)>> {
    let index = any::<Index>;
    let piece = prop_oneof![
        prop::sample::select(PIECES).prop_map(<[u8]>::to_vec),
        prop::collection::vec(any::<u8>(), 0..40),
        (0..70_000_usize).prop_map(|length| vec![b'A'; length]),
    ];
    let change = prop_oneof![
        8 => (index(), index(), piece).prop_map(|(from, to, bytes)| Change::Bytes(from, to, bytes)),
        2 => (index(), index(), 0..50_usize).prop_map(|(from, to, times)| Change::Repeat(from, to, times)),
        3 => prop::sample::select(NUMBERS).prop_map(Change::Number),
        2 => prop::sample::select(NAMES).prop_map(Change::Rename),
        1 => prop::sample::select(TARGETS).prop_map(Change::Link),
        1 => Just(Change::Fifo),
        1 => Just(Change::Directory),
        1 => Just(Change::Huge),
    ];
    prop::collection::vec((index(), change), 1..6)
}

fn edit(path: &Path, new: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let status = fs::symlink_metadata(path).unwrap();
    if status.is_file() && status.len() < 1 << 20 {
        fs::write(path, new(fs::read(path).unwrap())).unwrap();
    }
}

/// The range between two places of `bytes`.
fn range(bytes: &[u8], from: &Index, to: &Index) -> std::ops::Range<usize> {
    let [from, to] = [from, to].map(|at| at.index(bytes.len() + 1));
    from.min(to)..from.max(to)
}

fn apply(path: &Path, change: &Change) {
    match change {
        Change::Bytes(from, to, new) => edit(path, |mut bytes| {
            let range = range(&bytes, from, to);
            bytes.splice(range, new.iter().copied());
            bytes
        }),
        Change::Repeat(from, to, times) => edit(path, |mut bytes| {
            let range = range(&bytes, from, to);
            let more = bytes[range.clone()].repeat(*times);
            bytes.splice(range, more);
            bytes
        }),
        Change::Number(number) => edit(path, |bytes| {
            let digits = regex::bytes::Regex::new("[0-9]+").unwrap();
            digits.replace(&bytes, number.as_bytes()).into_owned()
        }),
        Change::Rename(name) => fs::rename(path, path.with_file_name(name)).unwrap_or_default(),
        Change::Link(target) => replace(path, |path| symlink(target, path).unwrap()),
        Change::Fifo => replace(path, |path| nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap()),
        Change::Directory => replace(path, |path| fs::create_dir(path).unwrap()),
        Change::Huge => replace(path, |path| fs::File::create(path).unwrap().set_len(100 << 20).unwrap()),
    }
}

fn replace(path: &Path, make: impl FnOnce(&Path)) {
    if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path).unwrap();
    } else {
        fs::remove_file(path).unwrap();
    }
    make(path);
}

fn assert_is_text(text: &str) {
    let is_text = |character: char| {
        character == '\n'
            || !character.is_control()
                && !matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(text.chars().all(is_text), "{text:?}");
}

mod host {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_a_tree_holds_a_verb_ends_and_says_text(changes in changes()) {
            let board: Board = crate::unreadable::board();
            for (at, change) in &changes {
                let mut paths = tree(board.path());
                paths.sort();
                apply(&paths[at.index(paths.len())], change);
            }
            for args in [
                &["list", "--output-all"][..],
                &["list", "--json"],
                &["doctor"],
                &["doctor", "--json"],
                &["buffers", "--output-all", "--strict"],
                &["buffers", "--json"],
                &["buffers", "--by", "cgroup", "--raw"],
                &["buffers", "--format", "openmetrics"],
            ] {
                let outcome = board.run(args[0], &args[1..]);
                prop_assert!(matches!(outcome.status, 0 | 1 | 4), "{args:?}: {}", outcome.transcript());
                assert_is_text(&outcome.stdout);
                assert_is_text(&outcome.stderr);
                if args.contains(&"--json") && !outcome.stdout.is_empty() {
                    serde_json::from_str::<serde_json::Value>(&outcome.stdout).expect("a document");
                }
            }
        }
    }
}
