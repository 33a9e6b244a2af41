//! Linux: signal handlers and alternate signal stacks, by system call.
//!
//! `rustix` keeps these in a module without a stable name.

use core::ffi::c_void;
use core::ptr;

use crate::arch::{call_system, signal_restorer, system_call};

/// Illegal instruction.
pub(crate) const SIGILL: i32 = 4;
/// Bad access to existing memory.
pub(crate) const SIGBUS: i32 = 7;
/// Arithmetic fault.
pub(crate) const SIGFPE: i32 = 8;
/// Access to memory that does not exist.
pub(crate) const SIGSEGV: i32 = 11;
/// Writing to a pipe that nobody reads.
pub(crate) const SIGPIPE: i32 = 13;

/// A handler: signal number, information, machine state.
pub(crate) type Handler = unsafe extern "C" fn(i32, *const c_void, *const c_void);

/// What happens on a signal, as the kernel keeps it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Disposition {
    handler: usize,
    flags: usize,
    restorer: usize,
    mask: u64,
}

impl Disposition {
    /// What the system does by itself.
    pub(crate) const DEFAULT: Self = Self { handler: 0, flags: 0, restorer: 0, mask: 0 };
    /// The signal has no effect.
    pub(crate) const IGNORE: Self = Self { handler: 1, flags: 0, restorer: 0, mask: 0 };

    /// Whether the signal has no effect.
    pub(crate) fn is_ignored(&self) -> bool {
        self.handler == Self::IGNORE.handler
    }

    /// Runs `handler` on the alternate stack.
    pub(crate) fn handler(handler: Handler) -> Self {
        const SIGINFO: usize = 4;
        const RESTORER: usize = 0x0400_0000;
        const ON_STACK: usize = 0x0800_0000;
        // A fault of the handler itself comes to it too.
        const NO_DEFER: usize = 0x4000_0000;
        Self {
            handler: handler as usize,
            flags: SIGINFO | RESTORER | ON_STACK | NO_DEFER,
            restorer: signal_restorer as *const () as usize,
            mask: 0,
        }
    }
}

/// Sets what happens on `signal` and returns what was set before.
///
/// # Safety
/// A handler must be fit to run at any point of the process.
pub(crate) unsafe fn set_disposition(signal: i32, disposition: &Disposition) -> Disposition {
    let mut previous = Disposition::DEFAULT;
    let arguments = [
        signal as usize,
        ptr::from_ref(disposition).addr(),
        (&raw mut previous).addr(),
        size_of::<u64>(),
        0,
    ];
    // SAFETY: both records have the kernel's layout; the mask has 8 bytes.
    unsafe { call_system(system_call::RT_SIGACTION, arguments) };
    previous
}

/// The address in a handler's information record that the access went to. The processor does not tell one
/// that no memory can have.
///
/// # Safety
/// `information` is a handler's second argument.
pub(crate) unsafe fn fault_address(information: *const c_void) -> Option<usize> {
    const KERNEL: i32 = 0x80;
    // SAFETY: `si_code` stands after two `int`s, `si_addr` after another one and padding.
    let (code, address) =
        unsafe { (*information.cast::<i32>().add(2), *information.cast::<usize>().add(2)) };
    (code != KERNEL).then_some(address)
}

/// Whether a signal was sent by a process, and is no fault.
///
/// # Safety
/// `information` is a handler's second argument.
pub(crate) unsafe fn is_sent(information: *const c_void) -> bool {
    // SAFETY: `si_code` stands after two `int`s; the kernel's own are positive.
    unsafe { *information.cast::<i32>().add(2) <= 0 }
}

/// Sends a signal to the calling thread. From a handler of it, it comes when the handler has returned, before
/// anything else runs; one that was sent to the process might come to another thread, and later.
pub(crate) fn send_to_thread(signal: i32) {
    // SAFETY: no argument is an address.
    unsafe {
        let process = call_system(system_call::GETPID, [0; 5]) as usize;
        let thread = call_system(system_call::GETTID, [0; 5]) as usize;
        call_system(system_call::TGKILL, [process, thread, signal as usize, 0, 0]);
    }
}

/// How a thread's mask of blocked signals changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum MaskChange {
    /// Those of the mask are let through.
    Unblock = 1,
    /// It becomes that mask.
    Set = 2,
}

/// Changes the calling thread's mask of blocked signals; returns the one before.
///
/// # Safety
/// Handlers of what is let through may run on this thread.
pub(super) unsafe fn change_signal_mask(change: MaskChange, mask: u64) -> u64 {
    let mut before = 0_u64;
    let masks = [(&raw const mask).addr(), (&raw mut before).addr()];
    let arguments = [change as usize, masks[0], masks[1], size_of::<u64>(), 0];
    // SAFETY: both masks have the kernel's size.
    unsafe { call_system(system_call::RT_SIGPROCMASK, arguments) };
    before
}

/// Lets signals through on this thread.
///
/// # Safety
/// Their handlers may run on it.
pub(crate) unsafe fn unblock(signals: &[i32]) {
    let mask = signals.iter().fold(0_u64, |mask, &signal| mask | 1 << (signal - 1));
    // SAFETY: as the caller promises.
    unsafe { change_signal_mask(MaskChange::Unblock, mask) };
}

/// The stack that handlers of this thread run on, as the kernel keeps it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct SignalStack {
    address: *mut u8,
    flags: i32,
    size: usize,
}

impl SignalStack {
    const DISABLED: i32 = 2;
    const ON_STACK: i32 = 1;

    /// `size` bytes from `address` on.
    pub(crate) fn new(address: *mut u8, size: usize) -> Self {
        Self { address, flags: 0, size }
    }

    /// The lowest address, if there is such a stack and it has `size` bytes.
    pub(crate) fn of_size(self, size: usize) -> Option<*mut u8> {
        (self.flags & Self::DISABLED == 0 && self.size == size).then_some(self.address)
    }

    /// The one in force for this thread.
    pub(crate) fn current() -> Self {
        let mut current = Self { address: ptr::null_mut(), flags: Self::DISABLED, size: 0 };
        let arguments = [0, (&raw mut current).addr(), 0, 0, 0];
        // SAFETY: the kernel only writes the record.
        unsafe { call_system(system_call::SIGALTSTACK, arguments) };
        current
    }

    /// Puts this one in force and returns the one before.
    ///
    /// # Safety
    /// The memory stays valid until another one is put in force.
    pub(crate) unsafe fn install(self) -> Self {
        let mut previous = Self { address: ptr::null_mut(), flags: Self::DISABLED, size: 0 };
        let wanted = Self { flags: self.flags & !Self::ON_STACK, ..self };
        let arguments = [(&raw const wanted).addr(), (&raw mut previous).addr(), 0, 0, 0];
        // SAFETY: as the caller promises.
        unsafe { call_system(system_call::SIGALTSTACK, arguments) };
        previous
    }
}
