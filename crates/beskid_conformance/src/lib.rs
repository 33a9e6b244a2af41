//! The one test harness: source files with a header and an expectation, run as named trials.
//!
//! A case is one `.bd` file under `tests/`, which may hold several files of a program ([`section`]s). [`directive`]s at its top say what to do with it,
//! [`expectation`]s at its end what must come out; [`annotation`]s on lines name diagnostics.
//! [`trial`] does the work of one case: programs run through both drivers at both optimisation levels
//! ([`matrix`]), and their [`outcome`]s are compared with each other before they are compared with
//! the expectation; for the other modes the output of one command is the golden. [`bless`] rewrites
//! expectations. [`corpus`] turns a directory into trials; [`spec`] knows which sections of the
//! specification the cases claim. [`emulated`] runs programs for another machine. [`document`] finds the code blocks of the documentation, [`snippet`]
//! holds them against what the command does.
//!
//! *Invariants.* Nothing of a case lives in a second file. Each run is a child process with a time
//! limit and an output limit, so a crash or a hang costs one trial. An unknown directive, key, mode
//! or section is a failure, never ignored. An `xfail` that passes is a failure.
//!
//! *Not here*: tests of single functions, which stand beside them in their crates.

pub mod annotation;
pub mod binary;
pub mod bless;
pub mod case;
pub mod corpus;
pub mod directive;
pub mod document;
pub mod emulated;
pub mod expectation;
pub mod matrix;
pub mod outcome;
pub mod process;
pub mod reported;
pub mod section;
pub mod snippet;
pub mod spec;
pub mod trial;
