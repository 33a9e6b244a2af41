//! A new text for a file that is there.
//!
//! *Invariants.* The file has the old text or the new one, never a part of it: the new one is written beside
//! it and renamed. Who may do what with it stays as it was; the file a link leads to is replaced, not the
//! link.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let place = fs::canonicalize(path)?;
    let folder = place.parent().unwrap_or(Path::new("/"));
    // Its folder may be written to when the file itself may not.
    let permissions = fs::OpenOptions::new().write(true).open(&place)?.metadata()?.permissions();
    let mut file = tempfile::Builder::new()
        .prefix(".beskid-")
        .tempfile_in(folder)
        // The library's message names its own file.
        .map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(permissions)?;
    file.persist(&place).map_err(|error| error.error)?;
    Ok(())
}
