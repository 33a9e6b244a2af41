//! Bodies to [`hir`](crate::hir): every expression gets its type, every conversion is written out.
//!
//! Checking is bidirectional: an expression is checked against what its context wants ([`Want`]), and
//! literals take their types from there. The rules for each form are free functions over one
//! [`TypeckCx`]; the files are split by sub-problem.
//!
//! Functions here recurse along the tree, which is at most [`MAX_HEIGHT`](crate::ast::MAX_HEIGHT) nodes
//! high; [`crate::analyze()`] says what stack that takes.
//!
//! *Invariants.* An expression that is broken has type [`Ty::ERROR`] and was reported once; the type
//! fits everywhere, so it causes no further diagnostics. What is not supported yet is E0090, and also
//! [`Ty::ERROR`].

mod arguments;
mod assigned;
pub(crate) mod attribute;
mod bounds;
mod builtin;
mod call;
mod coerce;
pub(crate) mod constant;
mod control;
pub(crate) mod entry;
mod event;
mod exhaustive;
mod expr;
pub(crate) mod foreign;
mod function_value;
mod generic;
mod hint;
mod infer;
mod iterate;
mod lambda;
mod literal;
mod matching;
mod members;
mod mismatch;
mod name;
mod object;
mod operator;
mod overload;
mod path;
mod pattern;
mod place;
mod propagate;
pub(crate) mod reached;
mod scope;
mod slip;
mod stmt;
pub(crate) mod test;
mod variant;

use crate::ast::{self, Ast, FunctionBody, ItemKind};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{
    Body, Constant, Expr, ExprId, ExprKind, FunctionId, Local, LocalId, ModuleId, TypeDefId,
};
use crate::index::IndexVec;
use crate::resolve::broken::Broken;
use crate::resolve::collect::reserved;
use crate::resolve::type_expr::{TypeExprCx, TypeUse, receiver};
use crate::resolve::{ConstId, Generics, Items, Names, unsupported};
use crate::source::{FileId, SourceMap, Span};
use crate::symbol::{Interner, Symbol};
use crate::types::{Ty, TyStore, TypeParamId};
use coerce::Reason;
use control::Reach;
use infer::InferTable;
use rustc_hash::FxHashSet;
use scope::{Clash, LocalScopes, Origin};

/// What the context of an expression asks of its type.
#[derive(Clone, Copy, Debug)]
enum Want {
    /// Nothing.
    Any,
    /// Literals take this type if they can.
    Hint(Ty),
    /// The value is converted to this type; the reason is what a diagnostic says otherwise.
    Must(Ty, Reason),
}

impl Want {
    /// The type, if any.
    fn ty(self) -> Option<Ty> {
        match self {
            Self::Any => None,
            Self::Hint(ty) | Self::Must(ty, _) => Some(ty),
        }
    }
}

/// What the function around asks of results.
#[derive(Clone, Copy, Debug)]
struct ResultOf {
    ty: Ty,
    /// Where the type is written.
    span: Span,
    of: Subject,
}

/// What returns the results.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Subject {
    /// A function or method of this name.
    Function(Symbol),
    /// A test, which returns nothing.
    Test,
    /// A lambda whose result type is known.
    Lambda,
    /// A lambda whose results say the type; see [`lambda`].
    OpenLambda,
    /// A constant, which has no results.
    Constant,
}

/// A block that is being checked.
#[derive(Clone, Copy)]
struct OpenBlock<'a> {
    block: &'a ast::Block,
    /// The statement that is being checked.
    at: usize,
}

/// What checking reads and writes.
pub(crate) struct TypeckCx<'a> {
    items: &'a Items,
    asts: &'a IndexVec<FileId, Ast>,
    sources: &'a SourceMap,
    interner: &'a Interner,
    broken: &'a Broken,
    types: &'a mut TyStore,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// The functions of the core library that something refers to.
    reached: reached::Reached,
    /// Functions of the core library that have no body.
    pub(crate) intrinsics: Vec<FunctionId>,
    /// Values of constants, as far as they are evaluated.
    constants: IndexVec<ConstId, Option<Constant>>,

    // The body that is being checked.
    file: FileId,
    module: ModuleId,
    owner: Option<TypeDefId>,
    /// The type parameters in scope.
    generics: Generics,
    /// What the `impl` around asks of them beyond what they are declared with.
    extra_bounds: &'a [(TypeParamId, Ty)],
    /// Declared types as the body writes them.
    uses: Vec<TypeUse>,
    /// Bounds that type arguments have to keep.
    obligations: Vec<bounds::Obligation>,
    /// Arguments of the call at hand that did not fit.
    misfits: Vec<slip::Misfit>,
    result: ResultOf,
    body: Body,
    scopes: LocalScopes,
    infer: InferTable,
    reach: Reach,
    loops: Vec<control::Loop>,
    blocks: Vec<OpenBlock<'a>>,
    /// The lambdas around, the innermost last.
    lambdas: Vec<lambda::Frame>,
    /// Where the function's name stands.
    name_span: Span,
    /// Whether E1203 was reported for the function.
    missing_return: bool,
    /// Whether broken syntax may have swallowed parts of the body, or items.
    lost_names: bool,
    /// Where only parts of the body may be lost: the words among which their names are.
    lost_words: Option<FxHashSet<&'a str>>,
}

