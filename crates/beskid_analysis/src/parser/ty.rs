//! Types, paths, type arguments, type parameters and parameters (language.md §2.2, §8.4).

use super::Parser;
use super::mistakes::is_primitive_type;
use super::scan::Spelling;
use crate::ast::{
    Docs, Ident, Parameter, ParameterMode, Path, PathSegment, TypeExprId, TypeExprKind,
    TypeParameter,
};
use crate::diagnostics::{Code, Diagnostic};
use crate::lexer::TokenKind;
use crate::source::Span;

impl Parser<'_> {
    pub(super) fn ty(&mut self) -> TypeExprId {
        self.ty_spelled(Spelling::Declaration)
    }

    pub(super) fn ty_spelled(&mut self, spelling: Spelling) -> TypeExprId {
        self.nested(|cx| cx.ty_here(spelling), |cx, span| cx.push_type(TypeExprKind::Error, span))
    }

    fn ty_here(&mut self, spelling: Spelling) -> TypeExprId {
        let start = self.span();
        let mut ty = match self.kind {
            TokenKind::Ident => {
                let path = self.path_spelled(spelling);
                let span = path.span;
                self.push_type(TypeExprKind::Path(path), span)
            }
            TokenKind::LParen => {
                let open = self.pos;
                let mut parameters = self.type_list(spelling);
                let arrow = match self.kind {
                    TokenKind::Arrow => true,
                    TokenKind::FatArrow => spelling == Spelling::Declaration,
                    _ => false,
                };
                if arrow {
                    self.bump();
                    let result = self.ty_spelled(spelling);
                    let span = self.since(start);
                    return self.push_type(TypeExprKind::Function { parameters, result }, span);
                }
                if self.at(TokenKind::Ident) && self.nth(1) == TokenKind::Ident {
                    // `(A) R name`
                    let diagnostic = self.unexpected("`->` and the result of a function type");
                    self.error(diagnostic.fix("write `->`", self.previous_end(), " ->"));
                    let result = self.ty_spelled(spelling);
                    let span = self.since(start);
                    return self.push_type(TypeExprKind::Function { parameters, result }, span);
                }
                let span = self.since(start);
                match (parameters.pop(), parameters.len()) {
                    (Some(inner), 0) => self.push_type(TypeExprKind::Paren(inner), span),
                    (inner, _) => {
                        let diagnostic =
                            Diagnostic::new(Code::UnexpectedToken, span, "this is not a type");
                        let diagnostic = if inner.is_none() {
                            diagnostic.fix("write `unit`", span, "unit")
                        } else {
                            diagnostic
                                .label("the parameters of a function type lack their `-> R`")
                                .help("there are no tuples; declare a `type` with fields")
                        };
                        if self.last_error != open && !self.at(TokenKind::Error) {
                            self.error_behind(diagnostic);
                        }
                        self.push_type(TypeExprKind::Error, span)
                    }
                }
            }
            _ => {
                self.missing_type();
                return self.push_type(TypeExprKind::Error, self.previous_end());
            }
        };
        loop {
            match self.kind {
                TokenKind::LBracket if self.nth(1) == TokenKind::RBracket => {
                    self.move_to(self.pos + 2);
                    ty = self.push_type(TypeExprKind::Array(ty), self.since(start));
                }
                TokenKind::LBracket if self.nth(1) == TokenKind::Number => {
                    let span = self.tokens[self.pos + 1].span();
                    self.error(
                        Diagnostic::new(
                            Code::UnexpectedToken,
                            span,
                            "the type of an array does not hold its length",
                        )
                        .fix("remove the length", span, ""),
                    );
                    self.skip_tree();
                    ty = self.push_type(TypeExprKind::Array(ty), self.since(start));
                }
                TokenKind::LParen if spelling == Spelling::Declaration => {
                    let parameters = self.type_list(spelling);
                    let span = self.since(start);
                    let kind = TypeExprKind::Function { parameters, result: ty };
                    ty = self.push_type(kind, span);
                }
                TokenKind::Question => {
                    let inner = self.since(start);
                    let span = inner.to(self.span());
                    let text = super::recovery::shorten(self.slice(inner));
                    self.error(
                        Diagnostic::new(
                            Code::UnexpectedToken,
                            self.span(),
                            "there is no null: a value that may be absent is an `Option`",
                        )
                        .fix(
                            format!("write `Option<{text}>`"),
                            span,
                            format!("Option<{}>", self.slice(inner)),
                        ),
                    );
                    self.bump();
                }
                _ => return ty,
            }
        }
    }

    fn missing_type(&mut self) {
        let diagnostic = self.unexpected("a type");
        let diagnostic = match self.kind {
            TokenKind::Star | TokenKind::And => diagnostic
                .note("objects and arrays are references by themselves")
                .fix("remove it", self.span(), ""),
            TokenKind::LBracket => diagnostic.help("an array type is written `T[]`"),
            TokenKind::Mut => diagnostic.help("`mut` stands after the type: `T mut name`"),
            _ => diagnostic,
        };
        self.error(diagnostic);
    }

    /// `(A, B)`
    fn type_list(&mut self, spelling: Spelling) -> Vec<TypeExprId> {
        let open = self.pos;
        self.bump();
        let mut types = Vec::new();
        while !self.ends_list() {
            types.push(self.ty_spelled(spelling));
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.close(open, TokenKind::RParen, "`,` or `)`");
        types
    }

    /// `<A, B>`
    pub(super) fn type_arguments(&mut self, spelling: Spelling) -> Vec<TypeExprId> {
        let open = self.span();
        self.bump();
        let mut types = Vec::new();
        while !self.at(TokenKind::Gt) {
            types.push(self.ty_spelled(spelling));
            if self.at(TokenKind::Ident) && self.nth(1) == TokenKind::Gt {
                let diagnostic = self.unexpected("`,` or `>` after a type argument");
                self.error(diagnostic.fix("write the comma", self.previous_end(), ","));
            } else if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        if !self.eat(TokenKind::Gt) {
            let diagnostic = self
                .unexpected("`,` or `>` after a type argument")
                .also(open, "the type arguments begin here");
            self.error(if self.at(TokenKind::Ident) {
                diagnostic.fix("close them", self.previous_end(), ">")
            } else {
                diagnostic
            });
        } else if types.is_empty() {
            let span = self.since(open);
            self.error_behind(
                Diagnostic::new(Code::UnexpectedToken, span, "these type arguments are empty").fix(
                    "remove them",
                    span,
                    "",
                ),
            );
        }
        types
    }

    /// `A.B<T>`
    pub(super) fn path(&mut self) -> Path {
        self.path_spelled(Spelling::Declaration)
    }

    fn path_spelled(&mut self, spelling: Spelling) -> Path {
        let start = self.span();
        let mut segments = Vec::with_capacity(1);
        while let Some(ident) = self.expect_ident("a name") {
            let arguments =
                if self.at(TokenKind::Lt) { self.type_arguments(spelling) } else { Vec::new() };
            segments.push(PathSegment { ident, arguments });
            let dot = self.at(TokenKind::Dot) && self.nth(1) != TokenKind::LBrace;
            if !dot || !self.eat(TokenKind::Dot) {
                break;
            }
        }
        if segments.is_empty() {
            let ident = self.missing_ident();
            segments.push(PathSegment { ident, arguments: Vec::new() });
        }
        Path { segments, span: self.since(start) }
    }

    /// `A.B` without type arguments, for `use`, `mod` and attributes.
    pub(super) fn plain_path(&mut self, what: &str) -> Path {
        let start = self.span();
        let mut segments = Vec::with_capacity(2);
        while let Some(ident) = self.expect_ident(what) {
            segments.push(PathSegment { ident, arguments: Vec::new() });
            match self.kind {
                TokenKind::Dot if matches!(self.nth(1), TokenKind::LBrace | TokenKind::Star) => {
                    break;
                }
                TokenKind::Dot => self.bump(),
                TokenKind::ColonColon | TokenKind::Slash if self.nth(1) == TokenKind::Ident => {
                    let span = self.span();
                    self.error(
                        Diagnostic::new(
                            Code::UnexpectedToken,
                            span,
                            format!("the parts of a path are joined by `.`, not {}", self.found()),
                        )
                        .fix("write `.`", span, "."),
                    );
                    self.bump();
                }
                _ => break,
            }
        }
        if segments.is_empty() {
            let ident = self.missing_ident();
            segments.push(PathSegment { ident, arguments: Vec::new() });
        }
        Path { segments, span: self.since(start) }
    }

    /// `<T : A & B, U>`, if it is there.
    pub(super) fn type_parameters(&mut self) -> Vec<TypeParameter> {
        if !self.at(TokenKind::Lt) {
            return Vec::new();
        }
        let open = self.span();
        self.bump();
        let mut parameters = Vec::new();
        while !self.at(TokenKind::Gt) {
            let Some(name) = self.expect_ident("the name of a type parameter") else { break };
            parameters.push(TypeParameter { name, bounds: self.bounds() });
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        if !self.eat(TokenKind::Gt) {
            let diagnostic =
                self.unexpected("`,` or `>`").also(open, "the type parameters begin here");
            self.error(diagnostic);
            while !self.ends_list()
                && !matches!(self.kind, TokenKind::Gt | TokenKind::LParen | TokenKind::LBrace)
            {
                self.bump();
            }
            self.eat(TokenKind::Gt);
        }
        parameters
    }

    /// `: A & B`, if it is there.
    pub(super) fn bounds(&mut self) -> Vec<TypeExprId> {
        let mut bounds = Vec::new();
        if self.eat(TokenKind::Colon) {
            bounds.push(self.ty());
            while self.at(TokenKind::And) || self.at(TokenKind::Plus) {
                if self.at(TokenKind::Plus) {
                    let span = self.span();
                    self.error(
                        Diagnostic::new(
                            Code::UnexpectedToken,
                            span,
                            "several bounds are joined by `&`",
                        )
                        .fix("write `&`", span, "&"),
                    );
                }
                self.bump();
                bounds.push(self.ty());
            }
        }
        bounds
    }

    /// `: A, B` after the name of a `type` or `enum`, if it is there.
    pub(super) fn conformances(&mut self) -> Vec<TypeExprId> {
        let mut contracts = Vec::new();
        if self.eat(TokenKind::Colon) {
            contracts.push(self.ty());
            while self.eat(TokenKind::Comma) {
                contracts.push(self.ty());
            }
        }
        contracts
    }

    /// `(T a, ref U b)`
    pub(super) fn parameters(&mut self) -> Vec<Parameter> {
        let open = self.pos;
        if !self.expect(TokenKind::LParen, "before the parameters") {
            return Vec::new();
        }
        let mut parameters = Vec::new();
        while !self.ends_list() {
            if self.body_behind_open_parenthesis(open) {
                return parameters;
            }
            parameters.extend(self.parameter());
            if self.body_behind_open_parenthesis(open) {
                return parameters;
            }
            if !self.at(TokenKind::Comma) && !self.ends_list() {
                let diagnostic = self.unexpected("`,` or `)` after a parameter");
                if self.at(TokenKind::Ident) {
                    // Only the comma is missing.
                    self.error(diagnostic.fix("write the comma", self.previous_end(), ","));
                    continue;
                }
                self.error(diagnostic);
                self.sync_list();
            }
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.close(open, TokenKind::RParen, "`,` or `)`");
        parameters
    }

    /// Reports a `(` that is not closed where the body begins.
    fn body_behind_open_parenthesis(&mut self, open: usize) -> bool {
        let body = matches!(self.kind, TokenKind::LBrace | TokenKind::FatArrow)
            && self.partner(open).is_none();
        if body {
            self.unclosed(open, TokenKind::RParen);
        }
        body
    }

    fn parameter(&mut self) -> Option<Parameter> {
        let mut docs = Docs::default();
        let attributes = self.attributes(&mut docs);
        let mode = self.parameter_mode();
        let start = self.span();
        if self.at(TokenKind::Mut) || self.at(TokenKind::This) {
            let diagnostic = if self.at(TokenKind::Mut) {
                self.unexpected("a parameter").help("`mut` stands after the type: `T mut name`")
            } else {
                let text = "`this` is not declared: every method of an `impl` has it";
                Diagnostic::new(Code::UnexpectedToken, start, text)
            };
            self.error(diagnostic);
            self.sync_list();
            return None;
        }
        if self.at(TokenKind::Ident) && self.nth(1) == TokenKind::Colon {
            // `x: i32`
            let name = self.take_ident();
            self.bump();
            let ty = self.ty();
            self.name_before_type(start, name, "a parameter");
            return Some(Parameter { attributes, docs, mode, ty, mutable: false, name });
        }
        let ty = self.ty();
        let mutable = self.eat(TokenKind::Mut);
        let name = if self.at(TokenKind::Comma) || self.at(TokenKind::RParen) {
            let span = self.since(start);
            let text = super::recovery::shorten(self.slice(span));
            let diagnostic = Diagnostic::new(
                Code::UnexpectedToken,
                span,
                format!("a parameter is a type and a name, `{text}` is one of them"),
            )
            .help("a parameter is written `T name`");
            self.error(diagnostic);
            // The word may be the name: nothing is said about it as a type, nor where it is used.
            let lone = match &self.types[ty].kind {
                TypeExprKind::Path(_)
                    if is_primitive_type(&text) || text.starts_with(char::is_uppercase) =>
                {
                    None
                }
                TypeExprKind::Path(path) => Some(path.segments[0].ident),
                _ => None,
            };
            self.types[ty].kind = TypeExprKind::Error;
            match lone {
                Some(ident) => ident,
                None => self.missing_ident(),
            }
        } else {
            match self.expect_binding("the name of the parameter") {
                Some(name) => name,
                None => {
                    self.sync_list();
                    self.missing_ident()
                }
            }
        };
        if self.at(TokenKind::Eq) {
            let diagnostic = Diagnostic::new(
                Code::UnexpectedToken,
                self.span(),
                "parameters have no default values",
            )
            .help("write a second function of that name that takes fewer parameters");
            self.error(diagnostic);
            self.sync_list();
        }
        Some(Parameter { attributes, docs, mode, ty, mutable, name })
    }

    /// `ref`, `out` or nothing.
    pub(super) fn parameter_mode(&mut self) -> ParameterMode {
        if self.eat(TokenKind::Ref) {
            ParameterMode::Ref
        } else if self.eat(TokenKind::Out) {
            ParameterMode::Out
        } else {
            ParameterMode::Value
        }
    }

    /// `name: T` was read where `T name` is the form.
    pub(super) fn name_before_type(&mut self, start: Span, name: Ident, what: &str) {
        let whole = self.since(start);
        let colon = Span::new(name.span.hi, whole.hi);
        let text = self.slice(colon).trim_start_matches(':').trim();
        let name = self.slice(name.span);
        let diagnostic = Diagnostic::new(
            Code::UnexpectedToken,
            whole,
            format!("the type of {what} stands before its name"),
        )
        .fix(
            format!("write `{}`", super::recovery::shorten(&format!("{text} {name}"))),
            whole,
            format!("{text} {name}"),
        );
        self.error_behind(diagnostic);
    }
}
