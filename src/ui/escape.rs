//! Texts that others have chosen: names of buffers, of processes, of heaps.
//!
//! A control character could move the cursor, recolour the terminal or forge a row, so none is written.

use crate::quote::is_harmless;
use std::borrow::Cow;
use std::fmt::Write;

/// The text with control characters (C0, DEL, C1) as `\xNN` and a backslash doubled.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(needs_escape) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' => clean.push_str("\\\\"),
            c if needs_escape(c) => {
                let _ = write!(clean, "\\x{:02x}", u32::from(c));
            }
            c => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

fn needs_escape(c: char) -> bool {
    c == '\\' || !is_harmless(c)
}

/// A line that may hold words which were quoted for a shell: a backslash stays one, or they would mean something else.
pub(crate) fn disarmed(line: &str) -> Cow<'_, str> {
    if line.chars().all(is_harmless) {
        return Cow::Borrowed(line);
    }
    line.chars().map(|c| if is_harmless(c) { c.to_string() } else { format!("\\x{:02x}", u32::from(c)) }).collect()
}

/// Text in XML: controls other than tab and newline cannot even be written as references.
pub(crate) fn xml(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => clean.push_str("&amp;"),
            '<' => clean.push_str("&lt;"),
            '>' => clean.push_str("&gt;"),
            '"' => clean.push_str("&quot;"),
            '\n' => clean.push_str("&#10;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => clean.push('?'),
            c => clean.push(c),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_disarmed() {
        assert_eq!(escaped("\x1b[31mred"), "\\x1b[31mred");
        assert_eq!(escaped("a\nsize:\t1"), "a\\x0asize:\\x091");
        assert_eq!(escaped("\u{9b}31m"), "\\x9b31m");
        assert_eq!(escaped("\u{202e}gnp"), "\\x202egnp");
        assert_eq!(escaped("a\\x0a"), "a\\\\x0a");
    }

    #[test]
    fn shell_quoting_survives_escaping() {
        assert_eq!(disarmed(r"rm $'a\012b'"), r"rm $'a\012b'");
        assert_eq!(disarmed("rm a\nb"), r"rm a\x0ab");
    }

    #[test]
    fn no_text_can_break_a_document() {
        assert_eq!(xml("a<b>&\"c\"\n\x1b\u{fffe}"), "a&lt;b&gt;&amp;&quot;c&quot;&#10;??");
    }

    #[test]
    fn an_ordinary_text_is_not_copied() {
        assert!(matches!(escaped("linux,cma größe"), Cow::Borrowed(_)));
    }
}
