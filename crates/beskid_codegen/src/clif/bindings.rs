//! Where debuggers find bindings: each has a slot of its own in the frame, which is written at every
//! assignment and never read.
//!
//! *Invariants.* A slot has its place for as long as the frame exists, so one place is true for the whole
//! function. Bindings of optimised code have no local and so no slot, and cost nothing.

use beskid_analysis::index::IndexVec;
use cranelift_codegen::ir::{
    self, InstBuilder, StackSlotData, StackSlotKey, StackSlotKind, Value, types,
};
use cranelift_codegen::{Final, MachBufferFinalized};
use cranelift_frontend::FunctionBuilder;

use super::access::{Region, Regions};
use crate::mir::{Body, Local};

/// What tells the slot of bindings from others of a frame.
const KEY: u64 = 1;
/// Bytes of a binding in the slot.
const SIZE: u32 = 8;

/// The slots of a function's bindings.
pub(super) struct Bindings {
    /// The place of each local that is one, by its number among the bindings.
    numbers: IndexVec<Local, Option<u32>>,
    count: u32,
    slot: Option<ir::StackSlot>,
}

impl Bindings {
    pub(super) fn of(body: &Body) -> Self {
        let mut numbers: IndexVec<Local, Option<u32>> = IndexVec::new();
        let count = located(body).count() as u32;
        if count > 0 {
            numbers = body.locals.iter().map(|_| None).collect();
        }
        for (number, local) in (0..).zip(located(body)) {
            numbers[local] = Some(number);
        }
        Self { numbers, count, slot: None }
    }

    /// Makes the slot.
    pub(super) fn prepare(&mut self, builder: &mut FunctionBuilder<'_>) {
        if self.count > 0 {
            let key = StackSlotKey::new(KEY);
            let size = self.count * SIZE;
            let data = StackSlotData::new_with_key(StackSlotKind::ExplicitSlot, size, 3, key);
            self.slot = Some(builder.create_sized_stack_slot(data));
        }
    }

    /// Notes the value of a local, if it is a binding.
    pub(super) fn write(
        &self,
        builder: &mut FunctionBuilder<'_>,
        regions: &mut Regions,
        local: Local,
        value: Value,
    ) {
        let Some(slot) = self.slot else { return };
        let Some(number) = self.numbers[local] else { return };
        let flags = regions.flags(builder, Region::Bindings);
        let address = builder.ins().stack_addr(types::I64, slot, (number * SIZE) as i32);
        builder.ins().store(flags, value, address, 0);
    }
}

/// The locals that bindings have: all of them or none.
fn located(body: &Body) -> impl Iterator<Item = Local> + '_ {
    body.bindings.iter().filter_map(|binding| binding.local)
}

/// Where the bindings of a compiled function lie, in order: bytes from the frame pointer.
pub(crate) fn frame_offsets(body: &Body, buffer: &MachBufferFinalized<Final>) -> Vec<i32> {
    let Some(layout) = buffer.frame_layout().filter(|_| located(body).next().is_some()) else {
        return Vec::new();
    };
    let mut slots = layout.stackslots.values();
    let slot = slots.find(|slot| slot.key == Some(StackSlotKey::new(KEY)));
    let Some(slot) = slot else { return Vec::new() };
    let first = slot.offset as i32 - layout.frame_to_fp_offset as i32;
    (0..body.bindings.len() as i32).map(|number| first + number * SIZE as i32).collect()
}
