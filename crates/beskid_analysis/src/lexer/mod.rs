//! Text to tokens, in one pass and without recursion.
//!
//! Interpolated strings are cut into pieces: `"a${x}b${y}c"` is `TextStart x TextMiddle y TextEnd`.
//! A stack of open interpolations, each with the number of braces open in it, says whether a `}`
//! continues a string. Literals are only delimited here; [`literal`] reads their values when the
//! parser wants them.
//!
//! A string may span lines, so one missing quote turns the rest of the file inside out. When a string
//! reaches the end of the file, the lexer looks for the earliest piece whose first line looks like
//! code after a missing quote, ends the string on that line and reads on from there. This happens
//! [`MAX_REPAIRS`] times at most, so the time stays linear.
//!
//! *Invariants.* Tokens ascend and do not overlap; the last is [`TokenKind::End`], empty, at the end of
//! the file. Every [`TokenKind::Error`] has been reported. `TextStart` and `TextEnd` are balanced.

mod brackets;
pub mod literal;
mod token;

pub use brackets::{Partners, UNKNOWN, partners};
pub use token::{Token, TokenKind};

use crate::diagnostics::{Code, Diagnostic, Edit, Fix};
use crate::source::{SourceFile, Span};

/// How often a missing quote is repaired in one file.
const MAX_REPAIRS: u32 = 3;

/// The tokens of a file with what stands between them.
#[derive(Debug)]
pub struct Tokens {
    /// All tokens, the last one [`TokenKind::End`].
    pub tokens: Vec<Token>,
    /// `///` lines, each with the index of the token it precedes.
    pub docs: Vec<(u32, Span)>,
    /// Ordinary comments and a `#!` line.
    pub comments: Vec<Span>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether an unterminated comment hides the rest of the file.
    pub truncated: bool,
}

/// Cuts a file into tokens.
#[must_use]
pub fn lex(file: &SourceFile) -> Tokens {
    let text = file.text.as_str();
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        base: file.base,
        at: 0,
        open: Vec::new(),
        repairs: 0,
        out: Tokens {
            tokens: Vec::with_capacity(text.len() / 4 + 8),
            docs: Vec::new(),
            comments: Vec::new(),
            diagnostics: Vec::new(),
            truncated: false,
        },
    };
    if text.starts_with("#!") {
        lexer.line_comment(0);
    }
    lexer.run();
    let end = file.base + text.len() as u32;
    lexer.out.tokens.push(Token { lo: end, hi: end, kind: TokenKind::End });
    lexer.out
}

/// An interpolation that is open: the token that opened it and the braces open in it.
struct Open {
    token: u32,
    braces: u32,
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    base: u32,
    at: usize,
    open: Vec<Open>,
    repairs: u32,
    out: Tokens,
}

