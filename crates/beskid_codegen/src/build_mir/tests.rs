//! What a program of tests does: it runs the one that its argument names.
//!
//! ```text
//! entry shim ── run a test ("2") ──┬── test 0
//!                                  ├── test 1
//!                                  └── test 2        each in a process of its own
//! ```
//!
//! *Invariants.* The argument is the place of the test among those that were lowered, in decimal. Both
//! drivers get the same program.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::types::{Ty, TyList};

use super::function::{FunctionCx, int};
use super::{ProgramCx, name};
use crate::mir::{
    BinaryOp, Body, CompareOp, Convention, Conversion, OpKind, Operand, Scalar, SourcePos,
    Terminator,
};

/// What is said if the argument names no test.
const NO_TEST: &str = "this program runs one test, whose number is its argument";

/// The body that takes the arguments and runs a test.
pub(super) fn build(program: &mut ProgramCx<'_>) -> Body {
    let tests = program.tests.clone();
    let strings = program.layouts.types.array(Ty::STRING);
    let symbol = name::symbol_of_thunk(&program.layouts, "tests", &[strings], Ty::UNIT);
    let mut cx = FunctionCx::thunk(program);
    let parameter = cx.temp(Scalar::Ref);
    let arguments = Operand::Local(parameter);
    if let Some(coverage) = cx.program.coverage {
        let digest = int(Scalar::I64, coverage.digest().cast_signed());
        let count = int(Scalar::I64, coverage.points().len() as i64);
        cx.run_runtime(RuntimeFn::CoverageBegin, vec![digest, count]);
    }
    let (given, bad) = (cx.new_block(), cx.new_cold_block());
    let count = cx.array_len(arguments);
    let is_one = cx.compare(CompareOp::Eq, count, int(Scalar::I64, 1));
    cx.branch(is_one, given, bad);

    cx.begin(given);
    let text = cx.load_element(arguments, int(Scalar::I64, 0), Ty::STRING)[0];
    let number = number(&mut cx, text);
    let cases: Vec<_> = (0_i64..).zip(&tests).map(|(at, _)| (at, cx.new_block())).collect();
    let blocks = cases.clone();
    cx.terminate(Terminator::Switch { value: number, cases, default: bad });
    for ((_, block), test) in blocks.into_iter().zip(tests) {
        cx.begin(block);
        cx.call_function(test, TyList::EMPTY, Vec::new());
        cx.terminate(Terminator::Return(Vec::new()));
    }

    cx.begin(bad);
    let message = cx.static_string(NO_TEST);
    cx.run_runtime(RuntimeFn::Panic, vec![message]);
    cx.finish(
        symbol,
        "tests".to_owned(),
        Convention::Internal,
        vec![parameter],
        Vec::new(),
        SourcePos::NOWHERE,
    )
}

/// The number that decimal digits stand for.
fn number(cx: &mut FunctionCx<'_, '_>, text: Operand) -> Operand {
    let length = cx.temp(Scalar::I64);
    cx.emit(OpKind::StringLen { dest: length, string: text });
    let number = cx.variable(Scalar::I64);
    cx.copy(number, int(Scalar::I64, 0));
    cx.each_index(Operand::Local(length), |cx, index, _| {
        let byte = cx.temp(Scalar::I8);
        // Bytes of a string are read as elements of one byte.
        cx.emit(OpKind::LoadElement { dest: byte, array: text, index, stride: 1, offset: 0 });
        let byte = cx.convert(Conversion::ZeroExtend, Scalar::I64, Operand::Local(byte));
        let digit = cx.binary(BinaryOp::ISub, byte, int(Scalar::I64, i64::from(b'0')));
        let tens = cx.binary(BinaryOp::IMul, Operand::Local(number), int(Scalar::I64, 10));
        let sum = cx.binary(BinaryOp::IAdd, tens, digit);
        cx.copy(number, sum);
    });
    Operand::Local(number)
}
