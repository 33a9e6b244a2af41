//! Programs made as MIR whose static data holds addresses of code, as executables: closures without
//! captures and dispatch tables are relocated at the start of a program that may lie anywhere.
//!
//! That the same programs run under the JIT is tested beside the builder.

#[path = "../../beskid_codegen/tests/builder/mod.rs"]
mod builder;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use beskid_aot::libraries::Search;
use beskid_aot::link::{self, Linker, Settings};
use beskid_aot::output::{self, Access};
use beskid_aot::{Runtime, Target, emit_object};
use beskid_codegen::isa::OptLevel;
use beskid_codegen::mir::{Program, verify};
use beskid_codegen::{CodegenArtifact, optimise};
use beskid_conformance::process;

use builder::indirect;

/// A collection at every allocation, which shows what is not kept.
const STRESS: &[(&str, &str)] =
    &[("BESKID_GC_STRESS", "1"), ("BESKID_GC_POISON", "1"), ("BESKID_GC_VERIFY", "1")];

fn artifact(mut program: Program, opt: OptLevel) -> CodegenArtifact {
    if opt == OptLevel::Speed {
        optimise(&mut program);
    }
    assert_eq!(verify::verify_program(&program), Ok(()));
    CodegenArtifact::new(program, opt)
}

fn run(path: &Path, environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(path);
    command.env_clear().envs(environment.iter().copied());
    process::start(|| command.output()).unwrap()
}

/// Builds a program in both ways and compares what it does with and without a stressed collector.
fn check(program: fn() -> Program, status: i32, stdout: &str, stderr: &str) {
    for opt in [OptLevel::None, OptLevel::Speed] {
        let target = Target::host();
        let artifact = artifact(program(), opt);
        let object = emit_object(&artifact, &target, None).unwrap();
        let linked = link::executable(
            object,
            &artifact.program().foreign,
            Settings {
                target: &target,
                runtime: &Runtime::Embedded,
                linker: &Linker::BuiltIn,
                search: &Search::new(&[]),
            },
        )
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        output::write(&path, &linked.bytes, Access::Executable).unwrap();
        for environment in [&[][..], STRESS] {
            let found = run(&path, environment);
            assert_eq!(String::from_utf8_lossy(&found.stdout), stdout, "{opt:?}");
            assert_eq!(String::from_utf8_lossy(&found.stderr), stderr, "{opt:?}");
            assert_eq!(found.status.code(), Some(status), "{opt:?}");
        }
    }
}

#[test]
fn closures() {
    check(indirect::closures, 0, "1001\n1051\n1502\n1004\n1005\n1065\n1606\n1008\n", "");
}

#[test]
fn dispatch_tables() {
    check(indirect::dispatch, 0, "9\n900\n16\n1600\n25\n2500\n", "");
}

#[test]
fn tables_given_by_a_function() {
    check(indirect::wide_indirect_call, 0, "kept\n9\n408428\n1\n", "");
}

#[test]
fn functions_that_take_functions() {
    check(indirect::higher_order, 0, "7\n81\n9\n", "");
}

#[test]
fn traces_through_closures() {
    let trace = "panic: division by zero\n  at p.bd:7:12\n  in Invert at p.bd:7:12\n  \
                 in Twice at p.bd:3:5\n  in main at p.bd:9:5\n";
    check(indirect::closure_panics, 101, "", trace);
}

/// Relocations of code addresses in data exist for every target, and bytes are the same each time.
#[test]
fn objects_of_all_targets() {
    for triple in beskid_aot::target::SUPPORTED {
        let target = Target::parse(triple).unwrap();
        for program in [indirect::closures, indirect::dispatch, indirect::wide_indirect_call] {
            let object =
                || emit_object(&artifact(program(), OptLevel::None), &target, None).unwrap();
            assert_eq!(object(), object(), "{triple}");
        }
    }
}

/// A static library for aarch64 that defines what a runtime does, as functions that return at once.
fn stub_of_a_runtime(folder: &Path) -> PathBuf {
    use beskid_abi::manifest::DATA_SYMBOLS;
    use beskid_abi::runtime_fn::RuntimeFn;
    use beskid_abi::symbol::START_STATIC;
    use object::write::{Object, StandardSection, Symbol, SymbolSection};
    use object::{Architecture, BinaryFormat, Endianness, SymbolFlags, SymbolKind, SymbolScope};

    /// `ret`
    const RETURN: [u8; 4] = 0xd65f_03c0_u32.to_le_bytes();
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Aarch64, Endianness::Little);
    let functions = RuntimeFn::ALL.iter().map(|row| (row.info().symbol, SymbolKind::Text));
    let data = DATA_SYMBOLS.iter().map(|&name| (name, SymbolKind::Data));
    for (name, kind) in functions.chain(data).chain([(START_STATIC, SymbolKind::Text)]) {
        let symbol = object.add_symbol(Symbol {
            name: name.as_bytes().to_vec(),
            value: 0,
            size: 0,
            kind,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        let (section, bytes) = match kind {
            SymbolKind::Text => (StandardSection::Text, &RETURN[..]),
            _ => (StandardSection::ReadOnlyData, &[0; 64][..]),
        };
        let section = object.section_id(section);
        object.add_symbol_data(symbol, section, bytes, 8);
    }
    let bytes = object.write().unwrap();
    let mut archive = b"!<arch>\n".to_vec();
    let (name, owner, mode) = ("stub.o/", 0, 644);
    let fields =
        format!("{name:<16}{owner:<12}{owner:<6}{owner:<6}{mode:<8}{:<10}`\n", bytes.len());
    archive.extend_from_slice(fields.as_bytes());
    archive.extend_from_slice(&bytes);
    let path = folder.join("libstub.a");
    std::fs::write(&path, archive).unwrap();
    path
}

/// Objects for aarch64 are what a linker can link: every reference reaches its place, without relocations of
/// code. That they run is tested beside this (`emulated.rs`), where there is a runtime for it.
#[test]
fn aarch64_links_with_a_runtime_of_its_own() {
    use object::Object;

    let folder = tempfile::tempdir().unwrap();
    let target = Target::parse("aarch64-unknown-linux-gnu").unwrap();
    let runtime = Runtime::Archive(stub_of_a_runtime(folder.path()));
    for program in [indirect::closures, indirect::dispatch, indirect::higher_order] {
        for opt in [OptLevel::None, OptLevel::Speed] {
            let artifact = artifact(program(), opt);
            let object = emit_object(&artifact, &target, None).unwrap();
            let settings = Settings {
                target: &target,
                runtime: &runtime,
                linker: &Linker::BuiltIn,
                search: &Search::new(&[]),
            };
            let foreign = &artifact.program().foreign;
            let linked = link::executable(object, foreign, settings).unwrap();
            assert_eq!(linked.linker, "the built-in linker", "{:?}", linked.notes);
            let file = object::File::parse(&*linked.bytes).unwrap();
            assert_eq!(file.architecture(), object::Architecture::Aarch64);
            assert_eq!(file.kind(), object::ObjectKind::Dynamic, "position-independent");
            assert!(file.entry() > 0);
        }
    }
}
