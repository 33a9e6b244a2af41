//! What is said about tests: for people, or one JSON object a line.
//!
//! *Invariants.* Everything goes to standard output. A failure shows all that is needed to look into
//! it: where the test stands, why it failed, what it wrote, and the command that runs it again.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::Duration;

use beskid_analysis::diagnostics::render_text::Color;
use beskid_analysis::hir::{Analysis, Test};
use clap::builder::styling::{AnsiColor, Style};
use serde_json::{Value, json};

use super::process::{Captured, Failure, Finished};
use super::{Outcome, again, display_name, place};
use crate::arguments;
use crate::compile::Cx;
use crate::exit::Exit;
use crate::streams;

/// Names are padded to the longest, but not beyond this.
const MAX_COLUMN: usize = 60;

/// Goes to the beginning of the terminal's line and empties it.
const ERASE_LINE: &str = "\r\x1b[K";

/// How outcomes are written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    Human(Color),
    Json,
}

/// Writes outcomes, and sums them up.
pub(super) struct Reporter<'a> {
    cx: Cx,
    format: Format,
    analysis: &'a Analysis,
    arguments: &'a arguments::Test,
    /// The width of the column of names.
    column: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    /// What is shown of failures after all tests.
    details: String,
    /// Whether a line says on the terminal how far it is.
    progress: bool,
}

impl<'a> Reporter<'a> {
    pub(super) fn new(
        cx: Cx,
        format: Format,
        analysis: &'a Analysis,
        arguments: &'a arguments::Test,
    ) -> Self {
        Self {
            cx,
            format,
            analysis,
            arguments,
            column: 0,
            passed: 0,
            failed: 0,
            skipped: 0,
            details: String::new(),
            progress: false,
        }
    }

    /// Says how many tests have ended, if somebody sits before it.
    pub(super) fn progress(&mut self, done: usize, all: usize) {
        if matches!(self.format, Format::Human(_)) && io::stderr().is_terminal() {
            streams::write_error(&format!("{ERASE_LINE}  {done} of {all} done"));
            self.progress = true;
        }
    }

    /// Says what is going to run.
    pub(super) fn begin(
        &mut self,
        program: &str,
        selected: &[&Test],
        filtered: usize,
    ) -> Result<(), Exit> {
        let width = |test: &&Test| display_name(self.analysis, test).chars().count();
        self.column = selected.iter().map(width).max().unwrap_or(0).min(MAX_COLUMN);
        let Format::Human(_) = self.format else { return Ok(()) };
        let text = match (selected.len(), filtered) {
            (0, 0) => format!("there are no tests in {program}\n"),
            (1, _) => format!("running 1 test of {program}\n"),
            (count, _) => format!("running {count} tests of {program}\n"),
        };
        self.write(&text)
    }

    /// Reports how a test ended.
    pub(super) fn outcome(&mut self, test: &Test, outcome: &Outcome) -> Result<(), Exit> {
        match outcome {
            Outcome::Passed(_) => self.passed += 1,
            Outcome::Failed(..) => self.failed += 1,
            Outcome::Skipped(_) => self.skipped += 1,
        }
        let text = match self.format {
            Format::Json => format!("{}\n", self.as_json(test, outcome)),
            Format::Human(color) => {
                let paint = Paint(color);
                if let Outcome::Failed(failure, finished) = outcome {
                    let details = self.details_of(paint, test, failure, finished);
                    self.details.push_str(&details);
                }
                self.line(paint, test, outcome)
            }
        };
        self.write(&text)
    }

    /// Sums up; the status is 1 if a test failed.
    pub(super) fn end(&mut self, filtered: usize, time: Duration) -> Result<Exit, Exit> {
        let (passed, failed, skipped) = (self.passed, self.failed, self.skipped);
        let text = match self.format {
            Format::Json => {
                let summary = json!({
                    "kind": "summary",
                    "passed": passed,
                    "failed": failed,
                    "skipped": skipped,
                    "filtered": filtered,
                    "seconds": time.as_secs_f64(),
                });
                format!("{summary}\n")
            }
            Format::Human(_) if passed + failed + skipped + filtered == 0 => String::new(),
            Format::Human(color) => {
                let paint = Paint(color);
                let details = std::mem::take(&mut self.details);
                let counted = |count: usize, word: &str, style: Style| {
                    let text = format!("{count} {word}");
                    if count == 0 { text } else { paint.text(style, &text) }
                };
                format!(
                    "{details}\n{}, {}, {}, {filtered} filtered out, in {}\n",
                    counted(passed, "passed", GOOD),
                    counted(failed, "failed", BAD),
                    counted(skipped, "skipped", ODD),
                    duration(time),
                )
            }
        };
        self.write(&text)?;
        Ok(if failed == 0 { Exit::Done } else { Exit::Errors })
    }

