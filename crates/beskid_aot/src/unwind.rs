//! `.eh_frame`: how debuggers and profilers walk through compiled functions.
//!
//! *Invariants.* Addresses are relative to their own place, so the table is constant data in a
//! position-independent image.

use beskid_codegen::DefinedUnit;
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::isa::unwind::UnwindInfo;
use cranelift_object::ObjectProduct;
use gimli::write::{Address, EhFrame, FrameTable};
use object::RelocationKind;
use object::write::StandardSection;

use crate::relocations::Table;

/// Adds the table for all functions of `unit`.
pub(crate) fn add(
    product: &mut ObjectProduct,
    unit: &DefinedUnit,
    isa: &dyn TargetIsa,
) -> Result<(), String> {
    let Some(mut cie) = isa.create_systemv_cie() else { return Ok(()) };
    cie.fde_address_encoding = gimli::DwEhPe(gimli::DW_EH_PE_pcrel.0 | gimli::DW_EH_PE_sdata4.0);
    let mut frames = FrameTable::default();
    let cie = frames.add_cie(cie);
    for (index, function) in unit.functions.iter().enumerate() {
        if let Some(UnwindInfo::SystemV(info)) = &function.unwind {
            frames.add_fde(cie, info.to_fde(Address::Symbol { symbol: index, addend: 0 }));
        }
    }
    if frames.fde_count() == 0 {
        return Ok(());
    }
    let mut table = EhFrame(Table::new(isa));
    frames.write_eh_frame(&mut table).map_err(|error| error.to_string())?;
    let EhFrame(table) = table;
    let section = product.object.section_id(StandardSection::EhFrame);
    product.object.append_section_data(section, table.bytes.slice(), 8);
    table.relocate(product, unit, section, RelocationKind::Relative, |_| None)
}
