//! The rules of `STYLE.md` that a text search can check; also a test.
//!
//! *Invariants.* Findings are sorted by path. Lists of exceptions may only shrink: one that is no
//! longer needed is a finding.

mod documents;
mod edges;
mod files;
mod size;

use std::fmt;
use std::fs;
use std::path::Path;

/// A text file of the repository.
pub(crate) struct SourceFile {
    /// Relative to the root, with `/` between the parts.
    path: String,
    text: String,
}

/// A rule that does not hold.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Prints the findings.
pub(crate) fn report(root: &Path) -> Result<(), String> {
    let files = collect(root);
    for warning in size::warnings(&files) {
        println!("note: {warning}");
    }
    let findings = findings(root, &files)?;
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("tidy: {} files", files.len());
            Ok(())
        }
        count => Err(format!("tidy: {count} findings")),
    }
}

fn findings(root: &Path, files: &[SourceFile]) -> Result<Vec<Finding>, String> {
    let mut findings = files::check(files);
    findings.extend(size::check(root, files)?);
    findings.extend(documents::check(root, files));
    findings.extend(edges::check(root)?);
    findings.sort();
    Ok(findings)
}

const SKIPPED_FOLDERS: &[&str] = &[".git", "target", "obj", "bin"];
const TEXT_ENDINGS: &[&str] = &["rs", "md", "toml", "bd", "c", "h", "go", "sh", "proj", "txt"];

/// The text files of the repository, sorted by path.
fn collect(root: &Path) -> Vec<SourceFile> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if entry.path().is_dir() {
                if !SKIPPED_FOLDERS.contains(&name.as_str()) {
                    folders.push(path);
                }
                continue;
            }
            let is_text = name == "run"
                || name.rsplit_once('.').is_some_and(|(_, end)| TEXT_ENDINGS.contains(&end));
            // A case that is deliberately not UTF-8 is no text.
            if is_text && let Ok(text) = fs::read_to_string(entry.path()) {
                files.push(SourceFile { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::repository_root;

    #[test]
    fn the_repository_is_tidy() {
        let root = repository_root();
        let findings = findings(&root, &collect(&root)).unwrap();
        let list: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
        assert!(findings.is_empty(), "\n{list}");
    }
}
