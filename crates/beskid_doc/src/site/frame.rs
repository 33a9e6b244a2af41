//! What all pages have: the bar with the search, the contents at the side, the path above.

use maud::{DOCTYPE, Markup, html};

use super::Cx;
use super::search::word;
use crate::model::{Item, Kind, Module};

/// What differs between pages.
pub(super) struct Frame {
    pub(super) title: String,
    /// The names of what is around, with their addresses, and the last one of the page itself.
    pub(super) path: Vec<(String, Option<String>)>,
    /// The path of the module that the page belongs to; empty if it belongs to all.
    pub(super) module: String,
    /// What is on the page.
    pub(super) contents: Markup,
    pub(super) body: Markup,
}

/// A page.
pub(super) fn frame(cx: &Cx<'_>, page: &Frame) -> Markup {
    let top = cx.file("index.html");
    let root = top.strip_suffix("index.html").unwrap_or_default();
    let package = cx.api.packages.get(cx.package);
    let is_top = cx.page == "index.html";
    html! {
        (DOCTYPE)
        html lang="en" data-root=(root) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content="beskid doc";
                title { (page.title) }
                link rel="stylesheet" href=(cx.file("style.css"));
                // Before the first line is drawn: it knows which colours were chosen.
                script src=(cx.file("site.js")) {}
            }
            body {
                a class="skip" href="#main" { "Skip to the content" }
                header class="bar" {
                    button type="button" id="menu" aria-controls="side" aria-expanded="false"
                        aria-label="Contents" { "☰" }
                    a class="brand" href=(top) {
                        @match (package, &cx.api.packages[..]) {
                            (_, [only]) => (only.name),
                            (Some(package), _) if !is_top => (package.name),
                            _ => "Packages",
                        }
                    }
                    div class="search" role="search" hidden {
                        input type="search" id="search" autocomplete="off" spellcheck="false"
                            placeholder="Search" aria-label="Search" role="combobox"
                            aria-controls="results" aria-expanded="false" aria-autocomplete="list";
                        kbd aria-hidden="true" { "/" }
                        div id="results" role="listbox" aria-label="Results" hidden {}
                    }
                    button type="button" id="theme" aria-label="Light or dark" title="Light or dark"
                        hidden { "◐" }
                }
                div class="layout" {
                    nav id="side" aria-label="Contents" {
                        (page.contents)
                        @if !is_top || cx.api.packages.len() == 1 { (modules(cx, &page.module)) }
                        @if cx.api.packages.len() > 1 { (packages(cx, is_top)) }
                    }
                    main id="main" tabindex="-1" {
                        @if page.path.len() > 1 {
                            nav class="path" aria-label="Path" {
                                @for (index, (name, href)) in page.path.iter().enumerate() {
                                    @if index > 0 { span aria-hidden="true" { " › " } }
                                    @match href {
                                        Some(href) => a href=(href) { (name) },
                                        None => span { (name) },
                                    }
                                }
                            }
                        }
                        (page.body)
                    }
                }
            }
        }
    }
}

/// With more modules than these, a page shows those around its own: the size of a site is that of the program.
const MAX_MODULES: usize = 100;

/// An entry in the tree of modules.
struct Branch<'m> {
    depth: usize,
    name: &'m str,
    /// Nothing for what only holds modules.
    module: Option<&'m Module>,
    /// Where the tree goes on, if this only holds modules and they are not shown.
    first: Option<&'m Module>,
}

/// The modules of a package, which are in order of their paths, with what holds them, as a page of the module
/// at a path shows them.
fn branches<'m>(modules: &'m [Module], here: &str) -> Vec<Branch<'m>> {
    let is_open = |outer: &str| {
        let rest = here.strip_prefix(outer);
        let is_around = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        modules.len() <= MAX_MODULES || outer.is_empty() || is_around
    };
    let mut branches = Vec::new();
    let mut above: Vec<&str> = Vec::new();
    for module in modules {
        let parts: Vec<&str> = module.path.split('.').collect();
        let common = above.iter().zip(&parts).take_while(|(a, b)| a == b).count();
        for (depth, &name) in parts.iter().enumerate().skip(common.min(parts.len() - 1)) {
            if !is_open(&parts[..depth].join(".")) {
                break;
            }
            let own = (depth + 1 == parts.len()).then_some(module);
            let is_closed = own.is_none() && !is_open(&parts[..=depth].join("."));
            let first = is_closed.then_some(module);
            branches.push(Branch { depth, name, module: own, first });
        }
        above = parts;
    }
    branches
}

/// The modules of the package.
fn modules(cx: &Cx<'_>, here: &str) -> Markup {
    html! {
        h2 { "Modules" }
        ul class="tree" {
            @for branch in branches(&cx.api.packages[cx.package].modules, here) {
                li class=(format!("d{}", branch.depth.min(4))) {
                    @match (branch.module, branch.first) {
                        (Some(module), _) => {
                            @let is_here = cx.paths.of(&module.id).is_some_and(|of| of.page == cx.page);
                            a href=(cx.href(&module.id).unwrap_or_default())
                                aria-current=[is_here.then_some("page")] { (branch.name) }
                        }
                        (None, Some(first)) => {
                            a href=(cx.href(&first.id).unwrap_or_default()) { (branch.name) " …" }
                        }
                        (None, None) => span { (branch.name) }
                    }
                }
            }
        }
    }
}

fn packages(cx: &Cx<'_>, is_top: bool) -> Markup {
    html! {
        h2 { "Packages" }
        ul {
            @for (index, package) in cx.api.packages.iter().enumerate() {
                @let is_here = !is_top && index == cx.package;
                li {
                    a href=(cx.file(cx.paths.package_page(index)))
                        aria-current=[is_here.then_some("true")] { (package.name) }
                }
            }
        }
    }
}

/// A list of links for the side.
pub(super) fn links<'i>(title: &str, links: impl IntoIterator<Item = (String, &'i str)>) -> Markup {
    let mut links = links.into_iter().peekable();
    html! {
        @if links.peek().is_some() {
            h2 { (title) }
            ul {
                @for (href, name) in links { li { a href=(href) { (name) } } }
            }
        }
    }
}

/// The path to a module: its package and the modules around it.
pub(super) fn path_to(cx: &Cx<'_>, module: &Module) -> Vec<(String, Option<String>)> {
    let package = &cx.api.packages[cx.package];
    let page = cx.file(cx.paths.package_page(cx.package));
    let mut path = vec![(package.name.clone(), Some(page))];
    let ends = module.path.match_indices('.').map(|(at, _)| at).chain([module.path.len()]);
    for end in ends {
        let outer = &module.path[..end];
        let found = package.modules.binary_search_by(|of| of.path.as_str().cmp(outer));
        let href = found.ok().and_then(|at| cx.href(&package.modules[at].id));
        let name = outer.rsplit('.').next().unwrap_or(outer);
        path.push((name.to_owned(), href));
    }
    path
}

/// What a list of items of a kind is called.
pub(super) fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Type => "Types",
        Kind::Enum => "Enums",
        Kind::Contract => "Contracts",
        Kind::Alias => "Aliases",
        Kind::Function => "Functions",
        Kind::Method => "Methods",
        Kind::Constant => "Constants",
        Kind::Attribute => "Attributes",
    }
}

/// A word before the name of an item.
pub(super) fn kind_of(item: &Item) -> &'static str {
    word(item.kind)
}
