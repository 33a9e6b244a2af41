//! That the output holds the tokens and comments of the input, in order.
//!
//! Whatever the walk or the layout do wrong (a token behind `//`, two that become one), the file would
//! mean something else; so every result is read again before anyone sees it. Commas are not compared: they
//! come and go before closing brackets.

use beskid_analysis::lexer::{Token, TokenKind, lex};
use beskid_analysis::source::{SourceMap, Span};

use crate::commands::{Command, Commands};

/// Compares a layout with the text made of it.
///
/// # Panics
/// If they differ.
pub(crate) fn same_program(source: &str, commands: &Commands, output: &str) {
    let mut sources = SourceMap::new();
    // A longer text than sources may have was never read as one either.
    let Ok(file) = sources.add("output", output.to_owned()) else { return };
    let file = sources.file(file);
    let lexed = lex(file);
    let mut comments = lexed.comments;
    comments.extend(lexed.docs.iter().map(|&(_, span)| span));
    comments.sort_unstable();
    let mut reader =
        Reader { output: &file.text, base: file.base, tokens: &lexed.tokens, comments: &comments };
    for command in &commands.list {
        match *command {
            Command::Token { lo, hi } => reader.tokens(&source[lo as usize..hi as usize]),
            Command::Fixed(text) if text != "," => reader.tokens(text),
            Command::Comment { lo, hi, .. } | Command::Suffix { lo, hi } => {
                reader.comment(&source[lo as usize..hi as usize]);
            }
            _ => {}
        }
    }
    reader.skip_commas();
    let rest = reader.tokens.first().map(|token| token.kind);
    assert_eq!(rest, Some(TokenKind::End), "a token came out that did not go in");
    assert!(reader.comments.is_empty(), "a comment came out that did not go in");
}

/// What was not yet read of the output.
struct Reader<'a> {
    output: &'a str,
    base: u32,
    tokens: &'a [Token],
    comments: &'a [Span],
}

impl Reader<'_> {
    fn skip_commas(&mut self) {
        while let [Token { kind: TokenKind::Comma, .. }, rest @ ..] = self.tokens {
            self.tokens = rest;
        }
    }

    /// Reads a text: one token, or those of a string or operator.
    fn tokens(&mut self, text: &str) {
        self.skip_commas();
        let lo = self.tokens[0].lo;
        let Some(len) = prefix(&self.output[(lo - self.base) as usize..], text) else {
            panic!("the token `{text}` was lost");
        };
        let hi = lo + len as u32;
        let count = self.tokens.iter().take_while(|token| token.lo < hi).count();
        assert!(count > 0 && self.tokens[count - 1].hi == hi, "the token `{text}` was joined");
        self.tokens = &self.tokens[count..];
        // Those inside of an interpolation.
        let inside = self.comments.iter().take_while(|comment| comment.lo >= lo && comment.lo < hi);
        self.comments = &self.comments[inside.count()..];
    }

    fn comment(&mut self, text: &str) {
        let Some((comment, rest)) = self.comments.split_first() else {
            panic!("the comment `{text}` was lost");
        };
        let range = (comment.lo - self.base) as usize..(comment.hi - self.base) as usize;
        let found = &self.output[range];
        assert_eq!(prefix(found, text), Some(found.len()), "a comment became `{found}`");
        self.comments = rest;
    }
}

/// How long the text is at the start of another, whatever the line ends.
fn prefix(of: &str, text: &str) -> Option<usize> {
    if of.starts_with(text) {
        return Some(text.len());
    }
    let mut found = of.bytes().enumerate().filter(|&(_, byte)| byte != b'\r');
    let mut len = 0;
    for byte in text.bytes().filter(|&byte| byte != b'\r') {
        let (at, next) = found.next()?;
        if next != byte {
            return None;
        }
        len = at + 1;
    }
    Some(len)
}
