//! Directives against what they document: W1610 to W1616, W1620 to W1625.
//!
//! *Invariants.* Where the syntax is broken, nothing is said about what may have got lost.

use super::reference::{self, ReferenceCx};
use super::{Directive, DirectiveKind, DocComment, Documentation, Piece, parse};
use crate::ast::{
    Ast, AttributeDef, ContractMember, Docs, Function, Ident, ItemId, ItemKind, Parameter,
    TypeExprId, TypeExprKind, TypeMember, TypeParameter,
};
use crate::diagnostics::suggest::nearest_if_shown;
use crate::diagnostics::{Code, Diagnostic, Edit, Fix};
use crate::hir::ModuleId;
use crate::index::{Id, IndexVec};
use crate::resolve::broken::Broken;
use crate::resolve::type_expr::{Named, named};
use crate::resolve::{Items, prelude};
use crate::source::{FileId, SourceMap, Span};
use crate::symbol::{Interner, Symbol};
use crate::types::{Ty, TyStore};
use rustc_hash::{FxHashMap, FxHashSet};

/// What documentation is checked with.
struct DocCx<'a> {
    sources: &'a SourceMap,
    asts: &'a IndexVec<FileId, Ast>,
    interner: &'a Interner,
    items: &'a Items,
    types: &'a TyStore,
    broken: &'a Broken,
    file: FileId,
    /// Where references begin.
    module: ModuleId,
    comments: Vec<DocComment>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// What a comment documents.
struct Subject<'a> {
    name: Span,
    /// Its kind, with an article.
    what: &'static str,
    /// What `@arg` may name; nothing if it takes no arguments by its nature.
    parameters: Option<Vec<Ident>>,
    /// The type of its result, if it may have one.
    result: Option<TypeExprId>,
    variants: Option<Vec<Ident>>,
    type_parameters: &'a [TypeParameter],
}

impl Subject<'_> {
    fn plain(name: Span, what: &'static str) -> Self {
        Self { name, what, parameters: None, result: None, variants: None, type_parameters: &[] }
    }

    /// Its kind with `this`.
    fn this(&self) -> String {
        format!("this {}", self.what.split_once(' ').map_or(self.what, |(_, word)| word))
    }

    /// The names that a directive may have.
    fn names(&self, kind: DirectiveKind) -> impl Iterator<Item = Ident> {
        let (parameters, variants, type_parameters): (&[Ident], &[Ident], &[TypeParameter]) =
            match kind {
                DirectiveKind::Arg => (self.parameters.as_deref().unwrap_or(&[]), &[], &[]),
                DirectiveKind::Variant => (&[], self.variants.as_deref().unwrap_or(&[]), &[]),
                DirectiveKind::Par => (&[], &[], self.type_parameters),
                DirectiveKind::Returns => (&[], &[], &[]),
            };
        let type_parameters = type_parameters.iter().map(|parameter| parameter.name);
        parameters.iter().chain(variants).copied().chain(type_parameters)
    }
}

/// Whose documentation is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Commented {
    /// That of the program's own package.
    Own,
    /// That of its dependencies as well.
    Program,
    /// That of everything.
    All,
}

impl Commented {
    /// Whether that of a file is.
    pub(crate) fn has(self, sources: &SourceMap, file: FileId) -> bool {
        match self {
            Self::Own => !sources.is_dependency(file),
            Self::Program => !sources.is_library(file),
            Self::All => true,
        }
    }
}

