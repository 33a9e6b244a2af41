//! Types, paths and what stands between `<` and `>`.
//!
//! Types are never broken over lines. `(A) => R` and `R(A)` are written `(A) -> R`, the latter unless
//! comments stand in it, which would move.

use beskid_analysis::ast::{Path, TypeExprId, TypeExprKind, TypeParameter};
use beskid_analysis::lexer::TokenKind;

use crate::commands::Command;
use crate::cursor::Cursor;

impl Cursor<'_> {
    pub(crate) fn ty(&mut self, id: TypeExprId) {
        let ty = &self.ast.types[id];
        match &ty.kind {
            TypeExprKind::Error => unreachable!("the file has no errors"),
            TypeExprKind::Path(path) => self.path(path),
            TypeExprKind::Array(element) => {
                self.comments_before();
                let moves = self.is_result_first(*element) && !self.has_comment_before(ty.span.hi);
                if moves {
                    self.commands.push(Command::Fixed("("));
                }
                self.ty(*element);
                if moves {
                    self.commands.push(Command::Fixed(")"));
                }
                self.token(TokenKind::LBracket);
                self.token(TokenKind::RBracket);
            }
            TypeExprKind::Function { parameters, result } => {
                if self.is_result_first(id) {
                    return self.result_first(ty.span.hi, parameters, *result);
                }
                self.parameter_types(parameters);
                self.space();
                match self.kind() {
                    TokenKind::FatArrow => self.token_as(TokenKind::FatArrow, "->"),
                    _ => self.token(TokenKind::Arrow),
                }
                self.space();
                self.ty(*result);
            }
            TypeExprKind::Paren(inner) => {
                self.token(TokenKind::LParen);
                self.ty(*inner);
                self.skip_comma();
                self.token(TokenKind::RParen);
            }
        }
    }

    /// Whether a type is spelled `R(A)`.
    fn is_result_first(&self, id: TypeExprId) -> bool {
        let ty = &self.ast.types[id];
        match &ty.kind {
            TypeExprKind::Function { result, .. } => self.ast.types[*result].span.lo == ty.span.lo,
            _ => false,
        }
    }

    fn result_first(&mut self, end: u32, parameters: &[TypeExprId], result: TypeExprId) {
        self.comments_before();
        let moves = !self.has_comment_before(end);
        self.commands.release();
        let first = self.commands.at();
        self.ty(result);
        if !moves {
            return self.parameter_types(parameters);
        }
        let middle = self.commands.at();
        self.parameter_types(parameters);
        let count = self.commands.at() - middle;
        self.commands.swap_after(first, middle);
        for command in [Command::Space, Command::Fixed("->"), Command::Space] {
            self.commands.insert(first + count, command);
        }
    }

    fn parameter_types(&mut self, parameters: &[TypeExprId]) {
        self.token(TokenKind::LParen);
        self.type_list(parameters);
        self.token(TokenKind::RParen);
    }

    fn type_list(&mut self, types: &[TypeExprId]) {
        for (index, &ty) in types.iter().enumerate() {
            if index > 0 {
                self.mark(TokenKind::Comma);
                self.space();
            }
            self.ty(ty);
        }
        self.skip_comma();
    }

    /// `<A, B>`, if it is there.
    pub(crate) fn type_arguments(&mut self, arguments: &[TypeExprId]) {
        if !arguments.is_empty() {
            self.token(TokenKind::Lt);
            self.type_list(arguments);
            self.token(TokenKind::Gt);
        }
    }

    /// `A.B<T>`
    pub(crate) fn path(&mut self, path: &Path) {
        for (index, segment) in path.segments.iter().enumerate() {
            if index > 0 {
                self.token(TokenKind::Dot);
            }
            self.any_token();
            self.type_arguments(&segment.arguments);
        }
    }

    /// `<T : A & B, U>`, if it is there.
    pub(crate) fn type_parameters(&mut self, parameters: &[TypeParameter]) {
        if parameters.is_empty() {
            return;
        }
        self.token(TokenKind::Lt);
        for (index, parameter) in parameters.iter().enumerate() {
            if index > 0 {
                self.mark(TokenKind::Comma);
                self.space();
            }
            self.any_token();
            self.bounds(&parameter.bounds);
        }
        self.skip_comma();
        self.token(TokenKind::Gt);
    }

    /// ` : A & B`, if it is there.
    pub(crate) fn bounds(&mut self, bounds: &[TypeExprId]) {
        for (index, &bound) in bounds.iter().enumerate() {
            self.space();
            self.token(if index == 0 { TokenKind::Colon } else { TokenKind::And });
            self.space();
            self.ty(bound);
        }
    }

    /// ` : A, B` after the name of a type, if it is there.
    pub(crate) fn contracts(&mut self, contracts: &[TypeExprId]) {
        for (index, &contract) in contracts.iter().enumerate() {
            if index == 0 {
                self.space();
                self.token(TokenKind::Colon);
            } else {
                self.mark(TokenKind::Comma);
            }
            self.space();
            self.ty(contract);
        }
    }
}
