//! The arrows between the modules run one way (CONTRIBUTING.md draws them).

mod circles;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module may name those with a smaller rank, and itself.
const RANKS: &[(&str, u32)] = &[
    ("uapi", 0),
    ("sys", 1),
    ("model", 1),
    ("size", 1),
    ("random", 1),
    ("quote", 1),
    ("error", 2),
    ("stats", 2),
    ("host", 3),
    ("access", 4),
    ("dmabuf", 4),
    ("heap", 5),
    ("pattern", 6),
    ("holders", 7),
    ("pass", 7),
    ("probe", 8),
    ("bench", 8),
    ("capacity", 8),
    ("stress", 8),
    ("doctor", 8),
    ("sim", 8),
    ("ui", 9),
    ("exit", 9),
    ("args", 10),
    ("cmd", 11),
    ("cli", 12),
    ("fuzz", 12),
    ("main", 13),
];

/// Lines of each module without its tests. Who needs more raises the number in the same commit and says why.
const BUDGETS: &[(&str, usize)] = &[
    ("access", 294),
    ("args", 1222),
    ("bench", 1343),
    ("capacity", 483),
    ("cli", 180),
    ("cmd", 5496),
    ("dmabuf", 908),
    ("doctor", 666),
    ("error", 173),
    ("exit", 57),
    ("fuzz", 286),
    ("heap", 1819),
    ("holders", 1172),
    ("host", 1697),
    ("main", 5),
    ("model", 1637),
    ("pass", 1539),
    ("pattern", 1144),
    ("probe", 3965),
    ("quote", 43),
    ("random", 45),
    ("sim", 4472),
    ("size", 117),
    ("stats", 117),
    ("stress", 1339),
    ("sys", 4926),
    ("uapi", 390),
    ("ui", 1528),
];

/// Libraries that only these modules may name.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("clap::", &["cli", "cmd", "args"]),
    ("clap_complete::", &["cmd"]),
    ("anyhow::", &["cli", "cmd"]),
    ("libc::", &["sys", "uapi"]),
    ("nix::", &["sys"]),
    ("comfy_table::", &["ui"]),
    ("flate2::", &["host"]),
    ("glob::", &["cmd", "probe"]),
    ("hdrhistogram::", &["stats"]),
    ("humansize::", &["size"]),
    ("plotters::", &["cmd"]),
    ("roff::", &["cmd"]),
    ("serde_json::", &["cmd", "ui", "pass", "probe", "sys"]),
];

fn rank(module: &str) -> u32 {
    let found = RANKS.iter().find(|(name, _)| *name == module);
    found
        .unwrap_or_else(|| {
            panic!("module '{module}' has no place in the order: give it one here and in CONTRIBUTING.md")
        })
        .1
}

/// Every source file but those of unit tests, with the top-level module it belongs to.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = source_directory();
    let module = |path: &Path| {
        let first =
            path.strip_prefix(&root).unwrap().components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        first.trim_end_matches(".rs").to_owned()
    };
    source_files()
        .into_iter()
        .map(|path| (module(&path), path.clone(), without_tests(&fs::read_to_string(&path).unwrap())))
        .filter(|(module, path, _)| module != "lib" && !path.ends_with("tests.rs"))
        .collect()
}

fn source_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

pub(super) fn source_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&source_directory(), &mut files);
    files
}

/// A file's own tests stand at its end and may name what they need.
fn without_tests(text: &str) -> String {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The modules that a text names as `crate::module` or in `crate::{module, …}`.
fn named(text: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let mut modules = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => modules.extend(top_level(group).into_iter().map(|part| word(part.trim()))),
            None => drop(modules.insert(word(rest))),
        }
    }
    // `dmaheap::` is how main names the library; macros and `use crate as` have no module.
    modules.remove("");
    modules
}

/// The parts of a brace group, split at its own commas.
fn top_level(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

#[test]
fn every_module_keeps_to_its_budget_of_lines() {
    let mut lines = BTreeMap::new();
    for (module, _, text) in sources() {
        *lines.entry(module).or_insert(0) += text.lines().count();
    }
    let budgets = BUDGETS.iter().map(|(module, most)| ((*module).to_owned(), *most)).collect::<BTreeMap<_, _>>();
    let beyond: Vec<String> = lines
        .iter()
        .filter(|(module, lines)| budgets.get(*module).is_none_or(|most| *lines > most))
        .map(|(module, lines)| format!("{module} has {lines} lines, its budget is {:?}", budgets.get(module)))
        .collect();
    assert!(beyond.is_empty(), "{}", beyond.join("\n"));
}

#[test]
fn a_type_has_a_name_of_its_own() {
    let declared = |line: &str| -> Option<String> {
        // What is indented and private is a function's, or a trait's `type`.
        let line = if line.starts_with(' ') { line.trim_start().strip_prefix("pub")? } else { line };
        let words: Vec<&str> = line.split([' ', '<', '(', ';', ':']).collect();
        let at = words.iter().position(|word| matches!(*word, "struct" | "enum" | "type" | "trait"))?;
        (at < 4 && !line.starts_with("//")).then(|| words.get(at + 1).copied().unwrap_or_default().to_owned())
    };
    let mut homes: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for (_, path, text) in sources() {
        for name in text.lines().filter_map(declared) {
            homes.entry(name).or_default().insert(path.clone());
        }
    }
    let shared: Vec<_> =
        homes.iter().filter(|(name, homes)| homes.len() > 1 && !["Args", "Row"].contains(&name.as_str())).collect();
    assert!(shared.is_empty(), "names that mean two things: {shared:#?}");
}

#[test]
fn the_library_shows_its_command_line_and_nothing_else() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let shown: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("pub mod ")).collect();
    assert_eq!(shown, ["cli;", "exit;", "fuzz;"], "fuzz is built with cfg(fuzzing) only");
}

