//! Words that someone who writes man pages would not use. The counts only fall.

use crate::support::bare;
use regex::{Match, Regex};
use std::fs;
use std::path::Path;

/// Whole words, in either case; regular expressions where a use is good.
const RULED_OUT: &[&str] = &[
    r"is no( longer)?",
    // Python has `is None`.
    r"(?-i:is none)",
    r"shall",
    r"anew",
    r"all the same",
    r"in the end",
    r"so that",
    r"tells",
    r"told",
    r"be it",
    r"somebody",
    r"everybody",
    r"has to",
    r"have to",
    r"meanwhile",
    r"which is there",
    r"what there is",
    r"a line a",
    r"as is",
    r"for people",
    r"so many",
    r"(for|of|from) who",
    r"in vain",
    r"answers (whether|how|which)",
];

/// How often each kind of text may still have them.
const ALLOWED: [(&str, usize); 5] = [("help", 0), ("manual", 0), ("documents", 0), ("strings", 0), ("comments", 0)];

fn ruled_out() -> Regex {
    let words: Vec<String> = RULED_OUT.iter().map(|word| word.replace(' ', r"\s+")).collect();
    // A `too` before an adjective is good.
    Regex::new(&format!(r"(?i-u)\b({})\b|, too\s*([.,;:)]|$)", words.join("|"))).expect("a pattern")
}

/// What is ruled out in `text`, each with the line that it begins in. What is in backticks is a name.
fn found(text: &str, words: &Regex) -> Vec<String> {
    let names = Regex::new("`[^`\n]*`").expect("a pattern");
    let text = names.replace_all(text, "``");
    let is_good = |word: &Match<'_>| {
        word.as_str().to_lowercase().ends_with("no longer") || text[..word.start()].to_lowercase().ends_with("there ")
    };
    words
        .find_iter(&text)
        .filter(|word| !is_good(word))
        .map(|word| text[..word.end()].lines().last().unwrap_or_default().trim().to_owned())
        .collect()
}

/// The comments of a source file, and its strings.
fn comments_and_strings(text: &str) -> (String, String) {
    let (mut comments, mut code) = (String::new(), String::new());
    for line in text.lines() {
        match line.trim_start().strip_prefix("//") {
            Some(comment) => comments.push_str(comment.trim_start_matches(['/', '!'])),
            None => code.push_str(line.strip_suffix('\\').unwrap_or(line)),
        }
        comments.push('\n');
        code.push('\n');
    }
    let string = Regex::new(r#"(?s)"(?:[^"\\]|\\.)*""#).expect("a pattern");
    let code = code.replace(r#"'"'"#, "").replace(r#"b'"'"#, "");
    let strings: Vec<&str> = string.find_iter(&code).map(|string| string.as_str()).collect();
    (comments, strings.join("\n"))
}

fn texts() -> [(&'static str, Vec<(String, String)>); 5] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| (path.display().to_string(), fs::read_to_string(path).expect("a text"));
    let overview = bare(["--help"]).run().success();
    let verbs = overview.lines().filter(|line| line.starts_with("  ")).flat_map(|line| {
        let columns: String = line.chars().skip(12).take(28).collect();
        columns.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    });
    let verbs: Vec<String> = verbs.filter(|verb| root.join(format!("man/dmaheap-{verb}.1")).exists()).collect();
    assert!(verbs.len() > 15, "{verbs:?}");
    let mut help: Vec<_> = verbs.iter().map(|verb| (verb.clone(), bare([verb, "--help"]).run().success())).collect();
    help.push(("dmaheap".to_owned(), overview));
    let pages = fs::read_dir(root.join("man")).expect("the pages").map(|page| read(&page.expect("a page").path()));
    let documents = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "examples/README.md"];
    let documents = documents.map(|name| read(&root.join(name))).to_vec();
    let sources = glob::glob(root.join("src/**/*.rs").to_str().expect("a path")).expect("a pattern");
    let sources: Vec<_> = sources.map(|path| read(&path.expect("a source"))).collect();
    assert!(sources.len() > 100);
    let split = sources.iter().map(|(name, text)| (name.clone(), comments_and_strings(text)));
    let (comments, strings) =
        split.map(|(name, (comments, strings))| ((name.clone(), comments), (name, strings))).unzip();
    [
        ("help", help),
        ("manual", pages.collect()),
        ("documents", documents),
        ("strings", strings),
        ("comments", comments),
    ]
}

/// A number before a noun in the plural is wrong for 1: `counted` knows both.
#[test]
fn what_is_counted_may_be_one() {
    let nouns = "buffers|cases|descriptors|figures|files|heaps|processes|requests|rounds";
    let counted = Regex::new(&format!(r"\{{[a-z_]*\}} (?:{nouns})(?-u:\b)")).expect("a pattern");
    let is_wrong = |line: &str| counted.find_iter(line).any(|found| !line[..found.start()].ends_with("of "));
    let [.., (_, strings), _] = texts();
    let lines = strings.iter().flat_map(|(name, text)| text.lines().map(move |line| (name, line)));
    let wrong: Vec<String> =
        lines.filter(|(_, line)| is_wrong(line)).map(|(name, line)| format!("{name}: {line}")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_text_has_more_words_that_are_ruled_out_than_it_had() {
    let words = ruled_out();
    for ((kind, texts), (_, allowed)) in texts().into_iter().zip(ALLOWED) {
        let found: Vec<String> = texts
            .iter()
            .flat_map(|(name, text)| found(text, &words).into_iter().map(move |line| format!("{name}: {line}")))
            .collect();
        assert!(
            found.len() == allowed,
            "{kind}: {} where {allowed} are known; lower the number, or reword:\n{}",
            found.len(),
            found.join("\n")
        );
    }
}

#[test]
fn a_word_that_is_ruled_out_is_found_and_its_good_uses_are_not() {
    let of = |text: &str| found(text, &ruled_out()).len();
    assert_eq!(of("It is no heap, too.\nHe told\nsomebody SHALL\nbe freed in the\nend"), 6);
    assert_eq!(of("So many, of who\nwaits in vain; answers whether; of whom, for whoever, so, many"), 4);
    assert_eq!(of("It is no longer open, too large, untold, `told`, a shallow copy"), 0);
}
