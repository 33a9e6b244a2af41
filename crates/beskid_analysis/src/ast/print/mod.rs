//! The syntax tree as text for people and as JSON for tools.
//!
//! Both are made from one intermediate tree of [`Node`]s, so they cannot disagree. Types, paths and
//! operators are printed as they are written; everything else is a line (an object) of its own.
//!
//! *Invariants.* The text names no ids and no places, so a golden changes only with the tree. A line is
//! `role: form detail`, indented by two spaces for each level.

mod expr;
mod item;
mod ty;

use super::Ast;
use crate::source::{SourceMap, Span};
use crate::symbol::Interner;
use serde_json::{Map, Value, json};

/// The tree as indented text.
#[must_use]
pub fn text(ast: &Ast, sources: &SourceMap, interner: &Interner) -> String {
    let cx = PrintCx { ast, sources, interner };
    let mut out = String::new();
    for &item in &ast.root {
        write_text(&cx.item(item), 0, &mut out);
    }
    out
}

/// The tree as JSON: `kind`, `span` (bytes in the file), `detail`, and the children by role.
#[must_use]
pub fn json(ast: &Ast, sources: &SourceMap, interner: &Interner) -> Value {
    let cx = PrintCx { ast, sources, interner };
    let base = sources.file(ast.file).base;
    let items: Vec<Value> = ast.root.iter().map(|&item| to_json(&cx.item(item), base)).collect();
    let comments: Vec<Value> = ast
        .comments
        .iter()
        .map(|comment| json!([comment.span.lo - base, comment.span.hi - base]))
        .collect();
    json!({ "file": sources.file(ast.file).name, "items": items, "comments": comments })
}

/// What the printers read.
struct PrintCx<'a> {
    ast: &'a Ast,
    sources: &'a SourceMap,
    interner: &'a Interner,
}

/// One line of the tree.
struct Node {
    kind: &'static str,
    detail: String,
    span: Option<Span>,
    children: Vec<(&'static str, Node)>,
}

impl Node {
    fn new(kind: &'static str) -> Self {
        Self { kind, detail: String::new(), span: None, children: Vec::new() }
    }

    fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Adds a child, with its role or none.
    fn child(mut self, role: &'static str, node: Self) -> Self {
        self.children.push((role, node));
        self
    }

    fn children(mut self, role: &'static str, nodes: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(nodes.into_iter().map(|node| (role, node)));
        self
    }

    /// Adds children that have roles of their own.
    fn parameters(mut self, nodes: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        self.children.extend(nodes);
        self
    }
}

fn write_text(node: &Node, depth: usize, out: &mut String) {
    out.push_str(node.kind);
    if !node.detail.is_empty() {
        out.push(' ');
        out.push_str(&node.detail);
    }
    out.push('\n');
    for (role, child) in &node.children {
        out.extend(std::iter::repeat_n("  ", depth + 1));
        if !role.is_empty() {
            out.push_str(role);
            out.push_str(": ");
        }
        write_text(child, depth + 1, out);
    }
}

fn to_json(node: &Node, base: u32) -> Value {
    let mut object = Map::new();
    object.insert("kind".to_owned(), json!(node.kind));
    if !node.detail.is_empty() {
        object.insert("detail".to_owned(), json!(node.detail));
    }
    if let Some(span) = node.span {
        object.insert("span".to_owned(), json!([span.lo - base, span.hi - base]));
    }
    let children: Vec<Value> = node
        .children
        .iter()
        .map(|(role, child)| {
            let mut value = to_json(child, base);
            if let (false, Some(object)) = (role.is_empty(), value.as_object_mut()) {
                object.insert("role".to_owned(), json!(role));
            }
            value
        })
        .collect();
    if !children.is_empty() {
        object.insert("children".to_owned(), Value::Array(children));
    }
    Value::Object(object)
}
