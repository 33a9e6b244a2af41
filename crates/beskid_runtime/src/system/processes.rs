//! This process and others, time, and chance.

use alloc::vec::Vec;
use core::ffi::{CStr, c_char};
use core::ptr;

use beskid_abi::system::Failure;
use beskid_abi::thread_context::ThreadContext;

use super::{c_text, elements_mut, part, with_path};
use crate::object::{GcRef, string};
use crate::platform;
use crate::thread::Thread;

type Cx = *mut ThreadContext;

pub(crate) unsafe extern "C" fn clock(which: i64) -> i64 {
    match which {
        0 => platform::nanoseconds().cast_signed(),
        _ => platform::wall_clock().cast_signed(),
    }
}

pub(crate) unsafe extern "C" fn sleep(nanoseconds: i64) {
    platform::sleep(nanoseconds);
}

pub(crate) unsafe extern "C" fn random_bits() -> i64 {
    platform::random().cast_signed()
}

pub(crate) unsafe extern "C" fn process_exit(cx: Cx, status: i64) -> ! {
    // SAFETY: `cx` is the running thread's.
    unsafe { Thread::of(cx) }.output.flush();
    platform::exit(status as i32)
}

pub(crate) unsafe extern "C" fn process_id() -> i64 {
    platform::process_id()
}

pub(crate) unsafe extern "C" fn process_start(
    path: GcRef,
    arguments: GcRef,
    environment: GcRef,
    directory: GcRef,
    files: GcRef,
) -> i64 {
    // SAFETY: strings and arrays, as the table says; none of them moves during the call.
    unsafe {
        let (Some(arguments), Some(environment)) = (vector(arguments), vector(environment)) else {
            return platform::failure_of_number(OUT_OF_MEMORY);
        };
        let Some(directory) = c_text(directory) else { return -(Failure::InvalidPath as i64) };
        let &mut [input, output, errors] = elements_mut::<i64>(files) else {
            return -(Failure::Closed as i64);
        };
        with_path(path, |path| {
            let start = platform::Start {
                path,
                arguments: &arguments,
                environment: &environment,
                directory: (!directory.is_empty()).then_some(directory),
                files: [input, output, errors],
            };
            start.run()
        })
    }
}

/// The system's number for that.
const OUT_OF_MEMORY: i32 = 12;

/// The addresses of texts that end with a NUL each, and a null pointer; none if there is no memory.
///
/// # Safety
/// `texts` is an array of bytes that stays alive as long as the result is used.
unsafe fn vector(texts: GcRef) -> Option<Vec<*const c_char>> {
    // SAFETY: as the caller promises.
    let mut rest = unsafe { part(texts, 0, string::bytes(texts).len() as i64) };
    let count = rest.iter().filter(|&&byte| byte == 0).count();
    let mut vector = Vec::new();
    vector.try_reserve_exact(count + 1).ok()?;
    while let Ok(text) = CStr::from_bytes_until_nul(rest) {
        vector.push(text.as_ptr());
        rest = rest.get(text.count_bytes() + 1..)?;
    }
    vector.push(ptr::null());
    Some(vector)
}

pub(crate) unsafe extern "C" fn process_wait(process: i64) -> i64 {
    platform::wait_for_process(process)
}

pub(crate) unsafe extern "C" fn process_signal(process: i64, signal: i64) -> i64 {
    platform::signal_process(process, signal)
}

pub(crate) unsafe extern "C" fn pipe_open(files: GcRef) -> i64 {
    // SAFETY: it is an array of such numbers.
    platform::open_pipe(unsafe { elements_mut(files) })
}

pub(crate) unsafe extern "C" fn files_wait(files: GcRef) -> i64 {
    // SAFETY: it is an array of such numbers.
    platform::wait_for_files(unsafe { elements_mut(files) })
}
