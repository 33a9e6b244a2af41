//! Calls, members, indices and `?`: what follows an operand.
//!
//! A chain has two calls of methods or more. One that does not fit, or was written over several lines, has
//! each call on a line of its own: `.Name(…)` with the members, indices and `?` that follow. What the chain begins
//! with stays together: names, a call of a module's function, and the first method of a short name.

use beskid_analysis::ast::{Argument, ExprId, ExprKind, TypeExprId};
use beskid_analysis::lexer::TokenKind;

use crate::INDENT;
use crate::commands::Kind;
use crate::cursor::Cursor;

/// What follows an operand.
#[derive(Clone, Copy)]
enum Link<'a> {
    /// `.name<T>`
    Member {
        arguments: &'a [TypeExprId],
        /// Whether a call follows.
        called: bool,
        /// Whether it began a line.
        began_line: bool,
    },
    /// `(a, b)`
    Call(&'a [Argument]),
    /// `[i]`
    Index(ExprId),
    /// `?`
    Try,
}

impl<'a> Cursor<'a> {
    pub(crate) fn chain(&mut self, id: ExprId) {
        let (base, links) = self.links(id);
        let Some((first, was_broken)) = self.first_on_own_line(base, &links) else {
            self.expr(base);
            for &link in &links {
                self.link(link);
            }
            return;
        };
        let group = self.open(Kind::Plain);
        self.expr(base);
        for &link in &links[..first] {
            self.link(link);
        }
        let last_call = links.iter().rposition(|link| matches!(link, Link::Call(_)));
        let mut last = None;
        self.commands.indent();
        for (index, &link) in links.iter().enumerate().skip(first) {
            if link.is_method() {
                self.line("");
            }
            if Some(index) == last_call {
                last = Some(self.commands.at());
            }
            self.link(link);
        }
        self.commands.dedent();
        self.commands.close();
        let kind = match (was_broken, last) {
            (true, _) => Kind::Broken,
            (false, Some(last)) => Kind::Chain { last },
            (false, None) => Kind::Plain,
        };
        self.commands.set_kind(group, kind);
    }

    /// What a chain begins with, and what follows.
    fn links(&self, id: ExprId) -> (ExprId, Vec<Link<'a>>) {
        let mut links = Vec::new();
        let mut at = id;
        loop {
            at = match &self.ast.exprs[at].kind {
                ExprKind::Call { callee, arguments } => {
                    links.push(Link::Call(arguments));
                    *callee
                }
                ExprKind::Index { base, index } => {
                    links.push(Link::Index(*index));
                    *base
                }
                ExprKind::Member { base, name, arguments } => {
                    let called = matches!(links.last(), Some(Link::Call(_)));
                    let end = self.ast.exprs[*base].span.hi;
                    let began_line = !self.same_line(end, name.span.lo);
                    links.push(Link::Member { arguments, called, began_line });
                    *base
                }
                ExprKind::Try(inner) => {
                    links.push(Link::Try);
                    *inner
                }
                _ => break,
            };
        }
        links.reverse();
        (at, links)
    }

    /// The first link that a broken chain puts on a line of its own, and whether the chain was broken; nothing
    /// if it is none.
    fn first_on_own_line(&self, base: ExprId, links: &[Link<'_>]) -> Option<(usize, bool)> {
        let methods: Vec<usize> =
            (0..links.len()).filter(|&index| links[index].is_method()).collect();
        let first = *methods.first()?;
        let span = self.ast.exprs[base].span;
        let is_name = matches!(self.ast.exprs[base].kind, ExprKind::Name { .. } | ExprKind::This);
        let is_path = links[..first].iter().all(|link| matches!(link, Link::Member { .. }));
        // `List.New()`, `System.FS.Open(…)`
        let is_module = is_name && is_path && self.is_capitalised(span.lo);
        let is_short = is_name && first == 0 && span.hi - span.lo <= INDENT;
        let attached = usize::from(is_module || is_short);
        let was_broken = methods
            .iter()
            .skip(attached)
            .any(|&index| matches!(links[index], Link::Member { began_line: true, .. }));
        let own_lines = methods.len() - attached;
        let is_chain = methods.len() > 1 && (own_lines > 1 || was_broken);
        is_chain.then(|| (methods[attached], was_broken))
    }

    fn link(&mut self, link: Link<'_>) {
        match link {
            Link::Member { arguments, .. } => {
                self.token(TokenKind::Dot);
                self.any_token();
                self.type_arguments(arguments);
            }
            Link::Call(arguments) => self.arguments(arguments),
            Link::Index(index) => self.group(|cx| {
                cx.token(TokenKind::LBracket);
                cx.indented(|cx| {
                    cx.line("");
                    cx.expr(index);
                    cx.comments_within();
                });
                cx.line("");
                cx.token(TokenKind::RBracket);
            }),
            Link::Try => self.token(TokenKind::Question),
        }
    }
}

impl Link<'_> {
    /// Whether this is the name of a method that is called.
    fn is_method(self) -> bool {
        matches!(self, Self::Member { called: true, .. })
    }
}
