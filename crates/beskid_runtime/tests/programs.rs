//! Whole programs under a host: output, exit status, panics with their traces, faults.
//!
//! The programs are a few lines of assembly that look as compiled code does: frame pointers, the thread
//! context in `r15`, a code map that names functions and positions. Each runs in a child process, which
//! is this test again with the program's name in its environment.

use std::arch::naked_asm;
use std::process::{Command, Output};
use std::{env, fs};

use beskid_abi::code_map::{Author, CodeMapEncoder, FunctionMap, NO_PARENT, Position};
use beskid_abi::program::{EntryShim, Program};
use beskid_abi::thread_context::ThreadContext;
use beskid_abi::version::ABI_VERSION_SYMBOL;
use beskid_runtime::start::{Process, Texts, run};
use beskid_runtime::symbols;
use libtest_mimic::{Arguments, Failed, Trial};

const NAME: &str = "BESKID_TEST_PROGRAM";

unsafe extern "C" {
    fn beskid_rt_panic_division();
    fn beskid_rt_panic_index();
    fn beskid_rt_panic_index_unsigned();
    fn beskid_rt_alloc_array();
    fn beskid_rt_text_begin();
    fn beskid_rt_text_signed();
    fn beskid_rt_text_f64();
    fn beskid_rt_text_print_line();
}

/// An entry shim with the given instructions as the program; they may use `r15`.
macro_rules! entry {
    ($name:ident, [$($line:literal),*] $(, $operand:ident = $value:path)*) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $name(_: *mut ThreadContext) -> i64 {
            naked_asm!(
                "push rbp",
                "mov rbp, rsp",
                "mov r15, rdi",
                $($line,)*
                "pop rbp",
                "ret",
                $($operand = sym $value,)*
            )
        }
    };
}

/// A compiled function: the given instructions between prologue and epilogue.
macro_rules! function {
    ($name:ident, [$($line:literal),*] $(, $operand:ident = $value:path)*) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $name() {
            naked_asm!(
                "push rbp",
                "mov rbp, rsp",
                $($line,)*
                "mov rsp, rbp",
                "pop rbp",
                "ret",
                $($operand = sym $value,)*
            )
        }
    };
}

function!(divide, ["mov rdi, r15", "call {panic}"], panic = beskid_rt_panic_division);
function!(
    index,
    ["mov rdi, r15", "mov rsi, -1", "mov edx, 3", "call {panic}"],
    panic = beskid_rt_panic_index
);
function!(
    index_unsigned,
    ["mov rdi, r15", "mov rsi, -1", "mov edx, 3", "call {panic}"],
    panic = beskid_rt_panic_index_unsigned
);
function!(scribble, ["mov dword ptr [16], 1"]);
function!(illegal, ["ud2"]);
// An address that no memory can have.
function!(reach_out, ["mov rax, 0x8000000000000000", "mov dword ptr [rax], 1"]);
// The chain of frames leads to nowhere, and then the program panics.
function!(
    lose_the_chain,
    ["mov qword ptr [rbp], 16", "mov rdi, r15", "call {panic}"],
    panic = beskid_rt_panic_division
);
// Counts rsi down to 0, a frame each time, then panics.
function!(
    recurse,
    [
        "sub rsp, 32",
        "test rsi, rsi",
        "je 2f",
        "dec rsi",
        "call {again}",
        "jmp 3f",
        "2:",
        "call {divide}",
        "3:"
    ],
    again = recurse,
    divide = divide
);
function!(
    allocate,
    ["mov rdi, r15", "lea rsi, [rip + {descriptor}]", "mov rdx, rbx", "call {array}"],
    descriptor = NUMBERS,
    array = beskid_rt_alloc_array
);

