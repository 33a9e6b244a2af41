//! `match` (language.md §11).
//!
//! *Invariants.* The type of the scrutinee is known before the first pattern is checked. Every value is
//! matched by some arm, or E1304 was reported.

use super::coerce::{Reason, convert_joined, join};
use super::control::Reach;
use super::pattern::{self, Bindings};
use super::{TypeckCx, Want, expr, infer};
use crate::ast;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Arm, ExprId, ExprKind};
use crate::source::Span;
use crate::types::Ty;

/// Checks a `match`; its arms are converted to what the context wants.
pub(super) fn check_match(
    cx: &mut TypeckCx<'_>,
    scrutinee: ast::ExprId,
    arms: &[ast::Arm],
    span: Span,
    want: Want,
) -> ExprId {
    let mark = infer::begin(cx);
    let scrutinee = expr::check(cx, scrutinee, Want::Any);
    infer::finish(cx, mark);
    let matched = cx.ty(scrutinee);
    let before = cx.reach;
    // Without arms nothing comes out of it.
    let mut after =
        if arms.is_empty() { super::control::jump(before, span) } else { Reach::Reported };
    let mut joined = Ty::NEVER;
    let mut broken = false;
    let mut first: Option<ExprId> = None;
    let mut checked = Vec::with_capacity(arms.len());
    let before_arms = cx.diagnostics.len();
    for (index, arm) in arms.iter().enumerate() {
        cx.reach = before;
        cx.scopes.enter();
        let mut bindings = Bindings::default();
        let reported = cx.diagnostics.len();
        let pattern = pattern::check(cx, arm.pattern, matched, &mut bindings);
        broken |= cx.diagnostics[reported..].iter().any(Diagnostic::is_error)
            || cx.ast().patterns[arm.pattern].kind == ast::PatternKind::Error;
        // The names of a payload that the pattern leaves out are unknown in the arm.
        let lost =
            cx.diagnostics[reported..].iter().any(|found| found.code == Code::PatternPayloadCount);
        let names = lost.then(|| (cx.lost_names, cx.lost_words.take()));
        cx.lost_names |= lost;
        let guard = arm.guard.map(|guard| {
            let want = Want::Must(Ty::BOOL, Reason::Condition("when"));
            expr::check(cx, guard, want)
        });
        let want_arm = match want {
            // A value that nothing takes was reported in an arm before.
            Want::Must(Ty::UNIT, Reason::Unused)
                if cx.diagnostics[before_arms..]
                    .iter()
                    .any(|found| found.code == Code::UnusedValue) =>
            {
                Want::Any
            }
            Want::Any if joined != Ty::NEVER => Want::Hint(joined),
            _ => want,
        };
        let body = expr::check(cx, arm.body, want_arm);
        if let Some((lost_names, lost_words)) = names {
            (cx.lost_names, cx.lost_words) = (lost_names, lost_words);
        }
        let span = cx.ast().patterns[arm.pattern].span.to(cx.ast().exprs[arm.body].span);
        cx.leave_scope(span);
        after = if index == 0 { cx.reach } else { after.meet(cx.reach) };
        let ty = cx.ty(body);
        if !matches!(want, Want::Must(..)) {
            joined = match join(cx, joined, ty) {
                Some(ty) => ty,
                None => {
                    if joined != Ty::ERROR {
                        arms_differ(cx, first, joined, body);
                    }
                    Ty::ERROR
                }
            };
        } else if ty != Ty::NEVER {
            joined = ty;
        }
        if ty != Ty::NEVER {
            first.get_or_insert(body);
        }
        checked.push(Arm { pattern, guard, body });
    }
    cx.reach = after;
    let ty = match want {
        _ if joined == Ty::NEVER => Ty::NEVER,
        Want::Must(ty, _) => cx.infer.shallow(ty),
        _ => {
            for arm in &mut checked {
                arm.body = convert_joined(cx, arm.body, joined);
            }
            joined
        }
    };
    // What a broken pattern would match is not known.
    if !broken {
        super::exhaustive::check(cx, matched, &checked, arms, span);
    }
    cx.push(ExprKind::Match(scrutinee, checked), ty, span)
}

/// E1305.
fn arms_differ(cx: &mut TypeckCx<'_>, first: Option<ExprId>, joined: Ty, body: ExprId) {
    let ty = cx.ty(body);
    let (a, b) = (cx.show(joined), cx.show(ty));
    let at = super::control::value_span(cx, body);
    let mut diagnostic = Diagnostic::new(
        Code::ArmTypes,
        at,
        format!("the arms have different types: `{a}` and `{b}`"),
    )
    .label(format!("this is of type `{b}`"));
    if let Some(first) = first {
        let first = super::control::value_span(cx, first);
        diagnostic = diagnostic.also(first, format!("this is of type `{a}`"));
    }
    cx.report(diagnostic);
}
