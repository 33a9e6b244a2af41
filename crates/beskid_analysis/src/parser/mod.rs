//! Tokens to syntax tree: recursive descent, with an operator stack for infix expressions.
//!
//! The parser never backs up. Where the grammar needs more than a few tokens of look-ahead, [`scan`]
//! walks over a type without making nodes, and remembers what it found at each `<`; lambdas are told
//! from parentheses by the bracket partners that [`crate::lexer::partners`] found beforehand. So the
//! time is linear in the text, whatever the text is.
//!
//! Two limits keep later phases safe. *Depth* counts constructs that are open (parentheses, blocks,
//! types) and is at most [`MAX_DEPTH`](crate::ast::MAX_DEPTH). *Height* counts the nodes from an expression down to its
//! farthest leaf, long chains as in `a + b + …` included, and is at most [`MAX_HEIGHT`].
//!
//! *Invariants.* Every token is consumed or skipped once. A broken part is an `Error` node or left out,
//! and has been reported by exactly one diagnostic; [`recovery`] has the rules.

mod attribute;
mod control;
mod expr;
mod foreign;
mod function;
mod item;
mod member;
mod mistakes;
mod pattern;
mod recovery;
mod scan;
mod stmt;
mod struct_literal;
mod test;
mod ty;
mod typo;

use crate::ast::{
    Ast, Comment, Docs, Expr, ExprId, ExprKind, Ident, Item, ItemId, MAX_HEIGHT, Pattern,
    PatternId, PatternKind, TypeExpr, TypeExprId, TypeExprKind,
};
use crate::diagnostics::{Code, Diagnostic};
use crate::index::IndexVec;
use crate::lexer::{Partners, Token, TokenKind, Tokens, lex, partners};
use crate::source::{FileId, SourceMap, Span};
use crate::symbol::Interner;
use rustc_hash::FxHashMap;

/// Parses a file. Always gives a tree; what is broken is reported, in order of place.
#[must_use]
pub fn parse_file(
    file: FileId,
    sources: &SourceMap,
    interner: &mut Interner,
) -> (Ast, Vec<Diagnostic>) {
    let source = sources.file(file);
    let Tokens { tokens, docs, comments, diagnostics, truncated } = lex(source);
    let Partners { of, open_brace, stray_brace } = partners(&tokens);
    let mut parser = Parser {
        text: &source.text,
        base: source.base,
        kind: tokens[0].kind,
        pos: 0,
        tokens: &tokens,
        partners: &of,
        open_brace,
        stray_brace,
        brace_searched: false,
        angles: FxHashMap::default(),
        docs: &docs,
        loose_docs: Vec::new(),
        interner,
        items: IndexVec::new(),
        exprs: IndexVec::with_capacity(tokens.len() / 2),
        patterns: IndexVec::new(),
        types: IndexVec::new(),
        operands: Vec::new(),
        operators: Vec::new(),
        prefixes: Vec::new(),
        place: Place::Anywhere,
        depth: 0,
        height: 0,
        deep_reported: false,
        last_error: if truncated { tokens.len() - 1 } else { usize::MAX },
        diagnostics,
    };
    let root = parser.file();
    parser.release_docs(u32::MAX);
    let mut loose_docs = parser.loose_docs;
    loose_docs.sort_unstable();
    let all = comments.into_iter().chain(loose_docs.iter().copied());
    let mut comments: Vec<Comment> = all.map(|span| Comment { span }).collect();
    comments.sort_by_key(|comment| comment.span.lo);
    let ast = Ast {
        file,
        root,
        items: parser.items,
        exprs: parser.exprs,
        patterns: parser.patterns,
        types: parser.types,
        comments,
        loose_docs,
    };
    let mut diagnostics = parser.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().lo);
    (ast, diagnostics)
}

/// Where an expression stands, which decides what `{` and `=>` mean after it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing is special.
    Anywhere,
    /// In the head of `if`, `while`, `for` or `match`: `{` after a path opens the block.
    Head,
    /// At the top level of a guard: `=>` ends the guard.
    Guard,
}