impl<'a> TypeckCx<'a> {
    /// A context that has checked nothing yet.
    pub(crate) fn new(
        items: &'a Items,
        asts: &'a IndexVec<FileId, Ast>,
        sources: &'a SourceMap,
        interner: &'a Interner,
        broken: &'a Broken,
        types: &'a mut TyStore,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Self {
        use crate::index::Id;
        Self {
            items,
            asts,
            sources,
            interner,
            broken,
            types,
            diagnostics,
            reached: reached::Reached::new(items),
            intrinsics: Vec::new(),
            constants: items.constants.iter().map(|_| None).collect(),
            file: FileId::from_index(0),
            module: ModuleId::from_index(0),
            owner: None,
            generics: Generics::from([]),
            extra_bounds: &[],
            uses: Vec::new(),
            obligations: Vec::new(),
            misfits: Vec::new(),
            result: ResultOf { ty: Ty::ERROR, span: Span::NOWHERE, of: Subject::Constant },
            body: Body::EMPTY,
            scopes: LocalScopes::new(interner.len()),
            infer: InferTable::default(),
            reach: Reach::Yes,
            loops: Vec::new(),
            blocks: Vec::new(),
            lambdas: Vec::new(),
            name_span: Span::NOWHERE,
            missing_return: false,
            lost_names: false,
            lost_words: None,
        }
    }

    /// What types as written in the body are resolved with.
    fn type_cx(&mut self) -> TypeExprCx<'_> {
        TypeExprCx {
            items: self.items,
            ast: &self.asts[self.file],
            module: self.module,
            generics: &self.generics,
            interner: self.interner,
            types: self.types,
            lost_items: self.lost_names,
            diagnostics: self.diagnostics,
            uses: &mut self.uses,
        }
    }

    fn ast(&self) -> &'a Ast {
        &self.asts[self.file]
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// E0090, and nothing is known of what comes after.
    fn unsupported(&mut self, span: Span, what: &str) -> ExprId {
        self.report(unsupported(span, what));
        self.reach = self.reach.or_unknown();
        self.error(span)
    }

    /// An expression that was reported.
    fn error(&mut self, span: Span) -> ExprId {
        self.push(ExprKind::Error, Ty::ERROR, span)
    }

    fn push(&mut self, kind: ExprKind, ty: Ty, span: Span) -> ExprId {
        reached::note(self, &kind, ty);
        let id = self.body.exprs.push(Expr { kind, ty, span });
        if self.types.has_infer(ty) {
            self.infer.add_pending(id);
        }
        id
    }

    /// A local as an expression; the lambdas around capture it if it is not their own.
    fn push_local(&mut self, local: LocalId, span: Span) -> ExprId {
        lambda::capture(self, local, span);
        let ty = self.body.locals[local].ty;
        self.push(ExprKind::Local(local), ty, span)
    }

    /// The type of an expression, as far as it is known.
    fn ty(&self, id: ExprId) -> Ty {
        self.infer.shallow(self.body.exprs[id].ty)
    }

    fn span(&self, id: ExprId) -> Span {
        self.body.exprs[id].span
    }

    fn text(&self, name: Symbol) -> &'a str {
        self.interner.name(name)
    }

    /// A type for a message.
    fn show(&mut self, ty: Ty) -> String {
        let ty = infer::with_defaults(self, ty);
        self.types.display(ty, &Names { items: self.items, interner: self.interner })
    }

    /// Ends the innermost scope, which stands at `span`.
    fn leave_scope(&mut self, span: Span) {
        for local in self.scopes.leave() {
            self.body.locals[local].scope = span;
        }
    }

    /// Adds a local, and binds its name unless it is `_`.
    fn declare(&mut self, name: ast::Ident, ty: Ty, origin: Origin) -> LocalId {
        let local = self.body.locals.push(Local {
            name: name.name,
            ty,
            mutable: false,
            captured: false,
            span: name.span,
            scope: name.span.end(),
            since: name.span.hi,
        });
        self.scopes.add(origin);
        if name.name == Symbol::EMPTY {
            // Its name is missing, and may be any that is unknown from here on.
            self.lost_names = true;
            self.lost_words = None;
        }
        if matches!(name.name, Symbol::UNDERSCORE | Symbol::EMPTY) {
            return local;
        }
        let text = self.interner.name(name.name);
        match self.scopes.declare(name.name, local) {
            None => {}
            Some(Clash::Duplicate(first)) => {
                let first = self.body.locals[first].span;
                let message = format!("`{text}` is declared twice in the same scope");
                let mut diagnostic = Diagnostic::new(Code::DuplicateBinding, name.span, message)
                    .label("declared again here")
                    .also(first, "first declared here");
                if !matches!(origin, Origin::Parameter) {
                    diagnostic = diagnostic.help("assign to the first one, or choose another name");
                }
                self.report(diagnostic);
            }
            Some(Clash::Shadows(outer)) => {
                let outer = self.body.locals[outer].span;
                let message = format!("`{text}` hides an outer binding of the same name");
                self.report(
                    Diagnostic::new(Code::ShadowedName, name.span, message)
                        .label("this one is meant from here on")
                        .also(outer, "the outer one"),
                );
            }
        }
        if text.starts_with("__") {
            self.report(reserved(name.span, text));
        }
        local
    }

    /// Makes the context that of a new body.
    fn enter_body(
        &mut self,
        file: FileId,
        module: ModuleId,
        owner: Option<TypeDefId>,
        generics: &Generics,
        span: Span,
    ) {
        self.file = file;
        self.module = module;
        self.owner = owner;
        self.generics = Generics::clone(generics);
        self.extra_bounds = &[];
        self.body = Body::EMPTY;
        self.scopes.reset();
        self.reach = Reach::Yes;
        self.loops.clear();
        self.blocks.clear();
        self.lambdas.clear();
        self.missing_return = false;
        let lost_items = self.broken.any() && self.broken.lost_items(file);
        let lost_parts = self.broken.any() && self.broken.within(span);
        self.lost_names = lost_items || lost_parts;
        self.lost_words =
            (lost_parts && !lost_items).then(|| self.broken.words(span, self.sources.file(file)));
    }

    /// Whether a name may be unknown because broken syntax has swallowed its declaration.
    fn is_lost(&self, name: Symbol) -> bool {
        match &self.lost_words {
            Some(words) => words.contains(self.text(name)),
            None => self.lost_names,
        }
    }
}

