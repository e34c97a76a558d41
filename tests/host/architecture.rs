//! How the source tree is built: who may name whom, what stays where, and how large it may become.

mod crate_map;

use crate_map::{CrateMap, File};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The modules from the bottom to the top: each may name those above its line, and itself (CONTRIBUTING.md draws it).
const LAYERS: &[&str] = &[
    "uapi",
    "sys model size random quote",
    "error stats",
    "host",
    "access dmabuf",
    "heap",
    "pattern",
    "holders pass",
    "import probe bench capacity stress doctor sim",
    "ui exit",
    "args",
    "cmd",
    "cli fuzz",
    "main",
];

/// What a module may not name although it is below, and what it may although it is beside or above.
const NEVER: &[(&str, &str)] = &[
    // It is pure.
    ("model", "size random quote"),
    // It only parses: what acts asks a machine and can fail.
    ("args", "error host"),
];

/// Lines of each module without its tests. Who needs more raises the number in the same commit and says why.
const BUDGETS: &[(&str, usize)] = &[
    ("access", 443),
    ("args", 785),
    ("bench", 1340),
    ("capacity", 493),
    ("cli", 596),
    ("cmd", 8397),
    ("dmabuf", 1034),
    ("doctor", 805),
    ("error", 177),
    ("exit", 56),
    ("fuzz", 317),
    ("heap", 1980),
    ("holders", 1393),
    ("host", 1975),
    ("import", 1203),
    ("main", 5),
    ("model", 1787),
    ("pass", 1562),
    ("pattern", 1157),
    ("probe", 4927),
    ("quote", 41),
    ("random", 43),
    ("sim", 4610),
    ("size", 135),
    ("stats", 113),
    ("stress", 1337),
    ("sys", 5599),
    ("uapi", 723),
    ("ui", 1640),
];

/// Libraries that only these modules may name.
const LIBRARIES: &[(&str, &str)] = &[
    ("clap", "cli cmd args"),
    ("anyhow", "cli cmd"),
    ("libc", "sys uapi"),
    ("nix", "sys"),
    ("comfy_table", "ui"),
    ("flate2", "host"),
    ("glob", "cmd probe"),
    ("hdrhistogram", "stats"),
    ("humansize", "size"),
    ("roff", "cmd"),
    ("serde_json", "cmd ui pass probe sys"),
    ("textwrap", "ui"),
];

/// Options of other programs: of those that run containers, and of udevadm.
const FOREIGN_OPTIONS: &[&str] = &["device ", "cap-add ", "group-add ", "reload;"];

