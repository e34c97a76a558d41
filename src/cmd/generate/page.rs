//! roff for manual pages.

use crate::cmd::Block;
use roff::{Roff, bold, roman};

/// A page that is being written.
pub(super) struct Page(Roff);

impl Page {
    pub(super) fn new(name: &str, section: &str) -> Self {
        let mut roff = Roff::new();
        let version = format!("dmaheap {}", env!("CARGO_PKG_VERSION"));
        roff.control("TH", [name, section, "", &version, "dmaheap manual"]);
        Self(roff)
    }

    pub(super) fn section(&mut self, title: &str) {
        self.0.control("SH", [title]);
    }

    pub(super) fn text(&mut self, text: &str) {
        for (index, paragraph) in text.split("\n\n").enumerate() {
            if index > 0 {
                self.0.control("PP", []);
            }
            self.0.text([roman(paragraph.replace('\n', " "))]);
        }
    }

    pub(super) fn item(&mut self, term: &str, meaning: &str) {
        self.0.control("TP", []);
        self.0.text([bold(term)]);
        let mut paragraphs = meaning.split("\n\n");
        self.0.text([roman(paragraphs.next().unwrap_or_default().replace('\n', " "))]);
        for paragraph in paragraphs {
            self.0.control("IP", []);
            self.0.text([roman(paragraph.replace('\n', " "))]);
        }
    }

    pub(super) fn lines(&mut self, lines: &str) {
        self.0.control("PP", []);
        self.0.control("RS", ["4"]);
        self.0.control("nf", []);
        for line in lines.lines() {
            self.0.text([roman(line)]);
        }
        self.0.control("fi", []);
        self.0.control("RE", []);
        self.0.control("PP", []);
    }

    pub(super) fn blocks(&mut self, blocks: &[Block]) {
        for (index, block) in blocks.iter().enumerate() {
            match block {
                Block::Text(text) => {
                    if index > 0 {
                        self.0.control("PP", []);
                    }
                    self.text(text);
                }
                Block::Item(term, meaning) => self.item(term, meaning),
                Block::Lines(lines) => self.lines(lines),
            }
        }
    }

    pub(super) fn render(self) -> Vec<u8> {
        let mut bytes = b".\\\" Made from the command line's definition. Do not edit.\n".to_vec();
        // A vector takes everything.
        let _ = self.0.to_writer(&mut bytes);
        bytes
    }
}
