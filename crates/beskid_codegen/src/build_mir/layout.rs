//! Which scalars a value is, and where they lie in objects and arrays.
//!
//! ```text
//! type Point { bool on, f64 x, string name }     header | x | name | on | padding
//! ```
//!
//! *Invariants.* A value of a type is always the same list of scalars, its *shape*: one for
//! primitives and references, none for `unit`. Fields lie by descending alignment, in declared order
//! among equals, so an object has no holes but at its end. This is the one place that decides what is
//! a reference.

use std::rc::Rc;

use beskid_abi::object::{CLOSURE_CAPTURES_OFFSET, OBJECT_ALIGNMENT, OBJECT_FIELDS_OFFSET};
use beskid_analysis::hir::{Analysis, Event};
use beskid_analysis::types::{FloatTy, IntTy, Ty, TyKind, TyStore};
use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

use super::enum_layout::EnumLayout;
use super::name;
use crate::mir::{Descriptor, DescriptorKind, Scalar};

/// The scalars of a value.
pub(super) type Shape = SmallVec<[Scalar; 2]>;

/// A scalar of a field or element: what it is and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Slot {
    pub(super) scalar: Scalar,
    /// Bytes from the start of the object or element.
    pub(super) offset: u32,
}

/// How an object of a declared type lies in memory.
#[derive(Debug)]
pub(super) struct ObjectLayout {
    /// The slots of each field, in declared order; behind them those of each event: its handlers, and
    /// their number.
    pub(super) fields: Vec<SmallVec<[Slot; 2]>>,
    pub(super) descriptor: Descriptor,
}

/// How the elements of an array lie in memory.
#[derive(Debug)]
pub(super) struct ArrayLayout {
    pub(super) slots: SmallVec<[Slot; 2]>,
    /// Bytes from one element to the next.
    pub(super) stride: u32,
    pub(super) descriptor: Descriptor,
}

/// The layouts of a program, made on demand.
#[derive(Debug)]
pub(super) struct Layouts<'a> {
    pub(super) analysis: &'a Analysis,
    /// The types of the analysis, and those of the instances.
    pub(super) types: TyStore,
    objects: FxHashMap<Ty, Rc<ObjectLayout>>,
    arrays: FxHashMap<Ty, Rc<ArrayLayout>>,
    pub(super) enums: FxHashMap<Ty, Rc<EnumLayout>>,
    /// The objects of boxed payloads, by variant.
    pub(super) boxes: FxHashMap<(Ty, usize), Rc<ObjectLayout>>,
}

impl<'a> Layouts<'a> {
    pub(super) fn new(analysis: &'a Analysis) -> Self {
        Self {
            analysis,
            types: analysis.types.clone(),
            objects: FxHashMap::default(),
            arrays: FxHashMap::default(),
            enums: FxHashMap::default(),
            boxes: FxHashMap::default(),
        }
    }

    /// The types of an object's fields.
    pub(super) fn fields(&mut self, ty: Ty) -> Vec<Ty> {
        let Some((def, list)) = self.types.as_declared(ty) else { return Vec::new() };
        let item = &self.analysis.type_defs[def];
        let arguments = self.types.types(list).to_vec();
        let types = &mut self.types;
        item.fields
            .iter()
            .map(|field| types.substitute(field.ty, &item.type_parameters, &arguments))
            .collect()
    }

