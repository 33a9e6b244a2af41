//! MIR of single functions.

use std::process::ExitCode;

use beskid_conformance::corpus;

fn main() -> ExitCode {
    corpus::main(corpus::MIR)
}
