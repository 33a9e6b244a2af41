//! Instances of generic declarations: fresh variables for type parameters, or the arguments as written.
//!
//! *Invariants.* The arguments of an instance are in the order of the declaration's type parameters,
//! those of its type first. What is left open is fixed by the full expression around, or reported
//! there, once a call (E1202).

use super::infer::{self, Origin};
use super::{TypeckCx, Want, bounds, coerce};
use crate::ast::{Ident, Path, TypeExprId};
use crate::hir::{FunctionId, TypeDefId};
use crate::resolve::type_expr::{Open, argument_count, declared, resolve_open, resolve_type};
use crate::types::{Ty, TyKind, TyList, TypeParamId};

/// A generic declaration with the arguments of one use.
#[derive(Clone, Default, Debug)]
pub(super) struct Instance {
    pub(super) parameters: Vec<TypeParamId>,
    pub(super) arguments: Vec<Ty>,
}

impl Instance {
    /// A type of the declaration as this use has it.
    pub(super) fn apply(&self, cx: &mut TypeckCx<'_>, ty: Ty) -> Ty {
        cx.types.substitute(ty, &self.parameters, &self.arguments)
    }

    /// The arguments as a list.
    pub(super) fn list(&self, cx: &mut TypeckCx<'_>) -> TyList {
        cx.types.list(&self.arguments)
    }

    /// Gives up on what nothing has fixed, as something else was reported.
    pub(super) fn poison(&self, cx: &mut TypeckCx<'_>) {
        for &argument in &self.arguments {
            if cx.infer.shallow(argument).as_infer().is_some()
                && cx.infer.as_number(argument).is_none()
            {
                infer::unify(cx, argument, Ty::ERROR);
            }
        }
    }
}

/// The instance of a declared type's own parameters.
pub(super) fn of_type(cx: &TypeckCx<'_>, def: TypeDefId, arguments: TyList) -> Instance {
    Instance {
        parameters: cx.items.types[def].def.type_parameters.clone(),
        arguments: cx.types.types(arguments).to_vec(),
    }
}

/// The instance of a function or method that a call means: the arguments of its type (and of `Self` in
/// a contract) are those of `owner`, its own as written or left open.
pub(super) fn of_function(
    cx: &mut TypeckCx<'_>,
    function: FunctionId,
    owner: TyList,
    name: Ident,
    written: &[TypeExprId],
) -> Instance {
    let items = cx.items;
    let item = &items.functions[function];
    if item.generics.is_empty() && written.is_empty() {
        return Instance::default();
    }
    let mut instance = Instance {
        parameters: item.generics.iter().map(|&(_, id)| id).collect(),
        arguments: Vec::with_capacity(item.generics.len()),
    };
    instance.arguments.extend_from_slice(cx.types.types(owner));
    instance.arguments.truncate(item.of_owner);
    // A receiver that is broken has no arguments to take.
    instance.arguments.resize(item.of_owner, Ty::ERROR);
    let own = item.generics.len() - item.of_owner;
    if !written.is_empty() {
        let types: Vec<Ty> =
            written.iter().map(|&ty| resolve_type(&mut cx.type_cx(), ty)).collect();
        if types.len() == own {
            instance.arguments.extend(types);
            return instance;
        }
        let ast = cx.ast();
        let last = ast.types[written[written.len() - 1]].span;
        let diagnostic = argument_count(cx.text(name.name), own, types.len(), name.span.to(last));
        cx.report(diagnostic);
        instance.arguments.resize(item.generics.len(), Ty::ERROR);
        return instance;
    }
    for &(_, id) in &item.generics[item.of_owner..] {
        let variable = cx.infer.any(Origin::Parameter(id, name.span));
        instance.arguments.push(variable);
    }
    instance
}

/// The type that a path names in an expression, where arguments may be left out: what the context
/// wants says them, or what comes next.
pub(super) fn path_type(cx: &mut TypeckCx<'_>, path: &Path, want: Want) -> Ty {
    let def = match resolve_open(&mut cx.type_cx(), path) {
        Open::Type(ty) => return ty,
        Open::Generic(def) => def,
    };
    let items = cx.items;
    let mut arguments = Vec::with_capacity(items.types[def].generics.len());
    for &(_, id) in items.types[def].generics.iter() {
        arguments.push(cx.infer.any(Origin::Parameter(id, path.span)));
    }
    let ty = declared(items, cx.types, def, &arguments);
    bounds::require_type(cx, def, &arguments, path.span);
    take_hint(cx, ty, want);
    ty
}

/// Lets a generic type take the arguments that the context wants, if that is of the same declaration, or
/// a contract that the type conforms to.
pub(super) fn take_hint(cx: &mut TypeckCx<'_>, ty: Ty, want: Want) {
    let Some(wanted) = want.ty().map(|ty| cx.infer.shallow(ty)) else { return };
    if wanted == Ty::ERROR
        && let Some((_, list)) = cx.types.as_declared(ty)
    {
        // What is wanted was reported, and would have fixed the arguments.
        let arguments = cx.types.types(list).to_vec();
        return Instance { parameters: Vec::new(), arguments }.poison(cx);
    }
    if let (&TyKind::Object(def, list) | &TyKind::Enum(def, list), &TyKind::Contract(contract, _)) =
        (cx.types.kind(ty), cx.types.kind(wanted))
        && list != TyList::EMPTY
        && conforms_once(cx, def, contract)
    {
        coerce::is_contract_of(cx, ty, wanted);
        return;
    }
    let same = match (cx.types.kind(ty), cx.types.kind(wanted)) {
        (&TyKind::Object(a, _), &TyKind::Object(b, _))
        | (&TyKind::Enum(a, _), &TyKind::Enum(b, _))
        | (&TyKind::Contract(a, _), &TyKind::Contract(b, _)) => a == b,
        (TyKind::Array(_), TyKind::Array(_)) | (TyKind::Function(..), TyKind::Function(..)) => true,
        // A parameter alone takes what must come out of it; a mere hint may be widened later.
        (TyKind::Infer, kind) => {
            matches!(want, Want::Must(..)) && !matches!(kind, TyKind::Infer | TyKind::Error)
        }
        _ => false,
    };
    if same {
        infer::unify(cx, ty, wanted);
    }
}

/// Whether a type declares a contract itself, and with one list of arguments only: those say something
/// about the type's own.
fn conforms_once(cx: &TypeckCx<'_>, def: TypeDefId, contract: TypeDefId) -> bool {
    let declared = &cx.items.types[def].def.contracts;
    let is_it = |&&ty: &&Ty| cx.types.as_contract(ty).is_some_and(|(other, _)| other == contract);
    declared.iter().filter(is_it).count() == 1
}
