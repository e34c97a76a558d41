//! The files of the crate, and which of them needs which.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use syn::{Item, UseTree, Visibility};

/// Names from the root of the crate: `["probe", "request", "Len"]`.
type Names = Vec<String>;

/// A file, by its path below `src`, with the module that it is.
pub(super) struct File {
    pub(super) name: String,
    pub(super) module: Names,
    /// Without its own tests, which stand at its end and may name what they need.
    pub(super) text: String,
    /// The paths that it names, and whether it hands them on (`pub use`).
    paths: Vec<(bool, Names)>,
}

impl File {
    fn new(name: &str, text: &str) -> Self {
        let module = name.trim_end_matches(".rs").trim_end_matches("/mod").split('/').map(str::to_owned).collect();
        Self { name: name.to_owned(), module, text: text.to_owned(), paths: paths(text) }
    }

    /// The module of the first level that it belongs to.
    pub(super) fn top(&self) -> &str {
        &self.module[0]
    }

    /// The same, but of a file of `sys/PART` the part.
    pub(super) fn part(&self) -> &str {
        &self.module[usize::from(self.top() == "sys" && self.module.len() > 1)]
    }

    pub(super) fn names_crate(&self, name: &str) -> bool {
        self.paths.iter().any(|(_, path)| path.first().is_some_and(|first| first == name))
    }
}

/// What a path leads to: modules, and names that modules hand on (`pub use`).
pub(super) struct CrateMap {
    pub(super) files: Vec<File>,
    modules: BTreeMap<Names, usize>,
    handed_on: BTreeMap<Names, Names>,
}

impl CrateMap {
    /// The tool, without unit tests.
    pub(super) fn get() -> &'static Self {
        static MAP: LazyLock<CrateMap> = LazyLock::new(|| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
            let paths = glob::glob(&format!("{}/**/*.rs", root.display())).unwrap().map(Result::unwrap);
            let is_tool = |path: &PathBuf| !path.ends_with("src/lib.rs") && !path.ends_with("tests.rs");
            let file = |path: PathBuf| {
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                File::new(path.strip_prefix(&root).unwrap().to_str().unwrap(), text)
            };
            CrateMap::of(paths.filter(is_tool).map(file).collect())
        });
        &MAP
    }

    fn of(files: Vec<File>) -> Self {
        let modules = files.iter().enumerate().map(|(index, file)| (file.module.clone(), index)).collect();
        let mut map = Self { files, modules, handed_on: BTreeMap::new() };
        let handed_on = map.files.iter().flat_map(|file| {
            let public = file.paths.iter().filter(|(is_public, _)| *is_public);
            let paths = public.filter_map(|(_, path)| map.absolute(path, file));
            paths.filter_map(|path| Some((child(&file.module, path.last()?), path))).collect::<Vec<_>>()
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

    /// The files that `file` needs. To hand on what a module below has is not a need.
    pub(super) fn needs(&self, file: &File) -> BTreeSet<usize> {
        let needed = |(is_public, path): &(bool, Names)| {
            let needed = self.file_of(&self.absolute(path, file)?)?;
            let is_below = self.files[needed].module.starts_with(&file.module);
            (self.files[needed].name != file.name && !(*is_public && is_below)).then_some(needed)
        };
        file.paths.iter().filter_map(needed).collect()
    }

    /// The files that need one another: what needs none of the others, or is needed by none, is taken away until nothing
    /// changes.
    pub(super) fn circles(&self) -> BTreeSet<&str> {
        let mut needs: BTreeMap<usize, BTreeSet<usize>> =
            self.files.iter().map(|file| self.needs(file)).enumerate().collect();
        loop {
            let needed: BTreeSet<usize> = needs.values().flatten().copied().collect();
            let left: BTreeSet<usize> = needs.keys().copied().filter(|file| needed.contains(file)).collect();
            let before = needs.len();
            for needs in needs.values_mut() {
                needs.retain(|file| left.contains(file));
            }
            needs.retain(|file, needs| left.contains(file) && !needs.is_empty());
            if needs.len() == before {
                return needs.keys().map(|file| self.files[*file].name.as_str()).collect();
            }
        }
    }
}

fn child(module: &[String], name: impl ToString) -> Names {
    [module, &[name.to_string()]].concat()
}

/// The paths that a file names, in `use` and in its code, and whether it hands them on.
fn paths(code: &str) -> Vec<(bool, Names)> {
    let (mut paths, mut inline) = (Vec::new(), Vec::new());
    for item in syn::parse_file(code).expect("it compiles").items {
        if let Item::Use(import) = item {
            let is_public = !matches!(import.vis, Visibility::Inherited);
            paths.extend(expand(&import.tree, &[]).into_iter().map(|path| (is_public, path)));
        } else {
            add_inline(item.into_token_stream(), &mut inline);
        }
    }
    // A name alone is something of the file's own.
    paths.extend(inline.into_iter().filter(|path| path.len() > 1).map(|path| (false, path)));
    paths
}

/// Every path of a tree: two for `a::{b, c::{self}}`, `a::b` and `a::c`.
fn expand(tree: &UseTree, path: &[String]) -> Vec<Names> {
    match tree {
        UseTree::Path(tree) => expand(&tree.tree, &child(path, &tree.ident)),
        UseTree::Name(tree) if tree.ident != "self" => vec![child(path, &tree.ident)],
        UseTree::Rename(tree) => vec![child(path, &tree.ident)],
        UseTree::Group(tree) => tree.items.iter().flat_map(|tree| expand(tree, path)).collect(),
        UseTree::Name(_) | UseTree::Glob(_) => vec![path.to_vec()],
    }
}

/// Adds the names that stand alone or between `::`, wherever they are: also in macros and attributes.
fn add_inline(tokens: TokenStream, found: &mut Vec<Names>) {
    let (mut path, mut colons) = (Names::new(), 0);
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Ident(name) if colons == 2 => (path.push(name.to_string()), colons = 0).1,
            token => {
                found.push(std::mem::take(&mut path));
                colons = 0;
                match token {
                    TokenTree::Ident(name) => path.push(name.to_string()),
                    TokenTree::Group(group) => add_inline(group.stream(), found),
                    TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                }
            }
        }
    }
    found.push(path);
}

#[test]
fn a_circle_would_be_found() {
    let map = CrateMap::of(vec![
        File::new("a/mod.rs", "mod b;\nmod c;\npub(crate) use c::Thing;\nfn f() { b::g() }"),
        File::new("a/b.rs", "use super::Thing;\nfn g() {}"),
        File::new("a/c.rs", "pub struct Thing;\nuse crate::{a::b::{self}, other};"),
    ]);
    assert_eq!(map.circles(), BTreeSet::from(["a/b.rs", "a/c.rs"]));
}
