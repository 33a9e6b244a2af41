//! Diagnostics on standard error.

use std::env;
use std::io::{self, IsTerminal};

use beskid_analysis::diagnostics::render_text::Color;
use beskid_analysis::diagnostics::{
    Code, Diagnostic, Limits, abridge, limit, render_json, render_short, render_text,
};
use beskid_analysis::source::{SourceMap, Span};

use crate::arguments::{ColorChoice, MessageFormat};
use crate::streams;

/// How messages are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    format: MessageFormat,
    color: Color,
    reader: Reader,
}

/// Who reads standard error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reader {
    Person,
    Program,
}

impl Report {
    pub(crate) fn new(format: MessageFormat, color: ColorChoice) -> Self {
        let reader = if io::stderr().is_terminal() { Reader::Person } else { Reader::Program };
        Self { format, color: self::color(color, &io::stderr()), reader }
    }

    /// Reports diagnostics of a program.
    pub(crate) fn diagnostics(&self, diagnostics: Vec<Diagnostic>, sources: &SourceMap) {
        if diagnostics.is_empty() {
            return;
        }
        let mut diagnostics = limit(diagnostics, Limits::USUAL);
        diagnostics.iter_mut().for_each(abridge);
        let lines = |render: fn(&Diagnostic, &SourceMap) -> String| {
            diagnostics
                .iter()
                .map(|diagnostic| render(diagnostic, sources) + "\n")
                .collect::<String>()
        };
        streams::write_error(&match self.format {
            MessageFormat::Human => render_text::render_all(&diagnostics, sources, self.color),
            MessageFormat::Json => lines(render_json::render),
            MessageFormat::Short => lines(render_short::render),
        });
        let first = diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        if let (Some(first), MessageFormat::Human, Reader::Person) =
            (first, self.format, self.reader)
        {
            let number = first.code.number();
            streams::write_error(&format!("`beskid explain {number}` says more about {number}\n"));
        }
    }

    /// Reports an error that has no place in a program.
    pub(crate) fn error(&self, diagnostic: Diagnostic) {
        self.diagnostics(vec![diagnostic], &SourceMap::new());
    }

    /// Reports that the system refused something that no code stands for.
    pub(crate) fn failure(&self, message: &str) {
        self.line("error", 1, message);
    }

    /// Tells the user something that changes nothing.
    pub(crate) fn note(&self, message: &str) {
        self.line("note", 3, message);
    }

    fn line(&self, word: &str, severity: u8, message: &str) {
        streams::write_error(&match self.format {
            MessageFormat::Json => {
                let value = serde_json::json!({
                    "severity": severity, "source": "beskid", "message": message,
                });
                format!("{value}\n")
            }
            MessageFormat::Human | MessageFormat::Short => format!("{word}: {message}\n"),
        });
    }
}

/// Whether a stream is written in colours.
pub(crate) fn color(choice: ColorChoice, stream: &impl IsTerminal) -> Color {
    match choice {
        ColorChoice::Always => Color::Always,
        ColorChoice::Never => Color::Never,
        ColorChoice::Auto => {
            let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
            match !refused && !dumb && stream.is_terminal() {
                true => Color::Always,
                false => Color::Never,
            }
        }
    }
}

/// An error about a command or file as a whole.
pub(crate) fn unplaced(code: Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, Span::NOWHERE, message)
}
