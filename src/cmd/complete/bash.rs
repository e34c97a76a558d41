//! bash, which hands over its line as it was typed and takes words as they are to be typed.

use super::command_line::offers;
use super::offers::{Offers, written};
use crate::cmd::manual::Definition;

/// A word as it was typed.
#[derive(Debug, Default, PartialEq, Eq)]
struct TypedWord {
    /// Where it begins in the line.
    start: usize,
    text: String,
    /// The quote that is still open at its end.
    quote: Option<char>,
}

/// bash replaces only `word` of `line`, which ends at the cursor. It is the end of what is a word here, because bash
/// also ends words at `=` and `:`.
pub(super) fn answer(line: &str, word: &str, definition: &Definition<'_>) -> String {
    let words = split(line);
    let texts: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    let Some(last) = words.last() else { return String::new() };
    let typed = &line[last.start..];
    let kept = typed.strip_suffix(word).map_or(0, |kept| split(kept).last().map_or(0, |kept| kept.text.len()));
    match offers(definition, &texts) {
        Offers::Command(first) => format!("\tcommand {}\n", words.get(first).map_or(line.len(), |word| word.start)),
        offers => written(offers, |word, _| escaped(word.get(kept..).unwrap_or_default(), last.quote)),
    }
}

/// The words of a command line; the last one, which may be empty, ends with the line.
fn split(line: &str) -> Vec<TypedWord> {
    let mut words = Vec::new();
    let mut word: Option<TypedWord> = None;
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        let quote = word.as_ref().and_then(|word| word.quote);
        if quote.is_none() && letter.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(|| TypedWord { start: at, ..TypedWord::default() });
        match (quote, letter) {
            (Some(open), letter) if letter == open => word.quote = None,
            (None, '\'' | '"') => word.quote = Some(letter),
            (None, '\\') => word.text.extend(letters.next().map(|(_, letter)| letter)),
            (Some('"'), '\\') => match letters.next() {
                Some((_, letter @ ('"' | '\\' | '$' | '`'))) => word.text.push(letter),
                other => word.text.extend(std::iter::once('\\').chain(other.map(|(_, letter)| letter))),
            },
            (_, letter) => word.text.push(letter),
        }
    }
    words.push(word.unwrap_or_else(|| TypedWord { start: line.len(), ..TypedWord::default() }));
    words
}

/// The rest of a word such that bash reads it, without any meaning, inside the quote that is open.
fn escaped(text: &str, quote: Option<char>) -> String {
    let mut word = String::new();
    for letter in text.chars() {
        let is_special = match quote {
            Some('\'') => false,
            Some(_) => "\"\\$`".contains(letter),
            None => letter.is_ascii() && !letter.is_ascii_alphanumeric() && !"_-./,+%@=:".contains(letter),
        };
        match (quote, letter) {
            (Some('\''), '\'') => word.push_str("'\\''"),
            // There a backslash would stop it from recalling a line, and stay.
            (Some('"'), '!') => word.push_str("\"'!'\""),
            _ if is_special => word.extend(['\\', letter]),
            _ => word.push(letter),
        }
    }
    // bash closes the quote, unless the word seems to have done so.
    word.extend(quote.filter(|quote| word.ends_with(*quote)));
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exclamation_mark_recalls_no_line() {
        assert_eq!(escaped("a!b", None), r"a\!b");
        assert_eq!(escaped("a!b", Some('\'')), "a!b");
        assert_eq!(escaped("a!b", Some('"')), r#"a"'!'"b"#);
    }

    #[test]
    fn a_line_is_split_as_bash_does_it() {
        let words = |line| split(line).into_iter().map(|word| (word.start, word.text)).collect::<Vec<_>>();
        let text = |start, text: &str| (start, text.to_owned());
        assert_eq!(words(r#"d  'a b'c "e\"\f" "#), [text(0, "d"), text(3, "a bc"), text(10, "e\"\\f"), text(18, "")]);
        assert_eq!(split("d 'a").last(), Some(&TypedWord { start: 2, text: "a".to_owned(), quote: Some('\'') }));
        assert_eq!(split("d 'a'").last(), Some(&TypedWord { start: 2, text: "a".to_owned(), quote: None }));
    }
}
