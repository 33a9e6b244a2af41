//! The shim that the runtime calls: enters the program and makes an exit status of what `main` gives.

use beskid_abi::symbol;
use beskid_analysis::hir::FunctionId;
use beskid_analysis::types::{Ty, TyList};
use smallvec::SmallVec;

use super::function::{FunctionCx, int};
use super::{Instance, ProgramCx};
use crate::mir::{self, Body, Convention, OpKind, Operand, Scalar, SourcePos, Terminator};

/// The body of the shim for a `main`.
pub(super) fn build(program: &mut ProgramCx<'_>, main: FunctionId) -> Body {
    let analysis = program.analysis;
    let callee = program.instance(Instance::Function(main, TyList::EMPTY));
    let item = &analysis.functions[main];
    let arguments_descriptor = (!item.parameters.is_empty()).then(|| {
        let layout = program.layouts.array(Ty::STRING);
        program.data(mir::Data::Descriptor(layout.descriptor.clone()))
    });
    let mut cx = FunctionCx::thunk(program);
    let results: SmallVec<[mir::Local; 2]> =
        cx.shape(item.result).iter().map(|&scalar| cx.temp(scalar)).collect();
    cx.emit(OpKind::EnterProgram { results: results.to_vec(), callee, arguments_descriptor });
    let status = match results.first() {
        None => int(Scalar::I64, 0),
        Some(&status) => cx.int_to_width(Operand::Local(status), true, Scalar::I64),
    };
    cx.terminate(Terminator::Return(vec![status]));
    cx.finish(
        symbol::ENTRY_SHIM.to_owned(),
        symbol::ENTRY_SHIM.to_owned(),
        Convention::EntryShim,
        Vec::new(),
        vec![Scalar::I64],
        SourcePos::NOWHERE,
    )
}
