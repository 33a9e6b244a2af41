//! Branches, jumps, and whether the end of something is reached (language.md §5.1 to §5.3).
//!
//! *Invariants.* [`Reach`] says whether the code checked next can run. A path on which nothing is known
//! (something unsupported) causes neither E1203 nor W1403.

use super::coerce::{self, Reason, convert_joined, join};
use super::{Subject, TypeckCx, Want, expr, infer, lambda, mismatch, stmt};
use crate::ast::{self, Block};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{self, ExprId, ExprKind, Stmt};
use crate::source::Span;
use crate::types::Ty;

/// Whether control gets here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// It does.
    Yes,
    /// It does not, because of this; to be reported once.
    No(Span),
    /// It does not, and that was reported.
    Reported,
    /// Something was not understood.
    Unknown,
}

impl Reach {
    /// After something that was not understood.
    pub(super) fn or_unknown(self) -> Self {
        if self == Self::Yes { Self::Unknown } else { self }
    }

    /// Where two paths meet.
    pub(super) fn meet(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Reported, _) => self,
            (_, Self::Reported) => other,
            // The later place is the one that code after it stands behind.
            (Self::No(_), Self::No(_)) => other,
        }
    }
}

/// A loop around what is checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loop {
    /// Whether a `break` leaves it.
    pub(super) has_break: bool,
}

/// Checks the block of a function.
pub(super) fn check_body<'a>(cx: &mut TypeckCx<'a>, block: &'a Block) {
    let mark = infer::begin(cx);
    let want = Want::Must(cx.result.ty, Reason::Result);
    let (block, _) = stmt::check_block(cx, block, want);
    infer::finish(cx, mark);
    cx.body.block = block;
}

/// Checks the value of a function written with `=>`. A function that returns `unit` drops it.
pub(super) fn check_expr_body(cx: &mut TypeckCx<'_>, value: ast::ExprId) {
    let mark = infer::begin(cx);
    if cx.result.ty == Ty::UNIT {
        let value = expr::check(cx, value, Want::Any);
        infer::finish(cx, mark);
        cx.body.block = hir::Block { statements: vec![Stmt::Expr(value)], tail: None };
        return;
    }
    let want = Want::Must(cx.result.ty, Reason::Result);
    let value = expr::check(cx, value, want);
    infer::finish(cx, mark);
    cx.body.block = hir::Block { statements: Vec::new(), tail: Some(value) };
}

/// The parts of an `if`.
#[derive(Clone, Copy)]
pub(super) struct IfParts<'a> {
    pub(super) span: Span,
    pub(super) condition: ast::ExprId,
    pub(super) then: &'a Block,
    pub(super) otherwise: Option<ast::ExprId>,
}

/// Checks an `if`.
pub(super) fn check_if<'a>(cx: &mut TypeckCx<'a>, parts: IfParts<'a>, want: Want) -> ExprId {
    let condition = expr::check(cx, parts.condition, Want::Must(Ty::BOOL, Reason::Condition("if")));
    let before = cx.reach;
    let Some(otherwise) = parts.otherwise else {
        let head = parts.span.start().to(cx.ast().exprs[parts.condition].span);
        let then = without_else(cx, parts.then, head, want);
        cx.reach = before.meet(cx.reach);
        let kind = ExprKind::If { condition, then, otherwise: None };
        // A value in the block was reported, with the missing `else`.
        let ty = if cx.ty(then) == Ty::ERROR { Ty::ERROR } else { Ty::UNIT };
        return cx.push(kind, ty, parts.span);
    };
    let reported = cx.diagnostics.len();
    let then = stmt::check_block_expr(cx, parts.then, want);
    let then_reach = std::mem::replace(&mut cx.reach, before);
    let (then_ty, span) = (cx.ty(then), parts.span);
    let want_else = match want {
        // A value that nothing takes was reported in the first branch.
        Want::Must(Ty::UNIT, Reason::Unused)
            if cx.diagnostics[reported..].iter().any(|d| d.code == Code::UnusedValue) =>
        {
            Want::Any
        }
        Want::Any if then_ty != Ty::NEVER => Want::Hint(then_ty),
        _ => want,
    };
    let other = expr::check(cx, otherwise, want_else);
    cx.reach = then_reach.meet(cx.reach);
    let other_ty = cx.ty(other);
    let (then, other, ty) = match want {
        _ if then_ty == Ty::NEVER && other_ty == Ty::NEVER => (then, other, Ty::NEVER),
        Want::Must(ty, _) => (then, other, cx.infer.shallow(ty)),
        _ => match join(cx, then_ty, other_ty) {
            Some(ty) => (convert_joined(cx, then, ty), convert_joined(cx, other, ty), ty),
            None => {
                branches_differ(cx, then, other);
                (then, other, Ty::ERROR)
            }
        },
    };
    cx.push(ExprKind::If { condition, then, otherwise: Some(other) }, ty, span)
}