/// Checks the body of every function of the program, and those of the core library if all are wanted.
pub(crate) fn check_bodies(cx: &mut TypeckCx<'_>, all: bool) -> IndexVec<FunctionId, Option<Body>> {
    let items = cx.items;
    let is_own = |id: FunctionId| all || !items.tree.is_library(items.functions[id].module);
    items.functions.ids().map(|id| is_own(id).then(|| check_function(cx, id)).flatten()).collect()
}

/// Whether the compiler knows what a function of the core library does.
fn is_intrinsic(ast: &Ast, function: &ast::Function) -> bool {
    let FunctionBody::Expr(value) = function.body else { return false };
    matches!(ast.exprs[value].kind, ast::ExprKind::Name { name, .. } if name.name == Symbol::INTRINSIC)
}

fn check_function(cx: &mut TypeckCx<'_>, id: FunctionId) -> Option<Body> {
    let (items, asts) = (cx.items, cx.asts);
    let item = &items.functions[id];
    if !item.alive {
        return None;
    }
    let ast = &asts[item.file];
    let source = &ast.items[item.item];
    let ItemKind::Function(function) = &source.kind else { return None };
    if is_intrinsic(ast, function) && items.tree.is_library(item.module) {
        cx.intrinsics.push(id);
        return None;
    }
    cx.enter_body(item.file, item.module, item.owner, &item.generics, source.span);
    cx.result = ResultOf {
        ty: item.result,
        span: ast.types[function.result].span,
        of: Subject::Function(item.name.name),
    };
    cx.name_span = item.name.span;
    cx.extra_bounds = &item.bounds;
    cx.scopes.enter();
    if let Some(owner) = item.owner {
        let ty = receiver(cx.items, cx.types, owner);
        let name = ast::Ident { name: Symbol::THIS, span: item.name.span };
        cx.declare(name, ty, Origin::This);
    }
    let mut outs = Vec::new();
    for (parameter, &ty) in function.parameters.iter().zip(&item.parameters) {
        let origin = match parameter.mode {
            ast::ParameterMode::Ref => Origin::Ref,
            ast::ParameterMode::Out => Origin::Out,
            ast::ParameterMode::Value if parameter.mutable => Origin::Mutable,
            ast::ParameterMode::Value => Origin::Parameter,
        };
        let local = cx.declare(parameter.name, ty, origin);
        if origin == Origin::Out {
            cx.body.locals[local].mutable = true;
            outs.push(local);
        }
    }
    cx.body.parameter_count = cx.body.locals.len();
    match &function.body {
        FunctionBody::None => return None,
        FunctionBody::Block(block) => control::check_body(cx, block),
        FunctionBody::Expr(value) => control::check_expr_body(cx, *value),
    }
    cx.leave_scope(source.span);
    assigned::check(cx, &outs, source.span);
    bounds::check_uses(cx);
    Some(std::mem::replace(&mut cx.body, Body::EMPTY))
}
