//! Attributes: `[Builder(suffix: "Factory")]` before items, and their declarations.

use super::Parser;
use crate::ast::{Attribute, AttributeArgument, AttributeDef, AttributeParameter, Docs, ItemKind};
use crate::diagnostics::{Code, Diagnostic};
use crate::lexer::TokenKind;

impl Parser<'_> {
    /// `[…]` in front of something, with the documentation before and between.
    pub(super) fn attributes(&mut self, docs: &mut Docs) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        self.take_docs(docs);
        while self.at(TokenKind::LBracket) {
            let named = self.nth(1) == TokenKind::Ident;
            let attribute = self.attribute();
            if named {
                attributes.push(attribute);
            }
            self.take_docs(docs);
        }
        attributes
    }

    fn attribute(&mut self) -> Attribute {
        let (open, start) = (self.pos, self.span());
        self.bump();
        if !self.at(TokenKind::Ident) {
            let diagnostic = self.unexpected("the name of an attribute");
            self.error(match self.kind {
                TokenKind::RBracket => diagnostic.help("an array type is written `T[]`"),
                _ => diagnostic,
            });
            while self.at(TokenKind::LBracket) && self.partner(self.pos).is_none() {
                self.bump();
            }
            self.last_error = self.pos;
        }
        let path = self.plain_path("the name of an attribute");
        let mut arguments = Vec::new();
        if self.at(TokenKind::LParen) {
            let paren = self.pos;
            self.bump();
            while !self.ends_list() {
                match self.attribute_argument() {
                    Some(argument) => arguments.push(argument),
                    None => self.sync_list(),
                }
                if !self.at(TokenKind::Comma) && !self.ends_list() {
                    self.expected("`,` or `)` after an argument");
                    self.sync_list();
                }
                if !self.eat(TokenKind::Comma) {
                    break;
                }
            }
            self.close(paren, TokenKind::RParen, "`,` or `)`");
        }
        if self.at(TokenKind::Comma) {
            let diagnostic = self.unexpected("`]`").help("each attribute has brackets of its own");
            self.error(diagnostic);
        }
        self.close(open, TokenKind::RBracket, "`]` after the attribute");
        Attribute { path, arguments, span: self.since(start) }
    }

    fn attribute_argument(&mut self) -> Option<AttributeArgument> {
        if self.nth(1) != TokenKind::Colon && self.begins_expr() {
            let diagnostic = if self.nth(1) == TokenKind::Eq {
                let span = self.tokens[self.pos + 1].span();
                let text = "an argument of an attribute is written `name: value`";
                Diagnostic::new(Code::UnexpectedToken, span, text).fix("write `:`", span, ":")
            } else {
                self.unexpected("the name of an argument")
                    .help("an argument of an attribute is written `name: value`")
            };
            self.error(diagnostic);
            return None;
        }
        let name = self.expect_ident("the name of an argument")?;
        self.expect(TokenKind::Colon, "after the name of the argument");
        let value = self.inner_expr();
        Some(AttributeArgument { name, value })
    }

    /// `attribute A(Targets) { name: type = default }`
    pub(super) fn attribute_item(&mut self) -> ItemKind {
        self.bump();
        let Some(name) = self.expect_ident("the name of the attribute") else {
            self.sync_item();
            return ItemKind::Error;
        };
        let mut targets = Vec::new();
        let open = self.pos;
        if self.expect(TokenKind::LParen, "and the targets of the attribute") {
            while !self.ends_list() {
                match self.expect_ident("a target, such as `TypeDeclaration`") {
                    Some(target) => targets.push(target),
                    None => self.sync_list(),
                }
                if !self.eat(TokenKind::Comma) {
                    break;
                }
            }
            self.close(open, TokenKind::RParen, "`,` or `)`");
        }
        let mut parameters = Vec::new();
        let open = self.pos;
        if self.expect(TokenKind::LBrace, "and the parameters of the attribute") {
            while !self.ends_list() {
                match self.attribute_parameter() {
                    Some(parameter) => parameters.push(parameter),
                    None => self.sync_list(),
                }
                if !self.at(TokenKind::Comma) && !self.ends_list() {
                    self.expected("`,` or `}` after a parameter");
                    self.sync_list();
                }
                if !self.eat(TokenKind::Comma) {
                    break;
                }
            }
            self.close(open, TokenKind::RBrace, "`,` or `}`");
        }
        ItemKind::Attribute(AttributeDef { name, targets, parameters })
    }

    fn attribute_parameter(&mut self) -> Option<AttributeParameter> {
        let name = self.expect_ident("the name of a parameter")?;
        if self.at(TokenKind::Ident) {
            let diagnostic = self
                .unexpected("`:` after the name of the parameter")
                .help("a parameter of an attribute is written `name: type = default`");
            self.error(diagnostic);
            return None;
        }
        self.expect(TokenKind::Colon, "after the name of the parameter");
        let ty = self.ty();
        let default = self.eat(TokenKind::Eq).then(|| self.inner_expr());
        Some(AttributeParameter { name, ty, default })
    }
}
