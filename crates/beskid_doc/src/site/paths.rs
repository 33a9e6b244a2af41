//! Where everything is in the site: files, anchors, and links from one to the other.
//!
//! ```text
//! index.html  api.json  search-index.js  style.css  site.js
//! PACKAGE/index.html                    the modules of a package
//! PACKAGE/MODULE.PATH/index.html        a module
//! PACKAGE/MODULE.PATH/TYPE.html         a type, enum or contract
//! source/PACKAGE/PATH.bd.html           a file
//! ```
//!
//! *Invariants.* Names of files are made of letters, digits, `_`, `-` and `.`, do not begin with `.`, are of
//! bounded length, and differ from each other where case does not count. All links are relative, so a site may
//! lie anywhere.

use rustc_hash::FxHashMap;

use crate::model::{Api, Item, Kind, Member, Package};

/// The longest name of a file before its ending.
const MAX_LENGTH: usize = 96;

/// A page, and a place on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// The file, from the top of the site.
    pub(super) page: String,
    /// The `id` there; empty for the whole page.
    pub(super) anchor: String,
}

/// All places.
pub(super) struct Paths {
    by_id: FxHashMap<String, Place>,
    /// The first page of each package.
    packages: Vec<String>,
    sources: FxHashMap<(String, String), String>,
    /// What a path within a package means: the ids without types of parameters.
    names: FxHashMap<String, String>,
}

impl Paths {
    pub(super) fn new(api: &Api) -> Self {
        let mut paths = Self {
            by_id: FxHashMap::default(),
            packages: Vec::new(),
            sources: FxHashMap::default(),
            names: FxHashMap::default(),
        };
        let mut folders = Slugs::with(&["source"]);
        for package in &api.packages {
            let folder = folders.of(&package.name);
            paths.package(package, &folder);
        }
        paths
    }

    fn package(&mut self, package: &Package, folder: &str) {
        self.packages.push(format!("{folder}/index.html"));
        let mut modules = Slugs::with(&["index.html"]);
        for module in &package.modules {
            let folder = format!("{folder}/{}", modules.of(&module.path));
            let page = format!("{folder}/index.html");
            self.add(&module.id, &page, String::new());
            let mut files = Slugs::with(&["index"]);
            let mut anchors = Anchors::default();
            for item in &module.items {
                if item.has_page() {
                    let page = format!("{folder}/{}.html", files.of(&item.name));
                    self.add(&item.id, &page, String::new());
                    self.members(item, &page);
                } else {
                    let anchor = anchors.of(word(item.kind), &item.name);
                    self.add(&item.id, &page, anchor);
                }
            }
            for method in module.implementations.iter().flat_map(|of| &of.methods) {
                let anchor = anchors.of(word(method.kind), &method.name);
                self.add(&method.id, &page, anchor);
            }
        }
        let mut files = Slugs::with(&[]);
        for file in package.files() {
            let slug: Vec<String> = file.split('/').map(slug).collect();
            let page = format!("source/{folder}/{}.html", files.unique(&slug.join("/")));
            self.sources.insert((package.name.clone(), file.to_owned()), page);
        }
    }

    fn members(&mut self, item: &Item, page: &str) {
        let mut anchors = Anchors::default();
        let mut add = |word: &str, id: &str, name: &str| {
            let anchor = anchors.of(word, name);
            self.add(id, page, anchor);
        };
        let mut list = |word: &str, members: &[Member]| {
            for member in members {
                add(word, &member.id, &member.name);
            }
        };
        list("field", &item.fields);
        list("event", &item.events);
        list("variant", &item.variants);
        for method in item.all_methods() {
            add(word(method.kind), &method.id, &method.name);
        }
    }

    fn add(&mut self, id: &str, page: &str, anchor: String) {
        let name = id.split('(').next().unwrap_or(id);
        self.names.entry(name.to_owned()).or_insert_with(|| id.to_owned());
        self.by_id.insert(id.to_owned(), Place { page: page.to_owned(), anchor });
    }

    /// The place of what has an id, if that is in the site.
    pub(super) fn of(&self, id: &str) -> Option<&Place> {
        self.by_id.get(id)
    }

    /// The anchor of what is in the site for certain.
    pub(super) fn anchor(&self, id: &str) -> &str {
        self.of(id).map_or("", |place| &place.anchor)
    }

    /// The page of a package, by its index.
    pub(super) fn package_page(&self, index: usize) -> &str {
        &self.packages[index]
    }

    /// The page of a file.
    pub(super) fn source(&self, package: &str, file: &str) -> Option<&str> {
        self.sources.get(&(package.to_owned(), file.to_owned())).map(String::as_str)
    }

