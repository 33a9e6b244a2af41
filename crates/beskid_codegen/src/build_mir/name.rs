//! Names of functions and types: as traces show them, and as symbols.

use beskid_abi::symbol::{self, ItemKind};
use beskid_analysis::hir::{Analysis, FunctionId, TypeDefId};
use beskid_analysis::types::{FloatTy, Ty, TyKind};

/// The source name of a function: `main`, `Point.Manhattan`.
pub(super) fn of_function(analysis: &Analysis, function: FunctionId) -> String {
    let item = &analysis.functions[function];
    let name = analysis.interner.name(item.name);
    match item.owner {
        Some(owner) => format!("{}.{name}", def_name(analysis, owner)),
        None => name.to_owned(),
    }
}

/// The source name of a type: `i32[]`, `Point`.
pub(super) fn of_type(analysis: &Analysis, ty: Ty) -> String {
    match analysis.types.kind(ty) {
        TyKind::Error | TyKind::Infer => "?".to_owned(),
        TyKind::Never => "never".to_owned(),
        TyKind::Unit => "unit".to_owned(),
        TyKind::Bool => "bool".to_owned(),
        TyKind::Int(int) => int.name().to_owned(),
        TyKind::Float(FloatTy::F32) => "f32".to_owned(),
        TyKind::Float(FloatTy::F64) => "f64".to_owned(),
        TyKind::Char => "char".to_owned(),
        TyKind::String => "string".to_owned(),
        TyKind::Ptr => "ptr".to_owned(),
        TyKind::Array(element) => match analysis.types.kind(*element) {
            TyKind::Function(..) => format!("({})[]", of_type(analysis, *element)),
            _ => format!("{}[]", of_type(analysis, *element)),
        },
        TyKind::Object(def, arguments) => {
            let name = def_name(analysis, *def).to_owned();
            match analysis.types.types(*arguments) {
                [] => name,
                arguments => format!("{name}<{}>", list(analysis, arguments, of_type, ", ")),
            }
        }
        TyKind::Function(parameters, result) => format!(
            "({}) -> {}",
            list(analysis, analysis.types.types(*parameters), of_type, ", "),
            of_type(analysis, *result)
        ),
    }
}

/// The symbol of a function (execution.md §5).
pub(super) fn symbol_of_function(analysis: &Analysis, function: FunctionId) -> String {
    let item = &analysis.functions[function];
    let name = analysis.interner.name(item.name);
    let (path, kind) = match item.owner {
        Some(owner) => (format!("{}::{name}", def_name(analysis, owner)), ItemKind::Method),
        None => (name.to_owned(), ItemKind::Function),
    };
    let mut signature: Vec<String> =
        item.parameters.iter().map(|&ty| mangled_type(analysis, ty)).collect();
    if item.owner.is_some() {
        "self".clone_into(&mut signature[0]);
    }
    signature.push(mangled_type(analysis, item.result));
    mangle(&analysis.modules[item.module].path, &path, kind, &signature)
}

/// The symbol of code the compiler made for a type.
pub(super) fn symbol_of_thunk(
    analysis: &Analysis,
    what: &str,
    parameters: &[Ty],
    result: Ty,
) -> String {
    let signature: Vec<String> =
        parameters.iter().chain([&result]).map(|&ty| mangled_type(analysis, ty)).collect();
    mangle("", what, ItemKind::Thunk, &signature)
}

fn mangle(module: &str, item: &str, kind: ItemKind, signature: &[String]) -> String {
    let signature: Vec<&str> = signature.iter().map(String::as_str).collect();
    symbol::mangle(module, item, kind, &signature)
}

fn mangled_type(analysis: &Analysis, ty: Ty) -> String {
    match analysis.types.kind(ty) {
        TyKind::String => "str".to_owned(),
        TyKind::Array(element) => format!("Array[{}]", mangled_type(analysis, *element)),
        TyKind::Object(def, arguments) => {
            let module = &analysis.modules[analysis.type_defs[*def].module].path;
            let name = format!("{module}.{}", def_name(analysis, *def));
            match analysis.types.types(*arguments) {
                [] => name,
                arguments => format!("{name}[{}]", list(analysis, arguments, mangled_type, ",")),
            }
        }
        TyKind::Function(parameters, result) => {
            let mut types = analysis.types.types(*parameters).to_vec();
            types.push(*result);
            format!("Fn[{}]", list(analysis, &types, mangled_type, ","))
        }
        _ => of_type(analysis, ty),
    }
}

fn list(
    analysis: &Analysis,
    types: &[Ty],
    name: fn(&Analysis, Ty) -> String,
    separator: &str,
) -> String {
    types.iter().map(|&ty| name(analysis, ty)).collect::<Vec<_>>().join(separator)
}

fn def_name(analysis: &Analysis, def: TypeDefId) -> &str {
    analysis.interner.name(analysis.type_defs[def].name)
}
