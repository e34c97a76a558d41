//! The help of a verb: what `-h` has room for, the order of its options, and its examples.

use crate::cmd::Manual;
use crate::ui::fold;
use clap::{Arg, ArgAction, Command};

/// What a serial console shows at once.
const LINES: usize = 24;
const COLUMNS: usize = 80;

/// Orders the options of `verb`, in which the help, the manual and the completions have them, and writes its help.
pub(super) fn arranged(verb: Command, manual: &Manual) -> Command {
    let verb = ordered(verb.disable_help_flag(true));
    let help = Arg::new("help")
        .help_heading(None::<&str>)
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help("Print this page; --help describes all options")
        .long_help("Print a page that fits a terminal (-h), or all of this (--help)");
    let own = verb.get_arguments().filter(|arg| arg.get_help_heading().is_none()).count();
    let verb = verb.arg(help.display_order(own).global(true));
    let examples = Examples::of(manual);
    let mut built = verb.clone();
    built.build();
    let (short, long) = (short(&built, &examples.commands), examples.text);
    verb.mut_args(|arg| arg.hide_short_help(true)).after_help(short).after_long_help(long)
}

/// The options that the usage line requires come first; others under the heading of a group follow the verb's own.
fn ordered(mut verb: Command) -> Command {
    let usage = verb.clone().render_usage().to_string();
    let named: Vec<&str> = usage.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
    let is_required = |arg: &Arg| {
        let names = [arg.get_long().map(|long| format!("--{long}")), arg.get_short().map(|short| format!("-{short}"))];
        names.into_iter().flatten().any(|name| named.contains(&name.as_str()))
    };
    let headings = headings(&verb);
    let rank = |arg: &Arg| {
        let heading = headings.iter().position(|heading| heading.as_deref() == arg.get_help_heading());
        if is_required(arg) { 0 } else { 1 + heading.unwrap_or_default() }
    };
    let mut order: Vec<_> = verb.get_arguments().map(|arg| (rank(arg), arg.get_id().clone())).collect();
    order.sort_by_key(|(rank, _)| *rank);
    for (place, (rank, id)) in order.into_iter().enumerate() {
        verb = verb.mut_arg(id, |arg| {
            let arg = arg.display_order(place);
            if rank == 0 { arg.help_heading(None::<&str>) } else { arg }
        });
    }
    verb
}

/// The headings of the options, the verb's own without one first.
fn headings(verb: &Command) -> Vec<Option<String>> {
    let mut headings = vec![None];
    for arg in verb.get_arguments() {
        let heading = arg.get_help_heading().map(str::to_owned);
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    headings
}

/// What stands below the usage line of `-h`: as many groups in full as there is room for, and the names of the others.
fn short(verb: &Command, examples: &[String]) -> String {
    let sections = headings(verb).into_iter().map(|heading| Section::of(verb, heading));
    let sections: Vec<Section> = sections.filter(|section| !section.options.is_empty()).collect();
    let above = 3 + verb.clone().render_usage().to_string().lines().count();
    let page = |full: usize| {
        let (full, named) = sections.split_at(full);
        let column =
            4 + full.iter().flat_map(Section::widths).filter(|width| *width <= WIDEST).max().unwrap_or_default();
        let mut paragraphs: Vec<String> = full.iter().map(|section| section.full(column)).collect();
        if !named.is_empty() {
            let lines: String = named.iter().map(Section::named).collect();
            paragraphs.push(format!("See --help for:\n{lines}"));
        }
        paragraphs.push(format!("Examples:\n{}", indented(examples)));
        paragraphs.join("\n")
    };
    let fits = |page: &String| above + page.lines().count() <= LINES;
    (0..=sections.len()).rev().map(page).find(fits).unwrap_or_else(|| page(0))
}

/// The widest name beside which an option is described; beside a wider one, it is described below.
const WIDEST: usize = 29;

fn indented(lines: &[impl AsRef<str>]) -> String {
    lines.iter().map(|line| format!("  {}\n", line.as_ref())).collect()
}

/// The options under a heading, each as it is typed and what it does.
struct Section {
    title: String,
    options: Vec<(String, String)>,
    names: Vec<String>,
}

impl Section {
    fn of(verb: &Command, heading: Option<String>) -> Self {
        let has_heading = |arg: &&Arg| arg.get_help_heading() == heading.as_deref() && arg.get_id() != "help";
        let arguments = || verb.get_arguments().filter(has_heading);
        // Arguments have no place among options, and come first.
        let (positionals, options): (Vec<&Arg>, Vec<&Arg>) = arguments().partition(|arg| arg.is_positional());
        let options: Vec<&Arg> = positionals.into_iter().chain(options).collect();
        Self {
            options: options.iter().map(|arg| (typed(arg), described(arg))).collect(),
            names: options.iter().map(|arg| name(arg)).collect(),
            title: heading.unwrap_or_else(|| "Options".to_owned()),
        }
    }

    fn widths(&self) -> impl Iterator<Item = usize> {
        self.options.iter().map(|(typed, _)| typed.len())
    }

    fn full(&self, column: usize) -> String {
        let mut text = format!("{}:\n", self.title);
        for (typed, described) in &self.options {
            let gap = if typed.len() + 4 <= column { "" } else { "\n" };
            let pad = column - if gap.is_empty() { typed.len() + 2 } else { 0 };
            for line in format!("  {typed}{gap}{}{described}\n", " ".repeat(pad)).split_inclusive('\n') {
                text.push_str(&fold::line_at(line, COLUMNS, column));
            }
        }
        text
    }

    fn named(&self) -> String {
        let line = format!("  {:<11}  {}\n", self.title, self.names.join(" "));
        fold::line_at(&line, COLUMNS, 15).into_owned()
    }
}

fn name(arg: &Arg) -> String {
    arg.get_short().map_or_else(
        || arg.get_long().map_or_else(|| arg.to_string(), |long| format!("--{long}")),
        |short| format!("-{short}"),
    )
}

fn typed(arg: &Arg) -> String {
    match arg.get_short() {
        Some(short) => format!("-{short}, {arg}"),
        None if arg.is_positional() => arg.to_string(),
        None => format!("    {arg}"),
    }
}

/// The help of an option, with its values and its default unless that says them.
fn described(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let takes_value = arg.get_action().takes_values();
    let values: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if takes_value && !values.is_empty() && !arg.is_hide_possible_values_set() {
        text.push_str(&format!(": {}", values.join(", ")));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes_value && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        text.push_str(&format!(" [default: {}]", defaults.join(" ")));
    }
    text
}

/// The examples of a page: its text, and the first commands that are whole on a line.
struct Examples {
    text: String,
    commands: Vec<String>,
}

impl Examples {
    fn of(manual: &Manual) -> Self {
        let (mut text, mut commands) = ("Examples:\n".to_owned(), Vec::new());
        let examples = manual.examples();
        let mut blocks = examples.split("```");
        while let Some(about) = blocks.next() {
            let Some(code) = blocks.next().and_then(|block| block.strip_prefix("sh\n")) else { break };
            let code: Vec<&str> = code.lines().collect();
            text.push_str(&format!("\n{}\n\n{}", about.trim(), indented(&code)));
            if let [command] = code.as_slice() {
                commands.push((*command).to_owned());
            }
        }
        commands.truncate(2);
        Self { text, commands }
    }
}
