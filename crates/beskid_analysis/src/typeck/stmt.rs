//! Blocks and statements (language.md §4, §5).
//!
//! *Invariants.* Each statement is a full expression of its own for inference: the type of a local is
//! known when the next statement is checked.

use super::coerce::{Reason, convert_joined, join};
use super::control::{Loop, Reach, missing_return, warn_unreachable};
use super::iterate::{self, Iterator};
use super::name::{self, Meaning};
use super::scope::Origin;
use super::{OpenBlock, TypeckCx, Want, expr, infer, operator, place, propagate, reached};
use crate::ast::{self, Block, StmtKind};
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Code, Diagnostic, ERROR_LIMIT, Edit, Fix};
use crate::hir::{self, Constant, ExprId, ExprKind, Stmt};
use crate::resolve::type_expr::{Named, named, resolve_type};
use crate::source::Span;
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind};

/// Checks a block as an expression.
pub(super) fn check_block_expr<'a>(cx: &mut TypeckCx<'a>, block: &'a Block, want: Want) -> ExprId {
    let span = block.span;
    let (block, ty) = check_block(cx, block, want);
    cx.push(ExprKind::Block(block), ty, span)
}

/// Checks a block; its type is that of its tail, `unit`, or never if its end is not reached.
pub(super) fn check_block<'a>(
    cx: &mut TypeckCx<'a>,
    block: &'a Block,
    want: Want,
) -> (hir::Block, Ty) {
    cx.scopes.enter();
    cx.blocks.push(OpenBlock { block, at: 0 });
    let open = cx.blocks.len() - 1;
    let mut statements = Vec::with_capacity(block.statements.len());
    for (index, stmt) in block.statements.iter().enumerate() {
        if stmt.kind == StmtKind::Empty {
            continue;
        }
        cx.blocks[open].at = index;
        warn_unreachable(cx, stmt.span);
        check_stmt(cx, stmt, &mut statements);
    }
    cx.blocks[open].at = block.statements.len();
    let (tail, ty) = match block.tail {
        Some(tail) => {
            warn_unreachable(cx, cx.ast().exprs[tail].span);
            let tail = expr::check(cx, tail, want);
            (Some(tail), cx.ty(tail))
        }
        None if cx.reach != Reach::Yes => (None, Ty::NEVER),
        None => {
            let last = match statements.last() {
                Some(Stmt::Expr(value)) => cx.ty(*value),
                _ => Ty::UNIT,
            };
            (None, unit_block(cx, block, last, want))
        }
    };
    cx.blocks.pop();
    cx.leave_scope(block.span);
    (hir::Block { statements, tail }, ty)
}

/// A block without value whose end is reached; `last` is the type of its last expression.
fn unit_block(cx: &mut TypeckCx<'_>, block: &Block, last: Ty, want: Want) -> Ty {
    let Want::Must(ty, reason) = want else { return Ty::UNIT };
    if super::coerce::fits(cx, Ty::UNIT, ty) {
        return Ty::UNIT;
    }
    // A last expression with `;` was perhaps meant as the value.
    let dropped = block.statements.last().and_then(|stmt| {
        let semicolon = Span::new(stmt.span.hi.saturating_sub(1), stmt.span.hi);
        let is_value = matches!(stmt.kind, StmtKind::Expr(_))
            && last != Ty::UNIT
            && (last == ty || cx.types.widens(last, ty) || cx.types.has_infer(last));
        (is_value && cx.sources.text(semicolon) == ";").then_some(semicolon)
    });
    let brace = Span::new(block.span.hi.saturating_sub(1).max(block.span.lo), block.span.hi);
    if matches!(reason, Reason::Result) {
        let whole = block.statements.iter().rev().find(|stmt| stmt.kind != StmtKind::Empty);
        let unused = whole.is_some_and(|stmt| {
            cx.diagnostics.iter().rev().take(4).any(|found| {
                found.code == Code::UnusedValue
                    && stmt.span.lo <= found.span().lo
                    && found.span().hi <= stmt.span.hi
            })
        });
        if unused {
            // The value was reported; it was meant to be the result.
            return Ty::ERROR;
        }
        missing_return(cx, brace, "the end of the body is reached here", dropped);
        return Ty::ERROR;
    }
    if cx.lost_names {
        return Ty::ERROR;
    }
    let diagnostic = super::mismatch::describe(cx, block.span, Ty::UNIT, ty, reason);
    let diagnostic = diagnostic.label("this block has no value");
    cx.report(keep_value(diagnostic, dropped));
    Ty::ERROR
}

