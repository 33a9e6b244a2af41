//! What code is made for.
//!
//! *Invariants.* A target stands for every machine of its kind: code for it never uses what only the
//! building machine has, so outputs do not depend on where they are made.

use std::fmt;
use std::sync::Arc;

use beskid_codegen::isa::{Imports, IsaConfig, OptLevel};
use cranelift_codegen::isa::TargetIsa;
use object::Object;
use target_lexicon::{Architecture, BinaryFormat, OperatingSystem, Triple};

use crate::AotError;

/// What objects are made for (execution.md §6.3). C libraries are told apart, because triples do, but
/// nothing depends on them.
pub const SUPPORTED: [&str; 9] = [
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "riscv64gc-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-pc-windows-gnu",
];

/// A machine and its system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    triple: Triple,
}

impl Target {
    /// Machines like the one that the compiler runs on.
    #[must_use]
    pub fn host() -> Self {
        Self { triple: Triple::host() }
    }

    /// The target of a triple such as `aarch64-unknown-linux-gnu`.
    ///
    /// # Errors
    /// It is no triple, or not one of a machine and system that [`SUPPORTED`] has.
    pub fn parse(text: &str) -> Result<Self, AotError> {
        let triple: Triple =
            text.parse().map_err(|_| unsupported(text, "it is no target triple"))?;
        let is_like = |known: &Triple| {
            known.architecture == triple.architecture
                && known.operating_system == triple.operating_system
                && known.binary_format == triple.binary_format
        };
        match supported().any(|known| is_like(&known)) {
            true => Ok(Self { triple }),
            false => Err(unsupported(text, "it is not among the supported targets")),
        }
    }

    /// Whether an object holds code for it.
    pub(crate) fn is_of(&self, object: &object::File<'_>) -> bool {
        let architecture = match self.triple.architecture {
            Architecture::X86_64 => object::Architecture::X86_64,
            Architecture::Aarch64(_) => object::Architecture::Aarch64,
            Architecture::Riscv64(_) => object::Architecture::Riscv64,
            _ => return false,
        };
        let format = match self.triple.binary_format {
            BinaryFormat::Elf => object::BinaryFormat::Elf,
            BinaryFormat::Macho => object::BinaryFormat::MachO,
            BinaryFormat::Coff => object::BinaryFormat::Coff,
            _ => return false,
        };
        object.architecture() == architecture && object.format() == format
    }

    /// How machine code for the target is made; calls to the runtime are for a linker to resolve.
    ///
    /// # Errors
    /// Cranelift makes no code for the target.
    pub fn isa(&self, opt: OptLevel) -> Result<Arc<dyn TargetIsa>, AotError> {
        let config = IsaConfig { triple: Some(self.triple.clone()), opt, imports: Imports::Linked };
        config.build().map_err(|error| unsupported(&self.to_string(), &error.0))
    }

    /// The usual ending of object files.
    #[must_use]
    pub fn object_extension(&self) -> &'static str {
        match self.triple.binary_format {
            BinaryFormat::Coff => "obj",
            _ => "o",
        }
    }

    /// The usual ending of executables, with its dot.
    #[must_use]
    pub fn executable_suffix(&self) -> &'static str {
        match self.triple.operating_system {
            OperatingSystem::Windows => ".exe",
            _ => "",
        }
    }

    pub(crate) fn is_elf(&self) -> bool {
        self.triple.binary_format == BinaryFormat::Elf
    }

    /// What linkers call the format of executables, if there can be any.
    pub(crate) fn emulation(&self) -> Option<&'static str> {
        if self.triple.operating_system != OperatingSystem::Linux {
            return None;
        }
        match self.triple.architecture {
            Architecture::X86_64 => Some("elf_x86_64"),
            Architecture::Aarch64(_) => Some("aarch64linux"),
            Architecture::Riscv64(_) => Some("elf64lriscv"),
            _ => None,
        }
    }

    /// Whether a runtime built for `triple` serves this target: executables use no C library, so
    /// whose it is does not matter.
    #[must_use]
    pub fn is_served_by(&self, triple: &str) -> bool {
        triple.parse::<Triple>().is_ok_and(|other| {
            other.architecture == self.triple.architecture
                && other.operating_system == self.triple.operating_system
        })
    }
}

/// The triples of [`SUPPORTED`].
fn supported() -> impl Iterator<Item = Triple> {
    SUPPORTED.iter().filter_map(|text| text.parse().ok())
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.triple.fmt(f)
    }
}

fn unsupported(triple: &str, reason: &str) -> AotError {
    AotError::UnsupportedTarget { triple: triple.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triples_are_understood() {
        let linux = Target::parse("x86_64-unknown-linux-gnu").unwrap();
        assert_eq!(linux.emulation(), Some("elf_x86_64"));
        assert!(linux.is_served_by("x86_64-unknown-linux-musl"));
        assert!(!linux.is_served_by("aarch64-unknown-linux-gnu"));
        let windows = Target::parse("x86_64-pc-windows-msvc").unwrap();
        assert_eq!((windows.object_extension(), windows.executable_suffix()), ("obj", ".exe"));
        assert_eq!(windows.emulation(), None);
        for wrong in ["", "pentium", "x86_64-unknown-plan10"] {
            assert!(
                matches!(Target::parse(wrong), Err(AotError::UnsupportedTarget { .. })),
                "{wrong}"
            );
        }
    }

    #[test]
    fn there_is_a_code_generator_for_every_supported_target() {
        assert_eq!(supported().count(), SUPPORTED.len(), "all are triples");
        for triple in SUPPORTED {
            let target = Target::parse(triple).unwrap();
            for opt in [OptLevel::None, OptLevel::Speed] {
                target.isa(opt).unwrap_or_else(|error| panic!("{error}"));
            }
        }
        for other in ["wasm32-unknown-unknown", "i686-unknown-linux-gnu", "x86_64-unknown-freebsd"]
        {
            assert!(matches!(Target::parse(other), Err(AotError::UnsupportedTarget { .. })));
        }
    }
}
