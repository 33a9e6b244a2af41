//! Fields, elements, lengths, entries of dispatch tables, counters.
//!
//! Every access names the region of memory it belongs to, so that Cranelift keeps a loaded value over
//! a store that cannot change it. Regions are told apart by what cannot be the same place in any
//! program: fields of different offsets (objects of one layout do not overlap, objects of different
//! ones are different), elements of different kinds, lengths (which nobody writes), log bytes, the
//! thread context, root slots, counters.
//!
//! *Invariants.* Loads from objects are neither readonly nor movable (see the parent module); that from
//! a table, which is no object, is readonly. Addresses inside objects are formed here, from a live
//! reference, and used at once.

use beskid_abi::coverage::COUNTER_SIZE;
use beskid_abi::object::{ARRAY_ELEMENTS_OFFSET, ARRAY_LENGTH_OFFSET, STRING_LENGTH_OFFSET};
use beskid_abi::thread_context::{COUNTERS_OFFSET, HASH_SEED_OFFSET};
use beskid_analysis::index::Id;
use cranelift_codegen::ir::{
    AliasRegion, AliasRegionData, InstBuilder, MemFlagsData, Type, Value, types,
};
use cranelift_frontend::FunctionBuilder;
use rustc_hash::FxHashMap;

use super::barrier;
use super::function::FunctionCx;
use super::signature;
use crate::mir::{Barrier, Const, CounterId, Local, Operand, Scalar};

/// Memory that no access of another region touches.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Region {
    /// The thread context.
    Thread,
    /// Slots that stack maps list.
    Roots,
    /// Slots where debuggers find bindings.
    Bindings,
    /// The seed in the thread context, which nobody writes.
    HashSeed,
    /// The address of the counters in the thread context, which no code of the program writes.
    CountersAddress,
    /// Counters.
    Counters,
    /// Headers of objects.
    Header,
    /// Lengths of arrays and strings.
    Length,
    /// Dispatch tables.
    Table,
    /// Elements of a kind, by the bytes and class of the kind.
    Element(Scalar),
    /// Fields at an offset.
    Field(u32),
}

impl Region {
    /// The number in CLIF: fields have their offset, everything else what no offset of a field is.
    fn number(self) -> u32 {
        match self {
            Self::Thread => 1,
            Self::Roots => 2,
            Self::Header => 3,
            Self::Length => 4,
            Self::Table => 5,
            Self::Bindings => 6,
            Self::HashSeed => 7,
            Self::CountersAddress => u32::MAX - 1,
            Self::Counters => u32::MAX,
            Self::Element(scalar) => (1 << 31) + scalar as u32,
            Self::Field(offset) => offset,
        }
    }

    fn description(self) -> String {
        match self {
            Self::Thread => "thread context".to_owned(),
            Self::Roots => "roots".to_owned(),
            Self::Header => "header".to_owned(),
            Self::Length => "length".to_owned(),
            Self::Bindings => "bindings".to_owned(),
            Self::HashSeed => "hash seed".to_owned(),
            Self::CountersAddress => "address of counters".to_owned(),
            Self::Counters => "counters".to_owned(),
            Self::Table => "dispatch table".to_owned(),
            Self::Element(scalar) => format!("{} elements", scalar.name()),
            Self::Field(offset) => format!("fields at {offset}"),
        }
    }
}

/// The regions a function has used so far.
#[derive(Default)]
pub(super) struct Regions {
    made: FxHashMap<Region, AliasRegion>,
}

impl Regions {
    /// The flags of an access that cannot fail.
    pub(super) fn flags(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        region: Region,
    ) -> MemFlagsData {
        let made = *self.made.entry(region).or_insert_with(|| {
            builder.func.dfg.alias_regions.insert(AliasRegionData {
                user_id: region.number(),
                description: region.description().into(),
            })
        });
        MemFlagsData::trusted().with_alias_region(Some(made))
    }
}

/// A part of an element.
#[derive(Clone, Copy)]
pub(super) struct Element {
    pub(super) array: Operand,
    pub(super) index: Operand,
    pub(super) stride: u32,
    pub(super) offset: u32,
}

/// Where an access goes.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The object, as a reference.
    pub(super) object: Value,
    /// The object's address, or that of the element.
    pub(super) base: Value,
    pub(super) offset: i32,
    pub(super) region: Region,
}

/// `dest = object.offset`
pub(super) fn load_field(
    cx: &mut FunctionCx<'_, '_, '_>,
    dest: Local,
    object: Operand,
    offset: u32,
) {
    let place = field(cx, object, offset);
    let ty = signature::type_of(cx.body.locals[dest].scalar);
    let value = load(cx, ty, place);
    cx.assign(dest, value);
}

/// `object.offset = value`
pub(super) fn store_field(
    cx: &mut FunctionCx<'_, '_, '_>,
    object: Operand,
    offset: u32,
    value: Operand,
    barrier: Barrier,
) {
    let place = field(cx, object, offset);
    store(cx, place, value, barrier);
}

/// `dest = length of array`
pub(super) fn array_len(cx: &mut FunctionCx<'_, '_, '_>, dest: Local, array: Operand) {
    length(cx, dest, array, ARRAY_LENGTH_OFFSET);
}

