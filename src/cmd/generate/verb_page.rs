//! dmaheap-VERB(1)

use super::page::Page;
use crate::cmd::Manual;
use clap::builder::StyledStr;
use clap::{Arg, Command};

/// The page of `verb`, whose command line has been built.
pub(super) fn render(manual: &Manual, verb: &Command) -> Vec<u8> {
    let name = format!("dmaheap-{}", manual.verb);
    let mut page = Page::new(&name, "1");

    page.section("NAME");
    page.text(&format!("{name} - {}", lower_first(&text(verb.get_about()))));
    page.section("SYNOPSIS");
    page.text(&usage(verb));
    page.section("DESCRIPTION");
    let about = text(verb.get_about());
    let long = text(verb.get_long_about());
    let rest = long.strip_prefix(&about).map(str::trim_start).filter(|rest| !rest.is_empty());
    page.text(rest.unwrap_or(&about));
    if verb.has_subcommands() {
        page.section("COMMANDS");
        for sub in verb.get_subcommands() {
            page.item(&usage(sub), &text(sub.get_long_about().or(sub.get_about())));
        }
    }
    options(&mut page, verb);

    let columns = (manual.columns)();
    if !columns.is_empty() {
        page.section("COLUMNS");
        page.text("Names for --output, in either case, with the JSON key in parentheses.");
        for column in &columns {
            page.item(&format!("{} ({})", column.name, column.key), column.help);
        }
    }
    page.markdown(&(manual.prose)());
    page.see_also(&name, if columns.is_empty() { &[] } else { &["dmaheap-json(5)"] });
    page.render()
}

fn options(page: &mut Page, verb: &Command) {
    let mut headings: Vec<Option<&str>> = verb.get_arguments().map(Arg::get_help_heading).collect();
    headings.dedup();
    let mut seen = Vec::new();
    for heading in headings {
        if seen.contains(&heading) {
            continue;
        }
        seen.push(heading);
        let title = heading
            .map_or_else(|| "OPTIONS".to_owned(), |heading| format!("{} OPTIONS", singular(heading).to_uppercase()));
        page.section(&title);
        for argument in
            verb.get_arguments().filter(|argument| argument.get_help_heading() == heading && !argument.is_hide_set())
        {
            let mut help = text(argument.get_long_help().or(argument.get_help()));
            let defaults: Vec<String> =
                argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
            if !defaults.is_empty() && argument.get_action().takes_values() && !argument.is_hide_default_value_set() {
                help.push_str(&format!("\n\nDefault: {}", defaults.join(" ")));
            }
            page.item(&term(argument), &help);
        }
    }
}

fn term(argument: &Arg) -> String {
    let values =
        argument.get_value_names().unwrap_or_default().iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ");
    let takes_value = argument.get_action().takes_values();
    let names: Vec<String> =
        [argument.get_short().map(|short| format!("-{short}")), argument.get_long().map(|long| format!("--{long}"))]
            .into_iter()
            .flatten()
            .collect();
    match (names.is_empty(), takes_value) {
        (true, _) if argument.get_num_args().is_some_and(|count| count.max_values() > 1) => format!("{values}..."),
        (true, _) => values,
        (false, true) => format!("{} {values}", names.join(", ")),
        (false, false) => names.join(", "),
    }
}

/// The usage line as manuals write it: without the brackets around values, and a choice in braces.
fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let (mut line, mut rest) = (String::new(), usage.trim_start_matches("Usage: "));
    while let Some((before, after)) = rest.split_once('<') {
        line.push_str(before);
        let mut depth = 1;
        let is_end = |c: char| {
            depth += i32::from(c == '<') - i32::from(c == '>');
            depth == 0
        };
        let end = after.find(is_end).unwrap_or(after.len());
        let (value, behind) = after.split_at(end);
        let value = value.replace(['<', '>'], "");
        line.push_str(&if value.contains('|') { format!("{{{}}}", value.replace('|', " | ")) } else { value });
        rest = behind.strip_prefix('>').unwrap_or(behind);
    }
    line + rest
}

fn singular(heading: &str) -> &str {
    heading.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(heading)
}

/// What the help says of its manual is on the same page.
fn text(styled: Option<&StyledStr>) -> String {
    styled.map(ToString::to_string).unwrap_or_default().replace(" in the manual", " below")
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
