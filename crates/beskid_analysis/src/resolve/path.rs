//! Names and paths to what they mean (language.md §7.4, §13.2, §13.3).
//!
//! A name alone means what the innermost module around the use says, imports included, else what the
//! prelude says. A path begins at such a name, or at a module that lies at the top of the program; every
//! further name is looked up in the module before it, where private names are there only for the module
//! itself and those nested in it.
//!
//! *Invariants.* Finding a name that an import binds marks that import as used. A function that is not
//! visible is in no set that a path leads to.

use super::imports::{Import, State};
use super::modules::Origin;
use super::prelude::Prelude;
use super::{Binding, Definition, FunctionSet, ImportId, Items, prelude, unsupported};
use crate::ast::Ident;
use crate::diagnostics::suggest::nearest_if_shown;
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{ModuleId, TypeDefId};
use crate::source::Span;
use crate::symbol::{Interner, Symbol};

/// What a name in a module is for somebody who asks by path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// It is there; whether other modules see it.
    Found { definition: Definition, public: bool },
    /// An import that is not resolved yet.
    Pending(ImportId),
    /// It is there, and not visible.
    Private(Binding),
    /// It is not there.
    Unknown,
}

/// Where a path ends before its last name, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathFailure {
    /// The index of the name.
    pub(crate) at: usize,
    pub(crate) why: Why,
}

/// Why a path ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Why {
    /// The first name means nothing.
    Nothing,
    /// The name before is no module.
    NotModule(Definition),
    /// The module has no such name.
    Unknown(ModuleId),
    /// The module keeps it for itself.
    Private(ModuleId, Binding),
    /// The name is one of the compiler's own: a function, a primitive type, a part of the core library.
    Prelude,
    /// Reported, or explained by something reported.
    Poisoned,
}

impl Items {
    /// What a name means in a module; what the compiler knows itself aside.
    pub(crate) fn lookup(&self, module: ModuleId, name: Symbol) -> Option<Definition> {
        self.find(module, name).map(|binding| self.take(binding))
    }

    /// As [`lookup`](Self::lookup), for messages: the name is not used by it.
    pub(crate) fn peek(&self, module: ModuleId, name: Symbol) -> Option<Definition> {
        self.find(module, name).map(|binding| binding.definition)
    }

    /// What the first of several names of a path means.
    pub(crate) fn start(&self, module: ModuleId, name: Symbol) -> Option<Definition> {
        if let Some(binding) = self.find_in_scope(module, name) {
            return Some(self.take(binding));
        }
        match self.tree.top(module, name) {
            Some(top) => Some(Definition::Module(top)),
            None => self.find_in_prelude(module, name).map(|binding| binding.definition),
        }
    }

    fn find(&self, module: ModuleId, name: Symbol) -> Option<&Binding> {
        self.find_in_scope(module, name).or_else(|| self.find_in_prelude(module, name))
    }

    /// The binding of a name that is visible everywhere; names that begin with `__` are so in the core
    /// library alone.
    fn find_in_prelude(&self, module: ModuleId, name: Symbol) -> Option<&Binding> {
        let found = self.scopes[self.prelude()].get(&name);
        found.filter(|binding| !binding.reserved || self.tree.is_library(module))
    }

    /// The binding of a name in the modules around.
    fn find_in_scope(&self, module: ModuleId, name: Symbol) -> Option<&Binding> {
        self.tree.around(module).find_map(|module| self.scopes[module].get(&name))
    }

    fn take(&self, binding: &Binding) -> Definition {
        if let Some(import) = binding.import {
            self.imports[import].used.set(true);
        }
        binding.definition
    }

    /// What a name means in a module, asked by path from another one.
    pub(super) fn step(&self, of: ModuleId, name: Symbol, from: ModuleId) -> Step {
        let found = match self.scopes[of].get(&name) {
            None => Step::Unknown,
            Some(binding) => self.open(binding, of, from),
        };
        if let Step::Found { .. } | Step::Pending(_) = found {
            return found;
        }
        match self.tree.nodes[of].holds.get(&name) {
            Some(&held) if self.tree.enclosing(held).is_none() => {
                Step::Found { definition: Definition::Module(held), public: true }
            }
            _ => found,
        }
    }

