//! AArch64: the procedure call standard of Arm, frames chained through `x29`.
//!
//! A call leaves where it returns to in `x30`, and the callee decides where that goes. Compiled functions put it
//! where x86-64 would have it, and the entries of the runtime do the same here:
//!
//! ```text
//!            | caller's frame …   |
//!  sp ──►    | return address     |   [fp + 8], [sp - 8]     sp: the caller's stack pointer at the call
//!  fp ──►    | caller's fp        |   [fp]
//!            | callee's frame …   |
//! ```
//!
//! *Invariants.* That holds for every call by compiled code but those of C. Until its first instruction has
//! stored the pair, a function's return address is in `x30`.

use core::arch::{asm, naked_asm};
use core::ffi::c_void;

use beskid_abi::object::CLOSURE_CODE_OFFSET;
use beskid_abi::program::EntryShim;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::thread_context::ThreadContext;

use crate::catch::{self, CATCH_SIZE, Catch};
use crate::object::GcRef;

/// What looks for a byte by vectors, in place: most texts are shorter than what a call costs.
#[inline]
pub(crate) fn byte_finder(byte: u8) -> memchr::arch::aarch64::neon::memchr::One {
    // SAFETY: every processor of this kind has these vectors.
    unsafe { memchr::arch::aarch64::neon::memchr::One::new_unchecked(byte) }
}

/// Systems for this processor have pages of 4, 16 or 64 KB, as their kernel was built.
pub(crate) const LARGEST_PAGE: usize = 64 << 10;

/// Defines the exported entry `$symbol` in front of `$implementation`: it notes the caller's frame
/// in the thread context (first argument, `x0`), has a frame of compiled code's form itself, and calls on,
/// arguments untouched.
///
/// It must be the first thing that runs: the runtime's own code keeps no frame pointers, so only here
/// does `x29` still belong to the compiled caller.
macro_rules! frame_entry {
    ($symbol:expr, $name:ident, $implementation:path) => {
        #[unsafe(naked)]
        #[unsafe(export_name = $symbol)]
        pub(super) unsafe extern "C" fn $name() {
            core::arch::naked_asm!(
                "stp x29, x30, [sp, -16]!",
                "add x16, sp, 16",
                "stp x29, x16, [x0, {frame_pointer}]",
                "str x30, [x0, {return_address}]",
                "mov x29, sp",
                "bl {implementation}",
                "ldp x29, x30, [sp], 16",
                "ret",
                frame_pointer = const beskid_abi::thread_context::FRAME_POINTER_OFFSET,
                return_address = const beskid_abi::thread_context::RETURN_ADDRESS_OFFSET,
                implementation = sym $implementation,
            )
        }
    };
}
pub(crate) use frame_entry;

// One instruction stores both.
const _: () = {
    use beskid_abi::thread_context::{FRAME_POINTER_OFFSET, STACK_POINTER_OFFSET};
    assert!(STACK_POINTER_OFFSET == FRAME_POINTER_OFFSET + 8);
};

// An entry stands between caller and function: arguments on the stack would be out of place.
const _: () = {
    let mut row = 0;
    while row < RuntimeFn::ALL.len() {
        assert!(RuntimeFn::ALL[row].info().parameters.len() <= 8, "arguments in registers");
        row += 1;
    }
};

/// What the procedure call standard lets a caller expect, in the order of [`keep_registers`].
macro_rules! restore_registers {
    () => {
        concat!(
            "ldp d14, d15, [sp], 16\n",
            "ldp d12, d13, [sp], 16\n",
            "ldp d10, d11, [sp], 16\n",
            "ldp d8, d9, [sp], 16\n",
            "ldp x27, x28, [sp], 16\n",
            "ldp x25, x26, [sp], 16\n",
            "ldp x23, x24, [sp], 16\n",
            "ldp x21, x22, [sp], 16\n",
            "ldp x19, x20, [sp], 16\n",
            "ldp x29, x30, [sp], 16\n",
            "ret"
        )
    };
}

/// Begins a frame of compiled code's form and keeps what callers may expect.
macro_rules! keep_registers {
    () => {
        concat!(
            "stp x29, x30, [sp, -16]!\n",
            "mov x29, sp\n",
            "stp x19, x20, [sp, -16]!\n",
            "stp x21, x22, [sp, -16]!\n",
            "stp x23, x24, [sp, -16]!\n",
            "stp x25, x26, [sp, -16]!\n",
            "stp x27, x28, [sp, -16]!\n",
            "stp d8, d9, [sp, -16]!\n",
            "stp d10, d11, [sp, -16]!\n",
            "stp d12, d13, [sp, -16]!\n",
            "stp d14, d15, [sp, -16]!\n",
        )
    };
}

