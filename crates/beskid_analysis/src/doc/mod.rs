//! Documentation comments (language.md §15): what `///` lines say, and of what.
//!
//! ```text
//! /// The nearer of two points.            prose, Markdown
//! /// @arg(a) one, @ref(Point)             directive with its prose, a reference in it
//! ```
//!
//! [`parse`] takes the lines apart, [`mod@check`] compares the directives with what they document, and
//! [`mod@reference`] finds what `@ref(path)` names. The result is [`Documentation`], a side table of the
//! analysis: the key is the place of the documented name, which all of [`hir`](crate::hir) carries.
//! Who documents a program needs the declarations as well, as they were written: [`mod@outline`].
//!
//! *Invariants.* Documentation never causes an error, only warnings. Comments are in order of the
//! names they document, each name once.
//!
//! *Absent*: rendering of Markdown.

mod check;
mod outline;
mod parse;
mod reference;

pub(crate) use check::{Commented, check};
pub(crate) use outline::outline;
pub use outline::{ModuleOrigin, Outline, OutlineItem, OutlineModule};

use crate::source::Span;

/// All documentation of a program.
#[derive(Debug, Default)]
pub struct Documentation {
    /// In order of [`DocComment::of`].
    comments: Vec<DocComment>,
}

impl Documentation {
    /// All comments, in order of the names they document.
    #[must_use]
    pub fn comments(&self) -> &[DocComment] {
        &self.comments
    }

    /// The documentation of the name at a place.
    #[must_use]
    pub fn of(&self, name: Span) -> Option<&DocComment> {
        let found = self.comments.binary_search_by_key(&name, |comment| comment.of);
        found.ok().map(|index| &self.comments[index])
    }
}

/// The `///` lines before an item, field, variant or parameter.
#[derive(Debug)]
pub struct DocComment {
    /// The name that is documented; for an `impl` or a module its type or path.
    pub of: Span,
    /// The lines, each with its `///`.
    pub lines: Vec<Span>,
    /// What stands before the first directive.
    pub prose: Prose,
    /// `@arg(name)` and its kin, in order.
    pub directives: Vec<Directive>,
}

/// Markdown with references in it.
#[derive(Debug, Default)]
pub struct Prose {
    /// In order.
    pub pieces: Vec<Piece>,
}

/// A part of [`Prose`].
#[derive(Debug)]
pub enum Piece {
    /// Markdown, lines ended by LF.
    Text(String),
    /// `@ref(path)`
    Reference(Reference),
}

/// `@ref(path)`
#[derive(Debug)]
pub struct Reference {
    /// Names, as written between the dots.
    pub path: Vec<(String, Span)>,
    /// From `@` to `)`.
    pub span: Span,
    /// The place of the name it refers to; nothing if that is not declared in the sources.
    pub target: Option<Span>,
}

/// What a directive describes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DirectiveKind {
    /// `@arg(name)`: a parameter.
    Arg,
    /// `@returns`: the result.
    Returns,
    /// `@variant(name)`: a variant of the enum.
    Variant,
    /// `@par(T)`: a type parameter.
    Par,
}

/// A directive at the beginning of a line.
#[derive(Debug)]
pub struct Directive {
    /// What it describes.
    pub kind: DirectiveKind,
    /// The name in parentheses; `@returns` has none.
    pub name: Option<(String, Span)>,
    /// From `@` to the end of its description.
    pub extent: Span,
    /// From `@` to the end of the word or `)`.
    pub span: Span,
    /// The description: the rest of its line and the lines below, up to an empty one or the next
    /// directive.
    pub prose: Prose,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::{Goal, analyze};

    #[test]
    fn documentation_is_found_by_the_names_it_documents() {
        let text = "/// Made by @ref(Make).\ntype Point {\n    /// To the right.\n    i32 x,\n}\n\
                    /// @arg(x) where\n/// @returns a @ref(Point.x)\nPoint Make(i32 x) => Point { x: x };\n";
        let mut sources = SourceMap::new();
        sources.add("a.bd", text.to_owned()).expect("a small file");
        let analysis = analyze(sources, Goal::Check);
        assert!(analysis.diagnostics.is_empty(), "{:?}", analysis.diagnostics);
        let target = |prose: &Prose| {
            let found = prose.pieces.iter().find_map(|piece| match piece {
                Piece::Reference(reference) => reference.target,
                Piece::Text(_) => None,
            });
            found.expect("a target")
        };
        let make = analysis.functions.iter().next().expect("a function");
        let point = analysis.type_defs.iter().next().expect("a type");
        let documentation = &analysis.documentation;
        let of_type = documentation.of(point.span).expect("documentation of the type");
        assert_eq!(target(&of_type.prose), make.span);
        assert!(documentation.of(point.fields[0].span).is_some());
        let of_make = documentation.of(make.span).expect("documentation of the function");
        let kinds: Vec<DirectiveKind> = of_make.directives.iter().map(|d| d.kind).collect();
        assert_eq!(kinds, [DirectiveKind::Arg, DirectiveKind::Returns]);
        assert_eq!(target(&of_make.directives[1].prose), point.fields[0].span);
        assert!(documentation.of(Span::new(0, 1)).is_none());
    }
}
