//! The locals of a body: what a name means where, and how it was declared.
//!
//! The current meaning of a name is one look-up in a table indexed by its symbol; leaving a scope
//! undoes the changes made in it.
//!
//! *Invariants.* Outside of bodies the table is empty.

use crate::hir::LocalId;
use crate::index::{Id, IndexVec};
use crate::symbol::Symbol;

/// How a local came about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// `let x`, `T x`
    Immutable,
    /// `let mut x`, `T mut x`, a parameter with `mut`
    Mutable,
    /// A parameter without `mut`.
    Parameter,
    /// A parameter with `ref`.
    Ref,
    /// A parameter with `out`.
    Out,
    /// A name in a pattern.
    Pattern,
    /// The variable of a `for`.
    Loop,
    /// The receiver.
    This,
}

#[derive(Clone, Copy, Debug)]
struct Declared {
    origin: Origin,
    /// Position in the log.
    at: u32,
    /// Whether it was reported that it cannot be assigned.
    assigned: bool,
}

/// The names of locals.
#[derive(Debug, Default)]
pub(super) struct LocalScopes {
    /// By symbol: one more than the local, or zero.
    current: Vec<u32>,
    /// Names that were declared, with what they meant before.
    log: Vec<(Symbol, u32)>,
    /// Where in the log each open scope begins.
    scopes: Vec<u32>,
    declared: IndexVec<LocalId, Declared>,
    /// Names whose scope was left, with the local that they meant there.
    ended: Vec<(Symbol, u32)>,
}

/// A declaration that another one of the name precedes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Clash {
    /// In the same scope.
    Duplicate(LocalId),
    /// In an outer one.
    Shadows(LocalId),
}

impl LocalScopes {
    /// A table for that many names.
    pub(super) fn new(names: usize) -> Self {
        Self { current: vec![0; names], ..Self::default() }
    }

    /// Forgets the locals of a body.
    pub(super) fn reset(&mut self) {
        while !self.scopes.is_empty() {
            let _ = self.leave();
        }
        self.declared.truncate(0);
        self.ended.clear();
    }

    pub(super) fn enter(&mut self) {
        self.scopes.push(self.log.len() as u32);
    }

    /// Ends the innermost scope, and gives the locals that were declared in it.
    pub(super) fn leave(&mut self) -> impl Iterator<Item = LocalId> + '_ {
        let start = self.scopes.pop().unwrap_or(0) as usize;
        let first = self.ended.len();
        for (name, before) in self.log.drain(start..).rev() {
            self.ended.push((name, self.current[name.index()]));
            self.current[name.index()] = before;
        }
        let ended = self.ended[first..].iter();
        ended.filter_map(|&(_, local)| Some(LocalId::from_index(local.checked_sub(1)? as usize)))
    }

    /// The local of a name.
    pub(super) fn lookup(&self, name: Symbol) -> Option<LocalId> {
        let local = self.current[name.index()].checked_sub(1)?;
        Some(LocalId::from_index(local as usize))
    }

    /// Lists a local without giving it a name.
    pub(super) fn add(&mut self, origin: Origin) {
        self.declared.push(Declared { origin, at: u32::MAX, assigned: false });
    }

    /// Gives a name to a local, which was added last.
    pub(super) fn declare(&mut self, name: Symbol, local: LocalId) -> Option<Clash> {
        let scope = self.scopes.last().copied().unwrap_or(0);
        let clash = self.lookup(name).map(|before| {
            let same = self.declared[before].at >= scope;
            if same { Clash::Duplicate(before) } else { Clash::Shadows(before) }
        });
        self.declared[local].at = self.log.len() as u32;
        self.log.push((name, self.current[name.index()]));
        self.current[name.index()] = local.index() as u32 + 1;
        clash
    }

    /// The last local of a name whose scope was left.
    pub(super) fn ended(&self, name: Symbol) -> Option<LocalId> {
        let &(_, local) = self.ended.iter().rev().find(|&&(ended, _)| ended == name)?;
        Some(LocalId::from_index(local.checked_sub(1)? as usize))
    }

    /// Notes that an assignment to a local was reported; whether it is the first one.
    pub(super) fn note_assigned(&mut self, local: LocalId) -> bool {
        !std::mem::replace(&mut self.declared[local].assigned, true)
    }

    /// How a local was declared.
    pub(super) fn origin(&self, local: LocalId) -> Origin {
        self.declared[local].origin
    }

    /// All names that mean a local, innermost first.
    pub(super) fn names(&self) -> impl Iterator<Item = Symbol> + '_ {
        self.log.iter().rev().map(|&(name, _)| name)
    }
}
