//! What formatting would change, as a unified diff.

use std::fmt::Write;
use std::time::Duration;

use beskid_analysis::diagnostics::render_text::Color;
use similar::{ChangeTag, TextDiff};

/// After so long a diff may have more lines than needed.
const PATIENCE: Duration = Duration::from_secs(1);

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const CYAN: &str = "\u{1b}[36m";
const RESET: &str = "\u{1b}[0m";

pub(super) fn unified(name: &str, before: &str, after: &str, color: Color) -> String {
    let difference = TextDiff::configure().timeout(PATIENCE).diff_lines(before, after);
    let paint = |code: &'static str| match color {
        Color::Always => (code, RESET),
        Color::Never => ("", ""),
    };
    let mut out = format!("--- {name}\n+++ {name} (formatted)\n");
    for hunk in difference.unified_diff().context_radius(3).iter_hunks() {
        let (on, off) = paint(CYAN);
        let _ = writeln!(out, "{on}{}{off}", hunk.header());
        for change in hunk.iter_changes() {
            let (sign, (on, off)) = match change.tag() {
                ChangeTag::Delete => ('-', paint(RED)),
                ChangeTag::Insert => ('+', paint(GREEN)),
                ChangeTag::Equal => (' ', ("", "")),
            };
            let line = change.value();
            let text = line.strip_suffix('\n').unwrap_or(line);
            let _ = writeln!(out, "{on}{sign}{text}{off}");
            if text.len() == line.len() {
                out.push_str("\\ No newline at end of file\n");
            }
        }
    }
    out
}
