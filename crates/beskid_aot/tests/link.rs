//! Linking, with an object that was made by hand: what an executable is, whoever linked it.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::thread;

use beskid_abi::code_map::CodeMapEncoder;
use beskid_abi::{program, symbol, version};
use beskid_aot::libraries::Search;
use beskid_aot::link::{self, Linked, Linker, Settings};
use beskid_aot::{AotError, Runtime, Target};
use beskid_codegen::mir::ForeignFunctions;
use object::write::{Object, Relocation, StandardSection, Symbol, SymbolId, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, ObjectSection, RelocationEncoding, RelocationFlags,
    RelocationKind, SymbolFlags, SymbolKind, SymbolScope,
};

/// The status that the program ends with.
const STATUS: u8 = 42;

fn symbol(object: &mut Object<'_>, name: &str, scope: SymbolScope) -> SymbolId {
    object.add_symbol(Symbol {
        name: name.as_bytes().to_vec(),
        value: 0,
        size: 0,
        kind: SymbolKind::Data,
        scope,
        weak: false,
        section: SymbolSection::Undefined,
        flags: SymbolFlags::None,
    })
}

/// A program of one entry shim that returns a number; its code map is empty.
fn object(abi_version: &str) -> Vec<u8> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
    let text = object.section_id(StandardSection::Text);
    let data = object.section_id(StandardSection::ReadOnlyDataWithRel);
    let entry = symbol(&mut object, symbol::ENTRY_SHIM, SymbolScope::Compilation);
    // mov eax, STATUS; ret
    object.add_symbol_data(entry, text, &[0xb8, STATUS, 0, 0, 0, 0xc3], 16);
    let map = symbol(&mut object, symbol::CODE_MAP, SymbolScope::Compilation);
    object.add_symbol_data(map, data, &CodeMapEncoder::new().encode().bytes, 8);
    let version = symbol(&mut object, abi_version, SymbolScope::Dynamic);
    let record = symbol(&mut object, symbol::PROGRAM, SymbolScope::Dynamic);
    let start = object.add_symbol_data(record, data, &[0; program::PROGRAM_SIZE], 8);
    for (offset, symbol) in [
        (program::PROGRAM_ABI_VERSION_OFFSET, version),
        (program::PROGRAM_CODE_MAP_OFFSET, map),
        (program::PROGRAM_ENTRY_OFFSET, entry),
    ] {
        let flags = RelocationFlags::Generic {
            kind: RelocationKind::Absolute,
            encoding: RelocationEncoding::Generic,
            size: 64,
        };
        let offset = start + offset as u64;
        object.add_relocation(data, Relocation { offset, symbol, addend: 0, flags }).unwrap();
    }
    object.write().unwrap()
}

fn target() -> Target {
    Target::parse("x86_64-unknown-linux-gnu").unwrap()
}

fn link_with(linker: &Linker) -> Linked {
    link::executable(
        object(version::ABI_VERSION_SYMBOL),
        &ForeignFunctions::new(),
        Settings {
            target: &target(),
            runtime: &Runtime::Embedded,
            linker,
            search: &Search::new(&[]),
        },
    )
    .unwrap_or_else(|error| panic!("{linker:?}: {error}"))
}

fn status(executable: &[u8]) -> Option<i32> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    fs::write(&path, executable).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    loop {
        // A test beside this one may be starting a process, which holds the file open for a moment.
        match Command::new(&path).env_clear().status() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::yield_now(),
            status => return status.unwrap().code(),
        }
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

#[test]
fn links_in_memory_and_the_result_runs() {
    let linked = link_with(&Linker::BuiltIn);
    assert_eq!(linked.notes, [""; 0]);
    assert_eq!(status(&linked.bytes), Some(i32::from(STATUS)));
}

#[test]
fn equal_inputs_give_equal_executables() {
    assert_eq!(link_with(&Linker::BuiltIn).bytes, link_with(&Linker::BuiltIn).bytes);
}