fn has(list: &str, name: &str) -> bool {
    list.split(' ').any(|one| one == name)
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Fails with the names of files and why, of those that `wrong` finds a reason for.
#[track_caller]
fn assert_none<'a>(files: impl IntoIterator<Item = &'a File>, wrong: impl Fn(&File) -> Vec<String>) {
    let reasons =
        |file: &File| wrong(file).into_iter().map(|reason| format!("{}: {reason}", file.name)).collect::<Vec<_>>();
    let found: Vec<String> = files.into_iter().flat_map(reasons).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_arrow_points_backwards() {
    let map = CrateMap::get();
    let layer = |module: &str| {
        let found = LAYERS.iter().position(|layer| has(layer, module));
        found.unwrap_or_else(|| panic!("'{module}' has no place in LAYERS: give it one there and in CONTRIBUTING.md"))
    };
    assert_none(&map.files, |file| {
        let (from, needs) = (file.top(), map.needs(file));
        let tops: BTreeSet<&str> = needs.into_iter().map(|index| map.files[index].top()).collect();
        let never = |to: &str| NEVER.iter().any(|(module, list)| *module == from && has(list, to));
        let is_wrong = |to: &&str| *to != from && (layer(to) >= layer(from) || never(to));
        tops.into_iter().filter(is_wrong).map(|to| format!("names crate::{to}")).collect()
    });
}

#[test]
fn no_files_import_one_another_in_a_circle() {
    let map = CrateMap::get();
    let circles = map.circles();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn a_system_call_that_one_part_makes_lies_in_that_parts_folder() {
    let map = CrateMap::get();
    let needs: Vec<BTreeSet<usize>> = map.files.iter().map(|file| map.needs(file)).collect();
    // What a command line does is the whole process's.
    let is_part = |name: &str| LAYERS.iter().take_while(|layer| !has(layer, "ui")).any(|layer| has(layer, name));
    assert_none(map.files.iter().filter(|file| file.top() == "sys" && !is_part(file.part())), |file| {
        let is_other = |user: &File| !user.module.starts_with(&file.module) && !file.module.starts_with(&user.module);
        let users =
            map.files.iter().zip(&needs).filter(|(user, needs)| {
                needs.iter().any(|index| map.files[*index].name == file.name) && is_other(user)
            });
        let parts: BTreeSet<&str> = users.map(|(user, _)| user.part()).collect();
        parts
            .iter()
            .filter(|part| parts.len() == 1 && is_part(part))
            .map(|part| format!("only {part} uses it"))
            .collect()
    });
}

#[test]
fn every_module_keeps_to_its_budget_of_lines() {
    let mut lines = BTreeMap::new();
    for file in &CrateMap::get().files {
        *lines.entry(file.top().to_owned()).or_insert(0) += file.text.lines().count();
    }
    let budget = |module: &str| BUDGETS.iter().find(|(name, _)| *name == module).map_or(0, |(_, most)| *most);
    lines.retain(|module, lines| *lines > budget(module));
    assert!(
        lines.is_empty(),
        "more lines than BUDGETS has: {lines:?}; raise it in this commit, whose message says why"
    );
}

/// `Args` and `Row` are what every verb has.
#[test]
fn a_type_has_a_name_of_its_own() {
    let declared = |line: &str| -> Option<String> {
        // What is indented and private is a function's, or a trait's `type`.
        let line = if line.starts_with(' ') { line.trim_start().strip_prefix("pub")? } else { line };
        let words: Vec<&str> = line.split([' ', '<', '(', ';', ':']).collect();
        let at = words.iter().position(|word| matches!(*word, "struct" | "enum" | "type" | "trait"))?;
        (at < 4 && !line.starts_with("//")).then(|| words.get(at + 1).copied().unwrap_or_default().to_owned())
    };
    let mut homes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in &CrateMap::get().files {
        for name in file.text.lines().filter_map(declared) {
            homes.entry(name).or_default().insert(file.name.clone());
        }
    }
    homes.retain(|name, homes| homes.len() > 1 && !has("Args Row", name));
    assert!(homes.is_empty(), "names that mean two things: {homes:#?}");
}

#[test]
fn the_library_shows_its_command_line_and_nothing_else() {
    let text = read("src/lib.rs");
    let shown: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("pub mod ")).collect();
    assert_eq!(shown, ["cli;", "exit;", "fuzz;"], "fuzz is built with cfg(fuzzing) only");
}

#[test]
fn libraries_stay_where_they_belong() {
    assert_none(&CrateMap::get().files, |file| {
        let strays = LIBRARIES.iter().filter(|(library, homes)| file.names_crate(library) && !has(homes, file.top()));
        strays.map(|(library, _)| format!("names {library}")).collect()
    });
}

#[test]
fn the_domain_names_no_option_and_no_command() {
    let cli = read("src/cli/mod.rs");
    let verbs = cli.split("\nverbs!(").nth(1).and_then(|rest| rest.split(')').next()).expect("the verbs");
    let is_option = |rest: &str| {
        rest.starts_with(|c: char| c.is_ascii_lowercase()) && !FOREIGN_OPTIONS.iter().any(|name| rest.starts_with(name))
    };
    let is_command = |rest: &str| verbs.split_whitespace().any(|verb| rest.starts_with(verb));
    let is_named = |line: &&str| {
        let is_code = !line.trim_start().starts_with("//");
        is_code && (line.split("--").skip(1).any(is_option) || line.split("dmaheap ").skip(1).any(is_command))
    };
    let map = CrateMap::get();
    let domain = map.files.iter().filter(|file| !has("cli cmd args ui fuzz", file.top()));
    assert_none(domain, |file| file.text.lines().filter(is_named).map(str::to_owned).collect());
}

/// A number that may be sent is a `SafeNumber`, which has no value for what changes files; raw calls take any.
#[test]
fn the_probe_makes_a_call_of_a_number_that_may_be_sent_only() {
    let files = &CrateMap::get().files;
    let (number, others): (Vec<&File>, Vec<&File>) = files.iter().partition(|file| file.name == "probe/number.rs");
    let makes = |file: &File| file.top() != "sys" && file.text.contains("raw_ioctl::") && file.text.contains("Call {");
    assert_none(others.into_iter().filter(|file| makes(file)), |_| vec!["makes a raw call".to_owned()]);
    assert_eq!(number[0].text.matches("Call {").count(), 1);
}
