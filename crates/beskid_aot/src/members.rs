//! What executables need of the runtime's static library.
//!
//! The library holds one object of the runtime and some hundred of the compiler's own functions, most
//! of which nothing calls. Kept are the objects that the entry needs, directly or not; debugging
//! information, which describes the Rust code of the runtime, is dropped from them.
//!
//! The build script does this to the library that the compiler carries, the compiler to those that it is given:
//! what an executable contains does not depend on where its runtime came from.
//!
//! *Invariants.* Objects stay in the order of the library. Bytes of code and data are not touched.

use std::collections::{BTreeMap, BTreeSet};

use object::build::elf::{Builder, Section, SectionData};
use object::elf::{self, FileHeader64, SectionHeader64};
use object::pod::slice_from_bytes_mut;
use object::read::archive::ArchiveFile;
use object::read::elf::FileHeader;
use object::{Endianness, Object, ObjectSymbol};

/// The entry of executables.
const ENTRY: &str = beskid_abi::symbol::START_STATIC;

/// The objects of the library that the entry needs.
pub(crate) fn select(archive: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let file = ArchiveFile::parse(archive).map_err(|error| error.to_string())?;
    let mut objects = Vec::new();
    for member in file.members() {
        let data = member.and_then(|member| member.data(archive)).map_err(|e| e.to_string())?;
        // A library may hold members that are no objects.
        if object::File::parse(data).is_ok() {
            objects.push(data);
        }
    }

    let mut definitions: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for (index, data) in objects.iter().enumerate() {
        for name in symbols(data, Kind::Defined)? {
            definitions.entry(name).or_insert(index);
        }
    }
    let entry = definitions
        .get(ENTRY.as_bytes())
        .ok_or_else(|| format!("the library does not define `{ENTRY}`"))?;
    let mut needed = BTreeSet::new();
    let mut pending = vec![*entry];
    while let Some(index) = pending.pop() {
        if needed.insert(index) {
            let names = symbols(objects[index], Kind::Undefined)?;
            pending.extend(names.iter().filter_map(|name| definitions.get(name)));
        }
    }
    needed.into_iter().map(|index| without_debug(objects[index])).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Defined,
    Undefined,
}

fn symbols(data: &[u8], kind: Kind) -> Result<Vec<Vec<u8>>, String> {
    let object = object::File::parse(data).map_err(|error| error.to_string())?;
    let names = object
        .symbols()
        .filter(|symbol| symbol.is_global() && (kind == Kind::Undefined) == symbol.is_undefined())
        .filter_map(|symbol| symbol.name_bytes().ok().map(<[u8]>::to_vec))
        .filter(|name| !name.is_empty())
        .collect();
    Ok(names)
}

/// Sections that are on their own: groups tell linkers what several objects define alike, and here each is
/// defined once. What were groups is left as sections that nothing refers to.
fn without_groups(data: &[u8]) -> Result<Vec<u8>, String> {
    let error = |error: object::Error| error.to_string();
    // A copy of its own lies where the tables can be read in place.
    let mut bytes = data.to_vec();
    let header = FileHeader64::<Endianness>::parse(&*bytes).map_err(error)?;
    let endian = header.endian().map_err(error)?;
    let (offset, count) = (header.e_shoff(endian), header.shnum(endian, &*bytes).map_err(error)?);
    let table = usize::try_from(offset).ok().and_then(|offset| bytes.get_mut(offset..));
    let table = table.ok_or("it has no sections")?;
    let (sections, _) = slice_from_bytes_mut::<SectionHeader64<Endianness>>(table, count)
        .map_err(|()| "its sections are not aligned")?;
    for section in sections {
        if section.sh_type.get(endian) == elf::SHT_GROUP {
            section.sh_type.set(endian, elf::SHT_PROGBITS);
        }
        let mut flags = section.sh_flags.get(endian) & !u64::from(elf::SHF_GROUP);
        // Compilers leave that out for members of groups; the writer follows links that are said to be some.
        if section.sh_type.get(endian) == elf::SHT_RELA {
            flags |= u64::from(elf::SHF_INFO_LINK);
        }
        section.sh_flags.set(endian, flags);
    }
    Ok(bytes)
}

fn without_debug(data: &[u8]) -> Result<Vec<u8>, String> {
    let data = without_groups(data)?;
    let mut builder = Builder::read(&*data).map_err(|error| error.to_string())?;
    for section in &mut builder.sections {
        let name = section.name.as_slice();
        let name = name.strip_prefix(b".rela").unwrap_or(name);
        section.delete = name.starts_with(b".debug_")
            || matches!(name, b".comment" | b".group" | b".llvmbc" | b".llvmcmd");
    }
    // LLVM keeps names of sections and symbols in one table, the writer in two.
    let is_table = |section: &Section<'_>| matches!(section.data, SectionData::SectionString);
    if !builder.sections.iter().any(is_table) {
        let table = builder.sections.add();
        table.name = b".shstrtab".as_slice().into();
        table.sh_type = elf::SHT_STRTAB;
        table.sh_addralign = 1;
        table.data = SectionData::SectionString;
    }
    builder.delete_orphans();
    let mut bytes = Vec::new();
    builder.write(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use object::write::{Comdat, Object as Output, StandardSection, Symbol, SymbolSection};
    use object::{
        Architecture, BinaryFormat, ComdatKind, ObjectSection, SectionFlags, SymbolFlags,
        SymbolKind, SymbolScope,
    };

    use super::*;

    #[test]
    fn members_of_groups_are_kept_and_debug_information_is_not() {
        let mut object = Output::new(BinaryFormat::Elf, Architecture::Aarch64, Endianness::Little);
        let code = object.add_subsection(StandardSection::Text, b"shared");
        object.append_section_data(code, &[1, 2, 3, 4], 4);
        let symbol = object.add_symbol(Symbol {
            name: b"shared".to_vec(),
            value: 0,
            size: 4,
            kind: SymbolKind::Text,
            scope: SymbolScope::Linkage,
            weak: true,
            section: SymbolSection::Section(code),
            flags: SymbolFlags::None,
        });
        object.add_comdat(Comdat { kind: ComdatKind::Any, symbol, sections: vec![code] });
        let debug =
            object.add_section(Vec::new(), b".debug_info".to_vec(), object::SectionKind::Debug);
        object.append_section_data(debug, b"of no use", 1);
        let bytes = object.write().unwrap();
        let before = object::File::parse(&*bytes).unwrap();
        assert!(before.section_by_name(".group").is_some());

        let plain = without_debug(&bytes).unwrap();
        let after = object::File::parse(&*plain).unwrap();
        assert!(after.section_by_name(".group").is_none());
        assert!(after.section_by_name(".debug_info").is_none());
        let code = after.section_by_name(".text.shared").unwrap();
        assert_eq!(code.data().unwrap(), [1, 2, 3, 4]);
        let SectionFlags::Elf { sh_flags } = code.flags() else { panic!("not ELF") };
        assert_eq!(sh_flags & u64::from(elf::SHF_GROUP), 0);
        assert_eq!(symbols(&plain, Kind::Defined).unwrap(), [b"shared".to_vec()]);
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        assert!(without_debug(b"no object").is_err());
    }
}
