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
    ASSERT_MODULE = 28 "Assert";
    BOOL_MODULE = 29 "Bool";
    CHAR_MODULE = 30 "Char";
    COLLECTIONS = 31 "Collections";
    CORE = 32 "Core";
    ENCODING = 33 "Encoding";
    FLOAT_MODULE = 34 "Float";
    HASH = 35 "Hash";
    INT_MODULE = 36 "Int";
    MATH = 37 "Math";
    PROCESS = 38 "Process";
    QUERY = 39 "Query";
    SYSTEM = 40 "System";
    TESTING = 41 "Testing";
    TEXT = 42 "Text";
    FILLED = 43 "Filled";
    GENERATE = 44 "Generate";
    LEN = 45 "Len";
    TO_STRING = 46 "ToString";
    NEXT = 47 "Next";
    ITERATE = 48 "Iterate";
    SOME = 49 "Some";
    NONE = 50 "None";
    OK = 51 "Ok";
    ERROR = 52 "Error";
    SELF_TYPE = 53 "Self";
    NUMBER = 54 "Number";
    INTEGER = 55 "Integer";
    COMPARABLE = 56 "Comparable";
    COMPARE_TO = 57 "CompareTo";
    GENERATE_FUNCTION = 58 "__generate";
    ITERATOR = 59 "Iterator";
    ITERABLE = 60 "Iterable";
    ITERATOR_OF = 61 "IteratorOf";
    ARRAY_ITERATOR = 62 "__ArrayIterator";
    STRING_ITERATOR = 63 "__StringIterator";
    ITERATE_ARRAY = 64 "__iterate_array";
    ITERATE_STRING = 65 "__iterate_string";
    DECODE = 66 "__decode";
    OF = 67 "Of";
    INTRINSIC = 68 "__intrinsic";
    EQUALS = 69 "__Equals";
    HASH_METHOD = 70 "__Hash";
    NEVER = 71 "__never";
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
