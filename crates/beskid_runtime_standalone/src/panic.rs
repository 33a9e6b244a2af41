//! What Rust asks of a program without its standard library.
//!
//! A panic of Rust code is a fault of the runtime, never one of the Beskid program, and says so.

use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    beskid_runtime::panic::of_rust(info.message().as_str(), info.location())
}

// The precompiled core library has unwind tables that name these; nothing ever unwinds.
core::arch::global_asm!(
    ".weak rust_eh_personality",
    ".hidden rust_eh_personality",
    ".type rust_eh_personality,%function",
    ".weak _Unwind_Resume",
    ".hidden _Unwind_Resume",
    ".type _Unwind_Resume,%function",
    "rust_eh_personality:",
    "_Unwind_Resume:",
    #[cfg(target_arch = "x86_64")]
    "ud2",
    #[cfg(target_arch = "aarch64")]
    "udf 0",
);