/// The block of an `if` without `else`, which is `unit`.
fn without_else<'a>(cx: &mut TypeckCx<'a>, then: &'a Block, head: Span, want: Want) -> ExprId {
    let (ty, reason) = match want {
        Want::Must(ty, reason) => (cx.infer.shallow(ty), reason),
        Want::Any | Want::Hint(_) => (Ty::UNIT, Reason::NoElse(head)),
    };
    if ty == Ty::UNIT || ty.as_infer().is_some() || cx.types.has_error(ty) {
        infer::unify(cx, ty, Ty::UNIT);
        let reason = if matches!(reason, Reason::Unused) { reason } else { Reason::NoElse(head) };
        return stmt::check_block_expr(cx, then, Want::Must(Ty::UNIT, reason));
    }
    let reachable = cx.reach == Reach::Yes;
    let want_then = if then.tail.is_some() { want } else { Want::Any };
    let block = stmt::check_block_expr(cx, then, want_then);
    if !reachable {
        return block;
    }
    if matches!(reason, Reason::Result) {
        let label = "without an `else`, the end of the body is reached";
        missing_return(cx, then.span.end(), label, None);
    } else {
        let shown = cx.show(ty);
        cx.report(
            Diagnostic::new(
                Code::BranchTypes,
                head,
                format!("an `if` without `else` has no value, but `{shown}` is expected"),
            )
            .fix("add the other branch", then.span.end(), " else { … }"),
        );
    }
    block
}

/// E1203, once a function.
pub(super) fn missing_return(
    cx: &mut TypeckCx<'_>,
    place: Span,
    label: &str,
    dropped: Option<Span>,
) {
    if std::mem::replace(&mut cx.missing_return, true) || cx.lost_names {
        return;
    }
    let ty = cx.result.ty;
    let ty = cx.show(ty);
    let subject = match cx.result.of {
        Subject::Function(name) => format!("`{}`", cx.text(name)),
        Subject::Lambda => "this lambda".to_owned(),
        Subject::Test | Subject::OpenLambda | Subject::Constant => return,
    };
    let diagnostic = Diagnostic::new(
        Code::MissingReturn,
        cx.name_span,
        format!("{subject} returns `{ty}`, but not on every path"),
    )
    .label("every path ends in a value, a `return` or a panic")
    .also(place, label);
    cx.report(stmt::keep_value(diagnostic, dropped));
}

/// E1213 for the branches of an `if`.
fn branches_differ(cx: &mut TypeckCx<'_>, then: ExprId, other: ExprId) {
    let (a, b) = (cx.ty(then), cx.ty(other));
    let (first, second) = (cx.show(a), cx.show(b));
    let (then, other) = (value_span(cx, then), value_span(cx, other));
    cx.report(
        Diagnostic::new(
            Code::BranchTypes,
            other,
            format!("the branches have different types: `{first}` and `{second}`"),
        )
        .label(format!("this is of type `{second}`"))
        .also(then, format!("this is of type `{first}`")),
    );
}

