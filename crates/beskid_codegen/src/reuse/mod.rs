//! Functions that an earlier build has compiled already.
//!
//! ```text
//! MIR ──► form ──► key ──► in the pack of the earlier build? ──yes──► piece ──► symbols and
//!  │                                   │                                ▲         positions of
//!  └──────lower──► CLIF ──► Cranelift ◄┴─no                             │         this build
//!                               └───────────────────────────────────────┘
//! ```
//!
//! What is made of a function depends on its [`form`], the instruction set and the compiler alone. A form
//! names symbols and positions by numbers of its own, so a function whose text has moved, or whose callees have got
//! other ids, is the same function. Keys are digests of the form, Cranelift's settings, and how symbols are
//! reached. The compiler is for whoever keeps packs to tell apart.
//!
//! *Invariants.* A piece that was found is what compiling would have given, so the output has the same bytes
//! with and without: debug builds of the compiler compile it all the same, and compare. What cannot be read is
//! compiled. Nothing here reads or writes files.

pub(crate) mod form;
mod pack;
pub(crate) mod piece;
#[cfg(test)]
mod tests;

use std::hash::{Hash, Hasher};

use cranelift_codegen::isa::TargetIsa;

pub use pack::Pack;

use crate::artifact::CodegenArtifact;
use crate::isa::Imports;
use form::Form;

/// From this many functions on they are worth a file.
const WORTH_FROM: usize = 100;

/// Bytes of a key.
const KEY: usize = 16;

/// What a function is compiled from.
pub(crate) type Key = [u8; KEY];

/// The functions of an earlier build, and what this one leaves for the next.
#[derive(Debug)]
pub struct Reuse {
    earlier: Pack,
    next: Vec<u8>,
    reused: usize,
    compiled: usize,
}

impl Reuse {
    /// Takes what is in a pack.
    #[must_use]
    pub fn new(earlier: Pack) -> Self {
        Self { earlier, next: Vec::new(), reused: 0, compiled: 0 }
    }

    /// Whether a program is so large that its functions are worth keeping.
    #[must_use]
    pub fn is_worth(artifact: &CodegenArtifact) -> bool {
        artifact.program().functions.len() >= WORTH_FROM
    }

    /// How many functions were taken, and how many there are.
    #[must_use]
    pub fn reused(&self) -> (usize, usize) {
        (self.reused, self.reused + self.compiled)
    }

    /// The pack for the next build, if it is another one than that of the earlier build.
    #[must_use]
    pub fn into_next(self) -> Option<Vec<u8>> {
        (!self.next.is_empty()).then_some(self.next)
    }

    /// The functions of the earlier build.
    pub(crate) fn earlier(&self) -> &Pack {
        &self.earlier
    }

    /// Notes how the functions of a build came about, in their order.
    pub(crate) fn note(&mut self, origins: &[Provenance]) {
        let made = origins.iter().filter(|origin| origin.encoded.is_some()).count();
        self.compiled = made;
        self.reused = origins.len() - made;
        if made > 0 {
            self.next = pack::encode(origins, &self.earlier);
        }
    }
}

/// How a function of a build came about.
pub(crate) struct Provenance {
    pub(crate) key: Key,
    /// The piece, if it was made now.
    pub(crate) encoded: Option<Vec<u8>>,
}

/// Keys for one instruction set.
pub(crate) struct Keys {
    settings: [u8; blake3::OUT_LEN],
}

impl Keys {
    pub(crate) fn new(isa: &dyn TargetIsa, imports: Imports) -> Self {
        let mut bytes = Bytes::default();
        imports.hash(&mut bytes);
        isa.name().hash(&mut bytes);
        isa.triple().hash(&mut bytes);
        isa.flags().hash(&mut bytes);
        isa.isa_flags_hash_key().hash(&mut bytes);
        Self { settings: *blake3::hash(&bytes.0).as_bytes() }
    }

    /// The key of a function.
    pub(crate) fn of(&self, form: &Form) -> Key {
        let digest = blake3::keyed_hash(&self.settings, form.bytes());
        let mut key = [0; KEY];
        key.copy_from_slice(&digest.as_bytes()[..KEY]);
        key
    }
}

/// Everything that a value tells a hasher.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("the bytes are hashed, once they are complete")
    }
}
