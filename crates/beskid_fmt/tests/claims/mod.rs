//! What must be true of every text.

#![allow(dead_code, reason = "each test uses a part")]

pub(crate) mod corpus;
pub(crate) mod mangle;

use std::thread;

use beskid_analysis::ast::print;
use beskid_analysis::diagnostics::Diagnostic;
use beskid_analysis::index::Id;
use beskid_analysis::lexer::lex;
use beskid_analysis::parser::parse_file;
use beskid_analysis::source::{FileId, SourceMap};
use beskid_analysis::symbol::Interner;

/// What became of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Claimed {
    Formatted,
    /// It has syntax errors.
    Refused,
}

pub(crate) fn sources(text: &str) -> SourceMap {
    let mut sources = SourceMap::new();
    sources.add("test.bd", text.to_owned()).unwrap();
    sources
}

/// The formatted text, if it has no syntax errors.
pub(crate) fn format(text: &str) -> Option<String> {
    beskid_fmt::format(FileId::from_index(0), &sources(text)).ok()
}

/// Formats a text and compares what must be equal.
pub(crate) fn claim(text: &str) -> Result<Claimed, String> {
    let before = sources(text);
    let Ok(formatted) = beskid_fmt::format(FileId::from_index(0), &before) else {
        return if tree(&before).is_some() {
            Err("a program without errors was refused".to_owned())
        } else {
            Ok(Claimed::Refused)
        };
    };
    let after = sources(&formatted);
    let Some(tree_after) = tree(&after) else {
        return Err(format!("the output has errors:\n{text}\n--- formatted\n{formatted}"));
    };
    let tree_before = tree(&before).ok_or("a program with errors was formatted")?;
    if tree_before != tree_after {
        return Err(format!(
            "the tree changed:\n{}\n{formatted}",
            difference(&tree_before, &tree_after)
        ));
    }
    let (comments_before, comments_after) = (comments(&before), comments(&after));
    if comments_before != comments_after {
        let difference = difference(&comments_before.join("\n"), &comments_after.join("\n"));
        return Err(format!("the comments changed:\n{difference}"));
    }
    match format(&formatted) {
        Some(again) if again == formatted => {}
        again => {
            let again = again.unwrap_or_default();
            return Err(format!("not the same again:\n{}", difference(&formatted, &again)));
        }
    }
    let blanks = formatted.lines().any(|line| line.ends_with([' ', '\t']) && !text.contains(line));
    if blanks {
        return Err(format!("blanks at the end of a line:\n{formatted}"));
    }
    if !formatted.is_empty() && !formatted.ends_with('\n') {
        return Err("the last line has no end".to_owned());
    }
    Ok(Claimed::Formatted)
}

/// The tree as text, without the parentheses that the spelling of function types changes.
pub(crate) fn tree(sources: &SourceMap) -> Option<String> {
    let mut interner = Interner::new();
    let (ast, diagnostics) = parse_file(FileId::from_index(0), sources, &mut interner);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let text = print::text(&ast, sources, &interner);
    if text.contains(") -> ") { Some(text.replace(['(', ')'], "")) } else { Some(text) }
}

/// The words of all comments and lines of documentation in order, those in interpolations included.
fn comments(sources: &SourceMap) -> Vec<String> {
    let lexed = lex(sources.file(FileId::from_index(0)));
    let mut spans = lexed.comments;
    spans.extend(lexed.docs.iter().map(|&(_, span)| span));
    spans.sort_unstable();
    spans
        .iter()
        .map(|&span| sources.text(span).split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// Runs with the stack that the `beskid` command has.
pub(crate) fn on_large_stack(run: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(512 << 20).spawn(run).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Numbers that look random and are the same in every run (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize) % bound
    }
}

/// The lines around the first one that differs.
fn difference(before: &str, after: &str) -> String {
    let same = before.lines().zip(after.lines()).take_while(|(a, b)| a == b).count();
    let part = |text: &str| {
        text.lines().skip(same.saturating_sub(5)).take(12).collect::<Vec<_>>().join("\n")
    };
    format!("line {}\n{}\n--- became\n{}", same + 1, part(before), part(after))
}