    /// The id of what is called so, as seen from something with an id: a member of it, or of what is around.
    pub(super) fn named(&self, text: &str, from: &str) -> Option<&str> {
        let from = from.split('(').next().unwrap_or(from);
        let (package, path) = from.split_once("::")?;
        let parts: Vec<&str> = path.split('.').collect();
        // As code would: from the inside out.
        (0..=parts.len()).rev().find_map(|count| {
            let mut key = format!("{package}::{}", parts[..count].join("."));
            if count > 0 {
                key.push('.');
            }
            key.push_str(text);
            self.names.get(&key).map(String::as_str)
        })
    }
}

/// What anchors of a kind begin with.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Type | Kind::Enum | Kind::Contract | Kind::Alias => "type",
        Kind::Function => "function",
        Kind::Method => "method",
        Kind::Constant => "constant",
        Kind::Attribute => "attribute",
    }
}

/// A link from one page to another.
pub(super) fn relative(from: &str, to: &Place) -> String {
    let page = relative_page(from, &to.page);
    match (&*to.anchor, from == to.page) {
        ("", _) => page,
        (anchor, true) => format!("#{anchor}"),
        (anchor, false) => format!("{page}#{anchor}"),
    }
}

/// A link from one page to the top of another.
pub(super) fn relative_page(from: &str, to: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let folders = from.len().min(to.len()) - 1;
    let common = (0..folders).take_while(|&at| from[at] == to[at]).count();
    let mut link = "../".repeat(from.len() - 1 - common);
    link.push_str(&to[common..].join("/"));
    link
}

/// Anchors of a page: overloads have numbers.
#[derive(Default)]
struct Anchors {
    count: FxHashMap<String, usize>,
}

impl Anchors {
    fn of(&mut self, word: &str, name: &str) -> String {
        let anchor = format!("{word}.{name}");
        let count = self.count.entry(anchor.clone()).or_insert(0);
        *count += 1;
        if *count == 1 { anchor } else { format!("{anchor}-{count}") }
    }
}

/// The names of the files in a folder.
struct Slugs {
    /// Those that are taken, in lower case, with the number that the next one of that name gets.
    taken: FxHashMap<String, usize>,
}

impl Slugs {
    fn with(taken: &[&str]) -> Self {
        Self { taken: taken.iter().map(|&name| (name.to_owned(), 2)).collect() }
    }

    fn of(&mut self, name: &str) -> String {
        self.unique(&slug(name))
    }

    fn unique(&mut self, slug: &str) -> String {
        let mut unique = slug.to_owned();
        while let Some(number) = self.taken.get_mut(&unique.to_ascii_lowercase()) {
            let numbered = format!("{unique}-{number}");
            *number += 1;
            unique = numbered;
        }
        self.taken.insert(unique.to_ascii_lowercase(), 2);
        unique
    }
}

/// A name that any file system takes.
fn slug(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let letters = name.chars().take(MAX_LENGTH);
    let mut slug: String = letters.map(|c| if is_plain(c) { c } else { '-' }).collect();
    if slug.starts_with('.') || slug.is_empty() {
        slug.insert(0, '-');
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_relative() {
        for (from, to, link) in [
            ("index.html", "a/index.html", "a/index.html"),
            ("a/M/T.html", "a/M/U.html", "U.html"),
            ("a/M/T.html", "a/N/U.html", "../N/U.html"),
            ("a/M/T.html", "index.html", "../../index.html"),
            ("source/a/S/M.bd.html", "a/M/T.html", "../../../a/M/T.html"),
            ("a/M/index.html", "a/M/index.html", "index.html"),
        ] {
            assert_eq!(relative_page(from, to), link, "{from} to {to}");
        }
        let place = |page: &str| Place { page: page.to_owned(), anchor: "x".to_owned() };
        assert_eq!(relative("a/T.html", &place("a/T.html")), "#x");
        assert_eq!(relative("a/T.html", &place("b/T.html")), "../b/T.html#x");
    }

    #[test]
    fn names_of_files_differ_whatever_the_case() {
        let mut slugs = Slugs::with(&["index"]);
        let found: Vec<String> = ["Foo", "foo", "FOO", "Index", "a b/c", "..", "", "é"]
            .map(|name| slugs.of(name))
            .into();
        assert_eq!(found, ["Foo", "foo-2", "FOO-3", "Index-2", "a-b-c", "-..", "-", "--2"]);
        let long = "x".repeat(400);
        assert_eq!((slugs.of(&long).len(), slugs.of(&long).len()), (MAX_LENGTH, MAX_LENGTH + 2));
    }
}
