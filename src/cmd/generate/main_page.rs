//! dmaheap(1)

use super::page::Page;
use crate::cmd::manual::Definition;

pub(super) fn render(definition: &Definition<'_>) -> Vec<u8> {
    let Definition { command, groups, .. } = definition;
    let mut page = Page::new("dmaheap", "1");
    page.section("NAME");
    page.text("dmaheap - inspect and exercise Linux DMA-BUF heaps");
    page.section("SYNOPSIS");
    page.text("dmaheap COMMAND [OPTIONS] [ARGS]");
    page.section("DESCRIPTION");
    let about = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    page.text(&format!("{about}\n\nFacts about heaps come from the running kernel, at the time of the call. A value that was inferred from a name is marked with a question mark, and with \"inferred\": true in JSON."));
    page.section("COMMANDS");
    for group in *groups {
        for verb in group.verbs {
            let about = command.find_subcommand(verb).and_then(|verb| verb.get_about()).map(ToString::to_string);
            page.item(&format!("dmaheap-{verb}(1)"), &about.unwrap_or_default());
        }
    }
    page.markdown(include_str!("dmaheap.md"));
    page.section("SEE ALSO");
    let pages: Vec<String> =
        groups.iter().flat_map(|group| group.verbs).map(|verb| format!("dmaheap-{verb}(1)")).collect();
    page.text(&format!("{}, dmaheap-json(5), dmaheap-socket(7)", pages.join(", ")));
    page.render()
}
