//! Rules about single files: names, opening comments, blanks, paths of machines.

use super::{Finding, SourceFile};

/// Names that say nothing (STYLE.md, rule 3).
const BANNED_NAMES: &[&str] =
    &["utils", "util", "helpers", "helper", "common", "misc", "core", "services", "manager"];

/// Folders of a machine that built or tested; assembled here so that this file does not hold them.
const MACHINE_FOLDERS: &[&str] = &["work", "root", "home", "Users"];

pub(super) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let machine_paths: Vec<String> =
        MACHINE_FOLDERS.iter().map(|folder| format!("/{folder}/")).collect();
    let mut findings = Vec::new();
    for file in files {
        check_name(file, &mut findings);
        if file.path.ends_with(".rs") && !file.text.starts_with("//! ") {
            findings.push(Finding::new(&file.path, 1, "open with `//!`: the idea of the file"));
        }
        if file.path.ends_with("Cargo.toml")
            && file.path != "Cargo.toml"
            && !file.text.contains("[lints]\nworkspace = true")
        {
            findings.push(Finding::new(&file.path, 1, "opt in to the workspace's lints"));
        }
        if !file.text.is_empty() && !file.text.ends_with('\n') && !is_case(file) {
            findings.push(Finding::new(&file.path, 1, "end the file with a line feed"));
        }
        for (index, line) in file.text.lines().enumerate() {
            if line.ends_with([' ', '\t']) && !is_case(file) {
                findings.push(Finding::new(&file.path, index + 1, "blanks at the end of the line"));
            }
            if machine_paths.iter().any(|path| line.contains(path.as_str())) {
                findings.push(Finding::new(&file.path, index + 1, "a path of one machine"));
            }
        }
    }
    findings
}

/// Cases may test blanks and line ends.
fn is_case(file: &SourceFile) -> bool {
    file.path.starts_with("tests/") && file.path.ends_with(".bd")
}

fn check_name(file: &SourceFile, findings: &mut Vec<Finding>) {
    if !file.path.ends_with(".rs") {
        return;
    }
    for part in file.path.trim_end_matches(".rs").split('/') {
        if BANNED_NAMES.contains(&part) {
            findings.push(Finding::new(&file.path, 1, format!("`{part}` names nothing")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        let file = SourceFile { path: path.to_owned(), text: text.to_owned() };
        check(&[file]).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn each_rule_has_a_finding() {
        assert_eq!(messages("crates/a/src/lib.rs", "//! Idea.\n"), [""; 0]);
        assert_eq!(messages("a.rs", "fn main() {}\n"), ["open with `//!`: the idea of the file"]);
        assert_eq!(messages("utils/a.rs", "//! Idea.\n"), ["`utils` names nothing"]);
        assert_eq!(messages("a.md", "text \n"), ["blanks at the end of the line"]);
        assert_eq!(messages("a.md", "text"), ["end the file with a line feed"]);
        assert_eq!(messages("a.md", &format!("see /{}/x\n", "work")), ["a path of one machine"]);
        assert_eq!(messages("a/Cargo.toml", "[package]\n"), ["opt in to the workspace's lints"]);
        assert_eq!(messages("tests/parse/ok/a.bd", "x \n"), [""; 0]);
    }
}
