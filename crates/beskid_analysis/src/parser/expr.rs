//! Expressions: operators, prefixes, postfixes, operands (language.md §6).
//!
//! Infix operators are resolved with an operand and an operator stack (Dijkstra's shunting yard), so
//! a chain costs no recursion whatever its precedences are. Prefix operators are collected likewise.
//! What opens a bracket recurses, under the limit of [`Parser::nested`].
//!
//! *Absent*: `if`, `match`, lambdas and strings, which are in [`super::control`], and struct literals, in
//! [`super::struct_literal`].

use super::scan::Spelling;
use super::{Parser, Place};
use crate::ast::{
    Argument, BinaryOp, ExprId, ExprKind, Ident, Literal, Path, PathSegment, TypeExprId, UnaryOp,
};
use crate::diagnostics::{Code, Diagnostic, Edit, Fix};
use crate::index::Id;
use crate::lexer::{TokenKind, literal};
use crate::source::Span;

/// An operand with the height of its tree.
#[derive(Clone, Copy)]
pub(super) struct Operand {
    expr: ExprId,
    height: u32,
}

/// An infix operator that waits for its right operand.
#[derive(Clone, Copy)]
pub(super) struct Operator {
    op: BinaryOp,
    level: u8,
    span: Span,
}

/// A prefix operator that waits for its operand.
#[derive(Clone, Copy)]
pub(super) struct Prefix {
    op: UnaryOp,
    span: Span,
}

/// How tightly an operator binds.
const fn level(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Same | BinaryOp::NotSame => EQUALITY,
        BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => RELATION,
        BinaryOp::BitOr => 5,
        BinaryOp::BitXor => 6,
        BinaryOp::BitAnd => 7,
        BinaryOp::Shl | BinaryOp::Shr => 8,
        BinaryOp::Add | BinaryOp::Sub => 9,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => 10,
    }
}
const EQUALITY: u8 = 3;
const RELATION: u8 = 4;

