//! Attributes as they are applied: which one is meant, whether it may stand there, which arguments it
//! is given.

use super::builtin::{self, BUILTINS, BuiltinInfo};
use super::{Application, Given, with_comma};
use crate::ast::{Attribute, ContractMember, Ident, Item, ItemKind, Parameter, TypeMember};
use crate::diagnostics::suggest::nearest_if_shown;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{AttributeId, AttributeKind, BuiltinAttribute, ModuleId, Target};
use crate::resolve::path::{Explain, Why, kind};
use crate::resolve::suggest::{Wanted, missing_imports, visible};
use crate::resolve::{Declared, Definition, ResolveCx, foreign};
use crate::source::{FileId, Span};
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind};
use rustc_hash::FxHashMap;

/// So many missing arguments are named.
const MAX_SHOWN: usize = 16;

/// Finds all applications.
pub(in crate::resolve) fn apply(cx: &mut ResolveCx<'_>) {
    let asts = cx.asts;
    for index in 0..cx.items.declared.len() {
        let Declared { module, file, item } = cx.items.declared[index];
        let mut place = Place { cx, module, file };
        of_item(&mut place, &asts[file].items[item]);
    }
}

/// The module and file in which names are looked up.
struct Place<'c, 'a> {
    cx: &'c mut ResolveCx<'a>,
    module: ModuleId,
    file: FileId,
}

fn of_item(place: &mut Place<'_, '_>, item: &Item) {
    let ast = &place.cx.asts[place.file];
    let (target, name) = match &item.kind {
        ItemKind::Error => return,
        ItemKind::Function(def) => (Ok(Target::Function), def.name.span),
        ItemKind::Type(def) => (Ok(Target::Type), def.name.span),
        ItemKind::Enum(def) => (Ok(Target::Enum), def.name.span),
        ItemKind::Contract(def) => (Ok(Target::Contract), def.name.span),
        ItemKind::Mod(def) => (Ok(Target::Module), def.path.span),
        ItemKind::Alias { name, .. } => (Err("an alias"), name.span),
        ItemKind::Impl(def) => (Err("an `impl`"), ast.types[def.target].span),
        ItemKind::Attribute(def) => (Err("an attribute"), def.name.span),
        ItemKind::Const(def) => (Err("a constant"), def.name.span),
        ItemKind::Test(def) => (Err("a test"), def.name.span),
        ItemKind::Use(def) => (Err("an import"), def.path.span),
    };
    all(place, &item.attributes, target, name);
    match &item.kind {
        ItemKind::Function(def) => of_parameters(place, &def.parameters),
        ItemKind::Type(def) => {
            for member in &def.members {
                match member {
                    TypeMember::Field(field) => {
                        all(place, &field.attributes, Ok(Target::Field), field.name.span);
                    }
                    TypeMember::Event(event) => {
                        all(place, &event.attributes, Ok(Target::Field), event.name.span);
                        of_parameters(place, &event.parameters);
                    }
                }
            }
        }
        ItemKind::Contract(def) => {
            for member in &def.members {
                if let ContractMember::Method(method) = member {
                    of_method(place, &ast.items[*method]);
                }
            }
        }
        ItemKind::Impl(def) => {
            for &method in &def.methods {
                of_method(place, &ast.items[method]);
            }
        }
        _ => {}
    }
}

fn of_method(place: &mut Place<'_, '_>, item: &Item) {
    if let ItemKind::Function(def) = &item.kind {
        all(place, &item.attributes, Ok(Target::Method), def.name.span);
        of_parameters(place, &def.parameters);
    }
}

fn of_parameters(place: &mut Place<'_, '_>, parameters: &[Parameter]) {
    for parameter in parameters {
        all(place, &parameter.attributes, Ok(Target::Parameter), parameter.name.span);
    }
}

