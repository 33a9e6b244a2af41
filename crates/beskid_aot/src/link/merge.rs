//! Several objects to one, of which only chosen symbols are seen from outside: what `ld -r` with a list of
//! symbols to keep does.
//!
//! ```text
//! unit ───── all of it ─────┐
//!                           ├─► one object: chosen symbols global, all others local
//! runtime ── what is needed ┘              what neither defines stays undefined
//! ```
//!
//! Both kinds of libraries are made of such an object. In a static one nothing can clash with the host or
//! with another library of Beskid, whatever version that is; in a shared one nothing is exported by
//! accident, whoever links it.
//!
//! *Invariants.* Bytes of code and data are not touched. Sections stay in the order of the inputs. A section
//! of the runtime is kept if the unit needs it, directly or not; entries for debuggers follow the code they
//! describe ([`super::frames`]).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use object::elf;
use object::read::elf::{ElfFile64, SectionHeader as _};
use object::write::{self, Object as Output};
use object::{
    Architecture, BinaryFormat, Endianness, Object, ObjectSection, ObjectSymbol, RelocationFlags,
    RelocationTarget, SectionFlags, SectionIndex, SectionKind, SymbolFlags, SymbolIndex,
    SymbolKind, SymbolScope,
};

use super::frames::{self, Entry};

/// The section of unwind tables, which is taken apart.
const FRAMES: &str = ".eh_frame";

/// A table by which LLVM tells linkers whose addresses are taken; it names symbols by number.
const SHT_LLVM_ADDRSIG: u32 = 0x6fff_4c03;

/// A symbol of an input.
type Place = (usize, SymbolIndex);

/// Merges `unit` with what it needs of `others`; of the symbols that they define, `kept` stay global.
pub(super) fn merge(
    unit: &[u8],
    others: &[Cow<'_, [u8]>],
    kept: &BTreeSet<&str>,
) -> Result<Vec<u8>, String> {
    let mut inputs = vec![Input::read(unit)?];
    for other in others {
        inputs.push(Input::read(other)?);
    }
    let mut definitions = BTreeMap::new();
    for (index, input) in inputs.iter().enumerate() {
        for symbol in input.file.symbols().filter(|s| s.is_global() && !s.is_undefined()) {
            let name = symbol.name_bytes().map_err(|error| error.to_string())?;
            let known = definitions.get(name).is_none_or(|&(_, is_weak)| is_weak);
            if known && !(symbol.is_weak() && definitions.contains_key(name)) {
                definitions.insert(name, ((index, symbol.index()), symbol.is_weak()));
            }
        }
    }
    let mut merger = Merger { definitions, live: BTreeSet::new(), entries: BTreeSet::new() };
    merger.mark(&inputs)?;
    merger.write(&inputs, kept)
}

/// An object.
struct Input<'d> {
    file: ElfFile64<'d, Endianness>,
    /// The section of unwind tables, and what is in it.
    frames: Option<(SectionIndex, Vec<Entry>)>,
}

impl<'d> Input<'d> {
    fn read(bytes: &'d [u8]) -> Result<Self, String> {
        let file = ElfFile64::parse(bytes).map_err(|error| error.to_string())?;
        let frames = match file.section_by_name(FRAMES) {
            Some(section) => Some((section.index(), frames::read(&section)?)),
            None => None,
        };
        Ok(Self { file, frames })
    }

    /// The sections that are content: no tables of symbols, names and relocations.
    fn sections(&self) -> impl Iterator<Item = SectionIndex> {
        let endian = self.file.endian();
        let is_content = move |kind| {
            !matches!(
                kind,
                elf::SHT_NULL
                    | elf::SHT_SYMTAB
                    | elf::SHT_STRTAB
                    | elf::SHT_RELA
                    | elf::SHT_REL
                    | elf::SHT_GROUP
                    | SHT_LLVM_ADDRSIG
            )
        };
        let frames = self.frames.as_ref().map(|(index, _)| *index);
        self.file
            .sections()
            .filter(move |section| is_content(section.elf_section_header().sh_type(endian)))
            .map(|section| section.index())
            .filter(move |&index| Some(index) != frames)
    }
}

struct Merger<'n> {
    /// Global symbols by name, and whether a definition is weak.
    definitions: BTreeMap<&'n [u8], (Place, bool)>,
    /// The sections that are kept.
    live: BTreeSet<(usize, usize)>,
    /// The entries of unwind tables that are kept: input and place in its list.
    entries: BTreeSet<(usize, usize)>,
}

