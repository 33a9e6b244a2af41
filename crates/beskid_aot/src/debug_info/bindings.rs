//! Parameters and locals, with the types that debuggers show.
//!
//! A string is the address of its object, whose length and bytes can be asked for:
//! `print *name`, `x/s name->bytes`.
//!
//! *Invariants.* A binding lies at a fixed distance from the frame pointer, which every function keeps.

use std::collections::BTreeMap;

use beskid_abi::object::{STRING_BYTES_OFFSET, STRING_LENGTH_OFFSET};
use beskid_codegen::DefinedFunction;
use beskid_codegen::mir::{Binding, BindingKind, Body};
use gimli::Register;
use gimli::write::{AttributeValue, DwarfUnit, Expression, UnitEntryId};
use target_lexicon::{Architecture, Triple};

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

/// Describes the bindings of a function within its entry; `line_of` gives the line of a binding.
pub(super) fn describe(
    dwarf: &mut DwarfUnit,
    types: &mut Types,
    entry: UnitEntryId,
    (function, body): (&DefinedFunction, &Body),
    register: Register,
    line_of: impl Fn(&Binding) -> Option<u64>,
) {
    if function.bindings.is_empty() {
        return;
    }
    let mut base = Expression::new();
    base.op_reg(register);
    dwarf.unit.get_mut(entry).set(gimli::DW_AT_frame_base, AttributeValue::Exprloc(base));
    for (binding, &offset) in body.bindings.iter().zip(&function.bindings) {
        let tag = match body.parameters.contains(&binding.local) {
            true => gimli::DW_TAG_formal_parameter,
            false => gimli::DW_TAG_variable,
        };
        let ty = types.of(dwarf, binding.kind);
        let name = dwarf.strings.add(binding.name.as_bytes());
        let id = dwarf.unit.add(entry, tag);
        let variable = dwarf.unit.get_mut(id);
        variable.set(gimli::DW_AT_name, AttributeValue::StringRef(name));
        variable.set(gimli::DW_AT_type, AttributeValue::UnitRef(ty));
        if let Some(line) = line_of(binding) {
            variable.set(gimli::DW_AT_decl_line, AttributeValue::Udata(line));
        }
        let mut place = Expression::new();
        place.op_fbreg(offset.into());
        variable.set(gimli::DW_AT_location, AttributeValue::Exprloc(place));
    }
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

fn named(dwarf: &mut DwarfUnit, entry: UnitEntryId, name: &str) {
    let name = dwarf.strings.add(name.as_bytes());
    dwarf.unit.get_mut(entry).set(gimli::DW_AT_name, AttributeValue::StringRef(name));
}
