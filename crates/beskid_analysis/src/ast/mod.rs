//! The syntax tree of one file: the whole grammar of language.md, names unresolved.
//!
//! Nodes live in arenas of [`Ast`] and refer to each other by id, so the tree is compact and walking
//! it needs no boxes. Expressions keep parentheses, comments are kept beside the tree in source order
//! and documentation is attached to what it precedes.
//!
//! *Invariants.* A child's id is smaller than its parent's. No tree is higher than [`MAX_HEIGHT`]
//! nodes, so later phases may recurse, on a stack that is made for it. A broken part of the text is an
//! `Error` node, for which the parser has reported a diagnostic.

mod expr;
mod item;
pub mod print;
mod ty;

pub use expr::{
    Argument, Arm, AssignOp, BinaryOp, Block, Expr, ExprKind, FieldInit, LambdaParameter, Literal,
    ParameterMode, Pattern, PatternKind, Stmt, StmtKind, TextPart, UnaryOp,
};
pub use item::{
    Attribute, AttributeArgument, AttributeDef, AttributeParameter, Const, Contract,
    ContractMember, Enum, Event, Field, Function, FunctionBody, Impl, Item, ItemKind, Mod,
    Parameter, Test, TestEntry, TypeDef, TypeMember, TypeParameter, Use, Variant, VariantField,
};
pub use ty::{Path, PathSegment, TypeExpr, TypeExprKind};

use crate::index::IndexVec;
use crate::source::{FileId, Span};
use crate::symbol::Symbol;

/// How deep expressions, patterns, types and blocks may nest; deeper input is E0113.
pub const MAX_DEPTH: u32 = 1000;

/// How many nodes an expression or type may have from its root to its farthest leaf, statements of
/// blocks within it included: long chains such as `a + b + …` are high without being nested.
pub const MAX_HEIGHT: u32 = 5000;

crate::define_ids! {
    /// An expression of a file.
    ExprId "e";
    /// A pattern of a file.
    PatternId "p";
    /// A type expression of a file.
    TypeExprId "t";
    /// An item of a file.
    ItemId "i";
}

/// A name and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ident {
    /// The name.
    pub name: Symbol,
    /// Its place.
    pub span: Span,
}

/// A comment that is not documentation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// With its `//` or `/*`.
    pub span: Span,
}

/// The documentation lines before an item, field, variant or parameter: the span of each `///` line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Docs {
    /// In order, each with its `///`.
    pub lines: Vec<Span>,
}

/// The tree of one file.
#[derive(Debug)]
pub struct Ast {
    /// The file.
    pub file: FileId,
    /// Its items in order.
    pub root: Vec<ItemId>,
    /// All items, nested ones included.
    pub items: IndexVec<ItemId, Item>,
    /// All expressions.
    pub exprs: IndexVec<ExprId, Expr>,
    /// All patterns.
    pub patterns: IndexVec<PatternId, Pattern>,
    /// All type expressions.
    pub types: IndexVec<TypeExprId, TypeExpr>,
    /// All ordinary comments in order.
    pub comments: Vec<Comment>,
    /// `///` lines that stand before nothing they could document, in order; comments as well.
    pub loose_docs: Vec<Span>,
}
