//! Parameters and locals, with the types that debuggers show.
//!
//! A string is the address of its object, whose length and bytes can be asked for:
//! `print *name`, `x/s name->bytes`.
//!
//! Those of optimised code have no place: debuggers say that they were optimised out, as they do of others before
//! they have a value.
//!
//! *Invariants.* A binding lies at a fixed distance from the frame pointer, which every function keeps.

use std::collections::BTreeMap;

use beskid_abi::object::{STRING_BYTES_OFFSET, STRING_LENGTH_OFFSET};
use beskid_codegen::DefinedFunction;
use beskid_codegen::mir::{Binding, BindingKind, Body, Origin};
use gimli::Register;
use gimli::write::{
    AttributeValue, DwarfUnit, Expression, Location, LocationList, RangeList, UnitEntryId,
};
use target_lexicon::{Architecture, Triple};

use super::scopes::{self, Block, Pieces};
use super::{name, range};

/// The types that the unit describes so far.
#[derive(Default)]
pub(super) struct Types {
    known: BTreeMap<BindingKind, UnitEntryId>,
}

/// The number that DWARF has for the frame pointer.
pub(super) fn frame_pointer(triple: &Triple) -> Option<Register> {
    match triple.architecture {
        Architecture::X86_64 => Some(gimli::X86_64::RBP),
        Architecture::Aarch64(_) => Some(gimli::AArch64::X29),
        Architecture::Riscv64(_) => Some(gimli::RiscV::X8),
        _ => None,
    }
}

/// A function whose bindings are described.
pub(super) struct Function<'f> {
    /// Where it starts in the section of all code.
    pub(super) start: u64,
    pub(super) defined: &'f DefinedFunction,
    pub(super) body: &'f Body,
}

/// The entries of a function and of the blocks in it.
pub(super) struct Entries {
    function: UnitEntryId,
    blocks: Vec<Block>,
    entries: Vec<UnitEntryId>,
}

impl Entries {
    /// The innermost one that holds a place of the function's text.
    pub(super) fn at(&self, origin: &Origin) -> UnitEntryId {
        let block = scopes::innermost(&self.blocks, (origin.line, origin.column));
        block.map_or(self.function, |number| self.entries[number])
    }
}

/// Describes the bindings of a function within its entry, in the blocks of the source.
pub(super) fn describe(
    dwarf: &mut DwarfUnit,
    types: &mut Types,
    entry: UnitEntryId,
    function: &Function<'_>,
    origins: &[Origin],
    register: Option<Register>,
) -> Entries {
    let bindings = &function.body.bindings;
    if bindings.is_empty() {
        return Entries { function: entry, blocks: Vec::new(), entries: Vec::new() };
    }
    let pieces = Pieces::of(function.defined, origins);
    let (blocks, numbers) = pieces.blocks(bindings);
    let mut entries: Vec<UnitEntryId> = Vec::with_capacity(blocks.len());
    for block in &blocks {
        let parent = block.parent.map_or(entry, |parent| entries[parent]);
        let id = dwarf.unit.add(parent, gimli::DW_TAG_lexical_block);
        let ranges = block.code.iter().map(|&code| range(function.start, code));
        let ranges = dwarf.unit.ranges.add(RangeList(ranges.collect()));
        dwarf.unit.get_mut(id).set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(ranges));
        entries.push(id);
    }

    let offsets = &function.defined.bindings;
    let mut since = Vec::new();
    if let Some(register) = register
        && !offsets.is_empty()
    {
        let mut base = Expression::new();
        base.op_reg(register);
        dwarf.unit.get_mut(entry).set(gimli::DW_AT_frame_base, AttributeValue::Exprloc(base));
        let places: Vec<_> = bindings.iter().map(|binding| binding.scope.since).collect();
        since = pieces.behind(&places);
    }
    for (index, (binding, number)) in bindings.iter().zip(numbers).enumerate() {
        let parent = number.map_or(entry, |number| entries[number]);
        let id = variable(dwarf, types, parent, binding, origins);
        let Some(&offset) = offsets.get(index).filter(|_| register.is_some()) else { continue };
        let mut place = Expression::new();
        place.op_fbreg(offset.into());
        // Parameters have their values from the start.
        let location = match number {
            None => AttributeValue::Exprloc(place),
            Some(_) => {
                let known = since[index].iter().map(|&(from, to)| {
                    let [begin, end] = [from, to].map(|at| function.start + u64::from(at));
                    Location::OffsetPair { begin, end, data: place.clone() }
                });
                let known = dwarf.unit.locations.add(LocationList(known.collect()));
                AttributeValue::LocationListRef(known)
            }
        };
        dwarf.unit.get_mut(id).set(gimli::DW_AT_location, location);
    }
    Entries { function: entry, blocks, entries }
}

