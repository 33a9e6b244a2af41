//! Diagnostics as data: what is wrong, where, why, and what would mend it.
//!
//! Phases push [`Diagnostic`]s; rendering (terminal, short, JSON) is separate and reads only these
//! types (tools.md §3).
//!
//! *Invariants.* The first label is the primary one. A fix applied to the text leaves a program in
//! which this diagnostic is gone.

mod abridge;
pub mod code;
mod excerpt;
mod limit;
pub mod page;
pub mod render_json;
pub mod render_short;
pub mod render_text;
pub mod suggest;

pub use abridge::abridge;
pub use code::{Code, Severity};
pub use limit::{ERROR_LIMIT, Limits, WARNING_LIMIT, limit};
pub use page::Page;

use crate::source::Span;

/// A span with what it shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The text marked.
    pub span: Span,
    /// What it shows; may be empty for the primary label.
    pub text: String,
}

/// One replacement of text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The text replaced; empty to insert.
    pub span: Span,
    /// What stands there instead.
    pub replacement: String,
}

/// A change to the source that mends the program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What the change does: `add `mut``.
    pub title: String,
    /// The edits, which do not overlap, in order.
    pub edits: Vec<Edit>,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Stable code; knows its severity.
    pub code: Code,
    /// What is wrong, in terms of the program.
    pub message: String,
    /// Where; the first is primary.
    pub labels: Vec<Label>,
    /// Facts that explain.
    pub notes: Vec<String>,
    /// What to write instead, in words.
    pub helps: Vec<String>,
    /// What to write instead, as edits.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A diagnostic with its primary place.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            labels: vec![Label { span, text: String::new() }],
            notes: Vec::new(),
            helps: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// The primary place.
    #[must_use]
    pub fn span(&self) -> Span {
        self.labels[0].span
    }

    /// Whether compilation cannot go on.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.code.severity() == Severity::Error
    }

    /// Says what the primary place shows.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.labels[0].text = text.into();
        self
    }

    /// Adds a secondary place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds an explaining fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds advice in words.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// Adds a mending edit.
    #[must_use]
    pub fn fix(
        mut self,
        title: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        self.fixes.push(Fix {
            title: title.into(),
            edits: vec![Edit { span, replacement: replacement.into() }],
        });
        self
    }
}