/// Bytes of the registers that [`keep_registers`] puts below the pair.
const KEPT_REGISTERS: usize = 9 * 16;

/// Calls the entry shim on the stack that ends at `top` (a multiple of 16).
///
/// `x29` is zero in the shim's caller: that is where walks of the stack end. All callee-saved
/// registers are kept here because the shim loads the pinned register (`x21`) without saving it.
///
/// # Safety
/// Nothing else uses the stack below `top`; `context` outlives the call.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn call_on_stack(
    entry: EntryShim,
    context: *mut ThreadContext,
    top: *mut u8,
) -> i64 {
    naked_asm!(
        keep_registers!(),
        "mov x19, sp",
        "mov sp, x2",
        "mov x29, 0",
        "mov x9, x0",
        "mov x0, x1",
        "blr x9",
        "mov sp, x19",
        restore_registers!(),
    )
}

/// Bytes of a record of [`catch_panic`] on the stack, which is a multiple of 16.
const CATCH_ROOM: usize = CATCH_SIZE.next_multiple_of(16);

/// The row `catch_panic`: calls a closure that takes nothing, with a record for panics (`catch`).
///
/// The frame is one of the chain. What a panic throws away does not put registers back, so all that the caller
/// may expect are kept here. Functions of the program have their first argument in `x2`: Cranelift's tail
/// convention leaves two registers out.
///
/// # Safety
/// `cx` is the running thread's, `body` a closure.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn catch_panic(cx: *mut ThreadContext, body: GcRef) -> GcRef {
    naked_asm!(
        keep_registers!(),
        "sub sp, sp, {catch}",
        "stp x0, x1, [sp]",
        "mov x0, sp",
        "bl {begin}",
        "ldp x21, x2, [sp]",
        "ldr x9, [x2, {code}]",
        "blr x9",
        "mov x0, sp",
        "bl {end}",
        "add sp, sp, {catch}",
        restore_registers!(),
        catch = const CATCH_ROOM,
        code = const CLOSURE_CODE_OFFSET,
        begin = sym catch::begin,
        end = sym catch::end,
    )
}

/// Goes on behind the call of [`catch_panic`] that has this record, with the message of the panic as result.
///
/// # Safety
/// The call is under way, and nothing inside of it runs on.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn resume_catch(catch: *mut Catch) -> ! {
    naked_asm!(
        "mov sp, x0",
        "add x29, sp, {frame}",
        "ldr x1, [x29]",
        "add x2, x29, 16",
        "ldr x3, [x29, 8]",
        "bl {caught}",
        "add sp, sp, {catch}",
        restore_registers!(),
        frame = const CATCH_ROOM + KEPT_REGISTERS,
        catch = const CATCH_ROOM,
        caught = sym catch::caught,
    )
}

/// Where a call returns to that is under way; `stack_pointer` is the caller's, at the call.
///
/// # Safety
/// It is, and not one of C: nothing has written to the stack below since.
#[inline]
pub(crate) unsafe fn return_address_of_call(stack_pointer: usize) -> usize {
    // SAFETY: whoever was called has put it there.
    unsafe { *((stack_pointer - size_of::<usize>()) as *const usize) }
}

/// What tells the calling thread from all others that live, in a process with a C library: the address of
/// its control block. A child process by `fork` goes on under the same identity.
///
/// # Safety
/// [`has_thread_pointer`] said yes in this process.
#[inline]
pub(crate) unsafe fn thread_identity() -> usize {
    thread_pointer()
}

/// Whether the process gives its threads control blocks, as every C library does.
pub(crate) fn has_thread_pointer() -> bool {
    thread_pointer() != 0
}

fn thread_pointer() -> usize {
    let pointer;
    // SAFETY: the register can be read by everyone.
    unsafe { asm!("mrs {}, tpidr_el0", out(reg) pointer, options(nostack, nomem, pure)) };
    pointer
}

