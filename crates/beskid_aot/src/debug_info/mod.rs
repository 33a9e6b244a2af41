//! DWARF: names, lines and variables of functions, for debuggers and profilers.
//!
//! A compilation unit describes [`FUNCTIONS_OF_A_UNIT`] functions, so that units can be made on all cores: a
//! subprogram and a sequence of lines for each function, at every optimisation level. Code that was inlined
//! has the line that it was written on, and the calls it came through ([`inlined`]). Variables are in the blocks of the source ([`scopes`]), and have values where
//! the code is not optimised ([`bindings`]). Traces of
//! panics do not read this; it is in sections that are never loaded, and `strip` removes it.
//!
//! *Invariants.* Files are named as on the command line; there is no folder of the building machine. Stretches of
//! code are distances from the start of the section that all code is in, which is the base address of every unit:
//! so a linker has one address to fill in for each function and sequence, not for each stretch.
//!
//! *Absent*: values of objects, enums and arrays.

mod bindings;
mod inlined;
mod scopes;

use std::collections::BTreeMap;
use std::ops::Range;

use beskid_codegen::mir::{Name, Names, Origin, Program, SourcePos};
use beskid_codegen::{CodegenArtifact, DefinedFunction, DefinedUnit};
use cranelift_codegen::isa::TargetIsa;
use cranelift_object::ObjectProduct;
use gimli::write::{
    Address, AttributeValue, DwarfUnit, FileId, LineProgram, LineString, RangeList, Sections,
};
use gimli::{Encoding, Format, LineEncoding, SectionId};
use object::{RelocationKind, SectionKind};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rustc_hash::FxHashMap;
use target_lexicon::Triple;

use crate::relocations::Table;
use bindings::Types;
use inlined::Callees;
use scopes::Code;

const ENCODING: Encoding = Encoding { format: Format::Dwarf32, version: 5, address_size: 8 };
/// There is no code for Beskid; its numbers, names and calls are shown right as if it were C.
const LANGUAGE: gimli::DwLang = gimli::DW_LANG_C11;

/// Functions that one compilation unit describes.
const FUNCTIONS_OF_A_UNIT: usize = 1000;

/// What all compilation units are made from.
#[derive(Clone, Copy)]
struct Place<'p> {
    /// Where functions start in the section of all code.
    starts: &'p [u64],
    /// The program's first position, whose file units are called by.
    first: &'p Origin,
    triple: &'p Triple,
    /// What inlined calls need to know of who was called.
    callees: &'p Callees<'p>,
}

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
    let callees = Callees::of(artifact.program());
    let starts = starts(product, unit)?;
    let place = Place { starts: &starts, first, triple: isa.triple(), callees: &callees };
    let describe = |functions: Range<usize>| {
        let mut dwarf = describe(unit, functions, artifact.program(), place);
        let mut sections = Sections::new(Table::new(isa));
        dwarf.write(&mut sections).map_err(|error| error.to_string())?;
        Ok::<_, String>(sections)
    };
    let count = unit.functions.len();
    let groups: Vec<Range<usize>> = (0..count.div_ceil(FUNCTIONS_OF_A_UNIT))
        .map(|group| group * FUNCTIONS_OF_A_UNIT)
        .map(|from| from..count.min(from + FUNCTIONS_OF_A_UNIT))
        .collect();
    let described: Vec<_> = match &groups[..] {
        // Starting threads takes longer.
        [all] => vec![describe(all.clone())],
        groups => groups.par_iter().cloned().map(describe).collect(),
    };
    let mut tables = BTreeMap::new();
    for sections in described {
        append(&mut tables, &sections?, isa);
    }
    tables.retain(|_, table| !table.bytes.slice().is_empty());

    let mut places = Vec::new();
    for (&id, table) in &tables {
        let section = product.object.add_section(Vec::new(), id.name().into(), SectionKind::Debug);
        product.object.append_section_data(section, table.bytes.slice(), 1);
        places.push((id, section, product.object.section_symbol(section)));
    }
    for (table, &(_, section, _)) in tables.into_values().zip(&places) {
        let symbol =
            |id| places.iter().find(|&&(other, ..)| other == id).map(|&(_, _, symbol)| symbol);
        table.relocate(product, unit, section, RelocationKind::Absolute, symbol)?;
    }
    Ok(())
}

/// Appends the sections of a unit to those of the units before it.
fn append(
    tables: &mut BTreeMap<SectionId, Table>,
    sections: &Sections<Table>,
    isa: &dyn TargetIsa,
) {
    let length = |id| tables.get(&id).map_or(0, |table: &Table| table.bytes.slice().len());
    let mut starts = BTreeMap::new();
    let _ = sections.for_each(|id, _| {
        starts.insert(id, length(id));
        Ok::<(), ()>(())
    });
    let _ = sections.for_each(|id, table| {
        let all = tables.entry(id).or_insert_with(|| Table::new(isa));
        all.append(table, |other| starts.get(&other).copied().unwrap_or(0));
        Ok::<(), ()>(())
    });
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

/// The compilation unit of some functions.
fn describe(
    unit: &DefinedUnit,
    functions: Range<usize>,
    mir: &Program,
    Place { starts, first, triple, callees }: Place<'_>,
) -> DwarfUnit {
    let origins = &mir.origins;
    let mut dwarf = DwarfUnit::new(ENCODING);
    let main_file = text(mir.names.text(first.file));
    dwarf.unit.line_program = LineProgram::new(
        ENCODING,
        LineEncoding::default(),
        LineString::String(Vec::new()),
        None,
        main_file,
        None,
    );
    let mut files = Files { names: &mir.names, ids: FxHashMap::default() };
    let mut types = Types::default();
    let mut inlined = inlined::Functions::of(callees);
    let mut ranges = Vec::with_capacity(functions.len());
    let all = unit.functions.iter().enumerate().zip(&mir.functions);
    for ((index, function), body) in all.take(functions.end).skip(functions.start) {
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
fn range(start: u64, (from, to): Code) -> gimli::write::Range {
    gimli::write::Range::OffsetPair { begin: start + u64::from(from), end: start + u64::from(to) }
}

/// A name that stands in the entry itself: most are short, and a reference would be one more for the linker.
fn name(text: &str) -> AttributeValue {
    AttributeValue::String(text.replace('\0', "?").into_bytes())
}

/// The files that positions are in, as the table of lines numbers them.
struct Files<'n> {
    names: &'n Names,
    /// By their names.
    ids: FxHashMap<Name, FileId>,
}

impl Files<'_> {
    /// The number of a file, which is in the table afterwards.
    fn add(&mut self, name: Name, program: &mut LineProgram) -> FileId {
        *self.ids.entry(name).or_insert_with(|| {
            let name = text(self.names.text(name));
            program.add_file(name, program.default_directory(), None)
        })
    }

    /// The number of a file, if it is in the table.
    fn get(&self, name: Name) -> Option<FileId> {
        self.ids.get(&name).copied()
    }
}

/// A text within the line table; an empty one would end the list it stands in.
fn text(name: &str) -> LineString {
    let name = if name.is_empty() { "?" } else { name };
    LineString::String(name.replace('\0', "?").into_bytes())
}
