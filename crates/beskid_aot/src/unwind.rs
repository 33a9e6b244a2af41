//! `.eh_frame`: how debuggers and profilers walk through compiled functions.
//!
//! *Invariants.* Addresses are relative to their own place, so the table is constant data in a
//! position-independent image. They name sections and not functions, because a function may be
//! replaced by a symbol of another image, its code may not.

use beskid_codegen::DefinedUnit;
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::isa::unwind::UnwindInfo;
use cranelift_object::ObjectProduct;
use gimli::RunTimeEndian;
use gimli::write::{
    Address, EhFrame, EndianVec, FrameTable, RelocateWriter, Relocation, RelocationTarget,
};
use object::write::StandardSection;
use object::{RelocationEncoding, RelocationFlags, RelocationKind};

/// Adds the table for all functions of `unit`.
pub(crate) fn add(
    product: &mut ObjectProduct,
    unit: &DefinedUnit,
    isa: &dyn TargetIsa,
) -> Result<(), String> {
    let Some(mut cie) = isa.create_systemv_cie() else { return Ok(()) };
    cie.fde_address_encoding = gimli::DwEhPe(gimli::DW_EH_PE_pcrel.0 | gimli::DW_EH_PE_sdata4.0);
    let mut table = FrameTable::default();
    let cie = table.add_cie(cie);
    for (index, function) in unit.functions.iter().enumerate() {
        if let Some(UnwindInfo::SystemV(info)) = &function.unwind {
            table.add_fde(cie, info.to_fde(Address::Symbol { symbol: index, addend: 0 }));
        }
    }
    if table.fde_count() == 0 {
        return Ok(());
    }
    let endian = match isa.endianness() {
        cranelift_codegen::ir::Endianness::Little => RunTimeEndian::Little,
        cranelift_codegen::ir::Endianness::Big => RunTimeEndian::Big,
    };
    let mut frames = EhFrame(Writer { bytes: EndianVec::new(endian), relocations: Vec::new() });
    table.write_eh_frame(&mut frames).map_err(|error| error.to_string())?;

    let Writer { bytes, relocations } = frames.0;
    let section = product.object.section_id(StandardSection::EhFrame);
    product.object.append_section_data(section, bytes.slice(), 8);
    for relocation in relocations {
        let RelocationTarget::Symbol(index) = relocation.target else {
            return Err("an unwind table refers to a section".to_owned());
        };
        let function = product.function_symbol(unit.functions[index].id);
        let function = product.object.symbol(function);
        let (Some(code), offset) = (function.section.id(), function.value) else {
            return Err("an unwind table refers to a function that is not defined".to_owned());
        };
        let symbol = product.object.section_symbol(code);
        let relocation = object::write::Relocation {
            offset: relocation.offset as u64,
            symbol,
            addend: relocation.addend + offset as i64,
            flags: RelocationFlags::Generic {
                kind: RelocationKind::Relative,
                encoding: RelocationEncoding::Generic,
                size: 32,
            },
        };
        product.object.add_relocation(section, relocation).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Bytes, and the places in them that a linker fills.
#[derive(Clone)]
struct Writer {
    bytes: EndianVec<RunTimeEndian>,
    relocations: Vec<Relocation>,
}

impl RelocateWriter for Writer {
    type Writer = EndianVec<RunTimeEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.bytes
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.bytes
    }

    fn relocate(&mut self, relocation: Relocation) {
        self.relocations.push(relocation);
    }
}
