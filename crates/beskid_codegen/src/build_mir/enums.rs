//! Enum values: making them, telling their variants apart, reading their payload; `e?`.
//!
//! *Invariants.* A payload is read only where its variant is known.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::{ExprId, Try};
use beskid_analysis::types::{Ty, TyKind};

use super::enum_layout::{Form, Place};
use super::expr::zero;
use super::function::{FunctionCx, Value, int};
use crate::mir::{Block, CompareOp, Const, Operand, Scalar, Terminator};

impl FunctionCx<'_, '_> {
    /// `E::V(…)` from its payload.
    pub(super) fn make_variant(&mut self, ty: Ty, variant: usize, payload: &[Value]) -> Value {
        let layout = self.program.layouts.enumeration(ty);
        let mut value: Value = layout.shape.iter().map(|&scalar| zero(scalar)).collect();
        if layout.form == Form::Tagged {
            value[0] = int(layout.shape[0], variant as i64);
        }
        match &layout.places[variant] {
            Place::Slots(slots) => {
                for (slots, payload) in slots.iter().zip(payload) {
                    for (&slot, &scalar) in slots.iter().zip(payload) {
                        value[slot] = scalar;
                    }
                }
            }
            &Place::Boxed(slot) => value[slot] = self.make_box(ty, variant, payload),
        }
        if layout.form == Form::Tagged && layout.places.len() > 1 {
            for slot in &mut value {
                if self.scalar(*slot) == Scalar::Ref {
                    *slot = self.of_unknown_kind(*slot);
                }
            }
        }
        value
    }

    /// A reference in a slot that variants share: code for the others looks at it as what it is not, and
    /// is never run, which only the tag says. The verifier, which follows objects from their allocation,
    /// does not follow them into a mutable local.
    pub(super) fn of_unknown_kind(&mut self, reference: Operand) -> Operand {
        let Operand::Local(_) = reference else { return reference };
        let local = self.variable(Scalar::Ref);
        self.copy(local, reference);
        Operand::Local(local)
    }

    fn make_box(&mut self, ty: Ty, variant: usize, payload: &[Value]) -> Operand {
        let layout = self.program.layouts.payload_box(ty, variant);
        let object = self.alloc(&layout);
        self.fill(object, &layout, payload);
        object
    }

    /// A value of a variant's payload; the variant is known.
    pub(super) fn payload(&mut self, value: &Value, ty: Ty, variant: usize, index: usize) -> Value {
        let layout = self.program.layouts.enumeration(ty);
        match &layout.places[variant] {
            Place::Slots(slots) => slots[index].iter().map(|&slot| value[slot]).collect(),
            &Place::Boxed(slot) => {
                let object = value[slot];
                let layout = self.program.layouts.payload_box(ty, variant);
                self.load_slots(object, &layout.fields[index])
            }
        }
    }

    /// A scalar that is the same for two values exactly if they are of one variant.
    pub(super) fn discriminant(&mut self, value: &Value, ty: Ty) -> Operand {
        let layout = self.program.layouts.enumeration(ty);
        match layout.form {
            Form::Tagged => value[0],
            Form::Nullable { .. } => {
                self.compare(CompareOp::Eq, value[0], Operand::Const(Const::NullRef))
            }
        }
    }

    /// Goes to the block of a value's variant, or to `default`.
    pub(super) fn switch_variant(
        &mut self,
        value: &Value,
        ty: Ty,
        cases: &[(usize, Block)],
        default: Block,
    ) {
        if !self.is_reachable() {
            return;
        }
        let layout = self.program.layouts.enumeration(ty);
        let target =
            |variant: usize| cases.iter().find(|case| case.0 == variant).map_or(default, |c| c.1);
        match layout.form {
            Form::Nullable { absent } => {
                let (absent, present) = (target(absent), target(1 - absent));
                if absent == present {
                    return self.goto(absent);
                }
                let is_absent =
                    self.compare(CompareOp::Eq, value[0], Operand::Const(Const::NullRef));
                self.branch(is_absent, absent, present);
            }
            Form::Tagged => {
                // Where all variants have a case, the last needs no test.
                let (cases, default) = match cases {
                    [rest @ .., last] if cases.len() == layout.payloads.len() => (rest, last.1),
                    _ => (cases, default),
                };
                match cases {
                    [] => self.goto(default),
                    &[(variant, block)] => {
                        let tag = int(layout.shape[0], variant as i64);
                        let is_it = self.compare(CompareOp::Eq, value[0], tag);
                        self.branch(is_it, block, default);
                    }
                    _ => {
                        let cases = cases.iter().map(|&(variant, b)| (variant as i64, b)).collect();
                        self.terminate(Terminator::Switch { value: value[0], cases, default });
                    }
                }
            }
        }
    }

    /// `operand?`
    pub(super) fn try_expr(&mut self, operand: ExprId, way: Try) -> Value {
        let ty = self.ty(operand);
        let value = self.expr(operand);
        if !self.is_reachable() || !matches!(self.program.layouts.types.kind(ty), TyKind::Enum(..))
        {
            return Value::new();
        }
        let (good, bad) = (self.new_block(), self.new_cold_block());
        self.switch_variant(&value, ty, &[(way.success, good), (way.failure, bad)], bad);
        self.begin(bad);
        match way.returned {
            Some(variant) => {
                let payloads = self.program.layouts.enumeration(ty).payloads[way.failure].len();
                let payload: Vec<Value> = (0..payloads)
                    .map(|index| self.payload(&value, ty, way.failure, index))
                    .collect();
                let result = self.result;
                let leaving = self.make_variant(result, variant, &payload);
                self.leave_with(leaving);
            }
            None => {
                let text = self.text_of(&value, ty);
                self.run_runtime(RuntimeFn::Panic, vec![text]);
            }
        }
        self.begin(good);
        self.payload(&value, ty, way.success, 0)
    }
}
