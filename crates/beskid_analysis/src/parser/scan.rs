//! Look-ahead over types: where does the type end that begins here, if one does?
//!
//! Two questions need it. Does a statement begin with a declaration (language.md §5.6)? It is asked
//! once at each statement and the walk stops at the first token that no type holds, so it is linear.
//! Does `<` in an expression open type arguments (§6.5)? It is asked at each `<`, and one walk may run
//! over many; each `<` that a walk meets is remembered, so every one is walked once.
//!
//! *Invariants.* Nothing is consumed, reported or interned here.

use super::{Parser, Place};
use crate::ast::MAX_DEPTH;
use crate::lexer::TokenKind;

/// What follows the `<` at some token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Angle {
    /// Type arguments, up to the `>` before this token.
    Closes(u32),
    /// No type arguments.
    Fails,
    /// Nested beyond the limit.
    TooDeep,
}

/// Which spellings of types count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// In declarations: `(A) => R` and `R(A)` as well.
    Declaration,
    /// Inside expressions: only `(A) -> R`.
    Expression,
}

/// Why a walk ended without a type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    NoType,
    TooDeep,
}

/// What begins a statement or item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ahead {
    /// `T name`, the name at this token.
    Variable(usize),
    /// `T mut name`
    Mutable,
    /// `T name(…` or `T name<…`, a function, the name at this token.
    Function(usize),
    /// Something else.
    Other,
}

