//! The committed manual and completions are those that `dmaheap generate` writes.
//!
//! To renew them: `DMAHEAP_REGENERATE=1 cargo test --test suite host::generated`

use crate::support::bare;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const COMPLETIONS: [(&str, &str); 3] = [("bash", "dmaheap.bash"), ("zsh", "_dmaheap"), ("fish", "dmaheap.fish")];

fn committed(directory: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)
}

/// The files of a directory by name.
fn files(directory: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(directory).expect("the directory is there").map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())).collect()
}

/// Compares what was generated with what is committed, a page of a command that has gone included, or replaces that.
#[track_caller]
fn check(directory: &str, made: &BTreeMap<String, String>) {
    let path = committed(directory);
    if std::env::var_os("DMAHEAP_REGENERATE").is_some() {
        for name in files(&path).keys() {
            fs::remove_file(path.join(name)).expect("the file can be removed");
        }
        for (name, text) in made {
            fs::write(path.join(name), text).expect("the file can be written");
        }
        return;
    }
    let found = files(&path);
    let differ = |name: &&String| found.get(*name) != made.get(*name);
    let mut names: Vec<&String> = found.keys().chain(made.keys()).filter(differ).collect();
    names.dedup();
    assert!(
        names.is_empty(),
        "{names:?} in {directory} are not what `dmaheap generate` writes; run\n\
         DMAHEAP_REGENERATE=1 cargo test --test suite host::generated"
    );
}

#[test]
fn the_manual_is_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("new/man");
    assert_eq!(bare(["generate", "man", below.to_str().unwrap()]).run().success(), "");
    check("man", &files(&below));
}

#[test]
fn pages_have_the_date_of_the_release() {
    let heading = format!("\n## [{}] - ", env!("CARGO_PKG_VERSION"));
    let (_, rest) = include_str!("../../CHANGELOG.md").split_once(&heading).expect("the release");
    let date = rest.lines().next().expect("its date");
    for (name, page) in files(&committed("man")) {
        let title = page.lines().find(|line| line.starts_with(".TH ")).expect("a title");
        assert!(title.contains(date), "{name}: {title}, not {date}");
    }
}

#[test]
fn the_completions_are_up_to_date() {
    let made = COMPLETIONS
        .iter()
        .map(|(shell, file)| ((*file).to_owned(), bare(["generate", "completions", shell]).run().success()));
    check("completions", &made.collect());
}

#[test]
fn a_page_that_cannot_be_written_is_named() {
    let stderr = bare(["generate", "man", "/dev/null/man"]).run().failure(1);
    assert_eq!(stderr, "dmaheap: write /dev/null/man: not a directory (ENOTDIR)\n");
}
