//! Which bodies are wanted, who asked for them, and where that would never end.
//!
//! ```text
//! Entry ── main ── Sum<i32> ── Sum<i32[]> ── …        each body asks for others while it is built
//! ```
//!
//! Type arguments that grow from instance to instance end in an error with the chain (language.md §9.1).
//! For functions the limit is [`MAX_NESTING`]. The bodies that the compiler makes for a type follow its
//! structure, which a program may write as deep as it likes; there the limit counts from the type that
//! the program asks for.
//!
//! *Invariants.* Ids follow the order in which bodies are asked for. Bodies are built in that order as
//! well, but for those whose types have begun to nest: these are built depth first, so that a function
//! which asks for two deeper instances of itself reaches the limit before it has made two to the power
//! of it.

use std::collections::VecDeque;

use beskid_analysis::hir::{Analysis, FunctionId, LambdaId, Subscription};
use beskid_analysis::index::IndexVec;
use beskid_analysis::source::Span;
use beskid_analysis::types::{Ty, TyList, TyStore};
use rustc_hash::FxHashMap;

use super::name;
use crate::error::CodegenError;
use crate::mir::{FuncId, Names, Origin, SourcePos};

/// Type arguments nest at most this deep.
const MAX_NESTING: usize = 64;
/// From this depth on instances are built depth first.
const DEPTH_FIRST: usize = 8;
/// Instances that a message shows at the start of a chain; the last one follows.
const SHOWN: usize = 4;
/// Characters of a name in a chain.
const SHOWN_CHARS: usize = 48;

/// A body that something asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Instance {
    /// The shim that calls `main`.
    Entry(FunctionId),
    /// Calls a `main` that returns a `Result`, and makes an exit status of it.
    Main(FunctionId),
    /// The shim of a program of tests.
    TestEntry,
    /// Runs the test that the program's argument names.
    Tests,
    /// The shim by which C calls a function of the program.
    Export(FunctionId),
    /// A function of the program, with the arguments of its type parameters.
    Function(FunctionId, TyList),
    /// A lambda of such a function.
    Lambda(FunctionId, TyList, LambdaId),
    /// What a closure calls that stands for such a function.
    FunctionValue(FunctionId, TyList),
    /// What a closure calls that holds the receiver of such a method.
    BoundMethod(FunctionId, TyList),
    /// Such a method of an enum for a receiver behind a contract value.
    MethodBehind(FunctionId, TyList),
    /// Does something with an event of a type, by index.
    Event(Ty, usize, Action),
    /// Structural equality of two values of a type behind contract values. Its address tells types
    /// behind contract values apart.
    EqualBehind(Ty),
    /// The iterator of a value of a type behind one of the contract `Iterable<T>`.
    IterateBehind(Ty, Ty),
    /// Appends the text of a value behind a contract value, with the depth it stands at.
    TextBehind(Ty),
    /// Structural equality of two values of a type.
    Equal(Ty),
    /// Mixes a value of a type into a hash.
    Hash(Ty),
    /// Mixes a value of a type behind a contract value into a hash.
    HashBehind(Ty),
    /// Appends the text of a value, with the depth it stands at.
    Text(Ty),
}

/// What is done with an event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Action {
    /// A handler comes or goes.
    Change(Subscription),
    /// The handlers are called.
    Raise,
}

/// Who asked for a body, and where.
#[derive(Clone, Copy, Debug)]
struct Request {
    instance: Instance,
    /// `None` for the entry.
    by: Option<FuncId>,
    at: SourcePos,
    /// The depth from which the nesting of the body's types counts.
    base: usize,
}

/// The bodies of a program.
#[derive(Debug, Default)]
pub(super) struct Instances {
    ids: FxHashMap<Instance, FuncId>,
    requests: IndexVec<FuncId, Request>,
    pending: VecDeque<FuncId>,
    /// Those to be built first, the last one foremost.
    deep: Vec<FuncId>,
    /// The body that is being built.
    current: Option<FuncId>,
    /// The first one that is too deep.
    endless: Option<Request>,
}

