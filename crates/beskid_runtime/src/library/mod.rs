//! Programs that C calls: what a library's thread has, and how its calls begin and end.
//!
//! The first call of a library makes its state: settings from the environment, heap, output buffer,
//! handling of faults. The state stays for the rest of the process.
//!
//! *Invariants.*
//! - A library's state belongs to the thread that called first. A call from another one ends the process
//!   with a message: the heap has one mutator. So does a call in a child of that process by `fork`, which
//!   has no copy of the collector's thread.
//! - Compiled code runs on its caller's stack. An outermost entry frame ends walks of it.
//! - Output leaves when the outermost call returns, so that it stands before what C writes afterwards.
//! - States form a list, for the handler of faults; a state is in it as soon as it is complete, and never
//!   leaves it.

mod fault;
mod values;

use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use beskid_abi::code_map::CodeMap;
use beskid_abi::library::{EntryFrame, Library};
use beskid_abi::thread_context::{FOREIGN_CALL, ThreadContext};

use crate::output::{BUFFER_SIZE, Output};
use crate::settings::Settings;
use crate::stack::map_lookup::CodeIndex;
use crate::start::{Texts, check_version};
use crate::thread::Thread;
use crate::{arch, panic, platform};
use values::Results;
pub(crate) use values::{array_from_c, array_to_c, string_from_c, string_to_c};

/// What a library has once it was called.
#[repr(C)]
struct State {
    /// Must be the first field, see [`State::of`].
    thread: Thread<'static>,
    /// In a page of its own: see [`arch::thread_identity`]; 0 in a child process.
    owner: *const usize,
    results: Results,
    /// The next of [`STATES`].
    next: *const State,
}

/// [`Library::state`] while a thread makes the state.
const IN_THE_MAKING: usize = 1;

/// The states of the libraries that share this runtime, the latest first.
static STATES: AtomicPtr<State> = AtomicPtr::new(ptr::null_mut());

impl State {
    /// The state around a context.
    ///
    /// # Safety
    /// `context` is one that [`enter`] gave, and no other reference to its state is in use.
    unsafe fn of<'a>(context: *mut ThreadContext) -> &'a mut Self {
        // SAFETY: such a context is the first field of the thread, which is that of a state.
        unsafe { &mut *context.cast::<Self>() }
    }
}

const _: () = assert!(core::mem::offset_of!(State, thread) == 0);

/// A call of a library begins; gives the context of its thread.
///
/// # Safety
/// `library` is the record of the calling code, `frame` the calling shim's, with its frame pointer.
pub(crate) unsafe fn enter(library: *mut Library, frame: *mut EntryFrame) -> *mut ThreadContext {
    // SAFETY: nobody uses this word of the record in another way.
    let word = unsafe { AtomicUsize::from_ptr(&raw mut (*library).state) };
    let mut state = word.load(Ordering::Acquire);
    if state == 0 {
        match word.compare_exchange(0, IN_THE_MAKING, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                // SAFETY: the record is one; nobody else makes its state.
                state = unsafe { begin(library) }.addr();
                word.store(state, Ordering::Release);
            }
            Err(other) => state = other,
        }
    }
    let state = state as *mut State;
    // SAFETY: making a state has found that threads have identities; no other thread changes a state.
    if state.addr() == IN_THE_MAKING || unsafe { *(*state).owner != arch::thread_identity() } {
        refuse(state);
    }
    // SAFETY: the state is this thread's, and compiled code does not run; the frame is the shim's.
    unsafe {
        let context = &mut (*state).thread.context;
        let frame = &mut *frame;
        frame.outer = context.entry;
        // No function of the program calls whoever calls first.
        let is_outermost = frame.outer == 0;
        frame.caller_frame_pointer = if is_outermost { 0 } else { context.frame_pointer };
        frame.caller_stack_pointer = if is_outermost { 0 } else { context.stack_pointer };
        context.entry = ptr::from_mut(frame).addr();
        context
    }
}

#[cold]
fn refuse(state: *const State) -> ! {
    // SAFETY: a state that is made has an owner's page.
    if state.addr() != IN_THE_MAKING && unsafe { *(*state).owner == 0 } {
        panic::refuse(|report| {
            report.text("a Beskid library was called in a child process, ");
            report.text("and belongs to the process that called it first");
        });
    }
    panic::refuse(|report| {
        report.text("a Beskid library belongs to the thread that called it first, ");
        report.text("and was called from a second thread");
    })
}

/// A call of a library ends.
///
/// # Safety
/// `context` is what [`enter`] gave for `frame`, and the innermost call is that one.
pub(crate) unsafe fn leave(context: *mut ThreadContext, frame: *const EntryFrame) {
    // SAFETY: as the caller promises.
    unsafe {
        // The call of C goes on, and may call again.
        (*context).frame_pointer = (*frame).caller_frame_pointer;
        (*context).stack_pointer = (*frame).caller_stack_pointer;
        (*context).return_address = FOREIGN_CALL;
        (*context).entry = (*frame).outer;
        if (*frame).outer == 0 {
            State::of(context).thread.output.flush();
        }
    }
}

