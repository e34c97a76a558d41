//! The files of the crate, and which of them needs which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Names from the root of the crate: `["probe", "request", "Len"]`.
type Names = Vec<String>;

/// A file, by its path below `src`, with the module that it is.
pub(super) struct File {
    pub(super) name: String,
    pub(super) module: Names,
    /// Without its own tests, which stand at its end and may name what they need.
    pub(super) text: String,
    /// The same without comments.
    pub(super) code: String,
}

impl File {
    fn new(name: &str, text: &str) -> Self {
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let module = segments(&name.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::"));
        Self { name: name.to_owned(), module, text: text.to_owned(), code: code.join("\n") }
    }

    /// The module of the first level that it belongs to.
    pub(super) fn top(&self) -> &str {
        &self.module[0]
    }

    /// The same, but of a file of `sys/PART` the part.
    pub(super) fn part(&self) -> &str {
        &self.module[usize::from(self.top() == "sys" && self.module.len() > 1)]
    }

    /// Whether its code names the library `name`: `name::` with neither a letter nor a path before it, or `name` alone.
    pub(super) fn names_crate(&self, name: &str) -> bool {
        self.code.match_indices(name).any(|(at, _)| {
            let (before, after) = (&self.code[..at], &self.code[at + name.len()..]);
            !before.ends_with(|c: char| is_name(c) || c == ':') && after.starts_with("::")
        })
    }
}

/// Every Rust file below `directory`, whole.
fn whole_files(directory: &str) -> Vec<File> {
    fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
        for path in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                collect(&path, paths);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                paths.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    let name = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| File::new(&name(path), &fs::read_to_string(path).unwrap())).collect()
}

/// What a path leads to: modules, and names that modules hand on (`pub use`).
pub(super) struct CrateMap {
    pub(super) files: Vec<File>,
    modules: BTreeMap<Names, usize>,
    handed_on: BTreeMap<Names, Names>,
}

impl CrateMap {
    /// The tool, without unit tests.
    pub(super) fn read() -> Self {
        let is_tool = |file: &File| file.name != "lib.rs" && !file.name.ends_with("tests.rs");
        let without_tests =
            |file: File| File::new(&file.name, file.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default());
        Self::of(whole_files("src").into_iter().filter(is_tool).map(without_tests).collect())
    }

    fn of(files: Vec<File>) -> Self {
        let modules = files.iter().enumerate().map(|(index, file)| (file.module.clone(), index)).collect();
        let mut map = Self { files, modules, handed_on: BTreeMap::new() };
        let handed_on = map.files.iter().flat_map(|file| {
            let public = use_trees(&file.code).into_iter().filter(|(is_public, _)| *is_public);
            let paths = public.flat_map(|(_, tree)| expand(tree)).filter_map(|path| map.absolute(&path, file));
            paths.filter_map(|path| Some((child(&file.module, path.last()?), path.clone()))).collect::<Vec<_>>()
        });
        map.handed_on = handed_on.collect();
        map
    }

    /// `path`, as `file` writes it, from the root of the crate; `None` for what is another crate's.
    fn absolute(&self, path: &[String], file: &File) -> Option<Names> {
        let ups = path.iter().take_while(|name| *name == "super").count();
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "super" => Some([&file.module[..file.module.len().checked_sub(ups)?], &path[ups..]].concat()),
            "self" => Some([&file.module, &path[1..]].concat()),
            first if self.modules.contains_key(&child(&file.module, first)) => Some([&file.module, path].concat()),
            _ => None,
        }
    }

    /// The file that has what `path` names.
    fn file_of(&self, path: &[String]) -> Option<usize> {
        for length in (1..=path.len()).rev() {
            let path_so_far = &path[..length];
            if let Some(index) = self.modules.get(path_so_far) {
                return Some(*index);
            }
            if let Some(origin) = self.handed_on.get(path_so_far) {
                return self.file_of(&[origin, &path[length..]].concat());
            }
        }
        None
    }

    /// The files that `file` needs. To hand on what a module below has is no need.
    pub(super) fn needs(&self, file: &File) -> BTreeSet<usize> {
        let trees = use_trees(&file.code);
        let without_uses = trees.iter().fold(file.code.clone(), |text, (_, tree)| text.replace(tree, ""));
        let used = trees.iter().flat_map(|(is_public, tree)| expand(tree).into_iter().map(|path| (*is_public, path)));
        let inline = inline_paths(&without_uses).into_iter().map(|path| (false, path));
        used.chain(inline)
            .filter_map(|(is_public, path)| {
                let needed = self.file_of(&self.absolute(&path, file)?)?;
                let is_below = self.files[needed].module.starts_with(&file.module);
                (self.files[needed].name != file.name && !(is_public && is_below)).then_some(needed)
            })
            .collect()
    }

    /// Files each of which needs all the others, if over others.
    pub(super) fn circles(&self) -> BTreeSet<BTreeSet<&str>> {
        let needs: Vec<BTreeSet<usize>> = self.files.iter().map(|file| self.needs(file)).collect();
        let reached: Vec<BTreeSet<usize>> = (0..needs.len()).map(|from| reach(from, &needs)).collect();
        let circle = |from: usize| {
            let of = reached[from].iter().filter(|to| reached[**to].contains(&from));
            of.map(|index| self.files[*index].name.as_str()).collect::<BTreeSet<&str>>()
        };
        (0..needs.len()).map(circle).filter(|circle| !circle.is_empty()).collect()
    }
}

