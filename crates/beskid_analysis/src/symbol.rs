//! Interned identifiers: a name is a `u32`, compared and hashed as one.

use rustc_hash::FxHashMap;

crate::define_ids! {
    /// An interned name.
    Symbol "sym";
}

/// The table of names of one analysis.
#[derive(Debug, Default)]
pub struct Interner {
    ids: FxHashMap<Box<str>, Symbol>,
    names: crate::index::IndexVec<Symbol, Box<str>>,
}

impl Interner {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The symbol of a name.
    pub fn intern(&mut self, name: &str) -> Symbol {
        if let Some(&symbol) = self.ids.get(name) {
            return symbol;
        }
        let symbol = self.names.push(name.into());
        self.ids.insert(name.into(), symbol);
        symbol
    }

    /// The symbol of a name that was interned before.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Symbol> {
        self.ids.get(name).copied()
    }

    /// The name of a symbol.
    #[must_use]
    pub fn name(&self, symbol: Symbol) -> &str {
        &self.names[symbol]
    }
}
