//! The manual and the completions are made from the definition of the command line, and committed.
//!
//! To make them anew: `DMAHEAP_REGENERATE=1 cargo test --test suite host::generated`

mod json_page;
mod main_page;
mod page;
mod verb_page;

use std::fs;
use std::path::{Path, PathBuf};

/// Compares a committed file with what it should hold, or writes it.
#[track_caller]
fn check(path: &str, made: &[u8]) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("DMAHEAP_REGENERATE").is_some() {
        fs::create_dir_all(path.parent().expect("a directory")).expect("the directory can be made");
        fs::write(&path, made).expect("the file can be written");
        return;
    }
    let committed = fs::read(&path).unwrap_or_default();
    assert!(
        committed == made,
        "{} is not what the command line's definition gives; run\n\
         DMAHEAP_REGENERATE=1 cargo test --test suite host::generated",
        path.display()
    );
}

#[test]
fn the_manual_is_up_to_date() {
    let mut expected = vec!["dmaheap.1".to_owned(), "dmaheap-json.5".to_owned()];
    check("man/dmaheap.1", &main_page::render());
    check("man/dmaheap-json.5", &json_page::render());
    for manual in dmaheap::cli::MANUALS {
        check(&format!("man/dmaheap-{}.1", manual.verb), &verb_page::render(manual));
        expected.push(format!("dmaheap-{}.1", manual.verb));
    }
    assert_directory("man", expected);
}

#[test]
fn the_completions_are_up_to_date() {
    use clap_complete::{Shell, generate};
    let files = [(Shell::Bash, "dmaheap.bash"), (Shell::Zsh, "_dmaheap"), (Shell::Fish, "dmaheap.fish")];
    for (shell, file) in files {
        let mut made = Vec::new();
        generate(shell, &mut dmaheap::cli::command(), "dmaheap", &mut made);
        check(&format!("completions/{file}"), &made);
    }
    assert_directory("completions", files.iter().map(|(_, file)| (*file).to_owned()).collect());
}

/// A page of a verb that is gone would stay unnoticed otherwise.
#[track_caller]
fn assert_directory(directory: &str, mut expected: Vec<String>) {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)).expect("the directory is there");
    let mut found: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{directory} holds other files");
}