/// Makes the state of a library.
///
/// # Safety
/// `library` is its record.
#[cold]
unsafe fn begin(library: *mut Library) -> *mut State {
    // SAFETY: the record holds the address of the version word of the runtime it was linked with.
    unsafe { check_version((*library).abi_version, "the library") };
    if !arch::has_thread_pointer() {
        panic::refuse(|report| {
            report.text("a Beskid library needs a process with a C library");
        });
    }
    let settings = Settings::read(platform::environment());
    // SAFETY: the unit has a map, which stays in place.
    let code = unsafe { CodeMap::from_address((*library).code_map) };
    let memory = room::<State>();
    let buffer = room::<[MaybeUninit<u8>; BUFFER_SIZE]>();
    let owner = room::<usize>();
    // SAFETY: both are new and stay mapped; a buffer of bytes that may be anything is initialised. The
    // thread pointer was found.
    unsafe {
        let output = Output::standard(&mut *buffer);
        owner.write(arch::thread_identity());
        platform::wipe_in_child(owner.cast());
        memory.write(State {
            thread: Thread::new(
                settings,
                CodeIndex::new(code),
                output,
                Texts::slices(&[]),
                platform::environment(),
            ),
            owner,
            results: Results::NONE,
            next: STATES.load(Ordering::Acquire),
        });
        // Another library may be called first at the same time.
        while let Err(latest) = STATES.compare_exchange(
            (*memory).next.cast_mut(),
            memory,
            Ordering::AcqRel,
            Ordering::Acquire,
        ) {
            (*memory).next = latest;
        }
        fault::install();
    }
    memory
}

/// Pages for a value that stays for the rest of the process.
fn room<T>() -> *mut T {
    let size = size_of::<T>().next_multiple_of(platform::PAGE);
    match platform::map(size, platform::Purpose::Memory) {
        Some(memory) => memory.cast().as_ptr(),
        None => panic::refuse(|report| {
            report.text("no memory for a Beskid library");
        }),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use std::ffi::CString;

    use beskid_abi::code_map::CodeMapEncoder;
    use beskid_abi::manifest::DATA_SYMBOLS;
    use beskid_abi::object::{ARRAY_ELEMENTS_OFFSET, ArrayObject};
    use beskid_abi::type_descriptor::{Kind, TypeDescriptor};

    use super::*;
    use crate::object::string;
    use crate::stack::walk::Frames;
    use crate::symbols::data_symbol;

    #[test]
    fn calls_nest_and_values_are_copied() {
        let map = CodeMapEncoder::new().encode().bytes;
        let mut library = Library {
            abi_version: data_symbol(DATA_SYMBOLS[0]).unwrap(),
            code_map: map.as_ptr(),
            state: 0,
        };
        let frame = || EntryFrame {
            frame_pointer: 0,
            outer: 1,
            caller_frame_pointer: 1,
            caller_stack_pointer: 1,
        };
        // A function that calls C: a stack with its frame, and the return address of the call below.
        let stack = [0_usize, 0x1234, 0, 0x5678];
        let (outer, inner) = (&mut frame(), &mut frame());
        outer.frame_pointer = stack[2..].as_ptr().addr();
        // SAFETY: the record and the frames are as shims have them, and outlive the calls.
        unsafe {
            let context = enter(&raw mut library, outer);
            assert_eq!((*context).entry, ptr::from_mut(outer).addr());
            assert_eq!(outer.outer, 0);
            (*context).frame_pointer = outer.frame_pointer;
            (*context).stack_pointer = stack[2..].as_ptr().addr();
            (*context).return_address = FOREIGN_CALL;
            let returns = |frames: Frames| -> Vec<usize> {
                frames.map(|frame| frame.return_address).collect()
            };
            assert_eq!(returns(Frames::of(&*context)), [0x1234], "the outermost shim is the end");

            let again = enter(&raw mut library, inner);
            assert_eq!((again, inner.outer), (context, ptr::from_mut(outer).addr()));
            inner.frame_pointer = 0xabcd;
            (*context).frame_pointer = 0xabcd;
            (*context).return_address = 0x4321;
            assert_eq!(returns(Frames::of(&*context)), [0x4321, 0x1234], "behind the frames of C");

            let text = CString::new(b"a \xff b".to_vec()).unwrap();
            let string = string_from_c(context, text.as_ptr());
            assert_eq!(string::bytes(string), "a \u{fffd} b".as_bytes());
            let back = string_to_c(context, string);
            assert_eq!(core::ffi::CStr::from_ptr(back.cast()).to_bytes(), string::bytes(string));
            assert_ne!(back, string.cast_const().cast::<u8>().add(ARRAY_ELEMENTS_OFFSET));

            let numbers = [1_u32, 2, 3];
            let descriptor = TypeDescriptor {
                kind: Kind::Array as u32,
                size: 4,
                reference_count: 0,
                name_length: 0,
                references: ptr::null(),
                name: ptr::null(),
            };
            let array = (*context.cast::<State>()).thread.allocate(32, &[]).cast::<ArrayObject>();
            let word = (&raw const descriptor).addr() as u64;
            array.write(ArrayObject {
                header: beskid_abi::header::ObjectHeader { word },
                length: 3,
            });
            array_from_c(context, array.cast(), numbers.as_ptr().cast());
            let mut length = 0;
            let back = array_to_c(context, array.cast(), &raw mut length);
            assert_eq!(core::slice::from_raw_parts(back.cast::<u32>(), 3), numbers);
            assert_eq!(length, 3);

            leave(context, inner);
            assert_eq!((*context).entry, ptr::from_mut(outer).addr());
            assert_eq!(returns(Frames::of(&*context)), [0x1234], "C may call again");
            leave(context, outer);
            assert_eq!(((*context).entry, (*context).stack_pointer), (0, 0));
        }
    }
}
