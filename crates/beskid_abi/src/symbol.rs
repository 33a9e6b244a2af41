//! Names of symbols: those of the runtime and those of compiled items.
//!
//! A compiled item is `pn::<module path>::<item>$<kind>(<parameter types>,<result type>)`
//! (execution.md §5): injective, because the signature is always part of it and none of its
//! delimiters can occur in a name; never with an `@`, which linkers read as a symbol version.

use alloc::string::String;

/// Prefix of every symbol of a compiled item.
pub const ITEM_PREFIX: &str = "pn::";
/// Prefix of every function and data symbol of the runtime.
pub const RUNTIME_PREFIX: &str = "beskid_rt_";
/// [`PROGRAM`] as a literal, for attributes.
#[macro_export]
macro_rules! program_symbol {
    () => {
        "beskid_program"
    };
}
/// The program's record ([`crate::program::Program`]).
pub const PROGRAM: &str = program_symbol!();
/// [`STRING_DESCRIPTOR`] as a literal, for attributes.
#[macro_export]
macro_rules! string_descriptor_symbol {
    () => {
        "beskid_rt_string_descriptor"
    };
}
/// The descriptor of strings, defined by the runtime.
pub const STRING_DESCRIPTOR: &str = string_descriptor_symbol!();
/// The entry of a static executable, defined by the standalone runtime.
pub const START_STATIC: &str = "beskid_start_static";
/// The entry of an executable that the system's C library starts, defined by the standalone runtime.
pub const START_DYNAMIC: &str = "beskid_start_dynamic";
/// The unit's code map ([`crate::code_map`]).
pub const CODE_MAP: &str = "beskid_code_map";
/// The record of a library ([`crate::library::Library`]).
pub const LIBRARY: &str = "beskid_library";
/// The entry shim of a program.
pub const ENTRY_SHIM: &str = "beskid_entry";

/// What kind of item a symbol names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ItemKind {
    /// A function of a module.
    Function,
    /// A method; its item is `Type::name`, its first parameter `self`.
    Method,
    /// A lambda.
    Lambda,
    /// A test item.
    Test,
    /// Code the compiler made: equality, text, adapters.
    Thunk,
    /// A constant.
    Const,
}

impl ItemKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Function, Self::Method, Self::Lambda, Self::Test, Self::Thunk, Self::Const];

    /// The word in the symbol.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Lambda => "lambda",
            Self::Test => "test",
            Self::Thunk => "thunk",
            Self::Const => "const",
        }
    }
}

/// The symbol of an item: `module` is the dotted module path (may be empty for a lone file's root),
/// `item` the item's own path, `signature` the mangled parameter types followed by the result type.
#[must_use]
pub fn mangle(module: &str, item: &str, kind: ItemKind, signature: &[&str]) -> String {
    let mut symbol = String::from(ITEM_PREFIX);
    symbol.push_str(module);
    symbol.push_str("::");
    symbol.push_str(item);
    symbol.push('$');
    symbol.push_str(kind.word());
    symbol.push('(');
    for (index, part) in signature.iter().enumerate() {
        if index > 0 {
            symbol.push(',');
        }
        symbol.push_str(part);
    }
    symbol.push(')');
    symbol
}