    fn write(&mut self, text: &str) -> Result<(), Exit> {
        if std::mem::take(&mut self.progress) {
            streams::write_error(ERASE_LINE);
        }
        streams::write(&self.cx.report, text)
    }

    /// One line in the list of tests.
    fn line(&self, paint: Paint, test: &Test, outcome: &Outcome) -> String {
        let name = display_name(self.analysis, test);
        let column = self.column;
        match outcome {
            Outcome::Passed(finished) => {
                let time = paint.text(FAINT, &format!("{:>7}", duration(finished.time)));
                format!("  {}    {name:column$}  {time}\n", paint.text(GOOD, "ok"))
            }
            Outcome::Failed(failure, finished) => {
                let time = paint.text(FAINT, &format!("{:>7}", duration(finished.time)));
                let word = paint.text(BAD, "FAIL");
                format!("  {word}  {name:column$}  {time}  {failure}\n")
            }
            Outcome::Skipped(reason) => {
                let word = paint.text(ODD, "skip");
                match reason.as_deref() {
                    None | Some("") => format!("  {word}  {name}\n"),
                    Some(reason) => format!("  {word}  {name:column$}  {reason}\n"),
                }
            }
        }
    }

    /// What is shown of a failure.
    fn details_of(
        &self,
        paint: Paint,
        test: &Test,
        failure: &Failure,
        finished: &Finished,
    ) -> String {
        let name = paint.text(BOLD, &display_name(self.analysis, test));
        let (file, line, column) = place(self.analysis, test);
        let message = paint.text(BAD, &failure.to_string());
        let mut text = format!("\n{name} {message}, at {file}:{line}:{column}\n");
        for (title, captured) in [("stdout", &finished.stdout), ("stderr", &finished.stderr)] {
            if !captured.bytes.is_empty() {
                let _ = writeln!(text, "  {}", paint.text(FAINT, title));
                captured_lines(&mut text, captured);
            }
        }
        let again: Vec<String> =
            again(self.analysis, self.arguments, test).iter().map(|word| quoted(word)).collect();
        let _ = writeln!(text, "  {} {}", paint.text(FAINT, "run it again:"), again.join(" "));
        text
    }

    fn as_json(&self, test: &Test, outcome: &Outcome) -> Value {
        let (file, line, column) = place(self.analysis, test);
        let mut value = json!({
            "kind": "test",
            "name": self.analysis.interner.name(test.name),
            "module": self.analysis.modules[test.module].path,
            "file": file,
            "line": line,
            "column": column,
            "tags": test.tags,
            "group": test.group,
        });
        let (word, finished) = match outcome {
            Outcome::Passed(finished) => ("passed", Some(finished)),
            Outcome::Failed(_, finished) => ("failed", Some(finished)),
            Outcome::Skipped(_) => ("skipped", None),
        };
        value["outcome"] = json!(word);
        if let Some(finished) = finished {
            value["seconds"] = json!(finished.time.as_secs_f64());
        }
        match outcome {
            Outcome::Passed(_) => {}
            Outcome::Failed(failure, finished) => {
                value["message"] = json!(failure.to_string());
                value["status"] = json!(finished.status.and_then(|status| status.code()));
                value["stdout"] = json!(String::from_utf8_lossy(&finished.stdout.bytes));
                value["stderr"] = json!(String::from_utf8_lossy(&finished.stderr.bytes));
                value["again"] = json!(again(self.analysis, self.arguments, test));
            }
            Outcome::Skipped(reason) => value["reason"] = json!(reason),
        }
        value
    }
}

/// What a test wrote, indented.
fn captured_lines(text: &mut String, captured: &Captured) {
    for line in String::from_utf8_lossy(&captured.bytes).lines() {
        let _ = writeln!(text, "    {line}");
    }
    if captured.dropped > 0 {
        let _ = writeln!(text, "    … {} bytes more", captured.dropped);
    }
}

/// A word of a command as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=,+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A time in the unit that suits it.
fn duration(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const ODD: Style = AnsiColor::Yellow.on_default();

/// Colours, if they are wanted.
#[derive(Clone, Copy)]
struct Paint(Color);

impl Paint {
    fn text(self, style: Style, text: &str) -> String {
        match self.0 {
            Color::Always => format!("{style}{text}{style:#}"),
            Color::Never => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_shells() {
        assert_eq!(quoted("a/b.bd"), "a/b.bd");
        assert_eq!(quoted("my file.bd"), "'my file.bd'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }

    #[test]
    fn times_have_units() {
        assert_eq!(duration(Duration::from_micros(12_345)), "12 ms");
        assert_eq!(duration(Duration::from_millis(1_260)), "1.3 s");
    }
}
