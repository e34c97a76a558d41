//! Texts that others have chosen, in lines that are made to be pasted into a shell.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;

/// The word by which a shell gets `text` back, without any character that moves a cursor.
///
/// Names that need no quotes have none. A control character, a byte that is not UTF-8 and what changes the direction of
/// a line become `$'\ooo'`, which bash, busybox and the shells of POSIX.1-2024 read; an older one finds another name,
/// and nothing that it would run.
pub(crate) fn quoted(text: impl AsRef<OsStr>) -> String {
    let bytes = text.as_ref().as_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./,:@%+=".contains(byte);
    match std::str::from_utf8(bytes) {
        // A word that begins with a dash would be an option, and one with `=` an assignment.
        Ok(text) if !bytes.is_empty() && bytes.iter().all(is_plain) && bytes[0] != b'-' => text.to_owned(),
        Ok(text) if text.chars().all(is_harmless) => format!("'{}'", text.replace('\'', "'\\''")),
        _ => by_numbers(bytes),
    }
}

fn by_numbers(bytes: &[u8]) -> String {
    let mut word = "$'".to_owned();
    for byte in bytes {
        if matches!(byte, b' '..=b'~') && !b"'\\".contains(byte) {
            word.push(char::from(*byte));
        } else {
            let _ = write!(word, "\\{byte:03o}");
        }
    }
    word.push('\'');
    word
}

/// Whether a terminal shows `c` and does nothing else: no control character, and none that changes the direction of
/// what follows.
pub(crate) fn is_harmless(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn only_what_needs_quotes_has_them() {
        assert_eq!(quoted("/dev/dma_heap/linux,cma@3c000000"), "/dev/dma_heap/linux,cma@3c000000");
        assert_eq!(quoted("/dev/dma_heap/a;rm -rf ~"), "'/dev/dma_heap/a;rm -rf ~'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("größe"), "'größe'");
        assert_eq!(quoted("a\nb\\"), r"$'a\012b\134'");
        assert_eq!(quoted(OsStr::from_bytes(b"\xff'")), r"$'\377\047'");
        assert_eq!(quoted("\u{202e}"), r"$'\342\200\256'");
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn a_shell_reads_back_what_was_quoted(bytes in proptest::collection::vec(1_u8..=255, 0..40)) {
            let word = quoted(OsStr::from_bytes(&bytes));
            proptest::prop_assert!(word.chars().all(is_harmless));
            let answer = Command::new("bash").env("LC_ALL", "C").args(["-c", &format!("printf %s {word}")]).output().unwrap();
            proptest::prop_assert_eq!(answer.stdout, bytes);
        }
    }
}
