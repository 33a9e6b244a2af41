//! Foreign functions (language.md §14.2) and exported ones (§14.3): what their signatures may hold, what
//! their attributes must say, which names of C they take.
//!
//! *Invariants.* A function that is kept has a signature of types that pass. A symbol is taken from one
//! library alone, as a process has one name space of symbols, and given to one function alone.

use super::TypeckCx;
use crate::ast::{self, ItemKind, ParameterMode, TypeExprId};
use crate::c_words;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{AttributeKind, Attributes, BuiltinAttribute, Constant, FunctionId};
use crate::index::Id;
use crate::resolve::FunctionItem;
use crate::resolve::attributes::Application;
use crate::resolve::collect::declaration_start;
use crate::resolve::foreign::ForeignItem;
use crate::source::{FileId, Span};
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind};
use rustc_hash::FxHashMap;

/// Beginnings of symbols that are the compiler's own.
const OWN_SYMBOLS: [&str; 7] = [
    "beskid_rt_",
    "beskid_start_",
    "beskid_program",
    "beskid_library",
    "beskid_code_map",
    "beskid_entry",
    "beskid_slow_path_",
];

/// Which way a value goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As an argument.
    Argument,
    /// As a result.
    Result,
}

/// Who has a function that C is concerned with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// C: the program calls it.
    Foreign,
    /// The program: C calls it.
    Exported,
}

/// What a program and C have of each other.
#[derive(Default)]
pub(crate) struct Foreign {
    /// The foreign functions, each with its library.
    pub(crate) taken: Vec<(FunctionId, Box<str>)>,
    /// The exported functions, each with its name in C.
    pub(crate) exported: Vec<(FunctionId, Box<str>)>,
}

/// Checks foreign and exported functions.
pub(crate) fn check(cx: &mut TypeckCx<'_>, attributes: &Attributes) -> Foreign {
    let items = cx.items;
    let mut applied: FxHashMap<Span, Vec<&Application>> = FxHashMap::default();
    for application in &items.applications {
        if matches!(application.attribute, AttributeKind::Builtin(_)) {
            applied.entry(application.on).or_default().push(application);
        }
    }
    if applied.is_empty() {
        return Foreign::default();
    }
    let mut libraries: FxHashMap<_, Option<Box<str>>> = FxHashMap::default();
    for item in &items.foreign {
        let name = contract_of(cx, item).map_or(Span::NOWHERE, |contract| contract.name.span);
        let list = applied.get(&name).map_or(&[][..], Vec::as_slice);
        let library = library(cx, attributes, list);
        libraries.insert(item.module, library);
        check_contract(cx, item);
    }
    let mut functions = Foreign::default();
    let mut names = Names::default();
    for (id, item) in items.functions.enumerate() {
        let list = applied.get(&item.name.span).map_or(&[][..], Vec::as_slice);
        let mut exports =
            list.iter().filter(|application| is(application, BuiltinAttribute::Export));
        if let Some(application) = exports.next() {
            if let Some(second) = exports.next() {
                report_second(cx, application, second, "`Export` stands twice before one function");
            }
            let name = check_export(cx, attributes, application, item, &mut names);
            functions.exported.extend(name.map(|name| (id, name)));
        }
        if !item.is_foreign || !item.alive {
            continue;
        }
        let library = libraries.get(&item.module).and_then(Option::as_deref);
        check_foreign(cx, id, library, &mut names);
        functions.taken.extend(library.map(|library| (id, library.into())));
    }
    functions
}

fn is(application: &Application, attribute: BuiltinAttribute) -> bool {
    application.attribute == AttributeKind::Builtin(attribute)
}

/// Names of C, each with what it stands for.
#[derive(Default)]
struct Names {
    /// By module and name: what an overload would repeat.
    declared: FxHashMap<(usize, Symbol), FunctionId>,
    /// By symbol: the library, and where it was taken from it first.
    taken: FxHashMap<Symbol, (Box<str>, Span)>,
    exported: FxHashMap<String, Span>,
}