#[test]
fn no_arrow_points_backwards() {
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        for target in named(&text) {
            let allowed = target == module
                || rank(&target) < rank(&module) && !(module == "model" && target != "uapi")
                || module == "error" && target == "sys";
            if !allowed {
                wrong.push(format!("{} names crate::{target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn libraries_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        for (library, homes) in LIBRARIES {
            // A path is preceded by no letter: `crate::sys::libc_x::` and comments in backticks do not count.
            let used = text.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
                line.match_indices(library)
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
            });
            if used && !homes.contains(&module.as_str()) {
                wrong.push(format!("{} names {library}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Places that still name an option or a command. Nothing is added here.
const NAMES_COMMAND_LINE: &[&str] =
    &["doctor/process.rs", "pass/socket/send.rs", "probe/fuzz/mod.rs", "probe/result.rs", "probe/result.rs"];

/// Options of other programs: of those that run containers, and of udevadm.
const FOREIGN_OPTIONS: &[&str] = &["device ", "cap-add ", "reload;"];

#[test]
fn the_domain_names_no_option_and_no_command() {
    let cli = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/mod.rs")).unwrap();
    let verbs = cli.split("\nverbs!(").nth(1).and_then(|rest| rest.split(')').next()).expect("the verbs");
    let verbs: Vec<&str> = verbs.split_whitespace().collect();
    let is_option = |rest: &str| {
        rest.starts_with(|c: char| c.is_ascii_lowercase()) && !FOREIGN_OPTIONS.iter().any(|name| rest.starts_with(name))
    };
    let is_command = |rest: &str| verbs.iter().any(|verb| rest.starts_with(verb));
    let is_named = |line: &&str| {
        !line.trim_start().starts_with("//")
            && (line.split("--").skip(1).any(is_option) || line.split("dmaheap ").skip(1).any(is_command))
    };
    let mut found = Vec::new();
    for (module, path, text) in sources() {
        if !["cli", "cmd", "args", "ui", "fuzz"].contains(&module.as_str()) {
            let name =
                path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap().display().to_string();
            found.extend(text.lines().filter(is_named).map(|_| name.clone()));
        }
    }
    found.sort();
    assert_eq!(found, NAMES_COMMAND_LINE);
}

#[test]
fn unsafe_code_lives_in_sys() {
    let is_unsafe = |line: &str| {
        line.contains("unsafe {")
            || line.contains("unsafe fn")
            || line.contains("unsafe impl")
            || line.contains("#[unsafe")
    };
    let sys = source_directory().join("sys");
    for path in source_files().into_iter().filter(|path| !path.starts_with(&sys)) {
        let text = fs::read_to_string(&path).unwrap();
        let found = text.lines().any(|line| !line.trim_start().starts_with("//") && is_unsafe(line));
        assert!(!found, "{}", path.display());
    }
}

/// A number that may be sent is a `Number`, which has no value for what changes files; raw calls take any.
#[test]
fn the_probe_makes_a_call_of_a_number_that_may_be_sent_only() {
    let makers: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|(module, path, text)| {
            module != "sys"
                && !path.ends_with("probe/number.rs")
                && text.contains("raw_ioctl::")
                && text.contains("Call {")
        })
        .map(|(_, path, _)| path)
        .collect();
    assert_eq!(makers, [] as [PathBuf; 0]);
    let number = sources().into_iter().find(|(_, path, _)| path.ends_with("probe/number.rs")).expect("its file").2;
    assert_eq!(number.matches("Call {").count(), 1);
}

#[test]
fn a_reversed_arrow_would_be_found() {
    let text = "use crate::{heap::{Heap, Kind}, cmd::list};\nfn f() { crate::ui::escape::escaped(\"\") }";
    assert_eq!(named(text).into_iter().collect::<Vec<_>>(), ["cmd", "heap", "ui"]);
}
