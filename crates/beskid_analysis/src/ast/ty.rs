//! Type expressions and paths.

use super::{Ident, TypeExprId};
use crate::source::Span;

/// `A.B<T>`: names separated by dots, each with type arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    /// At least one.
    pub segments: Vec<PathSegment>,
    /// From the first name to the last `>`.
    pub span: Span,
}

/// One name of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathSegment {
    /// The name.
    pub ident: Ident,
    /// The type arguments written after it.
    pub arguments: Vec<TypeExprId>,
}

/// A type as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeExpr {
    /// Its form.
    pub kind: TypeExprKind,
    /// Its text.
    pub span: Span,
}

/// The forms of type expressions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TypeExprKind {
    /// A broken type, already reported.
    Error,
    /// A named type, primitive ones included.
    Path(Path),
    /// `T[]`.
    Array(TypeExprId),
    /// `(A, B) -> R`, `(A, B) => R`, `R(A, B)`.
    Function {
        /// Parameter types.
        parameters: Vec<TypeExprId>,
        /// Result type.
        result: TypeExprId,
    },
    /// `(T)`.
    Paren(TypeExprId),
}
