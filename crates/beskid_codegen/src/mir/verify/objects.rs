//! Fields and elements are where descriptors say, as far as the object's allocation is visible, and
//! stores without barriers are to objects that no collection has seen. The same holds for the code
//! addresses of closures, which therefore never change.
//!
//! *Not here*: objects that come from elsewhere (parameters, loads, calls) and payloads of enums, whose
//! layout control flow decides; of those only alignment and the header are checked.

use beskid_abi::header::HEADER_SIZE;
use beskid_abi::object::{CLOSURE_CAPTURES_OFFSET, CLOSURE_CODE_OFFSET};
use beskid_analysis::index::IndexVec;
use rustc_hash::FxHashSet;

use super::{Fault, descriptor_of, for_each_op};
use crate::mir::cfg::Cfg;
use crate::mir::{
    Barrier, Block, Body, DataId, Descriptor, DescriptorKind, Local, OpKind, Operand, Program,
    Scalar,
};

/// Checks accesses of objects.
pub(super) fn verify(program: &Program, body: &Body, cfg: &Cfg) -> Result<(), Fault> {
    let known = known_allocations(body, cfg);
    let objects = Objects { program, body, known };
    for_each_op(body, cfg, |block, index, op| {
        objects.access(&op.kind).map_err(|message| Fault::of_op(block, index, message))
    })?;
    verify_initialising(&objects, cfg)
}

struct Objects<'a> {
    program: &'a Program,
    body: &'a Body,
    /// The descriptor by which the object in a local was allocated.
    known: IndexVec<Local, Option<DataId>>,
}

/// Follows single-definition locals from allocations through copies; in this order definitions come
/// before uses.
fn known_allocations(body: &Body, cfg: &Cfg) -> IndexVec<Local, Option<DataId>> {
    let mut known: IndexVec<Local, Option<DataId>> = body.locals.iter().map(|_| None).collect();
    for op in cfg.order.iter().flat_map(|&block| &body.blocks[block].ops) {
        let (dest, descriptor) = match op.kind {
            OpKind::Alloc { dest, descriptor } | OpKind::AllocArray { dest, descriptor, .. } => {
                (dest, Some(descriptor))
            }
            OpKind::Copy { dest, value: Operand::Local(source) } => (dest, known[source]),
            _ => continue,
        };
        if !body.locals[dest].mutable {
            known[dest] = descriptor;
        }
    }
    known
}

