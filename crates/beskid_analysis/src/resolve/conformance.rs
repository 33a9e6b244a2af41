//! Whether types have what the contracts they declare ask for, and what conforms to which contract.
//!
//! Conformance is nominal: a type conforms to what it declares and to what that embeds
//! (language.md §8.2); primitives conform to the contracts of the prelude; a type parameter to its
//! bounds; a contract value to its own contract and those it embeds.
//!
//! *Invariants.* A [`Conformance`] has a method for each that its contract asks for; a type that lacks
//! one is reported, and has no such conformance.

use super::contract::{closure, with_self};
use super::iteration;
use super::type_expr::of_itself;
use super::{Items, Member, ResolveCx};
use crate::ast::{ItemKind, ParameterMode};
use crate::diagnostics::{Code, Diagnostic, Label};
use crate::hir::{Conformance, FunctionId, TypeDefId};
use crate::source::Span;
use crate::types::{Ty, TyKind, TyList, TyStore, TypeParamId};

/// Bounds beyond those that type parameters are declared with.
pub(crate) type ExtraBounds = [(TypeParamId, Ty)];

/// How a type conforms to a contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Conforms {
    /// With these arguments of the contract.
    With(TyList),
    /// The type is broken, or never a value: it causes no diagnostics.
    Whatever,
    /// Not at all.
    No,
}

/// Whether a type conforms to a contract, and with which arguments: the first, if there are several.
pub(crate) fn conforms(
    items: &Items,
    types: &mut TyStore,
    extra: &ExtraBounds,
    ty: Ty,
    contract: TypeDefId,
) -> Conforms {
    let known = items.known;
    let is = |other: Option<TypeDefId>| other == Some(contract);
    if is(known.iterator) || is(known.iterable) {
        return match *types.kind(ty) {
            TyKind::Error | TyKind::Never | TyKind::Infer => Conforms::Whatever,
            _ => {
                let found = match is(known.iterator) {
                    true => iteration::element_of_iterator(items, types, extra, ty),
                    false => iteration::element(items, types, extra, ty),
                };
                found.map_or(Conforms::No, |element| Conforms::With(types.list(&[element])))
            }
        };
    }
    let builtin = |yes: bool| if yes { Conforms::With(TyList::EMPTY) } else { Conforms::No };
    match *types.kind(ty) {
        TyKind::Error | TyKind::Never | TyKind::Infer => return Conforms::Whatever,
        TyKind::Int(_) => {
            return builtin(is(known.number) || is(known.integer) || is(known.comparable));
        }
        TyKind::Float(_) => {
            return builtin(is(known.number) || is(known.float) || is(known.comparable));
        }
        TyKind::Char | TyKind::String | TyKind::Bool => return builtin(is(known.comparable)),
        _ => {}
    }
    for root in roots(items, types, extra, ty) {
        for (def, list) in closure(items, types, root) {
            if def == contract {
                return Conforms::With(list);
            }
            if is(known.comparable) && known.is_closed(def) {
                return Conforms::With(TyList::EMPTY);
            }
        }
    }
    Conforms::No
}

/// All arguments of a contract with which a type conforms to it: several lists if the type declares the
/// contract several times.
pub(crate) fn argument_lists(
    items: &Items,
    types: &mut TyStore,
    extra: &ExtraBounds,
    ty: Ty,
    contract: TypeDefId,
) -> Vec<TyList> {
    let Conforms::With(first) = conforms(items, types, extra, ty, contract) else {
        return Vec::new();
    };
    let mut lists = vec![first];
    let known = items.known;
    // Without arguments there is but one list, and by shape a type conforms once.
    if first == TyList::EMPTY || [known.iterator, known.iterable].contains(&Some(contract)) {
        return lists;
    }
    for root in roots(items, types, extra, ty) {
        for (def, list) in closure(items, types, root) {
            if def == contract && !lists.contains(&list) {
                lists.push(list);
            }
        }
    }
    lists
}

