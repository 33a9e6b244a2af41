//! Pages of types, enums and contracts, and what is said of every item.

use maud::{Markup, PreEscaped, html};
use rustc_hash::FxHashMap;

use super::frame::{Frame, frame, kind_of, links, path_to};
use super::{Cx, code};
use crate::model::{
    Described, Docs, Implementation, Item, Kind, Link, Linked, Member, Module, Parameter,
    TypeParameter,
};

/// The page of a type, enum or contract.
pub(super) fn page(cx: &Cx<'_>, module: &Module, item: &Item) -> Markup {
    let package = &cx.api.packages[cx.package];
    let entry = |id: &str, name: &str| (cx.href(id).unwrap_or_default(), name.to_owned());
    let of_members = |list: &[Member]| -> Vec<(String, String)> {
        list.iter().map(|member| entry(&member.id, &member.name)).collect()
    };
    let methods: Vec<(String, String)> =
        item.all_methods().map(|method| entry(&method.id, &method.name)).collect();
    let lists = [
        ("Variants", of_members(&item.variants)),
        ("Fields", of_members(&item.fields)),
        ("Events", of_members(&item.events)),
        ("Methods", methods),
    ];
    let contents = html! {
        @for (title, list) in &lists {
            (links(title, list.iter().map(|(href, name)| (href.clone(), name.as_str()))))
        }
    };
    let body = html! {
        h1 {
            span class="kind" { (kind_of(item)) " " } span class="t" { (item.name) }
            @if let Some(href) = cx.source(&item.source) {
                a class="source-link" href=(href) { "source" }
            }
        }
        pre class="code declaration" { code { (declaration(cx, item)) } }
        (documentation(cx, item))
        (members(cx, "Variants", "variants", &item.variants, &item.documentation.variants))
        (members(cx, "Fields", "fields", &item.fields, &[]))
        (members(cx, "Events", "events", &item.events, &[]))
        @if !item.methods.is_empty() {
            h2 id="methods" { "Methods" }
            @for method in &item.methods { (block(cx, method)) }
        }
        @if !item.implementations.is_empty() {
            @if item.kind == Kind::Contract {
                h2 id="given" { "Methods of all that conform" }
            } @else {
                h2 id="methods" { "Methods" }
            }
            (implementations(cx, &item.implementations, Some(item)))
        }
        (contracts(cx, item))
    };
    let mut path = path_to(cx, module);
    path.push((item.name.clone(), None));
    let title = format!("{} - {}.{}", item.name, package.name, module.path);
    frame(cx, &Frame { title, path, module: module.path.clone(), contents, body })
}

/// An item or method where it stands on the page of something else.
pub(super) fn block(cx: &Cx<'_>, item: &Item) -> Markup {
    let anchor = cx.paths.anchor(&item.id);
    html! {
        section class="item" id=(anchor) {
            h3 class="unseen" { (item.name) }
            div class="head" {
                pre class="code" { code { (attributes(item)) (cx.signature(&item.signature)) } }
                a class="here" href=(format!("#{anchor}")) aria-label=(format!("Link to {}", item.name)) { "#" }
                @if let Some(href) = cx.source(&item.source) {
                    a class="source-link" href=(href) aria-label=(format!("Source of {}", item.name)) { "source" }
                }
            }
            (documentation(cx, item))
        }
    }
}

fn attributes(item: &Item) -> Markup {
    html! {
        @for attribute in &item.attributes { (code::plain(attribute)) "\n" }
    }
}

/// The declaration of what has a page, with what is in it.
fn declaration(cx: &Cx<'_>, item: &Item) -> Markup {
    let href = |id: &str| cx.href(id);
    let head = attributes(item);
    let mut lines: Vec<Markup> = Vec::new();
    let line = |signature: &Linked, end: &str| {
        let mut text = code::signature(signature, "    ", &href).0;
        text.push_str(end);
        PreEscaped(text)
    };
    if item.kind == Kind::Contract {
        lines.extend(item.contracts.iter().map(|contract| line(contract, ";")));
    }
    lines.extend(item.fields.iter().map(|field| line(&field.signature, ",")));
    lines.extend(item.events.iter().map(|event| line(&event.signature, ",")));
    lines.extend(item.variants.iter().map(|variant| line(&with_own_link(variant), ",")));
    lines.extend(item.methods.iter().map(|method| line(&method.signature, ";")));
    if item.has_hidden_fields {
        lines.push(html! { span class="c" { "    // more that is not shown" } });
    }
    html! {
        (head) (cx.signature(&item.signature))
        @if lines.is_empty() { " {}" } @else {
            " {\n"
            @for line in &lines { (line) "\n" }
            "}"
        }
    }
}

/// The signature of a variant, whose name leads to what is said of it.
fn with_own_link(variant: &Member) -> Linked {
    let mut signature = variant.signature.clone();
    let (end, target) = (variant.name.len(), Some(variant.id.clone()));
    signature.links.insert(0, Link { start: 0, end, target });
    signature
}

/// The signature of a member; the name of a variant, which stands first, is no call.
fn with_own_name(member: &Member) -> Linked {
    let mut signature = member.signature.clone();
    let rest = signature.text.strip_prefix(&member.name);
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('(')) {
        signature.links.insert(0, Link { start: 0, end: member.name.len(), target: None });
    }
    signature
}