struct Parser<'a> {
    text: &'a str,
    base: u32,
    tokens: &'a [Token],
    partners: &'a [u32],
    /// Whether some `{` of the file is not closed.
    open_brace: bool,
    /// Whether some `}` of the file closes nothing, and no block without `{` was found that explains it.
    stray_brace: bool,
    /// Whether the block without `}` was looked for.
    brace_searched: bool,
    /// Where the `>` is that closes a `<` in an expression, as far as scanned.
    angles: FxHashMap<u32, scan::Angle>,
    /// Documentation lines not yet passed.
    docs: &'a [(u32, Span)],
    /// Documentation lines that stand before nothing that takes them.
    loose_docs: Vec<Span>,
    interner: &'a mut Interner,
    items: IndexVec<ItemId, Item>,
    exprs: IndexVec<ExprId, Expr>,
    patterns: IndexVec<PatternId, Pattern>,
    types: IndexVec<TypeExprId, TypeExpr>,
    operands: Vec<expr::Operand>,
    operators: Vec<expr::Operator>,
    prefixes: Vec<expr::Prefix>,
    pos: usize,
    /// The kind of the token at `pos`.
    kind: TokenKind,
    place: Place,
    /// How many constructs are open.
    depth: u32,
    /// Height of the tree made so far within the innermost function that saved it.
    height: u32,
    /// Whether E0113 was reported for the item.
    deep_reported: bool,
    /// The token at which the last error was reported; a second one there is a consequence.
    last_error: usize,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Parser<'a> {
    fn token(&self) -> Token {
        self.tokens[self.pos]
    }

    fn span(&self) -> Span {
        self.token().span()
    }

    /// The end of the token before.
    fn previous_end(&self) -> Span {
        match self.pos.checked_sub(1) {
            Some(before) => self.tokens[before].span().end(),
            None => Span::new(self.base, self.base),
        }
    }

    /// From the start of an earlier token to the end of the last one consumed.
    fn since(&self, start: Span) -> Span {
        Span::new(start.lo, self.previous_end().hi.max(start.lo))
    }

    fn kind_at(&self, index: usize) -> TokenKind {
        self.tokens.get(index).map_or(TokenKind::End, |token| token.kind)
    }

    fn nth(&self, ahead: usize) -> TokenKind {
        self.kind_at(self.pos + ahead)
    }

    fn at(&self, kind: TokenKind) -> bool {
        self.kind == kind
    }

    /// Whether the token at an index begins where the one before it ends.
    fn joined(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| token.lo == self.tokens[index - 1].hi)
    }

    fn move_to(&mut self, pos: usize) {
        self.pos = pos.min(self.tokens.len() - 1);
        self.kind = self.tokens[self.pos].kind;
    }

    fn bump(&mut self) {
        self.move_to(self.pos + 1);
    }

    fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    /// The text of a span of this file.
    fn slice(&self, span: Span) -> &'a str {
        &self.text[(span.lo - self.base) as usize..(span.hi - self.base) as usize]
    }

    /// The text of the token at an index.
    fn text_at(&self, index: usize) -> &'a str {
        self.slice(self.tokens[index.min(self.tokens.len() - 1)].span())
    }

    /// Whether a line ends between the token before and the one at an index.
    fn line_before(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1) else { return true };
        self.slice(Span::new(self.tokens[before].hi, self.tokens[index].lo)).contains('\n')
    }

    /// The partner of the bracket at an index.
    fn partner(&self, index: usize) -> Option<usize> {
        Some(self.partners[index]).filter(|&partner| partner != Partners::NONE).map(|p| p as usize)
    }

    /// Takes the current token as a name.
    fn take_ident(&mut self) -> Ident {
        let span = self.span();
        let name = self.interner.intern(self.slice(span));
        self.bump();
        Ident { name, span }
    }

    /// Documentation that stands right before the current token.
    fn take_docs(&mut self, docs: &mut Docs) {
        let here = self.pos as u32;
        if self.docs.first().is_none_or(|&(token, _)| token > here) {
            return;
        }
        self.release_docs(here);
        let count = self.docs.partition_point(|&(token, _)| token <= here);
        docs.lines.extend(self.docs[..count].iter().map(|&(_, span)| span));
        self.docs = &self.docs[count..];
    }

    /// Gives up documentation before tokens that are already passed.
    fn release_docs(&mut self, here: u32) {
        let passed = self.docs.partition_point(|&(token, _)| token < here);
        self.loose_docs.extend(self.docs[..passed].iter().map(|&(_, span)| span));
        self.docs = &self.docs[passed..];
    }

    /// Adds an expression above those made since the height was saved.
    fn push_expr(&mut self, kind: ExprKind, span: Span) -> ExprId {
        self.height += 1;
        if self.height > MAX_HEIGHT {
            self.height = 1;
            self.too_deep(span);
            return self.exprs.push(Expr { kind: ExprKind::Error, span });
        }
        self.exprs.push(Expr { kind, span })
    }

    fn error_expr(&mut self, span: Span) -> ExprId {
        self.push_expr(ExprKind::Error, span)
    }

    fn push_pattern(&mut self, kind: PatternKind, span: Span) -> PatternId {
        self.patterns.push(Pattern { kind, span })
    }

    fn push_type(&mut self, kind: TypeExprKind, span: Span) -> TypeExprId {
        self.height += 1;
        if self.height > MAX_HEIGHT {
            self.height = 1;
            self.too_deep(span);
            return self.types.push(TypeExpr { kind: TypeExprKind::Error, span });
        }
        self.types.push(TypeExpr { kind, span })
    }

    fn push_item(&mut self, item: Item) -> ItemId {
        self.items.push(item)
    }

    /// Runs a part of the grammar one level deeper, with its own height, which the caller's then takes
    /// in. At the limit nothing is parsed: the construct is reported and skipped.
    fn nested<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> T,
        broken: impl FnOnce(&mut Self, Span) -> T,
    ) -> T {
        if self.depth >= crate::ast::MAX_DEPTH {
            let start = self.span();
            self.skip_deep();
            let span = self.since(start);
            return broken(self, span);
        }
        let outer = std::mem::take(&mut self.height);
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        self.height = self.height.max(outer);
        result
    }

    /// Parses with another meaning of `{` and `=>`.
    fn within<T>(&mut self, place: Place, parse: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.place, place);
        let result = parse(self);
        self.place = outer;
        result
    }

    fn file(&mut self) -> Vec<ItemId> {
        let mut items = Vec::new();
        while !self.at(TokenKind::End) {
            items.extend(self.item());
            if self.at(TokenKind::RBrace) {
                self.stray_brace();
            }
        }
        items
    }

    fn too_deep(&mut self, span: Span) {
        if !std::mem::replace(&mut self.deep_reported, true) {
            let shown = Span::new(span.lo, span.hi.min(span.lo + 1));
            self.diagnostics.push(
                Diagnostic::new(Code::NestingTooDeep, shown, "this is nested too deeply")
                    .note(format!(
                        "constructs nest at most {} deep, chains of operators and calls have at \
                         most {} links",
                        crate::ast::MAX_DEPTH,
                        MAX_HEIGHT
                    ))
                    .help("give parts of it names of their own"),
            );
        }
        self.last_error = self.pos;
    }
}
