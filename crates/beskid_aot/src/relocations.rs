//! Tables written with `gimli` that refer to functions and to each other.
//!
//! *Invariants.* A reference to a function is one to its section: its code cannot be replaced, a
//! function's symbol can be, by one of another image.

use beskid_codegen::DefinedUnit;
use cranelift_codegen::ir::Endianness;
use cranelift_codegen::isa::TargetIsa;
use cranelift_object::ObjectProduct;
use gimli::RunTimeEndian;
use gimli::write::{EndianVec, RelocateWriter, Relocation, RelocationTarget, Writer};
use object::write::{SectionId, SymbolId};
use object::{RelocationEncoding, RelocationFlags, RelocationKind};

/// Bytes, and the places in them that a linker fills. Symbols are indexes of functions.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) bytes: EndianVec<RunTimeEndian>,
    pub(crate) relocations: Vec<Relocation>,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(isa: &dyn TargetIsa) -> Self {
        let endian = match isa.endianness() {
            Endianness::Little => RunTimeEndian::Little,
            Endianness::Big => RunTimeEndian::Big,
        };
        Self { bytes: EndianVec::new(endian), relocations: Vec::new() }
    }

    /// Appends another part of the same section; `start_of` says where that part's own parts of other sections
    /// begin.
    pub(crate) fn append(&mut self, part: &Self, start_of: impl Fn(gimli::SectionId) -> usize) {
        let start = self.bytes.slice().len();
        self.bytes.write(part.bytes.slice()).expect("memory takes any bytes");
        self.relocations.extend(part.relocations.iter().map(|relocation| Relocation {
            offset: relocation.offset + start,
            addend: match relocation.target {
                RelocationTarget::Section(id) => relocation.addend + start_of(id) as i64,
                RelocationTarget::Symbol(_) => relocation.addend,
            },
            ..*relocation
        }));
    }

    /// Adds the table's relocations to `section`, where its bytes are; `other` gives the symbol of
    /// another table's section.
    pub(crate) fn relocate(
        self,
        product: &mut ObjectProduct,
        unit: &DefinedUnit,
        section: SectionId,
        kind: RelocationKind,
        other: impl Fn(gimli::SectionId) -> Option<SymbolId>,
    ) -> Result<(), String> {
        for relocation in self.relocations {
            let (symbol, start) = match relocation.target {
                RelocationTarget::Section(id) => {
                    let symbol = other(id).ok_or("a table refers to one that is not there")?;
                    (symbol, 0)
                }
                RelocationTarget::Symbol(index) => {
                    let symbol = product.function_symbol(unit.functions[index].id);
                    let symbol = product.object.symbol(symbol);
                    let start = symbol.value;
                    let code = symbol.section.id().ok_or("a function without code")?;
                    (product.object.section_symbol(code), start)
                }
            };
            let relocation = object::write::Relocation {
                offset: relocation.offset as u64,
                symbol,
                addend: relocation.addend + start as i64,
                flags: RelocationFlags::Generic {
                    kind,
                    encoding: RelocationEncoding::Generic,
                    size: relocation.size * 8,
                },
            };
            product.object.add_relocation(section, relocation).map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

impl RelocateWriter for Table {
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