impl Objects<'_> {
    fn access(&self, op: &OpKind) -> Result<(), String> {
        match *op {
            OpKind::LoadField { dest, object, offset } => {
                self.field(object, offset, self.body.locals[dest].scalar)
            }
            OpKind::StoreField { object, offset, value, .. } => {
                self.field(object, offset, value.scalar(&self.body.locals))
            }
            OpKind::LoadElement { dest, array, stride, offset, .. } => {
                self.element(array, stride, offset, self.body.locals[dest].scalar)
            }
            OpKind::StoreElement { array, stride, offset, value, .. } => {
                self.element(array, stride, offset, value.scalar(&self.body.locals))
            }
            OpKind::ArrayLen { array, .. } => match self.descriptor(array) {
                Some(record) if record.kind != DescriptorKind::Array => {
                    Err(format!("`{}` is no array", record.name))
                }
                _ => Ok(()),
            },
            OpKind::StringLen { string, .. } => match self.descriptor(string) {
                Some(record) => Err(format!("`{}` is no string", record.name)),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn descriptor(&self, object: Operand) -> Option<&Descriptor> {
        let Operand::Local(local) = object else { return None };
        descriptor_of(self.program, self.known[local]?)
    }

    fn field(&self, object: Operand, offset: u32, scalar: Scalar) -> Result<(), String> {
        aligned(offset, scalar)?;
        if (offset as usize) < HEADER_SIZE {
            return Err("it accesses the header".to_owned());
        }
        match self.descriptor(object) {
            Some(record) if record.kind == DescriptorKind::Array => {
                Err(format!("`{}` is an array", record.name))
            }
            Some(record) if record.kind == DescriptorKind::Payload => Ok(()),
            Some(record)
                if record.kind.has_code()
                    && (offset as usize) < CLOSURE_CAPTURES_OFFSET
                    && scalar != Scalar::I64 =>
            {
                Err(format!("the code of a closure is an i64, not {}", scalar.name()))
            }
            Some(record) => within(record, offset, scalar),
            None => Ok(()),
        }
    }

    /// Whether that is where the closure in a local has its code.
    fn is_code(&self, local: Local, offset: u32) -> bool {
        let record = self.descriptor(Operand::Local(local));
        offset as usize == CLOSURE_CODE_OFFSET
            && record.is_some_and(|record| record.kind.has_code())
    }

    fn element(
        &self,
        array: Operand,
        stride: u32,
        offset: u32,
        scalar: Scalar,
    ) -> Result<(), String> {
        aligned(offset, scalar)?;
        aligned(stride, scalar)?;
        if offset + scalar.bytes() > stride {
            return Err("it reaches beyond the element".to_owned());
        }
        match self.descriptor(array) {
            Some(record) if record.kind != DescriptorKind::Array => {
                Err(format!("`{}` is no array", record.name))
            }
            Some(record) if record.size != stride => {
                Err(format!("elements of `{}` have {} bytes", record.name, record.size))
            }
            Some(record) => within(record, offset, scalar),
            None => Ok(()),
        }
    }
}

fn aligned(offset: u32, scalar: Scalar) -> Result<(), String> {
    if offset.is_multiple_of(scalar.bytes()) {
        return Ok(());
    }
    Err(format!("{offset} is no place for a {}", scalar.name()))
}

/// Whether the descriptor has room for a scalar at an offset, and it is a reference exactly if the
/// collector takes it for one.
fn within(record: &Descriptor, offset: u32, scalar: Scalar) -> Result<(), String> {
    if offset + scalar.bytes() > record.size {
        return Err(format!("`{}` has {} bytes", record.name, record.size));
    }
    let end = offset + scalar.bytes();
    let after = record.references.partition_point(|&reference| reference < end);
    let last = after.checked_sub(1).map(|index| record.references[index]);
    let fits = match last {
        Some(reference) if scalar == Scalar::Ref => reference == offset,
        Some(reference) => reference + Scalar::Ref.bytes() <= offset,
        None => scalar != Scalar::Ref,
    };
    if fits {
        return Ok(());
    }
    match last {
        Some(reference) if scalar != Scalar::Ref => {
            Err(format!("`{}` has a reference at {reference}", record.name))
        }
        _ => Err(format!("`{}` has no reference at {offset}", record.name)),
    }
}

/// Follows the object that was allocated last: as every allocation is a safepoint, it alone has not
/// been seen by a collection. A block begins with the object of the blocks before it if they agree.
/// Closures get their code while they are that object, so that passes can rely on it.
fn verify_initialising(objects: &Objects<'_>, cfg: &Cfg) -> Result<(), Fault> {
    /// The newest object is that of this allocation: its place in the body.
    type Newest = Option<(Block, usize)>;
    let body = objects.body;
    let mut at_end: IndexVec<Block, Newest> = body.blocks.iter().map(|_| None).collect();
    let mut given_code = FxHashSet::default();
    let mut made_by: IndexVec<Local, Newest> = body.locals.iter().map(|_| None).collect();
    for &block in &cfg.order {
        // A back edge comes from a block that was not looked at yet, which holds `None`.
        let mut before = cfg.predecessors[block].iter().map(|&from| at_end[from]);
        let first = before.next().flatten();
        let mut newest = if before.all(|other| other == first) { first } else { None };
        for (index, op) in body.blocks[block].ops.iter().enumerate() {
            match op.kind {
                OpKind::StoreField { object, barrier: Barrier::Initialising, .. }
                | OpKind::StoreElement { array: object, barrier: Barrier::Initialising, .. } => {
                    let Operand::Local(local) = object else {
                        return Err(Fault::of_op(block, index, "constants are not initialised"));
                    };
                    if newest.is_none() || made_by[local] != newest {
                        let message = "a collection may have seen the object it initialises";
                        return Err(Fault::of_op(block, index, message));
                    }
                }
                OpKind::StoreField { object: Operand::Local(local), offset, .. }
                    if objects.is_code(local, offset) =>
                {
                    let made = newest.filter(|_| made_by[local] == newest);
                    if !made.is_some_and(|made| given_code.insert(made)) {
                        let message = "a closure gets its code once, where it is made";
                        return Err(Fault::of_op(block, index, message));
                    }
                }
                OpKind::Copy { dest, value: Operand::Local(source) }
                    if !body.locals[dest].mutable =>
                {
                    made_by[dest] = made_by[source];
                }
                _ => {}
            }
            if op.kind.is_safepoint() {
                newest = None;
            }
            if let OpKind::Alloc { dest, .. } | OpKind::AllocArray { dest, .. } = op.kind
                && !body.locals[dest].mutable
            {
                newest = Some((block, index));
                made_by[dest] = newest;
            }
        }
        at_end[block] = newest;
    }
    Ok(())
}
