//! Fields and elements, and assignment to places (language.md §6.2).
//!
//! *Invariants.* The object and index of a place are evaluated once, before anything else. An element
//! is only touched behind a check of its index. A reference stored into an object of any age gets its
//! barrier.

use beskid_analysis::ast::AssignOp;
use beskid_analysis::hir::{ExprId, ExprKind, LocalId};
use beskid_analysis::source::Span;
use beskid_analysis::types::{IntTy, Ty};

use super::function::{FunctionCx, Value};
use crate::coverage::Owner;
use crate::mir::{OpKind, Operand, Scalar};

/// An index as an `i64`, and how a panic prints it.
#[derive(Clone, Copy)]
pub(super) struct Index {
    pub(super) value: Operand,
    pub(super) unsigned: bool,
}

/// Whether the index of an element is still to be checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    Needed,
    Done,
}

/// A place whose object and index are evaluated.
pub(super) enum Place {
    Local(super::function::Locals),
    /// A local that a lambda captures by reference.
    Cell(LocalId),
    Field {
        object: Operand,
        ty: Ty,
        field: usize,
    },
    Element {
        array: Operand,
        index: Index,
    },
    /// Evaluating it does not return.
    Never,
}

impl FunctionCx<'_, '_> {
    /// Evaluates an index of any integer type.
    pub(super) fn index(&mut self, id: ExprId) -> Index {
        let ty = self.ty(id);
        let kind = self.program.layouts.types.as_int(ty).unwrap_or(IntTy::I64);
        let value = self.scalar_expr(id);
        let value = self.int_to_width(value, kind.is_signed(), Scalar::I64);
        Index { value, unsigned: !kind.is_signed() }
    }

    /// Panics unless the index is within the array.
    pub(super) fn check_index(&mut self, array: Operand, index: Index) {
        let length = self.array_len(array);
        self.emit(OpKind::CheckIndex { index: index.value, length, unsigned: index.unsigned });
    }

    pub(super) fn load_element(&mut self, array: Operand, index: Operand, element: Ty) -> Value {
        let layout = self.program.layouts.array(element);
        let mut value = Value::new();
        for slot in &layout.slots {
            let dest = self.temp(slot.scalar);
            let (stride, offset) = (layout.stride, slot.offset);
            self.emit(OpKind::LoadElement { dest, array, index, stride, offset });
            value.push(Operand::Local(dest));
        }
        value
    }

    /// Stores an element; `allocated` is the mark of an array that may still be new.
    pub(super) fn store_element(
        &mut self,
        array: Operand,
        index: Operand,
        element: Ty,
        value: &Value,
        allocated: Option<u32>,
    ) {
        let layout = self.program.layouts.array(element);
        for (slot, &value) in layout.slots.iter().zip(value) {
            let barrier = self.barrier(value, allocated);
            let (stride, offset) = (layout.stride, slot.offset);
            self.emit(OpKind::StoreElement { array, index, stride, offset, value, barrier });
        }
    }

    pub(super) fn load_field(&mut self, object: Operand, ty: Ty, field: usize) -> Value {
        let layout = self.program.layouts.object(ty);
        self.load_slots(object, &layout.fields[field])
    }

    fn store_field(&mut self, object: Operand, ty: Ty, field: usize, value: &Value) {
        let layout = self.program.layouts.object(ty);
        self.store_slots(object, &layout.fields[field], value);
    }

    /// `place = value`, `place op= value`.
    pub(super) fn assign(&mut self, place: ExprId, op: AssignOp, value: ExprId, span: Span) {
        let before = self.enter(self.hir.exprs[place].span);
        let ty = self.ty(place);
        let at = self.place(place);
        let value = match op {
            None => self.expr(value),
            Some(op) => {
                let old = self.load_place(&at, ty);
                let operand = self.expr(value);
                self.position = self.position_of(span);
                smallvec::smallvec![self.binary_operator(op, &old, &operand, ty)]
            }
        };
        self.position = self.position_of(span);
        let check = if op.is_none() { Check::Needed } else { Check::Done };
        self.store_place(&at, ty, &value, check);
        self.position = before;
    }

    /// Gives a place of a type its value.
    pub(super) fn store_place(&mut self, place: &Place, ty: Ty, value: &Value, check: Check) {
        match *place {
            Place::Local(ref locals) => self.copy_all(locals, value),
            Place::Cell(local) => self.store_cell(local, value),
            Place::Field { object, ty, field } => self.store_field(object, ty, field, value),
            Place::Element { array, index } => {
                if check == Check::Needed {
                    self.check_index(array, index);
                }
                self.store_element(array, index.value, ty, value, None);
            }
            Place::Never => {}
        }
    }

    /// Evaluates what a place is made of.
    pub(super) fn place(&mut self, id: ExprId) -> Place {
        let hir = self.hir;
        let kind = &hir.exprs[id].kind;
        if matches!(kind, ExprKind::Local(_) | ExprKind::Field(..) | ExprKind::Index(..)) {
            self.count(Owner::Expr(id));
        }
        match *kind {
            ExprKind::Local(local) if self.is_boxed(local) => Place::Cell(local),
            ExprKind::Local(local) => Place::Local(self.binding(local)),
            ExprKind::Field(object, field) => {
                let ty = self.ty(object);
                Place::Field { object: self.scalar_expr(object), ty, field }
            }
            ExprKind::Index(array, index) => {
                let array = self.scalar_expr(array);
                Place::Element { array, index: self.index(index) }
            }
            _ => {
                self.run(id);
                Place::Never
            }
        }
    }

    /// The value that a place has now; an index is checked.
    fn load_place(&mut self, place: &Place, ty: Ty) -> Value {
        match *place {
            Place::Local(ref locals) => {
                let locals = locals.clone();
                locals.iter().map(|&local| self.snapshot(local)).collect()
            }
            Place::Cell(local) => self.load_cell(local),
            Place::Field { object, ty, field } => self.load_field(object, ty, field),
            Place::Element { array, index } => {
                self.check_index(array, index);
                self.load_element(array, index.value, ty)
            }
            Place::Never => self.any_value(ty),
        }
    }
}