/// `dest = bytes of string`
pub(super) fn string_len(cx: &mut FunctionCx<'_, '_, '_>, dest: Local, string: Operand) {
    length(cx, dest, string, STRING_LENGTH_OFFSET);
}

/// `dest = hash_seed`
pub(super) fn hash_seed(cx: &mut FunctionCx<'_, '_, '_>, dest: Local) {
    let thread = cx.thread_context();
    let offset = HASH_SEED_OFFSET as i32;
    let field = Place { object: thread, base: thread, offset, region: Region::HashSeed };
    let value = load(cx, types::I64, field);
    cx.assign(dest, value);
}

/// `count counter`
pub(super) fn count(cx: &mut FunctionCx<'_, '_, '_>, counter: CounterId) {
    let thread = cx.thread_context();
    let flags = cx.regions.flags(cx.builder, Region::CountersAddress);
    let counters = cx.builder.ins().load(types::I64, flags, thread, COUNTERS_OFFSET as i32);
    // Programs with so many counters that this does not fit are not made.
    let offset = (counter.index() * COUNTER_SIZE) as i32;
    let flags = cx.regions.flags(cx.builder, Region::Counters);
    let old = cx.builder.ins().load(types::I64, flags, counters, offset);
    let new = cx.builder.ins().iadd_imm_u(old, 1);
    cx.builder.ins().store(flags, new, counters, offset);
}

/// `dest = array[index].offset`
pub(super) fn load_element(cx: &mut FunctionCx<'_, '_, '_>, dest: Local, element: Element) {
    let scalar = cx.body.locals[dest].scalar;
    let place = element_place(cx, element, scalar);
    let value = load(cx, signature::type_of(scalar), place);
    cx.assign(dest, value);
}

/// `array[index].offset = value`
pub(super) fn store_element(
    cx: &mut FunctionCx<'_, '_, '_>,
    element: Element,
    value: Operand,
    barrier: Barrier,
) {
    let place = element_place(cx, element, cx.scalar(value));
    store(cx, place, value, barrier);
}

/// `dest = table[index]`. Where there may be no table, a branch has looked before, so the load stays
/// where it is.
pub(super) fn load_table(cx: &mut FunctionCx<'_, '_, '_>, dest: Local, table: Operand, index: u32) {
    let base = cx.read(table);
    let offset = (index * Scalar::I64.bytes()) as i32;
    let flags = cx.regions.flags(cx.builder, Region::Table).with_readonly();
    let value = cx.builder.ins().load(types::I64, flags, base, offset);
    cx.assign(dest, value);
}

/// Reads a place.
pub(super) fn load(cx: &mut FunctionCx<'_, '_, '_>, ty: Type, place: Place) -> Value {
    let flags = cx.regions.flags(cx.builder, place.region);
    cx.builder.ins().load(ty, flags, place.base, place.offset)
}

fn store(cx: &mut FunctionCx<'_, '_, '_>, place: Place, value: Operand, barrier: Barrier) {
    if barrier == Barrier::Needed {
        barrier::before_store(cx, place, value);
    }
    let value = cx.read(value);
    let flags = cx.regions.flags(cx.builder, place.region);
    cx.builder.ins().store(flags, value, place.base, place.offset);
}

fn length(cx: &mut FunctionCx<'_, '_, '_>, dest: Local, object: Operand, offset: usize) {
    let base = cx.read(object);
    let place = Place { object: base, base, offset: offset as i32, region: Region::Length };
    let value = load(cx, types::I64, place);
    cx.assign(dest, value);
}

fn field(cx: &mut FunctionCx<'_, '_, '_>, object: Operand, offset: u32) -> Place {
    let base = cx.read(object);
    Place { object: base, base, offset: offset as i32, region: Region::Field(offset) }
}

fn element_place(cx: &mut FunctionCx<'_, '_, '_>, element: Element, scalar: Scalar) -> Place {
    let object = cx.read(element.array);
    let start = i64::from(element.offset) + ARRAY_ELEMENTS_OFFSET as i64;
    let region = Region::Element(scalar);
    // A constant index may be part of the offset, if it is not out of this world.
    if let Operand::Const(Const::Int(_, index)) = element.index
        && let Some(bytes) = index.checked_mul(i64::from(element.stride))
        && let Some(Ok(offset)) = bytes.checked_add(start).map(i32::try_from)
    {
        return Place { object, base: object, offset, region };
    }
    let index = cx.read(element.index);
    let scaled = scale(cx, index, element.stride);
    let base = cx.builder.ins().iadd(object, scaled);
    Place { object, base, offset: start as i32, region }
}

/// `index * stride`, as far as possible in the forms that address modes take in: a shift by up to 3 of
/// the index or of 3, 5 or 9 times the index.
fn scale(cx: &mut FunctionCx<'_, '_, '_>, index: Value, stride: u32) -> Value {
    let shift = stride.trailing_zeros();
    let ins = cx.builder.ins();
    let odd = match stride.checked_shr(shift).unwrap_or(0) {
        1 => index,
        factor @ (3 | 5 | 9) => {
            let part = ins.ishl_imm_u(index, i64::from((factor - 1).trailing_zeros()));
            cx.builder.ins().iadd(index, part)
        }
        _ => return ins.imul_imm_u(index, i64::from(stride)),
    };
    if shift == 0 { odd } else { cx.builder.ins().ishl_imm_u(odd, i64::from(shift)) }
}
