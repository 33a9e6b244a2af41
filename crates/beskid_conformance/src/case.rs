//! One case: a file, read and taken apart.

use std::fs;
use std::path::{Path, PathBuf};

use crate::directive::{Directives, Mode};
use crate::expectation::Expectations;
use crate::section::{self, Section};

/// A `.bd` file under `tests/` with its directives and expectations.
#[derive(Clone, Debug)]
pub struct Case {
    /// The repository's root.
    pub root: PathBuf,
    /// The file, relative to the root, with `/` between the parts.
    pub path: String,
    /// What to do.
    pub directives: Directives,
    /// What must come out.
    pub expectations: Expectations,
    /// The program: the file's bytes before the expectations. Not necessarily UTF-8.
    pub program: Vec<u8>,
    /// The files of the program, if the case has several; see [`crate::section`].
    pub files: Vec<Section>,
}

impl Case {
    /// Reads the case at `path` (relative to `root`).
    ///
    /// # Errors
    /// The file cannot be read, or a directive or expectation is malformed.
    pub fn load(root: &Path, path: &str, default: Mode) -> Result<Self, String> {
        let source = fs::read(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
        Self::parse(root, path, &source, default)
    }

    fn parse(root: &Path, path: &str, source: &[u8], default: Mode) -> Result<Self, String> {
        let (program, expectations) = source.split_at(Expectations::offset(source));
        let directives = Directives::parse(&String::from_utf8_lossy(program), default)
            .map_err(|error| format!("{path}: {error}"))?;
        let expectations = Expectations::parse(&String::from_utf8_lossy(expectations))
            .map_err(|error| format!("{path}: {error}"))?;
        let files = section::split(program).map_err(|error| format!("{path}: {error}"))?;
        Ok(Self {
            root: root.to_owned(),
            path: path.to_owned(),
            directives,
            expectations,
            program: program.to_vec(),
            files,
        })
    }

    /// The file's name without its folder: how output names it, so that moving a case changes nothing.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The program as text, for annotations.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.program).into_owned()
    }

    /// The bytes of the file with other expectations.
    #[must_use]
    pub fn with_expectations(&self, expectations: &Expectations) -> Vec<u8> {
        let mut bytes = self.program.clone();
        let rendered = expectations.render();
        if !rendered.is_empty() && !bytes.is_empty() && !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(rendered.as_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::Key;

    #[test]
    fn a_case_falls_into_program_and_expectations() {
        let source = b"//@ mode: run\ni32 main() { 3 }\n//= exit: 3\n";
        let case = Case::parse(Path::new("."), "tests/x/a.bd", source, Mode::Run).unwrap();
        assert_eq!(case.file_name(), "a.bd");
        assert_eq!(case.expectations.get(Key::Exit), Some("3"));
        assert_eq!(case.with_expectations(&case.expectations), source);
        let mut changed = case.expectations.clone();
        changed.set(Key::Exit, "4");
        assert_eq!(
            case.with_expectations(&changed),
            b"//@ mode: run\ni32 main() { 3 }\n//= exit: 4\n"
        );
    }

    #[test]
    fn bytes_of_the_program_are_kept() {
        let source = b"let \xff\r\n//= exit: 1\n";
        let case = Case::parse(Path::new("."), "a.bd", source, Mode::Check).unwrap();
        assert_eq!(case.with_expectations(&case.expectations), source);
    }
}