impl Merger<'_> {
    /// What a symbol means, if it is defined at all.
    fn resolve(
        &self,
        inputs: &[Input<'_>],
        (input, index): Place,
    ) -> Result<Option<Place>, String> {
        let symbol =
            inputs[input].file.symbol_by_index(index).map_err(|error| error.to_string())?;
        if !symbol.is_global() {
            return Ok(Some((input, index)));
        }
        let name = symbol.name_bytes().map_err(|error| error.to_string())?;
        Ok(self.definitions.get(name).map(|&(place, _)| place))
    }

    /// Finds what is kept: the first input, and what that refers to.
    fn mark(&mut self, inputs: &[Input<'_>]) -> Result<(), String> {
        let mut pending: Vec<(usize, SectionIndex)> = Vec::new();
        for section in inputs[0].sections() {
            self.live.insert((0, section.0));
            pending.push((0, section));
        }
        loop {
            while let Some((input, section)) = pending.pop() {
                let section = inputs[input].file.section_by_index(section);
                let section = section.map_err(|error| error.to_string())?;
                for (_, relocation) in section.relocations() {
                    if let RelocationTarget::Symbol(symbol) = relocation.target() {
                        self.reach(inputs, (input, symbol), &mut pending)?;
                    }
                }
            }
            self.keep_entries(inputs, &mut pending)?;
            if pending.is_empty() {
                return Ok(());
            }
        }
    }

    fn reach(
        &mut self,
        inputs: &[Input<'_>],
        place: Place,
        pending: &mut Vec<(usize, SectionIndex)>,
    ) -> Result<(), String> {
        let Some((input, index)) = self.resolve(inputs, place)? else { return Ok(()) };
        let symbol =
            inputs[input].file.symbol_by_index(index).map_err(|error| error.to_string())?;
        if let Some(section) = symbol.section_index()
            && self.live.insert((input, section.0))
        {
            pending.push((input, section));
        }
        Ok(())
    }

    /// Keeps the entries of unwind tables whose code is kept, and what they refer to.
    fn keep_entries(
        &mut self,
        inputs: &[Input<'_>],
        pending: &mut Vec<(usize, SectionIndex)>,
    ) -> Result<(), String> {
        for (input, entries) in inputs.iter().enumerate() {
            let Some((_, entries)) = &entries.frames else { continue };
            for (number, entry) in entries.iter().enumerate() {
                let Some(function) = entry.function else { continue };
                if self.entries.contains(&(input, number)) {
                    continue;
                }
                let Some((code, index)) = self.resolve(inputs, (input, function))? else {
                    continue;
                };
                let symbol =
                    inputs[code].file.symbol_by_index(index).map_err(|error| error.to_string())?;
                if symbol.section_index().is_none_or(|at| !self.live.contains(&(code, at.0))) {
                    continue;
                }
                for number in [entry.common, number] {
                    if self.entries.insert((input, number)) {
                        for relocation in &entries[number].relocations {
                            self.reach(inputs, (input, relocation.symbol), pending)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes what is kept.
    fn write(&self, inputs: &[Input<'_>], kept: &BTreeSet<&str>) -> Result<Vec<u8>, String> {
        let error = |error: object::Error| error.to_string();
        let mut output = Output::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
        output.flags = inputs[0].file.flags();
        let mut sections = BTreeMap::new();
        for (index, input) in inputs.iter().enumerate() {
            let kept = input.sections().filter(|section| self.live.contains(&(index, section.0)));
            for place in kept {
                let section = input.file.section_by_index(place).map_err(error)?;
                let made = copy_section(&mut output, &section).map_err(error)?;
                sections.insert((index, place.0), made);
            }
        }

        let mut symbols = Symbols { made: BTreeMap::new(), undefined: BTreeMap::new() };
        for (index, input) in inputs.iter().enumerate() {
            for symbol in input.file.symbols() {
                let Some(section) = symbol.section_index() else { continue };
                let Some(&section) = sections.get(&(index, section.0)) else { continue };
                let made = match symbol.kind() {
                    SymbolKind::Section => output.section_symbol(section),
                    _ => {
                        let name = symbol.name().map_err(error)?;
                        let is_kept = index == 0 && symbol.is_global() && kept.contains(name);
                        copy_symbol(&mut output, &symbol, section, is_kept).map_err(error)?
                    }
                };
                symbols.made.insert((index, symbol.index().0), made);
            }
        }

        for (&(input, place), &section) in &sections {
            let from = inputs[input].file.section_by_index(SectionIndex(place)).map_err(error)?;
            for (offset, relocation) in from.relocations() {
                let RelocationTarget::Symbol(symbol) = relocation.target() else {
                    return Err(format!("a relocation of `{}`", from.name().unwrap_or("?")));
                };
                let symbol = self.symbol(inputs, (input, symbol), &mut symbols, &mut output)?;
                let (addend, flags) = (relocation.addend(), relocation.flags());
                let relocation = write::Relocation { offset, symbol, addend, flags };
                output.add_relocation(section, relocation).map_err(|error| error.to_string())?;
            }
        }
        self.write_frames(inputs, &mut symbols, &mut output)?;
        output.write().map_err(|error| error.to_string())
    }

    /// Writes the kept entries of all unwind tables as one table.
    fn write_frames(
        &self,
        inputs: &[Input<'_>],
        symbols: &mut Symbols,
        output: &mut Output<'_>,
    ) -> Result<(), String> {
        let lists = inputs.iter().map(|input| input.frames.as_ref().map(|(_, list)| &**list));
        let lists: Vec<&[Entry]> = lists.map(Option::unwrap_or_default).collect();
        let table = frames::join(&lists, &self.entries);
        if table.bytes.is_empty() {
            return Ok(());
        }
        let section = output.section_id(write::StandardSection::EhFrame);
        output.append_section_data(section, &table.bytes, 8);
        for (input, relocation) in table.relocations {
            let symbol = self.symbol(inputs, (input, relocation.symbol), symbols, output)?;
            let relocation = write::Relocation {
                offset: relocation.offset,
                symbol,
                addend: relocation.addend,
                flags: RelocationFlags::Elf { r_type: relocation.kind },
            };
            output.add_relocation(section, relocation).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// The output's symbol for one of an input.
    fn symbol(
        &self,
        inputs: &[Input<'_>],
        place: Place,
        symbols: &mut Symbols,
        output: &mut Output<'_>,
    ) -> Result<write::SymbolId, String> {
        if let Some((input, index)) = self.resolve(inputs, place)? {
            let made = symbols.made.get(&(input, index.0));
            return made.copied().ok_or_else(|| "a symbol without a place".to_owned());
        }
        let symbol =
            inputs[place.0].file.symbol_by_index(place.1).map_err(|error| error.to_string())?;
        let name = symbol.name_bytes().map_err(|error| error.to_string())?;
        Ok(*symbols.undefined.entry(name.to_vec()).or_insert_with(|| {
            output.add_symbol(write::Symbol {
                name: name.to_vec(),
                value: 0,
                size: 0,
                kind: SymbolKind::Unknown,
                scope: SymbolScope::Unknown,
                weak: symbol.is_weak(),
                section: write::SymbolSection::Undefined,
                flags: SymbolFlags::None,
            })
        }))
    }
}

/// The output's symbols.
struct Symbols {
    /// Of those that an input defines.
    made: BTreeMap<(usize, usize), write::SymbolId>,
    /// Of those that none does.
    undefined: BTreeMap<Vec<u8>, write::SymbolId>,
}

fn copy_section<'d>(
    output: &mut Output<'_>,
    section: &impl ObjectSection<'d>,
) -> object::Result<write::SectionId> {
    let kind = section.kind();
    let made = output.add_section(Vec::new(), section.name_bytes()?.to_vec(), kind);
    if let SectionFlags::Elf { sh_flags } = section.flags() {
        // There are no groups any more, and the writer states sizes of entries for some kinds only.
        let mut dropped = u64::from(elf::SHF_GROUP);
        if !matches!(kind, SectionKind::ReadOnlyString | SectionKind::OtherString) {
            dropped |= u64::from(elf::SHF_MERGE | elf::SHF_STRINGS);
        }
        output.section_mut(made).flags = SectionFlags::Elf { sh_flags: sh_flags & !dropped };
    }
    match kind {
        SectionKind::UninitializedData | SectionKind::UninitializedTls => {
            output.append_section_bss(made, section.size(), section.align());
        }
        _ => {
            output.append_section_data(made, section.data()?, section.align());
        }
    }
    Ok(made)
}

fn copy_symbol<'d>(
    output: &mut Output<'_>,
    symbol: &impl ObjectSymbol<'d>,
    section: write::SectionId,
    is_kept: bool,
) -> object::Result<write::SymbolId> {
    let kind = match symbol.flags() {
        SymbolFlags::Elf { st_info, .. } => st_info & 0xf,
        _ => elf::STT_NOTYPE,
    };
    let (scope, binding) = match is_kept {
        true => (SymbolScope::Dynamic, elf::STB_GLOBAL),
        false => (SymbolScope::Compilation, elf::STB_LOCAL),
    };
    Ok(output.add_symbol(write::Symbol {
        name: symbol.name_bytes()?.to_vec(),
        value: symbol.address(),
        size: symbol.size(),
        kind: symbol.kind(),
        scope,
        weak: false,
        section: write::SymbolSection::Section(section),
        flags: SymbolFlags::Elf { st_info: (binding << 4) | kind, st_other: elf::STV_DEFAULT },
    }))
}
