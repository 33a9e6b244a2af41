//! Objects: making them, reading and writing their slots.
//!
//! *Invariants.* An object has its first values before the next safepoint, so that their stores need no
//! barrier; a reference stored later gets its barrier.

use super::function::{FunctionCx, Value};
use super::layout::{ObjectLayout, Slot};
use crate::mir::{Barrier, Data, OpKind, Operand, Scalar};

impl FunctionCx<'_, '_> {
    pub(super) fn alloc(&mut self, layout: &ObjectLayout) -> Operand {
        let descriptor = self.program.data(Data::Descriptor(layout.descriptor.clone()));
        let dest = self.temp(Scalar::Ref);
        self.emit(OpKind::Alloc { dest, descriptor });
        Operand::Local(dest)
    }

    /// Gives an object that was allocated just now the values of its fields.
    pub(super) fn fill(&mut self, object: Operand, layout: &ObjectLayout, values: &[Value]) {
        for (slots, value) in layout.fields.iter().zip(values) {
            self.initialise_slots(object, slots, value);
        }
    }

    /// Gives a field of an object that was allocated just now its value.
    pub(super) fn initialise_slots(&mut self, object: Operand, slots: &[Slot], value: &[Operand]) {
        for (slot, &value) in slots.iter().zip(value) {
            let barrier = match slot.scalar {
                Scalar::Ref => Barrier::Initialising,
                _ => Barrier::Scalar,
            };
            self.emit(OpKind::StoreField { object, offset: slot.offset, value, barrier });
        }
    }

    pub(super) fn load_slots(&mut self, object: Operand, slots: &[Slot]) -> Value {
        let mut value = Value::new();
        for slot in slots {
            let dest = self.temp(slot.scalar);
            self.emit(OpKind::LoadField { dest, object, offset: slot.offset });
            value.push(Operand::Local(dest));
        }
        value
    }

    /// Stores into a field of an object of any age.
    pub(super) fn store_slots(&mut self, object: Operand, slots: &[Slot], value: &[Operand]) {
        for (slot, &value) in slots.iter().zip(value) {
            let barrier = self.barrier(value, None);
            self.emit(OpKind::StoreField { object, offset: slot.offset, value, barrier });
        }
    }
}