entry!(
    print_and_return,
    [
        "push rbx",
        "push rbx",
        "mov rdi, r15",
        "call {begin}",
        "mov rbx, rax",
        "mov rdi, r15",
        "mov rsi, -42",
        "call {signed}",
        "mov rdi, r15",
        "mov rsi, rbx",
        "call {print}",
        "mov rdi, r15",
        "call {begin}",
        "mov rbx, rax",
        "mov rax, 0x3ff8000000000000",
        "movq xmm0, rax",
        "mov rdi, r15",
        "call {float}",
        "mov rdi, r15",
        "mov rsi, rbx",
        "call {print}",
        "pop rbx",
        "pop rbx",
        "mov eax, 258"
    ],
    begin = beskid_rt_text_begin,
    signed = beskid_rt_text_signed,
    float = beskid_rt_text_f64,
    print = beskid_rt_text_print_line
);
entry!(
    divides,
    ["call {print}", "mov r15, rdi", "call {divide}"],
    print = print_for_main,
    divide = divide
);
entry!(indexes, ["call {index}"], index = index);
entry!(indexes_unsigned, ["call {index}"], index = index_unsigned);
entry!(scribbles, ["call {scribble}"], scribble = scribble);
entry!(reaches_out, ["call {reach_out}"], reach_out = reach_out);
entry!(
    loses_the_chain,
    ["call {print}", "call {lose}"],
    print = print_for_main,
    lose = lose_the_chain
);
entry!(is_illegal, ["call {illegal}"], illegal = illegal);
entry!(recurses_a_little, ["mov esi, 3", "call {recurse}"], recurse = recurse);
entry!(recurses_a_lot, ["mov esi, 999", "call {recurse}"], recurse = recurse);
entry!(overflows, ["mov rsi, -1", "call {recurse}"], recurse = recurse);
entry!(allocates_too_much, ["mov rbx, 1000000000", "call {allocate}"], allocate = allocate);
entry!(allocates_negative, ["mov rbx, -5", "call {allocate}"], allocate = allocate);
entry!(
    allocates_beyond_everything,
    ["mov rbx, 0x7fffffffffffffff", "call {allocate}"],
    allocate = allocate
);

// Prints a line and returns the context in rdi.
function!(
    print_for_main,
    [
        "push rbx",
        "push r15",
        "mov rdi, r15",
        "call {begin}",
        "mov rbx, rax",
        "mov rdi, r15",
        "mov esi, 7",
        "call {signed}",
        "mov rdi, r15",
        "mov rsi, rbx",
        "call {print}",
        "mov rdi, r15",
        "pop r15",
        "pop rbx"
    ],
    begin = beskid_rt_text_begin,
    signed = beskid_rt_text_signed,
    print = beskid_rt_text_print_line
);

static NUMBERS: beskid_abi::type_descriptor::TypeDescriptor =
    beskid_abi::type_descriptor::TypeDescriptor {
        kind: beskid_abi::type_descriptor::Kind::Array as u32,
        size: 8,
        reference_count: 0,
        name_length: 5,
        references: std::ptr::null(),
        name: b"i64[]".as_ptr(),
    };

/// A program with its code map; both stay in place until the process ends.
fn program(entry: EntryShim) -> &'static Program {
    let mut encoder = CodeMapEncoder::new();
    let mut addresses = Vec::new();
    let functions: [(&str, *const u8, u32, Option<&str>); 9] = [
        ("main", entry as *const u8, 3, None),
        ("Divide", divide as *const u8, 10, None),
        ("Index", index as *const u8, 20, Some("At")),
        ("IndexUnsigned", index_unsigned as *const u8, 30, None),
        ("Scribble", scribble as *const u8, 40, None),
        ("Illegal", illegal as *const u8, 50, None),
        ("Recurse", recurse as *const u8, 60, None),
        ("Allocate", allocate as *const u8, 70, None),
        ("ReachOut", reach_out as *const u8, 80, None),
    ];
    for (name, address, line, inlined) in functions {
        let place = |function, line, parent| Position {
            function,
            file: "p.bd",
            line,
            column: 5,
            parent,
            author: Author::Program,
        };
        let mut position = encoder.position(&place(name, line, NO_PARENT));
        if let Some(inlined) = inlined {
            position = encoder.position(&place(inlined, line + 1, position));
        }
        // The prologue has no position, as in compiled code.
        encoder.function(FunctionMap {
            name: name.into(),
            // More than any has; a lookup ends at the next function in any case.
            code_length: 256,
            ranges: vec![(4, position)],
            maps: vec![],
        });
        addresses.push(address);
    }
    let mut encoded = encoder.encode();
    for (&at, address) in encoded.address_offsets.iter().zip(addresses) {
        let at = at as usize;
        encoded.bytes[at..at + 8].copy_from_slice(&address.addr().to_le_bytes());
    }
    let abi_version = symbols::data_symbol(ABI_VERSION_SYMBOL).expect("the runtime defines it");
    Box::leak(Box::new(Program { abi_version, code_map: encoded.bytes.leak().as_ptr(), entry }))
}

