//! Interned identifiers: a name is a `u32`, compared and hashed as one.
//!
//! *Invariants.* The names that the language itself knows have fixed symbols ([`Symbol::MAIN`] and its
//! kin), asserted when a table is made, so that they are told apart without text. Whether a text has one
//! of those is told by [`Interner::is_used`] all the same.

use rustc_hash::FxHashMap;

crate::define_ids! {
    /// An interned name.
    Symbol "sym";
}

macro_rules! known_names {
    ($($constant:ident = $index:literal $name:literal;)*) => {
        impl Symbol {
            $(#[doc = concat!("`", $name, "`")]
            pub const $constant: Self = Self($index);)*
        }

        const KNOWN: &[&str] = &[$($name,)*];

        impl Interner {
            /// A table that holds the known names.
            ///
            /// # Panics
            /// If their symbols are not dense: a fault of this table.
            #[must_use]
            pub fn new() -> Self {
                let mut interner =
                    Self { ids: FxHashMap::default(), names: crate::index::IndexVec::new(), used: 0 };
                for name in KNOWN {
                    interner.intern(name);
                }
                interner.used = 0;
                $(assert_eq!(interner.get($name), Some(Symbol::$constant));)*
                interner
            }
        }
    };
}

known_names! {
    UNIT = 0 "unit";
    BOOL = 1 "bool";
    CHAR = 2 "char";
    STRING = 3 "string";
    PTR = 4 "ptr";
    I8 = 5 "i8";
    I16 = 6 "i16";
    I32 = 7 "i32";
    I64 = 8 "i64";
    U8 = 9 "u8";
    U16 = 10 "u16";
    U32 = 11 "u32";
    U64 = 12 "u64";
    F32 = 13 "f32";
    F64 = 14 "f64";
    EMPTY = 15 "";
    UNDERSCORE = 16 "_";
    THIS = 17 "this";
    MAIN = 18 "main";
    PRINT = 19 "print";
    PRINTLN = 20 "println";
    PANIC = 21 "panic";
    ASSERT = 22 "assert";
    CAST = 23 "cast";
    RANGE = 24 "range";
    OPTION = 25 "Option";
    RESULT = 26 "Result";
    ARRAY = 27 "Array";
    FLOAT_MODULE = 28 "Float";
    HASH = 29 "Hash";
    FILLED = 30 "Filled";
    GENERATE = 31 "Generate";
    LEN = 32 "Len";
    TO_STRING = 33 "ToString";
    NEXT = 34 "Next";
    ITERATE = 35 "Iterate";
    SOME = 36 "Some";
    NONE = 37 "None";
    OK = 38 "Ok";
    ERROR = 39 "Error";
    SELF_TYPE = 40 "Self";
    NUMBER = 41 "Number";
    INTEGER = 42 "Integer";
    COMPARABLE = 43 "Comparable";
    COMPARE_TO = 44 "CompareTo";
    GENERATE_FUNCTION = 45 "__generate";
    ITERATOR = 46 "Iterator";
    ITERABLE = 47 "Iterable";
    ITERATOR_OF = 48 "IteratorOf";
    ARRAY_ITERATOR = 49 "__ArrayIterator";
    STRING_ITERATOR = 50 "__StringIterator";
    ITERATE_ARRAY = 51 "__iterate_array";
    ITERATE_STRING = 52 "__iterate_string";
    DECODE = 53 "__decode";
    OF = 54 "Of";
    INTRINSIC = 55 "__intrinsic";
    EQUALS = 56 "__Equals";
    HASH_METHOD = 57 "__Hash";
    NEVER = 58 "__never";
}

/// The table of names of one analysis.
#[derive(Debug)]
pub struct Interner {
    ids: FxHashMap<Box<str>, Symbol>,
    names: crate::index::IndexVec<Symbol, Box<str>>,
    /// Which of the known names were asked for, one bit each.
    used: u128,
}

const _: () = assert!(KNOWN.len() <= u128::BITS as usize);

impl Default for Interner {
    fn default() -> Self {
        Self::new()
    }
}

impl Interner {
    /// The symbol of a name.
    pub fn intern(&mut self, name: &str) -> Symbol {
        if let Some(&symbol) = self.ids.get(name) {
            self.used |= 1_u128.checked_shl(symbol.0).unwrap_or(0);
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

    /// Whether a name was interned since the table was made.
    #[must_use]
    pub fn is_used(&self, name: &str) -> bool {
        self.get(name).is_some_and(|symbol| {
            symbol.0 as usize >= KNOWN.len() || self.used & (1 << symbol.0) != 0
        })
    }

    /// The name of a symbol.
    #[must_use]
    pub fn name(&self, symbol: Symbol) -> &str {
        &self.names[symbol]
    }

    /// Number of names: every symbol below is valid.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no name: never.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
