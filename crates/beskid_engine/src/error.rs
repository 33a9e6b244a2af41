//! Why a program could not be compiled into memory.

use std::fmt;

use beskid_codegen::CodegenError;
use beskid_codegen::mir::Span;

/// The program did not start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EngineError {
    /// Code cannot be made for this machine; the text says why.
    Host(String),
    /// A fault of the compiler.
    Codegen(CodegenError),
    /// The artifact has no entry, so there is nothing to run.
    NoEntry,
    /// The program imports something that the runtime does not have.
    MissingSymbol {
        /// What is missing.
        symbol: String,
    },
    /// A library that the program takes functions from cannot be opened.
    MissingLibrary {
        /// As the program names it.
        library: String,
        /// What the system says.
        reason: String,
        /// Where the program declares the function.
        span: Span,
    },
    /// A library has no function of a name.
    MissingForeignSymbol {
        /// As the program names it.
        library: String,
        /// What is missing.
        symbol: String,
        /// Where the program declares it.
        span: Span,
    },
    /// The runtime speaks another version of the ABI.
    AbiVersion {
        /// The version that the program was compiled for.
        program: u32,
        /// The version of the runtime.
        runtime: u32,
    },
    /// The system gave no memory for code, or would not make it executable.
    Memory(String),
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(reason) => write!(f, "cannot compile for this machine: {reason}"),
            Self::Codegen(error) => error.fmt(f),
            Self::NoEntry => f.write_str("the program has no entry"),
            Self::MissingSymbol { symbol } => {
                write!(f, "the program imports `{symbol}`, which the runtime does not have")
            }
            Self::MissingLibrary { library, reason, .. } => {
                write!(f, "the library `{library}` cannot be loaded: {reason}")
            }
            Self::MissingForeignSymbol { library, symbol, .. } => {
                write!(f, "the library `{library}` has no function `{symbol}`")
            }
            Self::AbiVersion { program, runtime } => write!(
                f,
                "the program was compiled for version {program} of the runtime ABI, \
                 the runtime has version {runtime}"
            ),
            Self::Memory(reason) => write!(f, "no memory for machine code: {reason}"),
        }
    }
}

impl std::error::Error for EngineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Codegen(error) => Some(error),
            _ => None,
        }
    }
}

impl From<CodegenError> for EngineError {
    fn from(error: CodegenError) -> Self {
        Self::Codegen(error)
    }
}
