//! Patterns (language.md §11.1).

use super::Parser;
use super::scan::Spelling;
use crate::ast::{Literal, PatternId, PatternKind, TextPart};
use crate::diagnostics::{Code, Diagnostic};
use crate::lexer::{TokenKind, literal};
use crate::source::Span;

impl Parser<'_> {
    /// `p | q`
    pub(super) fn pattern(&mut self) -> PatternId {
        self.nested(Self::pattern_here, |cx, span| cx.push_pattern(PatternKind::Error, span))
    }

    fn pattern_here(&mut self) -> PatternId {
        let start = self.span();
        let first = self.pattern_alternative();
        if !self.at(TokenKind::Or) {
            return first;
        }
        let mut alternatives = vec![first];
        while self.eat(TokenKind::Or) {
            alternatives.push(self.pattern_alternative());
        }
        self.push_pattern(PatternKind::Or(alternatives), self.since(start))
    }

    fn pattern_alternative(&mut self) -> PatternId {
        let start = self.span();
        let kind = match self.kind {
            TokenKind::Underscore => {
                self.bump();
                PatternKind::Wildcard
            }
            TokenKind::Text => {
                self.bump();
                let mut parts = Vec::new();
                self.text_piece(start, &mut parts);
                match parts.pop() {
                    Some(TextPart::Text(text)) => PatternKind::Text(text),
                    _ => PatternKind::Text("".into()),
                }
            }
            TokenKind::TextStart => {
                self.error(Diagnostic::new(
                    Code::UnexpectedToken,
                    start,
                    "a string in a pattern has no interpolation",
                ));
                self.skip_tree();
                PatternKind::Error
            }
            TokenKind::Minus
            | TokenKind::Number
            | TokenKind::Char
            | TokenKind::True
            | TokenKind::False => self.literal_pattern(),
            TokenKind::Ident => self.named_pattern(),
            TokenKind::LParen => {
                let diagnostic =
                    self.unexpected("a pattern").help("patterns stand without parentheses");
                self.error(diagnostic);
                self.skip_tree();
                PatternKind::Error
            }
            _ => {
                self.expected("a pattern");
                if self.at(TokenKind::Error) {
                    self.bump();
                }
                PatternKind::Error
            }
        };
        self.push_pattern(kind, self.since(start))
    }

    /// A literal, or a range of two.
    fn literal_pattern(&mut self) -> PatternKind {
        let Some(low) = self.pattern_bound() else { return PatternKind::Error };
        if self.eat(TokenKind::DotDot) {
            if self.at(TokenKind::Eq) {
                let span = self.span();
                self.error(
                    Diagnostic::new(
                        Code::UnexpectedToken,
                        span,
                        "a range in a pattern includes both its ends",
                    )
                    .fix("remove the `=`", span, ""),
                );
                self.bump();
            }
            let Some(high) = self.pattern_bound() else { return PatternKind::Error };
            return PatternKind::Range { low, high };
        }
        PatternKind::Literal { negative: low.0, literal: low.1 }
    }

    /// A literal with its sign.
    fn pattern_bound(&mut self) -> Option<(bool, Literal)> {
        let negative = self.eat(TokenKind::Minus);
        let span = self.span();
        let text = self.slice(span);
        let mut reports = Vec::new();
        let literal = match self.kind {
            TokenKind::Number => literal::number(text, span.lo, &mut |d| reports.push(d)),
            TokenKind::Char if !negative => {
                literal::char(text, span.lo, &mut |d| reports.push(d)).map(Literal::Char)
            }
            TokenKind::True | TokenKind::False if !negative => {
                Some(Literal::Bool(self.at(TokenKind::True)))
            }
            _ => {
                self.expected(if negative { "a number" } else { "a literal" });
                return None;
            }
        };
        self.diagnostics.extend(reports);
        self.bump();
        literal.map(|literal| (negative, literal))
    }

    /// What begins with a name: a binding, a variant, a typed binding.
    fn named_pattern(&mut self) -> PatternKind {
        match self.nth(1) {
            TokenKind::LParen => {
                let variant = self.take_ident();
                let payload = self.payload();
                return PatternKind::BareVariant { variant, payload };
            }
            TokenKind::ColonColon
            | TokenKind::Dot
            | TokenKind::Lt
            | TokenKind::Ident
            | TokenKind::Underscore
            | TokenKind::Mut
            | TokenKind::LBracket => {}
            _ => return PatternKind::Name(self.take_ident()),
        }
        if let Ok(end) = self.scan_type(self.pos, Spelling::Expression, 0)
            && matches!(
                self.kind_at(end),
                TokenKind::Ident | TokenKind::Underscore | TokenKind::Mut
            )
        {
            let ty = self.ty_spelled(Spelling::Expression);
            if self.at(TokenKind::Mut) {
                let span = self.span();
                self.error(
                    Diagnostic::new(
                        Code::UnexpectedToken,
                        span,
                        "what a pattern binds is immutable",
                    )
                    .fix("remove `mut`", span, ""),
                );
                self.bump();
            }
            return match self.expect_binding("a name") {
                Some(name) => PatternKind::Typed { ty, name },
                None => PatternKind::Error,
            };
        }
        self.variant_pattern()
    }

    /// `E::V`, `E::V(p, q)`
    fn variant_pattern(&mut self) -> PatternKind {
        let start = self.span();
        let mut path = self.path();
        for segment in &mut path.segments {
            if !segment.arguments.is_empty() {
                let span = Span::new(segment.ident.span.hi, path.span.hi);
                segment.arguments.clear();
                if self.diagnostics.last().is_none_or(|last| last.span().lo < start.lo) {
                    self.error_behind(
                        Diagnostic::new(
                            Code::UnexpectedToken,
                            span,
                            "a pattern names an enum without type arguments",
                        )
                        .fix("remove them", span, ""),
                    );
                }
            }
        }
        if self.eat(TokenKind::ColonColon) {
            let Some(variant) = self.expect_ident("the name of a variant after `::`") else {
                if self.at(TokenKind::LParen) {
                    self.skip_tree();
                }
                return PatternKind::Error;
            };
            let payload = self.at(TokenKind::LParen).then(|| self.payload());
            return PatternKind::Variant { path, variant, payload };
        }
        let dotted = path.segments.len() > 1
            && matches!(
                self.kind,
                TokenKind::LParen
                    | TokenKind::FatArrow
                    | TokenKind::When
                    | TokenKind::Comma
                    | TokenKind::RParen
            );
        if dotted && let Some(variant) = path.segments.pop() {
            // `Shape.Circle(r)`
            let dot = Span::new(variant.ident.span.lo - 1, variant.ident.span.lo);
            let name = self.slice(variant.ident.span);
            self.error(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    dot,
                    format!("a variant follows its enum after `::`: `::{name}`"),
                )
                .fix("write `::`", dot, "::"),
            );
            if let Some(last) = path.segments.last() {
                path.span.hi = last.ident.span.hi;
            }
            let payload = self.at(TokenKind::LParen).then(|| self.payload());
            return PatternKind::Variant { path, variant: variant.ident, payload };
        }
        self.expected("`::` and a variant after the name of an enum");
        PatternKind::Error
    }

    /// `(p, q)`
    fn payload(&mut self) -> Vec<PatternId> {
        let open = self.pos;
        self.bump();
        let mut patterns = Vec::new();
        while !self.ends_list() {
            patterns.push(self.pattern());
            if matches!(self.kind, TokenKind::FatArrow | TokenKind::When) {
                // The arm goes on: only the bracket is missing.
                self.unclosed(open, TokenKind::RParen);
                return patterns;
            }
            if !self.at(TokenKind::Comma) && !self.ends_list() {
                self.expected("`,` or `)` after a pattern");
                self.sync_list();
            }
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.close(open, TokenKind::RParen, "`,` or `)`");
        patterns
    }
}