/// Describes a binding without a place.
pub(super) fn variable(
    dwarf: &mut DwarfUnit,
    types: &mut Types,
    parent: UnitEntryId,
    binding: &Binding,
    origins: &[Origin],
) -> UnitEntryId {
    let tag = match binding.is_parameter {
        true => gimli::DW_TAG_formal_parameter,
        false => gimli::DW_TAG_variable,
    };
    let ty = types.of(dwarf, binding.kind);
    let id = dwarf.unit.add(parent, tag);
    let variable = dwarf.unit.get_mut(id);
    variable.set(gimli::DW_AT_name, name(&binding.name));
    variable.set(gimli::DW_AT_type, AttributeValue::UnitRef(ty));
    if let Some(origin) = origins.get(binding.position.0 as usize) {
        variable.set(gimli::DW_AT_decl_line, AttributeValue::Udata(u64::from(origin.line)));
    }
    id
}

impl Types {
    fn of(&mut self, dwarf: &mut DwarfUnit, kind: BindingKind) -> UnitEntryId {
        if let Some(&known) = self.known.get(&kind) {
            return known;
        }
        let made = match kind {
            BindingKind::Bool => base(dwarf, "bool", 8, gimli::DW_ATE_boolean),
            // Debuggers print it by the name that C has for it.
            BindingKind::Char => {
                let base = base(dwarf, "char32_t", 32, gimli::DW_ATE_UTF);
                let root = dwarf.unit.root();
                let id = dwarf.unit.add(root, gimli::DW_TAG_typedef);
                named(dwarf, id, "char");
                dwarf.unit.get_mut(id).set(gimli::DW_AT_type, AttributeValue::UnitRef(base));
                id
            }
            BindingKind::Signed(bits) => {
                base(dwarf, &format!("i{bits}"), bits, gimli::DW_ATE_signed)
            }
            BindingKind::Unsigned(bits) => {
                base(dwarf, &format!("u{bits}"), bits, gimli::DW_ATE_unsigned)
            }
            BindingKind::Float(bits) => base(dwarf, &format!("f{bits}"), bits, gimli::DW_ATE_float),
            BindingKind::Address => pointer(dwarf, Some("ptr"), None),
            BindingKind::Text => self.text(dwarf),
        };
        self.known.insert(kind, made);
        made
    }

    /// `string`: the address of an object with its length and bytes.
    fn text(&mut self, dwarf: &mut DwarfUnit) -> UnitEntryId {
        let length = self.of(dwarf, BindingKind::Unsigned(64));
        // Debuggers take bytes of this encoding for text.
        let byte = base(dwarf, "byte", 8, gimli::DW_ATE_unsigned_char);
        let root = dwarf.unit.root();
        let bytes = dwarf.unit.add(root, gimli::DW_TAG_array_type);
        dwarf.unit.get_mut(bytes).set(gimli::DW_AT_type, AttributeValue::UnitRef(byte));
        // Without a count: as many as there are.
        dwarf.unit.add(bytes, gimli::DW_TAG_subrange_type);

        let object = dwarf.unit.add(root, gimli::DW_TAG_structure_type);
        named(dwarf, object, "string");
        let size = AttributeValue::Udata(STRING_BYTES_OFFSET as u64);
        dwarf.unit.get_mut(object).set(gimli::DW_AT_byte_size, size);
        for (name, ty, offset) in
            [("length", length, STRING_LENGTH_OFFSET), ("bytes", bytes, STRING_BYTES_OFFSET)]
        {
            let member = dwarf.unit.add(object, gimli::DW_TAG_member);
            named(dwarf, member, name);
            let member = dwarf.unit.get_mut(member);
            member.set(gimli::DW_AT_type, AttributeValue::UnitRef(ty));
            let offset = AttributeValue::Udata(offset as u64);
            member.set(gimli::DW_AT_data_member_location, offset);
        }
        pointer(dwarf, None, Some(object))
    }
}

fn base(dwarf: &mut DwarfUnit, name: &str, bits: u32, encoding: gimli::DwAte) -> UnitEntryId {
    let root = dwarf.unit.root();
    let id = dwarf.unit.add(root, gimli::DW_TAG_base_type);
    named(dwarf, id, name);
    let entry = dwarf.unit.get_mut(id);
    entry.set(gimli::DW_AT_byte_size, AttributeValue::Udata(u64::from(bits / 8)));
    entry.set(gimli::DW_AT_encoding, AttributeValue::Encoding(encoding));
    id
}

fn pointer(dwarf: &mut DwarfUnit, name: Option<&str>, to: Option<UnitEntryId>) -> UnitEntryId {
    let root = dwarf.unit.root();
    let id = dwarf.unit.add(root, gimli::DW_TAG_pointer_type);
    if let Some(name) = name {
        named(dwarf, id, name);
    }
    let entry = dwarf.unit.get_mut(id);
    entry.set(gimli::DW_AT_byte_size, AttributeValue::Udata(8));
    if let Some(to) = to {
        entry.set(gimli::DW_AT_type, AttributeValue::UnitRef(to));
    }
    id
}

fn named(dwarf: &mut DwarfUnit, entry: UnitEntryId, text: &str) {
    dwarf.unit.get_mut(entry).set(gimli::DW_AT_name, name(text));
}
