//! The entry of a static executable.

use core::ffi::c_char;

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

unsafe extern "C" {
    /// The compiler's description of the program.
    #[link_name = beskid_abi::program_symbol!()]
    static PROGRAM: Program;
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
