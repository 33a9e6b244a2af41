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
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol};

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

fn without_debug(data: &[u8]) -> Result<Vec<u8>, String> {
    let mut builder = Builder::read(data).map_err(|error| error.to_string())?;
    for section in &mut builder.sections {
        let name = section.name.as_slice();
        let name = name.strip_prefix(b".rela").unwrap_or(name);
        section.delete =
            name.starts_with(b".debug_") || matches!(name, b".comment" | b".llvmbc" | b".llvmcmd");
    }
    // LLVM keeps names of sections and symbols in one table, the writer in two.
    let is_table = |section: &Section<'_>| matches!(section.data, SectionData::SectionString);
    if !builder.sections.iter().any(is_table) {
        let table = builder.sections.add();
        table.name = b".shstrtab".as_slice().into();
        table.sh_type = object::elf::SHT_STRTAB;
        table.sh_addralign = 1;
        table.data = SectionData::SectionString;
    }
    builder.delete_orphans();
    let mut bytes = Vec::new();
    builder.write(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}