fn contract_of<'a>(cx: &TypeckCx<'a>, item: &ForeignItem) -> Option<&'a ast::Contract> {
    match &cx.asts[item.file].items[item.item].kind {
        ItemKind::Contract(contract) => Some(contract),
        _ => None,
    }
}

/// The value of an argument. `Err` if it is not given, `Ok(None)` if it was reported.
fn argument<'v>(
    attributes: &'v Attributes,
    application: &Application,
    index: usize,
) -> Result<Option<&'v str>, ()> {
    if !application.arguments.iter().any(|given| given.parameter == index) {
        return Err(());
    }
    let applied = attributes.of(application.on).iter();
    let applied = applied.filter(|applied| applied.span == application.span);
    let value = applied.filter_map(|applied| applied.given(index)).next();
    Ok(match value {
        Some(Constant::String(text)) => Some(text),
        _ => None,
    })
}

/// Where the value of an argument stands.
fn value_span(cx: &TypeckCx<'_>, application: &Application, index: usize) -> Span {
    let given = application.arguments.iter().find(|given| given.parameter == index);
    given.map_or(application.span, |given| cx.asts[application.file].exprs[given.value].span)
}

/// E1902 for an attribute that stands twice.
fn report_second(
    cx: &mut TypeckCx<'_>,
    first: &Application,
    second: &Application,
    message: &'static str,
) {
    cx.report(
        Diagnostic::new(Code::ForeignArgument, second.span, message)
            .also(first.span, "the first one is here"),
    );
}

/// The library of a contract; wrong arguments are E1902.
fn library(
    cx: &mut TypeckCx<'_>,
    attributes: &Attributes,
    applications: &[&Application],
) -> Option<Box<str>> {
    const ABI: usize = 0;
    const LIBRARY: usize = 1;
    let mut externs = applications.iter().filter(|item| is(item, BuiltinAttribute::Extern));
    let application = externs.next()?;
    if let Some(second) = externs.next() {
        report_second(cx, application, second, "`Extern` stands twice before one contract");
    }
    let abi = argument(attributes, application, ABI);
    let library = argument(attributes, application, LIBRARY);
    let missing: Vec<&str> = [(abi, "`Abi`"), (library, "`Library`")]
        .iter()
        .filter(|(value, _)| value.is_err())
        .map(|&(_, name)| name)
        .collect();
    if !missing.is_empty() {
        let message = format!("`Extern` needs {}", missing.join(" and "));
        cx.report(
            Diagnostic::new(Code::ForeignArgument, application.span, message)
                .help("write `[Extern(Abi: \"C\", Library: \"libm.so.6\")]`"),
        );
    }
    if let Ok(Some(abi)) = abi
        && abi != "C"
    {
        let span = value_span(cx, application, ABI);
        let message = format!("there is no ABI `{abi}`");
        cx.report(
            Diagnostic::new(Code::ForeignArgument, span, message)
                .note("foreign functions are those of C")
                .fix("write `\"C\"`", span, "\"C\""),
        );
    }
    let library = library.ok().flatten()?;
    if library.is_empty() || library.contains('\0') {
        let span = value_span(cx, application, LIBRARY);
        let message = "this cannot be the name of a library";
        cx.report(
            Diagnostic::new(Code::ForeignArgument, span, message)
                .help("name the file, as in `\"libm.so.6\"`, or give its path"),
        );
    }
    Some(library.into())
}

/// What a contract of foreign functions may not have.
fn check_contract(cx: &mut TypeckCx<'_>, item: &ForeignItem) {
    let Some(contract) = contract_of(cx, item) else { return };
    if let Some(parameter) = contract.parameters.first() {
        let message = "a contract of foreign functions has no type parameters";
        let diagnostic = Diagnostic::new(Code::ForeignShape, parameter.name.span, message);
        cx.report(diagnostic);
    }
}

/// The function as written.
fn source<'a>(cx: &TypeckCx<'a>, item: &FunctionItem) -> Option<&'a ast::Function> {
    match &cx.asts[item.file].items[item.item].kind {
        ItemKind::Function(function) => Some(function),
        _ => None,
    }
}

