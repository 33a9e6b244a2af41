//! Coverage for people, and as lines of JSON.

use std::fmt::Write as _;

use serde_json::json;

use super::lines::{File, Lines, Share};

/// What stands for the sums of all files.
const ALL: &str = "all files";

/// A table: each file, the sums, and which lines have not run.
pub(in super::super) fn table(lines: &Lines) -> String {
    let files: Vec<&File> = lines.files.values().filter(|file| !file.lines.is_empty()).collect();
    if files.is_empty() {
        return "\ncoverage: there are no lines of code to measure\n".to_owned();
    }
    let width = files.iter().map(|file| file.name.chars().count()).max().unwrap_or(0);
    let width = width.max(ALL.len());
    let digits = lines.share().all.to_string().len();
    let mut text = "\ncoverage\n".to_owned();
    let mut row = |name: &str, share: Share, rest: &str| {
        let Share { covered, all } = share;
        let (percent, tenth) = (share.per_mille() / 10, share.per_mille() % 10);
        let lines = format!("{covered:digits$} of {all:digits$} lines");
        let _ = writeln!(text, "  {name:width$}  {lines}  {percent:3}.{tenth} %{rest}");
    };
    for file in &files {
        let ranges: Vec<String> = file.uncovered().into_iter().map(range).collect();
        let rest = match &ranges[..] {
            [] => String::new(),
            ranges => format!("  not run: {}", ranges.join(", ")),
        };
        row(&file.name, file.share(), &rest);
    }
    row(ALL, lines.share(), "");
    text
}

fn range((first, last): (u32, u32)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// An object for each file, then the sums.
pub(in super::super) fn json(lines: &Lines) -> String {
    let mut text = String::new();
    for file in lines.files.values().filter(|file| !file.lines.is_empty()) {
        let share = file.share();
        let value = json!({
            "kind": "coverage",
            "file": file.name,
            "covered": share.covered,
            "lines": share.all,
            "uncovered": file.uncovered(),
        });
        let _ = writeln!(text, "{value}");
    }
    let share = lines.share();
    let sums = json!({ "kind": "coverage-sum", "covered": share.covered, "lines": share.all });
    let _ = writeln!(text, "{sums}");
    text
}
