//! Whole programs made of MIR by hand, run under the real runtime: results, panics with their traces,
//! collections.
//!
//! Each program runs in a child process, which is this test again with the program's name in its
//! environment, at both optimisation levels and, if it allocates, under a stressed collector.

mod builder;

use std::env;
use std::process::{Command, Output};

use beskid_abi::program::Program as ProgramRecord;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_codegen::isa::{Imports, IsaConfig, OptLevel};
use beskid_codegen::mir::{Barrier, BinaryOp, CompareOp, DescriptorKind, Program, Scalar, verify};
use beskid_codegen::{CodegenArtifact, define_artifact};
use beskid_runtime::start::{Process, Texts, run};
use beskid_runtime::symbols;
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use libtest_mimic::{Arguments, Failed, Trial};

use builder::{BodyBuilder, NULL, Unit, int};

const NAME: &str = "BESKID_TEST_PROGRAM";
const OPT: &str = "BESKID_TEST_OPT";

/// What a program is expected to do.
struct Expected {
    name: &'static str,
    program: fn() -> Program,
    status: i32,
    stdout: &'static str,
    stderr: &'static str,
}

const PROGRAMS: &[Expected] = &[
    Expected { name: "hello", program: hello, status: 7, stdout: "hello\n", stderr: "" },
    Expected { name: "fib", program: fib, status: 0, stdout: "75025\n", stderr: "" },
    Expected {
        name: "sum_of_array",
        program: sum_of_array,
        status: 0,
        stdout: "4950\n",
        stderr: "",
    },
    Expected {
        name: "index_panics",
        program: index_panics,
        status: 101,
        stdout: "",
        stderr: "panic: index 5 out of bounds for length 3\n  at p.bd:4:9\n  in Get at p.bd:4:9\n  in main at p.bd:9:5\n",
    },
    Expected { name: "list", program: list, status: 0, stdout: "500500\n", stderr: "" },
];

fn hello() -> Program {
    let mut unit = Unit::new();
    let text = unit.string("hello");
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    main.runtime(RuntimeFn::PrintLine, &[text]);
    main.ends_in(&[int(7)]);
    let main = unit.add(main);
    unit.enter(main)
}