/// Says that a `;` takes the value of a block away.
pub(super) fn keep_value(diagnostic: Diagnostic, semicolon: Option<Span>) -> Diagnostic {
    match semicolon {
        None => diagnostic,
        Some(semicolon) => diagnostic.also(semicolon, "`;` drops the value").fix(
            "remove the semicolon",
            semicolon,
            "",
        ),
    }
}

fn check_stmt<'a>(cx: &mut TypeckCx<'a>, stmt: &'a ast::Stmt, out: &mut Vec<Stmt>) {
    let mark = infer::begin(cx);
    match &stmt.kind {
        StmtKind::Empty => {}
        StmtKind::Let { ty, mutable, name, value } => {
            let origin = if *mutable { Origin::Mutable } else { Origin::Immutable };
            let ty = ty.filter(|&ty| !misspelt_let(cx, ty));
            let want = match ty {
                Some(ty) => {
                    let span = cx.ast().types[ty].span;
                    Want::Must(written_type(cx, ty), Reason::Initialiser(span))
                }
                None => Want::Any,
            };
            let value = expr::check(cx, *value, want);
            infer::finish(cx, mark);
            let ty = match want {
                Want::Must(ty, _) => ty,
                _ => cx.ty(value),
            };
            let local = cx.declare(*name, ty, origin);
            cx.body.locals[local].since = cx.span(value).hi;
            out.push(Stmt::Let(local, value));
        }
        StmtKind::Assign { target, op, op_span, value } => {
            let assign = place::check_assign(cx, *target, *op, *op_span, *value, stmt.span);
            infer::finish(cx, mark);
            out.extend(assign);
        }
        StmtKind::Discard(value) => {
            let value = expr::check(cx, *value, Want::Any);
            infer::finish(cx, mark);
            out.push(Stmt::Expr(value));
        }
        StmtKind::Expr(value) => {
            // What begins a statement with `if`, `match` or `{` is whole, and leaves no value.
            let want = match cx.ast().exprs[*value].kind {
                ast::ExprKind::If { .. }
                | ast::ExprKind::Match { .. }
                | ast::ExprKind::Block(_) => Want::Must(Ty::UNIT, Reason::Unused),
                _ => Want::Any,
            };
            let reported = cx.diagnostics.len();
            let source = *value;
            let value = expr::check(cx, source, want);
            infer::finish(cx, mark);
            drop_whole(cx, source, reported, stmt.span);
            return_whole(cx, reported, stmt.span);
            warn_unused_result(cx, value);
            warn_unused_comparison(cx, source, value);
            report_not_called(cx, value);
            out.push(Stmt::Expr(value));
        }
        StmtKind::While { condition, body } => out.push(check_while(cx, *condition, body)),
        StmtKind::For { name, iterable, body } => check_for(cx, *name, *iterable, body, out),
    }
}

/// A value that nothing takes, of a statement with several branches, is dropped for all of them.
fn drop_whole(cx: &mut TypeckCx<'_>, value: ast::ExprId, reported: usize, span: Span) {
    let branches = match &cx.ast().exprs[value].kind {
        ast::ExprKind::If { otherwise, .. } => otherwise.is_some(),
        ast::ExprKind::Match { arms, .. } => arms.len() > 1,
        _ => false,
    };
    if !branches {
        return;
    }
    let next = cx.blocks.last().and_then(|open| open.block.statements.get(open.at + 1));
    let has_semicolon = next.is_some_and(|stmt| stmt.kind == StmtKind::Empty);
    for found in &mut cx.diagnostics[reported..] {
        if found.code != Code::UnusedValue {
            continue;
        }
        for fix in &mut found.fixes {
            if fix.edits.iter().all(|edit| edit.replacement == ";") {
                fix.title = "drop the value".to_owned();
                fix.edits = vec![Edit { span: span.start(), replacement: "_ = ".to_owned() }];
                if !has_semicolon {
                    fix.edits.push(Edit { span: span.end(), replacement: ";".to_owned() });
                }
            }
        }
    }
}

/// A value that nothing takes, of the last statement of a function that returns something, is its result.
fn return_whole(cx: &mut TypeckCx<'_>, reported: usize, span: Span) {
    let [OpenBlock { block, at }] = cx.blocks[..] else { return };
    let rest = &block.statements[at + 1..];
    let is_last = block.tail.is_none() && rest.iter().all(|stmt| stmt.kind == StmtKind::Empty);
    if !is_last || cx.result.ty == Ty::UNIT || cx.types.has_error(cx.result.ty) {
        return;
    }
    for found in &mut cx.diagnostics[reported..] {
        if found.code == Code::UnusedValue && !found.fixes.is_empty() {
            let mut edits = vec![Edit { span: span.start(), replacement: "return ".to_owned() }];
            if rest.is_empty() {
                edits.push(Edit { span: span.end(), replacement: ";".to_owned() });
            }
            found.fixes = vec![Fix { title: "return the value".to_owned(), edits }];
        }
    }
}

