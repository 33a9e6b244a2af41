//! Attributes (language.md §14.1): [`declare`] collects the declarations, [`apply`] finds what stands
//! before items, fields and parameters, and [`builtin`] has the ones of the compiler.
//!
//! *Invariants.* An application that is kept names an attribute that may stand there, and every
//! argument a parameter of it, each once. Values are checked by [`crate::typeck`], which knows
//! constants.

pub(crate) mod apply;
pub(crate) mod builtin;

use super::collect::{check_reserved, duplicate};
use super::{Generics, ResolveCx, signature};
use crate::ast::{self, ExprId, Ident, ItemId, TypeExprId};
use crate::diagnostics::suggest::nearest_if_shown;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{AttributeId, AttributeKind, ModuleId, Target};
use crate::source::{FileId, Span};
use crate::symbol::Symbol;
use crate::types::{Ty, TyKind};
use rustc_hash::FxHashMap;

/// An attribute as declared.
#[derive(Debug)]
pub(crate) struct AttributeItem {
    pub(crate) module: ModuleId,
    pub(crate) file: FileId,
    pub(crate) name: Ident,
    pub(crate) public: bool,
    pub(crate) targets: Vec<Target>,
    /// Where the last target is written.
    pub(crate) last_target: Option<Span>,
    pub(crate) parameters: Vec<ParameterItem>,
    /// Parameters by name.
    pub(crate) indices: FxHashMap<Symbol, usize>,
    /// How many parameters have no default.
    pub(crate) required: usize,
    /// Whether targets or parameters may be missing, as they were reported.
    pub(crate) incomplete: bool,
}

/// A parameter of an attribute as declared.
#[derive(Debug)]
pub(crate) struct ParameterItem {
    pub(crate) name: Ident,
    pub(crate) ty_expr: TypeExprId,
    pub(crate) ty: Ty,
    pub(crate) default: Option<ExprId>,
}

/// An attribute before something.
#[derive(Debug)]
pub(crate) struct Application {
    pub(crate) module: ModuleId,
    pub(crate) file: FileId,
    /// The name it stands before.
    pub(crate) on: Span,
    pub(crate) attribute: AttributeKind,
    pub(crate) arguments: Vec<Given>,
    pub(crate) span: Span,
}

/// An argument of an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    /// The index of the parameter.
    pub(crate) parameter: usize,
    /// Where it is named.
    pub(crate) name: Span,
    pub(crate) value: ExprId,
}

/// Collects a declaration.
pub(super) fn declare(
    cx: &mut ResolveCx<'_>,
    (module, file): (ModuleId, FileId),
    item: ItemId,
    def: &ast::AttributeDef,
) -> AttributeId {
    let item = &cx.asts[file].items[item];
    let mut incomplete = cx.broken.within(item.span);
    let mut targets: Vec<(Target, Span)> = Vec::new();
    for &written in &def.targets {
        let text = cx.interner.name(written.name);
        let Some(target) = Target::ALL.into_iter().find(|target| target.name() == text) else {
            incomplete = true;
            let diagnostic = unknown_target(cx, written);
            cx.report(diagnostic);
            continue;
        };
        if let Some(&(_, first)) = targets.iter().find(|&&(other, _)| other == target) {
            let diagnostic = Diagnostic::new(
                Code::DuplicateTarget,
                written.span,
                format!("the target `{text}` is listed twice"),
            )
            .label("listed again here")
            .also(first, "first listed here");
            let gap = with_comma(cx, written.span);
            cx.report(diagnostic.fix("remove it", gap, ""));
            continue;
        }
        targets.push((target, written.span));
    }
    let mut parameters: Vec<ParameterItem> = Vec::with_capacity(def.parameters.len());
    let mut indices: FxHashMap<Symbol, usize> = FxHashMap::default();
    for parameter in &def.parameters {
        check_reserved(cx, parameter.name);
        if let Some(&first) = indices.get(&parameter.name.name) {
            let first = parameters[first].name.span;
            let text = cx.interner.name(def.name.name);
            let place = format!("the attribute `{text}`");
            let diagnostic = duplicate(cx, parameter.name, first, &place);
            cx.report(diagnostic);
            continue;
        }
        indices.insert(parameter.name.name, parameters.len());
        parameters.push(ParameterItem {
            name: parameter.name,
            ty_expr: parameter.ty,
            ty: Ty::ERROR,
            default: parameter.default,
        });
    }
    cx.items.attributes.push(AttributeItem {
        module,
        file,
        name: def.name,
        public: item.public,
        last_target: targets.last().map(|&(_, span)| span),
        targets: targets.into_iter().map(|(target, _)| target).collect(),
        required: parameters.iter().filter(|parameter| parameter.default.is_none()).count(),
        parameters,
        indices,
        incomplete,
    })
}

