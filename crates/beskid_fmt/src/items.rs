//! Items and their members.

use beskid_analysis::ast::{
    AttributeDef, Contract, ContractMember, Enum, Impl, Item, ItemId, ItemKind, Mod, Test,
    TestEntry, TypeDef, TypeMember, VariantField,
};
use beskid_analysis::lexer::TokenKind;

use crate::blocks::{Lines, MAX_ON_A_LINE};
use crate::cursor::Cursor;
use crate::lists::Padding;
use crate::values::After;

impl Cursor<'_> {
    /// The whole file.
    pub(crate) fn file(&mut self) {
        let ast = self.ast;
        for (index, &item) in ast.root.iter().enumerate() {
            if index > 0 {
                self.separate();
            }
            self.item(item);
        }
        if self.has_comment_before(self.place()) {
            if !ast.root.is_empty() {
                self.separate();
            }
            self.comments_within();
        }
    }

    fn item(&mut self, id: ItemId) {
        let Item { kind, public, attributes, .. } = &self.ast.items[id];
        self.attributes(attributes);
        if *public {
            self.token(TokenKind::Pub);
            self.space();
        }
        if !matches!(kind, ItemKind::Function(_)) {
            // `type`, `enum` and their kin; `test` as well.
            self.any_token();
            self.space();
        }
        match kind {
            ItemKind::Error => unreachable!("the file has no errors"),
            ItemKind::Function(function) => self.function(function),
            ItemKind::Type(definition) => self.type_definition(definition),
            ItemKind::Alias { parameters, ty, .. } => {
                self.any_token();
                self.type_parameters(parameters);
                self.space();
                self.token(TokenKind::Eq);
                self.space();
                self.ty(*ty);
                self.mark(TokenKind::Semi);
            }
            ItemKind::Enum(definition) => self.enum_definition(definition),
            ItemKind::Contract(contract) => self.contract(contract),
            ItemKind::Impl(methods) => self.methods(methods),
            ItemKind::Attribute(definition) => self.attribute_definition(definition),
            ItemKind::Const(constant) => {
                self.ty(constant.ty);
                self.space();
                self.any_token();
                self.space();
                self.token(TokenKind::Eq);
                self.value(constant.value, After::Equals);
                self.mark(TokenKind::Semi);
            }
            ItemKind::Test(test) => self.test(test),
            ItemKind::Mod(module) => self.module(module),
            ItemKind::Use(import) => {
                self.path(&import.path);
                if import.alias.is_some() {
                    self.space();
                    self.any_token();
                    self.space();
                    self.any_token();
                }
                self.mark(TokenKind::Semi);
            }
        }
    }

    fn type_definition(&mut self, definition: &TypeDef) {
        self.any_token();
        self.type_parameters(&definition.parameters);
        self.contracts(&definition.contracts);
        if self.is_at(TokenKind::Semi) {
            return self.mark(TokenKind::Semi);
        }
        self.space();
        self.braced_list(&definition.members, |cx, member| match member {
            TypeMember::Field(field) => {
                cx.attributes(&field.attributes);
                cx.ty(field.ty);
                cx.space();
                cx.any_token();
            }
            TypeMember::Event(event) => {
                cx.attributes(&event.attributes);
                cx.token(TokenKind::Event);
                if event.capacity.is_some() {
                    cx.token(TokenKind::LBrace);
                    cx.any_token();
                    cx.token(TokenKind::RBrace);
                }
                cx.space();
                cx.any_token();
                cx.parameters(&event.parameters);
            }
        });
    }

    fn enum_definition(&mut self, definition: &Enum) {
        self.any_token();
        self.type_parameters(&definition.parameters);
        self.contracts(&definition.contracts);
        self.space();
        self.braced_list(&definition.variants, |cx, variant| {
            cx.any_token();
            if cx.is_at(TokenKind::LParen) {
                cx.variant_fields(&variant.fields);
            }
        });
    }

    fn variant_fields(&mut self, fields: &[VariantField]) {
        self.list(TokenKind::LParen, TokenKind::RParen, fields, |cx, field| {
            cx.ty(field.ty);
            if field.name.is_some() {
                cx.space();
                cx.any_token();
            }
        });
    }

    fn contract(&mut self, contract: &Contract) {
        self.any_token();
        self.type_parameters(&contract.parameters);
        self.space();
        self.sequence(&contract.members, |cx, member| match member {
            ContractMember::Embed(ty) => {
                cx.ty(*ty);
                cx.mark(TokenKind::Semi);
            }
            ContractMember::Method(method) => cx.item(*method),
        });
    }

    fn methods(&mut self, methods: &Impl) {
        let mut parameters = methods.parameters.as_slice();
        if self.is_at(TokenKind::LParen) {
            // `(T : Comparable)[]`
            self.token(TokenKind::LParen);
            self.any_token();
            for parameter in parameters {
                self.bounds(&parameter.bounds);
            }
            self.token(TokenKind::RParen);
        } else {
            loop {
                self.any_token();
                if self.is_at(TokenKind::Lt) {
                    let count = self.names_in_angles();
                    let (here, rest) = parameters.split_at(count);
                    self.type_parameters(here);
                    parameters = rest;
                }
                if !self.eat(TokenKind::Dot) {
                    break;
                }
            }
        }
        while self.eat(TokenKind::LBracket) {
            self.token(TokenKind::RBracket);
        }
        self.space();
        self.sequence(&methods.methods, |cx, method| cx.item(*method));
    }

    fn module(&mut self, module: &Mod) {
        self.path(&module.path);
        match &module.items {
            None => self.mark(TokenKind::Semi),
            Some(items) => {
                self.space();
                self.sequence(items, |cx, item| cx.item(*item));
            }
        }
    }

    /// Members in braces that end by themselves.
    fn sequence<T>(&mut self, members: &[T], mut member: impl FnMut(&mut Self, &T)) {
        let one_line = self.same_line(self.place(), self.bracket_end());
        let lines = match one_line && members.len() <= MAX_ON_A_LINE {
            true => Lines::IfBroken,
            false => Lines::Always,
        };
        self.group(|cx| {
            if members.is_empty() {
                return cx.empty(TokenKind::LBrace, TokenKind::RBrace, Padding::Blank);
            }
            cx.token(TokenKind::LBrace);
            cx.commands.indent();
            for (index, each) in members.iter().enumerate() {
                cx.between_statements(lines, index == 0);
                member(cx, each);
            }
            cx.end_block(lines);
        });
    }

    fn attribute_definition(&mut self, definition: &AttributeDef) {
        self.any_token();
        self.list(TokenKind::LParen, TokenKind::RParen, &definition.targets, |cx, _| {
            cx.any_token();
        });
        self.space();
        self.braced_list(&definition.parameters, |cx, parameter| {
            cx.any_token();
            cx.token(TokenKind::Colon);
            cx.space();
            cx.ty(parameter.ty);
            if let Some(default) = parameter.default {
                cx.space();
                cx.token(TokenKind::Eq);
                cx.value(default, After::Equals);
            }
        });
    }

    /// `Name { meta { … } skip { … } … }`. The tree does not say where among the statements sections stand.
    fn test(&mut self, test: &Test) {
        self.any_token();
        self.space();
        if !self.has_sections(test) {
            return self.block(&test.body);
        }
        let (mut meta, mut skip) = (test.meta.iter(), test.skip.iter());
        let mut statements = test.body.statements.iter();
        let lines = Lines::Always;
        self.group(|cx| {
            cx.token(TokenKind::LBrace);
            cx.commands.indent();
            let mut is_first = true;
            while !cx.is_at(TokenKind::RBrace) {
                if cx.is_section() {
                    cx.between_statements(lines, is_first);
                    let entries = if cx.word() == "meta" { &mut meta } else { &mut skip };
                    cx.section(entries);
                } else if let Some(statement) = statements.next() {
                    cx.before_statement(statement, lines, is_first);
                    cx.statement(statement);
                } else if let Some(tail) = test.body.tail {
                    cx.between_statements(lines, is_first);
                    cx.expr(tail);
                }
                is_first = false;
            }
            cx.end_block(lines);
        });
    }

    /// Whether a test has sections, empty ones included: then it has something before a statement, or after
    /// the last one, that is none.
    fn has_sections(&self, test: &Test) -> bool {
        if !test.meta.is_empty() || !test.skip.is_empty() {
            return true;
        }
        self.words_before_braces().any(|word| matches!(word, "meta" | "skip"))
    }

    fn is_section(&self) -> bool {
        self.is_at(TokenKind::Ident)
            && self.second() == TokenKind::LBrace
            && matches!(self.word(), "meta" | "skip")
    }

    /// `meta { key = value; }`
    fn section<'b>(&mut self, entries: &mut impl Iterator<Item = &'b TestEntry>) {
        self.any_token();
        self.space();
        let one_line = self.same_line(self.place(), self.bracket_end());
        let lines = if one_line { Lines::IfBroken } else { Lines::Always };
        self.group(|cx| {
            if cx.second() == TokenKind::RBrace {
                return cx.empty(TokenKind::LBrace, TokenKind::RBrace, Padding::Blank);
            }
            cx.token(TokenKind::LBrace);
            cx.commands.indent();
            let mut is_first = true;
            while !cx.is_at(TokenKind::RBrace) {
                cx.between_statements(lines, is_first);
                cx.any_token();
                cx.space();
                cx.token(TokenKind::Eq);
                if let Some(entry) = entries.next() {
                    cx.value(entry.value, After::Equals);
                }
                cx.mark(TokenKind::Semi);
                is_first = false;
            }
            cx.end_block(lines);
        });
    }
}