/// Parses documentation, and reports what is wrong with it.
pub(crate) fn check(
    sources: &SourceMap,
    asts: &IndexVec<FileId, Ast>,
    interner: &Interner,
    (items, commented): (&Items, Commented),
    types: &TyStore,
    broken: &Broken,
    diagnostics: &mut Vec<Diagnostic>,
) -> Documentation {
    let mut cx = DocCx {
        sources,
        asts,
        interner,
        items,
        types,
        broken,
        file: FileId::from_index(0),
        module: ModuleId::from_index(0),
        comments: Vec::new(),
        diagnostics,
    };
    let is_checked = |file| commented.has(sources, file);
    for declared in items.declared.iter().filter(|declared| is_checked(declared.file)) {
        cx.file = declared.file;
        cx.module = declared.module;
        check_item(&mut cx, declared.item);
    }
    for (file, ast) in asts.enumerate().filter(|&(file, _)| is_checked(file)) {
        cx.file = file;
        if !broken.within(sources.file(file).span()) {
            loose(&mut cx, &ast.loose_docs);
        }
    }
    let mut comments = cx.comments;
    comments.sort_by_key(|comment| comment.of);
    comments.dedup_by_key(|comment| comment.of);
    Documentation { comments }
}

fn check_item(cx: &mut DocCx<'_>, id: ItemId) {
    let ast = &cx.asts[cx.file];
    let item = &ast.items[id];
    let subject = match &item.kind {
        ItemKind::Error => return,
        ItemKind::Function(function) => return check_function(cx, id, function, "a function"),
        ItemKind::Type(def) => {
            Subject { type_parameters: &def.parameters, ..Subject::plain(def.name.span, "a type") }
        }
        ItemKind::Alias { name, parameters, .. } => {
            Subject { type_parameters: parameters, ..Subject::plain(name.span, "an alias") }
        }
        ItemKind::Enum(def) => Subject {
            type_parameters: &def.parameters,
            variants: Some(def.variants.iter().map(|variant| variant.name).collect()),
            ..Subject::plain(def.name.span, "an enum")
        },
        ItemKind::Contract(def) => Subject {
            type_parameters: &def.parameters,
            ..Subject::plain(def.name.span, "a contract")
        },
        ItemKind::Impl(def) => Subject {
            type_parameters: &def.parameters,
            ..Subject::plain(ast.types[def.target].span, "an `impl`")
        },
        ItemKind::Attribute(def) => of_attribute(def),
        ItemKind::Const(def) => Subject::plain(def.name.span, "a constant"),
        ItemKind::Test(def) => Subject::plain(def.name.span, "a test"),
        ItemKind::Mod(def) => Subject::plain(def.path.span, "a module"),
        ItemKind::Use(def) => Subject::plain(def.path.span, "an import"),
    };
    document(cx, &item.docs, &subject, item.span);
    match &item.kind {
        ItemKind::Type(def) => {
            for member in &def.members {
                check_member(cx, member);
            }
        }
        ItemKind::Enum(def) => {
            for variant in &def.variants {
                let payload = variant.fields.iter().filter_map(|field| field.name).collect();
                let subject = Subject {
                    parameters: Some(payload),
                    ..Subject::plain(variant.name.span, "a variant")
                };
                document(cx, &variant.docs, &subject, variant.span);
            }
        }
        ItemKind::Contract(def) => {
            for member in &def.members {
                if let ContractMember::Method(method) = member {
                    check_method(cx, *method);
                }
            }
        }
        ItemKind::Impl(def) => {
            for &method in &def.methods {
                check_method(cx, method);
            }
        }
        _ => {}
    }
}

fn of_attribute(def: &AttributeDef) -> Subject<'_> {
    let parameters = def.parameters.iter().map(|parameter| parameter.name).collect();
    Subject { parameters: Some(parameters), ..Subject::plain(def.name.span, "an attribute") }
}

fn check_method(cx: &mut DocCx<'_>, id: ItemId) {
    if let ItemKind::Function(function) = &cx.asts[cx.file].items[id].kind {
        check_function(cx, id, function, "a method");
    }
}

fn check_function(cx: &mut DocCx<'_>, id: ItemId, function: &Function, what: &'static str) {
    let item = &cx.asts[cx.file].items[id];
    let subject = Subject {
        parameters: Some(function.parameters.iter().map(|parameter| parameter.name).collect()),
        result: Some(function.result),
        type_parameters: &function.type_parameters,
        ..Subject::plain(function.name.span, what)
    };
    document(cx, &item.docs, &subject, item.span);
    check_parameters(cx, &function.parameters);
}