impl Parser<'_> {
    /// What the statement or item at the current token is, if it begins with a type.
    pub(super) fn declaration_ahead(&mut self) -> Ahead {
        let quick = match self.kind {
            TokenKind::Ident => matches!(
                self.nth(1),
                TokenKind::Ident
                    | TokenKind::Underscore
                    | TokenKind::Mut
                    | TokenKind::Lt
                    | TokenKind::Dot
                    | TokenKind::LBracket
                    | TokenKind::LParen
                    | TokenKind::Question
            ),
            TokenKind::LParen => true,
            _ => false,
        };
        if !quick {
            return Ahead::Other;
        }
        let mut end = match self.scan_type(self.pos, Spelling::Declaration, 0) {
            Ok(end) => end,
            // What follows has the look of a declaration; its type will be reported.
            Err(Stop::TooDeep) if self.nth(1) == TokenKind::Lt || self.at(TokenKind::LParen) => {
                return Ahead::Mutable;
            }
            Err(_) => return Ahead::Other,
        };
        if self.kind_at(end) == TokenKind::Question {
            // `string? x = …`: the type parser explains what to write.
            end += 1;
        }
        match self.kind_at(end) {
            TokenKind::Mut => Ahead::Mutable,
            TokenKind::Ident | TokenKind::Underscore => match self.kind_at(end + 1) {
                TokenKind::LParen | TokenKind::Lt => Ahead::Function(end),
                _ => Ahead::Variable(end),
            },
            _ => Ahead::Other,
        }
    }

    /// Whether a function begins at the current token.
    pub(super) fn function_ahead(&mut self) -> bool {
        matches!(self.declaration_ahead(), Ahead::Function(_))
    }

    /// The token behind the type that begins at a token.
    pub(super) fn scan_type(
        &mut self,
        at: usize,
        spelling: Spelling,
        depth: u32,
    ) -> Result<usize, Stop> {
        if depth >= MAX_DEPTH {
            return Err(Stop::TooDeep);
        }
        let mut at = at;
        match self.kind_at(at) {
            TokenKind::Ident => at = self.scan_path(at, spelling, depth)?,
            TokenKind::LParen => {
                let close = self.partner(at).ok_or(Stop::NoType)?;
                // What follows `)` rules most expressions out before the walk inside.
                match self.kind_at(close + 1) {
                    TokenKind::Arrow => {}
                    TokenKind::FatArrow if spelling == Spelling::Declaration => {}
                    TokenKind::LBracket if self.kind_at(close + 2) == TokenKind::RBracket => {}
                    TokenKind::LParen if spelling == Spelling::Declaration => {}
                    TokenKind::Ident | TokenKind::Mut | TokenKind::Question if depth == 0 => {}
                    TokenKind::Comma | TokenKind::RParen | TokenKind::Gt if depth > 0 => {}
                    _ => return Err(Stop::NoType),
                }
                let count = self.scan_list(at, close, spelling, depth)?;
                at = close + 1;
                match self.kind_at(at) {
                    TokenKind::Arrow => return self.scan_type(at + 1, spelling, depth + 1),
                    TokenKind::FatArrow if spelling == Spelling::Declaration => {
                        return self.scan_type(at + 1, spelling, depth + 1);
                    }
                    _ if count == 1 => {}
                    _ => return Err(Stop::NoType),
                }
            }
            _ => return Err(Stop::NoType),
        }
        loop {
            match self.kind_at(at) {
                TokenKind::LBracket if self.kind_at(at + 1) == TokenKind::RBracket => at += 2,
                TokenKind::LParen if spelling == Spelling::Declaration => {
                    let Some(close) = self.partner(at) else { return Ok(at) };
                    let part_of_type = matches!(
                        self.kind_at(close + 1),
                        TokenKind::Ident
                            | TokenKind::Underscore
                            | TokenKind::Mut
                            | TokenKind::LBracket
                            | TokenKind::LParen
                            | TokenKind::Comma
                            | TokenKind::RParen
                            | TokenKind::Gt
                            | TokenKind::Question
                    );
                    if !part_of_type {
                        return Ok(at);
                    }
                    self.scan_list(at, close, spelling, depth)?;
                    at = close + 1;
                }
                _ => return Ok(at),
            }
        }
    }

    fn scan_path(&mut self, at: usize, spelling: Spelling, depth: u32) -> Result<usize, Stop> {
        let mut at = at;
        loop {
            at += 1;
            if self.kind_at(at) == TokenKind::Lt {
                at = self.scan_angle(at, spelling, depth)?;
            }
            if self.kind_at(at) == TokenKind::Dot && self.kind_at(at + 1) == TokenKind::Ident {
                at += 1;
            } else {
                return Ok(at);
            }
        }
    }

    /// The types between parentheses; gives their number.
    fn scan_list(
        &mut self,
        open: usize,
        close: usize,
        spelling: Spelling,
        depth: u32,
    ) -> Result<usize, Stop> {
        let (mut at, mut count) = (open + 1, 0);
        while at < close {
            at = self.scan_type(at, spelling, depth + 1)?;
            count += 1;
            match self.kind_at(at) {
                TokenKind::Comma => at += 1,
                _ if at == close => {}
                _ => return Err(Stop::NoType),
            }
        }
        Ok(count)
    }

    /// The token behind the `>` of the type arguments that begin with a `<`.
    pub(super) fn scan_angle(
        &mut self,
        open: usize,
        spelling: Spelling,
        depth: u32,
    ) -> Result<usize, Stop> {
        let remember = spelling == Spelling::Expression;
        if remember && let Some(&angle) = self.angles.get(&(open as u32)) {
            return match angle {
                Angle::Closes(end) => Ok(end as usize),
                Angle::Fails => Err(Stop::NoType),
                Angle::TooDeep => Err(Stop::TooDeep),
            };
        }
        let result = self.scan_arguments(open, spelling, depth);
        if remember {
            let angle = match result {
                Ok(end) => Angle::Closes(end as u32),
                Err(Stop::NoType) => Angle::Fails,
                Err(Stop::TooDeep) => Angle::TooDeep,
            };
            self.angles.insert(open as u32, angle);
        }
        result
    }

    fn scan_arguments(
        &mut self,
        open: usize,
        spelling: Spelling,
        depth: u32,
    ) -> Result<usize, Stop> {
        let mut at = open + 1;
        loop {
            at = self.scan_type(at, spelling, depth + 1)?;
            match self.kind_at(at) {
                TokenKind::Comma => at += 1,
                TokenKind::Gt => return Ok(at + 1),
                _ => return Err(Stop::NoType),
            }
        }
    }

    /// Whether the current `<`, after a name in an expression, opens type arguments (§6.5).
    pub(super) fn type_arguments_ahead(&mut self) -> bool {
        match self.scan_angle(self.pos, Spelling::Expression, 0) {
            Ok(end) => match self.kind_at(end) {
                TokenKind::LParen | TokenKind::Dot | TokenKind::ColonColon => true,
                TokenKind::LBrace => self.place != Place::Head,
                _ => false,
            },
            Err(stop) => stop == Stop::TooDeep,
        }
    }
}
