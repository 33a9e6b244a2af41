//! Allocation: a bump of the thread's cursor, the runtime when the region is used up.
//!
//! ```text
//! alone                                              several in a row
//!     object = thread.cursor                             if thread.cursor + all sizes > thread.limit
//!     if object + size > thread.limit                        → cold: reserve(all sizes)
//!         → cold: object = alloc_slow(descriptor, size)  first = thread.cursor
//!     thread.cursor = object + size                      thread.cursor = first + all sizes
//!     object.header = descriptor                         first.header = descriptor
//!                                                        … second = first + size, …
//! ```
//!
//! *Invariants.* Memory of the region is zero, so the header is all there is to write. The slow path is
//! the safepoint; nothing is written to root slots on the other. Between allocations that share a check
//! there is no safepoint, so nobody else takes of the region.

use beskid_abi::object::{MAX_INLINE_OBJECT, OBJECT_ALIGNMENT};
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::thread_context::{CURSOR_OFFSET, LIMIT_OFFSET, RESULT_OFFSET};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, Value, types};
use rustc_hash::FxHashMap;

use super::access::Region;
use super::declare::Declarations;
use super::function::FunctionCx;
use super::slow_path::SlowPath;
use crate::mir::cfg::Cfg;
use crate::mir::{Block, Body, Data, DataId, Local, OpKind, Operand, Program, Scalar};

/// Bytes of objects that share a check, at most: such a region is found even in a heap in pieces.
const MOST_SHARED: usize = 512;

/// How an allocation knows that there is room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Check {
    /// It looks for so many bytes: its own and those of the ones that follow.
    Shared(usize),
    /// One before it has looked; it is so many bytes behind that one.
    Known(usize),
}

/// The allocations of a body that share checks.
pub(super) struct SharedChecks {
    checks: FxHashMap<(Block, usize), Check>,
    /// The first object of the group at hand.
    first: Option<Value>,
}

impl SharedChecks {
    /// Finds them: allocations in one block without a safepoint between them.
    pub(super) fn new(
        program: &Program,
        body: &Body,
        cfg: &Cfg,
        declarations: &Declarations,
    ) -> Self {
        let mut shared = Self { checks: FxHashMap::default(), first: None };
        for &block in &cfg.order {
            let mut group = Vec::new();
            let mut bytes = 0;
            for (index, op) in body.blocks[block].ops.iter().enumerate() {
                match op.kind {
                    OpKind::Alloc { descriptor, .. } => {
                        let size = size_of(program, descriptor);
                        if bytes + size > MOST_SHARED {
                            shared.close(block, &mut group, &mut bytes);
                        }
                        if size <= MOST_SHARED {
                            group.push((index, bytes));
                            bytes += size;
                        }
                    }
                    _ if declarations.collects(&op.kind) => {
                        shared.close(block, &mut group, &mut bytes);
                    }
                    _ => {}
                }
            }
            shared.close(block, &mut group, &mut bytes);
        }
        shared
    }

    /// Ends a group of indices, each with the bytes before it, that has so many bytes.
    fn close(&mut self, block: Block, group: &mut Vec<(usize, usize)>, bytes: &mut usize) {
        if let [(first, _), others @ ..] = &group[..]
            && !others.is_empty()
        {
            self.checks.insert((block, *first), Check::Shared(*bytes));
            let others = others.iter().map(|&(other, at)| ((block, other), Check::Known(at)));
            self.checks.extend(others);
        }
        group.clear();
        *bytes = 0;
    }
}

fn size_of(program: &Program, descriptor: DataId) -> usize {
    match &program.data[descriptor] {
        Data::Descriptor(record) => (record.size as usize).next_multiple_of(OBJECT_ALIGNMENT),
        Data::String(_) | Data::Closure(_) | Data::Table(_) => {
            unreachable!("verified MIR allocates by descriptors")
        }
    }
}

