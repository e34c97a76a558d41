//! What is said of a command line that clap refuses: one sentence, with what was probably meant.

use crate::pattern::Pattern;
use crate::size;
use crate::sys::system;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};

/// Why a command line is refused, and whether that says all that helps.
pub(super) struct Refusal {
    pub sentence: String,
    pub is_complete: bool,
}

type IsMeant = fn(&str) -> bool;

/// What a word that stands alone was probably meant for: options by their id, the likelier first.
const MEANT: &[(&str, IsMeant)] = &[
    ("fd", |word| word.parse::<u32>().is_ok_and(|number| number < 1024)),
    ("pid", |word| word.parse::<u32>().is_ok()),
    ("size", is_size),
    ("pattern", is_pattern),
    ("fill", is_pattern),
    ("heap", |_| true),
];

/// Commands of other tools, or words for ours.
const SYNONYMS: &[(&str, &str)] = &[
    ("allocate", "alloc"),
    ("check", "doctor"),
    ("completions", "generate completions"),
    ("heaps", "list"),
    ("hexdump", "dump"),
    ("ls", "list"),
    ("man", "generate man"),
    ("ps", "buffers"),
    ("read", "dump"),
    ("receive", "recv"),
    ("run", "exec"),
    ("simulate", "sim"),
    ("test", "probe"),
    ("version", "--version"),
    ("write", "load"),
];

fn is_size(word: &str) -> bool {
    size::parse(word, system::page_size()).is_ok()
}

fn is_pattern(word: &str) -> bool {
    Pattern::parse(word.as_ref()).is_ok()
}

/// A command line that was refused: all of its words, and the command that they are of.
pub(super) struct CommandLine<'a> {
    pub command: &'a Command,
    pub verb: Option<&'a Command>,
    pub words: &'a [String],
}