/// The attributes before one name: of a target, or of something that takes none.
fn all(
    place: &mut Place<'_, '_>,
    attributes: &[Attribute],
    target: Result<Target, &'static str>,
    on: Span,
) {
    for attribute in attributes {
        let Some(meaning) = resolve(place, attribute) else { continue };
        match target {
            Ok(target) if meaning.takes(place.cx, target) => {
                let arguments = arguments(place, attribute, &meaning);
                if let Meaning::Builtin(info) = meaning
                    && info.attribute == BuiltinAttribute::Extern
                    && !place.cx.items.foreign_names.contains(&on)
                {
                    foreign::hidden(place.cx, attribute);
                    continue;
                }
                place.cx.items.applications.push(Application {
                    module: place.module,
                    file: place.file,
                    on,
                    attribute: meaning.kind(),
                    arguments,
                    span: attribute.span,
                });
            }
            _ => {
                let diagnostic = wrong_target(place, attribute, &meaning, target);
                place.cx.report(diagnostic);
            }
        }
    }
}

/// Which attribute is meant.
#[derive(Clone, Copy)]
enum Meaning {
    Declared(AttributeId),
    Builtin(&'static BuiltinInfo),
}

impl Meaning {
    fn kind(self) -> AttributeKind {
        match self {
            Self::Declared(id) => AttributeKind::Declared(id),
            Self::Builtin(info) => AttributeKind::Builtin(info.attribute),
        }
    }

    /// Whether it may stand before something.
    fn takes(self, cx: &ResolveCx<'_>, target: Target) -> bool {
        match self {
            Self::Declared(id) => {
                let item = &cx.items.attributes[id];
                item.incomplete || item.targets.contains(&target)
            }
            Self::Builtin(info) => info.targets.contains(&target),
        }
    }

    /// The names of its parameters.
    fn parameters<'n>(self, cx: &ResolveCx<'n>) -> Vec<&'n str> {
        match self {
            Self::Declared(id) => {
                let parameters = cx.items.attributes[id].parameters.iter();
                parameters.map(|parameter| cx.interner.name(parameter.name.name)).collect()
            }
            Self::Builtin(info) => info.parameters.to_vec(),
        }
    }

    /// The index of a parameter.
    fn parameter(self, cx: &ResolveCx<'_>, name: Symbol) -> Option<usize> {
        match self {
            Self::Declared(id) => cx.items.attributes[id].indices.get(&name).copied(),
            Self::Builtin(info) => {
                let name = cx.interner.name(name);
                info.parameters.iter().position(|&parameter| parameter == name)
            }
        }
    }

    /// Where it is declared.
    fn place(self, cx: &ResolveCx<'_>) -> Option<Span> {
        match self {
            Self::Declared(id) => Some(cx.items.attributes[id].name.span),
            Self::Builtin(_) => None,
        }
    }
}

/// The attribute of a name or path; one that is not there is reported (E1801).
fn resolve(place: &mut Place<'_, '_>, attribute: &Attribute) -> Option<Meaning> {
    let path: Vec<Ident> = attribute.path.segments.iter().map(|segment| segment.ident).collect();
    let first = *path.first()?;
    let text = place.cx.interner.name(first.name);
    if text.is_empty() {
        return None;
    }
    let found = match path[..] {
        [_] => place.cx.items.lookup(place.module, first.name),
        _ => match place.cx.items.walk(place.module, &path) {
            Ok(definition) => Some(definition),
            Err(failure) => {
                let lost =
                    matches!(failure.why, Why::Nothing) && place.cx.broken.lost_items(place.file);
                let (items, interner) = (&place.cx.items, place.cx.interner);
                let reported = &place.cx.diagnostics[..];
                let explain = Explain { items, interner, from: place.module, reported };
                let diagnostic = explain.failure(&path, failure).filter(|_| !lost);
                place.cx.diagnostics.extend(diagnostic);
                return None;
            }
        },
    };
    match found {
        Some(Definition::Attribute(id)) => return Some(Meaning::Declared(id)),
        Some(Definition::Poisoned) => return None,
        Some(_) => {}
        None => {
            if let Some(info) = builtin::lookup(text) {
                return Some(Meaning::Builtin(info));
            }
            if place.cx.broken.lost_items(place.file) {
                return None;
            }
        }
    }
    let diagnostic = unknown(place, attribute, found);
    place.cx.report(diagnostic);
    None
}

