//! Machine code of one function, as far as it depends on the function's form alone.
//!
//! *Invariants.* Symbols and positions are numbers of the [`Form`]: the same piece serves every build in which the
//! function has that form.

use beskid_abi::runtime_fn::RuntimeFn;
use cranelift_codegen::binemit::{Addend, CodeOffset, Reloc};
use cranelift_codegen::ir::{self, ExternalName, KnownSymbol, LibCall, UserExternalName};
use cranelift_codegen::{FinalizedMachReloc, FinalizedRelocTarget};
use cranelift_module::{FuncId, ModuleReloc, ModuleRelocTarget};
use serde::{Deserialize, Serialize};

use super::form::Form;
use crate::clif::Positions;
use crate::clif::declare::Declarations;
use crate::machine_code::{Compiled, CompiledFunction, MachineCode};

/// What Cranelift has made.
pub(crate) type Piece = MachineCode<u32, Relocation>;

/// A place in the code where an address belongs.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct Relocation {
    offset: CodeOffset,
    kind: Reloc,
    target: Target,
    addend: Addend,
}

/// Whose address.
#[derive(Clone, Copy, Serialize, Deserialize, Debug)]
enum Target {
    /// A function or data of the program, by its number in the form.
    Symbol(u32),
    /// A function of the runtime, by its row in the table.
    Runtime(u16),
    /// The slow path to a function of the runtime.
    SlowPath(u16),
    LibCall(LibCall),
    Known(KnownSymbol),
    /// The function's own code.
    Own(CodeOffset),
}

impl Piece {
    pub(crate) fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("memory takes any piece")
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    /// What was compiled from CLIF, if all that it refers to is in the form.
    pub(crate) fn of(
        compiled: Compiled,
        func: &ir::Function,
        positions: &Positions,
        form: &Form,
        declarations: &Declarations,
    ) -> Option<Self> {
        let number = |at| form.position_number(positions.at(at)).ok_or(());
        let relocation = |FinalizedMachReloc { offset, kind, target, addend }| {
            let target = Target::of(&target, func, form, declarations).ok_or(())?;
            Ok(Relocation { offset, kind, target, addend })
        };
        compiled.map(number, relocation).ok()
    }

    /// The function with the symbols and positions of this build, if there are all that the piece refers to.
    pub(crate) fn place(
        self,
        id: FuncId,
        form: &Form,
        declarations: &Declarations,
    ) -> Option<CompiledFunction> {
        let relocation = |Relocation { offset, kind, target, addend }| {
            let name = target.name(id, form, declarations).ok_or(())?;
            Ok(ModuleReloc { offset, kind, name, addend })
        };
        self.map(|number| form.position(number).ok_or(()), relocation).ok()
    }
}

impl Target {
    fn of(
        target: &FinalizedRelocTarget,
        func: &ir::Function,
        form: &Form,
        declarations: &Declarations,
    ) -> Option<Self> {
        match *target {
            FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
                let name = &func.params.user_named_funcs()[name];
                if let Some(number) = form.symbol_number(name) {
                    return Some(Self::Symbol(number));
                }
                let is_it = |id: FuncId| name.namespace == 0 && name.index == id.as_u32();
                let mut runtime = declarations.runtime.iter();
                if let Some(&(row, _)) = runtime.find(|&&(_, id)| is_it(id)) {
                    return Some(Self::Runtime(row as u16));
                }
                let mut slow_paths = declarations.slow_paths.iter();
                let &(path, _) = slow_paths.find(|&&(_, id)| is_it(id))?;
                Some(Self::SlowPath(path.runtime_function() as u16))
            }
            FinalizedRelocTarget::ExternalName(ExternalName::TestCase(_)) => None,
            FinalizedRelocTarget::ExternalName(ExternalName::LibCall(call)) => {
                Some(Self::LibCall(call))
            }
            FinalizedRelocTarget::ExternalName(ExternalName::KnownSymbol(symbol)) => {
                Some(Self::Known(symbol))
            }
            FinalizedRelocTarget::Func(offset) => Some(Self::Own(offset)),
        }
    }

    fn name(
        self,
        id: FuncId,
        form: &Form,
        declarations: &Declarations,
    ) -> Option<ModuleRelocTarget> {
        let row = |row: u16| RuntimeFn::ALL.get(usize::from(row));
        Some(match self {
            Self::Symbol(number) => {
                let UserExternalName { namespace, index } = form.symbol(number)?;
                ModuleRelocTarget::user(*namespace, *index)
            }
            Self::Runtime(number) => declarations.find_runtime_function(*row(number)?)?.into(),
            Self::SlowPath(number) => {
                let wanted = row(number)?;
                let mut known = declarations.slow_paths.iter();
                known.find(|(path, _)| path.runtime_function() == *wanted)?.1.into()
            }
            Self::LibCall(call) => ModuleRelocTarget::LibCall(call),
            Self::Known(symbol) => ModuleRelocTarget::KnownSymbol(symbol),
            Self::Own(offset) => ModuleRelocTarget::FunctionOffset(id, offset),
        })
    }
}
