//! Functions, their parameters, attributes, and what stands before items.

use beskid_analysis::ast::{Attribute, Function, FunctionBody, Parameter, ParameterMode};
use beskid_analysis::lexer::TokenKind;

use crate::commands::Command;
use crate::cursor::Cursor;
use crate::values::After;

impl Cursor<'_> {
    pub(crate) fn function(&mut self, function: &Function) {
        self.ty(function.result);
        self.space();
        self.any_token();
        self.type_parameters(&function.type_parameters);
        self.parameters(&function.parameters);
        match &function.body {
            FunctionBody::Block(block) => {
                self.space();
                self.block(block);
            }
            FunctionBody::Expr(value) => {
                self.space();
                self.token(TokenKind::FatArrow);
                self.value(*value, After::Arrow);
                self.mark(TokenKind::Semi);
            }
            FunctionBody::None => self.mark(TokenKind::Semi),
        }
    }

    pub(crate) fn parameters(&mut self, parameters: &[Parameter]) {
        self.list(TokenKind::LParen, TokenKind::RParen, parameters, |cx, parameter| {
            cx.attributes(&parameter.attributes);
            if parameter.mode != ParameterMode::Value {
                cx.any_token();
                cx.space();
            }
            cx.ty(parameter.ty);
            cx.space();
            if parameter.mutable {
                cx.token(TokenKind::Mut);
                cx.space();
            }
            cx.any_token();
        });
    }

    /// `[A] [B(c: d)]`, each beside or above what follows, as it was written.
    pub(crate) fn attributes(&mut self, attributes: &[Attribute]) {
        for attribute in attributes {
            self.token(TokenKind::LBracket);
            self.path(&attribute.path);
            if self.is_at(TokenKind::LParen) {
                let arguments = &attribute.arguments;
                self.list(TokenKind::LParen, TokenKind::RParen, arguments, |cx, argument| {
                    cx.any_token();
                    cx.token(TokenKind::Colon);
                    cx.space();
                    cx.expr(argument.value);
                });
            }
            self.token(TokenKind::RBracket);
            let ends_line = self.line_ahead();
            self.commands.push(if ends_line { Command::Hard } else { Command::Space });
        }
    }
}
