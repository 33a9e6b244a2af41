//! Programs with mistakes: annotations and rendered text.

use std::process::ExitCode;

use beskid_conformance::corpus;

fn main() -> ExitCode {
    corpus::main(corpus::DIAGNOSTICS)
}
