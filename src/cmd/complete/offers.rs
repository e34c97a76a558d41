//! What a word may become, and how that is written for a shell.

use crate::quote::is_harmless;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Offers {
    /// These words, with what they mean, which may be empty.
    Words(Vec<(String, String)>),
    /// The names of files, and the number of characters in the word before the name.
    Files(usize),
    Directories(usize),
    /// A command and its arguments, whose first word is this one.
    Command(usize),
}

/// The lines of an answer. What no line can hold is not offered.
pub(super) fn written(offers: Offers, line: impl Fn(&str, &str) -> String) -> String {
    match offers {
        Offers::Words(words) => {
            let is_writable = |word: &&(String, String)| !word.0.is_empty() && word.0.chars().all(is_harmless);
            words.iter().filter(is_writable).map(|(word, meaning)| line(word, meaning) + "\n").collect()
        }
        Offers::Files(skipped) => format!("\tfiles {skipped}\n"),
        Offers::Directories(skipped) => format!("\tdirectories {skipped}\n"),
        Offers::Command(first) => format!("\tcommand {first}\n"),
    }
}
