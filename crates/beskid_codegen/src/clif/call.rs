//! Calls: of the program's functions, by name or by address, of the runtime, and of the program by its
//! entry shim.
//!
//! *Invariants.* A call is a safepoint exactly if a collection may happen in it. The thread context is
//! in the pinned register wherever a function of the program runs, and the first argument of a runtime
//! function whose row asks for it. The shim, which C calls, leaves the register as it was.

use beskid_abi::object::{ARRAY_ELEMENTS_OFFSET, STRING_BYTES_OFFSET};
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::scalar::AbiType;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, Value, types};

use super::function::FunctionCx;
use super::signature;
use crate::mir::{Block, Callee, DataId, ForeignId, ForeignType, FuncId, Local, Operand};
use beskid_analysis::index::Id;

/// Where the bytes of a string and the elements of an array begin.
const FIRST_BYTE: i64 = STRING_BYTES_OFFSET as i64;
const _: () = assert!(STRING_BYTES_OFFSET == ARRAY_ELEMENTS_OFFSET);

/// `results = callee(arguments)`
pub(super) fn call(
    cx: &mut FunctionCx<'_, '_, '_>,
    results: &[Local],
    callee: Callee,
    arguments: &[Operand],
) {
    let mut values = Vec::with_capacity(arguments.len() + 1);
    let function = match callee {
        Callee::Direct(callee) => cx.program_function(callee),
        Callee::Runtime(row) => {
            if matches!(row.info().parameters.first(), Some((_, AbiType::ThreadContext))) {
                values.push(cx.thread_context());
            }
            cx.runtime_function(row)
        }
        Callee::Foreign(foreign) => return call_foreign(cx, results, foreign, arguments),
    };
    values.extend(arguments.iter().map(|&argument| cx.read(argument)));
    let call = if cx.collects_callee(callee) {
        cx.call_at_safepoint(function, &values)
    } else {
        cx.builder.ins().call(function, &values)
    };
    assign_results(cx, results, call);
}

/// `results = function(arguments)`, where a library has the function. The objects it is given are listed
/// in the stack map, so that they live until it returns; they do not move.
fn call_foreign(
    cx: &mut FunctionCx<'_, '_, '_>,
    results: &[Local],
    foreign: ForeignId,
    arguments: &[Operand],
) {
    let function = &cx.program.foreign[foreign];
    let callee = cx.foreign_function(foreign);
    let mut values = Vec::with_capacity(arguments.len());
    for (&argument, kind) in arguments.iter().zip(&function.parameters) {
        let value = cx.read(argument);
        values.push(match kind {
            ForeignType::Bytes => cx.builder.ins().iadd_imm_s(value, FIRST_BYTE),
            _ => value,
        });
    }
    let call = cx.call_at_safepoint(callee, &values);
    if let (Some(ForeignType::Bool), &[result]) = (function.result, results) {
        let byte = cx.builder.inst_results(call)[0];
        let value = cx.builder.ins().icmp_imm_s(IntCC::NotEqual, byte, 0);
        return cx.assign(result, value);
    }
    assign_results(cx, results, call);
}

/// `results = code(arguments)`
pub(super) fn call_indirect(
    cx: &mut FunctionCx<'_, '_, '_>,
    results: &[Local],
    code: Operand,
    arguments: &[Operand],
) {
    let signature = signature::internal(
        arguments.iter().map(|&argument| cx.scalar(argument)),
        results.iter().map(|&result| cx.body.locals[result].scalar),
    );
    let signature = cx.signature(signature);
    let code = cx.read(code);
    let values: Vec<Value> = arguments.iter().map(|&argument| cx.read(argument)).collect();
    let call = cx.at_safepoint(|cx| cx.builder.ins().call_indirect(signature, code, &values));
    assign_results(cx, results, call);
}

/// `results = callee(command line)`, with the thread context in its register.
pub(super) fn enter_program(
    cx: &mut FunctionCx<'_, '_, '_>,
    results: &[Local],
    callee: FuncId,
    arguments_descriptor: Option<DataId>,
) {
    let entry = cx.block(Block::from_index(0));
    let thread = cx.builder.block_params(entry)[0];
    let saved = cx.builder.ins().get_pinned_reg(types::I64);
    cx.builder.ins().set_pinned_reg(thread);
    let mut arguments: Vec<Value> = Vec::new();
    if let Some(descriptor) = arguments_descriptor {
        let address = cx.data_address(descriptor);
        let row = cx.runtime_function(RuntimeFn::ProgramArguments);
        let call = cx.builder.ins().call(row, &[thread, address]);
        arguments.push(cx.builder.inst_results(call)[0]);
    }
    let function = cx.program_function(callee);
    let call = cx.builder.ins().call(function, &arguments);
    cx.builder.ins().set_pinned_reg(saved);
    assign_results(cx, results, call);
}

fn assign_results(cx: &mut FunctionCx<'_, '_, '_>, results: &[Local], call: ir::Inst) {
    for (index, &result) in results.iter().enumerate() {
        let value = cx.builder.inst_results(call)[index];
        cx.assign(result, value);
    }
}
