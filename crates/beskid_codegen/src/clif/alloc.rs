//! Allocation: a bump of the thread's cursor, the runtime when the region is used up.
//!
//! ```text
//!     object = thread.cursor
//!     if object + size > thread.limit → cold: object = alloc_slow(descriptor, size)
//!     thread.cursor = object + size
//!     object.header = descriptor
//! ```
//!
//! *Invariants.* Memory of the region is zero, so the header is all there is to write. The slow path is
//! the safepoint; nothing is written to root slots on the other.

use beskid_abi::object::{MAX_INLINE_OBJECT, OBJECT_ALIGNMENT};
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::thread_context::{CURSOR_OFFSET, LIMIT_OFFSET, RESULT_OFFSET};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::access::Region;
use super::function::FunctionCx;
use super::slow_path::SlowPath;
use crate::mir::{Data, DataId, Local, Operand, Scalar};

/// `dest = alloc descriptor`
pub(super) fn object(cx: &mut FunctionCx<'_, '_, '_>, dest: Local, descriptor: DataId) {
    let size = match &cx.program.data[descriptor] {
        Data::Descriptor(record) => (record.size as usize).next_multiple_of(OBJECT_ALIGNMENT),
        Data::String(_) | Data::Closure(_) | Data::Table(_) => {
            unreachable!("verified MIR allocates by descriptors")
        }
    };
    if size > MAX_INLINE_OBJECT {
        let object = call_slow(cx, descriptor, size);
        cx.assign(dest, object);
        return;
    }
    let (fast, slow, done) = (cx.fresh_block(), cx.fresh_cold_block(), cx.fresh_block());
    let object = cx.builder.append_block_param(done, types::I64);
    let address = cx.data_address(descriptor);

    let thread = cx.thread_context();
    let flags = cx.regions.flags(cx.builder, Region::Thread);
    let cursor = cx.builder.ins().load(types::I64, flags, thread, CURSOR_OFFSET as i32);
    let end = cx.builder.ins().iadd_imm_u(cursor, size as i64);
    let limit = cx.builder.ins().load(types::I64, flags, thread, LIMIT_OFFSET as i32);
    let is_full = cx.builder.ins().icmp(IntCC::UnsignedGreaterThan, end, limit);
    cx.builder.ins().brif(is_full, slow, &[], fast, &[]);

    cx.continue_in(fast);
    cx.builder.ins().store(flags, end, thread, CURSOR_OFFSET as i32);
    let header = cx.regions.flags(cx.builder, Region::Header);
    cx.builder.ins().store(header, address, cursor, 0);
    cx.builder.ins().jump(done, &[cursor.into()]);

    cx.continue_in(slow);
    let made = call_slow(cx, descriptor, size);
    cx.builder.ins().jump(done, &[made.into()]);

    cx.continue_in(done);
    cx.assign(dest, object);
}

/// `dest = alloc_array descriptor, length`
pub(super) fn array(
    cx: &mut FunctionCx<'_, '_, '_>,
    dest: Local,
    descriptor: DataId,
    length: Operand,
) {
    let address = cx.data_address(descriptor);
    let length = cx.read(length);
    let thread = cx.thread_context();
    let callee = cx.runtime_function(RuntimeFn::AllocArray);
    let call = cx.call_at_safepoint(callee, &[thread, address, length]);
    let array = cx.builder.inst_results(call)[0];
    cx.assign(dest, array);
}

fn call_slow(cx: &mut FunctionCx<'_, '_, '_>, descriptor: DataId, size: usize) -> Value {
    let address = cx.data_address(descriptor);
    let address = cx.cold_argument(address);
    let size = cx.int(Scalar::I64, size as i64);
    let callee = cx.slow_path(SlowPath::Alloc);
    cx.call_at_safepoint(callee, &[address, size]);
    let thread = cx.thread_context();
    let flags = cx.regions.flags(cx.builder, Region::Thread);
    cx.builder.ins().load(types::I64, flags, thread, RESULT_OFFSET as i32)
}
