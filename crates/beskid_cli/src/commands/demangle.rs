//! `beskid demangle`: symbols to what the source calls them, from arguments or a stream.
//!
//! *Invariants.* A stream is copied line by line as it comes, so it may have no end; lines that are no UTF-8
//! are copied as they are.

use std::io::{self, BufRead};

use beskid_abi::demangle::demangle_all;

use crate::arguments::Demangle;
use crate::compile::Cx;
use crate::exit::Exit;
use crate::streams;

pub(crate) fn run(cx: Cx, arguments: &Demangle) -> Result<Exit, Exit> {
    if !arguments.symbols.is_empty() {
        let lines = arguments.symbols.iter().map(|symbol| demangle_all(symbol) + "\n");
        streams::write(&cx.report, &lines.collect::<String>())?;
        return Ok(Exit::Done);
    }
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line).map_err(|error| {
            let reason = streams::plain(&error);
            cx.report.failure(&format!("cannot read standard input: {reason}"));
            Exit::Errors
        })?;
        if read == 0 {
            return Ok(Exit::Done);
        }
        match str::from_utf8(&line) {
            Ok(text) => streams::write(&cx.report, &demangle_all(text))?,
            Err(_) => streams::write_bytes(&cx.report, &line)?,
        }
    }
}
