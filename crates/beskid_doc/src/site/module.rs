//! Pages of modules and packages, and the first page.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::Cx;
use super::frame::{Frame, frame, links, path_to, plural};
use super::item::{block, implementations};
use crate::model::{Item, Kind, Module};

/// The kinds of items on the page of their module, in order. Those before have pages of their own.
const LISTED: [Kind; 3] = [Kind::Type, Kind::Enum, Kind::Contract];
const SHOWN: [Kind; 4] = [Kind::Alias, Kind::Constant, Kind::Function, Kind::Attribute];

/// How many names stand for a module at most.
const MAX_NAMES: usize = 10;

/// The page of a module.
pub(super) fn page(cx: &Cx<'_>, module: &Module) -> Markup {
    let package = &cx.api.packages[cx.package];
    let of = |kind: Kind| module.items.iter().filter(move |item| item.kind == kind);
    let entry = |item: &Item| (cx.href(&item.id).unwrap_or_default(), item.name.clone());
    let contents = html! {
        @for kind in LISTED.into_iter().chain(SHOWN) {
            @let list: Vec<(String, String)> = of(kind).map(entry).collect();
            (links(plural(kind), list.iter().map(|(href, name)| (href.clone(), name.as_str()))))
        }
        @for given in &module.implementations {
            @let list: Vec<(String, String)> = given.methods.iter().map(entry).collect();
            (links(&format!("Methods of {}", given.target.text),
                list.iter().map(|(href, name)| (href.clone(), name.as_str()))))
        }
    };
    let prefix = format!("{}.", module.path);
    // Modules are in order of their paths, so those in this one stand together.
    let begin = package.modules.partition_point(|of| of.path < prefix);
    let inner: Vec<&Module> = package.modules[begin..]
        .iter()
        .map_while(|of| Some((of, of.path.strip_prefix(&prefix)?)))
        .filter(|(_, rest)| !rest.contains('.'))
        .map(|(of, _)| of)
        .collect();
    let body = html! {
        h1 {
            span class="kind" { "module " } (module.path)
            @if let Some(href) = cx.source(&module.source) {
                a class="source-link" href=(href) { "source" }
            }
        }
        @if !module.documentation.text.is_empty() {
            div class="prose" { (cx.markdown(&module.documentation.text, &module.id)) }
        }
        @if !inner.is_empty() {
            h2 id="modules" { "Modules" }
            dl class="list" {
                @for of in inner {
                    dt { a href=(cx.href(&of.id).unwrap_or_default()) { (of.path) } }
                    dd { (said(cx, of)) }
                }
            }
        }
        @if !module.reexports.is_empty() {
            h2 id="reexports" { "From elsewhere" }
            dl class="list" {
                @for of in &module.reexports {
                    @let target = of.path.links.first().and_then(|link| link.target.as_deref());
                    dt {
                        @match target.and_then(|id| cx.href(id)) {
                            Some(href) => a href=(href) { (of.name) },
                            None => (of.name),
                        }
                    }
                    dd { code { (of.path.text) } }
                }
            }
        }
        @for kind in LISTED {
            @if of(kind).next().is_some() {
                h2 id=(plural(kind).to_lowercase()) { (plural(kind)) }
                dl class="list" {
                    @for item in of(kind) {
                        dt { a class="t" href=(cx.href(&item.id).unwrap_or_default()) { (item.name) } }
                        dd { (Cx::summary(&item.documentation)) }
                    }
                }
            }
        }
        @for kind in SHOWN {
            @if of(kind).next().is_some() {
                h2 id=(plural(kind).to_lowercase()) { (plural(kind)) }
                @for item in of(kind) { (block(cx, item)) }
            }
        }
        @for (index, given) in module.implementations.iter().enumerate() {
            h2 id=(format!("methods-{index}")) { "Methods of " code { (given.target.text) } }
            (implementations(cx, std::slice::from_ref(given), None))
        }
        @if module.items.is_empty() && module.implementations.is_empty() && module.reexports.is_empty() {
            p class="nothing" { "Nothing in this module is public." }
        }
    };
    let title = format!("{} - {}", module.path, package.name);
    frame(
        cx,
        &Frame { title, path: path_to(cx, module), module: module.path.clone(), contents, body },
    )
}

/// The modules of a package.
pub(super) fn package(cx: &Cx<'_>) -> Markup {
    let package = &cx.api.packages[cx.package];
    let body = html! {
        h1 { span class="kind" { "package " } (package.name) }
        (module_list(cx, cx.package))
    };
    let contents = html! {};
    frame(
        cx,
        &Frame {
            title: package.name.clone(),
            path: Vec::new(),
            module: String::new(),
            contents,
            body,
        },
    )
}

/// The modules of a package with what is in them.
fn module_list(cx: &Cx<'_>, package: usize) -> Markup {
    let package = &cx.api.packages[package];
    html! {
        @if package.modules.is_empty() {
            p class="nothing" { "Nothing in this package is public; " code { "--private" } " shows the rest." }
        }
        dl class="list" {
            @for module in &package.modules {
                dt { a href=(cx.href(&module.id).unwrap_or_default()) { (module.path) } }
                dd { (said(cx, module)) }
            }
        }
    }
}

/// What a module says of itself in a list, or what is in it.
fn said(cx: &Cx<'_>, module: &Module) -> Markup {
    match module.documentation.text.is_empty() {
        true => names(cx, module),
        false => Cx::summary(&module.documentation),
    }
}

fn names(cx: &Cx<'_>, module: &Module) -> Markup {
    let mut seen = BTreeSet::new();
    let types = module.items.iter().filter(|item| item.has_page());
    let others = module.items.iter().filter(|item| !item.has_page());
    let given = module.implementations.iter().flat_map(|of| &of.methods);
    let mut all = types.chain(others).chain(given).filter(|item| seen.insert(&item.name));
    html! {
        span class="names" {
            @for item in all.by_ref().take(MAX_NAMES) {
                a class=[item.has_page().then_some("t")] href=(cx.href(&item.id).unwrap_or_default()) { (item.name) }
                " "
            }
            @if all.next().is_some() { "…" }
            @for of in module.reexports.iter().take(MAX_NAMES) {
                @let target = of.path.links.first().and_then(|link| link.target.as_deref());
                @if let Some(href) = target.and_then(|id| cx.href(id)) { a href=(href) { (of.name) } " " }
            }
        }
    }
}

/// The first page of the site.
pub(super) fn index(cx: &Cx<'_>) -> Markup {
    let is_one = cx.api.packages.len() == 1;
    let title = if is_one { cx.api.packages[0].name.clone() } else { "Packages".to_owned() };
    let body = html! {
        @if is_one {
            h1 { span class="kind" { "package " } (title) }
            (module_list(cx, 0))
        } @else {
            h1 { (title) }
            @for (index, package) in cx.api.packages.iter().enumerate() {
                h2 { a href=(cx.file(cx.paths.package_page(index))) { (package.name) } }
                (module_list(cx, index))
            }
        }
    };
    frame(cx, &Frame { title, path: Vec::new(), module: String::new(), contents: html! {}, body })
}
