//! Names of functions and types: as traces show them, and as symbols.

use beskid_abi::symbol::{self, ItemKind};
use beskid_analysis::hir::{Analysis, Function, FunctionId, TypeDefId};
use beskid_analysis::index::{Id, IndexVec};
use beskid_analysis::types::{Ty, TyKind, TyStore};
use rustc_hash::FxHashMap;

use super::layout::Layouts;

/// Types of more parts are named by their number: written out they may be as long as all memory.
const MAX_SIZE: usize = 500;

/// The source name of a function: `main`, `Point.Manhattan`. Those of the entry file and the prelude stand
/// alone, and so do the methods of the language's own types, others behind their module:
/// `Net.Http.Connect`.
pub(super) fn of_function(analysis: &Analysis, function: FunctionId) -> String {
    let item = &analysis.functions[function];
    let name = analysis.interner.name(item.name);
    let name = match item.owner {
        Some(owner) => format!("{}.{name}", def_name(analysis, owner)),
        None if analysis.is_test(function) => format!("test {name}"),
        None => name.to_owned(),
    };
    // Methods that the core library gives to types of the language.
    let adds = item.owner.is_some_and(|owner| {
        analysis.is_library(item.module) && analysis.is_prelude(analysis.type_defs[owner].module)
    });
    if item.module.index() == 0 || analysis.is_prelude(item.module) || adds {
        return name;
    }
    format!("{}.{name}", analysis.modules[item.module].path)
}

/// The source name of a lambda in a function.
pub(super) fn of_lambda(analysis: &Analysis, function: FunctionId) -> String {
    format!("lambda in {}", of_function(analysis, function))
}

/// The source name of a type: `i32[]`, `Point`, `Option<i64>`.
pub(super) fn of_type(analysis: &Analysis, types: &TyStore, ty: Ty) -> String {
    if types.size(ty) > MAX_SIZE {
        return format!("…#{}", ty.index());
    }
    types.full_name(ty, analysis)
}

/// For each function, how many generic ones of its name stand before it in its module and type.
/// Arguments can make the signatures of such overloads equal (`F<T>(T a, i32 b)`, `F<T>(i32 a, T b)`).
pub(super) fn ordinals(analysis: &Analysis) -> IndexVec<FunctionId, u32> {
    let mut counts: FxHashMap<_, u32> = FxHashMap::default();
    let ordinal = |item: &Function| {
        if item.type_parameters.is_empty() {
            return 0;
        }
        let count = counts.entry((item.module, item.owner, item.name)).or_default();
        *count += 1;
        *count - 1
    };
    analysis.functions.iter().map(ordinal).collect()
}

/// The symbol of a function (execution.md §5), for the arguments of its type parameters.
pub(super) fn symbol_of_function(
    layouts: &mut Layouts<'_>,
    function: FunctionId,
    ordinal: u32,
    arguments: &[Ty],
) -> String {
    let analysis = layouts.analysis;
    let item = &analysis.functions[function];
    let types: Vec<Ty> = item.parameters.iter().copied().chain([item.result]).collect();
    let types: Vec<Ty> = types
        .into_iter()
        .map(|ty| layouts.types.substitute(ty, &item.type_parameters, arguments))
        .collect();
    let name = analysis.interner.name(item.name);
    let mangled = |ty: Ty| mangled_type(analysis, &layouts.types, ty);
    // Arguments may occur in no type of the signature; instances differ all the same.
    let instance = match (arguments, ordinal) {
        ([], _) => String::new(),
        (arguments, 0) => format!("[{}]", list(arguments, mangled, ",")),
        (arguments, _) => format!("[{}]{ordinal}", list(arguments, mangled, ",")),
    };
    let (path, kind) = match item.owner {
        Some(owner) => {
            (format!("{}::{name}{instance}", def_name(analysis, owner)), ItemKind::Method)
        }
        None if analysis.is_test(function) => (name.to_owned(), ItemKind::Test),
        None => (format!("{name}{instance}"), ItemKind::Function),
    };
    let mut signature: Vec<String> = types.into_iter().map(mangled).collect();
    if item.owner.is_some() {
        "self".clone_into(&mut signature[0]);
    }
    mangle(&analysis.modules[item.module].path, &path, kind, &signature)
}

/// The symbol of code that belongs to a function, whose own symbol is `function`.
pub(super) fn symbol_within(function: &str, what: &str, kind: ItemKind) -> String {
    let item = function.strip_prefix(symbol::ITEM_PREFIX).unwrap_or(function);
    mangle("", &format!("{item}::{what}"), kind, &[])
}

/// The symbol of code the compiler made for a type.
pub(super) fn symbol_of_thunk(
    layouts: &Layouts<'_>,
    what: &str,
    parameters: &[Ty],
    result: Ty,
) -> String {
    let mangled = |ty: Ty| mangled_type(layouts.analysis, &layouts.types, ty);
    let signature: Vec<String> =
        parameters.iter().chain([&result]).map(|&ty| mangled(ty)).collect();
    mangle("", what, ItemKind::Thunk, &signature)
}

fn mangle(module: &str, item: &str, kind: ItemKind, signature: &[String]) -> String {
    let signature: Vec<&str> = signature.iter().map(String::as_str).collect();
    symbol::mangle(module, item, kind, &signature)
}

fn mangled_type(analysis: &Analysis, types: &TyStore, ty: Ty) -> String {
    let mangled = |ty: Ty| mangled_type(analysis, types, ty);
    if types.size(ty) > MAX_SIZE {
        return format!("#{}", ty.index());
    }
    match *types.kind(ty) {
        TyKind::String => "str".to_owned(),
        TyKind::Array(element) => format!("Array[{}]", mangled(element)),
        TyKind::Object(def, arguments)
        | TyKind::Enum(def, arguments)
        | TyKind::Contract(def, arguments) => {
            let item = &analysis.type_defs[def];
            let name = match analysis.is_prelude(item.module) {
                // What the prelude declares needs no module.
                true => def_name(analysis, def).to_owned(),
                false => {
                    format!("{}.{}", analysis.modules[item.module].path, def_name(analysis, def))
                }
            };
            match types.types(arguments) {
                [] => name,
                arguments => format!("{name}[{}]", list(arguments, mangled, ",")),
            }
        }
        TyKind::Function(parameters, result) => {
            let mut all = types.types(parameters).to_vec();
            all.push(result);
            format!("Fn[{}]", list(&all, mangled, ","))
        }
        _ => of_type(analysis, types, ty),
    }
}

fn list(types: &[Ty], name: impl Fn(Ty) -> String, separator: &str) -> String {
    types.iter().map(|&ty| name(ty)).collect::<Vec<_>>().join(separator)
}

fn def_name(analysis: &Analysis, def: TypeDefId) -> &str {
    analysis.interner.name(analysis.type_defs[def].name)
}
