//! Blocks and statements (language.md §4, §5).

use super::mistakes::is_primitive_type;
use super::scan::Ahead;
use super::{Parser, Place};
use crate::ast::{BinaryOp, Block, ExprId, ExprKind, Stmt, StmtKind};
use crate::diagnostics::{Code, Diagnostic};
use crate::lexer::TokenKind;
use crate::source::Span;

/// What a statement turned out to be.
pub(super) enum Parsed {
    Stmt(StmtKind),
    /// An expression without `;` before the `}` of the block.
    Tail(ExprId),
    /// An item, or text that was skipped.
    Nothing,
    /// The block ends here although its `}` is missing.
    BlockEnds,
}

impl Parser<'_> {
    /// `{ … }` as an expression.
    pub(super) fn block_expr(&mut self) -> ExprId {
        let start = self.span();
        let block = Box::new(self.block());
        self.push_expr(ExprKind::Block(block), self.since(start))
    }

    /// `{ … }`; the current token is its `{`.
    pub(super) fn block(&mut self) -> Block {
        self.nested(
            |cx| cx.within(Place::Anywhere, |cx| cx.block_here(|_, _| false)),
            |_, span| Block { statements: Vec::new(), tail: None, span },
        )
    }

    /// A block in which `section` may take what is no statement.
    pub(super) fn block_here(
        &mut self,
        section: impl FnMut(&mut Self, &mut Vec<Stmt>) -> bool,
    ) -> Block {
        let (open, start) = (self.pos, self.span());
        self.bump();
        self.statements(open, start, section)
    }

    /// The statements of a block behind its `{`, and its `}`.
    pub(super) fn statements(
        &mut self,
        open: usize,
        start: Span,
        mut section: impl FnMut(&mut Self, &mut Vec<Stmt>) -> bool,
    ) -> Block {
        let mut statements = Vec::new();
        let mut tail = None;
        while !self.at(TokenKind::RBrace) {
            if self.at(TokenKind::End) {
                self.unclosed(open, TokenKind::RBrace);
                break;
            }
            if section(self, &mut statements) {
                continue;
            }
            let (before, span) = (self.pos, self.span());
            // Statements stand beside each other: a long block is no higher than its highest one.
            let beside = std::mem::take(&mut self.height);
            let parsed = self.statement(open);
            self.height = self.height.max(beside);
            match parsed {
                Parsed::Stmt(kind) => statements.push(Stmt { kind, span: self.since(span) }),
                Parsed::Tail(expr) => tail = Some(expr),
                Parsed::Nothing => {}
                Parsed::BlockEnds => {
                    return Block { statements, tail, span: self.since(start) };
                }
            }
            if self.pos == before && !self.at(TokenKind::RBrace) {
                self.skip_tree();
            }
        }
        self.eat(TokenKind::RBrace);
        Block { statements, tail, span: self.since(start) }
    }

    fn statement(&mut self, open: usize) -> Parsed {
        match self.kind {
            TokenKind::Semi => {
                self.bump();
                Parsed::Stmt(StmtKind::Empty)
            }
            TokenKind::Let => self.let_statement(),
            TokenKind::If => {
                let expr = self.if_expr();
                self.whole_statement(expr)
            }
            TokenKind::Match => {
                let expr = self.match_expr();
                self.whole_statement(expr)
            }
            TokenKind::LBrace => {
                let expr = self.block_expr();
                self.whole_statement(expr)
            }
            TokenKind::While => {
                self.bump();
                let condition = self.condition();
                let body = self.body("`{` after the condition");
                self.height += 1;
                Parsed::Stmt(StmtKind::While { condition, body })
            }
            TokenKind::For => self.for_statement(),
            TokenKind::Underscore if matches!(self.nth(1), TokenKind::Eq) => {
                self.move_to(self.pos + 2);
                let value = self.expr();
                self.finish_statement(value, "the value");
                Parsed::Stmt(StmtKind::Discard(value))
            }
            TokenKind::Else => {
                self.lone_else();
                if self.at(TokenKind::LBrace) || self.at(TokenKind::If) {
                    return self.statement(open);
                }
                Parsed::Nothing
            }
            TokenKind::Mut if self.nth(1) == TokenKind::Ident => match self.mut_first() {
                Some(kind) => Parsed::Stmt(kind),
                None => {
                    self.sync_statement();
                    Parsed::Nothing
                }
            },
            TokenKind::Error => {
                self.last_error = self.pos;
                self.sync_statement();
                Parsed::Nothing
            }
            TokenKind::RParen | TokenKind::RBracket => {
                self.stray_bracket();
                Parsed::Nothing
            }
            _ if self.item_keyword() => self.item_in_block(open),
            TokenKind::Ident => match self.foreign_statement() {
                Some(parsed) => parsed,
                None => self.statement_with_type(open),
            },
            TokenKind::LParen => self.statement_with_type(open),
            _ => self.expr_statement(),
        }
    }

    /// An `if`, `match` or block at the start of a statement, which ends with its `}`.
    fn whole_statement(&mut self, expr: ExprId) -> Parsed {
        if self.at(TokenKind::RBrace) {
            return Parsed::Tail(expr);
        }
        let continued = matches!(
            self.kind,
            TokenKind::Dot
                | TokenKind::Question
                | TokenKind::Plus
                | TokenKind::Star
                | TokenKind::Slash
                | TokenKind::Percent
                | TokenKind::EqEq
                | TokenKind::NotEq
                | TokenKind::AndAnd
                | TokenKind::OrOr
                | TokenKind::Lt
                | TokenKind::Gt
        );
        if continued {
            let found = self.found();
            let whole = self.exprs[expr].span;
            let diagnostic = Diagnostic::new(
                Code::UnexpectedToken,
                self.span(),
                format!("{found} cannot continue the statement that ended before it"),
            )
            .also(whole.end(), "the statement ends here")
            .help("bind its value with `let`, or put it in parentheses");
            self.error(diagnostic);
            self.spoil(expr);
            self.sync_statement();
        }
        Parsed::Stmt(StmtKind::Expr(expr))
    }

    /// Takes the `;` after a statement whose last expression is `last`.
    fn finish_statement(&mut self, last: ExprId, after: &str) {
        if !self.expect_semi(after)
            && !self.line_before(self.pos)
            && !self.at(TokenKind::RBrace)
            && !self.begins_statement()
        {
            self.spoil(last);
            self.sync_statement();
        }
    }

    fn let_statement(&mut self) -> Parsed {
        let start = self.span();
        self.bump();
        let mutable = self.eat(TokenKind::Mut);
        if self.at(TokenKind::LParen) {
            let diagnostic = self.unexpected("a name after `let`");
            self.error(diagnostic.help("there are no tuples; declare a `type`"));
            self.sync_statement();
            return Parsed::Nothing;
        }
        let name = match self.expect_binding("a name after `let`") {
            Some(name) => name,
            None if self.at(TokenKind::Eq) => self.missing_ident(),
            None => {
                self.sync_statement();
                return Parsed::Nothing;
            }
        };
        if self.at(TokenKind::Colon) {
            // `let x: i32 = 5;`
            self.bump();
            let ty = self.ty();
            let span = self.since(start);
            let text = self.slice(Span::new(name.span.hi, span.hi));
            let text = text.trim_start_matches(':').trim();
            let written = self.slice(name.span);
            let word = if mutable { " mut" } else { "" };
            self.error_behind(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    "a binding with a type is written without `let`",
                )
                .fix(
                    "write the type first",
                    span,
                    format!("{text}{word} {written}"),
                ),
            );
            return Parsed::Stmt(self.initialiser(Some(ty), mutable, name));
        }
        if !mutable && self.misspelt_mut(self.pos - 1) {
            let name = self.take_ident();
            return Parsed::Stmt(self.initialiser(None, true, name));
        }
        let word = self.slice(name.span);
        if self.at(TokenKind::Ident)
            && !self.line_before(self.pos)
            && (is_primitive_type(word) || word.starts_with(char::is_uppercase))
        {
            // `let i32 x = 5;`
            let word = Span::new(start.lo, name.span.lo);
            self.error_behind(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    start,
                    "a binding with a type is written without `let`",
                )
                .fix("remove `let`", word, ""),
            );
            let name = self.take_ident();
            return Parsed::Stmt(self.initialiser(None, mutable, name));
        }
        Parsed::Stmt(self.initialiser(None, mutable, name))
    }

    /// `= e;` of a declaration.
    pub(super) fn initialiser(
        &mut self,
        ty: Option<crate::ast::TypeExprId>,
        mutable: bool,
        name: crate::ast::Ident,
    ) -> StmtKind {
        if !self.at(TokenKind::Eq) {
            let end = self.previous_end();
            let text = super::recovery::shorten(self.slice(name.span));
            let diagnostic = if self.at(TokenKind::Semi) || self.line_before(self.pos) {
                Diagnostic::new(Code::UnexpectedToken, end, format!("`{text}` has no value"))
                    .label("expected `=` and a value")
                    .note("every binding is initialised where it is declared")
            } else {
                let diagnostic = self.unexpected(&format!("`=` after `{text}`"));
                if self.at(TokenKind::Ident) {
                    diagnostic.note("a name is one word, of letters, digits and `_`")
                } else {
                    diagnostic
                }
            };
            self.error(diagnostic);
            let ends = self.eat(TokenKind::Semi) || self.line_before(self.pos);
            if !ends {
                self.sync_statement();
            }
            let value = self.error_expr(end);
            return StmtKind::Let { ty, mutable, name, value };
        }
        self.bump();
        let value = self.expr();
        if self.at(TokenKind::Eq) {
            let span = self.span();
            self.error(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    "an assignment is a statement, not a value",
                )
                .help("declare each binding by itself"),
            );
            self.spoil(value);
            self.sync_statement();
        } else {
            self.finish_statement(value, "the declaration");
        }
        StmtKind::Let { ty, mutable, name, value }
    }

    fn for_statement(&mut self) -> Parsed {
        self.bump();
        if self.at(TokenKind::LParen) {
            let diagnostic = self
                .unexpected("a name after `for`")
                .help("a loop over numbers is written `for i in range(0, n) { … }`");
            self.error(diagnostic);
            // Jumps the head `(…)` and reads the body.
            self.skip_tree();
            if self.at(TokenKind::LBrace) {
                self.block();
            }
            return Parsed::Nothing;
        }
        // `for i32 x in`, `for let x in`
        if matches!(self.kind, TokenKind::Let | TokenKind::Mut)
            || (self.at(TokenKind::Ident)
                && self.nth(1) == TokenKind::Ident
                && self.nth(2) == TokenKind::In)
        {
            let span = self.span();
            let text = if self.at(TokenKind::Mut) {
                "the variable of a `for` is immutable"
            } else {
                "the variable of a `for` is a name without type"
            };
            let gap = Span::new(span.lo, self.tokens[self.pos + 1].lo);
            self.error(Diagnostic::new(Code::UnexpectedToken, span, text).fix(
                "remove it",
                gap,
                "",
            ));
            self.bump();
        }
        let name = if self.at(TokenKind::In) {
            self.expected("a name after `for`");
            self.missing_ident()
        } else {
            match self.expect_binding("a name after `for`") {
                Some(name) => name,
                None => self.missing_ident(),
            }
        };
        if !self.eat(TokenKind::In) {
            let diagnostic = self.unexpected("`in` after the variable");
            let instead = matches!(self.kind, TokenKind::Colon | TokenKind::Eq)
                || (self.at(TokenKind::Ident) && self.text_at(self.pos) == "of")
                || self.is_nearly(self.pos, "in");
            let diagnostic =
                if instead { diagnostic.fix("write `in`", self.span(), "in") } else { diagnostic };
            self.error(diagnostic);
            if instead {
                self.bump();
            }
        }
        let iterable = if self.at(TokenKind::LBrace) {
            self.expected("what to iterate over");
            self.error_expr(self.previous_end())
        } else {
            self.head_expr()
        };
        if self.at(TokenKind::DotDot) {
            let span = self.exprs[iterable].span;
            let from = self.slice(span).to_owned();
            self.bump();
            let up_to = self.head_expr();
            let whole = span.to(self.exprs[up_to].span);
            let to = self.slice(self.exprs[up_to].span);
            let diagnostic = Diagnostic::new(
                Code::UnexpectedToken,
                whole,
                "`..` stands in patterns only; numbers are counted by `range`",
            )
            .fix("write `range`", whole, format!("range({from}, {to})"));
            self.spoil(iterable);
            self.error_behind(diagnostic);
        }
        let body = self.body("`{` after the head of the loop");
        self.height += 1;
        Parsed::Stmt(StmtKind::For { name, iterable, body })
    }

    /// A statement that may begin with a type: a declaration, else an expression or assignment.
    fn statement_with_type(&mut self, open: usize) -> Parsed {
        match self.declaration_ahead() {
            Ahead::Other => self.expr_statement(),
            Ahead::Variable(name) | Ahead::Function(name) if self.call_before_line(name) => {
                self.expr_statement()
            }
            Ahead::Function(_) if self.assignment_without_sign() => Parsed::Nothing,
            Ahead::Function(_)
                if self.nth(1) == TokenKind::Ident && self.misspelt_statement(self.pos) =>
            {
                Parsed::Nothing
            }
            Ahead::Function(_) => self.item_in_block(open),
            Ahead::Variable(_) | Ahead::Mutable => {
                if self.kind_at(self.pos) == TokenKind::Ident
                    && matches!(self.nth(1), TokenKind::Ident)
                    && self.foreign_declaration()
                {
                    self.kind = TokenKind::Let;
                    return self.let_statement();
                }
                let start = self.pos;
                let ty = self.ty();
                let mutable = self.eat(TokenKind::Mut);
                let name = match self.expect_binding("the name of the variable") {
                    Some(name) => name,
                    None if self.at(TokenKind::Eq) => self.missing_ident(),
                    None => {
                        self.sync_statement();
                        return Parsed::Nothing;
                    }
                };
                if !matches!(self.kind, TokenKind::Eq | TokenKind::Semi)
                    && !self.line_before(self.pos)
                    && self.misspelt_statement(start)
                {
                    return Parsed::Nothing;
                }
                if !mutable && self.misspelt_mut(self.pos - 1) {
                    let name = self.take_ident();
                    return Parsed::Stmt(self.initialiser(Some(ty), true, name));
                }
                Parsed::Stmt(self.initialiser(Some(ty), mutable, name))
            }
        }
    }

    /// `f(x)` at the end of a line, a name on the next: a call without `;` rather than a type.
    fn call_before_line(&self, name: usize) -> bool {
        self.line_before(name)
            && matches!(self.kind_at(name - 1), TokenKind::RParen | TokenKind::Question)
    }

    /// `var x = …`: reported; the word is then read as `let`.
    fn foreign_declaration(&mut self) -> bool {
        let word = self.text_at(self.pos);
        if !matches!(word, "var" | "auto" | "val") {
            return false;
        }
        let span = self.span();
        let diagnostic = Diagnostic::new(
            Code::UnexpectedToken,
            span,
            format!("`{word}` is written `let`, or `let mut` for a variable that changes"),
        )
        .fix("write `let`", span, "let");
        self.error(diagnostic);
        true
    }

    /// An item inside a block. If some brace of the file is not closed, it is probably this block's.
    fn item_in_block(&mut self, open: usize) -> Parsed {
        if self.open_brace {
            self.unclosed(open, TokenKind::RBrace);
            return Parsed::BlockEnds;
        }
        let span = self.span();
        let diagnostic = if self.at(TokenKind::Const) {
            Diagnostic::new(Code::UnexpectedToken, span, "constants are items of a module")
                .help("write `let` for a value that does not change")
        } else if self.at(TokenKind::Use) {
            Diagnostic::new(Code::UnexpectedToken, span, "imports stand outside of functions")
        } else {
            let diagnostic =
                Diagnostic::new(Code::UnexpectedToken, span, "items stand outside of functions");
            if self.item_keyword() {
                diagnostic.help("move it before or after the function")
            } else {
                diagnostic
                    .help("a function inside a function is a lambda: `let f = (i32 x) => x + 1;`")
            }
        };
        self.error(diagnostic);
        self.item();
        Parsed::Nothing
    }

    fn expr_statement(&mut self) -> Parsed {
        let target = self.expr();
        if let Some((op, len)) = self.assign_operator() {
            let op_span = self.span().to(self.tokens[self.pos + len - 1].span());
            self.move_to(self.pos + len);
            let value = self.expr();
            if self.at(TokenKind::Eq) {
                let diagnostic = Diagnostic::new(
                    Code::UnexpectedToken,
                    self.span(),
                    "an assignment is a statement, not a value",
                )
                .help("assign to each place by itself");
                self.error(diagnostic);
                self.spoil(value);
                self.sync_statement();
            } else {
                self.finish_statement(value, "the assignment");
            }
            self.height += 1;
            return Parsed::Stmt(StmtKind::Assign { target, op, op_span, value });
        }
        if self.at(TokenKind::RBrace) {
            return Parsed::Tail(target);
        }
        if self.at(TokenKind::Colon)
            && self.nth(1) == TokenKind::Eq
            && matches!(self.exprs[target].kind, ExprKind::Name { .. })
        {
            // `x := 5`
            let diagnostic = self.colon_equals(self.exprs[target].span);
            self.error(diagnostic);
            self.move_to(self.pos + 2);
            let value = self.expr();
            self.finish_statement(value, "the declaration");
            return Parsed::Nothing;
        }
        self.finish_statement(target, "the expression");
        Parsed::Stmt(StmtKind::Expr(target))
    }

    /// The assignment operator at the current token and its number of tokens.
    pub(super) fn assign_operator(&self) -> Option<(Option<BinaryOp>, usize)> {
        let op = match self.kind {
            TokenKind::Eq => return Some((None, 1)),
            TokenKind::PlusEq => BinaryOp::Add,
            TokenKind::MinusEq => BinaryOp::Sub,
            TokenKind::StarEq => BinaryOp::Mul,
            TokenKind::SlashEq => BinaryOp::Div,
            TokenKind::PercentEq => BinaryOp::Rem,
            TokenKind::AndEq => BinaryOp::BitAnd,
            TokenKind::OrEq => BinaryOp::BitOr,
            TokenKind::CaretEq => BinaryOp::BitXor,
            TokenKind::LtLtEq => BinaryOp::Shl,
            TokenKind::Gt
                if self.nth(1) == TokenKind::Gt
                    && self.nth(2) == TokenKind::Eq
                    && self.joined(self.pos + 1)
                    && self.joined(self.pos + 2) =>
            {
                return Some((Some(BinaryOp::Shr), 3));
            }
            _ => return None,
        };
        Some((Some(op), 1))
    }
}
