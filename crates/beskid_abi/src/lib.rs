//! What compiled code and the runtime agree on, stated once.
//!
//! Reading order: [`runtime_fn`] (the table of functions compiled code may call, with their
//! effects), [`scalar`] (the kinds their parameters have), [`header`] and [`object`] (how heap
//! objects look), [`type_descriptor`] (what the collector reads of a type), [`thread_context`]
//! (what sits behind the pinned register), [`code_map`] (stack maps and positions of compiled
//! code), [`program`] (what a driver hands to the runtime), [`library`] (how C calls a program),
//! [`statistic`] (numbers of the collector), [`system`] (those of the operating system), [`symbol`] and
//! [`demangle`] (names), [`version`].
//!
//! *Invariants.* Every layout is `repr(C)` with its size and offsets asserted at compile time; a
//! number or symbol of the boundary is written nowhere else; the rendered [`manifest`] changes only
//! together with [`version::ABI_VERSION`].
//!
//! *Not here*: how code is emitted (`beskid_codegen`) and how memory is managed
//! (`beskid_runtime`).

#![no_std]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod code_map;
pub mod coverage;
pub mod demangle;
pub mod effects;
pub mod hash;
pub mod header;
pub mod library;
pub mod manifest;
pub mod object;
pub mod program;
pub mod runtime_fn;
pub mod scalar;
pub mod statistic;
pub mod symbol;
pub mod system;
pub mod thread_context;
pub mod type_descriptor;
pub mod version;
