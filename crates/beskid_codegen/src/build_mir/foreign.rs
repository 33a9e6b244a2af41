//! Foreign functions (language.md §14.2): for each a body that calls it.
//!
//! To the rest of the program a foreign function is one like others: it can be called, inlined, and made a
//! value. Only its body is the compiler's.

use beskid_analysis::hir::FunctionId;
use beskid_analysis::types::{FloatTy, Ty, TyKind, TyList};

use super::function::FunctionCx;
use super::layout::of_int;
use super::{ProgramCx, name};
use crate::mir::{
    Body, Callee, Convention, ForeignFunction, ForeignType, Local, OpKind, Operand, Scalar,
    SourcePos, Terminator,
};

/// The body of a function that `library` has.
pub(super) fn build(program: &mut ProgramCx<'_>, function: FunctionId, library: &str) -> Body {
    let analysis = program.analysis;
    let item = &analysis.functions[function];
    let symbol = program.symbol_of(function, TyList::EMPTY);
    let source_name = name::of_function(analysis, function);
    let types = &program.layouts.types;
    let passed = |ty: Ty| passed(types.kind(ty));
    let foreign = ForeignFunction {
        symbol: analysis.interner.name(item.name).into(),
        library: library.into(),
        span: item.span,
        parameters: item.parameters.iter().filter_map(|&ty| passed(ty)).collect(),
        result: passed(item.result),
    };
    let (kinds, result) = (foreign.parameters.clone(), foreign.result);
    let callee = Callee::Foreign(program.foreign.push(foreign));

    let mut cx = FunctionCx::thunk(program);
    let parameters: Vec<Local> = kinds.iter().map(|kind| cx.temp(kind.scalar())).collect();
    let arguments = parameters.iter().map(|&local| Operand::Local(local)).collect();
    let results: Vec<Local> = result.iter().map(|kind| cx.temp(kind.scalar())).collect();
    let given = results.iter().map(|&local| Operand::Local(local)).collect();
    cx.emit(OpKind::Call { results, callee, arguments });
    cx.terminate(Terminator::Return(given));
    let scalars = result.iter().map(|kind| kind.scalar()).collect();
    cx.finish(symbol, source_name, Convention::Internal, parameters, scalars, SourcePos::NOWHERE)
}

/// How a value of a type passes; nothing of `unit`.
fn passed(kind: &TyKind) -> Option<ForeignType> {
    Some(match *kind {
        TyKind::Bool => ForeignType::Bool,
        TyKind::Int(kind) => {
            let scalar = of_int(kind);
            match kind.is_signed() {
                true => ForeignType::Signed(scalar),
                false => ForeignType::Unsigned(scalar),
            }
        }
        TyKind::Float(FloatTy::F32) => ForeignType::Plain(Scalar::F32),
        TyKind::Float(FloatTy::F64) => ForeignType::Plain(Scalar::F64),
        TyKind::Ptr => ForeignType::Plain(Scalar::I64),
        TyKind::String | TyKind::Array(_) => ForeignType::Bytes,
        _ => return None,
    })
}
