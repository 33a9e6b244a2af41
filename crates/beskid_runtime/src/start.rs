//! Running a program: the same way under the JIT and in an executable of its own.
//!
//! A program runs on a stack that the runtime made, so that its size, its guard and the texts of an
//! overflow do not depend on who started it. Everything that [`run`] changes in the process it puts
//! back before it returns: a host may run many programs, one after the other or on several threads.

use core::ffi::{CStr, c_char};
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr;

use beskid_abi::code_map::CodeMap;
use beskid_abi::program::Program;
use beskid_abi::version::ABI_VERSION;

use crate::output::{BUFFER_SIZE, Output};
use crate::settings::Settings;
use crate::stack::map_lookup::CodeIndex;
use crate::stack::memory::Stack;
use crate::thread::Thread;
use crate::{arch, fault, panic, platform};

/// Byte strings of the process: arguments or environment.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    source: Source<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Slices(&'a [&'a [u8]]),
    /// A C vector that ends with a null pointer.
    Vector(*const *const c_char, PhantomData<&'a ()>),
}

impl<'a> Texts<'a> {
    /// Those of a slice.
    #[must_use]
    pub const fn slices(texts: &'a [&'a [u8]]) -> Self {
        Self { source: Source::Slices(texts) }
    }

    /// Those of a C vector.
    ///
    /// # Safety
    /// `first` is the first of pointers to strings that end with a NUL; a null pointer ends them; all
    /// of that stays as it is during `'a`.
    #[must_use]
    pub const unsafe fn vector(first: *const *const c_char) -> Self {
        Self { source: Source::Vector(first, PhantomData) }
    }
}

impl<'a> Iterator for Texts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        match &mut self.source {
            Source::Slices(texts) => {
                let (first, rest) = texts.split_first()?;
                *texts = rest;
                Some(first)
            }
            Source::Vector(at, _) => {
                // SAFETY: the end was not reached, so `at` points to a pointer.
                let text = unsafe { **at };
                if text.is_null() {
                    return None;
                }
                // SAFETY: there is another pointer behind one that is not null, and the text ends
                // with a NUL, both by the promise of `vector`.
                unsafe {
                    *at = at.add(1);
                    Some(CStr::from_ptr(text).to_bytes())
                }
            }
        }
    }
}

/// What a program sees of its process.
#[derive(Clone, Copy, Debug)]
pub struct Process<'a> {
    /// The command line after the program's name.
    pub arguments: Texts<'a>,
    /// `NAME=value` each; the settings of the runtime are among them.
    pub environment: Texts<'a>,
}

/// Runs a program to its end, puts back what that changed in the process, and returns the exit status.
/// A panic of the program ends the process.
///
/// # Safety
/// `program` and the code, code map and data it refers to are what the compiler made for this ABI,
/// with all addresses filled in, and stay in place during the call.
#[must_use]
pub unsafe fn run(program: &Program, process: &Process<'_>) -> i64 {
    // SAFETY: as the caller promises.
    unsafe { execute(program, process, |status| status) }
}

/// Runs a program to its end and ends the process with its status. Nothing is put back first.
///
/// # Safety
/// As for [`run`].
pub unsafe fn run_to_exit(program: &Program, process: &Process<'_>) -> ! {
    // SAFETY: as the caller promises.
    unsafe { execute(program, process, |status| platform::exit(status as i32)) }
}

/// Ends the process if `what` was made for another version of the runtime ABI.
///
/// # Safety
/// `version` is the address of a version word.
pub(crate) unsafe fn check_version(version: *const u8, what: &str) {
    // SAFETY: as the caller promises.
    let version = unsafe { version.cast::<u32>().read() };
    if version != ABI_VERSION {
        panic::refuse(|report| {
            report.text(what).text(" was made for version ").unsigned(u64::from(version));
            report.text(" of the runtime ABI, this runtime has version ");
            report.unsigned(u64::from(ABI_VERSION));
        });
    }
}

/// Runs a program; `finish` gets its status when all output is written and nothing is put back yet.
unsafe fn execute<R>(program: &Program, process: &Process<'_>, finish: impl FnOnce(i64) -> R) -> R {
    // SAFETY: the record holds the address of the version word of the runtime it was linked with.
    unsafe { check_version(program.abi_version, "the program") };
    let settings = Settings::read(process.environment);
    let Some(stack) = Stack::new() else {
        panic::refuse(|report| {
            report.text("no memory for the program's stack");
        });
    };
    // SAFETY: the program promises a map in place.
    let code = unsafe { CodeMap::from_address(program.code_map) };
    let mut buffer = [const { MaybeUninit::uninit() }; BUFFER_SIZE];
    let output = Output::standard(&mut buffer);
    let code = CodeIndex::new(code);
    let mut thread = Thread::new(settings, code, output, process.arguments, process.environment);
    let thread = ptr::from_mut(&mut thread);
    // SAFETY: the thread's state stays in place until the guard is dropped at the end of this call.
    let faults = unsafe { fault::Guard::install(&stack, thread.cast()) };
    // SAFETY: the stack is new; the context is the thread's first field; the entry shim is the
    // program's own.
    let status = unsafe { arch::call_on_stack(program.entry, thread.cast(), stack.top()) };
    // SAFETY: compiled code has returned, so nothing else uses the thread's state.
    unsafe { (*thread).output.flush() };
    let result = finish(status);
    drop(faults);
    result
}