    /// The events of an object.
    pub(super) fn events(&self, ty: Ty) -> &'a [Event] {
        match self.types.as_declared(ty) {
            Some((def, _)) => &self.analysis.type_defs[def].events,
            None => &[],
        }
    }

    /// The source name of a type.
    pub(super) fn type_name(&self, ty: Ty) -> String {
        name::of_type(self.analysis, &self.types, ty)
    }

    /// The scalars of a value of a type.
    pub(super) fn shape(&mut self, ty: Ty) -> Shape {
        match *self.types.kind(ty) {
            // Code of generic bodies has arguments in place of parameters.
            TyKind::Error
            | TyKind::Infer
            | TyKind::Never
            | TyKind::Unit
            | TyKind::Param(_)
            | TyKind::IteratorOf(_) => smallvec![],
            TyKind::Bool => smallvec![Scalar::I8],
            TyKind::Int(int) => smallvec![of_int(int)],
            TyKind::Float(FloatTy::F32) => smallvec![Scalar::F32],
            TyKind::Float(FloatTy::F64) => smallvec![Scalar::F64],
            TyKind::Char => smallvec![Scalar::I32],
            TyKind::Ptr => smallvec![Scalar::I64],
            TyKind::String | TyKind::Array(_) | TyKind::Object(..) | TyKind::Function(..) => {
                smallvec![Scalar::Ref]
            }
            TyKind::Contract(..) => smallvec![Scalar::Ref, Scalar::I64],
            TyKind::Enum(..) => self.enumeration(ty).shape.clone(),
        }
    }

    /// The layout of objects of a type.
    pub(super) fn object(&mut self, ty: Ty) -> Rc<ObjectLayout> {
        if let Some(layout) = self.objects.get(&ty) {
            return Rc::clone(layout);
        }
        let mut shapes: Vec<Shape> =
            self.fields(ty).iter().map(|&field| self.shape(field)).collect();
        // Behind the fields lie, for each event, its handlers and their number.
        for event in self.events(ty) {
            shapes.push(SmallVec::from_elem(Scalar::Ref, event.capacity as usize));
            shapes.push(smallvec![Scalar::I64]);
        }
        let layout = Rc::new(object_of(&shapes, self.type_name(ty), DescriptorKind::Object));
        self.objects.insert(ty, Rc::clone(&layout));
        layout
    }

    /// The layout of arrays of an element type.
    pub(super) fn array(&mut self, element: Ty) -> Rc<ArrayLayout> {
        if let Some(layout) = self.arrays.get(&element) {
            return Rc::clone(layout);
        }
        let (mut fields, end) = place(&[self.shape(element)], 0);
        let slots = fields.swap_remove(0);
        let alignment = slots.iter().map(|slot| slot.scalar.bytes()).max().unwrap_or(1);
        let stride = end.next_multiple_of(alignment);
        let layout = Rc::new(ArrayLayout {
            descriptor: Descriptor {
                name: format!("{}[]", self.type_name(element)).into(),
                kind: DescriptorKind::Array,
                size: stride,
                references: references(slots.iter()),
            },
            slots,
            stride,
        });
        self.arrays.insert(element, Rc::clone(&layout));
        layout
    }
}

/// The layout of an object that holds values of these shapes, behind its code if it has some.
pub(super) fn object_of(shapes: &[Shape], name: String, kind: DescriptorKind) -> ObjectLayout {
    let start = if kind.has_code() { CLOSURE_CAPTURES_OFFSET } else { OBJECT_FIELDS_OFFSET };
    let (fields, end) = place(shapes, start as u32);
    ObjectLayout {
        descriptor: Descriptor {
            name: name.into(),
            kind,
            size: end.next_multiple_of(OBJECT_ALIGNMENT as u32),
            references: references(fields.iter().flatten()),
        },
        fields,
    }
}

/// The scalar of an integer type.
pub(super) fn of_int(int: IntTy) -> Scalar {
    match int.bits() {
        8 => Scalar::I8,
        16 => Scalar::I16,
        32 => Scalar::I32,
        _ => Scalar::I64,
    }
}

/// Places the scalars of all shapes by descending size from `start` on; returns the slots of each and
/// the end.
fn place(shapes: &[Shape], start: u32) -> (Vec<SmallVec<[Slot; 2]>>, u32) {
    let mut slots: Vec<SmallVec<[Slot; 2]>> = shapes
        .iter()
        .map(|shape| shape.iter().map(|&scalar| Slot { scalar, offset: 0 }).collect())
        .collect();
    let mut end = start;
    for size in [8, 4, 2, 1] {
        for slot in slots.iter_mut().flatten().filter(|slot| slot.scalar.bytes() == size) {
            slot.offset = end;
            end += size;
        }
    }
    (slots, end)
}

fn references<'s>(slots: impl Iterator<Item = &'s Slot>) -> Box<[u32]> {
    let mut offsets: Vec<u32> =
        slots.filter(|slot| slot.scalar == Scalar::Ref).map(|slot| slot.offset).collect();
    offsets.sort_unstable();
    offsets.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lie_by_descending_size_without_holes() {
        let shapes: [Shape; 5] = [
            smallvec![Scalar::I8],
            smallvec![Scalar::F64],
            smallvec![],
            smallvec![Scalar::I32, Scalar::Ref],
            smallvec![Scalar::I16],
        ];
        let (fields, end) = place(&shapes, 8);
        let offsets: Vec<Vec<u32>> =
            fields.iter().map(|slots| slots.iter().map(|slot| slot.offset).collect()).collect();
        assert_eq!(offsets, [vec![30], vec![8], vec![], vec![24, 16], vec![28]]);
        assert_eq!(end, 31);
        assert_eq!(*references(fields.iter().flatten()), [16]);
    }
}
