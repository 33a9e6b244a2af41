//! DWARF: names, lines and variables of functions, for debuggers and profilers.
//!
//! One compilation unit describes the program: a subprogram and a sequence of lines for each function,
//! at every optimisation level. Code that was inlined has the line that it was written on, and the calls
//! it came through ([`inlined`]). Variables are in the blocks of the source ([`scopes`]), and have values where
//! the code is not optimised ([`bindings`]). Traces of
//! panics do not read this; it is in sections that are never loaded, and `strip` removes it.
//!
//! *Invariants.* Files are named as on the command line; there is no folder of the building machine. Stretches of
//! code are distances from the start of the section that all code is in, which is the base address of the unit:
//! so a linker has one address to fill in for each function and sequence, not for each stretch.
//!
//! *Absent*: values of objects, enums and arrays.

mod bindings;
mod inlined;
mod scopes;

use beskid_codegen::mir::{ByName, Name, Names, Origin, Program, SourcePos};
use beskid_codegen::{CodegenArtifact, DefinedFunction, DefinedUnit};
use cranelift_codegen::isa::TargetIsa;
use cranelift_object::ObjectProduct;
use gimli::write::{
    Address, AttributeValue, DwarfUnit, FileId, LineProgram, LineString, Range, RangeList, Sections,
};
use gimli::{Encoding, Format, LineEncoding, SectionId};
use object::{RelocationKind, SectionKind};
use target_lexicon::Triple;

use crate::relocations::Table;
use bindings::Types;
use scopes::Code;

const ENCODING: Encoding = Encoding { format: Format::Dwarf32, version: 5, address_size: 8 };
/// There is no code for Beskid; its numbers, names and calls are shown right as if it were C.
const LANGUAGE: gimli::DwLang = gimli::DW_LANG_C11;

/// Adds the sections that describe `unit`.
pub(crate) fn add(
    product: &mut ObjectProduct,
    unit: &DefinedUnit,
    artifact: &CodegenArtifact,
    isa: &dyn TargetIsa,
) -> Result<(), String> {
    let origins = &artifact.program().origins;
    let Some(first) = origins.first().filter(|_| !unit.functions.is_empty()) else {
        return Ok(());
    };
    let starts = starts(product, unit)?;
    let mut dwarf = describe(unit, artifact.program(), &starts, first, isa.triple());
    let mut sections = Sections::new(Table::new(isa));
    dwarf.write(&mut sections).map_err(|error| error.to_string())?;

    let mut tables: Vec<(SectionId, &Table)> = Vec::new();
    let _ = sections.for_each(|id, table| {
        if !table.bytes.slice().is_empty() {
            tables.push((id, table));
        }
        Ok::<(), ()>(())
    });
    let mut places = Vec::new();
    for &(id, table) in &tables {
        let kind = match id {
            SectionId::DebugStr | SectionId::DebugLineStr => SectionKind::DebugString,
            _ => SectionKind::Debug,
        };
        let section = product.object.add_section(Vec::new(), id.name().into(), kind);
        product.object.append_section_data(section, table.bytes.slice(), 1);
        places.push((id, section, product.object.section_symbol(section)));
    }
    for ((_, table), &(_, section, _)) in tables.iter().zip(&places) {
        let symbol =
            |id| places.iter().find(|&&(other, ..)| other == id).map(|&(_, _, symbol)| symbol);
        let table = Table::clone(table);
        table.relocate(product, unit, section, RelocationKind::Absolute, symbol)?;
    }
    Ok(())
}

/// How far each function is from the start of the section that all code is in.
fn starts(product: &ObjectProduct, unit: &DefinedUnit) -> Result<Vec<u64>, String> {
    let symbol = |function: &DefinedFunction| {
        let symbol = product.object.symbol(product.function_symbol(function.id));
        (symbol.section.id(), symbol.value)
    };
    let first = unit.functions.first().map(|function| symbol(function).0);
    let start = |function| match symbol(function) {
        (section, start) if Some(section) == first => Ok(start),
        _ => Err("functions are in several sections".to_owned()),
    };
    unit.functions.iter().map(start).collect()
}