fn check_parameters(cx: &mut DocCx<'_>, parameters: &[Parameter]) {
    for parameter in parameters {
        let subject = Subject::plain(parameter.name.span, "a parameter");
        document(cx, &parameter.docs, &subject, parameter.name.span);
    }
}

fn check_member(cx: &mut DocCx<'_>, member: &TypeMember) {
    match member {
        TypeMember::Field(field) => {
            let subject = Subject::plain(field.name.span, "a field");
            document(cx, &field.docs, &subject, field.span);
        }
        TypeMember::Event(event) => {
            let parameters = event.parameters.iter().map(|parameter| parameter.name).collect();
            let subject = Subject {
                parameters: Some(parameters),
                ..Subject::plain(event.name.span, "an event")
            };
            document(cx, &event.docs, &subject, event.span);
            check_parameters(cx, &event.parameters);
        }
    }
}

/// Parses the comment of one subject, checks it and keeps it.
fn document(cx: &mut DocCx<'_>, docs: &Docs, subject: &Subject<'_>, item: Span) {
    if docs.lines.is_empty() {
        return;
    }
    let mut comment = parse::parse(cx.sources, subject.name, &docs.lines, cx.diagnostics);
    if !cx.broken.within(item) {
        check_directives(cx, &comment, subject);
    }
    resolve_references(cx, &mut comment, subject);
    cx.comments.push(comment);
}

fn check_directives(cx: &mut DocCx<'_>, comment: &DocComment, subject: &Subject<'_>) {
    if comment.directives.is_empty() {
        return;
    }
    let known = Known::new(cx, subject);
    let mut seen: FxHashMap<(DirectiveKind, &str), Span> = FxHashMap::default();
    for directive in &comment.directives {
        let kind = directive.kind;
        let name = directive.name.as_ref().map_or("", |(name, _)| name);
        let Some(diagnostic) = misplaced(cx, comment, directive, subject, &known)
            .or_else(|| duplicate(cx, comment, directive, seen.get(&(kind, name)).copied()))
            .or_else(|| unknown(cx, directive, subject, &known))
        else {
            seen.insert((kind, name), directive.span);
            continue;
        };
        cx.diagnostics.push(diagnostic);
    }
}

/// The names of a subject, for lookup.
struct Known<'a> {
    parameters: FxHashSet<&'a str>,
    variants: FxHashSet<&'a str>,
    type_parameters: FxHashSet<&'a str>,
}

impl<'a> Known<'a> {
    fn new(cx: &DocCx<'a>, subject: &Subject<'_>) -> Self {
        let interner = cx.interner;
        let set = |names: &Option<Vec<Ident>>| {
            names.iter().flatten().map(|ident| interner.name(ident.name)).collect()
        };
        let type_parameters = subject.type_parameters.iter();
        Self {
            parameters: set(&subject.parameters),
            variants: set(&subject.variants),
            type_parameters: type_parameters.map(|p| interner.name(p.name.name)).collect(),
        }
    }

    fn has(&self, kind: DirectiveKind, name: &str) -> bool {
        match kind {
            DirectiveKind::Arg => self.parameters.contains(name),
            DirectiveKind::Variant => self.variants.contains(name),
            DirectiveKind::Par => self.type_parameters.contains(name),
            DirectiveKind::Returns => false,
        }
    }
}

