//! Static data: strings, type descriptors, closures, dispatch tables, the code map, the record of
//! the program or library.
//!
//! ```text
//! descriptor | the record | reference offsets, u32 each | name |     one object, pointing into itself
//! closure    | header | code address |
//! table      | code address | code address | …
//! ```
//!
//! *Invariants.* Everything here is immutable, but a word of the record of a library; alignment is always
//! stated, because Cranelift's default is 1. The header of a static object carries
//! [`header::MARK_STATIC`] in the addend of its relocation.

use beskid_abi::code_map::EncodedCodeMap;
use beskid_abi::type_descriptor::{
    DESCRIPTOR_NAME_OFFSET, DESCRIPTOR_REFERENCES_OFFSET, DESCRIPTOR_SIZE, Kind,
};
use beskid_abi::{header, library, object, program, symbol};
use cranelift_module::{DataDescription, DataId, Module, ModuleError};

use crate::clif::declare::{Declarations, RecordKind, RecordSymbols};
use crate::error::CodegenError;
use crate::mir;

/// Alignment of all static data.
const ALIGNMENT: u64 = 8;

/// Defines what a program states as data.
pub(crate) fn define(
    program: &mir::Program,
    declarations: &Declarations,
    module: &mut dyn Module,
) -> Result<(), CodegenError> {
    for (data, item) in program.data.enumerate() {
        let id = declarations.data[data];
        let description = match item {
            mir::Data::String(text) => string(text, declarations, module),
            mir::Data::Descriptor(record) => descriptor(record, id, module),
            mir::Data::Closure(value) => closure(*value, declarations, module),
            mir::Data::Table(value) => table(value, declarations, module),
        };
        define_one(module, id, "static data", &description)?;
    }
    Ok(())
}

/// Defines the record of the unit, which the runtime starts from or export shims pass to it, and the code
/// map.
pub(crate) fn define_record(
    symbols: &RecordSymbols,
    map: EncodedCodeMap,
    declarations: &Declarations,
    module: &mut dyn Module,
) -> Result<(), CodegenError> {
    let mut code_map = description(map.bytes);
    for (&offset, &function) in map.address_offsets.iter().zip(&declarations.functions) {
        let function = module.declare_func_in_data(function, &mut code_map);
        code_map.write_function_addr(offset, function);
    }
    define_one(module, symbols.code_map, symbol::CODE_MAP, &code_map)?;

    let (name, size, abi_version, code_map) = match symbols.kind {
        RecordKind::Program { .. } => (
            symbol::PROGRAM,
            program::PROGRAM_SIZE,
            program::PROGRAM_ABI_VERSION_OFFSET,
            program::PROGRAM_CODE_MAP_OFFSET,
        ),
        RecordKind::Library => (
            symbol::LIBRARY,
            library::LIBRARY_SIZE,
            library::LIBRARY_ABI_VERSION_OFFSET,
            library::LIBRARY_CODE_MAP_OFFSET,
        ),
    };
    let mut record = description(vec![0; size]);
    for (offset, data) in [(abi_version, symbols.abi_version), (code_map, symbols.code_map)] {
        let data = module.declare_data_in_data(data, &mut record);
        record.write_data_addr(offset as u32, data, 0);
    }
    if let RecordKind::Program { entry } = symbols.kind {
        let entry = module.declare_func_in_data(declarations.functions[entry], &mut record);
        record.write_function_addr(program::PROGRAM_ENTRY_OFFSET as u32, entry);
    }
    define_one(module, symbols.record, name, &record)
}

fn string(text: &str, declarations: &Declarations, module: &mut dyn Module) -> DataDescription {
    let mut bytes = vec![0; object::string_size(text.len())];
    bytes[object::STRING_LENGTH_OFFSET..][..8].copy_from_slice(&(text.len() as u64).to_le_bytes());
    bytes[object::STRING_BYTES_OFFSET..][..text.len()].copy_from_slice(text.as_bytes());
    let mut description = description(bytes);
    let descriptor =
        declarations.string_descriptor.expect("declared because the program has a string");
    let descriptor = module.declare_data_in_data(descriptor, &mut description);
    description.write_data_addr(0, descriptor, header::STATIC_HEADER_ADDEND);
    description
}

fn descriptor(record: &mir::Descriptor, id: DataId, module: &mut dyn Module) -> DataDescription {
    let kind = match record.kind {
        mir::DescriptorKind::Object | mir::DescriptorKind::Payload => Kind::Object,
        mir::DescriptorKind::Array => Kind::Array,
        mir::DescriptorKind::Closure => Kind::Closure,
        mir::DescriptorKind::BoundMethod => Kind::BoundMethod,
    };
    let words =
        [kind as u32, record.size, record.references.len() as u32, record.name.len() as u32];
    let mut bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    bytes.resize(DESCRIPTOR_SIZE, 0);
    bytes.extend(record.references.iter().copied().flat_map(u32::to_le_bytes));
    let name_at = bytes.len();
    bytes.extend_from_slice(record.name.as_bytes());

    let mut description = description(bytes);
    let this = module.declare_data_in_data(id, &mut description);
    description.write_data_addr(DESCRIPTOR_NAME_OFFSET as u32, this, name_at as i64);
    if !record.references.is_empty() {
        let at = DESCRIPTOR_REFERENCES_OFFSET as u32;
        description.write_data_addr(at, this, DESCRIPTOR_SIZE as i64);
    }
    description
}

fn closure(
    closure: mir::StaticClosure,
    declarations: &Declarations,
    module: &mut dyn Module,
) -> DataDescription {
    let mut description = description(vec![0; object::CLOSURE_CAPTURES_OFFSET]);
    let descriptor = declarations.data[closure.descriptor];
    let descriptor = module.declare_data_in_data(descriptor, &mut description);
    description.write_data_addr(0, descriptor, header::STATIC_HEADER_ADDEND);
    let code = module.declare_func_in_data(declarations.functions[closure.code], &mut description);
    description.write_function_addr(object::CLOSURE_CODE_OFFSET as u32, code);
    description
}

fn table(
    table: &mir::DispatchTable,
    declarations: &Declarations,
    module: &mut dyn Module,
) -> DataDescription {
    // A table without entries has an address, so it needs a place.
    let words = table.functions.len().max(1);
    let mut description = description(vec![0; words * 8]);
    for (index, &function) in table.functions.iter().enumerate() {
        let function =
            module.declare_func_in_data(declarations.functions[function], &mut description);
        description.write_function_addr((index * 8) as u32, function);
    }
    description
}

fn description(bytes: Vec<u8>) -> DataDescription {
    let mut description = DataDescription::new();
    description.define(bytes.into_boxed_slice());
    description.set_align(ALIGNMENT);
    description
}

fn define_one(
    module: &mut dyn Module,
    id: DataId,
    symbol: &str,
    description: &DataDescription,
) -> Result<(), CodegenError> {
    module.define_data(id, description).map_err(|error: ModuleError| CodegenError::Symbol {
        symbol: symbol.into(),
        message: error.to_string().into(),
    })
}
