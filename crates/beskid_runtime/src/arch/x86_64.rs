//! x86-64: System V calling convention, frames chained through `rbp`.

use core::arch::{asm, naked_asm};
use core::ffi::c_void;

use beskid_abi::object::CLOSURE_CODE_OFFSET;
use beskid_abi::program::EntryShim;
use beskid_abi::thread_context::ThreadContext;

use crate::catch::{self, CATCH_SIZE, Catch};
use crate::object::GcRef;

/// What looks for a byte by vectors, in place: most texts are shorter than what a call costs.
#[inline]
pub(crate) fn byte_finder(byte: u8) -> memchr::arch::x86_64::sse2::memchr::One {
    // SAFETY: every processor of this kind has these vectors.
    unsafe { memchr::arch::x86_64::sse2::memchr::One::new_unchecked(byte) }
}

/// Systems for this processor have pages of 4 KB.
pub(crate) const LARGEST_PAGE: usize = 4 << 10;

/// Defines the exported entry `$symbol` in front of `$implementation`: it notes the caller's frame
/// in the thread context (first argument, `rdi`) and jumps on, arguments untouched.
///
/// It must be the first thing that runs: the runtime's own code keeps no frame pointers, so only here
/// does `rbp` still belong to the compiled caller.
macro_rules! frame_entry {
    ($symbol:expr, $name:ident, $implementation:path) => {
        #[unsafe(naked)]
        #[unsafe(export_name = $symbol)]
        pub(super) unsafe extern "C" fn $name() {
            core::arch::naked_asm!(
                "mov [rdi + {frame_pointer}], rbp",
                "lea rax, [rsp + 8]",
                "mov [rdi + {stack_pointer}], rax",
                "mov rax, [rsp]",
                "mov [rdi + {return_address}], rax",
                "jmp {implementation}",
                frame_pointer = const beskid_abi::thread_context::FRAME_POINTER_OFFSET,
                stack_pointer = const beskid_abi::thread_context::STACK_POINTER_OFFSET,
                return_address = const beskid_abi::thread_context::RETURN_ADDRESS_OFFSET,
                implementation = sym $implementation,
            )
        }
    };
}
pub(crate) use frame_entry;

/// Calls the entry shim on the stack that ends at `top` (a multiple of 16).
///
/// `rbp` is zero in the shim's caller: that is where walks of the stack end. All callee-saved
/// registers are kept here because the shim loads the pinned register (`r15`) without saving it.
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
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov rbx, rsp",
        "mov rsp, rdx",
        "xor ebp, ebp",
        "mov rax, rdi",
        "mov rdi, rsi",
        "call rax",
        "mov rsp, rbx",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}

/// The end of a call of [`catch_panic`], whether the closure returned or not: the record goes, the caller's
/// registers come back.
macro_rules! leave_catch {
    () => {
        concat!(
            "add rsp, {catch}\n",
            "pop r15\n",
            "pop r14\n",
            "pop r13\n",
            "pop r12\n",
            "pop rbx\n",
            "pop rbp\n",
            "ret"
        )
    };
}

/// The row `catch_panic`: calls a closure that takes nothing, with a record for panics (`catch`).
///
/// The frame is one of the chain: the caller's frame pointer and where the call returns to lie where those of
/// compiled code do. Compiled code keeps no registers, so all that the caller may expect are kept here.
///
/// # Safety
/// `cx` is the running thread's, `body` a closure.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn catch_panic(cx: *mut ThreadContext, body: GcRef) -> GcRef {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, {catch}",
        "mov [rsp], rdi",
        "mov [rsp + 8], rsi",
        "mov rdi, rsp",
        "call {begin}",
        "mov r15, [rsp]",
        "mov rdi, [rsp + 8]",
        "call [rdi + {code}]",
        "mov rdi, rsp",
        "call {end}",
        leave_catch!(),
        catch = const CATCH_SIZE,
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
        "mov rsp, rdi",
        "lea rbp, [rsp + {catch} + 40]",
        "mov rsi, [rbp]",
        "lea rdx, [rbp + 16]",
        "mov rcx, [rbp + 8]",
        "call {caught}",
        leave_catch!(),
        catch = const CATCH_SIZE,
        caught = sym catch::caught,
    )
}

/// Where a call returns to that is under way; `stack_pointer` is the caller's, at the call.
///
/// # Safety
/// It is: nothing has written to the stack below since.
#[inline]
pub(crate) unsafe fn return_address_of_call(stack_pointer: usize) -> usize {
    // SAFETY: the call has put it there.
    unsafe { *((stack_pointer - size_of::<usize>()) as *const usize) }
}

/// What tells the calling thread from all others that live, in a process with a C library: the address of
/// its control block. A child process by `fork` goes on under the same identity.
///
/// # Safety
/// [`has_thread_pointer`] said yes in this process.
#[inline]
pub(crate) unsafe fn thread_identity() -> usize {
    let identity;
    // SAFETY: the system's ABI puts the control block's own address at its beginning.
    unsafe { asm!("mov {}, fs:[0]", out(reg) identity, options(nostack, readonly, pure)) };
    identity
}

