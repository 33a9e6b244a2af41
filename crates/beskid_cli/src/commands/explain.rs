//! `beskid explain`: the page of a code, for reading in a terminal.
//!
//! *Invariants.* What is printed depends on the code alone, colours aside.

use std::fmt::Write as _;
use std::io;

use beskid_analysis::diagnostics::page::ExampleFile;
use beskid_analysis::diagnostics::render_text::Color;
use beskid_analysis::diagnostics::{Code, suggest};

use crate::arguments::{ColorChoice, Explain};
use crate::compile::Cx;
use crate::exit::Exit;
use crate::{report, streams};

pub(crate) fn run(cx: Cx, arguments: &Explain, color: ColorChoice) -> Result<Exit, Exit> {
    let style = Style { colored: report::color(color, &io::stdout()) == Color::Always };
    let Some(wanted) = &arguments.code else {
        streams::write(&cx.report, &list(style))?;
        return Ok(Exit::Done);
    };
    let Some(code) = find(wanted) else {
        cx.report.failure(&unknown(wanted));
        return Err(Exit::Errors);
    };
    streams::write(&cx.report, &page(code, style))?;
    Ok(Exit::Done)
}

/// How parts are set off.
#[derive(Clone, Copy, Debug)]
struct Style {
    colored: bool,
}

impl Style {
    fn heading(self, text: &str) -> String {
        self.wrapped("1", text)
    }

    fn code(self, text: &str) -> String {
        self.wrapped("36", text)
    }

    fn wrapped(self, sequence: &str, text: &str) -> String {
        if self.colored { format!("\u{1b}[{sequence}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Prose, its code in `…` coloured.
    fn prose(self, text: &str) -> String {
        if !self.colored {
            return text.to_owned();
        }
        let mut out = String::new();
        for (index, part) in text.split('`').enumerate() {
            if index % 2 == 0 {
                out.push_str(part);
            } else {
                out.push_str(&self.code(part));
            }
        }
        out
    }
}

/// The code that a word names: `E1214`, `e1214`, `1214` or `assign-immutable`.
fn find(word: &str) -> Option<Code> {
    Code::ALL.iter().copied().find(|code| {
        code.number().eq_ignore_ascii_case(word)
            || code.number()[1..] == *word
            || code.name().eq_ignore_ascii_case(word)
    })
}

fn unknown(word: &str) -> String {
    let upper = word.to_uppercase();
    let near = suggest::nearest(&upper, Code::ALL.iter().map(|code| code.number()))
        .or_else(|| suggest::nearest(word, Code::ALL.iter().map(|code| code.name())));
    let mut text = format!("there is no code `{word}`");
    match near {
        Some(near) => {
            let _ = write!(text, "; did you mean `{near}`?");
        }
        None => text.push_str("; `beskid explain` lists all codes"),
    }
    text
}

fn list(style: Style) -> String {
    let mut out = String::new();
    for code in Code::ALL {
        let _ = writeln!(out, "{}  {}", style.heading(code.number()), style.prose(code.summary()));
    }
    out.push_str("\n`beskid explain CODE` explains one, with an example.\n");
    out
}

fn page(code: Code, style: Style) -> String {
    let Ok(page) = code.page() else {
        // A test refuses pages that are none; whoever has one all the same can still read it.
        return code.page_text().to_owned();
    };
    let title = format!("{} ({})", code.number(), code.name());
    let mut out = format!("{}\n\n{}\n", style.heading(&title), style.prose(page.meaning));
    example(&mut out, style, "This fails", &page.fails);
    example(&mut out, style, "This works", &page.mended);
    let _ = write!(out, "\n{}\n\n{}\n", style.heading("Why"), style.prose(page.why));
    out
}

fn example(out: &mut String, style: Style, heading: &str, files: &[ExampleFile<'_>]) {
    let _ = write!(out, "\n{}\n", style.heading(heading));
    for file in files {
        match file.path {
            Some(path) => {
                let _ = write!(out, "\n  {path}:\n\n");
            }
            None => out.push('\n'),
        }
        for line in file.text.lines() {
            match line {
                "" => out.push('\n'),
                _ => {
                    let _ = writeln!(out, "    {}", style.code(line));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_by_number_and_name() {
        for word in ["E1214", "e1214", "1214", "assign-immutable"] {
            assert_eq!(find(word), Some(Code::AssignImmutable), "{word}");
        }
        assert_eq!(find("E121"), None);
        assert!(unknown("e1215x").ends_with("did you mean `E1215`?"));
        assert!(unknown("asign-immutable").ends_with("did you mean `assign-immutable`?"));
        assert!(unknown("hello").ends_with("lists all codes"));
    }

    #[test]
    fn colours_change_nothing_else() {
        for &code in Code::ALL {
            let plain = page(code, Style { colored: false });
            assert!(plain.starts_with(code.number()), "{plain}");
            let mut bare = page(code, Style { colored: true });
            for sequence in ["\u{1b}[1m", "\u{1b}[36m", "\u{1b}[0m"] {
                bare = bare.replace(sequence, "");
            }
            assert_eq!(bare.replace('`', ""), plain.replace('`', ""));
        }
    }
}