impl Instances {
    /// The id of a body, which will be built; `at` is where it is asked for.
    pub(super) fn ask(&mut self, types: &TyStore, instance: Instance, at: SourcePos) -> FuncId {
        if let Some(&id) = self.ids.get(&instance) {
            return id;
        }
        let base = match (instance, self.current.map(|id| self.requests[id])) {
            (Instance::Equal(_) | Instance::Text(_) | Instance::Hash(_), Some(by))
                if by.instance.is_of_type() =>
            {
                by.base
            }
            (Instance::Equal(ty) | Instance::Text(ty) | Instance::Hash(ty), _) => types.depth(ty),
            _ => 0,
        };
        let request = Request { instance, by: self.current, at, base };
        let asked = instance.types(types);
        let depth = asked.iter().map(|&ty| types.depth(ty)).max().unwrap_or(0);
        let nesting = depth.saturating_sub(base);
        if nesting > MAX_NESTING && self.endless.is_none() {
            self.endless = Some(request);
        }
        let id = self.requests.push(request);
        self.ids.insert(instance, id);
        if nesting > DEPTH_FIRST {
            self.deep.push(id);
        } else {
            self.pending.push_back(id);
        }
        id
    }

    /// The body to be built next, on whose behalf all others are asked for from now on.
    pub(super) fn next(&mut self) -> Option<(FuncId, Instance)> {
        let id = self.deep.pop().or_else(|| self.pending.pop_front())?;
        self.current = Some(id);
        Some((id, self.requests[id].instance))
    }

    /// What the program did wrong, if there is no end to its instances.
    pub(super) fn endless(
        &self,
        analysis: &Analysis,
        types: &TyStore,
        (origins, names): (&[Origin], &Names),
    ) -> Option<CodegenError> {
        let last = self.endless?;
        let chain = self.chain(last);
        let (name, span) = chain
            .iter()
            .find_map(|request| blamed(analysis, types, request.instance))
            .unwrap_or_else(|| ("main".to_owned(), Span::NOWHERE));
        let place =
            chain.iter().find_map(|request| origins.get(request.at.0 as usize)).map(|origin| {
                let file = names.text(origin.file);
                format!("{file}:{}:{}", origin.line, origin.column)
            });
        let names: Vec<String> = chain
            .iter()
            .rev()
            .filter(|request| !request.instance.is_start())
            .map(|request| shown(analysis, types, request.instance))
            .collect();
        Some(CodegenError::EndlessInstantiation {
            name: name.into(),
            span,
            place: place.map(Into::into),
            chain: shortened(&names).into(),
        })
    }

    /// A request and those that it is due to, up to the entry.
    fn chain(&self, last: Request) -> Vec<Request> {
        let mut chain = vec![last];
        let mut next = last.by;
        while let Some(id) = next {
            chain.push(self.requests[id]);
            next = self.requests[id].by;
        }
        chain
    }
}

impl Instance {
    /// Whether the compiler makes the body for a type.
    fn is_of_type(self) -> bool {
        matches!(self, Self::Equal(_) | Self::Text(_) | Self::Hash(_))
    }

    /// Whether it belongs to the start of the program.
    fn is_start(self) -> bool {
        matches!(
            self,
            Self::Entry(_) | Self::Main(_) | Self::TestEntry | Self::Tests | Self::Export(_)
        )
    }

    /// The types that tell it from others of its kind.
    fn types(self, types: &TyStore) -> Vec<Ty> {
        match self {
            Self::Entry(_) | Self::Main(_) | Self::TestEntry | Self::Tests | Self::Export(_) => {
                Vec::new()
            }
            Self::Function(_, arguments)
            | Self::Lambda(_, arguments, _)
            | Self::FunctionValue(_, arguments)
            | Self::BoundMethod(_, arguments)
            | Self::MethodBehind(_, arguments) => types.types(arguments).to_vec(),
            Self::Equal(ty)
            | Self::Hash(ty)
            | Self::HashBehind(ty)
            | Self::Text(ty)
            | Self::EqualBehind(ty)
            | Self::TextBehind(ty)
            | Self::IterateBehind(ty, _)
            | Self::Event(ty, ..) => vec![ty],
        }
    }
}

