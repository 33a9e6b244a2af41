//! Bounds of type parameters, and whether types as written keep them (language.md §8.4).
//!
//! *Invariants.* A bound is a contract. The bounds of a type's parameters hold for all its methods; what
//! an `impl` asks for beyond them holds for its own methods alone.

use super::conformance::{Conforms, ExtraBounds, argument_lists, bounds_of, conforms};
use super::contract::{contract_type, is_bound_only};
use super::type_expr::TypeUse;
use super::{Generics, Items, Names, ResolveCx};
use crate::ast::{ItemKind, TypeExprId, TypeParameter};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::ModuleId;
use crate::source::{FileId, Span};
use crate::symbol::Interner;
use crate::types::{Ty, TyKind, TyStore, TypeParamId};

/// Gives every type parameter its bounds.
pub(super) fn bounds(cx: &mut ResolveCx<'_>) {
    let asts = cx.asts;
    for id in cx.items.types.ids() {
        let item = &cx.items.types[id];
        let (file, module) = (item.file, item.def.module);
        let generics = Generics::clone(&item.generics);
        let parameters = match &asts[file].items[item.item].kind {
            ItemKind::Type(def) => &def.parameters,
            ItemKind::Enum(def) => &def.parameters,
            ItemKind::Contract(def) => &def.parameters,
            _ => continue,
        };
        declare(cx, file, module, &generics, parameters, 0);
    }
    for id in cx.items.aliases.ids() {
        let alias = &cx.items.aliases[id];
        let (file, module) = (alias.file, alias.module);
        let generics = Generics::clone(&alias.generics);
        if let ItemKind::Alias { parameters, .. } = &asts[file].items[alias.item].kind {
            declare(cx, file, module, &generics, parameters, 0);
        }
    }
    for id in cx.items.functions.ids() {
        let item = &cx.items.functions[id];
        let (file, module, of_owner) = (item.file, item.module, item.of_owner);
        let generics = Generics::clone(&item.generics);
        if !item.alive {
            continue;
        }
        if let ItemKind::Function(function) = &asts[file].items[item.item].kind {
            declare(cx, file, module, &generics, &function.type_parameters, of_owner);
        }
    }
    let impls = std::mem::take(&mut cx.items.impls);
    for block in &impls {
        let ItemKind::Impl(source) = &asts[block.file].items[block.item].kind else { continue };
        if block.target.is_none() || source.parameters.iter().all(|p| p.bounds.is_empty()) {
            continue;
        }
        let Some(&first) = block.methods.first() else { continue };
        let generics = Generics::clone(&cx.items.functions[first].generics);
        let mut extra = Vec::new();
        for (parameter, &(_, id)) in source.parameters.iter().zip(generics.iter()) {
            for &bound in &parameter.bounds {
                let ty = contract_type(cx, block.file, block.module, &generics, bound);
                extra.extend(ty.map(|ty| (id, ty)));
            }
        }
        for &method in &block.methods {
            cx.items.functions[method].bounds.clone_from(&extra);
        }
    }
    cx.items.impls = impls;
}

/// Gives the parameters of a declaration, which begin at an index of its generics, their bounds.
fn declare(
    cx: &mut ResolveCx<'_>,
    file: FileId,
    module: ModuleId,
    generics: &Generics,
    parameters: &[TypeParameter],
    first: usize,
) {
    for (index, parameter) in parameters.iter().enumerate() {
        let Some(&(_, id)) = generics.get(first + index) else { continue };
        for &bound in &parameter.bounds {
            let bound: TypeExprId = bound;
            match contract_type(cx, file, module, generics, bound) {
                Some(ty) => cx.items.type_params[id].bounds.push(ty),
                None => cx.items.type_params[id].is_open = true,
            }
        }
    }
}

