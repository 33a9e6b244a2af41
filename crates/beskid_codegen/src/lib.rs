//! Checked program to machine code for any Cranelift `Module`.
//!
//! `lower_program` builds, optimises and verifies [`mir`] and seals it in a [`CodegenArtifact`];
//! `define_artifact` lowers that to CLIF, compiles functions on all cores and defines code, data and
//! the code map in a driver's module.
//!
//! The JIT and the AOT driver differ in exactly five places (execution.md §2.2); a sixth is a design
//! change:
//! 1. position independence: [`isa::Imports`],
//! 2. the default optimisation level: [`isa::OptLevel`], chosen by the driver,
//! 3. how a runtime symbol gets its address: the JIT's table, the linker,
//! 4. where the code map and descriptors are registered: both reach the runtime through
//!    [`beskid_abi::program::Program`], which the JIT passes by address and the start code finds by
//!    symbol,
//! 5. who calls the entry shim: the engine through the runtime, or the start code.
//!
//! *Absent*: the runtime, packaging, the linker, system calls; names to resolve, types to infer.

// The builder of test programs serves tests outside the crate too, and calls it by its name.
#[cfg(test)]
extern crate self as beskid_codegen;
#[cfg(test)]
#[path = "../tests/builder/mod.rs"]
mod builder;

pub mod artifact;
mod build_mir;
mod clif;
mod code_map;
mod compile;
#[cfg(test)]
mod corpus;
mod coverage;
mod data;
pub mod define;
pub mod dump;
mod epilogue;
pub mod error;
pub mod isa;
mod machine_code;
pub mod mir;
mod passes;
mod reuse;

pub use artifact::CodegenArtifact;
pub use build_mir::{
    Exportable, exportable, lower_everything, lower_library, lower_program, lower_tests,
    source_name,
};
pub use coverage::{Coverage, Point, What};
pub use define::{DefinedFunction, DefinedSlowPath, DefinedUnit, define_artifact};
pub use error::CodegenError;
pub use passes::{Outcomes, optimise};
pub use reuse::{Pack, Reuse};
