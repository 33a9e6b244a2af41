//! The walk's place among the tokens.
//!
//! *Invariants.* Every token is taken once, in order.
//!
//! *Absent*: what is done with comments, which is in [`super::comments`].

use beskid_analysis::ast::Ast;
use beskid_analysis::lexer::{Partners, Token, TokenKind, lex, partners};
use beskid_analysis::source::{SourceFile, Span};

use crate::commands::{Command, Commands, Kind};
use crate::comments::{Comment, comments};

/// Builds the layout of a file.
pub(crate) struct Cursor<'a> {
    pub(crate) ast: &'a Ast,
    pub(crate) commands: Commands,
    pub(crate) base: u32,
    text: &'a str,
    tokens: Vec<Token>,
    partners: Vec<u32>,
    /// Comments and documentation in order.
    pub(crate) comments: Vec<Comment>,
    /// The next token.
    at: usize,
    /// The next comment.
    pub(crate) comment: usize,
    line_starts: &'a [u32],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(source: &'a SourceFile, ast: &'a Ast) -> Self {
        let lexed = lex(source);
        let partners = partners(&lexed.tokens).of;
        let docs = lexed.docs.iter().map(|&(_, span)| span);
        let comments = comments(source, lexed.comments, docs);
        Self {
            ast,
            commands: Commands::with_capacity(lexed.tokens.len() * 3),
            base: source.base,
            text: &source.text,
            tokens: lexed.tokens,
            partners,
            comments,
            at: 0,
            comment: 0,
            line_starts: source.line_starts(),
        }
    }

    pub(crate) fn finish(mut self) -> Commands {
        self.commands.release();
        debug_assert_eq!(self.comment, self.comments.len());
        self.commands
    }

    /// The kind of the next token.
    pub(crate) fn kind(&self) -> TokenKind {
        self.tokens[self.at].kind
    }

    /// The kind of the token after the next one.
    pub(crate) fn second(&self) -> TokenKind {
        self.tokens[(self.at + 1).min(self.tokens.len() - 1)].kind
    }

    pub(crate) fn is_at(&self, kind: TokenKind) -> bool {
        self.kind() == kind
    }

    /// Where the next token begins.
    pub(crate) fn place(&self) -> u32 {
        self.tokens[self.at].lo
    }

    /// The text of the next token.
    pub(crate) fn word(&self) -> &'a str {
        self.slice(self.tokens[self.at].span())
    }

    pub(crate) fn slice(&self, span: Span) -> &'a str {
        &self.text[self.offset(span.lo)..self.offset(span.hi)]
    }

    pub(crate) fn offset(&self, place: u32) -> usize {
        (place - self.base) as usize
    }

    /// The bytes between a place and what stands before it.
    fn gap_before(&self, place: u32) -> &'a str {
        let before = &self.text[..self.offset(place)];
        let content = before.trim_end_matches([' ', '\n', '\t', '\r', '\u{b}', '\u{c}']);
        &before[content.len()..]
    }

    pub(crate) fn is_line_start(&self, place: u32) -> bool {
        self.offset(place) == 0 || self.gap_before(place).contains('\n')
    }

    pub(crate) fn is_after_blank_line(&self, place: u32) -> bool {
        self.gap_before(place).bytes().filter(|&byte| byte == b'\n').count() > 1
    }

    /// What comes next: the next token, or a comment before it.
    fn next_place(&self) -> u32 {
        match self.comments.get(self.comment) {
            Some(comment) => comment.span.lo.min(self.place()),
            None => self.place(),
        }
    }

    /// Whether an empty line stands before what comes next.
    pub(crate) fn blank_line_ahead(&self) -> bool {
        self.is_after_blank_line(self.next_place())
    }

    /// Whether the next token begins a line, or the comments before it do.
    pub(crate) fn line_ahead(&self) -> bool {
        self.is_line_start(self.next_place()) || self.is_line_start(self.place())
    }

    /// Whether a line ends between the next token and the one after it.
    pub(crate) fn line_after(&self) -> bool {
        let next = self.tokens[(self.at + 1).min(self.tokens.len() - 1)];
        self.line_of(self.tokens[self.at].hi) < self.line_of(next.lo)
    }

    fn line_of(&self, place: u32) -> usize {
        self.line_starts.partition_point(|&start| start <= place - self.base)
    }

    /// The word at a place, if one begins there, begins with a capital letter.
    pub(crate) fn is_capitalised(&self, place: u32) -> bool {
        self.text[self.offset(place)..].starts_with(|first: char| first.is_ascii_uppercase())
    }

    /// How many names of type parameters stand between the next token, a `<`, and its `>`.
    pub(crate) fn names_in_angles(&self) -> usize {
        let mut depth = 0;
        let mut names = 0;
        for (before, token) in self.tokens[self.at..].iter().zip(&self.tokens[self.at + 1..]) {
            match before.kind {
                TokenKind::Lt => depth += 1,
                TokenKind::Gt => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            let begins = matches!(before.kind, TokenKind::Lt | TokenKind::Comma);
            names += usize::from(depth == 1 && begins && token.kind == TokenKind::Ident);
        }
        names
    }

    /// The words before `{` right within the braces that begin at the next token.
    pub(crate) fn words_before_braces(&self) -> impl Iterator<Item = &'a str> {
        let end = match self.partners[self.at] {
            Partners::NONE => self.at,
            partner => partner as usize,
        };
        let mut index = self.at;
        std::iter::from_fn(move || {
            while index + 1 < end {
                index += 1;
                let token = self.tokens[index];
                let is_open = matches!(
                    token.kind,
                    TokenKind::LBrace | TokenKind::LParen | TokenKind::LBracket
                );
                if is_open {
                    index = self.partners[index] as usize;
                } else if token.kind == TokenKind::Ident
                    && self.tokens[index + 1].kind == TokenKind::LBrace
                {
                    return Some(self.slice(token.span()));
                }
            }
            None
        })
    }

    /// Whether two places stand on one line.
    pub(crate) fn same_line(&self, first: u32, second: u32) -> bool {
        self.line_of(first) == self.line_of(second)
    }

    /// Where the bracket ends that is the next token.
    pub(crate) fn bracket_end(&self) -> u32 {
        match self.partners[self.at] {
            Partners::NONE => self.place(),
            partner => self.tokens[partner as usize].lo,
        }
    }

    /// Takes the next token, which is of a kind.
    pub(crate) fn token(&mut self, kind: TokenKind) {
        assert!(
            self.is_at(kind),
            "the tree has {} where the text has {} at byte {}",
            kind.text(),
            self.kind().text(),
            self.place() - self.base
        );
        self.any_token();
    }

    /// Takes the next token if it is of a kind.
    pub(crate) fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.is_at(kind);
        if found {
            self.any_token();
        }
        found
    }

    /// Takes the next token, whatever it is.
    pub(crate) fn any_token(&mut self) {
        let Token { lo, hi, .. } = self.tokens[self.at];
        self.comments_before();
        self.commands.push(Command::Token { lo: lo - self.base, hi: hi - self.base });
        self.advance(1);
    }

    /// Takes the next tokens up to a place, which stand without blanks between them.
    pub(crate) fn joined_tokens(&mut self, end: u32) {
        let lo = self.place();
        self.comments_before();
        let count = self.tokens[self.at..].iter().take_while(|token| token.hi <= end).count();
        self.commands.push(Command::Token { lo: lo - self.base, hi: end - self.base });
        self.advance(count);
    }

    /// Takes a string, with its interpolations, as it is written.
    pub(crate) fn string(&mut self) {
        if self.is_at(TokenKind::Text) {
            return self.any_token();
        }
        assert!(self.is_at(TokenKind::TextStart), "a string begins here");
        let end = self.partners[self.at] as usize;
        let (lo, hi) = (self.place(), self.tokens[end].hi);
        self.comments_before();
        while self.has_comment_before(hi) {
            self.comment += 1;
        }
        self.commands.push(Command::Token { lo: lo - self.base, hi: hi - self.base });
        self.advance(end + 1 - self.at);
    }

    /// Takes the next token, and writes another in its place.
    pub(crate) fn token_as(&mut self, kind: TokenKind, text: &'static str) {
        assert!(self.is_at(kind), "the tree has {} here", kind.text());
        self.comments_before();
        self.commands.push(Command::Fixed(text));
        self.advance(1);
    }

    /// Takes a comma or semicolon; it stands before comments that stood before it.
    pub(crate) fn mark(&mut self, kind: TokenKind) {
        assert!(self.is_at(kind), "the tree has {} here", kind.text());
        self.settle_documentation();
        self.commands.push_before_comments(Command::Fixed(kind.text()));
        self.advance(1);
    }

    /// Takes a comma if there is one, and writes nothing.
    pub(crate) fn skip_comma(&mut self) {
        if self.is_at(TokenKind::Comma) {
            self.settle_documentation();
            self.advance(1);
        }
    }

    /// Where the token ends that was taken last.
    pub(crate) fn previous_end(&self) -> u32 {
        self.tokens[self.at.saturating_sub(1)].hi
    }

    fn advance(&mut self, count: usize) {
        self.at += count;
        self.comments_behind();
    }

    /// Ends a line between two things of a sequence, and keeps an empty line.
    pub(crate) fn separate(&mut self) {
        let blank = self.blank_line_ahead();
        self.commands.push(if blank { Command::Blank } else { Command::Hard });
    }

    pub(crate) fn space(&mut self) {
        self.commands.push(Command::Space);
    }

    /// Begins a group; comments before it are not part of it.
    pub(crate) fn open(&mut self, kind: Kind) -> u32 {
        self.comments_before();
        self.commands.open(kind)
    }

    /// Builds a group that is flat if it fits, else broken.
    pub(crate) fn group(&mut self, build: impl FnOnce(&mut Self)) {
        self.open(Kind::Plain);
        build(self);
        self.commands.close();
    }

    pub(crate) fn indented(&mut self, build: impl FnOnce(&mut Self)) {
        self.commands.indent();
        build(self);
        self.commands.dedent();
    }

    pub(crate) fn line(&mut self, flat: &'static str) {
        self.commands.push(Command::Line(flat));
    }
}
