//! `//@ file: Net/Http.bd` lines: the files of a case that has several.
//!
//! What stands before the first such line is `Main.bd`; if that is nothing but comments and blank lines, the
//! case has no such file. Every line `//@ file: PATH` begins another one. The files are written to a folder
//! of their own, which is then the program.
//!
//! *Invariants.* Paths lie inside of the folder, and each stands once. A file has exactly the bytes between
//! its line and the next one.

use std::fs;
use std::path::{Component, Path};

/// The file that the beginning of a case is.
const FIRST: &str = "Main.bd";
const MARK: &[u8] = b"//@ file:";

/// One file of a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// Its path in the folder, with `/` between the parts.
    pub path: String,
    /// How many lines of the case stand before it.
    pub lines_before: usize,
    /// Its text.
    pub bytes: Vec<u8>,
}

/// The files of a case; none if the case is one file.
///
/// # Errors
/// A path that is none, or stands twice.
pub fn split(program: &[u8]) -> Result<Vec<Section>, String> {
    if !program.split(|&byte| byte == b'\n').any(|line| line.starts_with(MARK)) {
        return Ok(Vec::new());
    }
    let first = Section { path: FIRST.to_owned(), lines_before: 0, bytes: Vec::new() };
    let mut sections = vec![first];
    for (index, line) in program.split_inclusive(|&byte| byte == b'\n').enumerate() {
        if let Some(path) = line.strip_prefix(MARK) {
            let path = String::from_utf8_lossy(path).trim().to_owned();
            check(&path, &sections).map_err(|error| format!("line {}: {error}", index + 1))?;
            sections.push(Section { path, lines_before: index + 1, bytes: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            section.bytes.extend_from_slice(line);
        }
    }
    if is_empty(&sections[0].bytes) {
        sections.remove(0);
    }
    Ok(sections)
}

fn check(path: &str, before: &[Section]) -> Result<(), String> {
    let mut parts = Path::new(path).components();
    if path.is_empty() || !parts.all(|part| matches!(part, Component::Normal(_))) {
        return Err(format!("`{path}` is no path inside of a folder"));
    }
    let twice = before.iter().any(|section| section.path == path && !is_empty(&section.bytes));
    if twice { Err(format!("the file `{path}` stands twice")) } else { Ok(()) }
}

/// Whether there are only comments and blank lines.
fn is_empty(bytes: &[u8]) -> bool {
    bytes.split(|&byte| byte == b'\n').all(|line| {
        let line = line.trim_ascii();
        line.is_empty() || line.starts_with(b"//")
    })
}

/// Writes files into a folder.
///
/// # Errors
/// One cannot be written.
pub fn write(sections: &[Section], folder: &Path) -> Result<(), String> {
    for section in sections {
        let path = folder.join(&section.path);
        let around = path.parent().unwrap_or(folder);
        fs::create_dir_all(around)
            .and_then(|()| fs::write(&path, &section.bytes))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_falls_into_its_files() {
        let sections =
            split(b"//@ mode: run\ni32 main() => 0;\n//@ file: Net/Http.bd\nconst i32 X = 1;\n")
                .unwrap();
        assert_eq!(sections[0].path, "Main.bd");
        assert_eq!(sections[0].bytes, b"//@ mode: run\ni32 main() => 0;\n");
        assert_eq!(sections[1].path, "Net/Http.bd");
        assert_eq!(
            (sections[1].lines_before, &sections[1].bytes[..]),
            (3, &b"const i32 X = 1;\n"[..])
        );
        assert_eq!(split(b"i32 main() => 0;\n").unwrap(), []);
    }

    #[test]
    fn a_case_may_have_no_main_file() {
        let sections = split(b"//@ mode: check\n\n//@ file: Project.proj\nproject { }\n").unwrap();
        assert_eq!(sections.len(), 1);
        assert_eq!(sections[0].path, "Project.proj");
    }

    #[test]
    fn paths_stay_inside_and_stand_once() {
        for (text, message) in [
            (&b"//@ file: ../x.bd\n"[..], "no path inside"),
            (b"//@ file: /x.bd\n", "no path inside"),
            (b"//@ file:\n", "no path inside"),
            (b"//@ file: a.bd\nx\n//@ file: a.bd\nx\n", "stands twice"),
            (b"i32 x;\n//@ file: Main.bd\nx\n", "stands twice"),
        ] {
            let error = split(text).unwrap_err();
            assert!(error.contains(message), "{error:?} should contain {message:?}");
        }
    }
}