/// Makes a thread that calls `entry(argument)` on the stack below `top` and ends; the system clears `tid`
/// then if the flags say so. A negative result is an error.
///
/// # Safety
/// As the system call `clone` with these flags; the stack is the thread's alone.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn clone_thread(
    flags: usize,
    top: *mut u8,
    tid: *mut u32,
    entry: unsafe extern "C" fn(*mut u8),
    argument: *mut u8,
) -> isize {
    naked_asm!(
        // The thread has the registers of its maker, those aside that the call uses: it finds there what to
        // call. They are ones that no caller expects to be kept.
        "and x1, x1, -16",
        "mov x9, x3",
        "mov x10, x4",
        "mov x4, x2",
        "mov x2, 0",
        "mov x3, 0",
        "mov x8, {clone}",
        "svc 0",
        "cbz x0, 2f",
        "ret",
        "2:",
        "mov x29, 0",
        "mov x30, 0",
        "mov x0, x10",
        "blr x9",
        "mov x0, 0",
        "mov x8, {exit}",
        "svc 0",
        "udf 0",
        clone = const system_call::CLONE,
        exit = const system_call::EXIT,
    )
}

/// Where signal handlers return to.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn signal_restorer() {
    naked_asm!("mov x8, 139", "svc 0", "udf 0")
}

/// Numbers of the system calls that `rustix` does not offer.
pub(crate) mod system_call {
    pub(crate) const RT_SIGACTION: usize = 134;
    pub(crate) const RT_SIGPROCMASK: usize = 135;
    pub(crate) const CLOSE: usize = 57;
    pub(crate) const DUP3: usize = 24;
    pub(crate) const PIPE2: usize = 59;
    pub(crate) const FCNTL: usize = 25;
    pub(crate) const CHDIR: usize = 49;
    pub(crate) const EXECVE: usize = 221;
    pub(crate) const GETDENTS64: usize = 61;
    pub(crate) const GETCWD: usize = 17;
    pub(crate) const WAIT4: usize = 260;
    pub(crate) const CLOCK_NANOSLEEP: usize = 115;
    pub(crate) const IOCTL: usize = 29;
    pub(crate) const GETPID: usize = 172;
    pub(crate) const CLONE: usize = 220;
    pub(crate) const EXIT: usize = 93;
    pub(crate) const KILL: usize = 129;
    pub(crate) const GETTID: usize = 178;
    pub(crate) const TGKILL: usize = 131;
    pub(crate) const SYSINFO: usize = 179;
    pub(crate) const SIGALTSTACK: usize = 132;
    pub(crate) const FUTEX: usize = 98;
    pub(crate) const CLOCK_GETTIME: usize = 113;
    pub(crate) const GETRANDOM: usize = 278;
    pub(crate) const EXIT_GROUP: usize = 94;
    pub(crate) const PPOLL: usize = 73;
}

/// A system call of up to five arguments.
///
/// # Safety
/// As the call itself.
#[inline]
pub(crate) unsafe fn call_system(number: usize, arguments: [usize; 5]) -> isize {
    let [a, b, c, d, e] = arguments;
    let result;
    // SAFETY: the kernel changes the result's register and memory as the caller promises.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") a => result,
            in("x1") b, in("x2") c, in("x3") d, in("x4") e,
            options(nostack),
        );
    }
    result
}

/// The registers of interrupted code that say where it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupted {
    pub(crate) program_counter: usize,
    pub(crate) stack_pointer: usize,
    pub(crate) frame_pointer: usize,
    link: usize,
}

impl Interrupted {
    /// Reads them from the third argument of a signal handler.
    ///
    /// # Safety
    /// `context` is that argument.
    pub(crate) unsafe fn read(context: *const c_void) -> Self {
        // `ucontext_t`: flags, link and stack (40 bytes), the mask and room for a longer one (128 bytes); then,
        // at a multiple of 16, the address of a fault, x0-x30, sp and pc.
        const REGISTERS: usize = 176 / size_of::<usize>() + 1;
        let words = context.cast::<usize>();
        // SAFETY: the kernel wrote the whole record.
        unsafe {
            Self {
                frame_pointer: *words.add(REGISTERS + 29),
                link: *words.add(REGISTERS + 30),
                stack_pointer: *words.add(REGISTERS + 31),
                program_counter: *words.add(REGISTERS + 32),
            }
        }
    }

    /// Where the latest call returns to, if that is in a register.
    pub(crate) fn latest_return_address(&self) -> Option<usize> {
        Some(self.link)
    }

    /// Where a function returns to whose first instruction was interrupted, and its caller's stack pointer.
    ///
    /// # Safety
    /// It was.
    pub(crate) unsafe fn caller(&self) -> (usize, usize) {
        (self.link, self.stack_pointer)
    }
}

/// Asks for the cache line at an address; any address will do.
#[inline]
pub(crate) fn prefetch(address: *const u8) {
    // SAFETY: a prefetch never faults.
    unsafe {
        asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, readonly, preserves_flags));
    }
}
