//! Calls: of the program's functions, by name or by address, of the runtime, and of C.
//!
//! *Invariants.* A call is a safepoint exactly if a collection may happen in it. The thread context is
//! passed on to functions of the program ([`context`](super::context)), and is the first argument of a runtime
//! function whose row asks for it. Before C is called the frame is noted in the context, since C may call
//! the program again, and a walk of the stack must find what lies behind C's frames.

use beskid_abi::object::{ARRAY_ELEMENTS_OFFSET, STRING_BYTES_OFFSET};
use beskid_abi::scalar::AbiType;
use beskid_abi::thread_context::{
    FOREIGN_CALL, FRAME_POINTER_OFFSET, RETURN_ADDRESS_OFFSET, STACK_POINTER_OFFSET,
};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, types};

use super::function::FunctionCx;
use super::signature;
use crate::mir::{Callee, ForeignId, ForeignType, Local, Operand};

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
        Callee::Direct(callee) => {
            values.extend(cx.with_context([]));
            cx.program_function(callee)
        }
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
    note_frame(cx);
    let call = cx.call_at_safepoint(callee, &values);
    forget_frame(cx);
    if let (Some(ForeignType::Bool), &[result]) = (function.result, results) {
        let byte = cx.builder.inst_results(call)[0];
        let value = cx.builder.ins().icmp_imm_s(IntCC::NotEqual, byte, 0);
        return cx.assign(result, value);
    }
    assign_results(cx, results, call);
}

/// Notes the frame for a walk of the stack while C runs. The return address is known to the call alone.
fn note_frame(cx: &mut FunctionCx<'_, '_, '_>) {
    let thread = cx.thread_context();
    let frame_pointer = cx.builder.ins().get_frame_pointer(types::I64);
    let stack_pointer = cx.builder.ins().get_stack_pointer(types::I64);
    let foreign_call = cx.builder.ins().iconst(types::I64, FOREIGN_CALL as i64);
    for (value, offset) in [
        (frame_pointer, FRAME_POINTER_OFFSET),
        (stack_pointer, STACK_POINTER_OFFSET),
        (foreign_call, RETURN_ADDRESS_OFFSET),
    ] {
        cx.builder.ins().store(MemFlagsData::trusted(), value, thread, offset as i32);
    }
}

/// Ends the note: what it says is true during the call alone.
fn forget_frame(cx: &mut FunctionCx<'_, '_, '_>) {
    let thread = cx.thread_context();
    let none = cx.builder.ins().iconst(types::I64, 0);
    cx.builder.ins().store(MemFlagsData::trusted(), none, thread, STACK_POINTER_OFFSET as i32);
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
        cx.isa,
    );
    let signature = cx.signature(signature);
    let code = cx.read(code);
    let mut values = cx.with_context([]);
    values.extend(arguments.iter().map(|&argument| cx.read(argument)));
    let call = cx.at_safepoint(|cx| cx.builder.ins().call_indirect(signature, code, &values));
    assign_results(cx, results, call);
}

/// Gives the results of a call to their locals.
pub(super) fn assign_results(cx: &mut FunctionCx<'_, '_, '_>, results: &[Local], call: ir::Inst) {
    for (index, &result) in results.iter().enumerate() {
        let value = cx.builder.inst_results(call)[index];
        cx.assign(result, value);
    }
}