#[test]
fn other_linkers_link_the_same_program() {
    for name in ["cc", "gcc", "clang", "ld", "mold", "lld"] {
        let program = if name == "lld" { "ld.lld" } else { name };
        if !is_installed(program) {
            println!("skipped: {program} is not installed");
            continue;
        }
        let linked = link_with(&Linker::named(name));
        assert_eq!(status(&linked.bytes), Some(i32::from(STATUS)), "{name}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let error = link::executable(
        object("beskid_rt_abi_v0"),
        &ForeignFunctions::new(),
        Settings {
            target: &target(),
            runtime: &Runtime::Embedded,
            linker: &Linker::BuiltIn,
            search: &Search::new(&[]),
        },
    )
    .unwrap_err();
    assert!(matches!(error, AotError::Link { .. }), "{error:?}");
    assert!(error.to_string().contains("beskid_rt_abi_v0"), "{error}");
}

#[test]
fn a_runtime_of_another_version_is_refused_with_both() {
    let folder = tempfile::tempdir().unwrap();
    let archive = |name: &str, members: &[(&str, &[u8])]| {
        let mut bytes = b"!<arch>\n".to_vec();
        for (name, data) in members {
            let header = format!(
                "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
                format!("{name}/"),
                0,
                0,
                0,
                644,
                data.len()
            );
            bytes.extend_from_slice(header.as_bytes());
            bytes.extend_from_slice(data);
            bytes.resize(bytes.len().next_multiple_of(2), b'\n');
        }
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let refuse = |path: &Path| {
        let error = link::check(&target(), &Runtime::Archive(path.to_owned())).unwrap_err();
        assert!(matches!(error, AotError::UnusableRuntime { .. }), "{error:?}");
        error.to_string()
    };

    let mut other = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
    let section = other.section_id(StandardSection::ReadOnlyData);
    let version = symbol(&mut other, "beskid_rt_abi_v999", SymbolScope::Dynamic);
    other.add_symbol_data(version, section, &999_u32.to_le_bytes(), 4);
    let path =
        archive("other.a", &[("readme", b"no object"), ("other.o", &other.write().unwrap())]);
    let text = refuse(&path);
    assert!(text.contains("version 999 of the runtime ABI"), "{text}");
    assert!(text.contains(&format!("needs version {}", version::ABI_VERSION)), "{text}");

    let mut foreign = Object::new(BinaryFormat::Elf, Architecture::Aarch64, Endianness::Little);
    let section = foreign.section_id(StandardSection::ReadOnlyData);
    let number = symbol(&mut foreign, version::ABI_VERSION_SYMBOL, SymbolScope::Dynamic);
    foreign.add_symbol_data(number, section, &version::ABI_VERSION.to_le_bytes(), 4);
    let text = refuse(&archive("foreign.a", &[("foreign.o", &foreign.write().unwrap())]));
    assert!(text.contains("it is for aarch64 (elf), the program for x86_64-"), "{text}");

    let text = refuse(&archive("empty.a", &[]));
    assert!(text.contains("holds no Beskid runtime"), "{text}");
    fs::write(&path, "text").unwrap();
    assert!(refuse(&path).contains("no static library"));
    assert!(refuse(&folder.path().join("missing.a")).contains("No such file"));
}

#[test]
fn executables_need_nothing_and_protect_what_is_constant() {
    use object::elf;
    use object::read::elf::{Dyn, ElfFile64, FileHeader, ProgramHeader};

    let linked = link_with(&Linker::BuiltIn);
    let file = ElfFile64::<Endianness>::parse(&*linked.bytes).unwrap();
    let endian = file.endian();
    assert_eq!(file.elf_header().e_type(endian), elf::ET_DYN);

    let headers = file.elf_program_headers();
    let has = |kind| headers.iter().any(|header| header.p_type(endian) == kind);
    assert!(!has(elf::PT_INTERP), "no interpreter");
    assert!(has(elf::PT_GNU_RELRO), "relocated constants are protected");
    for header in headers {
        let (kind, flags) = (header.p_type(endian), header.p_flags(endian));
        if kind == elf::PT_GNU_STACK {
            assert_eq!(flags & elf::PF_X, 0, "no executable stack");
        }
        if kind == elf::PT_LOAD {
            assert_ne!(flags & (elf::PF_W | elf::PF_X), elf::PF_W | elf::PF_X, "W^X");
        }
    }
    assert!(has(elf::PT_GNU_STACK));

    let table = headers.iter().find_map(|header| header.dynamic(endian, &*linked.bytes).unwrap());
    let entries: Vec<(i64, u64)> =
        table.unwrap().iter().map(|entry| (entry.d_tag(endian), entry.d_val(endian))).collect();
    let value = |tag: i64| entries.iter().find(|&&(t, _)| t == tag).map(|&(_, v)| v);
    for (tag, name) in [
        (elf::DT_TEXTREL, "TEXTREL"),
        (elf::DT_NEEDED, "NEEDED"),
        (elf::DT_RPATH, "RPATH"),
        (elf::DT_RUNPATH, "RUNPATH"),
    ] {
        assert_eq!(value(tag), None, "{name}");
    }
    assert_eq!(value(elf::DT_FLAGS).unwrap_or(0) & u64::from(elf::DF_TEXTREL), 0);
    let now = value(elf::DT_FLAGS).unwrap_or(0) & u64::from(elf::DF_BIND_NOW) != 0
        || value(elf::DT_FLAGS_1).unwrap_or(0) & u64::from(elf::DF_1_NOW) != 0;
    assert!(now, "bound at start: {entries:x?}");

    use object::Object as _;
    assert!(file.section_by_name(".note.gnu.build-id").is_none());
    assert!(file.sections().all(|section| !section.name().unwrap().starts_with(".debug")));
    assert_eq!(file.dynamic_symbols().count(), 0, "executables export nothing");
}
