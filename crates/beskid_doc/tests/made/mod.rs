//! Programs from texts, and sites of them, taken apart.

#![allow(dead_code, reason = "every test binary has its own copy and uses a part of it")]

use std::collections::{BTreeMap, BTreeSet};

use beskid_analysis::source::SourceMap;
use beskid_analysis::{Goal, outline, outline_library};
use beskid_doc::{File, PackageName, Program, Shown, collect, site};

/// Does something on a stack as large as analysis asks for.
pub(crate) fn on_a_large_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run);
    thread.expect("a thread").join().expect("it ends")
}

/// A package of files, each with the path of its module, which lie somewhere.
pub(crate) fn program(name: &str, files: &[(&str, &str)], place: &str) -> Program {
    let mut sources = SourceMap::new();
    for (module, text) in files {
        let file = format!("{place}/Src/{module}.bd");
        sources.add_module(file, *module, (*text).to_owned()).expect("a small file");
    }
    let (analysis, outline) = outline(sources, Goal::Check);
    assert!(!analysis.has_errors(), "{:#?}", analysis.diagnostics);
    let own = PackageName { name: name.to_owned(), root: "Src/".to_owned() };
    Program { analysis, outline, packages: vec![own], subjects: vec![SourceMap::OWN] }
}

/// The core library.
pub(crate) fn core() -> Program {
    let (analysis, outline) = outline_library();
    let own = PackageName { name: String::new(), root: String::new() };
    let core = analysis.sources.packages().ids().next_back().expect("a package");
    Program { analysis, outline, packages: vec![own], subjects: vec![core] }
}

/// The site of some programs.
pub(crate) fn site_of(programs: &[Program], shown: Shown) -> Vec<File> {
    let (api, texts) = collect(programs, shown);
    site(&api, &texts)
}

/// The values of an attribute in a page.
pub(crate) fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let begin = format!(" {attribute}=\"");
    let parts = page.split(&begin).skip(1);
    parts.filter_map(|part| part.split('"').next()).collect()
}

/// Fails unless all links lead to a page and an anchor that are there, no anchor is there twice, and tags are
/// closed in the order in which they were opened. Gives the number of links.
pub(crate) fn check_links(files: &[File]) -> usize {
    let pages: BTreeMap<&str, &str> =
        files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    assert_eq!(pages.len(), files.len(), "two files have one path");
    let lower: BTreeSet<String> = pages.keys().map(|path| path.to_lowercase()).collect();
    assert_eq!(lower.len(), pages.len(), "two paths differ by case alone");
    let mut anchors: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (&path, page) in pages.iter().filter(|(path, _)| path.ends_with(".html")) {
        let ids = values(page, "id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len(), "{path} has an anchor twice: {ids:?}");
        anchors.insert(path, unique);
        check_tags(path, page);
    }
    let mut count = 0;
    for (&path, page) in pages.iter().filter(|(path, _)| path.ends_with(".html")) {
        for link in values(page, "href").into_iter().chain(values(page, "src")) {
            if link.starts_with("https://") || link.starts_with("http://") {
                continue;
            }
            count += 1;
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match target {
                "" => path.to_owned(),
                _ => joined(path, target),
            };
            let Some(_) = pages.get(target.as_str()) else {
                panic!("{path} has a link to {link}, and there is no {target}")
            };
            assert!(
                anchor.is_empty() || anchors[target.as_str()].contains(anchor),
                "{path} has a link to {link}, and there is no such anchor"
            );
        }
    }
    let index = pages["search-index.js"];
    let list = index.strip_prefix("window.beskidSearch(").and_then(|of| of.strip_suffix(");\n"));
    let list: Vec<(String, String, String, String, String)> =
        serde_json::from_str(list.expect("a call")).expect("a list of entries");
    for (name, _, _, link, _) in list {
        let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
        let is_there =
            anchors.get(target).is_some_and(|of| anchor.is_empty() || of.contains(anchor));
        assert!(is_there, "the search finds {name} at {link}, which is not there");
        count += 1;
    }
    count
}

fn joined(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => assert!(parts.pop().is_some(), "{link} leads out of the site"),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Elements that have no end.
const EMPTY: [&str; 5] = ["meta", "link", "input", "hr", "br"];

fn check_tags(path: &str, page: &str) {
    let mut open: Vec<&str> = Vec::new();
    for part in page.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap_or_else(|| panic!("{path}: <{part}"));
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{path}: </{name}> closes something else");
        } else if !name.starts_with('!') && !EMPTY.contains(&name) && !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{path}: {open:?} are open at the end");
}
