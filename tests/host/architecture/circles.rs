//! Files that import one another: who reads one of them has to read them all.

use super::{sources, top_level};
use std::collections::{BTreeMap, BTreeSet};

/// Names from the root of the crate: `["probe", "request", "Len"]`.
type Path = Vec<String>;

/// A file, by its path below `src`, with the module that it is.
struct File {
    name: String,
    module: Path,
    text: String,
}

/// What a path leads to: modules, and names that modules hand on (`pub use`).
struct Crate {
    files: Vec<File>,
    modules: BTreeMap<Path, usize>,
    handed_on: BTreeMap<Path, Path>,
}

impl Crate {
    fn read() -> Self {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let files: Vec<File> = sources()
            .into_iter()
            .map(|(_, path, text)| {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                let module = segments(&name.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::"));
                let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                File { name, module, text: code.join("\n") }
            })
            .collect();
        let modules = files.iter().enumerate().map(|(index, file)| (file.module.clone(), index)).collect();
        let mut all = Self { files, modules, handed_on: BTreeMap::new() };
        let handed_on = all.files.iter().flat_map(|file| {
            let public = use_trees(&file.text).into_iter().filter(|(is_public, _)| *is_public);
            let paths = public.flat_map(|(_, tree)| expand(tree, &[])).filter_map(|path| all.absolute(&path, file));
            paths.filter_map(|path| Some((child(&file.module, path.last()?), path.clone()))).collect::<Vec<_>>()
        });
        all.handed_on = handed_on.collect();
        all
    }

    /// `path`, as `file` writes it, from the root of the crate; `None` for what is another crate's.
    fn absolute(&self, path: &[String], file: &File) -> Option<Path> {
        let ups = path.iter().take_while(|name| *name == "super").count();
        let rest = &path[ups..];
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "super" => Some([&file.module[..file.module.len().checked_sub(ups)?], rest].concat()),
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
    fn needs(&self, file: &File) -> BTreeSet<usize> {
        let trees = use_trees(&file.text);
        let without_uses = trees.iter().fold(file.text.clone(), |text, (_, tree)| text.replace(tree, ""));
        let used = trees.iter().flat_map(|(is_public, tree)| {
            expand(tree, &[]).into_iter().map(|path| (*is_public, path)).collect::<Vec<_>>()
        });
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
    fn circles(&self) -> BTreeSet<BTreeSet<&str>> {
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

fn segments(path: &str) -> Path {
    path.split("::").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn child(module: &[String], name: &str) -> Path {
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
fn expand(tree: &str, prefix: &[String]) -> Vec<Path> {
    if let Some((before, group)) = tree.split_once('{') {
        let prefix = [prefix, &segments(before)].concat();
        return top_level(group).into_iter().flat_map(|part| expand(part, &prefix)).collect();
    }
    let mut path = [prefix, &segments(tree.split(" as ").next().unwrap_or_default())].concat();
    if path.len() > 1 && path.last().is_some_and(|name| name == "self") {
        path.pop();
    }
    vec![path]
}

/// Paths in the code that lead to a module: from the root, from one above, or from one that the file declares.
fn inline_paths(text: &str) -> Vec<Path> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
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
fn no_files_import_one_another_in_a_circle() {
    let all = Crate::read();
    let circles = all.circles();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn a_circle_would_be_found() {
    let file =
        |name: &str, text: &str| File { name: format!("{name}.rs"), module: segments(name), text: text.to_owned() };
    let files = vec![
        file("a", "mod b;\nmod c;\npub(crate) use c::Thing;\nfn f() { b::g() }"),
        file("a::b", "use super::Thing;\nfn g() {}"),
        file("a::c", "pub struct Thing;\nuse crate::{a::b::{self}, other};"),
    ];
    let modules = files.iter().enumerate().map(|(index, file)| (file.module.clone(), index)).collect();
    let handed_on = BTreeMap::from([(segments("a::Thing"), segments("a::c::Thing"))]);
    let all = Crate { files, modules, handed_on };
    assert_eq!(all.circles(), BTreeSet::from([BTreeSet::from(["a::b.rs", "a::c.rs"])]));
}
