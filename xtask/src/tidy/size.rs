//! Files stay readable in one sitting.

use std::fs;
use std::path::Path;

use super::{Finding, SourceFile};

const WARN_LINES: usize = 600;
const MAX_LINES: usize = 800;
/// `path lines reason`, one a line: files that may be longer, and how long.
const EXCEPTIONS: &str = "xtask/oversize.txt";

pub(super) fn warnings(files: &[SourceFile]) -> Vec<String> {
    rust_sizes(files)
        .filter(|(_, lines)| (WARN_LINES..=MAX_LINES).contains(lines))
        .map(|(path, lines)| format!("{path}: {lines} lines; split it before {MAX_LINES}"))
        .collect()
}

pub(super) fn check(root: &Path, files: &[SourceFile]) -> Result<Vec<Finding>, String> {
    let text = fs::read_to_string(root.join(EXCEPTIONS))
        .map_err(|error| format!("{EXCEPTIONS}: {error}"))?;
    check_against(files, &text)
}

fn check_against(files: &[SourceFile], exceptions: &str) -> Result<Vec<Finding>, String> {
    let mut findings = Vec::new();
    let mut excepted = Vec::new();
    for (index, line) in exceptions.lines().enumerate() {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let mut words = line.splitn(3, ' ');
        let (path, limit) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let limit: usize =
            limit.parse().map_err(|_| format!("{EXCEPTIONS}: `{line}`: path, lines, reason"))?;
        if words.next().is_none_or(str::is_empty) {
            findings.push(Finding::new(EXCEPTIONS, index + 1, "an exception needs a reason"));
        }
        match rust_sizes(files).find(|(other, _)| *other == path) {
            Some((_, lines)) if lines > limit => {
                findings.push(Finding::new(
                    path,
                    lines,
                    format!("{lines} lines, excepted {limit}"),
                ));
            }
            Some((_, lines)) if lines > MAX_LINES => {}
            _ => findings.push(Finding::new(EXCEPTIONS, index + 1, "no longer needed")),
        }
        excepted.push(path);
    }
    for (path, lines) in rust_sizes(files) {
        if lines > MAX_LINES && !excepted.contains(&path) {
            findings.push(Finding::new(path, lines, format!("{lines} lines; at most {MAX_LINES}")));
        }
    }
    Ok(findings)
}

fn rust_sizes(files: &[SourceFile]) -> impl Iterator<Item = (&str, usize)> {
    files
        .iter()
        .filter(|file| file.path.ends_with(".rs"))
        .map(|file| (file.path.as_str(), file.text.lines().count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(lines: usize) -> Vec<SourceFile> {
        vec![SourceFile { path: "a.rs".to_owned(), text: "x\n".repeat(lines) }]
    }

    fn count(lines: usize, exceptions: &str) -> usize {
        check_against(&file(lines), exceptions).unwrap().len()
    }

    #[test]
    fn exceptions_only_shrink() {
        assert_eq!(count(800, ""), 0);
        assert_eq!(count(801, ""), 1);
        assert_eq!(count(801, "a.rs 900 one table"), 0);
        assert_eq!(count(901, "a.rs 900 one table"), 1);
        assert_eq!(count(700, "a.rs 900 one table"), 1);
        assert_eq!(count(801, "a.rs 900"), 1);
        assert_eq!(warnings(&file(700)).len(), 1);
    }
}