/// What the programmer declared that an instance is made of: its name and place.
fn blamed(analysis: &Analysis, types: &TyStore, instance: Instance) -> Option<(String, Span)> {
    match instance {
        Instance::Entry(_)
        | Instance::Main(_)
        | Instance::TestEntry
        | Instance::Tests
        | Instance::Export(_) => None,
        Instance::Function(function, _)
        | Instance::Lambda(function, ..)
        | Instance::FunctionValue(function, _)
        | Instance::BoundMethod(function, _)
        | Instance::MethodBehind(function, _) => {
            let item = &analysis.functions[function];
            let is_generic = !item.type_parameters.is_empty();
            is_generic.then(|| (name::of_function(analysis, function), item.span))
        }
        Instance::Equal(ty)
        | Instance::Hash(ty)
        | Instance::HashBehind(ty)
        | Instance::Text(ty)
        | Instance::EqualBehind(ty)
        | Instance::TextBehind(ty)
        | Instance::IterateBehind(ty, _)
        | Instance::Event(ty, ..) => {
            let (def, _) = types.as_declared(ty)?;
            let item = &analysis.type_defs[def];
            let is_own = !analysis.is_library(item.module);
            (is_own && !item.type_parameters.is_empty())
                .then(|| (analysis.interner.name(item.name).to_owned(), item.span))
        }
    }
}

/// An instance as a chain names it.
fn shown(analysis: &Analysis, types: &TyStore, instance: Instance) -> String {
    let text = match instance {
        Instance::Entry(function) | Instance::Main(function) | Instance::Export(function) => {
            name::of_function(analysis, function)
        }
        Instance::TestEntry | Instance::Tests => "the tests".to_owned(),
        Instance::Function(function, arguments)
        | Instance::Lambda(function, arguments, _)
        | Instance::FunctionValue(function, arguments)
        | Instance::BoundMethod(function, arguments)
        | Instance::MethodBehind(function, arguments) => {
            let name = match instance {
                Instance::Lambda(..) => name::of_lambda(analysis, function),
                _ => name::of_function(analysis, function),
            };
            match types.types(arguments) {
                [] => name,
                arguments => {
                    let arguments: Vec<String> =
                        arguments.iter().map(|&ty| types.display(ty, analysis)).collect();
                    format!("{name}<{}>", arguments.join(", "))
                }
            }
        }
        Instance::Equal(ty) | Instance::EqualBehind(ty) => {
            format!("equality of {}", types.display(ty, analysis))
        }
        Instance::Hash(ty) | Instance::HashBehind(ty) => {
            format!("hash of {}", types.display(ty, analysis))
        }
        Instance::IterateBehind(ty, _) => format!("iterator of {}", types.display(ty, analysis)),
        Instance::Event(ty, ..) => format!("an event of {}", types.display(ty, analysis)),
        Instance::Text(ty) | Instance::TextBehind(ty) => {
            format!("text of {}", types.display(ty, analysis))
        }
    };
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}

/// A chain of names, without most of its middle.
fn shortened(names: &[String]) -> String {
    match names {
        [first @ .., last] if first.len() > SHOWN + 1 => {
            let hidden = first.len() - SHOWN;
            format!("{}, {hidden} more, {last}", first[..SHOWN].join(", "))
        }
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_loses_its_middle() {
        let names = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!(shortened(&names(6)), "0, 1, 2, 3, 4, 5");
        assert_eq!(shortened(&names(7)), "0, 1, 2, 3, 2 more, 6");
    }
}
