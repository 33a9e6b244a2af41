//! Files that the user asked for.
//!
//! *Invariants.* A file appears complete or not at all: it is written beside its place and then
//! renamed, so a failure leaves what was there, and a program may be rebuilt while it runs. Devices
//! and pipes are written to, folders refused.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::AotError;

/// Who may do what with the file; the user's mask applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Read and write.
    Data,
    /// Execute as well.
    Executable,
}

/// Writes `bytes` to `path`.
///
/// # Errors
/// It cannot be written: why, in terms of the path.
pub fn write(path: &Path, bytes: &[u8], access: Access) -> Result<(), AotError> {
    check(path)?;
    let failed = |error: io::Error| failure(path, &describe(path, &error));
    // The file a link leads to is replaced, not the link.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&place).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(&place, bytes).map_err(failed);
    }
    let mode = match access {
        Access::Data => 0o666,
        Access::Executable => 0o777,
    };
    let mut file = tempfile::Builder::new()
        .prefix(".beskid-")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder_of(&place))
        .map_err(|error| match error.get_ref() {
            // The library's message names its own file.
            Some(_) => failed(io::Error::from(error.kind())),
            None => failed(error),
        })?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(&place).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Writes `bytes` to `path`, unless they are there: a program that did not change keeps its time.
///
/// # Errors
/// As for [`write()`].
pub fn update(path: &Path, bytes: &[u8], access: Access) -> Result<(), AotError> {
    let is_same = fs::metadata(path).is_ok_and(|metadata| {
        let runs = metadata.permissions().mode() & 0o100 != 0;
        metadata.is_file()
            && metadata.len() == bytes.len() as u64
            && runs == (access == Access::Executable)
    });
    if is_same && fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    write(path, bytes, access)
}

/// Checks what can be known before there is anything to write.
///
/// # Errors
/// The place is a folder, or its folder is missing.
pub fn check(path: &Path) -> Result<(), AotError> {
    if path.as_os_str().is_empty() {
        return Err(failure(path, "the name is empty"));
    }
    let ends_in_slash = path.as_os_str().as_encoded_bytes().ends_with(b"/");
    if ends_in_slash || path.file_name().is_none() || path.is_dir() {
        return Err(failure(path, "it is a directory"));
    }
    let folder = folder_of(path);
    match fs::metadata(&folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(failure(path, &format!("`{}` is not a directory", folder.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(failure(path, &format!("there is no directory `{}`", folder.display())))
        }
        Err(error) => Err(failure(path, &plain(&error))),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn failure(path: &Path, reason: &str) -> AotError {
    AotError::Output { path: path.to_owned(), reason: reason.to_owned() }
}

fn describe(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            format!("no permission to write in `{}`", folder_of(path).display())
        }
        _ => plain(error),
    }
}

/// A system error without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(path: &Path) -> String {
        match write(path, b"", Access::Data) {
            Err(AotError::Output { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn writes_replaces_and_marks_executable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        write(&path, b"one", Access::Data).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o111, 0);
        write(&path, b"two", Access::Executable).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_ne!(fs::metadata(&path).unwrap().permissions().mode() & 0o100, 0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_stays_and_a_device_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, b"new", Access::Data).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

        write(Path::new("/dev/null"), b"gone", Access::Executable).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn refuses_in_terms_of_the_path() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(reason(folder.path()), "it is a directory");
        assert_eq!(reason(Path::new("..")), "it is a directory");
        assert_eq!(reason(Path::new("new/")), "it is a directory");
        assert_eq!(reason(Path::new("")), "the name is empty");
        let missing = folder.path().join("missing");
        assert_eq!(
            reason(&missing.join("program")),
            format!("there is no directory `{}`", missing.display())
        );
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(
            reason(&file.join("program")),
            format!("`{}` is not a directory", file.display())
        );
    }
}