fn check_foreign(cx: &mut TypeckCx<'_>, id: FunctionId, library: Option<&str>, names: &mut Names) {
    let items = cx.items;
    let item = &items.functions[id];
    let (name, text) = (item.name, cx.text(item.name.name));
    check_signature(cx, item, Side::Foreign);
    check_symbol(cx, Code::ForeignShape, name.span, text);
    let key = (item.module.index(), name.name);
    if let Some(&first) = names.declared.get(&key) {
        let first = &items.functions[first];
        // Two of the same parameters were reported.
        if first.parameters != item.parameters {
            let message = format!("C has no overloads, and `{text}` is declared twice");
            cx.report(
                Diagnostic::new(Code::ForeignShape, name.span, message)
                    .label("declared again here")
                    .also(first.name.span, "first declared here")
                    .help("declare it in a contract of its own, for the same library"),
            );
        }
        return;
    }
    names.declared.insert(key, id);
    let Some(library) = library else { return };
    match names.taken.get(&name.name) {
        Some((first, span)) if **first != *library => {
            let message = format!("`{text}` is taken from two libraries");
            let diagnostic = Diagnostic::new(Code::DuplicateForeignName, name.span, message)
                .label(format!("from `{library}`"))
                .also(*span, format!("from `{first}`"))
                .note("a process has one function of a name of C");
            cx.report(diagnostic);
        }
        Some(_) => {}
        None => {
            names.taken.insert(name.name, (library.into(), name.span));
        }
    }
}

/// Reports a symbol that is the compiler's own.
fn check_symbol(cx: &mut TypeckCx<'_>, code: Code, span: Span, name: &str) {
    if OWN_SYMBOLS.iter().any(|own| name.starts_with(own)) {
        let message = format!("`{name}` is a symbol of the compiler's own");
        cx.report(Diagnostic::new(code, span, message));
    }
}

fn check_export(
    cx: &mut TypeckCx<'_>,
    attributes: &Attributes,
    application: &Application,
    item: &FunctionItem,
    names: &mut Names,
) -> Option<Box<str>> {
    let mut exported = None;
    let text = cx.text(item.name.name);
    match argument(attributes, application, 0) {
        Err(()) => {
            let message = "`Export` needs `Name`";
            let help = format!("write `[Export(Name: \"{text}\")]`");
            let span = application.span;
            cx.report(Diagnostic::new(Code::ForeignArgument, span, message).help(help));
        }
        Ok(None) => {}
        Ok(Some(name)) => {
            let span = value_span(cx, application, 0);
            let mut letters = name.chars();
            let is_name = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
                && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !is_name {
                let message = format!("`{name}` is no name of C");
                cx.report(
                    Diagnostic::new(Code::ForeignArgument, span, message)
                        .note("a name of C has letters, digits and `_`, and begins with no digit"),
                );
            }
            if let Some(language) = c_words::language_of(name) {
                let message = format!("`{name}` is a word of {language}");
                cx.report(
                    Diagnostic::new(Code::ForeignArgument, span, message)
                        .note("no header could declare a function of that name"),
                );
            }
            if name == "main" {
                let message = "a library cannot have `main`, where programs of C begin";
                cx.report(Diagnostic::new(Code::ForeignArgument, span, message));
            }
            check_symbol(cx, Code::ForeignArgument, span, name);
            if let Some(&first) = names.exported.get(name) {
                let message = format!("`{name}` is exported twice");
                cx.report(
                    Diagnostic::new(Code::DuplicateForeignName, span, message)
                        .label("given again here")
                        .also(first, "first given here"),
                );
            } else {
                names.exported.insert(name.to_owned(), span);
            }
            exported = Some(name.into());
        }
    }
    if !item.public {
        let start = declaration_start(cx.sources, &cx.asts[item.file].items[item.item]);
        let start = Span::new(start, start);
        let message = format!("`{text}` is exported, but private");
        cx.report(
            Diagnostic::new(Code::ForeignShape, item.name.span, message)
                .also(application.span, "exported here")
                .fix("make it visible", start, "pub "),
        );
    }
    check_signature(cx, item, Side::Exported);
    exported
}

