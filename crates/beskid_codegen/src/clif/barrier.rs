//! The two write barriers around a store of a reference, as `beskid_abi` describes them.
//!
//! ```text
//!     if thread.marking != 0  → cold: gc_snapshot(old value of the place)
//!     if object.log byte != 0 → cold: if value is there and its mark byte is 0:
//!                                         gc_remember(object, address of the place, value)
//!     place = value
//! ```
//!
//! *Invariants.* Neither slow path collects, so neither is a safepoint. The old value is read in the
//! cold block, before the store. A constant is null or a static object: neither is ever new, so an old
//! object that refers to it has nothing to remember. Nor has one that is made to refer to an old object: a
//! look at its mark is far less than the call, and old arrays that are sorted only have their old elements
//! moved.

use beskid_abi::header::{LOG_OFFSET, MARK_OFFSET};
use beskid_abi::thread_context::MARKING_OFFSET;
use cranelift_codegen::ir::{self, InstBuilder, Value, types};

use super::access::{self, Place, Region};
use super::function::FunctionCx;
use super::slow_path::SlowPath;
use crate::mir::Operand;

/// Emits both barriers of a store of `value` to `place`.
pub(super) fn before_store(cx: &mut FunctionCx<'_, '_, '_>, place: Place, value: Operand) {
    snapshot(cx, place);
    if let Operand::Local(_) = value {
        remember(cx, place, value);
    }
}

fn snapshot(cx: &mut FunctionCx<'_, '_, '_>, place: Place) {
    let thread = cx.thread_context();
    let offset = MARKING_OFFSET as i32;
    let flag = Place { object: thread, base: thread, offset, region: Region::Thread };
    let marking = access::load(cx, types::I64, flag);
    let next = on_slow_path(cx, marking);
    let old = access::load(cx, types::I64, place);
    let callee = cx.slow_path(SlowPath::Snapshot);
    let arguments = cx.with_context([old]);
    cx.builder.ins().call(callee, &arguments);
    cx.builder.ins().jump(next, &[]);
    cx.continue_in(next);
}

fn remember(cx: &mut FunctionCx<'_, '_, '_>, place: Place, value: Operand) {
    let offset = LOG_OFFSET as i32;
    let byte = Place { object: place.object, base: place.object, offset, region: Region::Header };
    let log = access::load(cx, types::I8, byte);
    let next = on_slow_path(cx, log);
    let value = cx.read(value);
    let look = cx.fresh_cold_block();
    cx.builder.ins().brif(value, look, &[], next, &[]);
    cx.continue_in(look);
    let offset = MARK_OFFSET as i32;
    let byte = Place { object: value, base: value, offset, region: Region::Header };
    let mark = access::load(cx, types::I8, byte);
    let call = cx.fresh_cold_block();
    cx.builder.ins().brif(mark, next, &[], call, &[]);
    cx.continue_in(call);
    let object = cx.cold_argument(place.object);
    // Another value than the base, as no offset of a place is 0.
    let address = cx.builder.ins().iadd_imm_s(place.base, i64::from(place.offset));
    let value = cx.cold_argument(value);
    let callee = cx.slow_path(SlowPath::Remember);
    let arguments = cx.with_context([object, address, value]);
    cx.builder.ins().call(callee, &arguments);
    cx.builder.ins().jump(next, &[]);
    cx.continue_in(next);
}

/// Branches to a cold block if the flag is not 0 and goes on in that block; returns the block to jump
/// to from there.
fn on_slow_path(cx: &mut FunctionCx<'_, '_, '_>, flag: Value) -> ir::Block {
    let (slow, next) = (cx.fresh_cold_block(), cx.fresh_block());
    cx.builder.ins().brif(flag, slow, &[], next, &[]);
    cx.continue_in(slow);
    next
}