/// The first bound that an argument of a type parameter does not keep. The bound is given in terms of
/// the declaration; `parameters` and `arguments` say what stands for its parameters.
pub(crate) fn broken_bound(
    items: &Items,
    types: &mut TyStore,
    extra: &ExtraBounds,
    (parameters, arguments): (&[TypeParamId], &[Ty]),
    (ty, bounds): (Ty, &[Ty]),
) -> Option<Ty> {
    bounds.iter().copied().find_map(|bound| {
        let bound = types.substitute(bound, parameters, arguments);
        let (contract, list) = types.as_contract(bound)?;
        let keeps = match conforms(items, types, extra, ty, contract) {
            Conforms::With(found) => {
                found == list
                    || types.types(list).iter().any(|&ty| types.has_error(ty))
                    || argument_lists(items, types, extra, ty, contract).contains(&list)
            }
            Conforms::Whatever => true,
            Conforms::No => false,
        };
        (!keeps).then_some(bound)
    })
}

/// What is wrong with declared types as they are written: contracts that are bounds only as types of
/// values, and arguments that do not keep the bounds.
pub(crate) fn check_uses(
    items: &Items,
    types: &mut TyStore,
    interner: &Interner,
    extra: &ExtraBounds,
    uses: &[TypeUse],
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for used in uses {
        let item = &items.types[used.def];
        let arguments = types.types(used.arguments).to_vec();
        if item.def.methods.is_some() && used.of_value {
            let ty = types.intern(TyKind::Contract(used.def, used.arguments));
            if is_bound_only(items, types, ty) {
                found.push(contract_as_type(items, interner, used));
                continue;
            }
        }
        let parameters = &item.def.type_parameters;
        for (&param, &argument) in parameters.iter().zip(&arguments) {
            if types.has_infer(argument) {
                continue;
            }
            let bounds = bounds_of(items, &[], param);
            let broken =
                broken_bound(items, types, extra, (parameters, &arguments), (argument, &bounds));
            if let Some(bound) = broken {
                let names = Names { items, interner };
                let declared = (items.type_params[param].name, item.def.span);
                let declared = (interner.name(declared.0), declared.1);
                found.push(not_conforming(types, &names, argument, bound, used.span, declared));
                break;
            }
        }
    }
    found
}

/// E1607 for an argument of a type parameter; `declared` is the parameter's name and declaration.
pub(crate) fn not_conforming(
    types: &TyStore,
    names: &Names<'_>,
    ty: Ty,
    bound: Ty,
    span: Span,
    (param, declared): (&str, Span),
) -> Diagnostic {
    let (shown, contract) = (types.display(ty, names), types.display(bound, names));
    let diagnostic = Diagnostic::new(
        Code::NotConforming,
        span,
        format!(
            "`{shown}` does not conform to `{contract}`, which the type parameter `{param}` asks for"
        ),
    )
    .also(declared, "declared here");
    match *types.kind(ty) {
        TyKind::Object(..) => {
            diagnostic.help(format!("declare it: `type {shown} : {contract} {{ … }}`"))
        }
        TyKind::Enum(..) => {
            diagnostic.help(format!("declare it: `enum {shown} : {contract} {{ … }}`"))
        }
        TyKind::Param(_) => diagnostic.help(format!("bound it as well: `<{shown} : {contract}>`")),
        _ => diagnostic,
    }
}

/// E1608.
fn contract_as_type(items: &Items, interner: &Interner, used: &TypeUse) -> Diagnostic {
    let item = &items.types[used.def];
    let name = interner.name(item.def.name);
    let message = format!("`{name}` serves as a bound, not as the type of a value");
    let diagnostic = Diagnostic::new(Code::ContractAsType, used.span, message);
    let diagnostic = if items.known.is_closed(used.def) {
        diagnostic
    } else {
        diagnostic.note(
            "it names `Self` or has a generic method, so a call has to know the type behind it",
        )
    };
    diagnostic.help(format!("write a type parameter: `<T : {name}>`, and `T` here"))
}