/// The place where the value of a block comes from.
pub(super) fn value_span(cx: &TypeckCx<'_>, mut id: ExprId) -> Span {
    while let ExprKind::Block(hir::Block { tail: Some(tail), .. }) = &cx.body.exprs[id].kind {
        id = *tail;
    }
    cx.span(id)
}

/// `return`, `return e`
pub(super) fn check_return(
    cx: &mut TypeckCx<'_>,
    value: Option<ast::ExprId>,
    span: Span,
) -> ExprId {
    let ty = cx.result.ty;
    if cx.result.of == Subject::OpenLambda {
        return lambda::check_return(cx, value, span);
    }
    let Some(value) = value else {
        if ty != Ty::UNIT && !cx.types.has_error(ty) {
            let shown = cx.show(ty);
            let diagnostic = Diagnostic::new(
                Code::ResultType,
                span,
                format!("`return` needs a value of type `{shown}`"),
            );
            let diagnostic = mismatch::result_label(cx, diagnostic);
            cx.report(diagnostic.fix("return a value", span.end(), " …"));
        }
        cx.reach = Reach::No(span);
        return cx.push(ExprKind::Return(None), Ty::NEVER, span);
    };
    let want = if ty == Ty::UNIT { Want::Any } else { Want::Must(ty, Reason::Result) };
    let value = expr::check(cx, value, want);
    let found = cx.ty(value);
    if ty == Ty::UNIT && !coerce::fits(cx, found, ty) && found != Ty::NEVER {
        let at = cx.span(value);
        let diagnostic = mismatch::describe(cx, at, found, ty, Reason::Result);
        let word = Span::new(span.lo + "return".len() as u32, at.hi);
        cx.report(diagnostic.fix("return nothing", word, ""));
    }
    cx.reach = jump(cx.reach, span);
    if ty == Ty::UNIT {
        // The value is evaluated, and there is nothing to return.
        let leave = cx.push(ExprKind::Return(None), Ty::NEVER, span);
        let block = hir::Block { statements: vec![Stmt::Expr(value)], tail: Some(leave) };
        return cx.push(ExprKind::Block(block), Ty::NEVER, span);
    }
    cx.push(ExprKind::Return(Some(value)), Ty::NEVER, span)
}

/// After something that does not return.
pub(super) fn jump(before: Reach, span: Span) -> Reach {
    if before == Reach::Yes { Reach::No(span) } else { before }
}

/// `break`, `continue`
pub(super) fn check_jump(cx: &mut TypeckCx<'_>, kind: ExprKind, span: Span) -> ExprId {
    let (word, code) = match kind {
        ExprKind::Break => ("break", Code::BreakOutsideLoop),
        _ => ("continue", Code::ContinueOutsideLoop),
    };
    let leaves = matches!(kind, ExprKind::Break) && cx.reach != Reach::Reported;
    match cx.loops.last_mut() {
        Some(innermost) => innermost.has_break |= leaves,
        None => {
            let diagnostic = if lambda::is_in_loop(cx) {
                Diagnostic::new(code, span, format!("`{word}` cannot leave a lambda"))
                    .label("the loop is outside of the lambda")
            } else {
                Diagnostic::new(code, span, format!("`{word}` outside of a loop"))
                    .label("no `while` or `for` is around this")
            };
            cx.report(diagnostic);
        }
    }
    cx.reach = jump(cx.reach, span);
    cx.push(kind, Ty::NEVER, span)
}

/// W1403 for code that is checked next, if it never runs.
pub(super) fn warn_unreachable(cx: &mut TypeckCx<'_>, span: Span) {
    // What is broken was reported, whether it runs or not.
    let broken = cx.lost_names && cx.broken.within(span);
    if let Reach::No(because) = cx.reach
        && !broken
    {
        cx.reach = Reach::Reported;
        cx.report(
            Diagnostic::new(Code::UnreachableCode, span, "this code is never reached")
                .also(because, "nothing behind this runs"),
        );
    }
}
