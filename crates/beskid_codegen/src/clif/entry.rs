//! Where the program is entered: by its entry shim, which the runtime calls, and by the export shims of a
//! library, which C calls.
//!
//! *Invariants.* A shim leaves the pinned register as it was: to whoever calls by C's convention it is a
//! register like others, that a function keeps. The entry frame of an export shim lies in the shim's own
//! frame.

use beskid_abi::library::{ENTRY_FRAME_POINTER_OFFSET, ENTRY_FRAME_SIZE};
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::index::Id;
use cranelift_codegen::ir::{
    InstBuilder, MemFlagsData, StackSlot, StackSlotData, StackSlotKind, Value, types,
};

use super::call;
use super::function::FunctionCx;
use crate::mir::{Block, DataId, FuncId, Local};

/// `results = callee(command line)`, with the thread context in its register.
pub(super) fn enter_program(
    cx: &mut FunctionCx<'_, '_, '_>,
    results: &[Local],
    callee: FuncId,
    arguments_descriptor: Option<DataId>,
) {
    let entry = cx.block(Block::from_index(0));
    let thread = cx.builder.block_params(entry)[0];
    let saved = cx.set_context(thread);
    let mut arguments = cx.with_context([]);
    if let Some(descriptor) = arguments_descriptor {
        let address = cx.data_address(descriptor);
        let row = cx.runtime_function(RuntimeFn::ProgramArguments);
        let call = cx.builder.ins().call(row, &[thread, address]);
        arguments.push(cx.builder.inst_results(call)[0]);
    }
    let function = cx.program_function(callee);
    let call = cx.builder.ins().call(function, &arguments);
    cx.restore_context(saved);
    call::assign_results(cx, results, call);
}

/// What an export shim keeps until it leaves the library.
#[derive(Clone, Copy)]
pub(super) struct Entered {
    /// The caller's value of the register that has the context, where one has.
    saved: Option<Value>,
    /// The entry frame.
    frame: StackSlot,
}

/// C has called: the thread context comes from the runtime.
pub(super) fn enter_library(cx: &mut FunctionCx<'_, '_, '_>) -> Entered {
    let data = StackSlotData::new(StackSlotKind::ExplicitSlot, ENTRY_FRAME_SIZE as u32, 3);
    let frame = cx.builder.create_sized_stack_slot(data);
    let frame_pointer = cx.builder.ins().get_frame_pointer(types::I64);
    let address = cx.builder.ins().stack_addr(types::I64, frame, 0);
    let offset = ENTRY_FRAME_POINTER_OFFSET as i32;
    cx.builder.ins().store(MemFlagsData::trusted(), frame_pointer, address, offset);
    let library = cx.library_address();
    let row = cx.runtime_function(RuntimeFn::LibraryEnter);
    let call = cx.builder.ins().call(row, &[library, address]);
    let thread = cx.builder.inst_results(call)[0];
    let saved = cx.set_context(thread);
    Entered { saved, frame }
}

/// Back to C.
pub(super) fn leave_library(cx: &mut FunctionCx<'_, '_, '_>, entered: Entered) {
    let thread = cx.thread_context();
    let address = cx.builder.ins().stack_addr(types::I64, entered.frame, 0);
    let row = cx.runtime_function(RuntimeFn::LibraryLeave);
    cx.builder.ins().call(row, &[thread, address]);
    cx.restore_context(entered.saved);
}
