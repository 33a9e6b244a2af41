//! Source text from a file or standard input.
//!
//! *Invariants.* A file is named in diagnostics as on the command line. Whatever is wrong with a file
//! as a whole is one diagnostic, and nothing else is said about it.

use std::borrow::Cow;
use std::fs::{self, FileType};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use beskid_analysis::diagnostics::{Code, Diagnostic, suggest};
use beskid_analysis::source::SourceMap;

use crate::report::unplaced;
use crate::streams::plain;

/// How the program from standard input is named in diagnostics.
const STDIN_NAME: &str = "<stdin>";
/// The ending of source files.
pub(crate) const EXTENSION: &str = "bd";

/// Whether a path stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a program of one file.
pub(crate) fn load(path: &Path) -> Result<SourceMap, Box<Diagnostic>> {
    from_bytes(path, bytes(path)?)
}

/// What a file or standard input holds.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Box<Diagnostic>> {
    read(path, &name_of(path))
}

/// A program of one file that was read.
pub(crate) fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<SourceMap, Box<Diagnostic>> {
    let name = name_of(path);
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(&name, &error))?;
    let mut sources = SourceMap::new();
    match sources.add(&*name, text) {
        Ok(_) => Ok(sources),
        Err(_) => Err(too_large(&name).into()),
    }
}

/// How diagnostics call a file.
fn name_of(path: &Path) -> Cow<'_, str> {
    if is_stdin(path) { STDIN_NAME.into() } else { path.to_string_lossy() }
}

/// The text of a file, which diagnostics call by `name`.
pub(crate) fn text(path: &Path, name: &str) -> Result<String, Box<Diagnostic>> {
    let bytes = read(path, name)?;
    String::from_utf8(bytes).map_err(|error| Box::new(not_utf8(name, &error)))
}

fn read(path: &Path, name: &str) -> Result<Vec<u8>, Box<Diagnostic>> {
    let unreadable = |error: io::Error| {
        let message = format!("cannot read `{name}`: {}", plain(&error));
        Box::new(unplaced(Code::FileUnreadable, message))
    };
    if is_stdin(path) {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(unreadable)?;
        return Ok(bytes);
    }
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Box::new(missing(path, name)),
        _ => unreadable(error),
    })?;
    if let Some(what) = other_than_file(metadata.file_type()) {
        let message = format!("`{name}` is {what}, not a source file");
        return Err(unplaced(Code::NotAFile, message).into());
    }
    if metadata.len() >= u64::from(u32::MAX) {
        return Err(too_large(name).into());
    }
    fs::read(path).map_err(unreadable)
}

fn missing(path: &Path, name: &str) -> Diagnostic {
    let diagnostic = unplaced(Code::FileNotFound, format!("there is no file `{name}`"));
    match near(path) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic,
    }
}

/// A source file in the same folder whose name is like that of the missing one.
fn near(path: &Path) -> Option<String> {
    let with_extension = path.with_added_extension(EXTENSION);
    if with_extension.is_file() {
        return Some(with_extension.to_string_lossy().into_owned());
    }
    let wanted = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == EXTENSION))
        .collect();
    let nearest = suggest::nearest(wanted, names.iter().map(String::as_str))?;
    Some(path.with_file_name(nearest).to_string_lossy().into_owned())
}

/// What stands there, unless a program can be read from it.
fn other_than_file(kind: FileType) -> Option<&'static str> {
    if kind.is_dir() {
        Some("a directory")
    } else if kind.is_char_device() || kind.is_block_device() {
        Some("a device")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        None
    }
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Diagnostic {
    let offset = error.utf8_error().valid_up_to();
    let byte = error.as_bytes()[offset];
    let message = format!("`{name}` is not UTF-8: byte 0x{byte:02x} at offset {offset}");
    let diagnostic = unplaced(Code::InvalidUtf8, message);
    match error.as_bytes() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            diagnostic.help("the file looks like UTF-16: save it as UTF-8")
        }
        _ => diagnostic,
    }
}

/// E0005.
pub(crate) fn too_large(name: &str) -> Diagnostic {
    unplaced(Code::SourceTooLarge, format!("`{name}` is too large: sources may have 4 GiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(path: &Path) -> (Code, String, Vec<String>) {
        let diagnostic = load(path).unwrap_err();
        (diagnostic.code, diagnostic.message.clone(), diagnostic.helps.clone())
    }

    #[test]
    fn a_file_is_named_as_the_user_did() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bd");
        fs::write(&path, "\u{feff}unit main() {}").unwrap();
        let sources = load(&path).unwrap();
        let file = &sources.files().as_slice()[0];
        assert_eq!(
            (file.name.as_str(), file.text.as_str()),
            (path.to_str().unwrap(), "unit main() {}")
        );
    }

    #[test]
    fn a_missing_file_comes_with_the_nearest() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("hello.bd"), "").unwrap();
        let at = |name: &str| folder.path().join(name);
        let help = format!("did you mean `{}`?", at("hello.bd").display());
        for name in ["hallo.bd", "hello", "Hello.bd"] {
            let (code, message, helps) = wrong(&at(name));
            assert_eq!(code, Code::FileNotFound);
            assert_eq!(message, format!("there is no file `{}`", at(name).display()));
            assert_eq!(helps, std::slice::from_ref(&help), "{name}");
        }
        assert_eq!(wrong(&at("quite_other.bd")).2, [""; 0]);
        assert_eq!(wrong(&at("hello.bd/x.bd")).0, Code::FileNotFound);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(wrong(folder.path()).0, Code::NotAFile);
        assert_eq!(wrong(Path::new("/dev/zero")).0, Code::NotAFile);
        let path = folder.path().join("a.bd");
        fs::write(&path, b"let x = \"\xc3\x28\";").unwrap();
        let (code, message, _) = wrong(&path);
        assert_eq!(code, Code::InvalidUtf8);
        assert_eq!(message, format!("`{}` is not UTF-8: byte 0xc3 at offset 9", path.display()));
        fs::write(&path, b"\xff\xfea\0").unwrap();
        assert!(wrong(&path).2[0].contains("UTF-16"));
    }
}
