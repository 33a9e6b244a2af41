//! Source text to checked program: lexing, parsing, name resolution, type checking, diagnostics.
//!
//! The phases, in order: lexer and parser make an [`ast`] of each file; resolve finds the
//! items and what names mean; typeck gives every expression a type and lowers bodies to [`hir`],
//! the tree that code generation reads. [`analyze()`] runs them and returns an [`Analysis`](hir::Analysis).
//!
//! *Invariants.* Every phase returns a possibly partial result beside its [`diagnostics`]; nothing
//! here fails. An [`Analysis`](hir::Analysis) without errors is complete: its `hir` holds no error node. Data is
//! immutable once returned.
//!
//! *Absent*: files, the environment, the runtime, the linker, Cranelift. Text comes in through
//! [`source::SourceMap`].

mod analyze;
pub mod ast;
pub mod c_words;
pub mod diagnostics;
pub mod doc;
pub mod hir;
pub mod index;
pub mod lexer;
mod library;
pub mod parser;
mod resolve;
pub mod source;
pub mod symbol;
mod typeck;
pub mod types;

pub use analyze::{Goal, analyze, outline, outline_library};
pub use resolve::modules::{is_module_name, is_primitive_name};