/// E1201 for `lte x = 5;`: the word that was read as the type of a local.
fn misspelt_let(cx: &mut TypeckCx<'_>, ty: ast::TypeExprId) -> bool {
    let expr = &cx.ast().types[ty];
    let ast::TypeExprKind::Path(path) = &expr.kind else { return false };
    let [segment] = path.segments.as_slice() else { return false };
    let name = segment.ident.name;
    let text = cx.text(name);
    let unknown = segment.arguments.is_empty()
        && text.starts_with(char::is_lowercase)
        && nearest(text, ["let"]).is_some()
        && matches!(named(cx.items, cx.module, &cx.generics, name), Named::Nothing(None));
    if unknown {
        cx.report(
            Diagnostic::new(Code::UnknownType, expr.span, format!("unknown type `{text}`")).fix(
                "write `let`",
                expr.span,
                "let",
            ),
        );
    }
    unknown
}

/// W1233 for `x == 5;`.
fn warn_unused_comparison(cx: &mut TypeckCx<'_>, source: ast::ExprId, value: ExprId) {
    let ast::ExprKind::Binary { op, op_span, .. } = cx.ast().exprs[source].kind else { return };
    let ExprKind::Binary(_, left, _) = cx.body.exprs[value].kind else { return };
    if !operator::is_comparison(op) {
        return;
    }
    let diagnostic = Diagnostic::new(
        Code::UnusedComparison,
        op_span,
        "this compares two values, and nothing looks at the result",
    );
    let is_place = match cx.body.exprs[left].kind {
        ExprKind::Local(local) => cx.scopes.origin(local) == Origin::Mutable,
        ExprKind::Field(..) | ExprKind::Index(..) => true,
        _ => false,
    };
    cx.report(if is_place && op == ast::BinaryOp::Eq {
        diagnostic.fix("assign with `=`", op_span, "=")
    } else {
        diagnostic.help("drop it, or put it where a `bool` is asked for")
    });
}

/// W1704 for a `Result` that is dropped.
fn warn_unused_result(cx: &mut TypeckCx<'_>, value: ExprId) {
    let TyKind::Enum(def, _) = *cx.types.kind(cx.ty(value)) else { return };
    if matches!(propagate::shape(cx, def), Some(propagate::Shape::Result(..))) {
        let span = cx.span(value);
        cx.report(
            Diagnostic::new(
                Code::UnusedResult,
                span,
                "this `Result` is dropped, and its error with it",
            )
            .help("hand the error on with `?`, look at it with `match`, or drop it with `_ = …;`"),
        );
    }
}

/// E1225 for a function that is named, and was perhaps meant to be called.
fn report_not_called(cx: &mut TypeckCx<'_>, value: ExprId) {
    if let ExprKind::Function(..) | ExprKind::BoundMethod(..) = cx.body.exprs[value].kind {
        let span = cx.span(value);
        cx.report(
            Diagnostic::new(Code::UnusedValue, span, "this names a function, and does not call it")
                .fix("call it", span.end(), "()"),
        );
    }
}

/// The type of a type expression in the body.
pub(super) fn written_type(cx: &mut TypeckCx<'_>, ty: ast::TypeExprId) -> Ty {
    resolve_type(&mut cx.type_cx(), ty)
}

fn check_while<'a>(cx: &mut TypeckCx<'a>, condition: ast::ExprId, body: &'a Block) -> Stmt {
    let mark = infer::begin(cx);
    let span = cx.ast().exprs[condition].span;
    let condition = expr::check(cx, condition, Want::Must(Ty::BOOL, Reason::Condition("while")));
    infer::finish(cx, mark);
    let endless = matches!(cx.body.exprs[condition].kind, ExprKind::Constant(Constant::Bool(true)));
    let before = cx.reach;
    let (body, has_break) = check_loop_body(cx, body);
    cx.reach = if endless && !has_break { super::control::jump(before, span) } else { before };
    Stmt::While { condition, body }
}

