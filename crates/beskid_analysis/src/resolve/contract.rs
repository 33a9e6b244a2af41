//! Contracts: which ones types declare and contracts embed, and whether what they ask for agrees.
//!
//! A contract is a declared type whose methods have no body. `Self` is a type parameter of its own,
//! which stands behind the contract's parameters in those of its methods; the methods that an `impl` of
//! the contract adds have it as well (language.md §8.6, §8.7).
//!
//! *Invariants.* After [`cycles`] no contract embeds itself, so that walks over embedded ones end.

use super::order::{Component, components};
use super::signature::{cycle_message, resolve};
use super::{Definition, Generics, Items, ResolveCx};
use crate::ast::{ContractMember, ItemKind, TypeExprId};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{FunctionId, TypeDefId};
use crate::index::Id;
use crate::source::FileId;
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind, TyList, TyStore};
use rustc_hash::FxHashMap;

/// The contracts that the compiler knows.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Known {
    pub(crate) number: Option<TypeDefId>,
    pub(crate) integer: Option<TypeDefId>,
    pub(crate) float: Option<TypeDefId>,
    pub(crate) comparable: Option<TypeDefId>,
    /// What iterators conform to.
    pub(crate) iterator: Option<TypeDefId>,
    /// What has an iterator.
    pub(crate) iterable: Option<TypeDefId>,
}

impl Known {
    /// Whether the compiler alone says what conforms to a contract.
    pub(crate) fn is_closed(self, contract: TypeDefId) -> bool {
        [self.number, self.integer, self.float].contains(&Some(contract))
    }
}

/// Finds the contracts that the compiler knows.
pub(super) fn find_known(cx: &mut ResolveCx<'_>) {
    let scope = &cx.items.scopes[cx.items.prelude()];
    let find = |name: Symbol| match scope.get(&name).map(|binding| binding.definition) {
        Some(Definition::Type(def)) => Some(def),
        _ => None,
    };
    cx.items.known = Known {
        number: find(Symbol::NUMBER),
        integer: find(Symbol::INTEGER),
        float: find(Symbol::FLOAT_MODULE),
        comparable: find(Symbol::COMPARABLE),
        iterator: find(Symbol::ITERATOR),
        iterable: find(Symbol::ITERABLE),
    };
}

/// Finds the contracts that types declare and contracts embed.
pub(super) fn declared(cx: &mut ResolveCx<'_>) {
    let asts = cx.asts;
    for id in cx.items.types.ids() {
        let item = &cx.items.types[id];
        let (file, module) = (item.file, item.def.module);
        let generics = Generics::clone(&item.generics);
        let exprs: Vec<TypeExprId> = match &asts[file].items[item.item].kind {
            ItemKind::Type(def) => def.contracts.clone(),
            ItemKind::Enum(def) => def.contracts.clone(),
            ItemKind::Contract(def) => def
                .members
                .iter()
                .filter_map(|member| match *member {
                    ContractMember::Embed(ty) => Some(ty),
                    ContractMember::Method(_) => None,
                })
                .collect(),
            _ => continue,
        };
        let is_contract = item.def.methods.is_some();
        let mut found = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let Some(ty) = contract_type(cx, file, module, &generics, expr) else {
                cx.items.types[id].incomplete = true;
                continue;
            };
            let span = cx.asts[file].types[expr].span;
            let closed = cx
                .types
                .as_contract(ty)
                .is_some_and(|(def, _)| !is_contract && cx.items.known.is_closed(def));
            if closed {
                let shown = cx.types.display(ty, &cx.names());
                cx.report(
                    Diagnostic::new(
                        Code::NotAContract,
                        span,
                        format!("`{shown}` belongs to the primitive types, and is not declared"),
                    )
                    .note("it serves as a bound of type parameters"),
                );
                continue;
            }
            if found.contains(&ty) {
                let shown = cx.types.display(ty, &cx.names());
                let name = cx.interner.name(cx.items.types[id].def.name);
                let message = format!("`{name}` declares the contract `{shown}` twice");
                cx.report(
                    Diagnostic::new(Code::DuplicateDefinition, span, message).help("remove one"),
                );
                continue;
            }
            found.push(ty);
        }
        cx.items.types[id].def.contracts = found;
        if let Some(param) = cx.items.types[id].self_param {
            let parameters = generics.iter().map(|&(_, id)| cx.types.intern(TyKind::Param(id)));
            let parameters: Vec<Ty> = parameters.collect();
            let list = cx.types.list(&parameters);
            let itself = cx.types.intern(TyKind::Contract(id, list));
            cx.items.type_params[param].bounds.push(itself);
        }
    }
}