/// Whether the process gives its threads control blocks, as every C library does.
pub(crate) fn has_thread_pointer() -> bool {
    const GET_FS: usize = 0x1003;
    let mut base = 0_usize;
    // SAFETY: the kernel writes a word.
    unsafe { call_system(system_call::ARCH_PRCTL, [GET_FS, (&raw mut base).addr(), 0, 0, 0]) };
    base != 0
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
        // The thread finds what to call on its stack.
        "and rsi, -16",
        "sub rsi, 16",
        "mov [rsi], rcx",
        "mov [rsi + 8], r8",
        "mov r10, rdx",
        "xor r8d, r8d",
        "mov eax, {clone}",
        "syscall",
        "test rax, rax",
        "jz 2f",
        "ret",
        "2:",
        "xor ebp, ebp",
        "pop rax",
        "pop rdi",
        "call rax",
        "xor edi, edi",
        "mov eax, {exit}",
        "syscall",
        "ud2",
        clone = const system_call::CLONE,
        exit = const system_call::EXIT,
    )
}

/// Where signal handlers return to.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn signal_restorer() {
    naked_asm!("mov eax, 15", "syscall", "ud2")
}

/// Numbers of the system calls that `rustix` does not offer.
pub(crate) mod system_call {
    pub(crate) const RT_SIGACTION: usize = 13;
    pub(crate) const RT_SIGPROCMASK: usize = 14;
    pub(crate) const CLOSE: usize = 3;
    pub(crate) const DUP3: usize = 292;
    pub(crate) const PIPE2: usize = 293;
    pub(crate) const FCNTL: usize = 72;
    pub(crate) const CHDIR: usize = 80;
    pub(crate) const EXECVE: usize = 59;
    pub(crate) const GETDENTS64: usize = 217;
    pub(crate) const GETCWD: usize = 79;
    pub(crate) const WAIT4: usize = 61;
    pub(crate) const CLOCK_NANOSLEEP: usize = 230;
    pub(crate) const IOCTL: usize = 16;
    pub(crate) const GETPID: usize = 39;
    pub(crate) const CLONE: usize = 56;
    pub(crate) const EXIT: usize = 60;
    pub(crate) const KILL: usize = 62;
    pub(crate) const GETTID: usize = 186;
    pub(crate) const TGKILL: usize = 234;
    pub(crate) const SYSINFO: usize = 99;
    pub(crate) const SIGALTSTACK: usize = 131;
    pub(crate) const ARCH_PRCTL: usize = 158;
    pub(crate) const FUTEX: usize = 202;
    pub(crate) const CLOCK_GETTIME: usize = 228;
    pub(crate) const GETRANDOM: usize = 318;
    pub(crate) const EXIT_GROUP: usize = 231;
    pub(crate) const PPOLL: usize = 271;
}

/// A system call of up to five arguments.
///
/// # Safety
/// As the call itself.
#[inline]
pub(crate) unsafe fn call_system(number: usize, arguments: [usize; 5]) -> isize {
    let [a, b, c, d, e] = arguments;
    let result;
    // SAFETY: the kernel clobbers rcx and r11 beside the result; memory as the caller promises.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e,
            lateout("rcx") _, lateout("r11") _,
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
}

impl Interrupted {
    /// Reads them from the third argument of a signal handler.
    ///
    /// # Safety
    /// `context` is that argument.
    pub(crate) unsafe fn read(context: *const c_void) -> Self {
        // `ucontext_t`: flags, link and stack (40 bytes), then r8-r15, rdi, rsi, rbp, rbx, rdx, rax,
        // rcx, rsp, rip.
        let words = context.cast::<usize>();
        // SAFETY: the kernel wrote the whole record.
        unsafe {
            Self {
                frame_pointer: *words.add(15),
                stack_pointer: *words.add(20),
                program_counter: *words.add(21),
            }
        }
    }

    /// Where the latest call returns to, if that is in a register: calls put it on the stack.
    pub(crate) fn latest_return_address(&self) -> Option<usize> {
        None
    }

    /// Where a function returns to whose first instruction was interrupted, and its caller's stack pointer.
    ///
    /// # Safety
    /// It was.
    pub(crate) unsafe fn caller(&self) -> (usize, usize) {
        // SAFETY: the stack pointer stands on the return address, which the call wrote.
        let return_address = unsafe { *(self.stack_pointer as *const usize) };
        (return_address, self.stack_pointer + size_of::<usize>())
    }
}

/// Asks for the cache line at an address; any address will do.
#[inline]
pub(crate) fn prefetch(address: *const u8) {
    // SAFETY: a prefetch never faults.
    unsafe {
        core::arch::x86_64::_mm_prefetch(address.cast(), core::arch::x86_64::_MM_HINT_T0);
    }
}
