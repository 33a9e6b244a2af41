//! Where the program starts (language.md §17).

use crate::ast::ParameterMode;
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{FunctionId, ModuleId};
use crate::index::Id;
use crate::resolve::{Binding, Definition, Items};
use crate::source::Span;
use crate::symbol::{Interner, Symbol};
use crate::types::{Ty, TyKind, TyStore};

/// What a `main` may look like.
const FORMS: &str = "`unit main()`, `i32 main()`, `i64 main()` or `Result<unit, E> main()`, each with or \
                     without `string[]`";

/// The entry of a program, or why there is none.
pub(crate) fn entry(
    items: &Items,
    interner: &Interner,
    types: &mut TyStore,
) -> Result<FunctionId, Option<Box<Diagnostic>>> {
    // The entry file's own: an import of that name is none.
    let main = items.scopes.get(ModuleId::from_index(0)).and_then(|scope| scope.get(&Symbol::MAIN));
    let set = match main {
        Some(&Binding { definition: Definition::Functions(set), import: None, .. }) => {
            &items.function_sets[set]
        }
        Some(Binding { definition: Definition::Poisoned, import: None, .. }) => return Err(None),
        _ => return Err(Some(Box::new(missing(items, interner)))),
    };
    let arguments = types.array(Ty::STRING);
    let takes = |id: &FunctionId| {
        let parameters = &items.functions[*id].parameters;
        let by_value = items.functions[*id].modes.iter().all(|&m| m == ParameterMode::Value);
        parameters.is_empty() || *parameters == [arguments] && by_value
    };
    let returns = |id: &FunctionId| {
        let result = items.functions[*id].result;
        matches!(result, Ty::UNIT | Ty::I32 | Ty::I64) || is_result_of_unit(items, types, result)
    };
    let fitting: Vec<FunctionId> =
        set.functions.iter().copied().filter(|id| takes(id) && returns(id)).collect();
    if let [only] = fitting[..] {
        return Ok(only);
    }
    let Some(&first) = set.functions.first() else { return Err(None) };
    let item = &items.functions[first];
    let broken = types.has_error(item.result)
        || item.parameters.iter().any(|&parameter| types.has_error(parameter));
    if broken {
        return Err(None);
    }
    let message = if fitting.len() > 1 {
        "a program has one `main`, found several that fit"
    } else if takes(&first) {
        "`main` returns `unit`, `i32`, `i64` or a `Result<unit, E>`"
    } else {
        "`main` takes nothing, or the program's arguments as one `string[]`"
    };
    let mut diagnostic = Diagnostic::new(Code::MissingMain, item.name.span, message);
    if let [_, second, ..] = fitting[..] {
        diagnostic = diagnostic.also(items.functions[second].name.span, "another one is here");
    }
    Err(Some(Box::new(diagnostic.note(format!("the entry of a program is {FORMS}")))))
}

/// Whether a type is the prelude's `Result` with nothing to give.
fn is_result_of_unit(items: &Items, types: &TyStore, ty: Ty) -> bool {
    let TyKind::Enum(def, list) = *types.kind(ty) else { return false };
    let item = &items.types[def].def;
    let is_result = item.name == Symbol::RESULT && item.module == items.prelude();
    is_result && types.types(list).first() == Some(&Ty::UNIT)
}

fn missing(items: &Items, interner: &Interner) -> Diagnostic {
    let message = "the program has no `main`";
    let entry = ModuleId::from_index(0);
    let names = || items.functions.iter().filter(|f| f.owner.is_none() && f.module == entry);
    let near = nearest("main", names().map(|function| interner.name(function.name.name)));
    let near = near.and_then(|near| {
        names().map(|function| function.name).find(|name| interner.name(name.name) == near)
    });
    match near {
        Some(name) => Diagnostic::new(Code::MissingMain, name.span, message)
            .label("the entry is called `main`")
            .fix("rename it", name.span, "main"),
        None => Diagnostic::new(Code::MissingMain, Span::NOWHERE, message)
            .note(format!("the entry of a program is {FORMS}")),
    }
}