/// The contract that a type expression names; reports anything else.
pub(super) fn contract_type(
    cx: &mut ResolveCx<'_>,
    file: FileId,
    module: crate::hir::ModuleId,
    generics: &Generics,
    expr: TypeExprId,
) -> Option<Ty> {
    let first = cx.uses.len();
    let ty = resolve(cx, file, module, generics, expr);
    let span = cx.asts[file].types[expr].span;
    // The contract itself is no type of a value here.
    for used in &mut cx.uses[first..] {
        used.of_value &= used.span != span;
    }
    if cx.types.as_contract(ty).is_some() {
        return Some(ty);
    }
    if !cx.types.has_error(ty) {
        let shown = cx.types.display(ty, &cx.names());
        let message = format!("expected a contract, found the type `{shown}`");
        cx.report(
            Diagnostic::new(Code::NotAContract, span, message).note(
                "types do not inherit from types: a `contract` says what they have in common",
            ),
        );
    }
    None
}

/// Reports contracts that embed themselves, and takes the embedding away.
pub(super) fn cycles(cx: &mut ResolveCx<'_>) {
    let edges: Vec<Vec<usize>> = cx
        .items
        .types
        .iter()
        .map(|item| {
            let embedded = item.def.contracts.iter().filter(|_| item.def.methods.is_some());
            embedded
                .filter_map(|&ty| cx.types.as_contract(ty))
                .map(|(def, _)| def.index())
                .collect()
        })
        .collect();
    for component in components(&edges) {
        let Component::Cycle(members) = component else { continue };
        let members: Vec<TypeDefId> = members.into_iter().map(TypeDefId::from_index).collect();
        let names: Vec<_> = members
            .iter()
            .map(|&id| &cx.items.types[id].def)
            .map(|def| (cx.interner.name(def.name), def.span))
            .collect();
        let diagnostic = cycle_message(Code::ContractCycle, "contract", "be whole", &names)
            .help("a contract asks for all that it embeds, so none embeds itself");
        for &id in &members {
            cx.items.types[id].def.contracts.clear();
            cx.items.types[id].incomplete = true;
        }
        cx.report(diagnostic);
    }
}

/// A contract and all that it embeds, each once, outer ones first.
pub(crate) fn closure(
    items: &Items,
    types: &mut TyStore,
    contract: Ty,
) -> Vec<(TypeDefId, TyList)> {
    let mut found = Vec::new();
    add_closure(items, types, contract, &mut found);
    found
}

fn add_closure(
    items: &Items,
    types: &mut TyStore,
    contract: Ty,
    found: &mut Vec<(TypeDefId, TyList)>,
) {
    let Some((def, list)) = types.as_contract(contract) else { return };
    if found.contains(&(def, list)) {
        return;
    }
    found.push((def, list));
    let item = &items.types[def].def;
    let arguments = types.types(list).to_vec();
    for &embedded in &item.contracts {
        let embedded = types.substitute(embedded, &item.type_parameters, &arguments);
        add_closure(items, types, embedded, found);
    }
}

/// The methods of a name that a contract asks for, itself or by what it embeds, each with the arguments
/// of its contract and of `Self`. Of equal ones from several sides the first stands for all.
pub(crate) fn methods(
    items: &Items,
    types: &mut TyStore,
    contract: Ty,
    self_ty: Ty,
    name: Symbol,
) -> Vec<(FunctionId, TyList)> {
    let mut found: Vec<(FunctionId, TyList)> = Vec::new();
    let mut seen: Vec<Vec<Ty>> = Vec::new();
    for (def, list) in closure(items, types, contract) {
        let Some(super::Member::Methods(methods)) = items.types[def].members.get(&name) else {
            continue;
        };
        for &method in methods {
            let owner = with_self(types, list, self_ty);
            let parameters = parameters_of(items, types, method, owner);
            if !seen.contains(&parameters) {
                seen.push(parameters);
                found.push((method, owner));
            }
        }
    }
    found
}

/// The arguments of a contract's parameters with that of `Self` behind them.
pub(crate) fn with_self(types: &mut TyStore, list: TyList, self_ty: Ty) -> TyList {
    let mut arguments = types.types(list).to_vec();
    arguments.push(self_ty);
    types.list(&arguments)
}

/// What a contract's method takes and gives, for the arguments of its owner.
pub(crate) fn instance_signature(
    items: &Items,
    types: &mut TyStore,
    method: FunctionId,
    owner: TyList,
) -> Vec<Ty> {
    let mut signature = parameters_of(items, types, method, owner);
    let item = &items.functions[method];
    let arguments = types.types(owner).to_vec();
    let ids: Vec<_> = item.generics[..item.of_owner].iter().map(|&(_, id)| id).collect();
    signature.push(types.substitute(item.result, &ids, &arguments));
    signature
}

fn parameters_of(items: &Items, types: &mut TyStore, method: FunctionId, owner: TyList) -> Vec<Ty> {
    let item = &items.functions[method];
    let arguments = types.types(owner).to_vec();
    let ids: Vec<_> = item.generics[..item.of_owner].iter().map(|&(_, id)| id).collect();
    item.parameters.iter().map(|&ty| types.substitute(ty, &ids, &arguments)).collect()
}

