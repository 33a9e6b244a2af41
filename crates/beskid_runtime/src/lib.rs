//! The runtime of compiled Beskid programs: memory, text, output, panics and the start of a program.
//!
//! The same code serves both drivers: the JIT links this crate and takes addresses from [`symbols`];
//! ahead-of-time compiled programs are linked with `beskid_runtime_standalone`, which adds what a
//! process without C library needs. Both begin with [`start::run`]; a library begins when C first calls it
//! (`library`).
//!
//! Reading order: `symbols` (the table's rows become entries), `rows` (what each does), `thread` (the
//! state behind the pinned register), `heap` and `gc` (memory), `stack` (finding references and
//! positions), `text`, `output`, `system` (files, processes, the environment), `panic`, `fault`, `library`.
//!
//! *Invariants of runtime code.*
//! - No global mutable state but the signal dispositions and the list of libraries: everything hangs on
//!   the thread.
//! - Only rows marked `MAY_COLLECT` may allocate from the collected heap; what they still need
//!   afterwards they pass along as kept references, because their own frames have no stack maps.
//! - Failure is a panic of the program with a text of language.md §12.3, never one of Rust's: code
//!   here neither unwraps nor grows a vector without `try_reserve`.
//! - The system is reached through `platform` alone, the processor through `arch` alone.

#![no_std]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod arch;
mod catch;
mod fault;
mod gc;
mod hash;
mod heap;
mod library;
mod object;
mod output;
pub mod panic;
pub mod platform;
mod rows;
mod settings;
mod stack;
pub mod start;
pub mod symbols;
mod system;
mod text;
mod thread;
mod trace;