    fn open(&self, binding: &Binding, of: ModuleId, from: ModuleId) -> Step {
        let inside = self.tree.is_within(from, of);
        // What the library has for itself is nobody else's business.
        let foreign = self.tree.is_library(of) && !self.tree.is_library(from);
        if foreign && (binding.reserved || !binding.public) {
            return Step::Unknown;
        }
        if !inside && !binding.public {
            return Step::Private(*binding);
        }
        if let Some(import) = binding.import
            && self.imports[import].state == State::Pending
        {
            return Step::Pending(import);
        }
        let definition = self.take(binding);
        match definition {
            Definition::Functions(set) if !inside => match self.function_sets[set].public {
                Some(set) => Step::Found { definition: Definition::Functions(set), public: true },
                None => Step::Private(*binding),
            },
            definition => Step::Found { definition, public: binding.public },
        }
    }

    /// The next name of a path.
    pub(crate) fn member(
        &self,
        of: ModuleId,
        name: Ident,
        from: ModuleId,
    ) -> Result<Definition, Why> {
        if name.name == Symbol::EMPTY {
            return Err(Why::Poisoned);
        }
        match self.step(of, name.name, from) {
            Step::Found { definition, .. } => Ok(definition),
            Step::Private(binding) => Err(Why::Private(of, binding)),
            // Before all imports are resolved nobody asks but they themselves.
            Step::Pending(_) => Err(Why::Poisoned),
            Step::Unknown if self.tree.nodes[of].lost_items => Err(Why::Poisoned),
            Step::Unknown => Err(Why::Unknown(of)),
        }
    }

    /// What a path of several names means.
    pub(crate) fn walk(&self, from: ModuleId, path: &[Ident]) -> Result<Definition, PathFailure> {
        let mut at = 0;
        let fail = |at, why| Err(PathFailure { at, why });
        let name = path[0].name;
        let mut found = match self.start(from, name) {
            Some(definition) => definition,
            None if name == Symbol::EMPTY => return fail(0, Why::Poisoned),
            None if prelude::lookup(name).is_some() => return fail(0, Why::Prelude),
            None => return fail(0, Why::Nothing),
        };
        for &name in &path[1..] {
            at += 1;
            match found {
                Definition::Module(module) => match self.member(module, name, from) {
                    Ok(definition) => found = definition,
                    Err(why) => return fail(at, why),
                },
                Definition::Poisoned => return fail(at, Why::Poisoned),
                other => return fail(at, Why::NotModule(other)),
            }
        }
        Ok(found)
    }

    /// The type of the same name in a module, for which the module stands where a type is expected.
    pub(crate) fn type_of_module(&self, module: ModuleId, from: ModuleId) -> Option<Definition> {
        let name = self.tree.nodes[module].name;
        match self.step(module, name, from) {
            Step::Found {
                definition: definition @ (Definition::Type(_) | Definition::Alias(_)),
                ..
            } => Some(definition),
            _ => None,
        }
    }
}

/// Makes the sets of public functions; they are filled by [`fill_public_sets`], when it is known which
/// functions there are.
pub(super) fn public_sets(items: &mut Items) {
    for id in items.function_sets.ids() {
        let set = &items.function_sets[id];
        let public = set.functions.iter().filter(|&&id| items.functions[id].public).count();
        let view = if public == set.functions.len() {
            Some(id)
        } else if public == 0 {
            None
        } else {
            let view = FunctionSet { functions: Vec::new(), public: None };
            let view = items.function_sets.push(view);
            items.function_sets[view].public = Some(view);
            Some(view)
        };
        items.function_sets[id].public = view;
    }
}

/// Fills the sets of public functions.
pub(super) fn fill_public_sets(items: &mut Items) {
    for id in items.function_sets.ids() {
        let set = &items.function_sets[id];
        if let Some(view) = set.public.filter(|&view| view != id) {
            let functions = set.functions.iter().copied();
            let functions =
                functions.filter(|&function| items.functions[function].public).collect();
            items.function_sets[view].functions = functions;
        }
    }
}

