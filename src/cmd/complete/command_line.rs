//! What stands at the end of an unfinished command line: a command, an option, or the value of one.

use super::offers::Offers;
use super::values::{self, ValueContext};
use crate::cmd::manual::Definition;
use clap::{Arg, Command};

/// What the last word may become.
pub(super) fn offers(definition: &Definition<'_>, words: &[String]) -> Offers {
    let nothing = Offers::Words(Vec::new());
    let Some((current, before)) = words.split_last() else { return nothing };
    let mut command = &definition.command;
    let mut index = 1;
    while command.has_subcommands() {
        let Some(word) = before.get(index) else { return subcommands(command, current) };
        let Some(found) = command.find_subcommand(word) else { return nothing };
        command = found;
        index += 1;
    }
    let Some(given) = before.get(index..) else { return nothing };
    let verb = words.get(1).map_or("", String::as_str);
    let context = ValueContext { manual: definition.manuals.iter().find(|manual| manual.verb == verb), before };
    let mut reader = WordReader { command, waiting: None, positionals: 0, is_after_dashes: false };
    for (offset, word) in given.iter().enumerate() {
        if reader.reads_a_command(word) {
            return Offers::Command(index + offset);
        }
    }
    match reader.what(current) {
        CurrentWord::Options => options(command, current),
        CurrentWord::Value(argument, skipped) => {
            let (kept, typed) = current.split_at(skipped);
            match values::of(argument, typed, &context) {
                Some(Offers::Words(words)) => {
                    let fitting = words.into_iter().filter(|(word, _)| word.starts_with(typed));
                    Offers::Words(fitting.map(|(word, meaning)| (format!("{kept}{word}"), meaning)).collect())
                }
                Some(Offers::Files(more)) => Offers::Files(kept.chars().count() + more),
                Some(Offers::Directories(more)) => Offers::Directories(kept.chars().count() + more),
                Some(Offers::Command(_)) => Offers::Command(before.len()),
                None => nothing,
            }
        }
        CurrentWord::Nothing => nothing,
    }
}

enum CurrentWord<'a> {
    Options,
    /// The value of this argument, and where it begins in the word.
    Value(&'a Arg, usize),
    Nothing,
}

/// Reads words as clap does, as far as it matters for the next one.
struct WordReader<'a> {
    command: &'a Command,
    /// The option whose value comes next.
    waiting: Option<&'a Arg>,
    positionals: usize,
    is_after_dashes: bool,
}

impl<'a> WordReader<'a> {
    /// Reads a word that is complete; whether it is the first of a command.
    fn reads_a_command(&mut self, word: &str) -> bool {
        if self.waiting.take().is_some() {
            return false;
        }
        if self.is_after_dashes || !word.starts_with('-') || word == "-" {
            let is_command =
                self.positional().is_some_and(|argument| argument.is_trailing_var_arg_set() || argument.is_last_set());
            self.positionals += 1;
            return is_command;
        }
        if word == "--" {
            self.is_after_dashes = true;
        } else if let Some((option, None)) = self.option(word) {
            self.waiting = Some(option);
        }
        false
    }

    /// The option that a word gives a value to, or waits for one, and where in the word the value begins.
    fn option(&self, word: &str) -> Option<(&'a Arg, Option<usize>)> {
        let find = |is: &dyn Fn(&Arg) -> bool| {
            self.command.get_arguments().find(|argument| is(argument)).filter(|argument| takes_value(argument))
        };
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, _)| (name, Some(name.len() + 3)));
            let has_name = |argument: &Arg| {
                argument.get_long() == Some(name) || argument.get_all_aliases().is_some_and(|all| all.contains(&name))
            };
            return find(&has_name).map(|option| (option, value));
        }
        word.char_indices().skip(1).find_map(|(at, letter)| {
            let end = at + letter.len_utf8();
            let value = (end < word.len()).then_some(if word[end..].starts_with('=') { end + 1 } else { end });
            find(&|argument: &Arg| argument.get_short() == Some(letter)).map(|option| (option, value))
        })
    }

    /// The argument that the next word without a dash is for.
    fn positional(&self) -> Option<&'a Arg> {
        let last = self.command.get_positionals().find(|argument| argument.is_last_set());
        if last.is_some() && self.is_after_dashes {
            return last;
        }
        let all: Vec<&Arg> = self.command.get_positionals().filter(|argument| !argument.is_last_set()).collect();
        let repeats = |argument: &&&Arg| argument.get_num_args().is_some_and(|number| number.max_values() > 1);
        all.get(self.positionals).or_else(|| all.last().filter(repeats)).copied()
    }

    fn what(&self, current: &str) -> CurrentWord<'a> {
        if let Some(option) = self.waiting {
            return CurrentWord::Value(option, 0);
        }
        if current.starts_with('-') && !self.is_after_dashes {
            return match self.option(current) {
                Some((option, Some(at))) => CurrentWord::Value(option, at),
                _ => CurrentWord::Options,
            };
        }
        self.positional().map_or(CurrentWord::Nothing, |argument| CurrentWord::Value(argument, 0))
    }
}

fn takes_value(argument: &Arg) -> bool {
    argument.get_action().takes_values()
        && argument.get_num_args().is_none_or(|number| number.min_values() > 0)
        && !argument.is_positional()
}

fn subcommands(command: &Command, current: &str) -> Offers {
    if current.starts_with('-') {
        return options(command, current);
    }
    let commands =
        command.get_subcommands().filter(|one| one.get_name().starts_with(current) && one.get_name() != "help");
    Offers::Words(commands.map(|one| (one.get_name().to_owned(), first_line(one.get_about()))).collect())
}

fn options(command: &Command, current: &str) -> Offers {
    let mut found = Vec::new();
    for argument in command.get_arguments().filter(|argument| !argument.is_positional() && !argument.is_hide_set()) {
        let short = argument.get_short().filter(|_| current.len() < 2 || argument.get_long().is_none());
        let names = argument.get_long().map(|long| format!("--{long}")).into_iter();
        for name in names.chain(short.map(|short| format!("-{short}"))).filter(|name| name.starts_with(current)) {
            found.push((name, first_line(argument.get_help())));
        }
    }
    Offers::Words(found)
}

fn first_line(help: Option<&clap::builder::StyledStr>) -> String {
    let help = help.map(ToString::to_string).unwrap_or_default();
    help.lines().next().unwrap_or_default().to_owned()
}