/// E1903 for type parameters and `out` parameters, E1901 for types that do not pass.
fn check_signature(cx: &mut TypeckCx<'_>, item: &FunctionItem, side: Side) {
    let Some(function) = source(cx, item) else { return };
    if let Some(parameter) = function.type_parameters.first() {
        let message = "functions of C have no type parameters";
        let diagnostic = Diagnostic::new(Code::ForeignShape, parameter.name.span, message);
        cx.report(diagnostic);
        return;
    }
    let out = function.parameters.iter().find(|parameter| parameter.mode == ParameterMode::Out);
    if let (Side::Exported, Some(parameter)) = (side, out) {
        let message = "a function of C has no `out` parameters";
        cx.report(
            Diagnostic::new(Code::ForeignShape, parameter.name.span, message)
                .help("return the value; several are an array of numbers"),
        );
    }
    for (parameter, &ty) in function.parameters.iter().zip(&item.parameters) {
        check_type(cx, item.file, parameter.ty, ty, (side, Way::Argument));
    }
    check_type(cx, item.file, function.result, item.result, (side, Way::Result));
}

/// E1901.
fn check_type(cx: &mut TypeckCx<'_>, file: FileId, expr: TypeExprId, ty: Ty, goes: (Side, Way)) {
    if passes(cx, ty, goes) {
        return;
    }
    let (shown, span) = (cx.show(ty), cx.asts[file].types[expr].span);
    let verb = match goes {
        (Side::Foreign, Way::Argument) | (Side::Exported, Way::Result) => "takes",
        (Side::Foreign, Way::Result) | (Side::Exported, Way::Argument) => "gives",
    };
    let (side, way) = goes;
    let what = match way {
        Way::Argument => "argument",
        Way::Result => "result",
    };
    let message = format!("C {verb} no {what} of type `{shown}`");
    let diagnostic = Diagnostic::new(Code::ForeignType, span, message);
    let diagnostic = match (cx.types.kind(ty), way) {
        (TyKind::Char, _) if side == Side::Exported => {
            diagnostic.help("let its number pass, a `u32`")
        }
        (TyKind::Char, Way::Argument) => diagnostic.help("pass its number: `cast<u32>(c)`"),
        (TyKind::Char, Way::Result) => diagnostic.help("take its number, a `u32`"),
        (TyKind::Array(_), _) if side == Side::Exported => {
            diagnostic.note("of arrays, those of numbers pass")
        }
        (TyKind::String | TyKind::Array(_), Way::Result) => {
            diagnostic.help("C gives an address, without a length or an owner: `ptr`")
        }
        (TyKind::Array(_), Way::Argument) => diagnostic.note("of arrays, those of numbers pass"),
        (TyKind::Function(..), _) => {
            diagnostic.note("C cannot call functions of the program (callbacks)")
        }
        (TyKind::Unit, _) => diagnostic.help("leave the parameter out"),
        _ => diagnostic.note(match (side, way) {
            (_, Way::Argument) => {
                "what passes are numbers, `bool`, `ptr`, `string` and arrays of numbers"
            }
            (Side::Foreign, Way::Result) => "what comes back are numbers, `bool`, `ptr` and `unit`",
            (Side::Exported, Way::Result) => {
                "what comes back are numbers, `bool`, `ptr`, `unit`, `string` and arrays of numbers"
            }
        }),
    };
    cx.report(diagnostic);
}

fn passes(cx: &TypeckCx<'_>, ty: Ty, goes: (Side, Way)) -> bool {
    match (cx.types.kind(ty), goes) {
        (TyKind::String | TyKind::Array(_), (Side::Foreign, Way::Result)) => false,
        (TyKind::Error | TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool, _)
        | (TyKind::Ptr | TyKind::String, _) => true,
        (TyKind::Unit, (_, way)) => way == Way::Result,
        (&TyKind::Array(element), _) => {
            matches!(cx.types.kind(element), TyKind::Int(_) | TyKind::Float(_) | TyKind::Error)
        }
        _ => false,
    }
}