/// A directive that the kind of the subject does not take.
fn misplaced(
    cx: &DocCx<'_>,
    comment: &DocComment,
    directive: &Directive,
    subject: &Subject<'_>,
    known: &Known<'_>,
) -> Option<Diagnostic> {
    let what = subject.what;
    let new = |code, message: String| Diagnostic::new(code, directive.span, message);
    let diagnostic = match directive.kind {
        DirectiveKind::Arg if subject.parameters.is_none() => {
            let diagnostic = new(
                Code::MisplacedDirective,
                format!("`@arg` describes a parameter, and {what} has none"),
            );
            match what {
                "a type" => diagnostic.note("fields have `///` lines of their own"),
                _ => diagnostic,
            }
        }
        DirectiveKind::Returns => match subject.result {
            None => new(
                Code::MisplacedDirective,
                format!("`@returns` describes a result, and {what} has none"),
            ),
            Some(result) if is_unit(cx, result) => {
                let span = cx.asts[cx.file].types[result].span;
                new(
                    Code::ReturnsOfUnit,
                    "`@returns` describes a result, but there is none".to_owned(),
                )
                .also(span, "returns nothing")
            }
            Some(_) => return None,
        },
        DirectiveKind::Variant if subject.variants.is_none() => new(
            Code::VariantOffEnum,
            format!("`@variant` describes a variant of an enum, and this is {what}"),
        ),
        DirectiveKind::Par if subject.type_parameters.is_empty() => {
            let name = directive.name.as_ref().map_or("", |(name, _)| name);
            let is_parameter = known.has(DirectiveKind::Arg, name);
            let diagnostic = new(
                Code::ParWithoutParameters,
                "`@par` describes a type parameter, and there is none here".to_owned(),
            );
            if is_parameter {
                let word = Span::new(directive.span.lo, directive.span.lo + "@par".len() as u32);
                return Some(diagnostic.note(format!("`{name}` is a parameter")).fix(
                    "write `@arg`",
                    word,
                    "@arg",
                ));
            }
            diagnostic
        }
        _ => return None,
    };
    Some(diagnostic.fix("remove it", whole(cx, comment, directive), ""))
}

/// A directive for what another one describes already.
fn duplicate(
    cx: &DocCx<'_>,
    comment: &DocComment,
    directive: &Directive,
    first: Option<Span>,
) -> Option<Diagnostic> {
    let first = first?;
    let code = match directive.kind {
        DirectiveKind::Arg | DirectiveKind::Returns => Code::DuplicateDirective,
        DirectiveKind::Variant => Code::DuplicateVariantDirective,
        DirectiveKind::Par => Code::DuplicateParDirective,
    };
    let message = match &directive.name {
        Some((name, _)) => format!("`{name}` is described twice"),
        None => "the result is described twice".to_owned(),
    };
    Some(
        Diagnostic::new(code, directive.span, message)
            .label("described again here")
            .also(first, "first described here")
            .fix("remove it", whole(cx, comment, directive), ""),
    )
}

/// A directive for a name that the subject does not have.
fn unknown(
    cx: &DocCx<'_>,
    directive: &Directive,
    subject: &Subject<'_>,
    known: &Known<'_>,
) -> Option<Diagnostic> {
    let (name, span) = directive.name.as_ref()?;
    if known.has(directive.kind, name) {
        return None;
    }
    let (code, what) = match directive.kind {
        DirectiveKind::Arg => (Code::UnknownDocArgument, "parameter"),
        DirectiveKind::Variant => (Code::UnknownDocVariant, "variant"),
        DirectiveKind::Par => (Code::UnknownDocPar, "type parameter"),
        DirectiveKind::Returns => return None,
    };
    let message = format!("there is no {what} `{name}`");
    let diagnostic = Diagnostic::new(code, *span, message);
    let word = Span::new(directive.span.lo, span.lo - 1);
    match directive.kind {
        DirectiveKind::Arg if known.has(DirectiveKind::Par, name) => {
            let diagnostic = diagnostic.note(format!("`{name}` is a type parameter"));
            return Some(diagnostic.fix("write `@par`", word, "@par"));
        }
        DirectiveKind::Par if known.has(DirectiveKind::Arg, name) => {
            let diagnostic = diagnostic.note(format!("`{name}` is a parameter"));
            return Some(diagnostic.fix("write `@arg`", word, "@arg"));
        }
        _ => {}
    }
    let texts = || subject.names(directive.kind).map(|ident| cx.interner.name(ident.name));
    if let Some(near) = nearest_if_shown(cx.diagnostics, name, texts()) {
        return Some(diagnostic.fix(format!("did you mean `{near}`?"), *span, near));
    }
    let list: Vec<String> = texts().take(9).map(|name| format!("`{name}`")).collect();
    Some(match &list[..] {
        [] => diagnostic.label(format!("{} has none", subject.this())),
        [only] => diagnostic.note(format!("the only one is {only}")),
        list if list.len() <= 8 => diagnostic.note(format!("there are {}", list.join(", "))),
        _ => diagnostic,
    })
}

