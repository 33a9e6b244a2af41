//! Why no output came to be.

use std::fmt;
use std::path::PathBuf;

use beskid_codegen::CodegenError;
use beskid_codegen::mir::Span;

/// Objects or executables could not be made or written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AotError {
    /// A fault of the compiler.
    Codegen(CodegenError),
    /// The target is unknown, or code for it cannot be made.
    UnsupportedTarget {
        /// As the user named it.
        triple: String,
        /// Why.
        reason: String,
    },
    /// Objects can be made for the target, executables cannot.
    UnsupportedLink {
        /// What was to be linked.
        output: &'static str,
        /// The target.
        triple: String,
    },
    /// The compiler carries no runtime for the target, and none was given.
    MissingRuntime {
        /// The target.
        triple: String,
    },
    /// The runtime archive that was given cannot be used.
    UnusableRuntime {
        /// The archive.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The linker did not link.
    Link {
        /// Which one.
        linker: String,
        /// What it said.
        message: String,
    },
    /// A library that the program takes functions from is there and cannot be used.
    MissingLibrary {
        /// As the program names it.
        library: String,
        /// Why.
        reason: String,
        /// Where the program declares a function of it.
        span: Span,
    },
    /// A library has no function of a name.
    MissingForeignSymbol {
        /// The name of one it has that is near.
        near: Option<String>,
        /// As the program names it.
        library: String,
        /// What is missing.
        symbol: String,
        /// Where the program declares it.
        span: Span,
    },
    /// The output could not be written.
    Output {
        /// Where to.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for AotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Codegen(error) => error.fmt(f),
            Self::UnsupportedTarget { triple, reason } => {
                write!(f, "cannot compile for `{triple}`: {reason}")
            }
            Self::UnsupportedLink { output, triple } => {
                write!(f, "linking {output} for `{triple}` is not supported yet")
            }
            Self::MissingRuntime { triple } => {
                write!(f, "there is no runtime archive for `{triple}`")
            }
            Self::UnusableRuntime { path, reason } => {
                write!(f, "the runtime archive `{}` cannot be used: {reason}", path.display())
            }
            Self::Link { linker, message } => write!(f, "{linker} failed: {message}"),
            Self::MissingLibrary { library, reason, .. } => {
                write!(f, "the library `{library}` cannot be used: {reason}")
            }
            Self::MissingForeignSymbol { library, symbol, .. } => {
                write!(f, "the library `{library}` has no function `{symbol}`")
            }
            Self::Output { path, reason } => {
                write!(f, "cannot write `{}`: {reason}", path.display())
            }
        }
    }
}

impl std::error::Error for AotError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Codegen(error) => Some(error),
            _ => None,
        }
    }
}

impl From<CodegenError> for AotError {
    fn from(error: CodegenError) -> Self {
        Self::Codegen(error)
    }
}