fn reach(from: usize, needs: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<usize> = needs[from].iter().copied().collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(&needs[file]);
        }
    }
    reached
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn segments(path: &str) -> Names {
    path.split("::").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn child(module: &[String], name: &str) -> Names {
    [module, &[name.to_owned()]].concat()
}

/// The trees of `use` statements, and whether they are public.
fn use_trees(text: &str) -> Vec<(bool, &str)> {
    let statement = |at: usize| {
        let before = text[..at].rsplit('\n').next().unwrap_or_default().trim();
        let is_use = before.is_empty() || before.starts_with("pub");
        is_use.then(|| (!before.is_empty(), text[at + "use ".len()..].split(';').next().unwrap_or_default()))
    };
    text.match_indices("use ").filter_map(|(at, _)| statement(at)).collect()
}

/// Every path of a tree: two for `a::{b, c::{self}}`, `a::b` and `a::c`.
fn expand(tree: &str) -> Vec<Names> {
    let (mut paths, mut prefixes) = (Vec::new(), vec![Names::new()]);
    // Each piece ends with a brace or a comma, or the tree does.
    for piece in tree.split_inclusive(['{', '}', ',']) {
        let prefix = prefixes.last().cloned().unwrap_or_default();
        let name = piece.trim_end_matches(['{', '}', ',']).split(" as ").next().unwrap_or_default();
        let path = [prefix, segments(name)].concat();
        if piece.ends_with('{') {
            prefixes.push(path);
            continue;
        }
        if !name.trim().is_empty() {
            let is_group = path.len() > 1 && path.last().is_some_and(|name| name == "self");
            paths.push(path[..path.len() - usize::from(is_group)].to_vec());
        }
        if piece.ends_with('}') {
            prefixes.pop();
        }
    }
    paths
}

/// Paths in the code that lead to a module: from the root, from one above, or from one that the file declares.
fn inline_paths(text: &str) -> Vec<Names> {
    let declared = text.lines().filter_map(|line| line.trim().strip_suffix(';')?.rsplit_once("mod "));
    let starts = declared.map(|(_, name)| name).chain(["crate", "super", "self"]);
    let found = starts.flat_map(|start| {
        let is_start = |at: &usize| !text[..*at].ends_with(|c: char| is_name(c) || c == ':');
        let starts = text.match_indices(start).map(|(at, _)| at).filter(is_start);
        let paths = starts.map(|at| text[at..].split(|c: char| !is_name(c) && c != ':').next().unwrap_or_default());
        let leads_on = |path: &&str| path.strip_prefix(start).is_some_and(|rest| rest.starts_with("::"));
        paths.filter(leads_on).map(segments).collect::<Vec<_>>()
    });
    found.collect()
}

#[test]
fn a_circle_would_be_found() {
    let map = CrateMap::of(vec![
        File::new("a/mod.rs", "mod b;\nmod c;\npub(crate) use c::Thing;\nfn f() { b::g() }"),
        File::new("a/b.rs", "use super::Thing;\nfn g() {}"),
        File::new("a/c.rs", "pub struct Thing;\nuse crate::{a::b::{self}, other};"),
    ]);
    assert_eq!(map.circles(), BTreeSet::from([BTreeSet::from(["a/b.rs", "a/c.rs"])]));
}
