//! The canonical layout of source text: comments kept, the meaning never changed.
//!
//! ```text
//! text ──► tokens, comments, tree ──► commands ──► lines
//!        lexer, parser        items, statements,    layout
//!                             expressions, …
//! ```
//!
//! The tree says what stands where; the tokens are what is written. A walk over the tree takes every token of
//! the file once, in order ([`cursor`]), and makes layout commands of it: text, places where a line may end,
//! groups that stay on one line if they fit ([`commands`]). Comments are no part of the tree: each goes with a
//! token, in front of it or behind it, and so stays where it was written. [`layout`] then decides
//! in one pass, in constant time for each group, which groups are broken.
//!
//! What fits in [`WIDTH`] columns is one line, with four exceptions where the author is asked: braces and array
//! brackets that were followed by a line break, and chains of calls that were written over several lines, stay
//! broken; statements are as far apart as they were, one empty line at most; attributes stay beside or above
//! what they belong to; the elements of an array stay in their rows.
//!
//! *Invariants.* Formatting what was formatted changes nothing. Only commas before closing brackets and behind
//! arms, the spelling of function types, and blanks differ between input and output, [`verify`] sees to that;
//! texts and interpolations are copied. The time is linear in the text. The walk recurses as deep as the
//! parser's limits let programs nest, so it wants the stack that the phases of analysis want.
//!
//! *Absent*: files, and text with syntax errors, which has no layout.

mod blocks;
mod chains;
mod commands;
mod comments;
mod cursor;
mod expressions;
mod functions;
mod items;
mod layout;
mod lists;
mod matching;
mod statements;
mod types;
mod values;
mod verify;

use beskid_analysis::diagnostics::Diagnostic;
use beskid_analysis::parser::parse_file;
use beskid_analysis::source::{FileId, SourceMap};
use beskid_analysis::symbol::Interner;

/// How many columns a line has; only texts, comments and what cannot be broken are longer.
pub const WIDTH: u32 = 100;
/// What one level of nesting is indented by.
pub const INDENT: u32 = 4;

/// The text of a file in the canonical layout, with the line ends that its first line has.
///
/// # Errors
/// The syntax errors of the file.
///
/// # Panics
/// If the result would not hold the tokens and comments of the file: a mistake of this crate.
pub fn format(file: FileId, sources: &SourceMap) -> Result<String, Vec<Diagnostic>> {
    let (ast, diagnostics) = parse_file(file, sources, &mut Interner::new());
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    let source = sources.file(file);
    let mut cursor = cursor::Cursor::new(source, &ast);
    cursor.file();
    let commands = cursor.finish();
    let text = layout::print(&source.text, &commands);
    verify::same_program(&source.text, &commands, &text);
    Ok(with_line_ends_of(&source.text, text))
}

/// Writes CRLF where the first line of the original ends so.
fn with_line_ends_of(original: &str, text: String) -> String {
    let first = original.find('\n');
    match first.is_some_and(|at| original[..at].ends_with('\r')) {
        true => text.replace("\r\n", "\n").replace('\n', "\r\n"),
        false => text,
    }
}
