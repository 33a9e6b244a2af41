//! Items (language.md §3, §13, §14) and what precedes them: `pub`, documentation.
//!
//! *Absent*: the bodies of `type`, `enum`, `contract` and `impl`, in [`super::member`]; functions, in
//! [`super::function`]; attributes, in [`super::attribute`]; tests, in [`super::test`].

use super::Parser;
use super::mistakes::is_primitive_type;
use super::scan::Ahead;
use crate::ast::{Const, Docs, Function, Item, ItemId, ItemKind, Mod, Use};
use crate::diagnostics::{Code, Diagnostic};
use crate::lexer::TokenKind;
use crate::source::Span;

impl Parser<'_> {
    /// One item; `None` where text was skipped, or where the items of a `mod` end.
    pub(super) fn item(&mut self) -> Option<ItemId> {
        // Items stand beside each other: what the last one is made of is not below the next.
        let beside = std::mem::take(&mut self.height);
        let item = self.item_here();
        self.height = self.height.max(beside);
        item
    }

    fn item_here(&mut self) -> Option<ItemId> {
        if self.depth == 0 {
            self.deep_reported = false;
        }
        let mut docs = Docs::default();
        let attributes = self.attributes(&mut docs);
        let start = attributes.first().map_or_else(|| self.span(), |first| first.span);
        let public = self.eat(TokenKind::Pub) || self.misspelt_pub();
        self.take_docs(&mut docs);
        let begin = self.pos;
        let kind = self.item_kind();
        let Some(kind) = kind else {
            if let Some(first) = attributes.first() {
                let misplaced = matches!(self.kind, TokenKind::RBrace | TokenKind::End);
                if misplaced && self.pos == begin {
                    self.error(
                        Diagnostic::new(
                            Code::MisplacedAttribute,
                            first.span,
                            "no item follows this attribute",
                        )
                        .note("attributes stand before items, fields and parameters"),
                    );
                }
            }
            return None;
        };
        let span = self.since(start);
        Some(self.push_item(Item { kind, public, attributes, docs, span }))
    }

    fn item_kind(&mut self) -> Option<ItemKind> {
        match self.kind {
            TokenKind::Type => Some(self.type_item()),
            TokenKind::Enum => Some(self.enum_item()),
            TokenKind::Contract => Some(self.contract_item()),
            TokenKind::Impl => Some(self.impl_item()),
            TokenKind::Attribute => Some(self.attribute_item()),
            TokenKind::Const => Some(self.const_item()),
            TokenKind::Mod => Some(self.mod_item()),
            TokenKind::Use => Some(self.use_item()),
            TokenKind::Ident if self.test_ahead() => Some(self.test_item()),
            TokenKind::Ident if self.nameless_test_ahead() => Some(self.test_without_name()),
            TokenKind::Ident | TokenKind::LParen => self.item_with_type(),
            TokenKind::RBrace | TokenKind::End => {
                if self.last_error != self.pos
                    && self.kind_at(self.pos.wrapping_sub(1)) == TokenKind::Pub
                {
                    self.expected("an item after `pub`");
                }
                None
            }
            _ => self.no_item(),
        }
    }

    /// A function, or a word of another language.
    fn item_with_type(&mut self) -> Option<ItemKind> {
        if self.nth(1) == TokenKind::Ident
            && self.at(TokenKind::Ident)
            && let Some(kind) = self.foreign_item()
        {
            return kind;
        }
        if let Some(kind) = self.misspelt_item() {
            return Some(kind);
        }
        match self.declaration_ahead() {
            Ahead::Function(_) => {
                let mut kind = ItemKind::Function(self.function());
                self.require_body(&mut kind);
                Some(kind)
            }
            Ahead::Variable(_) | Ahead::Mutable => self.variable_item(),
            Ahead::Other if self.at(TokenKind::Ident) && self.function_without_name() => {
                Some(ItemKind::Error)
            }
            // Type arguments that are not closed.
            Ahead::Other if self.nth(1) == TokenKind::Lt => {
                Some(ItemKind::Function(self.function()))
            }
            Ahead::Other => self.function_without_type(),
        }
    }

    /// `class Foo {`, `fn f()`, `public T f()` and their kin: reported, then read as what is meant.
    fn foreign_item(&mut self) -> Option<Option<ItemKind>> {
        let word = self.text_at(self.pos);
        let function = self.nth(2) == TokenKind::LParen || self.nth(2) == TokenKind::Lt;
        let instead = match word {
            "class" | "struct" | "record" if self.nth(2) != TokenKind::LParen => "type",
            "interface" | "trait" | "protocol" if self.nth(2) != TokenKind::LParen => "contract",
            "import" | "using" | "include" if !function => "use",
            "namespace" | "module" | "package" if !function => "mod",
            "fn" | "func" | "fun" | "function" | "def" if function => {
                return Some(Some(self.foreign_function()));
            }
            "public" | "private" | "internal" | "protected" | "static" | "async" | "virtual"
            | "override" | "export" | "extern"
                if !function =>
            {
                let span = self.span();
                let gap = Span::new(span.lo, self.tokens[self.pos + 1].lo);
                let diagnostic = Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    format!("`{word}` is not a word of the language"),
                );
                let diagnostic = match word {
                    "public" | "export" => diagnostic.fix("write `pub`", span, "pub"),
                    "private" | "internal" | "protected" => diagnostic
                        .note("what is not `pub` is visible in its module only")
                        .fix("remove it", gap, ""),
                    "static" => diagnostic
                        .note("functions without `this` belong to the module")
                        .fix("remove it", gap, ""),
                    _ => diagnostic.fix("remove it", gap, ""),
                };
                self.error(diagnostic);
                self.bump();
                return Some(self.item_kind());
            }
            _ => return None,
        };
        let span = self.span();
        self.error(
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                format!("`{word}` is written `{instead}`"),
            )
            .fix(format!("write `{instead}`"), span, instead),
        );
        Some(Some(match instead {
            "type" => self.type_item(),
            "contract" => self.contract_item(),
            "use" => self.use_item(),
            _ => self.mod_item(),
        }))
    }

    /// `fn f(a: i32) -> i32 { … }`
    fn foreign_function(&mut self) -> ItemKind {
        let word_span = self.span();
        let word = self.text_at(self.pos);
        self.error(
            Diagnostic::new(
                Code::UnexpectedToken,
                word_span,
                format!("a function is not declared with `{word}`: its result type stands there"),
            )
            .fix("write the result type", word_span, "unit")
            .help("a function is written `R Name(A a) { … }`; `unit` is the type of no result"),
        );
        // What is wrong with the rest of the header follows from this mistake.
        let reported = self.diagnostics.len();
        self.bump();
        let name = self.take_ident();
        let type_parameters = self.type_parameters();
        let parameters = self.parameters();
        let result = if self.eat(TokenKind::Arrow) || self.eat(TokenKind::Colon) {
            self.ty()
        } else {
            self.push_type(crate::ast::TypeExprKind::Error, name.span)
        };
        self.diagnostics.truncate(reported);
        let body = self.function_body();
        ItemKind::Function(Function { result, name, type_parameters, parameters, body })
    }

    /// `i32 x = 5;` outside of functions.
    fn variable_item(&mut self) -> Option<ItemKind> {
        let start = self.span();
        let ty = self.ty();
        let mutable = self.at(TokenKind::Mut);
        self.eat(TokenKind::Mut);
        let Some(name) = self.expect_binding("a name") else {
            self.sync_item();
            return None;
        };
        let text = super::recovery::shorten(self.slice(name.span));
        let is_variable = matches!(self.kind, TokenKind::Eq | TokenKind::Semi);
        if !is_variable {
            let message = format!("expected `(` after the name of the function `{text}`");
            let diagnostic = if self.at(TokenKind::LBrace) {
                Diagnostic::new(Code::UnexpectedToken, name.span.end(), message).fix(
                    "add the parameters",
                    name.span.end(),
                    "()",
                )
            } else {
                self.unexpected(&format!("`(` after `{text}`"))
            };
            self.error(diagnostic);
            if self.at(TokenKind::LBrace) {
                let body = self.function_body();
                return Some(ItemKind::Function(Function {
                    result: ty,
                    name,
                    type_parameters: Vec::new(),
                    parameters: Vec::new(),
                    body,
                }));
            }
            self.sync_item();
            return Some(ItemKind::Error);
        }
        let diagnostic = Diagnostic::new(
            Code::UnexpectedToken,
            start.to(name.span),
            "a module has no variables",
        );
        let diagnostic = if mutable {
            diagnostic.help("pass the value to the functions that need it")
        } else {
            diagnostic.fix("declare a constant", start.start(), "const ")
        };
        self.error_behind(diagnostic);
        self.last_error = self.pos;
        if self.eat(TokenKind::Eq) {
            let value = self.expr();
            self.expect_semi("the value");
            return Some(ItemKind::Const(Const { ty, name, value }));
        }
        self.bump();
        Some(ItemKind::Error)
    }

    /// `Answer() { … }` or `() Run() { … }`, else no item.
    fn function_without_type(&mut self) -> Option<ItemKind> {
        if self.at(TokenKind::LParen)
            && self.nth(1) == TokenKind::RParen
            && self.nth(2) == TokenKind::Ident
            && self.nth(3) == TokenKind::LParen
        {
            // The type is reported and the rest read.
            return Some(ItemKind::Function(self.function()));
        }
        let body = match self.partner(self.pos + 1) {
            Some(close) if self.nth(1) == TokenKind::LParen => self.kind_at(close + 1),
            _ => TokenKind::End,
        };
        if !self.at(TokenKind::Ident) || !matches!(body, TokenKind::LBrace | TokenKind::FatArrow) {
            return self.no_item();
        }
        let (title, word) = if body == TokenKind::LBrace && !self.returns_value(self.pos + 1) {
            ("write `unit`", "unit ")
        } else {
            ("write the type of its result", "… ")
        };
        let name = self.take_ident();
        let text = super::recovery::shorten(self.slice(name.span));
        self.error_behind(
            Diagnostic::new(
                Code::UnexpectedToken,
                name.span,
                format!("the function `{text}` has no result type"),
            )
            .note("`unit` is the type of functions that return nothing")
            .fix(title, name.span.start(), word),
        );
        let result = self.push_type(crate::ast::TypeExprKind::Error, name.span);
        let parameters = self.parameters();
        let body = self.function_body();
        let type_parameters = Vec::new();
        Some(ItemKind::Function(Function { result, name, type_parameters, parameters, body }))
    }

    fn no_item(&mut self) -> Option<ItemKind> {
        let span = self.span();
        if self.at(TokenKind::Semi) {
            self.error(
                Diagnostic::new(Code::UnexpectedToken, span, "this `;` ends nothing")
                    .note("items in braces end with their `}`")
                    .fix("remove it", span, ""),
            );
            while self.at(TokenKind::Semi) {
                self.bump();
            }
            return None;
        }
        let diagnostic = self.unexpected("an item");
        let statement = matches!(
            self.kind,
            TokenKind::Let
                | TokenKind::If
                | TokenKind::While
                | TokenKind::For
                | TokenKind::Match
                | TokenKind::Return
        ) || (self.at(TokenKind::Ident)
            && matches!(self.nth(1), TokenKind::LParen | TokenKind::Dot | TokenKind::Eq));
        let before = self.pos.saturating_sub(1);
        let diagnostic =
            if statement && self.stray_brace && self.kind_at(before) == TokenKind::RBrace {
                let end = self.tokens[before].span();
                diagnostic.also(end, "the function before it ends here").help(
                    "statements stand inside functions: is there a `}` too many in the one before?",
                )
            } else if self.at(TokenKind::Let) {
                diagnostic.help("a value of a module is a constant: `const i32 Size = 10;`")
            } else if self.at(TokenKind::Event) {
                diagnostic.help("events are declared among the fields of a `type`")
            } else if statement {
                diagnostic.help("statements stand inside functions; a program begins with `main`")
            } else {
                diagnostic.note(
                "items are functions, `type`, `enum`, `contract`, `impl`, `attribute`, `const`, \
                  `test`, `mod`, `use`",
            )
            };
        self.error(diagnostic);
        let before = self.pos;
        self.sync_item();
        if self.pos == before && !matches!(self.kind, TokenKind::RBrace | TokenKind::End) {
            self.skip_tree();
        }
        // A `}` here probably belongs to what was skipped.
        if self.depth == 0 && self.ends_list() && !self.at(TokenKind::End) {
            self.last_error = self.pos;
        }
        Some(ItemKind::Error)
    }

    /// `const T N = e;`
    pub(super) fn const_item(&mut self) -> ItemKind {
        self.bump();
        if self.at(TokenKind::Ident) && matches!(self.nth(1), TokenKind::Eq | TokenKind::Colon) {
            let colon = self.nth(1) == TokenKind::Colon;
            let (start, name) = (self.span(), self.take_ident());
            let ty = if colon {
                self.bump();
                let ty = self.ty();
                self.name_before_type(start, name, "a constant");
                ty
            } else {
                let text = super::recovery::shorten(self.slice(name.span));
                let is_type = is_primitive_type(&text);
                let message = if is_type {
                    "the constant has no name".to_owned()
                } else {
                    format!("the constant `{text}` has no type")
                };
                self.error_behind(
                    Diagnostic::new(Code::UnexpectedToken, name.span, message)
                        .help("a constant is written `const i32 Size = 10;`"),
                );
                if is_type {
                    self.sync_item();
                    return ItemKind::Error;
                }
                self.push_type(crate::ast::TypeExprKind::Error, name.span)
            };
            return self.const_value(ty, name);
        }
        let ty = self.ty();
        let Some(name) = self.expect_ident("the name of the constant") else {
            self.sync_item();
            return ItemKind::Error;
        };
        self.const_value(ty, name)
    }

    fn const_value(&mut self, ty: crate::ast::TypeExprId, name: crate::ast::Ident) -> ItemKind {
        if !self.eat(TokenKind::Eq) {
            self.expected("`=` and the value of the constant");
            self.sync_item();
            return ItemKind::Error;
        }
        let value = self.expr();
        self.expect_semi("the constant");
        ItemKind::Const(Const { ty, name, value })
    }

    /// `mod A.B;`, `mod A { … }`
    pub(super) fn mod_item(&mut self) -> ItemKind {
        self.bump();
        let path = self.plain_path("the name of a module");
        if !self.at(TokenKind::LBrace) {
            self.expect_semi("the name of the module");
            return ItemKind::Mod(Mod { path, items: None });
        }
        if path.segments.len() > 1 {
            self.error_behind(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    path.span,
                    "a module with braces has a single name",
                )
                .help("nest one module in another, or begin the file with `mod A.B;`"),
            );
        }
        let open = self.pos;
        let items = self.nested(
            |cx| {
                cx.bump();
                let mut items = Vec::new();
                while !matches!(cx.kind, TokenKind::RBrace | TokenKind::End) {
                    items.extend(cx.item());
                }
                if !cx.eat(TokenKind::RBrace) {
                    cx.unclosed(open, TokenKind::RBrace);
                }
                items
            },
            |_, _| Vec::new(),
        );
        ItemKind::Mod(Mod { path, items: Some(items) })
    }

    /// `use A.B as C;`
    pub(super) fn use_item(&mut self) -> ItemKind {
        self.bump();
        let path = self.plain_path("the path of what is imported");
        let group = self.at(TokenKind::Dot) || self.at(TokenKind::LBrace);
        if group && self.last_error != self.pos {
            let span = self.span();
            let text = super::recovery::shorten(self.slice(path.span));
            self.error(
                Diagnostic::new(Code::UnexpectedToken, span, "a `use` names one module or item")
                    .help(format!("`use {text};` gives all that is in `{text}` under its name"))
                    .help("write one `use` for each name"),
            );
            self.sync_item();
            return ItemKind::Use(Use { path, alias: None });
        }
        let mut alias = None;
        if self.at(TokenKind::Ident) && self.text_at(self.pos) == "as" {
            self.bump();
            alias = self.expect_ident("a name after `as`");
        } else if self.at(TokenKind::Eq) && path.segments.len() == 1 {
            // `use C = A.B;`
            let span = self.span();
            self.error(
                Diagnostic::new(Code::UnexpectedToken, span, "an import is renamed with `as`")
                    .help("write `use A.B as C;`"),
            );
            self.bump();
            let real = self.plain_path("the path of what is imported");
            self.expect_semi("the import");
            let alias = path.segments.first().map(|segment| segment.ident);
            return ItemKind::Use(Use { path: real, alias });
        }
        self.expect_semi("the import");
        ItemKind::Use(Use { path, alias })
    }
}
