//! Files, folders, standard output as a stream, and what its readers need of bytes.

use beskid_abi::thread_context::ThreadContext;

use super::{elements_mut, part, part_mut, with_path};
use crate::object::{GcRef, search};
use crate::output::SystemError;
use crate::platform;
use crate::thread::Thread;

type Cx = *mut ThreadContext;

/// Standard input.
const STDIN: i64 = 0;

pub(crate) unsafe extern "C" fn file_open(path: GcRef, way: i64, permissions: i64) -> i64 {
    // SAFETY: it is a string.
    unsafe { with_path(path, |path| platform::open_file(path, way, permissions)) }
}

pub(crate) unsafe extern "C" fn file_close(file: i64) -> i64 {
    platform::close_file(file)
}

pub(crate) unsafe extern "C" fn file_read(
    cx: Cx,
    file: i64,
    bytes: GcRef,
    at: i64,
    count: i64,
) -> i64 {
    if file == STDIN {
        // Whoever is at the other end may wait for what was written before.
        // SAFETY: `cx` is the running thread's.
        unsafe { Thread::of(cx) }.output.flush();
    }
    // SAFETY: it is an array of bytes.
    platform::read_file_at(file, unsafe { part_mut(bytes, at, count) })
}

pub(crate) unsafe extern "C" fn file_write(file: i64, bytes: GcRef, start: i64, count: i64) -> i64 {
    // SAFETY: it is a string or an array of bytes.
    platform::write_file(file, unsafe { part(bytes, start, count) })
}

pub(crate) unsafe extern "C" fn file_seek(file: i64, offset: i64, from: i64) -> i64 {
    platform::seek_file(file, offset, from)
}

pub(crate) unsafe extern "C" fn file_resize(file: i64, length: i64) -> i64 {
    platform::resize_file(file, length)
}

pub(crate) unsafe extern "C" fn file_sync(file: i64) -> i64 {
    platform::sync_file(file)
}

pub(crate) unsafe extern "C" fn file_is_terminal(file: i64) -> bool {
    i32::try_from(file).is_ok_and(platform::is_terminal)
}

pub(crate) unsafe extern "C" fn file_status(file: i64, numbers: GcRef) -> i64 {
    // SAFETY: it is an array of such numbers.
    platform::file_status(file, unsafe { elements_mut(numbers) })
}

pub(crate) unsafe extern "C" fn path_status(path: GcRef, follow: bool, numbers: GcRef) -> i64 {
    // SAFETY: a string, and an array of such numbers.
    unsafe { with_path(path, |path| platform::path_status(path, follow, elements_mut(numbers))) }
}

pub(crate) unsafe extern "C" fn path_access(path: GcRef, what: i64) -> i64 {
    // SAFETY: it is a string.
    unsafe { with_path(path, |path| platform::path_access(path, what)) }
}

pub(crate) unsafe extern "C" fn path_remove(path: GcRef, directory: bool) -> i64 {
    // SAFETY: it is a string.
    unsafe { with_path(path, |path| platform::remove(path, directory)) }
}

pub(crate) unsafe extern "C" fn path_rename(from: GcRef, to: GcRef) -> i64 {
    // SAFETY: both are strings.
    unsafe { with_path(from, |from| with_path(to, |to| platform::rename(from, to))) }
}

pub(crate) unsafe extern "C" fn path_link(target: GcRef, path: GcRef, symbolic: bool) -> i64 {
    // SAFETY: both are strings.
    unsafe {
        with_path(target, |target| with_path(path, |path| platform::link(target, path, symbolic)))
    }
}

pub(crate) unsafe extern "C" fn path_link_target(path: GcRef, bytes: GcRef) -> i64 {
    // SAFETY: a string and an array of bytes.
    unsafe { with_path(path, |path| platform::link_target(path, elements_mut(bytes))) }
}

pub(crate) unsafe extern "C" fn path_permissions(path: GcRef, permissions: i64) -> i64 {
    // SAFETY: it is a string.
    unsafe { with_path(path, |path| platform::set_permissions(path, permissions)) }
}

pub(crate) unsafe extern "C" fn directory_create(path: GcRef, permissions: i64) -> i64 {
    // SAFETY: it is a string.
    unsafe { with_path(path, |path| platform::create_directory(path, permissions)) }
}

pub(crate) unsafe extern "C" fn directory_read(file: i64, bytes: GcRef) -> i64 {
    // SAFETY: it is an array of bytes.
    platform::read_directory(file, unsafe { elements_mut(bytes) })
}

pub(crate) unsafe extern "C" fn working_directory(bytes: GcRef) -> i64 {
    // SAFETY: it is an array of bytes.
    platform::working_directory(unsafe { elements_mut(bytes) })
}

pub(crate) unsafe extern "C" fn working_directory_set(path: GcRef) -> i64 {
    // SAFETY: it is a string.
    unsafe { with_path(path, platform::set_working_directory) }
}

pub(crate) unsafe extern "C" fn output_write(cx: Cx, bytes: GcRef, start: i64, count: i64) -> i64 {
    // SAFETY: `cx` is the running thread's; a string or an array of bytes.
    word(unsafe { Thread::of(cx).output.try_write(part(bytes, start, count)) })
}

pub(crate) unsafe extern "C" fn output_flush(cx: Cx) -> i64 {
    // SAFETY: `cx` is the running thread's.
    word(unsafe { Thread::of(cx) }.output.try_flush())
}

fn word(result: Result<(), SystemError>) -> i64 {
    result.map_or_else(|SystemError(number)| platform::failure_of_number(number), |()| 0)
}

pub(crate) unsafe extern "C" fn bytes_find(bytes: GcRef, wanted: i64, start: i64, end: i64) -> i64 {
    // SAFETY: it is an array of bytes.
    let bytes = unsafe { part(bytes, start, end.saturating_sub(start)) };
    search::position(bytes, wanted as u8).map_or(-1, |at| start + at as i64)
}

pub(crate) unsafe extern "C" fn bytes_valid(bytes: GcRef, start: i64, count: i64) -> i64 {
    // SAFETY: it is an array of bytes.
    let bytes = unsafe { part(bytes, start, count) };
    match core::str::from_utf8(bytes) {
        Ok(text) => text.len() as i64,
        Err(error) => error.valid_up_to() as i64,
    }
}
