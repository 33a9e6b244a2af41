//! The shim that the runtime calls: enters the program and makes an exit status of what `main` gives.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::symbol;
use beskid_analysis::hir::FunctionId;
use beskid_analysis::types::{Ty, TyKind, TyList};
use smallvec::SmallVec;

use super::function::{FunctionCx, int};
use super::{Instance, ProgramCx, name};
use crate::mir::{self, Body, Convention, OpKind, Operand, Scalar, SourcePos, Terminator};

/// The body of the shim for a `main`.
pub(super) fn build(program: &mut ProgramCx<'_>, main: FunctionId) -> Body {
    let analysis = program.analysis;
    let item = &analysis.functions[main];
    let is_result = matches!(program.layouts.types.kind(item.result), TyKind::Enum(..));
    let called = match is_result {
        true => Instance::Main(main),
        false => Instance::Function(main, TyList::EMPTY),
    };
    let result = if is_result { Ty::I32 } else { item.result };
    let arguments = if item.parameters.is_empty() { Arguments::None } else { Arguments::Strings };
    shim(program, called, arguments, result)
}

/// The body of the shim for a program of tests.
pub(super) fn build_for_tests(program: &mut ProgramCx<'_>) -> Body {
    shim(program, Instance::Tests, Arguments::Strings, Ty::UNIT)
}

/// What the function takes that a shim calls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arguments {
    None,
    /// A `string[]`.
    Strings,
}

fn shim(program: &mut ProgramCx<'_>, called: Instance, arguments: Arguments, result: Ty) -> Body {
    let callee = program.instance(called, SourcePos::NOWHERE);
    let arguments_descriptor = (arguments == Arguments::Strings).then(|| {
        let layout = program.layouts.array(Ty::STRING);
        program.data(mir::Data::Descriptor(layout.descriptor.clone()))
    });
    let mut cx = FunctionCx::thunk(program);
    let results: SmallVec<[mir::Local; 2]> =
        cx.shape(result).iter().map(|&scalar| cx.temp(scalar)).collect();
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

/// The body that calls a `main` which returns a `Result<unit, E>`, reports its error and gives the exit
/// status.
pub(super) fn build_main(program: &mut ProgramCx<'_>, main: FunctionId) -> Body {
    let item = &program.analysis.functions[main];
    let symbol = name::symbol_of_thunk(&program.layouts, "main", &item.parameters, Ty::I32);
    let mut cx = FunctionCx::thunk(program);
    let mut parameters = Vec::new();
    for &parameter in &item.parameters {
        for scalar in cx.shape(parameter) {
            parameters.push(cx.temp(scalar));
        }
    }
    let operands = parameters.iter().map(|&local| Operand::Local(local)).collect();
    let value = cx.call_function(main, TyList::EMPTY, operands);
    let layout = cx.program.layouts.enumeration(item.result);
    // By its declaration `Ok` is the first variant.
    let (ok, error) = (cx.new_block(), cx.new_block());
    cx.switch_variant(&value, item.result, &[(0, ok), (1, error)], error);
    cx.begin(error);
    let payload = cx.payload(&value, item.result, 1, 0);
    let text = cx.text_of(&payload, layout.payloads[1][0]);
    cx.run_runtime(RuntimeFn::ReportError, vec![text]);
    cx.terminate(Terminator::Return(vec![int(Scalar::I32, 1)]));
    cx.begin(ok);
    cx.terminate(Terminator::Return(vec![int(Scalar::I32, 0)]));
    let results = vec![Scalar::I32];
    cx.finish(
        symbol,
        "result of main".to_owned(),
        Convention::Internal,
        parameters,
        results,
        SourcePos::NOWHERE,
    )
}
