//! Objects that nobody else sees become locals, one for each field.
//!
//! An object whose reference is only used to load and store its fields, in the function that allocates it, need
//! not be one: an iterator that a loop was made of, the steps of a pipeline, a pair that is taken apart at once, a
//! closure that was inlined. What such an object alone refers to is often the next one.
//!
//! ```text
//!     o = alloc Pair              o.8 = a
//!     store o.8 = a        ──►    …
//!     x = load o.8                x = o.8
//! ```
//!
//! *Invariants.* Such a local has a single definition, is not copied, stored, passed or compared; where it is
//! allocated in a loop, each round has an object of its own, and none is left from the round before. Every field
//! is given a value in the block that allocates, before anything reads it, so that no local is read before it is
//! assigned.

use rustc_hash::FxHashMap;

use super::Outcomes;
use crate::mir::{Block, Body, Local, LocalDecl, OpKind, Operand, Scalar};

/// What is known of an object that a function allocates.
#[derive(Default)]
struct Object {
    /// Where, if that is once.
    home: Option<Block>,
    /// Whether something else than loads and stores of fields uses it.
    escapes: bool,
    /// The fields in the order in which they are first seen: few.
    fields: Vec<Field>,
}

/// A part of an object that is loaded or stored as a whole.
struct Field {
    offset: u32,
    scalar: Scalar,
    stores: usize,
    /// What the allocating block does to it first.
    first: Option<Access>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Load,
    Store,
}

impl Object {
    /// Takes note of an access; the object escapes where fields overlap in part.
    fn access(&mut self, (offset, scalar): (u32, Scalar), access: Access, block: Block) {
        let end = offset + scalar.bytes();
        let overlaps = |field: &Field| {
            field.offset < end
                && offset < field.offset + field.scalar.bytes()
                && (field.offset, field.scalar) != (offset, scalar)
        };
        if self.fields.iter().any(overlaps) {
            self.escapes = true;
            return;
        }
        let known = self.fields.iter().position(|field| field.offset == offset);
        let at = known.unwrap_or_else(|| {
            self.fields.push(Field { offset, scalar, stores: 0, first: None });
            self.fields.len() - 1
        });
        let field = &mut self.fields[at];
        field.stores += usize::from(access == Access::Store);
        if self.home == Some(block) && field.first.is_none() {
            field.first = Some(access);
        }
    }

    fn is_local(&self) -> bool {
        self.home.is_some()
            && !self.escapes
            && self.fields.iter().all(|field| field.first == Some(Access::Store))
    }
}

/// Replaces the objects of a body that stay in it; whether there were any.
pub(super) fn run(body: &mut Body, outcomes: &mut Outcomes) -> bool {
    let mut objects = find(body);
    objects.retain(|_, object| object.is_local());
    if objects.is_empty() {
        return false;
    }
    outcomes.objects_removed += objects.len();
    let mut names: FxHashMap<(Local, u32), Local> = FxHashMap::default();
    for data in body.blocks.iter_mut() {
        let mut name = |object: Local, offset: u32| {
            *names.entry((object, offset)).or_insert_with(|| {
                let field = objects[&object].fields.iter().find(|field| field.offset == offset);
                let (scalar, stores) =
                    field.map_or((Scalar::I64, 0), |field| (field.scalar, field.stores));
                body.locals.push(LocalDecl { scalar, mutable: stores > 1, name: None })
            })
        };
        data.ops.retain_mut(|op| match op.kind {
            OpKind::Alloc { dest, .. } => !objects.contains_key(&dest),
            OpKind::LoadField { dest, object: Operand::Local(object), offset }
                if objects.contains_key(&object) =>
            {
                let value = Operand::Local(name(object, offset));
                op.kind = OpKind::Copy { dest, value };
                true
            }
            OpKind::StoreField { object: Operand::Local(object), offset, value, .. }
                if objects.contains_key(&object) =>
            {
                op.kind = OpKind::Copy { dest: name(object, offset), value };
                true
            }
            _ => true,
        });
    }
    true
}

/// The objects that a body allocates, with what is done to them.
fn find(body: &Body) -> FxHashMap<Local, Object> {
    let mut objects: FxHashMap<Local, Object> = FxHashMap::default();
    for (block, data) in body.blocks.enumerate() {
        for op in &data.ops {
            if let OpKind::Alloc { dest, .. } = op.kind
                && !body.locals[dest].mutable
            {
                objects.entry(dest).or_default().home = Some(block);
            }
        }
    }
    if objects.is_empty() {
        return objects;
    }
    let escape = |objects: &mut FxHashMap<Local, Object>, operand: Operand| {
        if let Operand::Local(local) = operand
            && let Some(object) = objects.get_mut(&local)
        {
            object.escapes = true;
        }
    };
    for (block, data) in body.blocks.enumerate() {
        for op in &data.ops {
            match op.kind {
                OpKind::LoadField { dest, object: Operand::Local(object), offset } => {
                    if let Some(object) = objects.get_mut(&object) {
                        let scalar = body.locals[dest].scalar;
                        object.access((offset, scalar), Access::Load, block);
                    }
                }
                OpKind::StoreField { object: Operand::Local(object), offset, value, .. } => {
                    escape(&mut objects, value);
                    if let Some(object) = objects.get_mut(&object) {
                        let scalar = value.scalar(&body.locals);
                        object.access((offset, scalar), Access::Store, block);
                    }
                }
                _ => op.kind.for_each_operand(|operand| escape(&mut objects, operand)),
            }
        }
        data.terminator.for_each_operand(|operand| escape(&mut objects, operand));
    }
    objects
}

#[cfg(test)]
mod tests;
