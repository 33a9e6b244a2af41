//! What a Beskid executable needs beside the runtime when there is no C library: an entry that relocates
//! itself, an allocator, memory functions, and what Rust asks of a program without its standard library.
//!
//! Built as a static library by the build script of `beskid_aot`:
//!
//! ```text
//! cargo rustc -p beskid_runtime_standalone --lib --profile runtime --crate-type staticlib
//! ```
//!
//! *The shape.* A panic handler and a global allocator clash with those of the standard library, which
//! is in every ordinary build of the workspace. They exist only where panics abort, as in the `runtime`
//! profile; everywhere else panics unwind, and this library is empty but for the memory functions in its
//! tests. No feature is involved, so none can be turned on by accident for a whole build.
//!
//! *Invariants.* The archive defines the entries `beskid_start_static` and `beskid_start_dynamic`, the
//! runtime's symbols and weak, hidden memory functions; it refers to nothing but `beskid_program`, the
//! second entry to the C library's `__libc_start_main`, and what libraries alone need to its `environ`. No thread-local
//! storage, no initialisers, no relocations but relative ones.

#![cfg_attr(panic = "abort", no_std)]

#[cfg(panic = "abort")]
extern crate alloc as _;

#[cfg(panic = "abort")]
mod allocator;
#[cfg(any(panic = "abort", test))]
mod memory;
#[cfg(panic = "abort")]
mod panic;
#[cfg(panic = "abort")]
mod relocate;
#[cfg(panic = "abort")]
mod start;
