//! roff for manual pages, from text and from the Markdown of the prose.

use roff::{Roff, bold, roman};

/// The date of the version in Cargo.toml, so two builds of one commit write the same pages.
const RELEASED: &str = "2026-11-30";

/// A page that is being written.
pub(super) struct Page(Roff);

impl Page {
    pub(super) fn new(name: &str, section: &str) -> Self {
        let mut roff = Roff::new();
        let version = format!("dmaheap {}", env!("CARGO_PKG_VERSION"));
        roff.control("TH", [name, section, RELEASED, &version, "dmaheap manual"]);
        Self(roff)
    }

    pub(super) fn section(&mut self, title: &str) {
        self.0.control("SH", [title]);
    }

    /// Paragraphs, with an empty line between them.
    pub(super) fn text(&mut self, text: &str) {
        self.paragraphs("PP", text);
    }

    pub(super) fn item(&mut self, term: &str, meaning: &str) {
        self.0.control("TP", []);
        self.0.text([bold(term)]);
        self.paragraphs("IP", meaning);
    }

    fn paragraphs(&mut self, separator: &str, text: &str) {
        for (index, paragraph) in text.split("\n\n").enumerate() {
            if index > 0 {
                self.0.control(separator, []);
            }
            let paragraph = paragraph.replace('\n', " ");
            let words = paragraph.split('`').enumerate();
            self.0.text(
                words.map(|(index, part)| if index % 2 == 0 { roman(part) } else { bold(part) }).collect::<Vec<_>>(),
            );
        }
    }

    fn code<'a>(&mut self, lines: impl Iterator<Item = &'a str>) {
        self.0.control("PP", []);
        self.0.control("RS", ["4"]);
        self.0.control("nf", []);
        for line in lines {
            self.0.text([roman(line)]);
        }
        self.0.control("fi", []);
        self.0.control("RE", []);
    }

    /// Sections of Markdown, of which these blocks are known: headings (`# `), paragraphs, items (`- **term**: meaning`)
    /// and fenced code. Text is taken as it stands: it has no emphasis, links or escapes.
    pub(super) fn markdown(&mut self, text: &str) {
        let mut lines = text.lines();
        let mut is_first = true;
        while let Some(line) = lines.next() {
            if line.is_empty() {
                continue;
            }
            if let Some(title) = line.strip_prefix("# ") {
                self.section(title);
                is_first = true;
                continue;
            }
            if line.starts_with("```") {
                self.code(lines.by_ref().take_while(|line| *line != "```"));
            } else if let Some((term, meaning)) = line.strip_prefix("- **").and_then(|item| item.split_once("**: ")) {
                let more = continued(&mut lines, |line| line.strip_prefix("  "));
                self.item(term, &joined(meaning, more));
            } else {
                if !is_first {
                    self.0.control("PP", []);
                }
                let more = continued(&mut lines, |line| Some(line).filter(|line| !line.is_empty()));
                self.text(&joined(line, more));
            }
            is_first = false;
        }
    }

    /// The pages that the text of page `own` names, and `more` of them.
    pub(super) fn see_also(&mut self, own: &str, more: &[&str]) {
        let text = self.0.render().replace("\\-", "-");
        let named = text.split("dmaheap-").skip(1).filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_lowercase())?;
            let section = rest[end..].strip_prefix('(')?.split_once(')')?.0;
            Some(format!("dmaheap-{}({section})", &rest[..end])).filter(|page| !page.starts_with(&format!("{own}(")))
        });
        let mut pages: Vec<String> = named.chain(more.iter().map(|page| (*page).to_owned())).collect();
        pages.push("dmaheap(1)".to_owned());
        pages.sort_by_key(|page| (page.split('(').nth(1).map(str::to_owned), page.clone()));
        pages.dedup();
        self.section("SEE ALSO");
        self.text(&pages.join(", "));
    }

    pub(super) fn render(self) -> Vec<u8> {
        let mut bytes = b".\\\" Generated from the command-line definition. Do not edit.\n".to_vec();
        // A vector takes everything.
        let _ = self.0.to_writer(&mut bytes);
        bytes
    }
}

/// The next lines that belong to the same block.
fn continued<'a>(lines: &mut std::str::Lines<'a>, part: impl Fn(&'a str) -> Option<&'a str>) -> Vec<&'a str> {
    let found: Vec<&str> = lines.clone().map_while(part).collect();
    if let Some(last) = found.len().checked_sub(1) {
        lines.nth(last);
    }
    found
}

fn joined(first: &str, more: Vec<&str>) -> String {
    std::iter::once(first).chain(more).collect::<Vec<_>>().join(" ")
}