/// What a definition is, for messages.
pub(crate) fn kind(items: &Items, definition: Definition) -> &'static str {
    match definition {
        Definition::Functions(_) => "a function",
        Definition::Type(def) if items.types[def].def.variants.is_some() => "an enum",
        Definition::Type(_) | Definition::Alias(_) => "a type",
        Definition::Const(_) => "a constant",
        Definition::Attribute(_) => "an attribute",
        Definition::Module(module) => match items.tree.nodes[module].origin {
            Origin::Foreign(_) => "a contract of foreign functions",
            Origin::File | Origin::Nested(_) | Origin::Folder => "a module",
        },
        Definition::Poisoned => "an item",
    }
}

/// The path of a module as a program writes it.
pub(crate) fn shown(items: &Items, interner: &Interner, module: ModuleId) -> String {
    if !items.tree.is_lone || items.tree.is_library(module) {
        return items.tree.nodes[module].path.clone();
    }
    // A program of one file has no path that leads to the file itself.
    let mut names: Vec<&str> = items
        .tree
        .around(module)
        .filter(|&module| items.tree.enclosing(module).is_some())
        .map(|module| interner.name(items.tree.nodes[module].name))
        .collect();
    names.reverse();
    names.join(".")
}

/// What failures are explained with.
#[derive(Clone, Copy)]
pub(crate) struct Explain<'a> {
    pub(crate) items: &'a Items,
    pub(crate) interner: &'a Interner,
    /// Where the path stands.
    pub(crate) from: ModuleId,
    /// What was reported so far.
    pub(crate) reported: &'a [Diagnostic],
}

impl<'a> Explain<'a> {
    fn text(&self, name: Ident) -> &'a str {
        self.interner.name(name.name)
    }

    /// The diagnostic for a failure of a path, if it needs one.
    pub(crate) fn failure(&self, path: &[Ident], failure: PathFailure) -> Option<Diagnostic> {
        let name = path[failure.at];
        match failure.why {
            Why::Poisoned => None,
            Why::Nothing => Some(self.no_module(name)),
            Why::Prelude => Some(self.in_prelude(name)),
            Why::NotModule(definition) => {
                Some(self.not_a_module(path[failure.at - 1], definition, name))
            }
            why => self.member(why, name),
        }
    }

    /// The diagnostic for a name that a module lacks or hides, if it needs one.
    pub(crate) fn member(&self, why: Why, name: Ident) -> Option<Diagnostic> {
        match why {
            Why::Unknown(module) => Some(self.unknown(module, name)),
            Why::Private(module, binding) => Some(self.private(module, &binding, name)),
            Why::Nothing | Why::NotModule(_) | Why::Prelude | Why::Poisoned => None,
        }
    }

    /// The name is known everywhere, and no path goes on from it.
    pub(super) fn in_prelude(&self, name: Ident) -> Diagnostic {
        let text = self.text(name);
        match prelude::lookup(name.name) {
            Some(Prelude::Array) => unsupported(name.span, "paths into `Array` are"),
            Some(Prelude::Hash) => unsupported(name.span, "paths into `Hash` are"),
            _ => {
                let message = format!("`{text}` is a part of the language, not a module");
                Diagnostic::new(Code::UnknownImport, name.span, message)
                    .note("it is visible everywhere")
            }
        }
    }

    /// E1105: there is no module of that name.
    pub(super) fn no_module(&self, name: Ident) -> Diagnostic {
        let text = self.text(name);
        let message = format!("there is no module `{text}`");
        let diagnostic = Diagnostic::new(Code::UnknownImport, name.span, message);
        let nested = self.items.tree.around(self.from).flat_map(|module| {
            let scope = self.items.scopes[module].iter();
            scope.filter(|(_, binding)| matches!(binding.definition, Definition::Module(_)))
        });
        let names = nested.map(|(&name, _)| name).chain(self.items.tree.top_names(self.from));
        let names =
            names.map(|name| self.interner.name(name)).chain(prelude::MODULE_NAMES.iter().copied());
        let near = nearest_if_shown(self.reported, text, names);
        if let Some(near) = near {
            return diagnostic.fix(format!("did you mean `{near}`?"), name.span, near);
        }
        let diagnostic = diagnostic.label("no module of this file or at the top of the program");
        if self.items.tree.is_lone {
            diagnostic
                .note("the program is this file alone")
                .help("give `beskid` the folder of the file to compile it with the others")
        } else {
            diagnostic
        }
    }

    /// E1105: a path goes on behind something that holds nothing.
    fn not_a_module(&self, before: Ident, definition: Definition, name: Ident) -> Diagnostic {
        let (outer, text) = (self.text(before), self.text(name));
        let kind = kind(self.items, definition);
        let message = format!("there is no `{text}` in `{outer}`");
        let diagnostic = Diagnostic::new(Code::UnknownImport, name.span, message)
            .also(before.span, format!("`{outer}` is {kind}, not a module"));
        match definition {
            Definition::Type(def) if self.items.types[def].variants.contains_key(&name.name) => {
                diagnostic.help(format!("a variant is written with its enum: `{outer}::{text}`"))
            }
            _ => diagnostic,
        }
    }

    /// E1105: a module has no such name.
    fn unknown(&self, module: ModuleId, name: Ident) -> Diagnostic {
        let text = self.text(name);
        let path = shown(self.items, self.interner, module);
        let message = format!("the module `{path}` has no `{text}`");
        let diagnostic = Diagnostic::new(Code::UnknownImport, name.span, message);
        let inside = self.items.tree.is_within(self.from, module);
        let scope = self.items.scopes[module].iter();
        let own = scope.filter(|(_, binding)| inside || binding.public).map(|(&name, _)| name);
        let held = self.items.tree.nodes[module].holds.iter();
        let held = held.filter(|&(_, &held)| self.items.tree.enclosing(held).is_none());
        let names = own.chain(held.map(|(&name, _)| name)).map(|name| self.interner.name(name));
        match nearest_if_shown(self.reported, text, names) {
            Some(near) => diagnostic.fix(format!("did you mean `{near}`?"), name.span, near),
            None => diagnostic.label("nothing of this name is there"),
        }
    }

    /// E1501.
    fn private(&self, module: ModuleId, binding: &Binding, name: Ident) -> Diagnostic {
        let text = self.text(name);
        let path = shown(self.items, self.interner, module);
        // What is private to a file that is a program alone has no path before it.
        let whose = if path.is_empty() { "its file".to_owned() } else { format!("`{path}`") };
        let at = Span::new(binding.item, binding.item);
        if binding.import.is_some() {
            let message = format!("`{text}` is an import of {whose}, for itself alone");
            return Diagnostic::new(Code::PrivateItem, name.span, message)
                .label("not visible here")
                .also(binding.span, "imported here without `pub`")
                .fix("re-export it", at, "pub ");
        }
        let kind = kind(self.items, binding.definition);
        let message = format!("`{text}` is private to {whose}");
        Diagnostic::new(Code::PrivateItem, name.span, message)
            .label(format!("{kind} that is not visible here"))
            .also(binding.span, "declared here without `pub`")
            .fix("make it visible", at, "pub ")
    }
}

