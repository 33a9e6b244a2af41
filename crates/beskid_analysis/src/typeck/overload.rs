//! Which of several functions of one name a call means (language.md §7.2).
//!
//! *Invariants.* The arguments are checked once, before the choice; only the types of literals are left
//! open, for the chosen parameters to fix.

use super::call::Callable;
use super::coerce::{self, fits};
use super::generic::{self, Instance};
use super::lambda::{Late, late};
use super::members::Candidate;
use super::{TypeckCx, Want, expr, infer, place, stmt};
use crate::ast::{Argument, Ident, ItemKind, ParameterMode};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ExprId, FunctionId};
use crate::types::{Ty, TyKind, TypeParamId};

/// How many candidates a diagnostic lists.
const LISTED: usize = 5;

/// How far an argument is from a parameter; less is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    /// The type itself; a literal with its default type.
    Exact,
    /// A literal as another type of its kind.
    Literal,
    /// An integer literal as a float.
    FloatLiteral,
    /// After a widening.
    Widened,
    /// As a type argument.
    Generic,
}

/// The function that a call means.
pub(super) struct Chosen {
    pub(super) function: FunctionId,
    pub(super) instance: Instance,
    /// The arguments, those aside that wait for the choice.
    pub(super) checked: Vec<Option<ExprId>>,
}

/// Checks the arguments and returns the function that fits. Lambdas wait for the choice, which says
/// what their parameters are; until then they fit every function of as many parameters, of the types
/// that they state.
pub(super) fn choose(
    cx: &mut TypeckCx<'_>,
    called: &Callable<'_>,
    arguments: &[Argument],
) -> Option<Chosen> {
    let items = cx.items;
    let (name, functions) = (called.name, called.functions);
    let written: Vec<Vec<Option<Ty>>> =
        arguments.iter().map(|argument| written_parameters(cx, argument)).collect();
    let candidates: Vec<Candidate> = functions
        .iter()
        .copied()
        .filter(|&candidate| {
            let item = &items.functions[candidate.function];
            // Type arguments as written are meant for those that take as many.
            let own = item.generics.len() - item.of_owner;
            item.parameters.len() == arguments.len()
                && arguments.iter().zip(&item.modes).all(|(argument, &mode)| match argument.mode {
                    ParameterMode::Value => mode != ParameterMode::Out,
                    written => written == mode,
                })
                && arguments.iter().enumerate().all(|(index, argument)| {
                    let ty = item.parameters[index];
                    match (late(cx, argument), cx.types.kind(ty)) {
                        (Some(Late::Lambda(_)), TyKind::Function(..)) => {
                            takes_written(cx, candidate, ty, &written[index])
                        }
                        (Some(Late::Name), TyKind::Function(..))
                        | (Some(_), TyKind::Param(_) | TyKind::Error)
                        | (None, _) => true,
                        (Some(_), _) => false,
                    }
                })
                && (called.written.is_empty() || called.written.len() == own)
        })
        .collect();
    let mut checked: Vec<Option<ExprId>> = Vec::with_capacity(arguments.len());
    for (index, argument) in arguments.iter().enumerate() {
        if late(cx, argument).is_some() {
            checked.push(None);
            continue;
        }
        if argument.mode == ParameterMode::Out {
            checked.push(Some(place::check_out(cx, argument.value)?));
            continue;
        }
        // What all candidates want there helps arrays and branches.
        let mut wanted = candidates.iter().map(|c| items.functions[c.function].parameters[index]);
        let shared = wanted.next().filter(|&ty| wanted.all(|other| other == ty));
        let shared = shared.filter(|&ty| !cx.types.has_param(ty));
        let want = shared.map_or(Want::Any, Want::Hint);
        checked.push(Some(expr::check(cx, argument.value, want)));
    }
    if checked.iter().flatten().any(|&argument| {
        let ty = cx.ty(argument);
        cx.types.has_error(ty)
    }) {
        return None;
    }
    let mut best: Option<Distance> = None;
    let mut chosen: Vec<Candidate> = Vec::new();
    for &candidate in &candidates {
        // What a candidate fixes is undone before the next one is tried.
        let before = cx.infer.snapshot();
        let Candidate { function, owner } = candidate;
        let instance = generic::of_function(cx, function, owner, name, called.written);
        let distance = distance_of(cx, function, &instance, &checked);
        cx.infer.restore(before);
        let Some(distance) = distance else { continue };
        if best.is_none_or(|best| distance < best) {
            best = Some(distance);
            chosen.clear();
        }
        if best == Some(distance) {
            chosen.push(candidate);
        }
    }
    match chosen[..] {
        [Candidate { function, owner }] => {
            let instance = generic::of_function(cx, function, owner, name, called.written);
            return Some(Chosen { function, instance, checked });
        }
        [] => report(cx, name, "no", functions, &checked),
        _ => report(cx, name, "more than one", &chosen, &checked),
    }
    None
}