/// Whether a type as written is `unit`.
fn is_unit(cx: &DocCx<'_>, ty: TypeExprId) -> bool {
    let TypeExprKind::Path(path) = &cx.asts[cx.file].types[ty].kind else { return false };
    let [segment] = &path.segments[..] else { return false };
    let name = segment.ident.name;
    match named(cx.items, cx.module, &[], name) {
        Named::Alias(alias) => cx.items.aliases[alias].ty == Ty::UNIT,
        _ => prelude::primitive(name) == Some(Ty::UNIT),
    }
}

fn resolve_references(cx: &mut DocCx<'_>, comment: &mut DocComment, subject: &Subject<'_>) {
    if cx.broken.lost_items(cx.file) {
        return;
    }
    let (items, types, interner, module) = (cx.items, cx.types, cx.interner, cx.module);
    let reference_cx = ReferenceCx { items, types, interner, module };
    let parameters = subject.parameters.iter().flatten().map(|parameter| parameter.name);
    let type_parameters = subject.type_parameters.iter().map(|parameter| parameter.name.name);
    let locals: FxHashSet<Symbol> = parameters.chain(type_parameters).collect();
    let proses = comment.directives.iter_mut().map(|directive| &mut directive.prose);
    for prose in std::iter::once(&mut comment.prose).chain(proses) {
        for piece in &mut prose.pieces {
            if let Piece::Reference(reference) = piece {
                reference::resolve(&reference_cx, reference, &locals, cx.diagnostics);
            }
        }
    }
}

/// The lines of a directive and the blanks behind them, to be removed.
fn whole(cx: &DocCx<'_>, comment: &DocComment, directive: &Directive) -> Span {
    let at = comment.lines.partition_point(|line| line.lo <= directive.span.lo);
    let start = comment.lines[at.saturating_sub(1)].lo;
    let file = cx.sources.file(cx.file);
    let rest = &file.text[(directive.extent.hi - file.base) as usize..];
    let blanks = rest.len() - rest.trim_start().len();
    Span::new(start, directive.extent.hi + blanks as u32)
}

/// W1616 for lines that stand before nothing they could document.
fn loose(cx: &mut DocCx<'_>, lines: &[Span]) {
    let file = cx.sources.file(cx.file);
    let text =
        |from: u32, to: u32| &file.text[(from - file.base) as usize..(to - file.base) as usize];
    let groups = lines.chunk_by(|above, below| {
        let between = text(above.hi, below.lo);
        between.trim().is_empty() && between.matches('\n').count() < 2
    });
    for group in groups {
        let [first, ..] = group else { continue };
        let message = "this documentation documents nothing";
        let edits = group.iter().map(|line| Edit {
            span: Span::new(line.lo, line.lo + "///".len() as u32),
            replacement: "//".to_owned(),
        });
        let mut diagnostic = Diagnostic::new(Code::LooseDocumentation, *first, message)
            .note("`///` stands before an item, field, variant or parameter");
        diagnostic
            .fixes
            .push(Fix { title: "make it an ordinary comment".to_owned(), edits: edits.collect() });
        cx.diagnostics.push(diagnostic);
    }
}