/// The body of a loop, and whether a `break` leaves the loop.
fn check_loop_body<'a>(cx: &mut TypeckCx<'a>, body: &'a Block) -> (hir::Block, bool) {
    cx.loops.push(Loop { has_break: false });
    let mark = infer::begin(cx);
    let (body, _) = check_block(cx, body, Want::Must(Ty::UNIT, Reason::Unused));
    infer::finish(cx, mark);
    let has_break = cx.loops.pop().is_some_and(|innermost| innermost.has_break);
    (body, has_break)
}

/// What a `for` iterates over.
enum Iterated {
    Range { start: ExprId, end: ExprId, step: Option<ExprId>, ty: Ty },
    Value(ExprId),
}

fn check_for<'a>(
    cx: &mut TypeckCx<'a>,
    name: ast::Ident,
    iterable: ast::ExprId,
    body: &'a Block,
    out: &mut Vec<Stmt>,
) {
    let mark = infer::begin(cx);
    let span = cx.ast().exprs[iterable].span;
    let mut iterated = match range_arguments(cx, iterable) {
        Some((&[ty], arguments)) if (2..=3).contains(&arguments.len()) => {
            check_range_of(cx, ty, arguments, (iterable, span))
        }
        Some((&[], arguments)) => check_range(cx, arguments, span),
        _ => Iterated::Value(expr::check(cx, iterable, Want::Any)),
    };
    infer::finish(cx, mark);
    if let Iterated::Range { start, ty, .. } = &mut iterated {
        *ty = if *ty == Ty::ERROR { Ty::ERROR } else { cx.ty(*start) };
    }
    let mut iterator = None;
    let element = match &iterated {
        Iterated::Range { ty, .. } => *ty,
        Iterated::Value(value) => element_type(cx, *value, &mut iterator),
    };
    let before = cx.reach;
    cx.scopes.enter();
    let variable = cx.declare(name, element, Origin::Loop);
    let scope = name.span.to(body.span);
    cx.body.locals[variable].since = body.span.lo;
    let (body, _) = check_loop_body(cx, body);
    cx.leave_scope(scope);
    cx.reach = before;
    out.push(match iterated {
        Iterated::Range { start, end, step, .. } => {
            Stmt::ForRange { variable, start, end, step, body, span }
        }
        Iterated::Value(value) => match cx.types.kind(cx.ty(value)) {
            TyKind::Array(_) => Stmt::ForArray { variable, array: value, body },
            TyKind::String => Stmt::ForString { variable, string: value, body },
            _ => match iterator {
                Some(Iterator { value, next, option, some, .. }) => {
                    let iterator = value;
                    reached::note_callee(cx, next);
                    Stmt::ForIterator { variable, iterator, next, option, some, body, span }
                }
                // Reported.
                None => Stmt::Expr(value),
            },
        },
    });
}

/// The arguments of types and values of `range(…)`, if that is what the name means here.
fn range_arguments<'a>(
    cx: &TypeckCx<'a>,
    iterable: ast::ExprId,
) -> Option<(&'a [ast::TypeExprId], &'a [ast::Argument])> {
    let ast = cx.ast();
    let ast::ExprKind::Call { callee, arguments } = &ast.exprs[iterable].kind else {
        return None;
    };
    let ast::ExprKind::Name { name, arguments: types } = &ast.exprs[*callee].kind else {
        return None;
    };
    let meant = match name::resolve(cx, name.name) {
        Meaning::Functions(set) => cx.items.function_sets[set].functions.first().copied(),
        _ => None,
    };
    let module = meant.map(|function| cx.items.functions[function].module);
    (name.name == Symbol::RANGE && module == Some(cx.items.prelude())).then_some((types, arguments))
}

/// `range<T>(…)`: what its arguments are is written.
fn check_range_of(
    cx: &mut TypeckCx<'_>,
    written: ast::TypeExprId,
    arguments: &[ast::Argument],
    (whole, span): (ast::ExprId, Span),
) -> Iterated {
    let ty = written_type(cx, written);
    if !matches!(cx.types.kind(ty), TyKind::Int(_)) {
        // As a value, which has something to say of it.
        return Iterated::Value(expr::check(cx, whole, Want::Any));
    }
    let want = Want::Must(ty, Reason::BuiltinArgument("range"));
    let mut values = arguments.iter().map(|argument| expr::check(cx, argument.value, want));
    let (start, end) = (values.next(), values.next());
    let step = values.next();
    let start = start.unwrap_or_else(|| cx.error(span));
    let end = end.unwrap_or_else(|| cx.error(span));
    Iterated::Range { start, end, step, ty }
}