impl Lexer<'_> {
    fn run(&mut self) {
        loop {
            while let Some(&byte) = self.bytes.get(self.at) {
                self.token(byte);
            }
            // The text ends inside `${`: the string that holds it is broken.
            let Some(open) = self.open.first() else { return };
            let token = open.token as usize;
            self.repair_interpolation(token);
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.base + from as u32, self.base + to as u32)
    }

    fn push(&mut self, kind: TokenKind, from: usize) {
        let span = self.span(from, self.at);
        self.out.tokens.push(Token { lo: span.lo, hi: span.hi, kind });
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.out.diagnostics.push(diagnostic);
    }

    /// Takes a mark of `len` bytes.
    fn mark(&mut self, kind: TokenKind, len: usize) {
        let from = self.at;
        self.at += len;
        self.push(kind, from);
    }

    fn token(&mut self, byte: u8) {
        use TokenKind as K;
        match byte {
            b' ' | b'\n' | b'\t' | b'\r' | 0x0b | 0x0c => self.at += 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            b'0'..=b'9' => self.number(),
            b'"' => self.text_piece(self.at),
            b'\'' => self.char(),
            b'/' => match self.peek(1) {
                b'/' => self.line_comment(self.at),
                b'*' => self.block_comment(),
                b'=' => self.mark(K::SlashEq, 2),
                _ => self.mark(K::Slash, 1),
            },
            b'(' => self.mark(K::LParen, 1),
            b')' => self.mark(K::RParen, 1),
            b'[' => self.mark(K::LBracket, 1),
            b']' => self.mark(K::RBracket, 1),
            b'{' => {
                if let Some(open) = self.open.last_mut() {
                    open.braces += 1;
                }
                self.mark(K::LBrace, 1);
            }
            b'}' => match self.open.last_mut() {
                Some(Open { braces: 0, .. }) => self.text_piece(self.at),
                open => {
                    if let Some(open) = open {
                        open.braces -= 1;
                    }
                    self.mark(K::RBrace, 1);
                }
            },
            b',' => self.mark(K::Comma, 1),
            b';' => self.mark(K::Semi, 1),
            b'?' => self.mark(K::Question, 1),
            b'~' => self.mark(K::Tilde, 1),
            b':' if self.peek(1) == b':' => self.mark(K::ColonColon, 2),
            b':' => self.mark(K::Colon, 1),
            b'.' if self.peek(1) == b'.' => self.mark(K::DotDot, 2),
            b'.' => self.mark(K::Dot, 1),
            b'=' => match (self.peek(1), self.peek(2)) {
                (b'=', b'=') => self.mark(K::EqEqEq, 3),
                (b'=', _) => self.mark(K::EqEq, 2),
                (b'>', _) => self.mark(K::FatArrow, 2),
                _ => self.mark(K::Eq, 1),
            },
            b'!' => match (self.peek(1), self.peek(2)) {
                (b'=', b'=') => self.mark(K::NotEqEq, 3),
                (b'=', _) => self.mark(K::NotEq, 2),
                _ => self.mark(K::Not, 1),
            },
            b'<' => match (self.peek(1), self.peek(2)) {
                (b'<', b'=') => self.mark(K::LtLtEq, 3),
                (b'<', _) => self.mark(K::LtLt, 2),
                (b'=', _) => self.mark(K::LtEq, 2),
                _ => self.mark(K::Lt, 1),
            },
            b'>' => self.mark(K::Gt, 1),
            b'-' if self.peek(1) == b'>' => self.mark(K::Arrow, 2),
            b'-' => self.operator(K::Minus, K::MinusEq),
            b'+' => self.operator(K::Plus, K::PlusEq),
            b'*' => self.operator(K::Star, K::StarEq),
            b'%' => self.operator(K::Percent, K::PercentEq),
            b'^' => self.operator(K::Caret, K::CaretEq),
            b'&' if self.peek(1) == b'&' => self.mark(K::AndAnd, 2),
            b'&' => self.operator(K::And, K::AndEq),
            b'|' if self.peek(1) == b'|' => self.mark(K::OrOr, 2),
            b'|' => self.operator(K::Or, K::OrEq),
            _ => self.unknown(),
        }
    }

    fn operator(&mut self, plain: TokenKind, with_eq: TokenKind) {
        if self.peek(1) == b'=' { self.mark(with_eq, 2) } else { self.mark(plain, 1) }
    }

    fn word(&mut self) {
        let from = self.at;
        while is_word(self.peek(0)) {
            self.at += 1;
        }
        if self.peek(0) >= 0x80 && self.letter_ahead() {
            return self.foreign_word(from);
        }
        let word = &self.text[from..self.at];
        let kind = if word == "_" {
            TokenKind::Underscore
        } else if word.len() <= 9 && word.as_bytes()[0].is_ascii_lowercase() {
            TokenKind::keyword(word).unwrap_or(TokenKind::Ident)
        } else {
            TokenKind::Ident
        };
        self.push(kind, from);
    }

    fn letter_ahead(&self) -> bool {
        self.text[self.at..].chars().next().is_some_and(char::is_alphanumeric)
    }

    /// A name with letters outside ASCII: one error, then a name like others.
    fn foreign_word(&mut self, from: usize) {
        while let Some(next) = self.text[self.at..].chars().next()
            && (next == '_' || next.is_alphanumeric())
        {
            self.at += next.len_utf8();
        }
        self.push(TokenKind::Ident, from);
        self.report(
            Diagnostic::new(
                Code::UnexpectedCharacter,
                self.span(from, self.at),
                "names consist of the letters `A` to `Z`, `a` to `z`, digits and `_`",
            )
            .label("letters outside ASCII"),
        );
    }

    fn number(&mut self) {
        let from = self.at;
        let decimal = self.peek(0) != b'0' || !matches!(self.peek(1), b'x' | b'b' | b'o');
        self.digits(decimal);
        if decimal && self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            self.at += 1;
            self.digits(decimal);
        }
        self.push(TokenKind::Number, from);
    }

    /// Digits, letters and `_`; in a decimal number also the sign of an exponent.
    fn digits(&mut self, decimal: bool) {
        while is_word(self.peek(0)) {
            let exponent = decimal && matches!(self.peek(0), b'e' | b'E');
            self.at += 1;
            if exponent && matches!(self.peek(0), b'+' | b'-') && self.peek(1).is_ascii_digit() {
                self.at += 1;
            }
        }
    }

    fn char(&mut self) {
        let from = self.at;
        self.at += 1;
        loop {
            match self.peek(0) {
                b'\'' if self.at == from + 1 && self.peek(1) == b'\'' => {
                    // `'''` is meant as a quote.
                    self.at += 2;
                    return self.push(TokenKind::Char, from);
                }
                b'\'' => {
                    self.at += 1;
                    return self.push(TokenKind::Char, from);
                }
                b'\n' | b'\r' => break,
                0 if self.at >= self.bytes.len() => break,
                b'\\' if !matches!(self.peek(1), b'\n' | b'\r' | 0) => self.at += 2,
                _ => self.at += 1,
            }
            // A two-byte step over `\` may end inside a character.
            while !self.text.is_char_boundary(self.at) {
                self.at += 1;
            }
        }
        // No closing quote on the line: the char is what one character or escape takes.
        self.at = from + 1 + literal::first_unit(&self.text[from + 1..self.at]);
        self.push(TokenKind::Error, from);
        let span = self.span(from, self.at);
        self.report(
            Diagnostic::new(Code::InvalidChar, span, "this character has no closing `'`").fix(
                "add the quote",
                span.end(),
                "'",
            ),
        );
    }

    fn line_comment(&mut self, from: usize) {
        let line = &self.bytes[from..];
        let len = line.iter().position(|&byte| byte == b'\n').unwrap_or(line.len());
        self.at = from + len;
        let end = if line[..len].ends_with(b"\r") { self.at - 1 } else { self.at };
        let span = self.span(from, end);
        if line.starts_with(b"///") && line.get(3) != Some(&b'/') {
            self.out.docs.push((self.out.tokens.len() as u32, span));
        } else {
            self.out.comments.push(span);
        }
    }

    fn block_comment(&mut self) {
        let from = self.at;
        match self.text[from + 2..].find("*/") {
            Some(len) => self.at = from + 2 + len + 2,
            None => {
                self.at = self.bytes.len();
                self.out.truncated = true;
                self.open.clear();
                let span = self.span(from, from + 2);
                self.report(
                    Diagnostic::new(Code::UnterminatedComment, span, "this comment has no end")
                        .label("the rest of the file is part of it")
                        .help("end it with `*/`; block comments do not nest"),
                );
            }
        }
        self.out.comments.push(self.span(from, self.at));
    }

    /// A piece of a string, from a `"` or from the `}` that ends an interpolation.
    fn text_piece(&mut self, from: usize) {
        let continues = self.bytes[from] == b'}';
        self.at = from + 1;
        loop {
            // Most of a string is neither quote nor escape nor dollar.
            match self.bytes.get(self.at) {
                None => return self.repair_text(from),
                Some(b'"') => {
                    self.at += 1;
                    if continues {
                        self.open.pop();
                    }
                    let kind = if continues { TokenKind::TextEnd } else { TokenKind::Text };
                    return self.push(kind, from);
                }
                Some(b'$') if self.peek(1) == b'{' => {
                    self.at += 2;
                    if continues {
                        return self.push(TokenKind::TextMiddle, from);
                    }
                    self.open.push(Open { token: self.out.tokens.len() as u32, braces: 0 });
                    return self.push(TokenKind::TextStart, from);
                }
                // An escaped byte cannot end the piece; `\` before a longer character is harmless.
                Some(b'\\') => self.at += if self.at + 1 < self.bytes.len() { 2 } else { 1 },
                Some(_) => self.at += 1,
            }
        }
    }

    /// A string reached the end of the file: ends a string where its quote is probably missing.
    fn repair_text(&mut self, from: usize) {
        // The earliest piece that spans lines and whose first line ends like code.
        let first_line = |lo: usize| {
            let rest = &self.text[lo + 1..];
            &rest[..rest.find('\n').unwrap_or(rest.len())]
        };
        let like_code = |lo: usize| first_line(lo).trim_end().ends_with(CODE_ENDS);
        let culprit = self.out.tokens.iter().position(|token| {
            let lo = (token.lo - self.base) as usize;
            matches!(
                token.kind,
                TokenKind::Text | TokenKind::TextStart | TokenKind::TextMiddle | TokenKind::TextEnd
            ) && first_line(lo).len() < (token.hi - token.lo) as usize - 1
                && like_code(lo)
        });
        let at = culprit.map_or(from, |index| (self.out.tokens[index].lo - self.base) as usize);
        if let Some(index) = culprit {
            self.rewind(index);
        }
        if let Some(open) = self.open.last() {
            // The quote stands in an interpolation that began on its line: it was to end that string.
            let index = open.token as usize;
            let dollar = (self.out.tokens[index].hi - self.base) as usize;
            if self.bytes[at] == b'"' && !self.text[dollar..at].contains('\n') {
                return self.close_interpolation(index, at + 1);
            }
        }
        let line = first_line(at);
        let kept = line.trim_end().trim_end_matches(CODE_ENDS).trim_end().len();
        let closes = if self.repairs < MAX_REPAIRS { at + 1 + kept } else { self.bytes.len() };
        self.repairs += 1;
        self.close_broken(at, closes);
    }

    /// The file ended inside the `${` that opened with a token: ends its string on its line.
    fn repair_interpolation(&mut self, index: usize) {
        let dollar = (self.out.tokens[index].hi - self.base) as usize;
        let rest = &self.text[dollar..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let len = line.rfind('"').map_or(line.trim_end().len(), |quote| quote + 1);
        self.close_interpolation(index, dollar + len);
    }

    /// Reports the `${` that opened with a token; its string, an error token, ends at `closes`.
    fn close_interpolation(&mut self, index: usize, closes: usize) {
        let token = self.out.tokens[index];
        let at = (token.lo - self.base) as usize;
        let dollar = (token.hi - self.base) as usize;
        let closes = if self.repairs < MAX_REPAIRS { closes } else { self.bytes.len() };
        self.rewind(index);
        self.repairs += 1;
        self.at = closes;
        self.push(TokenKind::Error, at);
        let span = self.span(dollar - 2, dollar);
        self.report(
            Diagnostic::new(Code::UnclosedDelimiter, span, "this interpolation has no closing `}`")
                .help("write `\\${` for the characters `${` themselves"),
        );
    }

    /// Drops the tokens from `index` on and what was recorded for them.
    fn rewind(&mut self, index: usize) {
        let lo = self.out.tokens[index].lo;
        self.out.tokens.truncate(index);
        let docs = self.out.docs.partition_point(|(_, span)| span.lo < lo);
        self.out.docs.truncate(docs);
        let comments = self.out.comments.partition_point(|span| span.lo < lo);
        self.out.comments.truncate(comments);
        self.out.diagnostics.retain(|diagnostic| diagnostic.span().lo < lo);
        self.out.truncated = false;
        self.open.clear();
        for (token, kind) in self.out.tokens.iter().map(|token| token.kind).enumerate() {
            match kind {
                TokenKind::TextStart => self.open.push(Open { token: token as u32, braces: 0 }),
                TokenKind::TextEnd => drop(self.open.pop()),
                TokenKind::LBrace => {
                    self.open.iter_mut().next_back().into_iter().for_each(|o| o.braces += 1)
                }
                TokenKind::RBrace => {
                    self.open.iter_mut().next_back().into_iter().for_each(|o| o.braces -= 1)
                }
                _ => {}
            }
        }
    }

    fn close_broken(&mut self, from: usize, closes: usize) {
        // A piece after `}` ends the string whose interpolation it follows.
        let continues = self.bytes[from] == b'}' && !self.open.is_empty();
        self.at = closes;
        if continues {
            self.open.pop();
        }
        self.push(if continues { TokenKind::TextEnd } else { TokenKind::Text }, from);
        let end = self.span(closes, closes);
        let mut diagnostic = Diagnostic::new(
            Code::UnterminatedString,
            self.span(from, from + 1),
            "this string has no closing quote",
        );
        if self.repairs <= MAX_REPAIRS {
            diagnostic = diagnostic.fix("add the quote", end, "\"");
        }
        self.report(diagnostic);
    }

    /// Text between quotes of other kinds, up to the last of them on the line: one error for both.
    fn foreign_quotes(&mut self, from: usize, first: char) -> bool {
        let closing: &[char] = match first {
            '\u{201c}' | '\u{201d}' | '\u{201e}' => &['\u{201c}', '\u{201d}'],
            '\u{ab}' => &['\u{bb}'],
            '\u{2018}' | '\u{2019}' => &['\u{2019}'],
            '`' => &['`'],
            _ => return false,
        };
        let inner = from + first.len_utf8();
        let rest = &self.text[inner..];
        let line = &rest[..rest.find(['\n', '"', '\'']).unwrap_or(rest.len())];
        let Some(len) = line.find(closing) else { return false };
        let last = line[len..].chars().next().map_or(1, char::len_utf8);
        let quote =
            if line[..len].chars().count() == 1 && first != '\u{201c}' { "'" } else { "\"" };
        self.at = inner + len + last;
        self.push(TokenKind::Error, from);
        let mut diagnostic = Diagnostic::new(
            Code::UnexpectedCharacter,
            self.span(from, self.at),
            format!("the character `{first}` is no quote of the language"),
        );
        diagnostic.fixes.push(Fix {
            title: format!("write `{quote}`"),
            edits: vec![
                Edit { span: self.span(from, inner), replacement: quote.to_owned() },
                Edit { span: self.span(inner + len, self.at), replacement: quote.to_owned() },
            ],
        });
        self.report(diagnostic);
        true
    }

    /// Characters that begin no token: one error and one error token for a run of them.
    fn unknown(&mut self) {
        let from = self.at;
        let first = self.text[from..].chars().next().unwrap_or('\0');
        if first.is_alphabetic() {
            return self.foreign_word(from);
        }
        if self.foreign_quotes(from, first) {
            return;
        }
        let mut count = 0;
        while let Some(next) = self.text[self.at..].chars().next()
            && !next.is_ascii_alphanumeric()
            && (!next.is_ascii() || matches!(next, '@' | '#' | '$' | '`' | '\\') || next < ' ')
            && !matches!(next, ' ' | '\n' | '\t' | '\r')
            && !next.is_alphabetic()
        {
            self.at += next.len_utf8();
            count += 1;
        }
        self.at = self.at.max(from + first.len_utf8());
        let span = self.span(from, self.at);
        let blank = first.is_whitespace() || matches!(first, '\u{200b}'..='\u{200f}' | '\u{feff}');
        let printed = if first.is_control() || blank {
            format!("U+{:04X}", first as u32)
        } else {
            format!("`{first}`")
        };
        let message = if count > 1 && self.text[from..self.at].chars().any(|c| c != first) {
            format!("{printed} and the characters after it begin no token")
        } else {
            format!("the character {printed} begins no token")
        };
        let mut diagnostic = Diagnostic::new(Code::UnexpectedCharacter, span, message);
        if let Some(meant) = meant_for(first) {
            diagnostic = if count > 1 {
                diagnostic.help(format!("`{meant}` is probably meant"))
            } else {
                let title = match meant {
                    "" => "remove it".to_owned(),
                    " " => "write an ordinary blank".to_owned(),
                    _ => format!("write `{meant}`"),
                };
                diagnostic.fix(title, span, meant)
            };
        }
        self.report(diagnostic);
        // An odd blank separates tokens like any other.
        if !blank {
            self.push(TokenKind::Error, from);
        }
    }
}

/// What a line of code ends in behind a string.
const CODE_ENDS: [char; 7] = [';', ')', ']', ',', '{', '}', ' '];

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The ASCII character that a lookalike is probably meant for.
fn meant_for(found: char) -> Option<&'static str> {
    Some(match found {
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => "\"",
        '\u{2018}' | '\u{2019}' | '`' => "'",
        '\u{2212}' | '\u{2010}'..='\u{2015}' => "-",
        '\u{d7}' => "*",
        '\u{f7}' => "/",
        '\u{2260}' => "!=",
        '\u{2264}' => "<=",
        '\u{2265}' => ">=",
        '\u{2192}' => "->",
        '\u{21d2}' => "=>",
        '\u{ff1b}' | '\u{37e}' => ";",
        '\u{ff0c}' => ",",
        '\u{ff08}' => "(",
        '\u{ff09}' => ")",
        '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => " ",
        '\u{200b}'..='\u{200f}' | '\u{feff}' => "",
        '#' => "//",
        _ => return None,
    })
}