/// Whether a parameter of a function type takes a lambda that states these types for its own.
fn takes_written(
    cx: &mut TypeckCx<'_>,
    candidate: Candidate,
    parameter: Ty,
    written: &[Option<Ty>],
) -> bool {
    let item = &cx.items.functions[candidate.function];
    let ids: Vec<TypeParamId> = item.generics[..item.of_owner].iter().map(|&(_, id)| id).collect();
    let own: Vec<TypeParamId> = item.generics[item.of_owner..].iter().map(|&(_, id)| id).collect();
    let holes = vec![Ty::ERROR; own.len()];
    // What the call has to find out yet takes every type.
    let parameter = cx.types.substitute(parameter, &own, &holes);
    let arguments = cx.types.types(candidate.owner).to_vec();
    let parameter = cx.types.substitute(parameter, &ids, &arguments);
    let TyKind::Function(list, _) = *cx.types.kind(parameter) else { return false };
    let wanted = cx.types.types(list).to_vec();
    wanted.len() == written.len()
        && wanted.into_iter().zip(written).all(|(wanted, &written)| {
            let wanted = infer::resolve(cx, wanted);
            written.is_none_or(|written| {
                written == wanted
                    || cx.types.has_infer(wanted)
                    || cx.types.has_error(wanted)
                    || cx.types.has_error(written)
            })
        })
}

/// The types that a lambda states for its parameters; nothing for other arguments. What is wrong with
/// them is for the check of the lambda to report.
fn written_parameters(cx: &mut TypeckCx<'_>, argument: &Argument) -> Vec<Option<Ty>> {
    let Some(Late::Lambda(parameters)) = late(cx, argument) else { return Vec::new() };
    let (diagnostics, uses) = (cx.diagnostics.len(), cx.uses.len());
    let types = parameters
        .iter()
        .map(|parameter| parameter.ty.map(|ty| stmt::written_type(cx, ty)))
        .collect();
    cx.diagnostics.truncate(diagnostics);
    cx.uses.truncate(uses);
    types
}

/// The largest distance of an argument; `None` if one does not fit.
fn distance_of(
    cx: &mut TypeckCx<'_>,
    candidate: FunctionId,
    instance: &Instance,
    arguments: &[Option<ExprId>],
) -> Option<Distance> {
    let items = cx.items;
    let parameters = &items.functions[candidate].parameters;
    let mut worst = Distance::Exact;
    let modes = &items.functions[candidate].modes;
    for ((&argument, &parameter), &mode) in arguments.iter().zip(parameters).zip(modes) {
        let Some(argument) = argument else { continue };
        let parameter = instance.apply(cx, parameter);
        if mode == ParameterMode::Out {
            let found = cx.ty(argument);
            if !infer::unify(cx, found, parameter) {
                return None;
            }
            continue;
        }
        worst = worst.max(distance(cx, argument, parameter)?);
    }
    Some(worst)
}

