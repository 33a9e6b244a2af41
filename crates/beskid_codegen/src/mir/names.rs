//! The names that positions show, as numbers: positions are many, and have few names.

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
}
