//! Standard output and standard error.

use std::io::{self, Write};

use crate::exit::Exit;
use crate::progress;
use crate::report::Report;

/// Writes data to standard output.
pub(crate) fn write(report: &Report, text: &str) -> Result<(), Exit> {
    write_bytes(report, text.as_bytes())
}

/// Writes data to standard output that need not be text.
pub(crate) fn write_bytes(report: &Report, bytes: &[u8]) -> Result<(), Exit> {
    progress::clear();
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Exit::BrokenPipe),
        Err(error) => {
            report.failure(&format!("cannot write to standard output: {}", plain(&error)));
            Err(Exit::Errors)
        }
    }
}

/// Writes to standard error. If nobody reads it, there is nobody to tell.
pub(crate) fn write_error(text: &str) {
    progress::clear();
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A system error without its number, as a part of a sentence.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