/// E1801.
fn unknown(place: &Place<'_, '_>, attribute: &Attribute, found: Option<Definition>) -> Diagnostic {
    let cx = &place.cx;
    let span = attribute.path.span;
    let text = cx.sources.text(span);
    let new = |message: String| Diagnostic::new(Code::UnknownAttribute, span, message);
    if let Some(definition) = found {
        let kind = kind(&cx.items, definition);
        return new(format!("`{text}` is {kind}, not an attribute"))
            .help("an attribute is declared with `attribute Name(FunctionDeclaration) { }`");
    }
    let diagnostic = new(format!("unknown attribute `{text}`"));
    if matches!(text, "Test" | "test" | "Fact" | "TestMethod") {
        return diagnostic.help("a test is an item of its own: `test Name { … }`");
    }
    if matches!(text, "DllImport" | "LibraryImport" | "link" | "no_mangle") {
        let ours = if text == "no_mangle" { "Export" } else { "Extern" };
        return diagnostic.fix(format!("write `{ours}`"), span, ours);
    }
    let name = (place.module, attribute.path.segments[0].ident.name);
    let (ast, reported) = (&cx.asts[place.file], &cx.diagnostics[..]);
    let mut diagnostic = diagnostic;
    diagnostic.fixes =
        missing_imports(&cx.items, cx.interner, ast, name, Wanted::Attribute, reported);
    if !diagnostic.fixes.is_empty() {
        return diagnostic;
    }
    let declared = visible(&cx.items, place.module)
        .filter(|(_, definition)| matches!(definition, Definition::Attribute(_)));
    let names = declared
        .map(|(name, _)| cx.interner.name(name))
        .chain(BUILTINS.iter().map(|info| info.name));
    match nearest_if_shown(cx.diagnostics, text, names) {
        Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), span, near),
        None => diagnostic.label("no attribute of this name is in scope"),
    }
}

/// E1809.
fn wrong_target(
    place: &Place<'_, '_>,
    attribute: &Attribute,
    meaning: &Meaning,
    target: Result<Target, &'static str>,
) -> Diagnostic {
    let cx = &place.cx;
    let text = cx.sources.text(attribute.path.span);
    let new = |message: String| Diagnostic::new(Code::WrongTarget, attribute.span, message);
    let target = match target {
        Ok(target) => target,
        Err(what) => {
            return new(format!("attributes do not stand before {what}"))
                .note("they stand before types, enums, contracts, modules, functions, methods, fields and parameters")
                .fix("remove it", with_blanks(cx, attribute.span), "");
        }
    };
    let diagnostic = new(format!("`{text}` does not stand before {}", target.one()));
    match *meaning {
        Meaning::Builtin(info) => {
            let places: Vec<&str> = info.targets.iter().map(|target| target.one()).collect();
            diagnostic.note(format!("it stands before {}", places.join(" or "))).fix(
                "remove it",
                attribute.span,
                "",
            )
        }
        Meaning::Declared(id) => {
            let item = &cx.items.attributes[id];
            let diagnostic = diagnostic.also(item.name.span, "its targets are listed here");
            match item.last_target {
                Some(last) => {
                    diagnostic.fix("add the target", last.end(), format!(", {}", target.name()))
                }
                None => diagnostic.note("it has no targets"),
            }
        }
    }
}

/// An attribute and the blanks behind it.
fn with_blanks(cx: &ResolveCx<'_>, span: Span) -> Span {
    let file = cx.sources.file(cx.sources.file_of(span));
    let rest = &file.text[(span.hi - file.base) as usize..];
    Span::new(span.lo, span.hi + (rest.len() - rest.trim_start().len()) as u32)
}

