//! The JIT: compiles an artifact into memory and runs it, for fast feedback during development.
//!
//! Order (execution.md §1): the host's instruction set; a `JITModule`; runtime imports declared from
//! the shared table and code defined, both by `define_artifact`; every import checked against the
//! runtime's [`symbols`] or found in the libraries that the program names; finalisation; the program record handed to the runtime, which runs it as it
//! does in an executable.
//!
//! *Invariants.* Nothing of a program runs unless every symbol it imports has an address and the
//! runtime speaks its version of the ABI. The memory of a [`Session`] lives as long as the session.
//! The engine makes no system call of its own beyond memory for code
//! and the opening of libraries.
//!
//! *Absent*: packaging, the linker, files, any behaviour that an executable would not have.

mod error;
mod failure;
mod foreign;
mod session;
mod streams;
pub mod symbols;

pub use error::EngineError;
pub use session::{Process, Session, run};
