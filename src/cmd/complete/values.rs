//! The values that an argument takes, by the name under which the help shows them.

use super::offers::Offers;
use crate::cmd::Manual;
use crate::heap::nodes;
use crate::host::Root;
use crate::pattern;
use crate::probe::cases;
use crate::sim::Rule;
use clap::Arg;
use std::path::Path;

/// What else is known where a value is looked for.
pub(super) struct ValueContext<'a> {
    /// Of the command that takes it.
    pub manual: Option<&'a Manual>,
    /// The words before it.
    pub before: &'a [String],
}

/// What `argument` takes, where this was typed; `None` if its name is not known here.
pub(super) fn of(argument: &Arg, typed: &str, context: &ValueContext<'_>) -> Option<Offers> {
    let choices = argument.get_possible_values();
    if !choices.is_empty() {
        let shown = choices.iter().filter(|choice| !choice.is_hide_set());
        let help = |help: Option<&clap::builder::StyledStr>| help.map(ToString::to_string).unwrap_or_default();
        return Some(Offers::Words(
            shown.map(|choice| (choice.get_name().to_owned(), help(choice.get_help()))).collect(),
        ));
    }
    let name = argument.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    Some(match (name, argument.get_id().as_str()) {
        ("NAME|cma|PATH" | "HEAP", _) if typed.starts_with(['/', '.']) => Offers::Files(0),
        ("NAME|cma|PATH" | "HEAP", _) => named(heaps(context)),
        ("COLS" | "COL", _) => columns(typed, context),
        ("PATTERN", _) => match typed.strip_prefix("file=") {
            Some(_) => Offers::Files("file=".len()),
            None => named(pattern::NAMES.map(|name| name.split_inclusive('=').next().unwrap_or(name).to_owned())),
        },
        ("GLOB", "case") => Offers::Words(cases::all().map(|(_, case)| words(case.id, case.sends)).collect()),
        ("NAME", "group") => Offers::Words(cases::GROUPS.iter().map(|group| words(group.name, group.about)).collect()),
        ("N", "fd") => Offers::Words(descriptors(context)),
        ("WHICH", "sync") => named(["both", "start", "end", "none"].map(str::to_owned)),
        ("FAULT", _) => Offers::Words(faults()),
        ("FILE" | "SOCKET" | "PATH", _) => Offers::Files(0),
        ("DIR" | "DIRECTORY", _) => Offers::Directories(0),
        ("COMMAND", _) => Offers::Command(0),
        // Numbers, times, and names that only the user knows.
        (
            "N" | "SIZE" | "N|SIZE" | "TIME" | "SECONDS" | "CPU" | "PID" | "BITS" | "RAW" | "TEXT" | "NAME" | "GLOB"
            | "RELEASE" | "NAME[=KIND[:SIZE]]" | "FRAME" | "MODE" | "UID[:GID]" | "KEY=VALUE,..." | "SIZE/TIME",
            _,
        ) => Offers::Words(Vec::new()),
        _ => return None,
    })
}

fn words(word: &str, meaning: &str) -> (String, String) {
    (word.to_owned(), meaning.to_owned())
}

fn named(names: impl IntoIterator<Item = String>) -> Offers {
    Offers::Words(names.into_iter().map(|name| (name, String::new())).collect())
}

/// The value that an earlier option was given.
fn given<'a>(context: &ValueContext<'a>, names: &[&str]) -> Option<&'a str> {
    let value = |(index, word): (usize, &'a String)| {
        let next = || context.before.get(index + 1).map(String::as_str);
        names.iter().find_map(|name| match word.strip_prefix(name)? {
            "" => next(),
            rest => rest.strip_prefix('='),
        })
    };
    context.before.iter().enumerate().filter_map(value).next_back()
}

/// The heaps of this machine, or of the one below `--sysroot`.
fn heaps(context: &ValueContext<'_>) -> Vec<String> {
    let root = match given(context, &["--sysroot"]) {
        None => Ok(Root::machine()),
        Some(directory) => Root::at(Path::new(directory)),
    };
    root.map_or_else(|_| Vec::new(), |root| nodes::selectable(&root))
}

/// A list of columns with one more at its end.
fn columns(typed: &str, context: &ValueContext<'_>) -> Offers {
    let end = typed.rfind([',', '+', '-']).map_or(0, |at| at + 1);
    let (list, last) = typed.split_at(end);
    let found = context.manual.map(|manual| (manual.columns)()).unwrap_or_default().into_iter();
    let begins = |name: &str| name.get(..last.len()).is_some_and(|start| start.eq_ignore_ascii_case(last));
    // In the case in which it was begun: words that begin differently are not offered.
    let cased = |name: &str| {
        if last.starts_with(|c: char| c.is_ascii_lowercase()) { name.to_lowercase() } else { name.to_owned() }
    };
    Offers::Words(
        found
            .filter(|column| begins(column.name))
            .map(|column| (format!("{list}{}", cased(column.name)), column.help.to_owned()))
            .collect(),
    )
}

/// What the shell has open, which this process inherits, or what another one has.
fn descriptors(context: &ValueContext<'_>) -> Vec<(String, String)> {
    let process = given(context, &["--pid", "-p"]).filter(|pid| pid.parse::<u32>().is_ok()).unwrap_or("self");
    let root = Root::machine();
    let directory = Path::new("/proc").join(process).join("fd");
    let mut found: Vec<(u32, String)> = Vec::new();
    for name in root.names(&directory) {
        let number = name.to_str().and_then(|name| name.parse().ok());
        // A descriptor of this process alone, such as the one that reads the directory, is closed by now.
        let target = root.read_link(&directory.join(&name)).ok();
        if let (Some(number), Some(target)) = (number, target) {
            found.push((number, target.to_string_lossy().into_owned()));
        }
    }
    found.sort_unstable();
    found.into_iter().filter(|(number, _)| *number > 2).map(|(number, target)| (number.to_string(), target)).collect()
}

fn faults() -> Vec<(String, String)> {
    let kinds =
        ["efault-leak", "enomem-after=", "slow=", "flip-after=", "keep-fd-after=", "keep-fd-at-sync=", "rule:list"];
    let kinds = kinds.into_iter().map(|kind| words(kind, ""));
    kinds.chain(Rule::ALL.iter().map(|rule| words(&format!("rule:{}", rule.id()), rule.text()))).collect()
}