fn describe(
    unit: &DefinedUnit,
    mir: &Program,
    starts: &[u64],
    first: &Origin,
    triple: &Triple,
) -> DwarfUnit {
    let origins = &mir.origins;
    let mut dwarf = DwarfUnit::new(ENCODING);
    let main_file = text(mir.names.text(first.file));
    dwarf.unit.line_program =
        LineProgram::new(ENCODING, LineEncoding::default(), text("."), None, main_file, None);
    let mut files = Files { names: &mir.names, ids: mir.names.table() };
    let mut types = Types::default();
    let mut inlined = inlined::Functions::of(mir);
    let mut ranges = Vec::with_capacity(unit.functions.len());
    for ((index, function), body) in unit.functions.iter().enumerate().zip(&mir.functions) {
        let address = Address::Symbol { symbol: index, addend: 0 };
        let length = u64::from(function.code_length);
        ranges.push(range(starts[index], (0, function.code_length)));

        // Code the compiler made stands in no file: debuggers know its bytes and its symbol.
        if function.position == SourcePos::NOWHERE {
            continue;
        }
        let at = |position: SourcePos| &origins[position.0 as usize];
        let program = &mut dwarf.unit.line_program;
        let own = at(function.position);
        let own_file = files.add(own.file, program);

        program.begin_sequence(Some(address));
        // What stands before the first statement is one row, at whose end debuggers take a function for
        // entered: parameters are in their places there.
        let mut last = None;
        let start = (0, function.position);
        for &(offset, position) in [start].iter().chain(&function.lines) {
            if last.replace(position) == Some(position) {
                continue;
            }
            let origin = at(position);
            let file = files.add(origin.file, program);
            let mut parent = origin.parent;
            while let Some(call) = parent {
                files.add(at(call).file, program);
                parent = at(call).parent;
            }
            let row = program.row();
            row.address_offset = u64::from(offset);
            row.file = file;
            row.line = u64::from(origin.line);
            row.column = u64::from(origin.column);
            program.generate_row();
        }
        program.end_sequence(length);

        let root = dwarf.unit.root();
        let id = dwarf.unit.add(root, gimli::DW_TAG_subprogram);
        let entry = dwarf.unit.get_mut(id);
        entry.set(gimli::DW_AT_name, name(&function.name));
        // No linkage name: debuggers would show that one, and it says nothing that people ask for.
        entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(address));
        entry.set(gimli::DW_AT_high_pc, AttributeValue::Udata(length));
        entry.set(gimli::DW_AT_decl_file, AttributeValue::FileIndex(Some(own_file)));
        entry.set(gimli::DW_AT_decl_line, AttributeValue::Udata(u64::from(own.line)));
        let described = bindings::Function { start: starts[index], defined: function, body };
        let register = bindings::frame_pointer(triple);
        let entries = bindings::describe(&mut dwarf, &mut types, id, &described, origins, register);
        inlined::describe(
            &mut dwarf,
            (&mut inlined, &mut types),
            &entries,
            (starts[index], function),
            &files,
        );
    }
    let ranges = dwarf.unit.ranges.add(RangeList(ranges));
    let base = Address::Symbol { symbol: 0, addend: -(starts[0] as i64) };
    let root = dwarf.unit.root();
    let root = dwarf.unit.get_mut(root);
    root.set(gimli::DW_AT_producer, name(concat!("beskid ", env!("CARGO_PKG_VERSION"))));
    root.set(gimli::DW_AT_language, AttributeValue::Language(LANGUAGE));
    root.set(gimli::DW_AT_name, name(mir.names.text(first.file)));
    root.set(gimli::DW_AT_low_pc, AttributeValue::Address(base));
    root.set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(ranges));
    dwarf
}

/// A stretch of code of the function that starts at `start`.
fn range(start: u64, (from, to): Code) -> Range {
    Range::OffsetPair { begin: start + u64::from(from), end: start + u64::from(to) }
}

/// A name that stands in the entry itself: most are short, and a reference would be one more for the linker.
fn name(text: &str) -> AttributeValue {
    AttributeValue::String(text.replace('\0', "?").into_bytes())
}

/// The files that positions are in, as the table of lines numbers them.
struct Files<'n> {
    names: &'n Names,
    /// By their names.
    ids: ByName<FileId>,
}

impl Files<'_> {
    /// The number of a file, which is in the table afterwards.
    fn add(&mut self, name: Name, program: &mut LineProgram) -> FileId {
        self.ids.get_or_insert_with(name, || {
            let name = text(self.names.text(name));
            program.add_file(name, program.default_directory(), None)
        })
    }

    /// The number of a file, if it is in the table.
    fn get(&self, name: Name) -> Option<FileId> {
        self.ids.get(name)
    }
}

/// A text within the line table; an empty one would end the list it stands in.
fn text(name: &str) -> LineString {
    let name = if name.is_empty() { "?" } else { name };
    LineString::String(name.replace('\0', "?").into_bytes())
}
