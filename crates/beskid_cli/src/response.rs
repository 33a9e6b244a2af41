//! `@FILE` among the arguments: the lines of a file, each an argument.
//!
//! *Invariants.* Lines are taken as they are: they hold blanks without quotes, and name no other file, so there
//! are no circles. What stands behind `--` is the program's, and stays. Empty lines are no arguments.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Most bytes of a file.
const MAX_BYTES: u64 = 16 << 20;

/// Puts the lines of files in their places.
///
/// # Errors
/// A file that cannot be read, with the reason.
pub(crate) fn expand(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Vec<OsString>, String> {
    let mut expanded = Vec::new();
    let mut is_open = true;
    for (index, argument) in arguments.into_iter().enumerate() {
        // The first one is the command itself.
        let file = argument.as_bytes().strip_prefix(b"@").filter(|_| is_open && index > 0);
        let Some(file) = file else {
            is_open &= argument != "--";
            expanded.push(argument);
            continue;
        };
        let file = OsStr::from_bytes(file);
        let lines = lines(file).map_err(|error| {
            let reason = crate::streams::plain(&error);
            format!("cannot read the arguments in `{}`: {reason}", file.to_string_lossy())
        })?;
        is_open &= !lines.iter().any(|line| line == "--");
        expanded.extend(lines);
    }
    Ok(expanded)
}

fn lines(file: &OsStr) -> io::Result<Vec<OsString>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("it has more than {} MiB", MAX_BYTES >> 20)));
    }
    let lines = bytes.split(|&byte| byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    Ok(lines
        .filter(|line| !line.is_empty())
        .map(|line| OsString::from_vec(line.to_vec()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_arguments_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("arguments");
        std::fs::write(&file, "run\r\n\nmy file.bd\n@other\n--\n@x").unwrap();
        let at = format!("@{}", file.display());
        let words = ["@beskid", &at, &at].map(OsString::from);
        let expanded = expand(words).unwrap();
        assert_eq!(expanded, ["@beskid", "run", "my file.bd", "@other", "--", "@x", &at]);
        let words = ["beskid", "run", "a.bd", "--", "@none"].map(OsString::from);
        assert_eq!(expand(words.clone()).unwrap(), words);
        let error = expand(["beskid", "@none"].map(OsString::from)).unwrap_err();
        assert_eq!(error, "cannot read the arguments in `none`: no such file or directory");
        assert!(expand(["beskid", "@/dev/zero"].map(OsString::from)).is_err());
    }
}
