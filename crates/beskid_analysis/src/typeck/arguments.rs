//! Arguments against the types that are wanted of them, in the order in which they say most
//! (language.md §9.1): first those that are no lambdas (nor names that may mean several functions), then
//! lambdas whose parameter types are known by then, then, with literals as what they are without a
//! context, the rest.
//!
//! *Invariants.* The values come out in the order of the arguments, which is that of evaluation.

use super::coerce::{Reason, coerce};
use super::lambda::is_ready;
use super::{TypeckCx, Want, call, infer, lambda, slip};
use crate::ast::{Argument, ParameterMode};
use crate::hir::ExprId;
use crate::types::Ty;

/// Checks the arguments of a call, of which there are as many as types; appends them to `values`.
pub(super) fn check(
    cx: &mut TypeckCx<'_>,
    arguments: &[Argument],
    wanted: &[(Ty, Reason)],
    values: &mut Vec<ExprId>,
) {
    let (reported, misfits) = (cx.diagnostics.len(), cx.misfits.len());
    let receivers = values.len();
    let mut checked = Vec::with_capacity(arguments.len());
    for (argument, &(ty, reason)) in arguments.iter().zip(wanted) {
        let at_once = lambda::late(cx, argument).is_none();
        checked.push(at_once.then(|| call::check_argument(cx, argument, Want::Must(ty, reason))));
    }
    rest(cx, arguments, checked, wanted, values);
    let misfits = cx.misfits.split_off(misfits);
    slip::join_swapped(cx, arguments, wanted, &values[receivers..], &misfits, reported);
}

/// Checks the arguments that wait, and converts the others; appends all of them to `values`.
pub(super) fn finish(
    cx: &mut TypeckCx<'_>,
    arguments: &[Argument],
    mut checked: Vec<Option<ExprId>>,
    wanted: &[(Ty, Reason)],
    values: &mut Vec<ExprId>,
) {
    for ((value, &(ty, reason)), argument) in checked.iter_mut().zip(wanted).zip(arguments) {
        *value = value.map(|value| match argument.mode {
            ParameterMode::Out => {
                let found = cx.ty(value);
                call::require_exact(cx, value, found, ty)
            }
            ParameterMode::Value | ParameterMode::Ref => coerce(cx, value, ty, reason),
        });
    }
    rest(cx, arguments, checked, wanted, values);
}

/// Checks the arguments that are not checked yet.
fn rest(
    cx: &mut TypeckCx<'_>,
    arguments: &[Argument],
    mut checked: Vec<Option<ExprId>>,
    wanted: &[(Ty, Reason)],
    values: &mut Vec<ExprId>,
) {
    let mut waiting: Vec<usize> =
        (0..checked.len()).filter(|&index| checked[index].is_none()).collect();
    while !waiting.is_empty() {
        // A lambda may say what the parameters of another one are, so the first that is ready is next.
        let first_ready = |cx: &mut TypeckCx<'_>| {
            waiting.iter().position(|&index| is_ready(cx, &arguments[index], wanted[index].0))
        };
        let mut ready = first_ready(cx);
        if ready.is_none() {
            for &index in &waiting {
                infer::settle_parts(cx, wanted[index].0);
            }
            ready = first_ready(cx);
        }
        let next = waiting.remove(ready.unwrap_or(0));
        let (ty, reason) = wanted[next];
        checked[next] = Some(call::check_argument(cx, &arguments[next], Want::Must(ty, reason)));
    }
    values.extend(checked.into_iter().flatten());
}