fn start(entry: EntryShim) -> i64 {
    let environment: Vec<Vec<u8>> = env::vars_os()
        .map(|(name, value)| {
            let mut entry = name.into_encoded_bytes();
            entry.push(b'=');
            entry.extend_from_slice(&value.into_encoded_bytes());
            entry
        })
        .collect();
    let environment: Vec<&[u8]> = environment.iter().map(Vec::as_slice).collect();
    let process =
        Process { arguments: Texts::slices(&[]), environment: Texts::slices(&environment) };
    // SAFETY: the programs above keep the rules of compiled code.
    unsafe { run(program(entry), &process) }
}

const PROGRAMS: &[(&str, EntryShim)] = &[
    ("print_and_return", print_and_return),
    ("divides", divides),
    ("indexes", indexes),
    ("indexes_unsigned", indexes_unsigned),
    ("scribbles", scribbles),
    ("reaches_out", reaches_out),
    ("loses_the_chain", loses_the_chain),
    ("is_illegal", is_illegal),
    ("recurses_a_little", recurses_a_little),
    ("recurses_a_lot", recurses_a_lot),
    ("overflows", overflows),
    ("allocates_too_much", allocates_too_much),
    ("allocates_negative", allocates_negative),
    ("allocates_beyond_everything", allocates_beyond_everything),
];

fn child(name: &str, environment: &[(&str, &str)]) -> Result<Output, Failed> {
    let mut command = Command::new(env::current_exe()?);
    command.env_clear().env(NAME, name).envs(environment.iter().copied());
    Ok(command.output()?)
}

fn expect(output: &Output, status: i32, stdout: &str, stderr: &str) -> Result<(), Failed> {
    let got_stdout = String::from_utf8_lossy(&output.stdout);
    let got_stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(status) && got_stdout == stdout && got_stderr == stderr {
        return Ok(());
    }
    Err(format!("{:?}\nstdout:\n{got_stdout}\nstderr:\n{got_stderr}", output.status).into())
}

fn panics(name: &str, environment: &[(&str, &str)], stderr: &str) -> Result<(), Failed> {
    expect(&child(name, environment)?, 101, "", stderr)
}

