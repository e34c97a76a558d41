//! Words that someone who writes man pages would not use.

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
    r"(a|one) (line|file|row|suite|subtest|signal) an?",
    r"as is",
    r"for people",
    r"so many",
    r"(for|of|from) who",
    r"in vain",
    r"answers (whether|how|which)",
];

/// Texts that are written by hand and are neither Rust nor C.
const DOCUMENTS: &[&str] = &["*.md", "*.toml", "examples/*", "tests/vm/*.md", "fuzz/*.toml", "packaging/*/*"];
const SCRIPTS: &[&str] = &[
    ".ci/*",
    "completions/*",
    "packaging/*",
    "tests/foreign/*",
    "tests/package",
    "tests/parsers",
    "tests/run",
    "tests/vm/*",
];
const RUST: &[&str] = &["build.rs", "src/**/*.rs", "tests/**/*.rs", "benches/**/*.rs", "fuzz/**/*.rs"];
const C: &[&str] = &["tests/**/*.c", "benches/**/*.c", "examples/*.c"];

fn ruled_out() -> Regex {
    let words: Vec<String> = RULED_OUT.iter().map(|word| word.replace(' ', r"\s+")).collect();
    // A `too` before an adjective is good.
    const NO_ADJECTIVE: &str =
        r"\s*([.,;:!?()-]|$)|\s+(and|as|at|because|but|by|for|from|if|in|of|on|or|to|when|where|which|who|with)\b";
    Regex::new(&format!(r"(?i-u)\b({})\b|,\s+too({NO_ADJECTIVE})", words.join("|"))).expect("a pattern")
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

/// The comments of a program in C, without what begins their lines.
fn comments_of_c(text: &str) -> String {
    let comment = Regex::new(r"(?s)/\*.*?\*/").expect("a pattern");
    let comments: Vec<&str> = comment.find_iter(text).map(|comment| comment.as_str()).collect();
    without_marks(&comments.join("\n"))
}

/// A text without the marks that begin the lines of a comment, across which words are found.
fn without_marks(text: &str) -> String {
    let mark = |line: &str| line.trim_start().trim_start_matches(['#', '*']).to_owned() + "\n";
    text.lines().map(mark).collect()
}

/// A kind of text, and each with its name.
type Texts = (&'static str, Vec<(String, String)>);

fn texts() -> [Texts; 6] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = |patterns: &[&str]| -> Vec<(String, String)> {
        let paths = |pattern: &&str| glob::glob(root.join(pattern).to_str().expect("a path")).expect("a pattern");
        let paths = patterns.iter().flat_map(paths).map(|path| path.expect("a file")).filter(|path| path.is_file());
        paths.map(|path| (path.display().to_string(), fs::read_to_string(&path).expect("a text"))).collect()
    };
    let overview = bare(["--help"]).run().success();
    let verbs = overview.lines().filter(|line| line.starts_with("  ")).flat_map(|line| {
        let columns: String = line.chars().skip(12).take(28).collect();
        columns.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    });
    let verbs: Vec<String> = verbs.filter(|verb| root.join(format!("man/dmaheap-{verb}.1")).exists()).collect();
    assert!(verbs.len() > 15, "{verbs:?}");
    let help = |verb: &String| ["-h", "--help"].map(|flag| (verb.clone(), bare([verb, flag]).run().success()));
    let mut help: Vec<_> = verbs.iter().flat_map(help).collect();
    help.push(("dmaheap".to_owned(), overview));
    let without_marks = |(name, text): (String, String)| (name, without_marks(&text));
    // Programs in C count by their comments; the text of a license is given.
    let is_text = |(name, _): &(String, String)| !name.ends_with(".c") && !name.ends_with("copyright");
    let documents = found(DOCUMENTS).into_iter().filter(is_text).map(without_marks).collect();
    let scripts = found(SCRIPTS).into_iter().filter(is_text).map(without_marks).collect();
    let rust = found(RUST);
    assert!(rust.len() > 300, "{}", rust.len());
    let split = rust.into_iter().map(|(name, text)| (comments_and_strings(&text), name));
    let (mut comments, mut strings) = (Vec::new(), Vec::new());
    for ((comment, string), name) in split {
        // What tests ask for and expect is seen where it is printed.
        if name.contains("/src/") {
            strings.push((name.clone(), string));
        }
        comments.push((name, comment));
    }
    comments.extend(found(C).into_iter().map(|(name, text)| (name, comments_of_c(&text))));
    [
        ("help", help),
        ("manual", found(&["man/*"])),
        ("documents", documents),
        ("scripts", scripts),
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
fn no_text_has_a_word_that_is_ruled_out() {
    let words = ruled_out();
    let lines = texts().into_iter().flat_map(|(kind, texts)| {
        let of_text = |(name, text): (String, String)| -> Vec<String> {
            found(&text, &words).into_iter().map(|line| format!("{kind}: {name}: {line}")).collect()
        };
        texts.into_iter().flat_map(of_text).collect::<Vec<_>>()
    });
    let lines: Vec<String> = lines.collect();
    assert!(lines.is_empty(), "reword:\n{}", lines.join("\n"));
}

#[test]
fn a_word_that_is_ruled_out_is_found_and_its_good_uses_are_not() {
    let of = |text: &str| found(text, &ruled_out()).len();
    assert_eq!(of("It is no heap, too.\nHe told\nsomebody SHALL\nbe freed in the\nend"), 6);
    assert_eq!(of("So many, of who\nwaits in vain; answers whether; of whom, for whoever, so, many"), 4);
    assert_eq!(of("It ends, too\nor so, too and then, too, (too, too)"), 4);
    assert_eq!(of("It is no longer open, too large, untold, `told`, a shallow copy"), 0);
    let comments = comments_of_c("int told; /* It is\n * no heap. */ char told; /* told */");
    assert_eq!(of(&comments), 2, "{comments}");
    assert_eq!(of(&without_marks("# It is\n# no heap.")), 1);
}
