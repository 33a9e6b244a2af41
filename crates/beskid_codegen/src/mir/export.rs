//! What a library gives to others (execution.md §6.2).
//!
//! ```text
//! types that pass to C   ── by its mangled name and its name in C ──► export shim ──► function
//! other types            ── by its mangled name ────────────────────────────────────► function
//! ```
//!
//! *Invariants.* A function without [`CSignature`] has the internal convention: what calls it must be
//! compiled code that runs already.

use super::FuncId;

/// A function that others may call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Export {
    /// Its source name.
    pub source: Box<str>,
    /// Its mangled symbol (execution.md §5).
    pub symbol: Box<str>,
    /// Its name in C, if the program gives it one.
    pub name: Option<Box<str>>,
    /// What is behind these: an export shim, or the function itself.
    pub function: FuncId,
    /// How C calls it, if it can.
    pub signature: Option<CSignature>,
}

impl Export {
    /// The symbols by which others call it.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        [Some(&self.symbol), self.name.as_ref()].into_iter().flatten().map(|symbol| &**symbol)
    }
}

/// A function as C declares it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CSignature {
    /// Names, which C and C++ can have, and types of the parameters.
    pub parameters: Box<[(Box<str>, CType)]>,
    /// Type of the result.
    pub result: CType,
}

/// How a value passes between C and a library.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CType {
    /// `void`: nothing.
    Unit,
    /// `bool`.
    Bool,
    /// A number.
    Number(Number),
    /// `void *`.
    Address,
    /// A string: `const char *`, which ends with a NUL.
    Text,
    /// An array: the address of the first number, and their count.
    Numbers(Number),
}

/// A number of C.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Number {
    /// `int8_t` to `int64_t`.
    Signed(u32),
    /// `uint8_t` to `uint64_t`.
    Unsigned(u32),
    /// `float` or `double`.
    Float(u32),
}
