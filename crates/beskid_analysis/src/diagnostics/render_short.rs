//! Diagnostics as one line each: `FILE:LINE:COLUMN: error[E1214]: message`.

use super::{Diagnostic, Severity, excerpt};
use crate::source::{SourceMap, Span};

/// Renders one diagnostic, without a line feed at its end.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let word = match diagnostic.code.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let number = diagnostic.code.number();
    let message = diagnostic.message.replace('\n', " ");
    let span = diagnostic.span();
    if span == Span::NOWHERE || sources.files().is_empty() {
        return format!("{word}[{number}]: {message}");
    }
    format!("{}: {word}[{number}]: {message}", excerpt::place(span, sources))
}
