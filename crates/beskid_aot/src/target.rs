//! What code is made for.
//!
//! *Invariants.* A target stands for every machine of its kind: code for it never uses what only the
//! building machine has, so outputs do not depend on where they are made.

use std::fmt;
use std::sync::Arc;

use beskid_codegen::isa::{Imports, IsaConfig, OptLevel};
use cranelift_codegen::isa::TargetIsa;
use target_lexicon::{Architecture, BinaryFormat, OperatingSystem, Triple};

use crate::AotError;

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
    /// It is no triple.
    pub fn parse(text: &str) -> Result<Self, AotError> {
        match text.parse::<Triple>() {
            Ok(triple) if triple.architecture != Architecture::Unknown => Ok(Self { triple }),
            Ok(_) => Err(unsupported(text, "the architecture is unknown")),
            Err(error) => Err(unsupported(text, &error.to_string().to_lowercase())),
        }
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
    pub(crate) fn is_served_by(&self, triple: &str) -> bool {
        triple.parse::<Triple>().is_ok_and(|other| {
            other.architecture == self.triple.architecture
                && other.operating_system == self.triple.operating_system
        })
    }
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
    fn a_target_without_code_generator_is_an_error() {
        let target = Target::parse("wasm32-unknown-unknown").unwrap();
        assert!(matches!(target.isa(OptLevel::None), Err(AotError::UnsupportedTarget { .. })));
    }
}