impl CommandLine<'_> {
    pub(super) fn explain(&self, error: &clap::Error) -> Refusal {
        let context = |kind| error.get(kind).map(strings).unwrap_or_default();
        let first = |kind| context(kind).into_iter().next().unwrap_or_default();
        let (invalid, value) = (first(ContextKind::InvalidArg), first(ContextKind::InvalidValue));
        let values = context(ContextKind::ValidValue);
        let meant = |sentence: String, meant: Option<String>| match meant {
            Some(meant) => complete(format!("{sentence}; did you mean {meant}?")),
            None => Refusal { sentence, is_complete: false },
        };
        match error.kind() {
            ErrorKind::UnknownArgument if self.verb.is_none() => self.before_the_command(&invalid),
            ErrorKind::UnknownArgument if self.is_behind_dashes(&invalid) => {
                complete(format!("unexpected argument '{invalid}' after --, which ends the options"))
            }
            ErrorKind::UnknownArgument if invalid.starts_with('-') => {
                let suggested = context(ContextKind::SuggestedArg).into_iter().next();
                meant(format!("unknown option '{invalid}'"), self.as_argument(&invalid).or(suggested))
            }
            ErrorKind::UnknownArgument => meant(format!("unexpected argument '{invalid}'"), self.as_option(&invalid)),
            ErrorKind::InvalidSubcommand => {
                let word = first(ContextKind::InvalidSubcommand);
                if word.starts_with('-') {
                    return self.before_the_command(&word);
                }
                let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == word).map(|(_, verb)| (*verb).to_owned());
                let suggested = context(ContextKind::SuggestedSubcommand).into_iter().next();
                meant(format!("unknown command '{word}'"), synonym.or(suggested))
            }
            ErrorKind::MissingRequiredArgument => self.missing(&context(ContextKind::InvalidArg)),
            ErrorKind::ArgumentConflict => complete(match first(ContextKind::PriorArg) {
                prior if prior == invalid => format!("'{invalid}' can be given only once"),
                prior if prior.is_empty() => format!("'{invalid}' excludes all other options"),
                _ => format!("'{invalid}' cannot be used with '{}'", context(ContextKind::PriorArg).join("' and '")),
            }),
            ErrorKind::InvalidValue if value.is_empty() && values.is_empty() => {
                complete(format!("'{invalid}' needs a value"))
            }
            ErrorKind::InvalidValue if value.is_empty() => {
                complete(format!("'{invalid}' needs a value: {}", alternatives(&values)))
            }
            ErrorKind::InvalidValue => {
                complete(format!("invalid value '{value}' for '{invalid}': expected {}", alternatives(&values)))
            }
            _ => self.by_clap(error, &invalid, &value),
        }
    }

    /// What is said of a value comes from its parser.
    fn by_clap(&self, error: &clap::Error, invalid: &str, value: &str) -> Refusal {
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let lines = text.split("\n\n").next().unwrap_or_default().lines();
        let mut sentence = lines.map(str::trim).collect::<Vec<_>>().join(" ");
        let is_repeatable = |arg: &&Arg| arg.to_string() == invalid && matches!(arg.get_action(), ArgAction::Append);
        if value.contains(',') && self.arguments().any(|arg| is_repeatable(&arg)) {
            sentence.push_str("; for several values, repeat the option");
        }
        Refusal { sentence, is_complete: error.kind() == ErrorKind::ValueValidation }
    }

    fn missing(&self, missing: &[String]) -> Refusal {
        // A group is `<--fd <N>|--from-socket <SOCKET>>`.
        let one = |missing: &String| match missing.strip_prefix("<--").and_then(|group| group.strip_suffix('>')) {
            // To list columns is another question.
            Some(group) => format!("--{}", group.trim_end_matches("|--list-columns").replace('|', " or ")),
            None => missing.clone(),
        };
        let all: Vec<String> = missing.iter().map(one).collect();
        // Of verbs that take a file as well.
        let number = self.words.iter().skip(2).find(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
        let meant = number.filter(|_| all.iter().any(|missing| missing.starts_with("--fd")));
        let meant = meant.map(|number| format!("; did you mean --fd {number}?")).unwrap_or_default();
        complete(format!("missing {}{meant}", all.join(", and ")))
    }

    /// An option stands where a command does.
    fn before_the_command(&self, word: &str) -> Refusal {
        let verb = self.words.iter().skip(1).find(|word| self.command.find_subcommand(word).is_some());
        match verb {
            Some(verb) => {
                complete(format!("option '{word}' must follow the command; did you mean dmaheap {verb} {word}?"))
            }
            None => Refusal { sentence: format!("expected a command, not '{word}'"), is_complete: false },
        }
    }

    fn arguments(&self) -> impl Iterator<Item = &Arg> {
        self.verb.into_iter().flat_map(Command::get_arguments)
    }

    fn is_behind_dashes(&self, word: &str) -> bool {
        word.starts_with('-') && self.words.iter().take_while(|other| *other != word).any(|other| other == "--")
    }

    /// The option that `word` was meant for; a unit belongs to the number before it.
    fn as_option(&self, word: &str) -> Option<String> {
        let before =
            self.words.iter().position(|other| other == word).and_then(|at| self.words.get(at.checked_sub(1)?));
        let joined = before.map(|before| format!("{before}{word}")).filter(|joined| !is_size(word) && is_size(joined));
        let word = joined.as_deref().unwrap_or(word);
        let has = |id: &str| self.arguments().find(|arg| arg.get_id() == id).and_then(Arg::get_long);
        let (long, _) = MEANT.iter().filter_map(|(id, fits)| Some((has(id)?, fits))).find(|(_, fits)| fits(word))?;
        Some(format!("--{long} {word}"))
    }

    /// The argument that an option stands for: `--heap system` of a verb that takes heaps as arguments.
    fn as_argument(&self, option: &str) -> Option<String> {
        let name = option.strip_prefix("--")?;
        let is_meant = |arg: &Arg| arg.is_positional() && arg.get_id().as_str().trim_end_matches('s') == name;
        self.arguments().any(is_meant).then_some(())?;
        let at = self.words.iter().position(|word| word.split('=').next() == Some(option))?;
        let value = self.words.get(at)?.split_once('=').map(|(_, value)| value);
        let value = value.or_else(|| self.words.get(at + 1).map(String::as_str))?;
        Some(format!("dmaheap {} {value}", self.verb?.get_name()))
    }
}

fn complete(sentence: String) -> Refusal {
    Refusal { sentence, is_complete: true }
}

fn strings(value: &ContextValue) -> Vec<String> {
    match value {
        ContextValue::String(text) => vec![text.clone()],
        ContextValue::Strings(texts) => texts.clone(),
        _ => Vec::new(),
    }
}

/// Words as alternatives: `a, b or c`.
fn alternatives(words: &[String]) -> String {
    match words {
        [some @ .., last] if !some.is_empty() => format!("{} or {last}", some.join(", ")),
        words => words.join(", "),
    }
}
