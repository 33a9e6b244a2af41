//! The `beskid` command: the one place where arguments are read, files opened and text printed.
//!
//! Reading order: `arguments` (what can be asked for; `response` for those in files), `commands` (what is done), `program` (which files
//! a program has; `source`, `folder` and `project` behind it), `compile` (the phases), `report` (diagnostics), `fault` (mistakes of the compiler),
//! `streams`, `progress` and `exit` (what the caller sees).
//!
//! *Invariants* (tools.md §1). Data goes to standard output, everything else to standard error. The
//! exit status is 0, 1 (the input has errors), 2 (wrong usage) or 101 (the compiler is at fault), and
//! for `run` the program's own. No panic of the compiler is ever shown as such. A reader that goes
//! away ends the command quietly.

mod arguments;
mod cache;
mod commands;
mod compile;
mod exit;
mod fault;
mod folder;
mod program;
mod progress;
mod project;
mod report;
mod response;
mod runtimes;
mod source;
mod streams;

use std::env;
use std::panic::catch_unwind;
use std::thread;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use arguments::Arguments;
use exit::Exit;

/// The compiler makes many small objects on several threads, and most of them live until its end.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Stacks for the phases that recurse over the program, in the order of trying: the parser's limits
/// keep every program within the first, and only what is used becomes memory.
const STACK_SIZES: [usize; 3] = [512 << 20, 64 << 20, 8 << 20];

fn main() {
    let arguments = match response::expand(env::args_os()) {
        Ok(words) => Arguments::parse_from(words),
        Err(message) => Arguments::command().error(ErrorKind::Io, message).exit(),
    };
    fault::silence_panics();
    let exit = on_large_stack(arguments);
    progress::end();
    std::process::exit(exit.status());
}

fn on_large_stack(arguments: Arguments) -> Exit {
    for size in STACK_SIZES {
        let arguments = arguments.clone();
        let spawned = thread::Builder::new().stack_size(size).spawn(|| guarded(arguments));
        if let Ok(thread) = spawned {
            return thread.join().unwrap_or(Exit::Fault);
        }
    }
    guarded(arguments)
}

/// Runs the command; a panic becomes a report.
fn guarded(arguments: Arguments) -> Exit {
    let format = arguments.format();
    match catch_unwind(|| commands::run(arguments)) {
        Ok(exit) => exit,
        Err(_) => fault::report_panic(format),
    }
}
