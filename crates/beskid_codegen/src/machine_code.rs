//! Machine code of one function, and what is known of it.
//!
//! Who refers to positions and symbols how is what differs on the way from Cranelift to a module:
//!
//! | | positions | symbols |
//! | --- | --- | --- |
//! | [`Compiled`] | numbers of the CLIF | names of the CLIF |
//! | [`Piece`](crate::reuse::piece::Piece) | numbers of the function's form | those of the form as well |
//! | [`CompiledFunction`] | the program's | the module's |

use cranelift_codegen::FinalizedMachReloc;
use cranelift_codegen::isa::unwind::UnwindInfo;
use cranelift_module::ModuleReloc;
use serde::{Deserialize, Serialize};

use crate::mir::SourcePos;

/// Code with positions `P` and relocations `R`.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct MachineCode<P, R> {
    pub(crate) code: Vec<u8>,
    /// Constant pools need more than the function's own alignment.
    pub(crate) alignment: u64,
    pub(crate) relocations: Vec<R>,
    pub(crate) unwind: Option<UnwindInfo>,
    /// Of all code.
    pub(crate) lines: Vec<(u32, P)>,
    /// Of calls and traps.
    pub(crate) places: Vec<(u32, P)>,
    pub(crate) stack_maps: Vec<(u32, Vec<u32>)>,
    /// Where bindings lie, in their order.
    pub(crate) bindings: Vec<i32>,
}

/// What Cranelift has made of a function.
pub(crate) type Compiled = MachineCode<u32, FinalizedMachReloc>;

/// What a module takes.
pub(crate) type CompiledFunction = MachineCode<SourcePos, ModuleReloc>;

impl<P, R> MachineCode<P, R> {
    /// The same code with other positions and relocations, unless there is none for one of them.
    pub(crate) fn map<Q, S, E>(
        self,
        position: impl Fn(P) -> Result<Q, E>,
        relocation: impl FnMut(R) -> Result<S, E>,
    ) -> Result<MachineCode<Q, S>, E> {
        let positions = |at: Vec<(u32, P)>| -> Result<Vec<(u32, Q)>, E> {
            at.into_iter().map(|(offset, at)| Ok((offset, position(at)?))).collect()
        };
        Ok(MachineCode {
            code: self.code,
            alignment: self.alignment,
            relocations: self.relocations.into_iter().map(relocation).collect::<Result<_, E>>()?,
            unwind: self.unwind,
            lines: positions(self.lines)?,
            places: positions(self.places)?,
            stack_maps: self.stack_maps,
            bindings: self.bindings,
        })
    }
}