/// What is said of an item.
fn documentation(cx: &Cx<'_>, item: &Item) -> Markup {
    let docs = &item.documentation;
    let own: Vec<(&str, &Docs)> = item.parameters.iter().map(of_parameter).collect();
    html! {
        @if !docs.text.is_empty() {
            div class="prose" { (cx.markdown(&docs.text, &item.id)) }
        }
        (described(cx, "Type parameters", &docs.type_parameters, &item.id))
        (parameters(cx, &docs.arguments, &own, &item.id))
        @if let Some(returns) = &docs.returns {
            h4 { "Returns" }
            div class="prose" { (cx.markdown(returns, &item.id)) }
        }
    }
}

fn of_parameter(parameter: &Parameter) -> (&str, &Docs) {
    (&parameter.name, &parameter.documentation)
}

/// What `@arg` says, and what `///` lines before parameters say.
fn parameters(cx: &Cx<'_>, arguments: &[Described], own: &[(&str, &Docs)], of: &str) -> Markup {
    let own: Vec<Described> = own
        .iter()
        .filter(|(_, docs)| !docs.text.is_empty())
        .map(|(name, docs)| Described { name: (*name).to_owned(), text: docs.text.clone() })
        .collect();
    let all: Vec<Described> = arguments.iter().cloned().chain(own).collect();
    described(cx, "Parameters", &all, of)
}

fn described(cx: &Cx<'_>, title: &str, list: &[Described], of: &str) -> Markup {
    html! {
        @if !list.is_empty() {
            h4 { (title) }
            dl class="described" {
                @for entry in list {
                    dt { code { (entry.name) } }
                    dd class="prose" { (cx.markdown(&entry.text, of)) }
                }
            }
        }
    }
}

/// Fields, events or variants, of which the item may say something as well.
fn members(cx: &Cx<'_>, title: &str, id: &str, list: &[Member], described: &[Described]) -> Markup {
    let mut said: FxHashMap<&str, &Linked> =
        described.iter().map(|entry| (entry.name.as_str(), &entry.text)).collect();
    html! {
        @if !list.is_empty() {
            h2 id=(id) { (title) }
            @for member in list {
                @let anchor = cx.paths.anchor(&member.id);
                section class="item member" id=(anchor) {
                    h3 class="unseen" { (member.name) }
                    div class="head" {
                        pre class="code" { code { (cx.signature(&with_own_name(member))) } }
                        a class="here" href=(format!("#{anchor}"))
                            aria-label=(format!("Link to {}", member.name)) { "#" }
                    }
                    @if !member.documentation.text.is_empty() {
                        div class="prose" { (cx.markdown(&member.documentation.text, &member.id)) }
                    }
                    @if let Some(text) = said.remove(member.name.as_str()) {
                        div class="prose" { (cx.markdown(text, &member.id)) }
                    }
                    @let own: Vec<(&str, &Docs)> = member.parameters.iter().map(of_parameter).collect();
                    (parameters(cx, &member.documentation.arguments, &own, &member.id))
                }
            }
        }
    }
}

/// Methods as they are declared together; what they ask of type parameters stands above them.
pub(super) fn implementations(cx: &Cx<'_>, list: &[Implementation], of: Option<&Item>) -> Markup {
    html! {
        @for given in list {
            @if asks_for_more(given, of) {
                h3 class="impl" { code { (bounds(cx, given)) } }
            }
            @if !given.documentation.text.is_empty() {
                @let id = of.map_or("", |item| &item.id);
                div class="prose" { (cx.markdown(&given.documentation.text, id)) }
            }
            @for method in &given.methods { (block(cx, method)) }
        }
    }
}

/// Whether an `impl` has bounds that its type has not.
fn asks_for_more(given: &Implementation, of: Option<&Item>) -> bool {
    let texts = |list: &[TypeParameter]| -> Vec<Vec<String>> {
        let bounds =
            |of: &TypeParameter| of.bounds.iter().map(|bound| bound.text.clone()).collect();
        list.iter().map(bounds).collect()
    };
    let own = texts(&given.type_parameters);
    let is_any = own.iter().any(|bounds| !bounds.is_empty());
    is_any && of.is_none_or(|item| texts(&item.type_parameters) != own)
}

/// `where T : Number`
fn bounds(cx: &Cx<'_>, given: &Implementation) -> Markup {
    let mut text = Linked::default();
    text.text.push_str("where ");
    let with_bounds = given.type_parameters.iter().filter(|parameter| !parameter.bounds.is_empty());
    for (index, parameter) in with_bounds.enumerate() {
        text.text.push_str(if index > 0 { ", " } else { "" });
        text.text.push_str(&parameter.name);
        for (index, bound) in parameter.bounds.iter().enumerate() {
            text.text.push_str(if index == 0 { " : " } else { " & " });
            let by = text.text.len();
            text.text.push_str(&bound.text);
            text.links.extend(bound.links.iter().map(|link| Link {
                start: link.start + by,
                end: link.end + by,
                target: link.target.clone(),
            }));
        }
    }
    cx.signature(&text)
}

/// What contracts have to do with the item.
fn contracts(cx: &Cx<'_>, item: &Item) -> Markup {
    let title = if item.kind == Kind::Contract { "Embeds" } else { "Implements" };
    html! {
        @if !item.contracts.is_empty() {
            h2 id="contracts" { (title) }
            ul class="plain" {
                @for contract in &item.contracts { li { code { (cx.signature(contract)) } } }
            }
        }
        @if !item.implemented_by.is_empty() {
            h2 id="implemented-by" { "Implemented by" }
            ul class="plain" {
                @for id in &item.implemented_by {
                    @let name = id.rsplit("::").next().unwrap_or(id);
                    li {
                        @match cx.href(id) {
                            Some(href) => a class="t" href=(href) { code { (name) } },
                            None => code { (name) },
                        }
                    }
                }
            }
        }
    }
}
