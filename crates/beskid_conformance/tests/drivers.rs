//! One artifact, two drivers: the same value goes to the JIT and to the AOT driver, neither can change
//! it, and both import nothing but rows and data symbols of the runtime ABI.
//!
//! The program is made as MIR, so that this says something about the drivers alone.

use std::collections::BTreeSet;
use std::process::Command;

use beskid_abi::code_map::Author;
use beskid_abi::manifest::DATA_SYMBOLS;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::symbol;
use beskid_analysis::index::{Id, IndexVec};
use beskid_aot::libraries::Search;
use beskid_aot::link::{self, Linker, Settings};
use beskid_aot::output::{self, Access};
use beskid_aot::{Runtime, Target, emit_object};
use beskid_codegen::CodegenArtifact;
use beskid_codegen::isa::OptLevel;
use beskid_codegen::mir::{
    BinaryOp, BlockData, Body, Callee, Const, Convention, Data, DataId, FuncId, Local, LocalDecl,
    Names, Op, OpKind, Operand, Origin, Program, Scalar, SourcePos, Terminator,
};
use beskid_conformance::process;
use beskid_engine::symbols::Symbols;
use beskid_engine::{EngineError, Process, Session};
use object::{Object, ObjectSymbol};

const POSITION: SourcePos = SourcePos(0);
const TEXT: &str = "seven";

fn local(scalar: Scalar) -> LocalDecl {
    LocalDecl { scalar, mutable: false, name: None }
}

fn body(
    symbol: &str,
    convention: Convention,
    (parameters, locals): (usize, &[Scalar]),
    ops: Vec<OpKind>,
    result: Operand,
) -> Body {
    let mut blocks = IndexVec::new();
    blocks.push(BlockData {
        ops: ops.into_iter().map(|kind| Op { kind, position: POSITION }).collect(),
        terminator: Terminator::Return(vec![result]),
        cold: false,
    });
    let mut declarations = IndexVec::new();
    for &scalar in locals {
        declarations.push(local(scalar));
    }
    Body {
        symbol: symbol.to_owned(),
        name: symbol.to_owned(),
        convention,
        parameters: (0..parameters).map(Local::from_index).collect(),
        results: vec![Scalar::I64],
        locals: declarations,
        bindings: Vec::new(),
        blocks,
        position: POSITION,
    }
}

/// Compares a string with itself through the runtime, adds 6, and ends with that status: 7.
fn artifact(opt: OptLevel) -> CodegenArtifact {
    let text = Operand::Const(Const::StaticRef(DataId::from_index(0)));
    let [equal, wide, sum] = [0, 1, 2].map(Local::from_index);
    let main = body(
        "main",
        Convention::Internal,
        (0, &[Scalar::I8, Scalar::I64, Scalar::I64]),
        vec![
            OpKind::Call {
                results: vec![equal],
                callee: Callee::Runtime(RuntimeFn::StringEqual),
                arguments: vec![text, text],
            },
            OpKind::Convert {
                dest: wide,
                conversion: beskid_codegen::mir::Conversion::ZeroExtend,
                value: Operand::Local(equal),
            },
            OpKind::Binary {
                dest: sum,
                op: BinaryOp::IAdd,
                left: Operand::Local(wide),
                right: Operand::Const(Const::Int(Scalar::I64, 6)),
            },
        ],
        Operand::Local(sum),
    );
    let status = Local::from_index(0);
    let entry = body(
        symbol::ENTRY_SHIM,
        Convention::EntryShim,
        (0, &[Scalar::I64]),
        vec![OpKind::EnterProgram {
            results: vec![status],
            callee: FuncId::from_index(0),
            arguments_descriptor: None,
        }],
        Operand::Local(status),
    );
    let mut functions = IndexVec::new();
    functions.push(main);
    let entry = functions.push(entry);
    let mut data = IndexVec::new();
    data.push(Data::String(TEXT.into()));
    let mut names = Names::default();
    let origin = Origin {
        function: names.intern("main"),
        file: names.intern("seven.bd"),
        line: 1,
        column: 1,
        parent: None,
        author: Author::Program,
    };
    CodegenArtifact::new(
        Program {
            functions,
            data,
            foreign: IndexVec::new(),
            origins: vec![origin],
            names,
            entry: Some(entry),
            exports: Vec::new(),
        },
        opt,
    )
}

fn process() -> Process {
    Process { arguments: Vec::new(), environment: Vec::new() }
}

#[test]
fn one_artifact_runs_through_both_drivers() {
    for opt in [OptLevel::None, OptLevel::Speed] {
        let artifact = artifact(opt);
        let before = format!("{:?}", artifact.program());

        let session = Session::new(&artifact).unwrap();
        assert_eq!(session.run(&process()), 7);
        assert_eq!(session.run(&process()), 7, "a session can run its program again");
        drop(session);

        let target = Target::host();
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
        let path = folder.path().join("seven");
        output::write(&path, &linked.bytes, Access::Executable).unwrap();
        let status = process::start(|| Command::new(&path).status()).unwrap();
        assert_eq!(status.code(), Some(7));

        assert_eq!(format!("{:?}", artifact.program()), before);
    }
}

#[test]
fn objects_import_nothing_but_the_table() {
    let object = emit_object(&artifact(OptLevel::None), &Target::host(), None).unwrap();
    let object = object::File::parse(&*object).unwrap();
    let table: BTreeSet<&str> = RuntimeFn::ALL
        .iter()
        .map(|row| row.info().symbol)
        .chain(DATA_SYMBOLS.iter().copied())
        .collect();
    let imports: BTreeSet<&str> = object
        .symbols()
        .filter(|symbol| symbol.is_undefined())
        .map(|symbol| symbol.name().unwrap())
        .filter(|name| !name.is_empty())
        .collect();
    assert!(imports.contains("beskid_rt_string_equal"), "{imports:?}");
    assert!(imports.is_subset(&table), "{imports:?}");
    let exports: Vec<&str> = object
        .symbols()
        .filter(|symbol| symbol.is_global() && !symbol.is_undefined())
        .map(|symbol| symbol.name().unwrap())
        .collect();
    assert_eq!(exports, [symbol::PROGRAM]);
}

#[test]
fn a_missing_import_is_named_before_anything_runs() {
    let artifact = artifact(OptLevel::None);
    for symbol in ["beskid_rt_string_equal", symbol::STRING_DESCRIPTOR] {
        let symbols = Symbols::of_runtime().without(symbol);
        let error = Session::with(&artifact, &symbols, &|name| name.into()).unwrap_err();
        assert_eq!(error, EngineError::MissingSymbol { symbol: symbol.to_owned() });
    }
    let unused = Symbols::of_runtime().without("beskid_rt_fmod64");
    assert!(
        Session::with(&artifact, &unused, &|name| name.into()).is_ok(),
        "what is not imported may be missing"
    );
}

#[test]
fn equal_artifacts_give_equal_objects() {
    for triple in
        ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-pc-windows-msvc"]
    {
        let target = Target::parse(triple).unwrap();
        let object = || emit_object(&artifact(OptLevel::Speed), &target, None).unwrap();
        assert_eq!(object(), object(), "{triple}");
    }
}
