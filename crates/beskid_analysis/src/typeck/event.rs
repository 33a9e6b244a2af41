//! Events: handlers that come and go, and raising them (language.md §10).
//!
//! *Invariants.* A handler is of exactly the event's type. Only methods of the type raise its events.

use super::coerce::Reason;
use super::members::Event;
use super::{TypeckCx, Want, call, expr};
use crate::ast::{self, Argument, AssignOp, BinaryOp, Ident};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ExprId, ExprKind, Stmt, Subscription};
use crate::source::Span;
use crate::types::{Ty, TyKind};

/// `a.E += f;`, `a.E -= f;`
pub(super) fn check_subscription(
    cx: &mut TypeckCx<'_>,
    object: ExprId,
    event: Event,
    name: Ident,
    value: ast::ExprId,
    (op, op_span, span): (AssignOp, Span, Span),
) -> Option<Stmt> {
    let want = Want::Must(event.handler, Reason::Handler(event.def, event.index));
    let handler = expr::check(cx, value, want);
    let change = match op {
        Some(BinaryOp::Add) => Subscription::Add,
        Some(BinaryOp::Sub) => Subscription::Remove,
        _ => {
            let text = cx.text(name.name);
            let message = format!("the event `{text}` cannot be assigned");
            cx.report(
                Diagnostic::new(Code::NotAssignable, op_span, message)
                    .fix("add a handler", op_span, "+=")
                    .help("`-=` removes a handler"),
            );
            return None;
        }
    };
    Some(Stmt::Subscribe { object, event: event.index, change, handler, span })
}

/// `this.E(a, b)`
pub(super) fn check_raise(
    cx: &mut TypeckCx<'_>,
    object: ExprId,
    event: Event,
    arguments: &[Argument],
    span: Span,
) -> ExprId {
    if cx.owner != Some(event.def) {
        let item = &cx.items.types[event.def].def;
        let (ty, declared) = (cx.text(item.name), item.events[event.index].span);
        let name = cx.text(item.events[event.index].name);
        cx.report(
            Diagnostic::new(
                Code::EventRaised,
                span,
                format!("only the methods of `{ty}` raise its event `{name}`"),
            )
            .also(declared, "the event is declared here")
            .help(format!("call a method of `{ty}` that raises it")),
        );
        return call::broken_call(cx, arguments, span);
    }
    let TyKind::Function(parameters, _) = *cx.types.kind(event.handler) else {
        return call::broken_call(cx, arguments, span);
    };
    let callee = cx.span(object).to(span.start());
    let values = call::value_arguments(cx, event.handler, parameters, arguments, (span, callee));
    match values {
        Some(values) => cx.push(ExprKind::Raise(object, event.index, values), Ty::UNIT, span),
        None => cx.push(ExprKind::Error, Ty::UNIT, span),
    }
}
