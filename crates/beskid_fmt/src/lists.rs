//! What stands between brackets, separated by commas.
//!
//! A list that does not fit has each element on a line of its own and a comma behind the last. Arrays keep the
//! rows they were written in; numbers, chars and names that do not fit fill the lines.

use beskid_analysis::ast::{Argument, ExprId, ExprKind, ParameterMode};
use beskid_analysis::lexer::TokenKind;

use crate::commands::{Command, Kind};
use crate::cursor::Cursor;

/// How the elements of a list are kept apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Padding {
    /// `(a, b)`
    None,
    /// `{ a, b }`
    Blank,
}

impl Padding {
    fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Blank => " ",
        }
    }
}

/// The rows of a list, as they are found.
struct Rows {
    start: u32,
    elements: u32,
    list: Vec<(u32, u32)>,
}

impl Rows {
    /// A row ends, and the next begins behind what separates them. One of a single element always fits.
    fn end(&mut self, end: u32, next: u32) {
        if self.elements > 1 {
            self.list.push((self.start, end));
        }
        self.elements = 0;
        self.start = next;
    }
}

impl Cursor<'_> {
    /// A list in brackets, broken if it does not fit.
    pub(crate) fn list<T>(
        &mut self,
        open: TokenKind,
        close: TokenKind,
        elements: &[T],
        mut element: impl FnMut(&mut Self, &T),
    ) {
        self.group(|cx| {
            if elements.is_empty() {
                return cx.empty(open, close, Padding::None);
            }
            cx.token(open);
            cx.commands.indent();
            cx.line("");
            for (index, each) in elements.iter().enumerate() {
                if index > 0 {
                    cx.mark(TokenKind::Comma);
                    cx.line(" ");
                }
                cx.comments_before();
                element(cx, each);
            }
            cx.end_list(close, Padding::None);
        });
    }

    /// A list in braces, which stays broken where it was, and keeps its rows.
    pub(crate) fn braced_list<T>(&mut self, elements: &[T], element: impl FnMut(&mut Self, &T)) {
        let (open, close) = (TokenKind::LBrace, TokenKind::RBrace);
        if elements.is_empty() {
            return self.group(|cx| cx.empty(open, close, Padding::Blank));
        }
        self.rows((open, close), Padding::Blank, false, elements, element);
    }

    /// A list that keeps its rows if the first of them begins a line.
    fn rows<T>(
        &mut self,
        (open, close): (TokenKind, TokenKind),
        padding: Padding,
        fills: bool,
        elements: &[T],
        mut element: impl FnMut(&mut Self, &T),
    ) {
        let breaks = self.line_after();
        let group = self.open(Kind::Plain);
        self.token(open);
        self.commands.indent();
        self.line(padding.text());
        let mut rows = Rows { start: self.commands.at(), elements: 0, list: Vec::new() };
        let mut before = None;
        for (index, each) in elements.iter().enumerate() {
            if index > 0 {
                self.mark(TokenKind::Comma);
                if let Some(before) = before.take() {
                    self.commands.set_row_end(before);
                }
                let end = self.commands.at();
                self.commands.release();
                let waits = self.commands.at() > end;
                if breaks && self.blank_line_ahead() {
                    self.commands.push(Command::Blank);
                    rows.end(end, self.commands.at());
                } else {
                    // A comment behind the comma ends the row as well.
                    let ends = breaks && (self.line_ahead() || waits);
                    before = Some(self.commands.at());
                    self.commands.push(Command::Row { ends, end: 0 });
                    if ends {
                        rows.end(end, self.commands.at());
                    }
                }
            }
            self.comments_before();
            element(self, each);
            rows.elements += 1;
        }
        if let Some(before) = before {
            self.commands.set_row_end(before);
        }
        // The comma behind the last element belongs to its row.
        let end = self.commands.at() + 1;
        rows.end(end, end);
        let rows = self.commands.add_rows(&rows.list);
        self.commands.set_kind(group, Kind::Rows { breaks, rows, fills });
        self.end_list(close, padding);
        self.commands.close();
    }

    /// The comma behind the last element, comments, the closing bracket.
    fn end_list(&mut self, close: TokenKind, padding: Padding) {
        self.commands.push_before_comments(Command::IfBroken(","));
        self.skip_comma();
        self.comments_within();
        self.commands.dedent();
        self.line(padding.text());
        self.token(close);
    }

    /// Brackets around nothing, or around comments.
    pub(crate) fn empty(&mut self, open: TokenKind, close: TokenKind, padding: Padding) {
        let has_comment = self.has_comment_before(self.bracket_end());
        self.token(open);
        if has_comment {
            self.commands.indent();
            self.comments_within();
            self.commands.dedent();
            self.line(padding.text());
        }
        self.token(close);
    }

    /// `(a, ref b, out c)`
    pub(crate) fn arguments(&mut self, arguments: &[Argument]) {
        let group = self.open(Kind::Plain);
        if let [before @ .., last] = arguments {
            self.token(TokenKind::LParen);
            self.commands.indent();
            self.line("");
            for &argument in before {
                self.argument(argument);
                self.mark(TokenKind::Comma);
                self.line(" ");
            }
            let from = self.commands.at();
            self.argument(*last);
            let to = self.commands.at();
            self.end_list(TokenKind::RParen, Padding::None);
            let alone = before.is_empty();
            match self.goes_on_over_lines(last.value, alone) {
                Some(eager) => {
                    self.commands.set_kind(group, Kind::Arguments { last: (from, to), eager });
                }
                None if alone => {
                    self.commands.set_kind(group, Kind::Lone { argument: (from, to) });
                }
                None => {}
            }
        } else {
            self.empty(TokenKind::LParen, TokenKind::RParen, Padding::None);
        }
        self.commands.close();
    }

    fn argument(&mut self, argument: Argument) {
        self.comments_before();
        if argument.mode != ParameterMode::Value {
            self.any_token();
            self.space();
        }
        self.expr(argument.value);
    }

    /// Whether a last argument may begin on the line of the others and go on over lines, and whether it does
    /// so rather than stand on a line of its own.
    fn goes_on_over_lines(&self, value: ExprId, alone: bool) -> Option<bool> {
        match &self.ast.exprs[value].kind {
            ExprKind::Struct { fields, .. } if !fields.is_empty() => Some(true),
            ExprKind::Array(elements) if !elements.is_empty() => Some(true),
            ExprKind::Match { .. } | ExprKind::Block(_) => Some(true),
            ExprKind::Lambda { .. } if !alone => Some(true),
            ExprKind::Lambda { body, .. } => self.goes_on_over_lines(*body, alone),
            ExprKind::Call { arguments, .. } if alone && !arguments.is_empty() => Some(false),
            ExprKind::If { .. } if alone => Some(false),
            _ => None,
        }
    }

    /// `[a, b]`
    pub(crate) fn array(&mut self, elements: &[ExprId]) {
        let (open, close) = (TokenKind::LBracket, TokenKind::RBracket);
        if elements.is_empty() {
            return self.group(|cx| cx.empty(open, close, Padding::None));
        }
        let fills = self.line_after() || elements.iter().all(|&element| self.is_small(element));
        self.rows((open, close), Padding::None, fills, elements, |cx, &element| cx.expr(element));
    }

    /// Whether several of a kind stand on a line well.
    pub(crate) fn is_small(&self, element: ExprId) -> bool {
        match &self.ast.exprs[element].kind {
            ExprKind::Literal(_) | ExprKind::Name { .. } => true,
            ExprKind::Unary { operand, .. } => {
                matches!(self.ast.exprs[*operand].kind, ExprKind::Literal(_))
            }
            _ => false,
        }
    }
}
