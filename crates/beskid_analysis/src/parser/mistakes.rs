//! Mistakes inside expressions and statements that are made often, above all by people who come from
//! other languages: what is meant is said, and passed as what it stands for.
//!
//! *Absent*: the rules of skipping, in [`super::recovery`]; words of other languages that begin items,
//! in [`super::item`].

use super::{Parser, Place};
use crate::ast::{
    Block, ExprId, ExprKind, Path, PathSegment, Stmt, StmtKind, TypeExprId, TypeExprKind,
};
use crate::diagnostics::{Code, Diagnostic, Edit, Fix, suggest};
use crate::lexer::TokenKind;
use crate::source::Span;

/// Keywords that begin statements; a word near one of them is probably misspelt.
const STATEMENT_KEYWORDS: [&str; 9] =
    ["let", "if", "while", "for", "match", "return", "break", "continue", "else"];

/// Names of types that no value has.
const PRIMITIVE_TYPES: [&str; 15] = [
    "bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "char", "string",
    "unit", "ptr",
];

impl Parser<'_> {
    /// An expression in front of text that does not belong is probably not what is meant: nothing is
    /// said about its type. A `return` stays one.
    pub(super) fn spoil(&mut self, expr: ExprId) {
        match self.exprs[expr].kind {
            ExprKind::Return(Some(value)) => self.exprs[value].kind = ExprKind::Error,
            ExprKind::Return(None) | ExprKind::Break | ExprKind::Continue => {}
            _ => self.exprs[expr].kind = ExprKind::Error,
        }
    }

    /// The expression of an arm or lambda. An assignment in its place is reported, and read as if it
    /// had the braces that make it a block.
    pub(super) fn expr_as_body(&mut self) -> ExprId {
        let start = self.span();
        let target = self.expr();
        let Some((op, len)) = self.assign_operator() else { return target };
        let is_place = matches!(
            self.exprs[target].kind,
            ExprKind::Name { .. } | ExprKind::Member { .. } | ExprKind::Index { .. }
        );
        if op.is_none() && !is_place {
            // What cannot be assigned was to be compared.
            self.assignment_inside(target);
            return target;
        }
        let op_span = self.span().to(self.tokens[self.pos + len - 1].span());
        self.move_to(self.pos + len);
        let value = self.expr();
        let span = self.since(start);
        let mut diagnostic = Diagnostic::new(
            Code::UnexpectedToken,
            op_span,
            "an assignment is a statement, and needs a block here",
        );
        diagnostic.fixes.push(Fix {
            title: "put it in braces".to_owned(),
            edits: vec![
                Edit { span: span.start(), replacement: "{ ".to_owned() },
                Edit { span: span.end(), replacement: "; }".to_owned() },
            ],
        });
        self.error_behind(diagnostic);
        self.height += 1;
        let statement = Stmt { kind: StmtKind::Assign { target, op, op_span, value }, span };
        let block = Block { statements: vec![statement], tail: None, span };
        self.push_expr(ExprKind::Block(Box::new(block)), span)
    }

    /// The keyword that a word was probably meant to be.
    pub(super) fn misspelt_keyword(&self, word: &str) -> Option<&'static str> {
        suggest::nearest(word, STATEMENT_KEYWORDS)
    }

    /// `whlie x > 0 { … }`: the word at a token was read as a type. Reports and skips it all.
    pub(super) fn misspelt_statement(&mut self, start: usize) -> bool {
        let Some(keyword) = self.misspelt_keyword(self.text_at(start)) else { return false };
        let span = self.tokens[start].span();
        let diagnostic = self.unknown_keyword(span, keyword);
        self.error(diagnostic);
        self.sync_statement();
        true
    }

    /// A word that is a misspelt keyword.
    pub(super) fn unknown_keyword(&self, span: Span, keyword: &str) -> Diagnostic {
        let word = self.slice(span);
        Diagnostic::new(Code::UnexpectedToken, span, format!("`{word}` begins no statement")).fix(
            format!("write `{keyword}`"),
            span,
            keyword,
        )
    }

    /// `Filled<i32(10, 0)`: a primitive type is no operand of `<`, so the `>` is missing.
    pub(super) fn unclosed_type_argument(&self) -> bool {
        self.nth(1) == TokenKind::Ident
            && self.nth(2) == TokenKind::LParen
            && is_primitive_type(self.text_at(self.pos + 1))
    }

    /// Reads the argument that [`Self::unclosed_type_argument`] has found.
    pub(super) fn read_unclosed_type_argument(&mut self) -> Vec<TypeExprId> {
        let open = self.span();
        self.bump();
        let name = self.take_ident();
        let end = self.previous_end();
        self.error_behind(
            Diagnostic::new(
                Code::UnexpectedToken,
                self.span(),
                "expected `>` after the type argument, found `(`",
            )
            .also(open, "the type arguments begin here")
            .fix("close them", end, ">"),
        );
        let segments = vec![PathSegment { ident: name, arguments: Vec::new() }];
        let path = Path { segments, span: name.span };
        vec![self.push_type(TypeExprKind::Path(path), name.span)]
    }

    /// `mut i32 x = 0;`, `mut x = 0;`; the current token is `mut`, an identifier follows.
    pub(super) fn mut_first(&mut self) -> Option<StmtKind> {
        let span = self.span();
        let gap = Span::new(span.lo, self.tokens[self.pos + 1].lo);
        self.bump();
        let mut edits = vec![Edit { span: gap, replacement: String::new() }];
        let (ty, title) = if self.nth(1) == TokenKind::Eq {
            edits[0].replacement = "let mut ".to_owned();
            (None, "write `let mut`")
        } else {
            let ty = self.ty();
            edits.push(Edit { span: self.previous_end(), replacement: " mut".to_owned() });
            (Some(ty), "write `mut` after the type")
        };
        let mut diagnostic = Diagnostic::new(
            Code::UnexpectedToken,
            span,
            "`mut` stands after `let` or after a type",
        );
        diagnostic.fixes.push(Fix { title: title.to_owned(), edits });
        self.error_behind(diagnostic);
        let name = self.expect_binding("the name of the variable")?;
        Some(self.initialiser(ty, true, name))
    }

    /// An `else` that follows no `if`.
    pub(super) fn lone_else(&mut self) {
        let span = self.span();
        let mut diagnostic =
            Diagnostic::new(Code::UnexpectedToken, span, "this `else` belongs to no `if`");
        let before = self.pos.saturating_sub(1);
        if self.kind_at(before) == TokenKind::Semi
            && self.kind_at(before.wrapping_sub(1)) == TokenKind::RBrace
        {
            let semi = self.tokens[before].span();
            diagnostic = diagnostic.also(semi, "the statement ends here").fix(
                "remove the semicolon",
                semi,
                "",
            );
        }
        self.error(diagnostic);
        self.bump();
    }

    /// `a = b` where an expression stands: reports it and passes the right side.
    pub(super) fn assignment_inside(&mut self, left: ExprId) {
        let span = self.span();
        self.error(
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                "an assignment is a statement, not a value",
            )
            .fix("compare with `==`", span, "=="),
        );
        self.bump();
        self.inner_expr();
        self.spoil(left);
    }

    /// Whether `++` or `--` stands here with nothing behind it that could be an operand.
    pub(super) fn step_operator(&self) -> bool {
        self.nth(1) == self.kind
            && self.joined(self.pos + 1)
            && matches!(
                self.nth(2),
                TokenKind::Semi
                    | TokenKind::RParen
                    | TokenKind::RBrace
                    | TokenKind::Comma
                    | TokenKind::RBracket
            )
    }

    pub(super) fn report_step(&mut self, operand: Span) {
        let sign = self.kind.text();
        let span = self.span().to(self.tokens[self.pos + 1].span());
        let text = super::recovery::shorten(self.slice(operand));
        self.error(
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                format!("there is no operator `{sign}{sign}`"),
            )
            .fix(format!("write `{text} {sign}= 1`"), span, format!(" {sign}= 1")),
        );
    }

    /// What stands where an operand is missing: reported, and passed if it cannot be part of what
    /// follows.
    pub(super) fn missing_operand(&mut self) -> ExprId {
        let span = self.span();
        if self.at(TokenKind::FatArrow) && self.place == Place::Anywhere {
            return self.lambda_without_parameters();
        }
        let diagnostic = self.unexpected("an expression");
        let diagnostic = match self.kind {
            TokenKind::Underscore => Diagnostic::new(
                Code::UnexpectedToken,
                span,
                "`_` has no value: it only stands where something is bound or discarded",
            ),
            TokenKind::Plus if self.nth(1) == TokenKind::Plus => {
                let both = span.to(self.tokens[self.pos + 1].span());
                Diagnostic::new(Code::UnexpectedToken, both, "there is no operator `++`")
                    .help("write `i += 1`")
            }
            TokenKind::Star if self.nth(1) == TokenKind::Slash && self.joined(self.pos + 1) => {
                let both = span.to(self.tokens[self.pos + 1].span());
                Diagnostic::new(Code::UnexpectedToken, both, "this `*/` ends no comment")
                    .note("block comments do not nest: the first `*/` ends them")
                    .fix("remove it", both, "")
            }
            TokenKind::Plus if self.turned_compound() => {
                let both = Span::new(span.lo - 1, span.hi);
                Diagnostic::new(Code::UnexpectedToken, both, "there is no operator `=+`").fix(
                    "write `+=`",
                    both,
                    "+=",
                )
            }
            TokenKind::Star
                if self.pos > 0
                    && self.kind_at(self.pos - 1) == TokenKind::Star
                    && self.joined(self.pos) =>
            {
                let both = self.tokens[self.pos - 1].span().to(span);
                Diagnostic::new(Code::UnexpectedToken, both, "there is no operator `**`")
                    .help("multiply in a loop, or by itself: `x * x`")
            }
            TokenKind::Star | TokenKind::Slash | TokenKind::Percent | TokenKind::Comma
                if self.kind_at(self.pos.wrapping_sub(1)) == self.kind =>
            {
                diagnostic.fix(
                    "remove one of the two",
                    Span::new(self.previous_end().lo, span.hi),
                    "",
                )
            }
            TokenKind::Plus => diagnostic.fix("remove the sign", span, ""),
            TokenKind::Or | TokenKind::OrOr => diagnostic.help("a lambda is written `x => x + 1`"),
            TokenKind::Let => diagnostic.help(
                "patterns stand in `match`: `match e { Option::Some(x) => …, Option::None => … }`",
            ),
            TokenKind::While | TokenKind::For => {
                diagnostic.help("loops are statements and have no value")
            }
            TokenKind::Ref | TokenKind::Out => {
                diagnostic.help("`ref` and `out` stand before arguments only")
            }
            TokenKind::And => diagnostic
                .note("objects and arrays are references by themselves")
                .help("`ref v` passes a view of a variable to a `ref` parameter"),
            TokenKind::Dot if self.nth(1) == TokenKind::Number && self.joined(self.pos + 1) => {
                diagnostic.fix("begin the number with `0`", span.start(), "0")
            }
            _ => diagnostic,
        };
        self.error(diagnostic);
        if self.at(TokenKind::Dot) && self.nth(1) == TokenKind::Number {
            self.move_to(self.pos + 2);
            return self.error_expr(self.since(span));
        }
        let mut whole = span.start();
        // Words and signs that cannot be part of what follows are passed.
        while self.fits_no_expr() {
            whole = whole.to(self.span());
            self.bump();
            self.last_error = self.pos;
        }
        if !whole.is_empty() && self.begins_expr() {
            return self.nested(Self::prefix_expr, Self::error_expr);
        }
        self.error_expr(whole)
    }

    /// `x =+ 1`; the current token is the sign.
    fn turned_compound(&self) -> bool {
        let before = self.pos.wrapping_sub(1);
        self.kind_at(before) == TokenKind::Eq && self.joined(self.pos) && !self.joined(self.pos + 1)
    }

    /// Whether the current token is one that stands before expressions only by mistake.
    fn fits_no_expr(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::Error
                | TokenKind::Underscore
                | TokenKind::Star
                | TokenKind::Slash
                | TokenKind::Percent
                | TokenKind::And
                | TokenKind::Plus
                | TokenKind::Question
                | TokenKind::Ref
                | TokenKind::Out
        )
    }
}

/// Whether a word names a primitive type.
pub(super) fn is_primitive_type(word: &str) -> bool {
    PRIMITIVE_TYPES.contains(&word)
}
