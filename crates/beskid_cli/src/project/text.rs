//! The text of manifests and locks.
//!
//! *Invariants.* What is no file of a sensible size is not read: it is one diagnostic, and nothing waits.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use beskid_analysis::diagnostics::{Code, Diagnostic};
use beskid_analysis::source::{FileId, SourceMap};

use crate::report::unplaced;
use crate::source;

/// Most bytes of a file.
const MAX_BYTES: u64 = 16 << 20;

/// Reads a file, which messages call by `name`.
pub(super) fn read(
    path: &Path,
    name: &str,
    files: &mut SourceMap,
) -> Result<FileId, Box<Diagnostic>> {
    if let Ok(metadata) = fs::metadata(path) {
        if metadata.file_type().is_fifo() {
            let message = format!("`{name}` is a pipe, not a file");
            return Err(unplaced(Code::NotAFile, message).into());
        }
        if metadata.len() > MAX_BYTES {
            let message = format!("`{name}` is too large: it may have {} MiB", MAX_BYTES >> 20);
            return Err(unplaced(Code::SourceTooLarge, message).into());
        }
    }
    let text = source::text(path, name)?;
    files.add(name, text).map_err(|_| source::too_large(name).into())
}