/// `dest = alloc descriptor`
pub(super) fn object(cx: &mut FunctionCx<'_, '_, '_>, dest: Local, descriptor: DataId) {
    let size = size_of(cx.program, descriptor);
    let shared = match cx.shared_checks.checks.get(&cx.here()).copied() {
        Some(Check::Shared(bytes)) => Some(reserve(cx, bytes)),
        Some(Check::Known(offset)) => {
            let first = cx.shared_checks.first.expect("the first of a group comes first");
            Some(cx.builder.ins().iadd_imm_u(first, offset as i64))
        }
        None => None,
    };
    if let Some(object) = shared {
        let address = cx.data_address(descriptor);
        write_header(cx, object, address);
        return cx.assign(dest, object);
    }
    if size > MAX_INLINE_OBJECT {
        let object = call_slow(cx, descriptor, size);
        return cx.assign(dest, object);
    }
    let address = cx.data_address(descriptor);
    let Room { thread, cursor, end, slow } = check_room(cx, size);
    let done = cx.fresh_block();
    let object = cx.builder.append_block_param(done, types::I64);
    take(cx, thread, end);
    write_header(cx, cursor, address);
    cx.builder.ins().jump(done, &[cursor.into()]);

    cx.continue_in(slow);
    let made = call_slow(cx, descriptor, size);
    cx.builder.ins().jump(done, &[made.into()]);

    cx.continue_in(done);
    cx.assign(dest, object);
}

/// Where there is room for an object.
struct Room {
    thread: Value,
    cursor: Value,
    end: Value,
    /// Where there is none.
    slow: ir::Block,
}

/// Branches to a cold block if the region has no room for so many bytes, and goes on where it has.
fn check_room(cx: &mut FunctionCx<'_, '_, '_>, bytes: usize) -> Room {
    let (fast, slow) = (cx.fresh_block(), cx.fresh_cold_block());
    let thread = cx.thread_context();
    let flags = cx.regions.flags(cx.builder, Region::Thread);
    let cursor = cx.builder.ins().load(types::I64, flags, thread, CURSOR_OFFSET as i32);
    let end = cx.builder.ins().iadd_imm_u(cursor, bytes as i64);
    let limit = cx.builder.ins().load(types::I64, flags, thread, LIMIT_OFFSET as i32);
    let is_full = cx.builder.ins().icmp(IntCC::UnsignedGreaterThan, end, limit);
    cx.builder.ins().brif(is_full, slow, &[], fast, &[]);
    cx.continue_in(fast);
    Room { thread, cursor, end, slow }
}

/// Takes so many bytes from the region, for a group whose first object is here.
fn reserve(cx: &mut FunctionCx<'_, '_, '_>, bytes: usize) -> Value {
    let Room { thread, cursor, end, slow } = check_room(cx, bytes);
    let next = cx.fresh_block();
    let first = cx.builder.append_block_param(next, types::I64);
    take(cx, thread, end);
    cx.builder.ins().jump(next, &[cursor.into()]);

    cx.continue_in(slow);
    let size = cx.int(Scalar::I64, bytes as i64);
    let callee = cx.slow_path(SlowPath::Reserve);
    let arguments = cx.with_context([size]);
    cx.call_at_safepoint(callee, &arguments);
    let thread = cx.thread_context();
    let flags = cx.regions.flags(cx.builder, Region::Thread);
    let cursor = cx.builder.ins().load(types::I64, flags, thread, CURSOR_OFFSET as i32);
    let end = cx.builder.ins().iadd_imm_u(cursor, bytes as i64);
    take(cx, thread, end);
    cx.builder.ins().jump(next, &[cursor.into()]);

    cx.continue_in(next);
    cx.shared_checks.first = Some(first);
    first
}

/// Moves the thread's cursor.
fn take(cx: &mut FunctionCx<'_, '_, '_>, thread: Value, end: Value) {
    let flags = cx.regions.flags(cx.builder, Region::Thread);
    cx.builder.ins().store(flags, end, thread, CURSOR_OFFSET as i32);
}

fn write_header(cx: &mut FunctionCx<'_, '_, '_>, object: Value, descriptor: Value) {
    let header = cx.regions.flags(cx.builder, Region::Header);
    cx.builder.ins().store(header, descriptor, object, 0);
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
    let arguments = cx.with_context([address, size]);
    cx.call_at_safepoint(callee, &arguments);
    let thread = cx.thread_context();
    let flags = cx.regions.flags(cx.builder, Region::Thread);
    cx.builder.ins().load(types::I64, flags, thread, RESULT_OFFSET as i32)
}