impl Items {
    /// Marks the imports of a module as used by methods that it adds to types of the language.
    pub(crate) fn use_methods(&self, from: ModuleId, of: ModuleId) {
        for import in self.tree.around(from).flat_map(|module| self.imports_of(module)) {
            if import.state == State::Done(Definition::Module(of)) {
                import.used.set(true);
            }
        }
    }

    fn imports_of(&self, module: ModuleId) -> impl Iterator<Item = &Import> {
        let ids = self.imports_of.get(&module).map_or(&[][..], Vec::as_slice);
        ids.iter().map(|&id| &self.imports[id])
    }

    /// Whether the methods that an `impl` of a contract adds are in scope in a module: both belong to it
    /// or are around it, or one of them is imported (language.md §8.7). The import is used by it.
    pub(crate) fn sees_extension(&self, from: ModuleId, of: ModuleId, contract: TypeDefId) -> bool {
        let home = self.types[contract].def.module;
        if [of, home].contains(&self.prelude()) {
            return true;
        }
        self.tree.around(from).any(|module| {
            if module == of || module == home {
                return true;
            }
            let brings = |import: &&Import| match import.state {
                State::Done(Definition::Module(module)) => module == of || module == home,
                State::Done(Definition::Type(def)) => def == contract,
                _ => false,
            };
            let import = self.imports_of(module).find(brings);
            import.inspect(|import| import.used.set(true)).is_some()
        })
    }
}