fn distance(cx: &mut TypeckCx<'_>, argument: ExprId, parameter: Ty) -> Option<Distance> {
    let ty = cx.ty(argument);
    if ty == Ty::NEVER || cx.types.has_error(parameter) {
        return Some(Distance::Exact);
    }
    if cx.types.has_infer(parameter) {
        return infer::unify(cx, ty, parameter).then_some(Distance::Generic);
    }
    if let Some(number) = cx.infer.as_number(ty) {
        if infer::with_defaults(cx, ty) == parameter {
            return Some(Distance::Exact);
        }
        return match *cx.types.kind(parameter) {
            TyKind::Int(int) => {
                let fits = !number.is_float
                    && (!number.is_signed || int.is_signed())
                    && number.low >= int.min()
                    && number.high <= int.max();
                fits.then_some(Distance::Literal)
            }
            TyKind::Float(_) if number.is_integral => None,
            TyKind::Float(_) if number.is_float => Some(Distance::Literal),
            TyKind::Float(_) => Some(Distance::FloatLiteral),
            _ => None,
        };
    }
    if cx.types.has_infer(ty) {
        // Arrays of literals or without elements.
        let with_defaults = infer::with_defaults(cx, ty);
        if with_defaults == parameter {
            return Some(Distance::Exact);
        }
        return could_be(cx, ty, parameter).then_some(Distance::Literal);
    }
    if ty == parameter {
        return Some(Distance::Exact);
    }
    let converts = cx.types.widens(ty, parameter) || coerce::is_contract_of(cx, ty, parameter);
    converts.then_some(Distance::Widened)
}

/// Whether a type with variables can become another one. What that would fix is for the caller to undo.
fn could_be(cx: &mut TypeckCx<'_>, ty: Ty, wanted: Ty) -> bool {
    let ty = cx.infer.shallow(ty);
    if let Some(number) = cx.infer.as_number(ty) {
        return match *cx.types.kind(wanted) {
            TyKind::Int(_) => !number.is_float,
            TyKind::Float(_) => !number.is_integral,
            _ => false,
        };
    }
    match (cx.types.kind(ty), cx.types.kind(wanted)) {
        (TyKind::Infer, _) => true,
        (&TyKind::Array(a), &TyKind::Array(b)) => could_be(cx, a, b),
        _ => fits(cx, ty, wanted) || coerce::is_contract_of(cx, ty, wanted),
    }
}

/// E1603.
fn report(
    cx: &mut TypeckCx<'_>,
    name: Ident,
    how_many: &str,
    candidates: &[Candidate],
    arguments: &[Option<ExprId>],
) {
    let text = cx.text(name.name);
    let types: Vec<String> = arguments
        .iter()
        .map(|argument| match *argument {
            Some(argument) => {
                let ty = cx.ty(argument);
                cx.show(ty)
            }
            None => "a function".to_owned(),
        })
        .collect();
    let message = format!("{how_many} `{text}` takes ({})", types.join(", "));
    let mut diagnostic = Diagnostic::new(Code::AmbiguousOverload, name.span, message);
    for candidate in candidates.iter().take(LISTED) {
        let signature = signature(cx, candidate.function);
        diagnostic = diagnostic.note(format!("there is `{signature}`"));
    }
    if candidates.len() > LISTED {
        diagnostic = diagnostic.note(format!("and {} more", candidates.len() - LISTED));
    }
    if how_many != "no" {
        diagnostic = diagnostic.help("say which type is meant with a `cast`");
    }
    cx.report(diagnostic);
}

/// `i32 Add(i32 a, i32 b)`
pub(super) fn signature(cx: &mut TypeckCx<'_>, function: FunctionId) -> String {
    let items = cx.items;
    let item = &items.functions[function];
    let ItemKind::Function(source) = &cx.asts[item.file].items[item.item].kind else {
        return String::new();
    };
    let result = cx.sources.text(cx.asts[item.file].types[source.result].span);
    let parameters: Vec<String> = source
        .parameters
        .iter()
        .zip(&item.parameters)
        .map(|(parameter, &ty)| {
            let mode = match parameter.mode {
                ParameterMode::Value => "",
                ParameterMode::Ref => "ref ",
                ParameterMode::Out => "out ",
            };
            format!("{mode}{} {}", cx.show(ty), cx.text(parameter.name.name))
        })
        .collect();
    format!("{result} {}({})", cx.text(item.name.name), parameters.join(", "))
}