fn trials() -> Vec<Trial> {
    let trial = |name: &str, run: fn() -> Result<(), Failed>| Trial::test(name, run);
    vec![
        trial("output_is_flushed_and_the_status_returned", || {
            expect(&child("print_and_return", &[])?, 258 & 255, "-42\n1.5\n", "")
        }),
        trial("a_panic_comes_after_output_and_names_its_place", || {
            expect(
                &child("divides", &[])?,
                101,
                "7\n",
                "panic: division by zero\n  at p.bd:10:5\n  in Divide at p.bd:10:5\n  in main at p.bd:3:5\n",
            )
        }),
        trial("inlined_frames_are_shown", || {
            panics(
                "indexes",
                &[],
                "panic: index -1 out of bounds for length 3\n  at p.bd:21:5\n  in At at p.bd:21:5\n  in Index at p.bd:20:5\n  in main at p.bd:3:5\n",
            )
        }),
        trial("unsigned_indices_are_unsigned", || {
            panics(
                "indexes_unsigned",
                &[],
                "panic: index 18446744073709551615 out of bounds for length 3\n  at p.bd:30:5\n  in IndexUnsigned at p.bd:30:5\n  in main at p.bd:3:5\n",
            )
        }),
        trial("bad_accesses_are_runtime_faults", || {
            panics(
                "scribbles",
                &[],
                "panic: invalid memory access at 0x10 (runtime fault)\n  at p.bd:40:5\n  in Scribble at p.bd:40:5\n  in main at p.bd:3:5\n",
            )
        }),
        trial("the_processor_does_not_tell_every_address", || {
            panics(
                "reaches_out",
                &[],
                "panic: invalid memory access at an address that no memory can have (runtime fault)\n  at p.bd:80:5\n  in ReachOut at p.bd:80:5\n  in main at p.bd:3:5\n",
            )
        }),
        trial("a_fault_of_a_report_ends_it", || {
            let output = child("loses_the_chain", &[])?;
            let stderr = String::from_utf8_lossy(&output.stderr);
            let at = stderr.find(" at 0x").unwrap_or_default();
            let shown = format!("{}{}", &stderr[..at], &stderr[at..].replace("0x18", "0x10"));
            let output = Output { stderr: shown.into_bytes(), ..output };
            expect(
                &output,
                101,
                "7\n",
                "panic: division by zero\npanic: internal error of the Beskid runtime: invalid memory access at 0x10 while a panic was reported\n",
            )
        }),
        trial("illegal_instructions_are_runtime_faults", || {
            panics(
                "is_illegal",
                &[],
                "panic: illegal instruction (runtime fault)\n  at p.bd:50:5\n  in Illegal at p.bd:50:5\n  in main at p.bd:3:5\n",
            )
        }),
        trial("short_traces_are_complete", || {
            let trace = format!(
                "panic: division by zero\n  at p.bd:10:5\n  in Divide at p.bd:10:5\n{}  in main at p.bd:3:5\n",
                "  in Recurse at p.bd:60:5\n".repeat(4)
            );
            panics("recurses_a_little", &[], &trace)
        }),
        trial("repeated_frames_are_folded", || {
            panics(
                "recurses_a_lot",
                &[],
                "panic: division by zero\n  at p.bd:10:5\n  in Divide at p.bd:10:5\n  in Recurse at p.bd:60:5\n  ... the last frame repeats 999 more times ...\n  in main at p.bd:3:5\n",
            )
        }),
        trial("a_report_can_do_without_frames", || {
            panics(
                "recurses_a_lot",
                &[("BESKID_BACKTRACE", "0")],
                "panic: division by zero\n  at p.bd:10:5\n",
            )
        }),
        trial("stack_overflow_is_a_panic", || {
            panics(
                "overflows",
                &[],
                "panic: stack overflow\n  at p.bd:60:5\n  in Recurse at p.bd:60:5\n  ... the last frame repeats ...\n  in main at p.bd:3:5\n",
            )
        }),
        trial("a_heap_limit_is_kept", || {
            panics(
                "allocates_too_much",
                &[("BESKID_HEAP_MAX", "100M")],
                "panic: out of memory\n  at p.bd:70:5\n  in Allocate at p.bd:70:5\n  in main at p.bd:3:5\n",
            )
        }),
        trial("sizes_beyond_all_memory_are_out_of_memory", || {
            panics(
                "allocates_beyond_everything",
                &[],
                "panic: out of memory\n  at p.bd:70:5\n  in Allocate at p.bd:70:5\n  in main at p.bd:3:5\n",
            )
        }),
        trial("negative_lengths_panic", || {
            panics(
                "allocates_negative",
                &[],
                "panic: negative array length -5\n  at p.bd:70:5\n  in Allocate at p.bd:70:5\n  in main at p.bd:3:5\n",
            )
        }),
        trial("settings_that_make_no_sense_are_refused", || {
            expect(
                &child("print_and_return", &[("BESKID_GC", "fast")])?,
                1,
                "",
                "error: the environment variable BESKID_GC cannot be fast\n",
            )
        }),
        trial("a_broken_pipe_ends_the_program_quietly", || {
            let script = "(sleep 0.2; exec \"$0\"); echo $? >&2";
            let output = Command::new("sh")
                .args(["-c", &format!("{{ {script}; }} | true")])
                .arg(env::current_exe()?)
                .env(NAME, "print_and_return")
                .output()?;
            expect(&output, 0, "", "141\n")
        }),
        trial("closed_and_full_output_do_not_crash", || {
            let run = |redirection: &str| {
                Command::new("sh")
                    .args(["-c", &format!("exec \"$0\" {redirection}")])
                    .arg(env::current_exe()?)
                    .env(NAME, "print_and_return")
                    .output()
                    .map_err(Failed::from)
            };
            expect(&run(">&-")?, 2, "", "")?;
            let full = "error: cannot write to standard output (system error 28)\n";
            expect(&run(">/dev/full")?, 1, "", full)
        }),
        trial("a_host_gets_its_signals_back", || {
            let signals = || -> Result<Vec<String>, Failed> {
                let status = fs::read_to_string("/proc/self/status")?;
                Ok(status.lines().filter(|line| line.starts_with("Sig")).map(Into::into).collect())
            };
            let before = signals()?;
            for _ in 0..3 {
                assert_eq!(start(returns_nine), 9);
            }
            assert_eq!(before, signals()?);
            Ok(())
        }),
    ]
}

entry!(returns_nine, ["mov eax, 9"]);

fn main() {
    if let Some(name) = env::var_os(NAME) {
        let found = PROGRAMS.iter().find(|(program, _)| name == *program);
        let status = found.map_or(77, |&(_, entry)| start(entry));
        std::process::exit(status as i32);
    }
    libtest_mimic::run(&Arguments::from_args(), trials()).exit();
}
