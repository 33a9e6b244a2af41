//! What both drivers receive: a sealed program that either can define in its Cranelift module.
//!
//! *Invariants.* Nothing can be changed once it is made; functions and data are in a deterministic
//! order; MIR is verified.

use crate::isa::OptLevel;
use crate::mir;

/// A lowered program.
#[derive(Debug)]
pub struct CodegenArtifact {
    program: mir::Program,
    opt: OptLevel,
}

impl CodegenArtifact {
    /// Seals a program that `mir::verify` accepts.
    #[must_use]
    pub fn new(program: mir::Program, opt: OptLevel) -> Self {
        Self { program, opt }
    }

    /// Code and data.
    #[must_use]
    pub fn program(&self) -> &mir::Program {
        &self.program
    }

    /// The optimisation that went into the MIR.
    #[must_use]
    pub fn opt(&self) -> OptLevel {
        self.opt
    }
}
