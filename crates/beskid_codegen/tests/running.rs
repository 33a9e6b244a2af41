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
use beskid_codegen::mir::{OpKind, Program, verify};
use beskid_codegen::{CodegenArtifact, define_artifact, optimise};
use beskid_runtime::start::{Process, Texts, run};
use beskid_runtime::symbols;
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use libtest_mimic::{Arguments, Failed, Trial};

use builder::{programs, random};

const NAME: &str = "BESKID_TEST_PROGRAM";
const OPT: &str = "BESKID_TEST_OPT";
/// How many random programs are run.
const SEEDS: &str = "BESKID_TEST_SEEDS";
/// Random programs are called so and their seed.
const RANDOM: &str = "random_";
/// A collection at every allocation, which shows what is not kept.
const STRESS: &[(&str, &str)] =
    &[("BESKID_GC_STRESS", "1"), ("BESKID_GC_POISON", "1"), ("BESKID_GC_VERIFY", "1")];

/// What a program is expected to do.
struct Expected {
    name: &'static str,
    status: i32,
    stdout: &'static str,
    stderr: &'static str,
}

const PROGRAMS: &[Expected] = &[
    Expected { name: "hello", status: 7, stdout: "hello\n", stderr: "" },
    Expected { name: "fib", status: 0, stdout: "75025\n", stderr: "" },
    Expected { name: "sum_of_array", status: 0, stdout: "4950\n", stderr: "" },
    Expected {
        name: "index_panics",
        status: 101,
        stdout: "",
        stderr: "panic: index 5 out of bounds for length 3\n  at p.bd:4:9\n  in Get at p.bd:4:9\n  in main at p.bd:9:5\n",
    },
    Expected { name: "list", status: 0, stdout: "500500\n", stderr: "" },
    Expected { name: "tree", status: 0, stdout: "63\n255\n", stderr: "" },
    Expected { name: "old_objects", status: 0, stdout: "9\n45\n", stderr: "" },
    Expected {
        name: "several_results",
        status: 0,
        stdout: "both\n2147483777.5\n3\n259\n",
        stderr: "",
    },
    Expected {
        name: "switches",
        status: 0,
        stdout: "10238090\n10238090\n10238090\n10238090\n",
        stderr: "",
    },
    Expected {
        name: "characters",
        status: 101,
        stdout: "0\n55295\n57344\n1114111\n",
        stderr: "panic: invalid char 57343\n  at p.bd:5:3\n  in Check at p.bd:5:3\n  in main at p.bd:1:1\n",
    },
    Expected { name: "kept_over_calls", status: 0, stdout: "0\n1\n2\n3\n1000\n", stderr: "" },
    Expected {
        name: "structures_in_arrays",
        status: 0,
        stdout: "9\n2\n4\n9\n2\n4\n9\n2\n4\n9\n2\n4\n",
        stderr: "",
    },
    Expected {
        name: "closures",
        status: 0,
        stdout: "1001\n1051\n1502\n1004\n1005\n1065\n1606\n1008\n",
        stderr: "",
    },
    Expected { name: "dispatch", status: 0, stdout: "9\n900\n16\n1600\n25\n2500\n", stderr: "" },
    Expected { name: "wide_indirect_call", status: 0, stdout: "kept\n9\n408428\n1\n", stderr: "" },
    Expected { name: "higher_order", status: 0, stdout: "7\n81\n9\n", stderr: "" },
    Expected {
        name: "closure_panics",
        status: 101,
        stdout: "",
        stderr: "panic: division by zero\n  at p.bd:7:12\n  in Invert at p.bd:7:12\n  in Twice at p.bd:3:5\n  in main at p.bd:9:5\n",
    },
    Expected { name: "arithmetic", status: 0, stdout: "", stderr: "" },
    Expected { name: "arguments", status: 2, stdout: "2\n", stderr: "" },
];

/// Compiles and runs a program, optimised if it is asked for; returns its status.
fn execute(mut program: Program, opt: OptLevel) -> i64 {
    verify::verify_program(&program).expect("the program is right");
    if opt == OptLevel::Speed {
        optimise(&mut program);
    }
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
    let unit = match define_artifact(&artifact, &*isa, imports, &mut module, None) {
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
    let process = Process {
        arguments: Texts::slices(&[b"one", b"two"]),
        environment: Texts::slices(&environment),
    };
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

/// What a program does, however it is compiled.
#[derive(PartialEq, Debug)]
struct Behaviour {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs a random program in all ways and compares.
fn compare(seed: u64) -> Result<(), Failed> {
    let name = format!("{RANDOM}{seed}");
    let run = |opt, environment| -> Result<Behaviour, Failed> {
        let output = child(&name, opt, environment)?;
        Ok(Behaviour {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    };
    let expected = run("none", &[])?;
    if !matches!(expected.status, Some(0 | 101)) {
        return Err(format!("{expected:#?}").into());
    }
    for (opt, environment) in [("speed", &[][..]), ("none", STRESS), ("speed", STRESS)] {
        let found = run(opt, environment)?;
        if found != expected {
            return Err(format!("{opt} {environment:?}: {found:#?}\nnot {expected:#?}").into());
        }
    }
    Ok(())
}

fn allocates(program: &Program) -> bool {
    let blocks = program.functions.iter().flat_map(|body| &body.blocks);
    let mut ops = blocks.flat_map(|data| &data.ops);
    ops.any(|op| matches!(op.kind, OpKind::Alloc { .. } | OpKind::AllocArray { .. }))
}

fn main() {
    if let Some(name) = env::var_os(NAME) {
        let opt = match env::var(OPT).as_deref() {
            Ok("speed") => OptLevel::Speed,
            _ => OptLevel::None,
        };
        let name = name.to_string_lossy();
        let program = match name.strip_prefix(RANDOM).map(str::parse) {
            Some(Ok(seed)) => Some(random::program(seed)),
            _ => {
                let found = programs::ALL.iter().find(|&&(program, _)| name == program);
                found.map(|(_, program)| program())
            }
        };
        let status = program.map_or(77, |program| execute(program, opt));
        std::process::exit(status as i32);
    }
    let mut trials = Vec::new();
    for expected in PROGRAMS {
        let found = programs::ALL.iter().find(|&&(name, _)| name == expected.name);
        let modes: &[(&str, &[(&str, &str)])] = match found {
            Some((_, program)) if allocates(&program()) => &[("", &[]), ("_stress", STRESS)],
            _ => &[("", &[])],
        };
        for opt in ["none", "speed"] {
            for &(suffix, environment) in modes {
                let name = format!("{}_{opt}{suffix}", expected.name);
                trials.push(Trial::test(name, move || {
                    check(expected, &child(expected.name, opt, environment)?)
                }));
            }
        }
    }
    let seeds = env::var(SEEDS).ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(60);
    trials.extend(
        (0..seeds).map(|seed| Trial::test(format!("{RANDOM}{seed}"), move || compare(seed))),
    );
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
