//! The names that positions show, each kept once.

use beskid_analysis::index::IndexVec;
use rustc_hash::FxHashMap;

beskid_analysis::define_ids! {
    /// The name of a function or file, as traces show it.
    Name "n";
}

/// All names of a program.
#[derive(Clone, Debug, Default)]
pub struct Names {
    ids: FxHashMap<Box<str>, Name>,
    texts: IndexVec<Name, Box<str>>,
}

impl Names {
    /// The name of a text, the same for equal texts.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(&name) = self.ids.get(text) {
            return name;
        }
        let name = self.texts.push(text.into());
        self.ids.insert(text.into(), name);
        name
    }

    /// The text of a name.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        &self.texts[name]
    }

    /// A table that has nothing of any of the names yet.
    #[must_use]
    pub fn table<T: Copy>(&self) -> ByName<T> {
        ByName(self.texts.iter().map(|_| None).collect())
    }
}

/// What something made of names, as far as it came to them.
#[derive(Clone, Debug)]
pub struct ByName<T>(IndexVec<Name, Option<T>>);

impl<T: Copy> ByName<T> {
    /// What was made of a name.
    #[must_use]
    pub fn get(&self, name: Name) -> Option<T> {
        self.0[name]
    }

    /// What was made of a name, now or earlier.
    pub fn get_or_insert_with(&mut self, name: Name, make: impl FnOnce() -> T) -> T {
        *self.0[name].get_or_insert_with(make)
    }
}
