//! Contracts of foreign functions (language.md §14.2): modules whose functions C has.
//!
//! ```text
//! [Extern(Abi: "C", Library: "libm.so.6")]
//! pub contract LibM { f64 cos(f64 x); }      a module `LibM` with a function `cos` without body
//! ```
//!
//! Whether a contract is one must be known before any name is resolved, as modules come first. So it goes
//! by the written name `Extern`, unless the program declares an attribute of that name, anywhere: then no
//! contract is one, and where the compiler's attribute is meant all the same, that is reported.
//!
//! *Not here*: what signatures and arguments must be like, see [`crate::typeck::foreign`].

use super::collect::{ScopeCx, bind, check_reserved, collect_function};
use super::{Definition, ResolveCx};
use crate::ast::{self, Ast, ContractMember, Item, ItemId, ItemKind};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::ModuleId;
use crate::index::IndexVec;
use crate::source::FileId;
use crate::symbol::{Interner, Symbol};

/// The name of the attribute.
pub(super) const NAME: &str = "Extern";

/// What the attribute `Extern` means in a program.
pub(super) struct ForeignAttribute {
    /// The name; nothing if no contract is foreign.
    name: Option<Symbol>,
}

impl ForeignAttribute {
    pub(super) fn new(asts: &IndexVec<FileId, Ast>, interner: &Interner) -> Self {
        let hides = |name: Symbol, item: &Item| match &item.kind {
            ItemKind::Attribute(def) => def.name.name == name,
            ItemKind::Use(import) => import.alias.is_some_and(|alias| alias.name == name),
            _ => false,
        };
        let name = interner.get(NAME);
        let name = name.filter(|&name| {
            let mut items = asts.iter().flat_map(|ast| ast.items.iter());
            !items.any(|item| hides(name, item))
        });
        Self { name }
    }

    /// Whether a contract is one of foreign functions.
    pub(super) fn is_foreign(&self, contract: &Item) -> bool {
        self.name.is_some()
            && contract.attributes.iter().any(|attribute| match &attribute.path.segments[..] {
                [only] => Some(only.ident.name) == self.name,
                _ => false,
            })
    }
}

/// A contract of foreign functions as declared.
#[derive(Debug)]
pub(crate) struct ForeignItem {
    /// The module that its functions are in.
    pub(crate) module: ModuleId,
    pub(crate) file: FileId,
    pub(crate) item: ItemId,
}

/// Collects a contract of foreign functions, which is the module `inner`.
pub(super) fn collect(
    scope: &mut ScopeCx<'_, '_>,
    id: ItemId,
    contract: &ast::Contract,
    inner: ModuleId,
) {
    let (asts, file) = (scope.cx.asts, scope.file);
    check_reserved(scope.cx, contract.name);
    bind(scope, id, contract.name, Definition::Module(inner));
    scope.cx.items.foreign_names.insert(contract.name.span);
    scope.cx.items.foreign.push(ForeignItem { module: inner, file, item: id });
    let first = scope.cx.items.functions.len();
    let mut scope = ScopeCx { cx: scope.cx, module: inner, file };
    for member in &contract.members {
        match *member {
            ContractMember::Embed(ty) => {
                let message = "a contract of foreign functions embeds no other";
                let span = asts[file].types[ty].span;
                scope.cx.report(Diagnostic::new(Code::ForeignShape, span, message));
            }
            ContractMember::Method(method) => {
                let ItemKind::Function(function) = &asts[file].items[method].kind else { continue };
                check_reserved(scope.cx, function.name);
                let by_place =
                    function.parameters.iter().find(|p| p.mode != ast::ParameterMode::Value);
                if let Some(parameter) = by_place {
                    let message = "a function of C has neither `ref` nor `out` parameters";
                    scope.cx.report(
                        Diagnostic::new(Code::ForeignShape, parameter.name.span, message)
                            .help("pass an array of one element, which C gets as a pointer"),
                    );
                }
                // They are as visible as the contract.
                collect_function(&mut scope, method, true, function);
                let binding = scope.cx.items.scopes[inner].get_mut(&function.name.name);
                if let Some(binding) = binding {
                    binding.public = true;
                }
            }
        }
    }
    for function in scope.cx.items.functions.iter_mut().skip(first) {
        function.is_foreign = true;
    }
}

/// E1903 where the compiler's `Extern` is meant in a program that has another one.
pub(super) fn hidden(cx: &mut ResolveCx<'_>, attribute: &ast::Attribute) {
    let message = "a program that declares an attribute `Extern` has no foreign functions";
    cx.report(
        Diagnostic::new(Code::ForeignShape, attribute.span, message)
            .help("give the program's own attribute another name"),
    );
}
