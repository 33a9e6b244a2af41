//! The AOT driver: object files, linking, and the runtime that goes into executables and libraries.
//!
//! ```text
//! artifact ──emit_object──► object file ──link──► executable, library ──write──► disk
//!                                          ▲
//!                        the runtime, inside this crate (build/main.rs)
//! ```
//!
//! *Invariants.* The bytes depend on the artifact, the target, the runtime and the C libraries that the
//! program takes functions from: not on folders, time or threads. Executables are position-independent
//! and start at the runtime's own entry; without such libraries they are static and need nothing of the
//! system but the kernel. Linking is in this process and in memory unless the user names another linker;
//! nothing is written but the output.
//!
//! *Absent*: lowering, the ABI (it is `beskid_abi`'s), anything that runs.

mod debug_info;
mod error;
pub mod header;
pub mod libraries;
pub mod link;
mod members;
mod object_file;
pub mod output;
mod relocations;
mod runtime;
pub mod target;
mod unwind;

pub use error::AotError;
pub use object_file::emit_object;
pub use runtime::Runtime;
pub use target::Target;