fn check_range(cx: &mut TypeckCx<'_>, arguments: &[ast::Argument], span: Span) -> Iterated {
    if !(2..=3).contains(&arguments.len()) {
        for argument in arguments {
            expr::check(cx, argument.value, Want::Hint(Ty::ERROR));
        }
        let count = arguments.len();
        let diagnostic = Diagnostic::new(
            Code::ArgumentCount,
            span,
            format!("`range` takes 2 or 3 arguments, found {count}"),
        );
        let diagnostic = match arguments {
            [end] => {
                let place = cx.ast().exprs[end.value].span.start();
                diagnostic.fix("count from zero", place, "0, ")
            }
            _ => diagnostic.help("`range(first, end)` or `range(first, end, step)`"),
        };
        cx.report(diagnostic);
        let (start, end) = (cx.error(span), cx.error(span));
        return Iterated::Range { start, end, step: None, ty: Ty::ERROR };
    }
    let mut values = Vec::with_capacity(3);
    let mut joined = Ty::NEVER;
    for argument in arguments {
        let want = if joined == Ty::NEVER { Want::Any } else { Want::Hint(joined) };
        let value = expr::check(cx, argument.value, want);
        let ty = cx.ty(value);
        let integer = cx.infer.narrow(ty, true, false)
            && (cx.infer.as_number(ty).is_some()
                || matches!(cx.types.kind(ty), TyKind::Int(_) | TyKind::Error | TyKind::Never));
        if !integer {
            let shown = cx.show(ty);
            let at = cx.span(value);
            cx.report(
                Diagnostic::new(
                    Code::ArgumentType,
                    at,
                    format!("`range` takes integers, found `{shown}`"),
                )
                .label(format!("this is of type `{shown}`")),
            );
            joined = Ty::ERROR;
        } else {
            joined = match join(cx, joined, ty) {
                Some(ty) => ty,
                None => {
                    let (a, b) = (cx.show(joined), cx.show(ty));
                    let at = cx.span(value);
                    cx.report(
                        Diagnostic::new(
                            Code::ArgumentType,
                            at,
                            format!("`range` counts in one integer type, found `{a}` and `{b}`"),
                        )
                        .label(format!("this is of type `{b}`"))
                        .help(format!("convert one of them: `cast<{a}>(…)`")),
                    );
                    Ty::ERROR
                }
            };
        }
        values.push(value);
    }
    if joined != Ty::ERROR {
        for value in &mut values {
            *value = convert_joined(cx, *value, joined);
        }
    }
    Iterated::Range { start: values[0], end: values[1], step: values.get(2).copied(), ty: joined }
}

/// The type of what a `for` over a value gives.
fn element_type(cx: &mut TypeckCx<'_>, value: ExprId, iterator: &mut Option<Iterator>) -> Ty {
    let ty = cx.ty(value);
    match *cx.types.kind(ty) {
        TyKind::Array(element) => return element,
        TyKind::String => return Ty::CHAR,
        TyKind::Error | TyKind::Never => return Ty::ERROR,
        _ => {}
    }
    match iterate::iterator(cx, value) {
        Ok(found) => {
            *iterator = Some(found);
            return found.element;
        }
        Err(iterate::Failure::Reported) => return Ty::ERROR,
        Err(iterate::Failure::NoMethod) => {}
    }
    if cx.types.as_declared(ty).is_some_and(|(def, _)| cx.items.types[def].incomplete) {
        return Ty::ERROR;
    }
    let (shown, span) = (cx.show(ty), cx.span(value));
    let diagnostic = Diagnostic::new(
        Code::NotIterable,
        span,
        format!("a value of type `{shown}` cannot be iterated"),
    )
    .label("`for` goes over ranges, arrays, strings, and what has `Next` or `Iterate`");
    let diagnostic = if cx.types.as_int(ty).is_some() {
        super::mismatch::wrap(diagnostic, "count up to it", span, "range(0, ", ")")
    } else {
        diagnostic
    };
    cx.report(diagnostic);
    Ty::ERROR
}

/// Whether this or a later statement of an open block declares a name: its place.
pub(super) fn declared_later(cx: &TypeckCx<'_>, name: Symbol) -> Option<Span> {
    // As with near names: what is not shown need not be searched.
    if cx.diagnostics.len() >= 2 * ERROR_LIMIT {
        return None;
    }
    cx.blocks.iter().rev().find_map(|open| {
        open.block.statements.iter().skip(open.at).find_map(|stmt| match &stmt.kind {
            StmtKind::Let { name: declared, .. } if declared.name == name => Some(declared.span),
            _ => None,
        })
    })
}
