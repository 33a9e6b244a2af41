//! The entries of executables: of static ones, which the kernel starts, and of those that are linked with
//! C libraries, which the C library starts.
//!
//! *Invariants.* An executable has one of the two; the linker drops the other, and with it what only that
//! one refers to. A program that was started by the C library ends by returning to it, so that what C has
//! to do at the end is done.

use core::ffi::{c_char, c_int};

use beskid_abi::program::Program;
use beskid_runtime::start::{Process, Texts};

use crate::memory;
use crate::relocate::relocate;

// The kernel starts here, with its data at the stack pointer and nothing to return to. Two calls and
// not one function: the second must not load anything before the first has relocated it.
#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".section .text.beskid_start_static,\"ax\",@progbits",
    ".globl beskid_start_static",
    ".type beskid_start_static,@function",
    "beskid_start_static:",
    ".cfi_startproc",
    ".cfi_undefined rip",
    "xor ebp, ebp",
    "mov rbx, rsp",
    "and rsp, -16",
    "mov rdi, rbx",
    "call {relocate}",
    "mov rdi, rbx",
    "call {begin}",
    "ud2",
    ".cfi_endproc",
    ".size beskid_start_static, . - beskid_start_static",
    ".text",
    relocate = sym relocate,
    begin = sym begin,
);

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    ".section .text.beskid_start_static,\"ax\",@progbits",
    ".globl beskid_start_static",
    ".type beskid_start_static,@function",
    "beskid_start_static:",
    ".cfi_startproc",
    ".cfi_undefined x30",
    "mov x29, 0",
    "mov x30, 0",
    "mov x19, sp",
    "mov x0, sp",
    "bl {relocate}",
    "mov x0, x19",
    "bl {begin}",
    "udf 0",
    ".cfi_endproc",
    ".size beskid_start_static, . - beskid_start_static",
    ".text",
    relocate = sym relocate,
    begin = sym begin,
);

// The loader has relocated everything and starts here: its data at the stack pointer, in `rdx` (`x0`) what to
// call at the end. The C library is told the same as by its own start files.
#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".section .text.beskid_start_dynamic,\"ax\",@progbits",
    ".globl beskid_start_dynamic",
    ".type beskid_start_dynamic,@function",
    "beskid_start_dynamic:",
    ".cfi_startproc",
    ".cfi_undefined rip",
    "xor ebp, ebp",
    "mov r9, rdx",
    "mov rsi, [rsp]",
    "lea rdx, [rsp + 8]",
    "and rsp, -16",
    "push rax",
    "push rsp",
    "xor r8d, r8d",
    "xor ecx, ecx",
    "lea rdi, [rip + {main}]",
    "call qword ptr [rip + __libc_start_main@GOTPCREL]",
    "ud2",
    ".cfi_endproc",
    ".size beskid_start_dynamic, . - beskid_start_dynamic",
    ".text",
    main = sym main_for_c,
);

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    ".section .text.beskid_start_dynamic,\"ax\",@progbits",
    ".globl beskid_start_dynamic",
    ".type beskid_start_dynamic,@function",
    "beskid_start_dynamic:",
    ".cfi_startproc",
    ".cfi_undefined x30",
    "mov x29, 0",
    "mov x30, 0",
    "mov x5, x0",
    "ldr x1, [sp]",
    "add x2, sp, 8",
    "mov x6, sp",
    "mov x3, 0",
    "mov x4, 0",
    "adrp x0, {main}",
    "add x0, x0, :lo12:{main}",
    "adrp x16, :got:__libc_start_main",
    "ldr x16, [x16, :got_lo12:__libc_start_main]",
    "blr x16",
    "udf 0",
    ".cfi_endproc",
    ".size beskid_start_dynamic, . - beskid_start_dynamic",
    ".text",
    main = sym main_for_c,
);

unsafe extern "C" {
    /// The compiler's description of the program.
    #[link_name = beskid_abi::program_symbol!()]
    static PROGRAM: Program;
}

/// Runs the program, called by the C library.
#[inline(never)]
unsafe extern "C" fn main_for_c(
    count: c_int,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) -> c_int {
    memory::detect();
    // The first argument is the program's own name; it may be missing altogether.
    let own_name = usize::from(count > 0);
    // SAFETY: both are vectors that end with a null pointer, and stay as they are. The program is the one
    // of this executable.
    unsafe {
        let process = Process {
            arguments: Texts::vector(arguments.add(own_name)),
            environment: Texts::vector(environment),
        };
        beskid_runtime::start::run(&PROGRAM, &process) as c_int
    }
}

/// Runs the program and ends the process.
#[inline(never)]
unsafe extern "C" fn begin(stack: *const usize) -> ! {
    memory::detect();
    // SAFETY: the kernel laid out argc, the arguments with a null pointer behind them, and the
    // environment with another; all stay as they are. The program is the one of this executable.
    unsafe {
        let count = *stack;
        let arguments = stack.add(1).cast::<*const c_char>();
        let process = Process {
            // The first argument is the program's own name; it may be missing altogether.
            arguments: Texts::vector(arguments.add(count.min(1))),
            environment: Texts::vector(arguments.add(count + 1)),
        };
        beskid_runtime::start::run_to_exit(&PROGRAM, &process)
    }
}