/// Gives the parameters of all attributes their types.
pub(super) fn signatures(cx: &mut ResolveCx<'_>) {
    for id in cx.items.attributes.ids() {
        let item = &cx.items.attributes[id];
        let (file, module) = (item.file, item.module);
        for index in 0..cx.items.attributes[id].parameters.len() {
            let ty_expr = cx.items.attributes[id].parameters[index].ty_expr;
            let mut ty = signature::resolve(cx, file, module, &Generics::from([]), ty_expr);
            let is_value = matches!(
                cx.types.kind(ty),
                TyKind::Error
                    | TyKind::Bool
                    | TyKind::Int(_)
                    | TyKind::Float(_)
                    | TyKind::Char
                    | TyKind::String
            );
            if !is_value {
                let span = cx.asts[file].types[ty_expr].span;
                cx.report(
                    Diagnostic::new(
                        Code::AttributeValue,
                        span,
                        "an attribute takes numbers, `bool`, `char` and `string`",
                    )
                    .label("there are no constants of this type"),
                );
                ty = Ty::ERROR;
            }
            cx.items.attributes[id].parameters[index].ty = ty;
        }
    }
}

/// E1807.
fn unknown_target(cx: &ResolveCx<'_>, written: Ident) -> Diagnostic {
    let text = cx.interner.name(written.name);
    let message = format!("`{text}` is no target of attributes");
    let diagnostic = Diagnostic::new(Code::UnknownAttributeTarget, written.span, message);
    let names = || Target::ALL.iter().map(|target| target.name());
    let near = foreign_target(text.strip_suffix("Declaration").unwrap_or(text))
        .map(Target::name)
        .or_else(|| nearest_if_shown(cx.diagnostics, text, names()));
    match near {
        Some(near) => diagnostic.fix(format!("write `{near}`"), written.span, near),
        None => {
            let names: Vec<String> = names().map(|name| format!("`{name}`")).collect();
            diagnostic.note(format!("the targets are {}", names.join(", ")))
        }
    }
}

/// The target that a shorter or foreign word stands for.
fn foreign_target(word: &str) -> Option<Target> {
    Some(match word {
        "Type" | "type" | "Class" | "class" | "Struct" | "struct" | "Record" => Target::Type,
        "Enum" | "enum" => Target::Enum,
        "Contract" | "contract" | "Interface" | "interface" | "Trait" => Target::Contract,
        "Module" | "module" | "mod" | "Mod" | "Namespace" | "Assembly" => Target::Module,
        "Function" | "function" | "Fn" | "fn" => Target::Function,
        "Method" | "method" => Target::Method,
        "Field" | "field" | "Property" | "Event" | "Member" => Target::Field,
        "Parameter" | "parameter" | "Param" | "Argument" => Target::Parameter,
        _ => return None,
    })
}

/// An element of a list with the comma before it.
fn with_comma(cx: &ResolveCx<'_>, span: Span) -> Span {
    let file = cx.sources.file(cx.sources.file_of(span));
    let before = &file.text[..(span.lo - file.base) as usize];
    match before.trim_end().strip_suffix(',') {
        Some(kept) => Span::new(file.base + kept.len() as u32, span.hi),
        None => span,
    }
}