/// The parameters that the arguments name, each once.
fn arguments(place: &mut Place<'_, '_>, attribute: &Attribute, meaning: &Meaning) -> Vec<Given> {
    let lost = place.cx.broken.within(attribute.span)
        || matches!(*meaning, Meaning::Declared(id) if place.cx.items.attributes[id].incomplete);
    let mut first: FxHashMap<usize, Span> = FxHashMap::default();
    let mut found = Vec::with_capacity(attribute.arguments.len());
    let mut unknown = false;
    for argument in &attribute.arguments {
        let text = place.cx.interner.name(argument.name.name);
        let span = argument.name.span;
        let Some(index) = meaning.parameter(place.cx, argument.name.name) else {
            unknown = true;
            if !lost {
                let diagnostic = unknown_argument(place, attribute, meaning, span);
                place.cx.report(diagnostic);
            }
            continue;
        };
        if let Some(&first) = first.get(&index) {
            let value = place.cx.asts[place.file].exprs[argument.value].span;
            let whole = with_comma(place.cx, span.to(value));
            let diagnostic = Diagnostic::new(
                Code::DuplicateAttributeArgument,
                span,
                format!("`{text}` is given twice"),
            )
            .label("given again here")
            .also(first, "first given here")
            .fix("remove it", whole, "");
            place.cx.report(diagnostic);
            continue;
        }
        first.insert(index, span);
        found.push(Given { parameter: index, name: span, value: argument.value });
    }
    if let Meaning::Declared(id) = *meaning
        && !lost
        && !unknown
    {
        missing(place, attribute, id, &first);
    }
    found
}

/// E1802.
fn unknown_argument(
    place: &Place<'_, '_>,
    attribute: &Attribute,
    meaning: &Meaning,
    span: Span,
) -> Diagnostic {
    let cx = &place.cx;
    let names = meaning.parameters(cx);
    let (text, outer) = (cx.sources.text(span), cx.sources.text(attribute.path.span));
    let message = format!("`{outer}` has no parameter `{text}`");
    let mut diagnostic = Diagnostic::new(Code::UnknownAttributeArgument, span, message);
    if let Some(declared) = meaning.place(cx) {
        diagnostic = diagnostic.also(declared, "declared here");
    }
    if let Some(near) = nearest_if_shown(cx.diagnostics, text, names.iter().copied()) {
        return diagnostic.fix(format!("did you mean `{near}`?"), span, near);
    }
    match &names[..] {
        [] => diagnostic.note("it has no parameters"),
        [only] => diagnostic.note(format!("its only parameter is `{only}`")),
        names if names.len() <= 8 => {
            let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            diagnostic.note(format!("its parameters are {}", list.join(", ")))
        }
        _ => diagnostic,
    }
}

/// E1803 for the parameters without default that no argument names.
fn missing(
    place: &mut Place<'_, '_>,
    attribute: &Attribute,
    id: AttributeId,
    given: &FxHashMap<usize, Span>,
) {
    let cx = &mut *place.cx;
    let item = &cx.items.attributes[id];
    let required = |index: &usize| item.parameters[*index].default.is_none();
    if given.keys().filter(|&index| required(index)).count() == item.required {
        return;
    }
    let missing: Vec<_> = (0..item.parameters.len())
        .filter(|index| required(index) && !given.contains_key(index))
        .take(MAX_SHOWN)
        .map(|index| &item.parameters[index])
        .map(|parameter| (cx.interner.name(parameter.name.name), parameter.ty))
        .collect();
    let outer = cx.sources.text(attribute.path.span);
    let list: Vec<String> = missing.iter().map(|(name, _)| format!("`{name}`")).collect();
    let written: Vec<String> =
        missing.iter().map(|&(name, ty)| format!("{name}: {}", sample(cx, ty))).collect();
    let written = written.join(", ");
    let (at, text) = match attribute.arguments.last() {
        Some(last) => {
            let end = cx.asts[place.file].exprs[last.value].span.end();
            (end, format!(", {written}"))
        }
        // Empty parentheses may stand behind the name.
        None => {
            let inner = Span::new(attribute.path.span.hi, attribute.span.hi - 1);
            (inner, format!("({written})"))
        }
    };
    let list = match list.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => list.concat(),
    };
    let message = format!("`{outer}` needs {list}");
    let diagnostic = Diagnostic::new(Code::MissingAttributeArgument, attribute.span, message)
        .also(item.name.span, "declared here")
        .fix("add what is missing", at, text);
    cx.report(diagnostic);
}

/// A value of a type, to be replaced.
fn sample(cx: &ResolveCx<'_>, ty: Ty) -> &'static str {
    match cx.types.kind(ty) {
        TyKind::Bool => "false",
        TyKind::Float(_) => "0.0",
        TyKind::Char => "' '",
        TyKind::String => "\"\"",
        _ => "0",
    }
}
