//! Machine code of one function, as far as it depends on the function's CLIF alone.
//!
//! *Invariants.* Symbols are numbers of the CLIF's table of names, positions are numbers of
//! [`Positions`]: the same piece serves every build that has the same CLIF.

use cranelift_codegen::ir::{self, ExternalName};
use cranelift_codegen::isa::unwind::UnwindInfo;
use cranelift_codegen::{FinalizedMachReloc, FinalizedRelocTarget};
use cranelift_module::{FuncId, ModuleReloc};
use serde::{Deserialize, Serialize};

use crate::clif::Positions;
use crate::compile::CompiledFunction;
use crate::mir::SourcePos;

/// What Cranelift has made.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct Piece {
    pub(crate) code: Vec<u8>,
    pub(crate) alignment: u32,
    pub(crate) relocations: Vec<FinalizedMachReloc>,
    pub(crate) unwind: Option<UnwindInfo>,
    /// Of all code.
    pub(crate) lines: Vec<(u32, u32)>,
    /// Of calls and traps.
    pub(crate) places: Vec<(u32, u32)>,
    pub(crate) stack_maps: Vec<(u32, Vec<u32>)>,
    pub(crate) bindings: Vec<i32>,
}

impl Piece {
    pub(crate) fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("memory takes any piece")
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    /// Whether a function has all symbols and positions that the piece refers to.
    pub(crate) fn fits(&self, func: &ir::Function, positions: &Positions) -> bool {
        let names = func.params.user_named_funcs();
        let mut numbers = self.lines.iter().chain(&self.places);
        numbers.all(|&(_, number)| positions.has(number))
            && self.relocations.iter().all(|relocation| match relocation.target {
                FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
                    names.is_valid(name)
                }
                FinalizedRelocTarget::ExternalName(ExternalName::TestCase(_)) => false,
                _ => true,
            })
    }

    /// The function with the symbols and positions of this build.
    pub(crate) fn place(
        self,
        func: &ir::Function,
        id: FuncId,
        positions: &Positions,
    ) -> CompiledFunction {
        let placed = |at: Vec<(u32, u32)>| -> Vec<(u32, SourcePos)> {
            at.into_iter().map(|(offset, number)| (offset, positions.at(number))).collect()
        };
        CompiledFunction {
            code: self.code,
            alignment: u64::from(self.alignment),
            relocations: self
                .relocations
                .iter()
                .map(|relocation| ModuleReloc::from_mach_reloc(relocation, func, id))
                .collect(),
            unwind: self.unwind,
            lines: placed(self.lines),
            places: placed(self.places),
            stack_maps: self.stack_maps,
            bindings: self.bindings,
        }
    }
}
