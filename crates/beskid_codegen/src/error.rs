//! Internal faults of code generation.
//!
//! *Invariants.* A checked program always compiles, instances without end aside: whatever else is
//! reported here is a bug of the compiler or a limit of the machine code generator, and names the
//! function it happened in.

use std::fmt;

use beskid_analysis::source::Span;

/// A program that passed the checks could not be compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CodegenError {
    /// Lowering or compiling a function failed.
    Function {
        /// Source name of the function.
        name: Box<str>,
        /// `file:line:column` of the operation, or of the function if the fault has no operation.
        place: Box<str>,
        /// What went wrong.
        message: Box<str>,
    },
    /// Instances of a generic function whose type arguments nest deeper and deeper: a mistake of the
    /// program, E1230.
    EndlessInstantiation {
        /// Source name of the function.
        name: Box<str>,
        /// Where it is declared.
        span: Span,
        /// `file:line:column` of the call that is one too many, if it is one.
        place: Option<Box<str>>,
        /// How it goes on.
        chain: Box<str>,
    },
    /// The Cranelift module refused a symbol.
    Symbol {
        /// The symbol.
        symbol: Box<str>,
        /// What went wrong.
        message: Box<str>,
    },
}

impl fmt::Display for CodegenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function { name, place, message } => {
                write!(f, "internal fault while compiling `{name}` at {place}: {message}")
            }
            Self::EndlessInstantiation { name, chain, .. } => {
                write!(f, "the type arguments of `{name}` nest without end: {chain}")
            }
            Self::Symbol { symbol, message } => {
                write!(f, "internal fault while defining `{symbol}`: {message}")
            }
        }
    }
}

impl std::error::Error for CodegenError {}
