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
    page.text(verb.clone().render_usage().to_string().trim_start_matches("Usage: "));
    page.section("DESCRIPTION");
    let about = text(verb.get_about());
    let long = text(verb.get_long_about());
    let rest = long.strip_prefix(&about).map(str::trim_start).filter(|rest| !rest.is_empty());
    page.text(rest.unwrap_or(&about));
    if verb.has_subcommands() {
        page.section("COMMANDS");
        for sub in verb.get_subcommands() {
            let usage = sub.clone().render_usage().to_string();
            page.item(usage.trim_start_matches("Usage: "), &text(sub.get_long_about().or(sub.get_about())));
        }
    }
    options(&mut page, verb);

    let columns = (manual.columns)();
    if !columns.is_empty() {
        page.section("COLUMNS");
        page.text("Names for --output, in either case, with the JSON key in parentheses.");
        for column in columns {
            page.item(&format!("{} ({})", column.name, column.key), column.help);
        }
    }
    page.markdown(&(manual.prose)());
    page.section("SEE ALSO");
    page.text("dmaheap(1), dmaheap-json(5)");
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
        let title =
            heading.map_or_else(|| "OPTIONS".to_owned(), |heading| format!("{} OPTIONS", heading.to_uppercase()));
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
        (true, _) => format!("[{values}]..."),
        (false, true) => format!("{} {values}", names.join(", ")),
        (false, false) => names.join(", "),
    }
}

fn text(styled: Option<&StyledStr>) -> String {
    styled.map(ToString::to_string).unwrap_or_default()
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