/// The contracts that a type is said to conform to, without those that they embed.
fn roots(items: &Items, types: &mut TyStore, extra: &ExtraBounds, ty: Ty) -> Vec<Ty> {
    match *types.kind(ty) {
        TyKind::Param(param) => bounds_of(items, extra, param),
        TyKind::Contract(..) => vec![ty],
        TyKind::Object(def, list) | TyKind::Enum(def, list) => {
            let item = &items.types[def].def;
            let arguments = types.types(list).to_vec();
            item.contracts
                .iter()
                .map(|&contract| types.substitute(contract, &item.type_parameters, &arguments))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// All bounds of a type parameter.
pub(crate) fn bounds_of(items: &Items, extra: &ExtraBounds, param: TypeParamId) -> Vec<Ty> {
    let own = items.type_params[param].bounds.iter().copied();
    own.chain(extra.iter().filter(|&&(other, _)| other == param).map(|&(_, ty)| ty)).collect()
}

/// Checks every type against the contracts that it declares.
pub(super) fn check(cx: &mut ResolveCx<'_>) {
    for id in cx.items.types.ids() {
        let item = &cx.items.types[id];
        if item.def.methods.is_some() || item.def.contracts.is_empty() {
            continue;
        }
        let itself = of_itself(&cx.items, cx.types, id);
        let mut done: Vec<(TypeDefId, TyList)> = Vec::new();
        let mut conformances = Vec::new();
        for (index, declared) in item.def.contracts.clone().into_iter().enumerate() {
            for (contract, list) in closure(&cx.items, cx.types, declared) {
                if done.contains(&(contract, list)) {
                    continue;
                }
                done.push((contract, list));
                let place = declaration_place(cx, id, index);
                if let Some(methods) = implementations(cx, (id, itself), (contract, list), place) {
                    let contract = cx.types.intern(TyKind::Contract(contract, list));
                    conformances.push(Conformance { contract, methods });
                }
            }
        }
        cx.items.types[id].def.conformances = conformances;
    }
}

/// Where a type declares a contract.
fn declaration_place(cx: &ResolveCx<'_>, id: TypeDefId, index: usize) -> Span {
    let item = &cx.items.types[id];
    let ast = &cx.asts[item.file];
    let contracts = match &ast.items[item.item].kind {
        ItemKind::Type(def) => &def.contracts,
        ItemKind::Enum(def) => &def.contracts,
        _ => return item.def.span,
    };
    contracts.get(index).map_or(item.def.span, |&ty| ast.types[ty].span)
}

/// The methods of a type that a contract asks for; reports those that are not as they should be.
fn implementations(
    cx: &mut ResolveCx<'_>,
    (id, itself): (TypeDefId, Ty),
    (contract, list): (TypeDefId, TyList),
    place: Span,
) -> Option<Vec<FunctionId>> {
    let wanted = cx.items.types[contract].def.methods.clone().unwrap_or_default();
    let owner = with_self(cx.types, list, itself);
    let mut found = Vec::with_capacity(wanted.len());
    let mut complete = true;
    for method in wanted {
        let name = cx.items.functions[method].name.name;
        let candidates = match cx.items.types[id].members.get(&name) {
            Some(Member::Methods(methods)) => methods.clone(),
            Some(Member::Field(_) | Member::Event(_)) | None => Vec::new(),
        };
        let fitting = candidates.iter().copied().find(|&own| fits(cx, own, method, owner));
        match fitting {
            Some(own) => found.push(own),
            None => {
                complete = false;
                report(cx, id, &candidates, method, owner, place);
            }
        }
    }
    (complete && !cx.items.types[contract].incomplete).then_some(found)
}

/// Whether a method is the one that a contract asks for.
fn fits(cx: &mut ResolveCx<'_>, own: FunctionId, wanted: FunctionId, owner: TyList) -> bool {
    let (own, wanted) = (&cx.items.functions[own], &cx.items.functions[wanted]);
    let own_generics = &own.generics[own.of_owner..];
    if own.parameters.len() != wanted.parameters.len()
        || own.modes != wanted.modes
        || own_generics.len() != wanted.generics.len() - wanted.of_owner
    {
        return false;
    }
    let ids: Vec<TypeParamId> = wanted.generics.iter().map(|&(_, id)| id).collect();
    let mut arguments = cx.types.types(owner).to_vec();
    for &(_, id) in own_generics {
        arguments.push(cx.types.intern(TyKind::Param(id)));
    }
    let pairs = own.parameters.iter().zip(&wanted.parameters);
    let pairs: Vec<(Ty, Ty)> =
        pairs.map(|(&own, &wanted)| (own, wanted)).chain([(own.result, wanted.result)]).collect();
    pairs.into_iter().all(|(own, wanted)| {
        let wanted = cx.types.substitute(wanted, &ids, &arguments);
        own == wanted || cx.types.has_error(own) || cx.types.has_error(wanted)
    })
}

/// E1601, or E1602 if there is a method of that name.
fn report(
    cx: &mut ResolveCx<'_>,
    id: TypeDefId,
    candidates: &[FunctionId],
    wanted: FunctionId,
    owner: TyList,
    place: Span,
) {
    let item = &cx.items.types[id];
    if candidates.is_empty() && (item.incomplete || cx.broken.lost_items(item.file)) {
        return;
    }
    let signature = signature_text(cx, wanted, owner);
    let item = &cx.items.types[id];
    let (ty, method) = (cx.interner.name(item.def.name), &cx.items.functions[wanted]);
    let name = cx.interner.name(method.name.name);
    let contract = method.owner.map_or("", |def| cx.interner.name(cx.items.types[def].def.name));
    // All that a type lacks is one mistake: mostly its `impl`.
    if candidates.is_empty()
        && let Some(last) = cx.diagnostics.last_mut()
        && last.code == Code::MissingMethod
        && last.span() == place
    {
        last.message = last.message.replace("lacks its method `", "lacks its methods `");
        last.message.push_str(&format!(", `{name}`"));
        last.labels.push(Label { span: method.name.span, text: "and here".to_owned() });
        if let Some(help) = last.helps.first_mut() {
            let text = help.replace("add it:", "add them:");
            let inside = text.strip_suffix(" }`").unwrap_or(&text);
            *help = format!("{inside} pub {signature} {{ … }} }}`");
        }
        return;
    }
    let diagnostic = match candidates {
        [] => Diagnostic::new(
            Code::MissingMethod,
            place,
            format!("`{ty}` declares `{contract}`, but lacks its method `{name}`"),
        )
        .also(method.name.span, "asked for here")
        .help(format!("add it: `impl {ty} {{ pub {signature} {{ … }} }}`")),
        [first, ..] => {
            let own = &cx.items.functions[*first];
            Diagnostic::new(
                Code::MethodSignature,
                own.name.span,
                format!("`{name}` of `{ty}` is not the method that `{contract}` asks for"),
            )
            .also(method.name.span, "asked for here")
            .note(format!("it has to be `{signature}`"))
        }
    };
    cx.report(diagnostic);
}

/// `i32 CompareTo(Point other)`: a contract's method for a type.
fn signature_text(cx: &mut ResolveCx<'_>, method: FunctionId, owner: TyList) -> String {
    let item = &cx.items.functions[method];
    let ids: Vec<TypeParamId> = item.generics[..item.of_owner].iter().map(|&(_, id)| id).collect();
    let arguments = cx.types.types(owner).to_vec();
    let types: Vec<Ty> = item
        .parameters
        .iter()
        .chain([&item.result])
        .map(|&ty| cx.types.substitute(ty, &ids, &arguments))
        .collect();
    let names = cx.names();
    let shown: Vec<String> = types.iter().map(|&ty| cx.types.display(ty, &names)).collect();
    let ItemKind::Function(source) = &cx.asts[item.file].items[item.item].kind else {
        return String::new();
    };
    let parameters: Vec<String> = source
        .parameters
        .iter()
        .zip(&shown)
        .map(|(parameter, ty)| {
            let mode = match parameter.mode {
                ParameterMode::Value => "",
                ParameterMode::Ref => "ref ",
                ParameterMode::Out => "out ",
            };
            format!("{mode}{ty} {}", cx.interner.name(parameter.name.name))
        })
        .collect();
    let own: Vec<&str> =
        item.generics[item.of_owner..].iter().map(|&(name, _)| cx.interner.name(name)).collect();
    let own = if own.is_empty() { String::new() } else { format!("<{}>", own.join(", ")) };
    let result = shown.last().map_or("", String::as_str);
    format!("{result} {}{own}({})", cx.interner.name(item.name.name), parameters.join(", "))
}