impl Parser<'_> {
    /// An expression, where `{` and `=>` mean what they mean outside.
    pub(super) fn expr(&mut self) -> ExprId {
        self.nested(Self::infix_expr, Self::error_expr)
    }

    /// An expression within brackets.
    pub(super) fn inner_expr(&mut self) -> ExprId {
        self.within(Place::Anywhere, Self::expr)
    }

    /// The condition or subject of `if`, `while`, `for`, `match`.
    pub(super) fn head_expr(&mut self) -> ExprId {
        self.within(Place::Head, Self::expr)
    }

    fn infix_expr(&mut self) -> ExprId {
        let (operands, operators) = (self.operands.len(), self.operators.len());
        let mut chained = false;
        loop {
            self.height = 0;
            let expr = self.prefix_expr();
            self.operands.push(Operand { expr, height: self.height });
            let operator = self.infix_operator().or_else(|| self.turned_operator());
            let Some((op, len)) = operator else { break };
            let level = level(op);
            let span = self.span().to(self.tokens[self.pos + len - 1].span());
            while self.operators.len() > operators
                && self.operators[self.operators.len() - 1].level >= level
            {
                let left = self.operators[self.operators.len() - 1];
                self.reduce();
                if left.level == level && matches!(level, RELATION | EQUALITY) {
                    if !std::mem::replace(&mut chained, true) {
                        self.chained_comparison(left, op, span);
                    }
                    // The type of what is broken causes no further errors.
                    if let Some(top) = self.operands.last() {
                        self.exprs[top.expr].kind = ExprKind::Error;
                    }
                }
            }
            self.operators.push(Operator { op, level, span });
            self.move_to(self.pos + len);
        }
        while self.operators.len() > operators {
            self.reduce();
        }
        debug_assert_eq!(self.operands.len(), operands + 1);
        match self.operands.pop() {
            Some(Operand { expr, height }) => {
                self.height = height;
                expr
            }
            None => self.error_expr(self.previous_end()),
        }
    }

    /// Makes a node of the topmost operator and its two operands.
    fn reduce(&mut self) {
        let (Some(operator), Some(right), Some(left)) =
            (self.operators.pop(), self.operands.pop(), self.operands.pop())
        else {
            return;
        };
        let span = self.exprs[left.expr].span.to(self.exprs[right.expr].span);
        self.height = left.height.max(right.height);
        let expr = self.push_expr(
            ExprKind::Binary {
                op: operator.op,
                op_span: operator.span,
                left: left.expr,
                right: right.expr,
            },
            span,
        );
        self.operands.push(Operand { expr, height: self.height });
    }

    /// E0112; the left comparison was just reduced.
    fn chained_comparison(&mut self, first: Operator, second: BinaryOp, place: Span) {
        let Some(left) = self.operands.last() else { return };
        let ExprKind::Binary { right, .. } = self.exprs[left.expr].kind else { return };
        let middle = self.exprs[right].span;
        let text = self.slice(middle).to_owned();
        let mut diagnostic = Diagnostic::new(
            Code::ChainedComparison,
            place,
            format!(
                "`{}` cannot follow `{}`: comparisons do not chain",
                second.text(),
                first.op.text()
            ),
        )
        .also(first.span, "the first comparison");
        let simple = matches!(
            self.exprs[right].kind,
            ExprKind::Name { .. }
                | ExprKind::Literal(_)
                | ExprKind::Member { .. }
                | ExprKind::Unary { .. }
        ) && !text.contains(['(', '\n']);
        if simple {
            diagnostic.fixes.push(Fix {
                title: format!("compare `{text}` with both"),
                edits: vec![Edit { span: middle.end(), replacement: format!(" && {text}") }],
            });
        } else {
            diagnostic = diagnostic.help("join two comparisons by `&&`: `a < b && b < c`");
        }
        self.error(diagnostic);
    }

    /// The infix operator at the current token and its number of tokens.
    fn infix_operator(&self) -> Option<(BinaryOp, usize)> {
        let op = match self.kind {
            TokenKind::Plus => BinaryOp::Add,
            TokenKind::Minus => BinaryOp::Sub,
            TokenKind::Star => BinaryOp::Mul,
            TokenKind::Slash => BinaryOp::Div,
            TokenKind::Percent => BinaryOp::Rem,
            TokenKind::Lt => BinaryOp::Lt,
            TokenKind::LtEq => BinaryOp::Le,
            TokenKind::LtLt => BinaryOp::Shl,
            TokenKind::EqEq => BinaryOp::Eq,
            TokenKind::NotEq => BinaryOp::Ne,
            TokenKind::EqEqEq => BinaryOp::Same,
            TokenKind::NotEqEq => BinaryOp::NotSame,
            TokenKind::AndAnd => BinaryOp::And,
            TokenKind::OrOr => BinaryOp::Or,
            TokenKind::And => BinaryOp::BitAnd,
            TokenKind::Or => BinaryOp::BitOr,
            TokenKind::Caret => BinaryOp::BitXor,
            TokenKind::Gt => {
                let next = self.pos + 1;
                if !self.joined(next) {
                    return Some((BinaryOp::Gt, 1));
                }
                return match (self.kind_at(next), self.kind_at(next + 1)) {
                    (TokenKind::Eq, _) => Some((BinaryOp::Ge, 2)),
                    (TokenKind::Gt, TokenKind::Eq) if self.joined(next + 1) => None,
                    (TokenKind::Gt, _) => Some((BinaryOp::Shr, 2)),
                    _ => Some((BinaryOp::Gt, 1)),
                };
            }
            _ => return None,
        };
        Some((op, 1))
    }

    pub(super) fn prefix_expr(&mut self) -> ExprId {
        let first = self.prefixes.len();
        loop {
            let op = match self.kind {
                TokenKind::Minus => UnaryOp::Neg,
                TokenKind::Not => UnaryOp::Not,
                TokenKind::Tilde => UnaryOp::BitNot,
                _ => break,
            };
            self.prefixes.push(Prefix { op, span: self.span() });
            self.bump();
        }
        let mut expr = self.postfix_expr();
        while self.prefixes.len() > first
            && let Some(Prefix { op, span }) = self.prefixes.pop()
        {
            let whole = span.to(self.exprs[expr].span);
            let kind = ExprKind::Unary { op, op_span: span, operand: expr };
            expr = self.push_expr(kind, whole);
        }
        expr
    }

    fn postfix_expr(&mut self) -> ExprId {
        let start = self.span();
        let first = self.exprs.len();
        // Whether all so far is a path: names joined by dots, with type arguments.
        let mut path = self.at(TokenKind::Ident) && self.nth(1) != TokenKind::FatArrow;
        let mut expr = self.operand();
        loop {
            match self.kind {
                TokenKind::LParen => {
                    let arguments = self.arguments();
                    let kind = ExprKind::Call { callee: expr, arguments };
                    expr = self.push_expr(kind, self.since(start));
                    path = false;
                }
                TokenKind::LBracket => {
                    let open = self.pos;
                    self.bump();
                    let index = self.inner_expr();
                    self.close(open, TokenKind::RBracket, "`]`");
                    let kind = ExprKind::Index { base: expr, index };
                    expr = self.push_expr(kind, self.since(start));
                    path = false;
                }
                TokenKind::Dot => {
                    self.bump();
                    let Some(name) = self.member_name(expr) else {
                        self.spoil(expr);
                        self.expr_type_arguments();
                        path = false;
                        continue;
                    };
                    let arguments = self.expr_type_arguments();
                    let kind = ExprKind::Member { base: expr, name, arguments };
                    expr = self.push_expr(kind, self.since(start));
                }
                TokenKind::Question => {
                    self.bump();
                    expr = self.push_expr(ExprKind::Try(expr), self.since(start));
                    path = false;
                }
                TokenKind::Colon if path && self.single_colon() => {
                    self.report_single_colon();
                    let whole = self.since(start);
                    let path_so_far = self.take_path(first, whole);
                    expr = self.variant(path_so_far, start);
                    path = false;
                }
                TokenKind::ColonColon if path => {
                    let whole = self.since(start);
                    let path_so_far = self.take_path(first, whole);
                    expr = self.variant(path_so_far, start);
                    path = false;
                }
                TokenKind::Ident if path && self.fields_without_brace() => {
                    self.missing_brace("`{` before the fields");
                    let whole = self.since(start);
                    let type_path = self.take_path(first, whole);
                    expr = self.struct_fields(type_path, start, self.pos - 1);
                    path = false;
                }
                TokenKind::LBrace if path && (self.place != Place::Head || self.field_ahead()) => {
                    let whole = self.since(start);
                    let type_path = self.take_path(first, whole);
                    expr = if self.place == Place::Head {
                        self.struct_literal_in_head(type_path, start)
                    } else {
                        self.struct_literal(type_path, start)
                    };
                    path = false;
                }
                TokenKind::Plus | TokenKind::Minus if self.step_operator() => {
                    self.report_step(self.exprs[expr].span);
                    self.move_to(self.pos + 2);
                    return expr;
                }
                _ => break,
            }
        }
        expr
    }

    fn member_name(&mut self, base: ExprId) -> Option<Ident> {
        if self.at(TokenKind::Ident) || self.kind.is_keyword() {
            return self.expect_ident("the name of a member");
        }
        let diagnostic = self.unexpected("the name of a member after `.`");
        let dot = self.previous_end();
        let diagnostic = match self.exprs[base].kind {
            ExprKind::Literal(Literal::Int(_)) => diagnostic
                .note("a `.` belongs to a number only between digits")
                .fix("write `.0`", dot, "0"),
            _ => diagnostic,
        };
        self.error(diagnostic);
        None
    }

    /// `<T>` after a name in an expression, if it is there.
    fn expr_type_arguments(&mut self) -> Vec<TypeExprId> {
        if self.at(TokenKind::Lt) && self.type_arguments_ahead() {
            return self.type_arguments(Spelling::Expression);
        }
        if self.at(TokenKind::Lt) && self.unclosed_type_argument() {
            return self.read_unclosed_type_argument();
        }
        Vec::new()
    }

    /// Turns the names made since `first` into a path.
    fn take_path(&mut self, first: usize, span: Span) -> Path {
        let mut segments = Vec::with_capacity(self.exprs.len() - first);
        for index in first..self.exprs.len() {
            match &mut self.exprs[ExprId::from_index(index)].kind {
                ExprKind::Name { name, arguments } | ExprKind::Member { name, arguments, .. } => {
                    let arguments = std::mem::take(arguments);
                    segments.push(PathSegment { ident: *name, arguments });
                }
                _ => {}
            }
        }
        self.exprs.truncate(first);
        if segments.is_empty() {
            let ident = self.missing_ident();
            segments.push(PathSegment { ident, arguments: Vec::new() });
        }
        Path { segments, span }
    }

    /// `::V` after an enum's path.
    fn variant(&mut self, path: Path, start: Span) -> ExprId {
        self.bump();
        if self.at(TokenKind::Lt) {
            // `Id::<i32>(5)`
            let colons = self.previous_end();
            let colons = Span::new(colons.hi - 2, colons.hi);
            self.error(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    colons,
                    "type arguments follow the name without `::`",
                )
                .fix("remove it", colons, ""),
            );
            let arguments = self.type_arguments(Spelling::Expression);
            let mut segments = path.segments;
            let mut expr = None;
            let last = segments.len() - 1;
            segments[last].arguments = arguments;
            for PathSegment { ident: name, arguments } in segments {
                let span = self.since(start);
                let kind = match expr {
                    None => ExprKind::Name { name, arguments },
                    Some(base) => ExprKind::Member { base, name, arguments },
                };
                expr = Some(self.push_expr(kind, span));
            }
            return expr.unwrap_or_else(|| self.error_expr(start));
        }
        let variant = match self.expect_ident("the name of a variant after `::`") {
            Some(variant) => variant,
            None => return self.error_expr(self.since(start)),
        };
        self.push_expr(ExprKind::Variant { path, variant }, self.since(start))
    }

    /// `(a, ref b, out c)`
    fn arguments(&mut self) -> Vec<Argument> {
        let open = self.pos;
        self.bump();
        let mut arguments = Vec::new();
        while !self.ends_list() {
            if self.at(TokenKind::Ident) && self.nth(1) == TokenKind::Colon {
                let span = self.span().to(self.tokens[self.pos + 1].span());
                let gap = Span::new(span.lo, self.tokens[self.pos + 2].lo);
                self.error(
                    Diagnostic::new(Code::UnexpectedToken, span, "arguments have no names").fix(
                        "remove the name",
                        gap,
                        "",
                    ),
                );
                self.move_to(self.pos + 2);
            }
            let mode = self.parameter_mode();
            if self.block_behind_open_parenthesis(open) {
                return arguments;
            }
            // In a head a `(` without partner leaves the `{` to the block.
            let value = if self.place == Place::Head && self.partner(open).is_none() {
                self.expr()
            } else {
                self.inner_expr()
            };
            arguments.push(Argument { mode, value });
            if self.block_behind_open_parenthesis(open) {
                return arguments;
            }
            if !self.list_goes_on(value, "`,` or `)` after an argument") {
                break;
            }
        }
        self.close(open, TokenKind::RParen, "`,` or `)`");
        arguments
    }

    /// Takes the comma after an element. Text that does not belong is reported and skipped.
    fn list_goes_on(&mut self, element: ExprId, expected: &str) -> bool {
        if self.at(TokenKind::Eq) {
            self.assignment_inside(element);
        }
        if !self.at(TokenKind::Comma) && !self.ends_list() {
            // A new statement inside means that the bracket was not closed.
            if self.line_before(self.pos) && self.begins_statement() {
                return false;
            }
            let diagnostic = self.explain_after_expression(self.unexpected(expected));
            if diagnostic.fixes.is_empty() && diagnostic.helps.is_empty() && self.begins_expr() {
                // Only the comma is missing.
                self.error(diagnostic.fix("write the comma", self.previous_end(), ","));
                return true;
            }
            self.error(diagnostic);
            self.spoil(element);
            self.sync_list();
        }
        self.eat(TokenKind::Comma)
    }

    fn operand(&mut self) -> ExprId {
        let span = self.span();
        match self.kind {
            TokenKind::Ident => {
                if self.nth(1) == TokenKind::FatArrow && self.place == Place::Anywhere {
                    return self.lambda();
                }
                let name = self.take_ident();
                let arguments = self.expr_type_arguments();
                self.push_expr(ExprKind::Name { name, arguments }, self.since(span))
            }
            TokenKind::Number => {
                let lo = span.lo;
                self.bump();
                let mut reports = Vec::new();
                let value = literal::number(self.slice(span), lo, &mut |d| reports.push(d));
                self.literal(value, reports, span)
            }
            TokenKind::Text | TokenKind::TextStart => self.text_expr(),
            TokenKind::Char => {
                self.bump();
                let mut reports = Vec::new();
                let value = literal::char(self.slice(span), span.lo, &mut |d| reports.push(d));
                self.literal(value.map(Literal::Char), reports, span)
            }
            TokenKind::True | TokenKind::False => {
                let value = Literal::Bool(self.at(TokenKind::True));
                self.bump();
                self.push_expr(ExprKind::Literal(value), span)
            }
            TokenKind::This => {
                self.bump();
                self.push_expr(ExprKind::This, span)
            }
            TokenKind::LParen => self.paren_expr(),
            TokenKind::LBracket => self.array_expr(),
            TokenKind::LBrace => self.block_expr(),
            TokenKind::If => self.if_expr(),
            TokenKind::Match => self.match_expr(),
            TokenKind::Return => {
                self.bump();
                // `_` and `.5` are no values, and reported as such.
                let mistaken = !self.line_before(self.pos)
                    && (matches!(
                        self.kind,
                        TokenKind::Underscore | TokenKind::Error | TokenKind::FatArrow
                    ) || (self.at(TokenKind::Dot) && self.nth(1) == TokenKind::Number));
                let value = (self.begins_expr() || mistaken).then(|| self.expr());
                self.push_expr(ExprKind::Return(value), self.since(span))
            }
            TokenKind::Break => {
                self.bump();
                self.push_expr(ExprKind::Break, span)
            }
            TokenKind::Continue => {
                self.bump();
                self.push_expr(ExprKind::Continue, span)
            }
            TokenKind::Underscore if self.nth(1) == TokenKind::FatArrow => self.lambda(),
            _ => self.missing_operand(),
        }
    }

    fn literal(&mut self, value: Option<Literal>, reports: Vec<Diagnostic>, span: Span) -> ExprId {
        self.diagnostics.extend(reports);
        match value {
            Some(value) => self.push_expr(ExprKind::Literal(value), span),
            None => self.error_expr(span),
        }
    }

    /// Whether an expression can begin with the current token.
    pub(super) fn begins_expr(&self) -> bool {
        match self.kind {
            TokenKind::LBrace => self.place != Place::Head,
            kind => matches!(
                kind,
                TokenKind::Ident
                    | TokenKind::Number
                    | TokenKind::Text
                    | TokenKind::TextStart
                    | TokenKind::Char
                    | TokenKind::True
                    | TokenKind::False
                    | TokenKind::This
                    | TokenKind::LParen
                    | TokenKind::LBracket
                    | TokenKind::If
                    | TokenKind::Match
                    | TokenKind::Return
                    | TokenKind::Break
                    | TokenKind::Continue
                    | TokenKind::Minus
                    | TokenKind::Not
                    | TokenKind::Tilde
            ),
        }
    }

    /// `()`, `(e)`, or a lambda.
    fn paren_expr(&mut self) -> ExprId {
        let (open, start) = (self.pos, self.span());
        if self.place != Place::Guard
            && let Some(close) = self.partner(open)
            && self.kind_at(close + 1) == TokenKind::FatArrow
        {
            return self.lambda();
        }
        self.bump();
        if self.eat(TokenKind::RParen) {
            return self.push_expr(ExprKind::Literal(Literal::Unit), self.since(start));
        }
        let inner = self.inner_expr();
        if self.at(TokenKind::Eq) {
            self.assignment_inside(inner);
        }
        if self.at(TokenKind::Comma) {
            self.spoil(inner);
            let diagnostic = self.unexpected("`)`").help("there are no tuples; declare a `type`");
            self.error(diagnostic);
        }
        self.close(open, TokenKind::RParen, "an operator or `)`");
        self.push_expr(ExprKind::Paren(inner), self.since(start))
    }

    fn array_expr(&mut self) -> ExprId {
        let (open, start) = (self.pos, self.span());
        self.bump();
        let mut elements = Vec::new();
        while !self.ends_list() {
            let element = self.inner_expr();
            elements.push(element);
            if self.at(TokenKind::Semi) && self.partner(open).is_some() {
                let diagnostic = self
                    .unexpected("`,` or `]` after an element")
                    .help("`Array.Filled<T>(count, value)` makes an array of equal elements");
                self.error(diagnostic);
                break;
            }
            if !self.list_goes_on(element, "`,` or `]` after an element") {
                break;
            }
        }
        self.close(open, TokenKind::RBracket, "`,` or `]`");
        self.push_expr(ExprKind::Array(elements), self.since(start))
    }
}
