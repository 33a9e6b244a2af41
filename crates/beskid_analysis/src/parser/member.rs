//! The bodies of `type`, `enum`, `contract` and `impl` (language.md §3.2, §3.3, §3.5, §8, §10.1).

use super::Parser;
use super::scan::Ahead;
use crate::ast::{
    Attribute, Contract, ContractMember, Docs, Enum, Event, Field, FunctionBody, Ident, Impl, Item,
    ItemId, ItemKind, Literal, Path, PathSegment, TypeDef, TypeExprId, TypeExprKind, TypeMember,
    TypeParameter, Variant, VariantField,
};
use crate::diagnostics::{Code, Diagnostic};
use crate::lexer::{TokenKind, literal};
use crate::source::Span;

impl Parser<'_> {
    /// `type T : C { … }`, `type T = …;`
    pub(super) fn type_item(&mut self) -> ItemKind {
        self.bump();
        let Some(name) = self.expect_ident("the name of the type") else {
            self.sync_item();
            return ItemKind::Error;
        };
        let parameters = self.type_parameters();
        if self.eat(TokenKind::Eq) {
            let ty = self.ty();
            self.expect_semi("the alias");
            return ItemKind::Alias { name, parameters, ty };
        }
        let contracts = self.conformances();
        let mut members = Vec::new();
        if self.at(TokenKind::LParen) {
            let diagnostic = self
                .unexpected("`{` and the fields")
                .help("a type is written `type Point { i32 x, i32 y }`");
            self.error(diagnostic);
            self.skip_tree();
            self.eat(TokenKind::Semi);
        } else if self.take_open_brace("and the fields of the type") {
            let open = self.pos - 1;
            self.members(open, "a field", |cx| {
                if let Some(member) = cx.type_member() {
                    members.push(member);
                }
            });
        } else {
            self.eat(TokenKind::Semi);
        }
        ItemKind::Type(TypeDef { name, parameters, contracts, members })
    }

    /// Members separated by commas, up to the `}`.
    fn members(&mut self, open: usize, what: &str, mut member: impl FnMut(&mut Self)) {
        while !matches!(self.kind, TokenKind::RBrace | TokenKind::End) {
            let item =
                if self.at(TokenKind::Pub) { self.item_after_pub() } else { self.item_keyword() };
            let function = self.open_brace && self.line_before(self.pos) && self.function_ahead();
            if item || function {
                // The next item: this `{` is not closed, or an item stands among the members.
                if self.open_brace {
                    return self.unclosed(open, TokenKind::RBrace);
                }
                self.expected(what);
                self.item();
                continue;
            }
            let before = self.pos;
            member(self);
            if self.eat(TokenKind::Comma) || self.at(TokenKind::RBrace) {
                continue;
            }
            if self.open_brace
                && self.line_before(self.pos)
                && (self.item_keyword() || self.function_ahead())
            {
                continue;
            }
            if self.at(TokenKind::Semi) {
                let span = self.span();
                let message = format!("`,` stands between {what} and the next");
                let diagnostic = Diagnostic::new(Code::UnexpectedToken, span, message);
                self.error(self.commas_for_semicolons(diagnostic));
                self.bump();
                // The others are probably written the same way.
                while !matches!(self.kind, TokenKind::RBrace | TokenKind::End) {
                    let before = self.pos;
                    member(self);
                    if self.pos == before
                        || !(self.eat(TokenKind::Semi) || self.eat(TokenKind::Comma))
                    {
                        break;
                    }
                }
                continue;
            }
            if self.line_before(self.pos) && self.pos > before {
                let end = self.previous_end();
                self.error(
                    Diagnostic::new(
                        Code::UnexpectedToken,
                        end,
                        format!("expected `,` after {what}"),
                    )
                    .fix("write the comma", end, ","),
                );
                continue;
            }
            let diagnostic = self.unexpected(&format!("`,` or `}}` after {what}"));
            let next = match what {
                "a variant" => self.at(TokenKind::Ident),
                _ => matches!(self.declaration_ahead(), Ahead::Variable(_)),
            };
            if next && self.pos > before {
                // Only the comma is missing.
                self.error(diagnostic.fix("write the comma", self.previous_end(), ","));
                continue;
            }
            self.error(diagnostic);
            if self.pos == before {
                self.skip_tree();
            }
            self.sync_list();
            while self.ends_list() && !matches!(self.kind, TokenKind::RBrace | TokenKind::End) {
                self.bump();
            }
            self.eat(TokenKind::Comma);
        }
        if !self.eat(TokenKind::RBrace) {
            self.unclosed(open, TokenKind::RBrace);
        }
    }

    /// `T name`, `event{4} OnResize(i32 width)`
    fn type_member(&mut self) -> Option<TypeMember> {
        let mut docs = Docs::default();
        let attributes = self.attributes(&mut docs);
        let start = attributes.first().map_or_else(|| self.span(), |first| first.span);
        if self.at(TokenKind::Pub) {
            let span = self.span();
            let gap = Span::new(span.lo, self.tokens[self.pos + 1].lo);
            self.error(
                Diagnostic::new(Code::UnexpectedToken, span, "fields are as visible as their type")
                    .fix("remove `pub`", gap, ""),
            );
            self.bump();
        }
        if self.at(TokenKind::Event) {
            return Some(TypeMember::Event(self.event(attributes, docs, start)));
        }
        if self.at(TokenKind::Ident) && self.nth(1) == TokenKind::Colon {
            let begin = self.span();
            let name = self.take_ident();
            self.bump();
            let ty = self.ty();
            self.name_before_type(begin, name, "a field");
            let span = self.since(start);
            return Some(TypeMember::Field(Field { attributes, docs, ty, name, span }));
        }
        if self.function_ahead() {
            let span = self.span();
            self.error(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    super::recovery::first_byte(span),
                    "methods stand in an `impl`, not among the fields",
                )
                .help("write `impl T { … }` with the methods of `T` after the type"),
            );
            self.function();
            if !self.at(TokenKind::Comma) && !self.at(TokenKind::RBrace) {
                self.last_error = self.pos;
            }
            return None;
        }
        let ty = self.ty();
        if self.at(TokenKind::Mut) {
            let span = self.span();
            let gap = Span::new(span.lo, self.tokens[self.pos + 1].lo);
            self.error(
                Diagnostic::new(Code::UnexpectedToken, span, "every field can be assigned").fix(
                    "remove `mut`",
                    gap,
                    "",
                ),
            );
            self.bump();
        }
        let name = self.expect_ident("the name of the field")?;
        if self.at(TokenKind::Eq) {
            let diagnostic = Diagnostic::new(
                Code::UnexpectedToken,
                self.span(),
                "fields have no default values",
            )
            .help("give the value in each literal, or write a function that makes one");
            self.error(diagnostic);
            self.sync_list();
        }
        let span = self.since(start);
        Some(TypeMember::Field(Field { attributes, docs, ty, name, span }))
    }

    fn event(&mut self, attributes: Vec<Attribute>, docs: Docs, start: Span) -> Event {
        self.bump();
        let mut capacity = None;
        if self.at(TokenKind::LBrace) {
            let open = self.pos;
            self.bump();
            let span = self.span();
            if self.at(TokenKind::Number) {
                let mut reports = Vec::new();
                match literal::number(self.slice(span), span.lo, &mut |d| reports.push(d)) {
                    Some(Literal::Int(number)) => capacity = Some((number, span)),
                    Some(_) => self.expected("a whole number, the event's capacity"),
                    None => {}
                }
                self.diagnostics.extend(reports);
                self.bump();
            } else {
                self.expected("a number, the event's capacity");
            }
            self.close(open, TokenKind::RBrace, "`}` after the capacity");
        }
        let name = match self.expect_ident("the name of the event") {
            Some(name) => name,
            None => self.missing_ident(),
        };
        let parameters = self.parameters();
        Event { attributes, docs, capacity, name, parameters, span: self.since(start) }
    }

    /// `enum E : C { … }`
    pub(super) fn enum_item(&mut self) -> ItemKind {
        self.bump();
        let Some(name) = self.expect_ident("the name of the enum") else {
            self.sync_item();
            return ItemKind::Error;
        };
        let parameters = self.type_parameters();
        let contracts = self.conformances();
        let mut variants = Vec::new();
        if self.take_open_brace("and the variants of the enum") {
            let open = self.pos - 1;
            self.members(open, "a variant", |cx| {
                if let Some(variant) = cx.variant_item() {
                    variants.push(variant);
                }
            });
        }
        ItemKind::Enum(Enum { name, parameters, contracts, variants })
    }

    fn variant_item(&mut self) -> Option<Variant> {
        let mut docs = Docs::default();
        for attribute in self.attributes(&mut docs) {
            self.error_behind(
                Diagnostic::new(
                    Code::MisplacedAttribute,
                    attribute.span,
                    "variants take no attributes",
                )
                .note("attributes stand before items, fields and parameters"),
            );
        }
        let start = self.span();
        let name = self.expect_ident("the name of a variant")?;
        let mut fields = Vec::new();
        match self.kind {
            TokenKind::LParen => {
                let open = self.pos;
                self.bump();
                while !self.ends_list() {
                    fields.push(self.variant_field());
                    if !self.at(TokenKind::Comma) && !self.ends_list() {
                        self.expected("`,` or `)` after a payload");
                        self.sync_list();
                    }
                    if !self.eat(TokenKind::Comma) {
                        break;
                    }
                }
                self.close(open, TokenKind::RParen, "`,` or `)`");
            }
            TokenKind::LBrace => {
                let diagnostic = self
                    .unexpected("`(`, `,` or `}` after the name of a variant")
                    .help("a payload is written in parentheses: `Rect(f64 width, f64 height)`");
                self.error(diagnostic);
                self.skip_tree();
            }
            TokenKind::Eq => {
                let diagnostic =
                    Diagnostic::new(Code::UnexpectedToken, self.span(), "variants have no numbers")
                        .help("write a function that matches the variants and gives the numbers");
                self.error(diagnostic);
                self.sync_list();
            }
            _ => {}
        }
        Some(Variant { docs, name, fields, span: self.since(start) })
    }

    fn variant_field(&mut self) -> VariantField {
        let start = self.span();
        if self.at(TokenKind::Ident) && self.nth(1) == TokenKind::Colon {
            let name = self.take_ident();
            self.bump();
            let ty = self.ty();
            self.name_before_type(start, name, "a payload");
            return VariantField { ty, name: Some(name) };
        }
        let ty = self.ty();
        let name = matches!(self.kind, TokenKind::Ident | TokenKind::Underscore)
            .then(|| self.take_ident());
        VariantField { ty, name }
    }

    /// `contract C { Reader; R Name(A a); }`
    pub(super) fn contract_item(&mut self) -> ItemKind {
        self.bump();
        let Some(name) = self.expect_ident("the name of the contract") else {
            self.sync_item();
            return ItemKind::Error;
        };
        let parameters = self.type_parameters();
        if self.at(TokenKind::Colon) {
            let diagnostic = self
                .unexpected("`{` and the methods of the contract")
                .help("a contract embeds another by its name: `contract C { Reader; }`");
            self.error(diagnostic);
            self.conformances();
        }
        let mut members = Vec::new();
        if self.take_open_brace("and the methods of the contract") {
            let open = self.pos - 1;
            self.methods(open, "a method or contract", |cx| {
                let before = cx.pos;
                let member = cx.contract_member();
                let found = member.is_some() || cx.pos > before;
                members.extend(member);
                found
            });
        }
        ItemKind::Contract(Contract { name, parameters, members })
    }

    /// Members that end by themselves, up to the `}`. `member` says whether it took anything.
    fn methods(&mut self, open: usize, what: &str, mut member: impl FnMut(&mut Self) -> bool) {
        while !matches!(self.kind, TokenKind::RBrace | TokenKind::End) {
            if self.item_keyword() && !self.at(TokenKind::Pub)
                || (self.at(TokenKind::Pub) && self.item_after_pub())
            {
                if self.open_brace {
                    return self.unclosed(open, TokenKind::RBrace);
                }
                self.expected(what);
                self.item();
                continue;
            }
            if !member(self) {
                self.skip_tree();
            }
        }
        if !self.eat(TokenKind::RBrace) {
            self.unclosed(open, TokenKind::RBrace);
        }
    }

    /// `pub type` and its kin.
    fn item_after_pub(&self) -> bool {
        matches!(
            self.nth(1),
            TokenKind::Type
                | TokenKind::Enum
                | TokenKind::Contract
                | TokenKind::Impl
                | TokenKind::Attribute
                | TokenKind::Const
                | TokenKind::Mod
                | TokenKind::Use
        )
    }

    fn contract_member(&mut self) -> Option<ContractMember> {
        let mut docs = Docs::default();
        let attributes = self.attributes(&mut docs);
        let start = attributes.first().map_or_else(|| self.span(), |first| first.span);
        let public = self.eat(TokenKind::Pub);
        if self.function_ahead() {
            let mut function = self.function_head();
            let next = self.line_before(self.pos)
                && (self.at(TokenKind::RBrace)
                    || self.at(TokenKind::Pub)
                    || matches!(self.kind, TokenKind::Ident | TokenKind::LParen));
            if next {
                self.expect_semi("the method");
            } else {
                function.body = self.function_body();
            }
            let span = self.since(start);
            if function.body != FunctionBody::None {
                self.error_behind(
                    Diagnostic::new(
                        Code::UnexpectedToken,
                        function.name.span,
                        "the methods of a contract have no body",
                    )
                    .help("`impl C { … }` gives every type that declares `C` further methods"),
                );
            }
            let kind = ItemKind::Function(function);
            return Some(ContractMember::Method(self.push_item(Item {
                kind,
                public,
                attributes,
                docs,
                span,
            })));
        }
        if !matches!(self.kind, TokenKind::Ident) {
            self.expected("a method or the name of a contract");
            self.sync_statement();
            return None;
        }
        if !attributes.is_empty() {
            self.error_behind(
                Diagnostic::new(
                    Code::MisplacedAttribute,
                    attributes[0].span,
                    "an embedded contract takes no attributes",
                )
                .note("attributes stand before items, fields and parameters"),
            );
        }
        self.loose_docs.extend(docs.lines);
        let ty = self.ty();
        if self.eat(TokenKind::Comma) {
            let span = self.previous_end();
            let span = Span::new(span.hi - 1, span.hi);
            self.error_behind(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    "each embedded contract ends with `;`",
                )
                .fix("write `;`", span, ";"),
            );
        } else if !self.expect_semi("the embedded contract") && !self.line_before(self.pos) {
            self.sync_statement();
        }
        Some(ContractMember::Embed(ty))
    }

    /// `impl List<T : Comparable> { … }`, `impl T[] { … }`
    pub(super) fn impl_item(&mut self) -> ItemKind {
        self.bump();
        if self.at(TokenKind::Lt) {
            let span = self.span();
            self.type_parameters();
            let span = self.since(span);
            self.error_behind(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    "the type parameters of an `impl` stand after the name of the type",
                )
                .help("write `impl List<T : Comparable> { … }`"),
            );
        }
        let (target, parameters) = self.impl_target();
        if self.at(TokenKind::For) {
            let span = self.span();
            self.bump();
            self.ty();
            let span = self.since(span);
            self.error_behind(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    "a type declares its contracts itself: `type T : C { … }`",
                )
                .help("the methods stand in `impl T { … }`"),
            );
        }
        if self.at(TokenKind::Colon) {
            let diagnostic = self
                .unexpected("`{` and the methods")
                .help("the contracts of a type are declared at the type: `type T : C { … }`");
            self.error(diagnostic);
            self.conformances();
        }
        let mut methods = Vec::new();
        if self.take_open_brace("and the methods of the `impl`") {
            let open = self.pos - 1;
            self.methods(open, "a method", |cx| {
                let before = cx.pos;
                let method = cx.method();
                let found = method.is_some() || cx.pos > before;
                methods.extend(method);
                found
            });
        }
        if self.types[target].kind == TypeExprKind::Error {
            // Whose methods these are is not known: nothing is said where they are missing.
            return ItemKind::Error;
        }
        ItemKind::Impl(Impl { target, parameters, methods })
    }

    /// The type that gets the methods; the names between its `<` and `>` are declared here.
    fn impl_target(&mut self) -> (TypeExprId, Vec<TypeParameter>) {
        let start = self.span();
        let mut parameters = Vec::new();
        let mut target = if self.at(TokenKind::LParen) && self.nth(1) == TokenKind::Ident {
            // `impl (T : Comparable)[]`
            let open = self.pos;
            self.bump();
            let span = self.span();
            let name = self.take_ident();
            let element = self.named_type(name, span);
            parameters.push(TypeParameter { name, bounds: self.bounds() });
            self.close(open, TokenKind::RParen, "`)`");
            self.push_type(TypeExprKind::Paren(element), self.since(start))
        } else {
            let mut segments = Vec::with_capacity(1);
            while let Some(ident) = self.expect_ident("the type that gets the methods") {
                let mut arguments = Vec::new();
                if self.at(TokenKind::Lt) {
                    for parameter in self.type_parameters() {
                        arguments.push(self.named_type(parameter.name, parameter.name.span));
                        parameters.push(parameter);
                    }
                }
                segments.push(PathSegment { ident, arguments });
                if !self.eat(TokenKind::Dot) {
                    break;
                }
            }
            let span = self.since(start);
            if segments.is_empty() {
                self.push_type(TypeExprKind::Error, span)
            } else {
                let lone = segments.len() == 1 && segments[0].arguments.is_empty();
                if lone && self.at(TokenKind::LBracket) {
                    parameters.push(TypeParameter { name: segments[0].ident, bounds: Vec::new() });
                }
                self.push_type(TypeExprKind::Path(Path { segments, span }), span)
            }
        };
        while self.at(TokenKind::LBracket) && self.nth(1) == TokenKind::RBracket {
            self.move_to(self.pos + 2);
            target = self.push_type(TypeExprKind::Array(target), self.since(start));
        }
        (target, parameters)
    }

    fn named_type(&mut self, ident: Ident, span: Span) -> TypeExprId {
        let segments = vec![PathSegment { ident, arguments: Vec::new() }];
        self.push_type(TypeExprKind::Path(Path { segments, span }), span)
    }

    fn method(&mut self) -> Option<ItemId> {
        let mut docs = Docs::default();
        let attributes = self.attributes(&mut docs);
        let start = attributes.first().map_or_else(|| self.span(), |first| first.span);
        let public = self.eat(TokenKind::Pub);
        self.take_docs(&mut docs);
        match self.declaration_ahead() {
            Ahead::Function(_) => {
                let mut kind = ItemKind::Function(self.function());
                self.require_body(&mut kind);
                let span = self.since(start);
                Some(self.push_item(Item { kind, public, attributes, docs, span }))
            }
            Ahead::Other if self.at(TokenKind::Ident) && self.function_without_name() => None,
            // Type arguments that are not closed.
            Ahead::Other if self.at(TokenKind::Ident) && self.nth(1) == TokenKind::Lt => {
                let kind = ItemKind::Function(self.function());
                let span = self.since(start);
                Some(self.push_item(Item { kind, public, attributes, docs, span }))
            }
            ahead => {
                let diagnostic = self.unexpected("a method");
                let diagnostic = match ahead {
                    Ahead::Variable(_) | Ahead::Mutable => {
                        diagnostic.help("fields are declared in the braces of the `type`")
                    }
                    _ if self.at(TokenKind::Semi) => diagnostic.fix("remove it", self.span(), ""),
                    _ => diagnostic.help("a method is written `R Name(A a) { … }`"),
                };
                self.error(diagnostic);
                self.sync_item();
                None
            }
        }
    }
}