fn fib() -> Program {
    let mut unit = Unit::new();
    let function = unit.declare("Fib");
    let mut body = BodyBuilder::new("Fib");
    body.returns(&[Scalar::I64]);
    let n = body.parameter(Scalar::I64, "n");
    let (small, large) = (body.block(), body.block());
    let is_small = body.compare(CompareOp::SLt, n, int(2));
    body.branch(is_small, small, large);
    body.go_to(small);
    body.ends_in(&[n.into()]);
    body.go_to(large);
    let one = body.binary(BinaryOp::ISub, n, int(1));
    let first = body.call(function, &[one.into()], Scalar::I64);
    let two = body.binary(BinaryOp::ISub, n, int(2));
    let second = body.call(function, &[two.into()], Scalar::I64);
    let sum = body.binary(BinaryOp::IAdd, first, second);
    body.ends_in(&[sum.into()]);
    unit.define(function, body);

    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let result = main.call(function, &[int(25)], Scalar::I64);
    main.print_line(result);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// Fills an array with its indices and adds them up.
fn sum_of_array() -> Program {
    let mut unit = Unit::new();
    let numbers = unit.descriptor("i64[]", DescriptorKind::Array, 8, &[]);
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let (i, total) = (main.variable(Scalar::I64, "i"), main.variable(Scalar::I64, "total"));
    let array = main.alloc_array(numbers, int(100));
    main.copy(i, int(0));
    main.copy(total, int(0));
    let (fill, add_first, add, done) = (main.block(), main.block(), main.block(), main.block());
    main.goto(fill);
    main.go_to(fill);
    let length = main.array_len(array);
    main.check_index(i, length);
    main.store_element(array, i, i, Barrier::Scalar);
    let next = main.binary(BinaryOp::IAdd, i, int(1));
    main.copy(i, next);
    let more = main.compare(CompareOp::SLt, next, int(100));
    main.branch(more, fill, add_first);
    main.go_to(add_first);
    main.copy(i, int(0));
    main.goto(add);
    main.go_to(add);
    let length = main.array_len(array);
    main.check_index(i, length);
    let element = main.load_element(Scalar::I64, array, i);
    let sum = main.binary(BinaryOp::IAdd, total, element);
    main.copy(total, sum);
    let next = main.binary(BinaryOp::IAdd, i, int(1));
    main.copy(i, next);
    let more = main.compare(CompareOp::SLt, next, length);
    main.branch(more, add, done);
    main.go_to(done);
    main.print_line(total);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

fn index_panics() -> Program {
    let mut unit = Unit::new();
    let numbers = unit.descriptor("i64[]", DescriptorKind::Array, 8, &[]);
    let mut get = BodyBuilder::new("Get");
    get.returns(&[Scalar::I64]);
    let (array, index) = (get.parameter(Scalar::Ref, "xs"), get.parameter(Scalar::I64, "i"));
    get.at(unit.position("Get", 4, 9));
    let length = get.array_len(array);
    get.check_index(index, length);
    let element = get.load_element(Scalar::I64, array, index);
    get.ends_in(&[element.into()]);
    let get = unit.add(get);

    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let array = main.alloc_array(numbers, int(3));
    main.at(unit.position("main", 9, 5));
    let element = main.call(get, &[array.into(), int(5)], Scalar::I64);
    main.ends_in(&[element.into()]);
    let main = unit.add(main);
    unit.enter(main)
}

/// A linked list of 1000 numbers: allocation in a loop, references across safepoints.
fn list() -> Program {
    let mut unit = Unit::new();
    let node = unit.descriptor("Node", DescriptorKind::Object, 24, &[8]);
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let (head, i) = (main.variable(Scalar::Ref, "head"), main.variable(Scalar::I64, "i"));
    let total = main.variable(Scalar::I64, "total");
    main.copy(head, NULL);
    main.copy(i, int(1));
    let (build, walk_first, walk, done) = (main.block(), main.block(), main.block(), main.block());
    main.goto(build);
    main.go_to(build);
    let new = main.alloc(node);
    main.store(new, 8, head, Barrier::Initialising);
    main.store(new, 16, i, Barrier::Scalar);
    main.copy(head, new);
    let next = main.binary(BinaryOp::IAdd, i, int(1));
    main.copy(i, next);
    let more = main.compare(CompareOp::SLe, next, int(1000));
    main.branch(more, build, walk_first);
    main.go_to(walk_first);
    main.copy(total, int(0));
    main.goto(walk);
    main.go_to(walk);
    // Garbage, so that a node that is not kept is reused.
    let garbage = main.alloc(node);
    main.store(garbage, 16, int(-1), Barrier::Scalar);
    let value = main.load(Scalar::I64, head, 16);
    let sum = main.binary(BinaryOp::IAdd, total, value);
    main.copy(total, sum);
    let next = main.load(Scalar::Ref, head, 8);
    main.copy(head, next);
    let more = main.compare(CompareOp::Ne, next, NULL);
    main.branch(more, walk, done);
    main.go_to(done);
    main.print_line(total);
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// Compiles and runs a program; returns its status.
fn execute(program: Program, opt: OptLevel) -> i64 {
    verify::verify_program(&program).expect("the program is right");
    let imports = Imports::Absolute;
    let isa = IsaConfig { triple: None, opt, imports }.build().expect("this machine is supported");
    let artifact = CodegenArtifact::new(program, opt);
    let names = cranelift_module::default_libcall_names();
    let mut builder = JITBuilder::with_isa(isa.clone(), names);
    builder.symbol_lookup_fn(Box::new(|name| {
        let row = RuntimeFn::ALL.iter().find(|row| row.info().symbol == name);
        row.map(|&row| symbols::address(row)).or_else(|| symbols::data_symbol(name))
    }));
    let arena = ArenaMemoryProvider::new_with_size(1 << 24).expect("memory for code");
    builder.memory_provider(Box::new(arena));
    let mut module = JITModule::new(builder);
    let unit = match define_artifact(&artifact, &*isa, imports, &mut module) {
        Ok(unit) => unit,
        Err(error) => panic!("{error}"),
    };
    module.finalize_definitions().expect("every symbol is known");
    let (record, _) = module.get_finalized_data(unit.program.expect("the program has an entry"));
    let environment: Vec<Vec<u8>> = env::vars()
        .filter(|(name, _)| name.starts_with("BESKID_GC"))
        .map(|(name, value)| format!("{name}={value}").into_bytes())
        .collect();
    let environment: Vec<&[u8]> = environment.iter().map(Vec::as_slice).collect();
    let process =
        Process { arguments: Texts::slices(&[]), environment: Texts::slices(&environment) };
    // SAFETY: the record, the code and the data are the module's, which lives until the end.
    unsafe { run(&*record.cast::<ProgramRecord>(), &process) }
}

fn child(name: &str, opt: &str, environment: &[(&str, &str)]) -> Result<Output, Failed> {
    let mut command = Command::new(env::current_exe()?);
    command.env_clear().env(NAME, name).env(OPT, opt).envs(environment.iter().copied());
    Ok(command.output()?)
}

fn check(expected: &Expected, output: &Output) -> Result<(), Failed> {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(expected.status)
        && stdout == expected.stdout
        && stderr == expected.stderr
    {
        return Ok(());
    }
    Err(format!("{:?}\nstdout:\n{stdout}\nstderr:\n{stderr}", output.status).into())
}

fn main() {
    if let Some(name) = env::var_os(NAME) {
        let expected = PROGRAMS.iter().find(|program| name == program.name);
        let opt = match env::var(OPT).as_deref() {
            Ok("speed") => OptLevel::Speed,
            _ => OptLevel::None,
        };
        let status = expected.map_or(77, |expected| execute((expected.program)(), opt));
        std::process::exit(status as i32);
    }
    let stress: &[(&str, &str)] =
        &[("BESKID_GC_STRESS", "1"), ("BESKID_GC_POISON", "1"), ("BESKID_GC_VERIFY", "1")];
    let trials = PROGRAMS.iter().flat_map(|expected| {
        [
            ("none", "", &[][..]),
            ("speed", "", &[]),
            ("none", "_stress", stress),
            ("speed", "_stress", stress),
        ]
        .map(|(opt, suffix, environment)| {
            Trial::test(format!("{}_{opt}{suffix}", expected.name), move || {
                check(expected, &child(expected.name, opt, environment)?)
            })
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