/// Whether a contract serves as a bound only: it names `Self`, or asks for a generic method.
pub(crate) fn is_bound_only(items: &Items, types: &mut TyStore, contract: Ty) -> bool {
    closure(items, types, contract).into_iter().any(|(def, _)| {
        let item = &items.types[def];
        let Some(self_param) = item.self_param else { return false };
        let self_ty = types.intern(TyKind::Param(self_param));
        if items.known.iterable == Some(def) {
            // What `Iterate` gives has a type for values of the contract as well.
            return false;
        }
        items.known.is_closed(def)
            || item.def.methods.iter().flatten().any(|&method| {
                let method = &items.functions[method];
                method.generics.len() > method.of_owner
                    || method
                        .parameters
                        .iter()
                        .chain([&method.result])
                        .any(|&ty| types.substitute(ty, &[self_param], &[Ty::NEVER]) != ty)
                    || method.result == self_ty
            })
    })
}

/// E1004 for methods of one name that differ, where a contract embeds several.
pub(super) fn conflicts(cx: &mut ResolveCx<'_>) {
    for id in cx.items.types.ids() {
        let item = &cx.items.types[id];
        let (Some(own), Some(self_param)) = (&item.def.methods, item.self_param) else { continue };
        if item.def.contracts.is_empty() {
            let own = own.clone();
            report_equal(cx, id, &own);
            continue;
        }
        let self_ty = cx.types.intern(TyKind::Param(self_param));
        let itself = super::type_expr::of_itself(&cx.items, cx.types, id);
        // For each name, the first contract that has it, and the signatures there.
        let mut first: FxHashMap<Symbol, (TypeDefId, Vec<Signature>)> = FxHashMap::default();
        let mut reported: Vec<Symbol> = Vec::new();
        for (def, list) in closure(&cx.items, cx.types, itself) {
            let methods = cx.items.types[def].def.methods.clone().unwrap_or_default();
            for method in methods {
                let owner = with_self(cx.types, list, self_ty);
                let signature = signature_of(cx, method, owner);
                let name = cx.items.functions[method].name.name;
                let (from, signatures) = first.entry(name).or_insert_with(|| (def, Vec::new()));
                if *from == def {
                    signatures.push(signature);
                    continue;
                }
                if signatures.iter().any(|other| other.same_as(&signature))
                    || reported.contains(&name)
                {
                    continue;
                }
                reported.push(name);
                let other = signatures[0].method;
                report_conflict(cx, id, other, method);
            }
        }
    }
}

/// What a method asks for and gives, for a comparison.
struct Signature {
    method: FunctionId,
    parameters: Vec<Ty>,
    result: Ty,
    own: usize,
}

impl Signature {
    fn same_as(&self, other: &Self) -> bool {
        (&self.parameters, self.result, self.own) == (&other.parameters, other.result, other.own)
    }
}

fn signature_of(cx: &mut ResolveCx<'_>, method: FunctionId, owner: TyList) -> Signature {
    let parameters = parameters_of(&cx.items, cx.types, method, owner);
    let item = &cx.items.functions[method];
    let arguments = cx.types.types(owner).to_vec();
    let ids: Vec<_> = item.generics[..item.of_owner].iter().map(|&(_, id)| id).collect();
    let result = cx.types.substitute(item.result, &ids, &arguments);
    Signature { method, parameters, result, own: item.generics.len() - item.of_owner }
}

fn report_conflict(cx: &mut ResolveCx<'_>, id: TypeDefId, one: FunctionId, other: FunctionId) {
    let def = &cx.items.types[id].def;
    let (contract, span) = (cx.interner.name(def.name), def.span);
    let method = &cx.items.functions[one].name;
    let name = cx.interner.name(method.name);
    let owner = |method: FunctionId| {
        let owner = cx.items.functions[method].owner;
        owner.map_or("", |owner| cx.interner.name(cx.items.types[owner].def.name))
    };
    let (a, b) = (owner(one), owner(other));
    let diagnostic = Diagnostic::new(
        Code::ConflictingMethods,
        span,
        format!("`{contract}` asks for two different methods `{name}`"),
    )
    .also(method.span, format!("this one is of `{a}`"))
    .also(cx.items.functions[other].name.span, format!("this one is of `{b}`"))
    .note("a type has to have both under one name");
    cx.report(diagnostic);
}

/// E1001 for equal methods of one contract.
fn report_equal(cx: &mut ResolveCx<'_>, id: TypeDefId, methods: &[FunctionId]) {
    let place = format!("the contract `{}`", cx.interner.name(cx.items.types[id].def.name));
    let mut groups: FxHashMap<Symbol, Vec<FunctionId>> = FxHashMap::default();
    for &method in methods {
        groups.entry(cx.items.functions[method].name.name).or_default().push(method);
    }
    for &method in methods {
        let name = cx.items.functions[method].name.name;
        let Some(group) = groups.remove(&name) else { continue };
        if group.len() > 1 {
            super::signature::distinct(cx, group, &place);
        }
    }
}
