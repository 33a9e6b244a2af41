//! Every path that a document names exists.

use std::path::Path;

use super::{Finding, SourceFile};

const DOCUMENTS: &[&str] =
    &["README.md", "ARCHITECTURE.md", "STYLE.md", "CONTRIBUTING.md", "tests/README.md"];

/// A word that begins so is a path of the repository.
const PREFIXES: &[&str] = &[
    "crates/",
    "docs/",
    "tests/",
    "examples/",
    "benches/",
    "corelib/",
    "xtask/",
    "fuzz/",
    "editors/",
    ".ci/",
    ".config/",
    ".cargo/",
];

pub(super) fn check(root: &Path, files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in DOCUMENTS {
        let Some(file) = files.iter().find(|file| file.path == *name) else {
            findings.push(Finding::new(name, 1, "the document is missing"));
            continue;
        };
        for (index, line) in file.text.lines().enumerate() {
            for path in paths(line) {
                if !root.join(path).exists() {
                    findings.push(Finding::new(
                        name,
                        index + 1,
                        format!("`{path}` does not exist"),
                    ));
                }
            }
        }
    }
    findings
}

/// The paths in a line; patterns (`tests/**/*.bd`, `tests/<kind>`) name no single file.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || "`()[]|,;:\"'".contains(c))
        .map(|word| word.trim_end_matches('.').trim_start_matches("./"))
        .filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix)))
        .filter(|word| !word.contains(['*', '<', '{', '…', '$']))
        .filter(|word| !word.contains("NAME"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_prose_and_commands() {
        let line = "See `crates/beskid_abi/src/lib.rs` (and [docs](docs/spec/language.md)), \
                    `cargo run -- run examples/tour.bd`, `tests/**/*.bd`, and/or.";
        assert_eq!(
            paths(line).collect::<Vec<_>>(),
            ["crates/beskid_abi/src/lib.rs", "docs/spec/language.md", "examples/tour.bd"]
        );
    }
}
