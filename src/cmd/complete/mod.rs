//! `dmaheap complete`, which the completions of the shells call: what a word on an unfinished command line may become.
//!
//! It is in no help, opens no device and writes nothing on stderr: whatever goes wrong, there is nothing to offer.

mod bash;
mod command_line;
mod offers;
mod values;

use super::manual::Definition;
use crate::exit::Exit;
use crate::quote::is_harmless;
use crate::ui::output;
use command_line::offers;
use offers::written;
use std::ffi::OsString;

/// Answers `complete SHELL WORD...`, where the last word is the unfinished one, or `complete bash LINE WORD`. A line has a word,
/// for zsh and fish with a tab and its meaning, or begins with a tab where the shell is to offer something itself.
pub(crate) fn run(arguments: &[OsString], definition: &Definition<'_>) -> Exit {
    let arguments: Vec<String> = arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let answer = match arguments.as_slice() {
        [shell, line, word] if shell == "bash" => bash::answer(line, word, definition),
        [shell, words @ ..] if shell == "zsh" || shell == "fish" => {
            written(offers(definition, words), |word, meaning| {
                let meaning: String = meaning.chars().filter(|c| is_harmless(*c)).collect();
                format!("{word}\t{meaning}")
            })
        }
        _ => return Exit::Usage,
    };
    output::data(answer.as_bytes()).map_or(Exit::Failure, |()| Exit::Success)
}

/// Whether it is known what `argument` takes.
#[cfg(test)]
pub(crate) fn knows(argument: &clap::Arg) -> bool {
    values::of(argument, "", &values::ValueContext { manual: None, before: &[] }).is_some()
}
