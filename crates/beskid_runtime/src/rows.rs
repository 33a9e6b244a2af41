//! The rows of the table, in its order: what each runtime function does.
//!
//! *Invariants.* `cx` is the context of the running thread. References are objects, or null only where
//! the table says so. A row that allocates keeps alive what it still needs of its own arguments: they
//! may be dead in the caller, and then they are in no stack map.
//!
//! Lints about safety comments do not apply to the signatures: every row is called by compiled code,
//! under the conditions of the table.

use beskid_abi::header::ObjectHeader;
use beskid_abi::object::{ARRAY_ELEMENTS_OFFSET, ArrayObject, BORN_OLD, array_size};
use beskid_abi::statistic::GcStatistic;
use beskid_abi::thread_context::ThreadContext;
use beskid_abi::type_descriptor::TypeDescriptor;

use crate::gc::{self, barrier};
use crate::hash;
use crate::library;
use crate::object::{self, GcRef, array, search, string};
use crate::panic;
use crate::text::{Full, TextBuffer};
use crate::thread::Thread;

// Those of the operating system, with its table's rows.
pub(crate) use crate::system::*;

type Cx = *mut ThreadContext;

pub(crate) unsafe extern "C" fn alloc_slow(cx: Cx, descriptor: *const u8, size: i64) -> GcRef {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    let object = thread.allocate(size as usize, &[]).cast::<ObjectHeader>();
    // SAFETY: the memory is new and holds at least a header.
    unsafe { object.write(ObjectHeader { word: descriptor.addr() as u64 }) };
    object
}

pub(crate) unsafe extern "C" fn alloc_reserve(cx: Cx, size: i64) {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    if gc::reserve(thread, size as usize).is_err() {
        thread.out_of_memory();
    }
}

pub(crate) unsafe extern "C" fn alloc_array(cx: Cx, descriptor: *const u8, length: i64) -> GcRef {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    // SAFETY: the compiler passes the address of a descriptor.
    unsafe { new_array(thread, descriptor, length) }
}

/// A zeroed array of the type that `descriptor` is the address of.
unsafe fn new_array(thread: &mut Thread<'_>, descriptor: *const u8, length: i64) -> GcRef {
    if length < 0 {
        panic::raise(thread, |report| {
            report.text("negative array length ").signed(length);
        });
    }
    // SAFETY: as the caller promises.
    let stride = unsafe { (*descriptor.cast::<TypeDescriptor>()).size };
    let Some(size) = array_size(length as usize, stride as usize) else { thread.out_of_memory() };
    let array = thread.allocate(size, &[]).cast::<ArrayObject>();
    let header = ObjectHeader { word: descriptor.addr() as u64 };
    // SAFETY: the memory is new and holds at least header and length; such an array is a large object.
    unsafe {
        array.write(ArrayObject { header, length: length as u64 });
        if size >= BORN_OLD && (*descriptor.cast::<TypeDescriptor>()).reference_count > 0 {
            thread.heap.make_old(array.cast());
        }
    }
    array.cast()
}

pub(crate) unsafe extern "C" fn gc_remember(cx: Cx, object: GcRef, place: *const u8, value: GcRef) {
    // SAFETY: `cx` is the running thread's, `object` and `value` are objects, and `place` is in the first.
    unsafe { barrier::remember(&mut Thread::of(cx).heap, object, place.addr(), value) };
}

pub(crate) unsafe extern "C" fn gc_snapshot(cx: Cx, old: GcRef) {
    // SAFETY: `cx` is the running thread's, `old` an object or null.
    unsafe { barrier::snapshot(&mut Thread::of(cx).heap, old) };
}

pub(crate) unsafe extern "C" fn gc_collect(cx: Cx) {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    if gc::collect_now(thread, &[]).is_err() {
        thread.out_of_memory();
    }
}

pub(crate) unsafe extern "C" fn gc_statistic(cx: Cx, which: i64) -> i64 {
    let Some(which) = GcStatistic::from_value(which) else { return -1 };
    // SAFETY: `cx` is the running thread's.
    unsafe { Thread::of(cx) }.heap.statistic(which).cast_signed()
}

pub(crate) unsafe extern "C" fn string_concat(cx: Cx, left: GcRef, right: GcRef) -> GcRef {
    // SAFETY: `cx` is the running thread's; both are strings, which do not move.
    let (thread, first, second) =
        unsafe { (Thread::of(cx), string::bytes(left), string::bytes(right)) };
    // Strings are immutable and have no identity.
    if first.is_empty() {
        return right;
    }
    if second.is_empty() {
        return left;
    }
    let result = string::allocate(thread, first.len() + second.len(), &[left, right]);
    // SAFETY: the new string has room for both.
    unsafe {
        string::fill(result, 0, first);
        string::fill(result, first.len(), second);
    }
    result
}

pub(crate) unsafe extern "C" fn string_equal(left: GcRef, right: GcRef) -> bool {
    // SAFETY: both are strings.
    left == right || unsafe { string::is_equal(left, right) }
}

pub(crate) unsafe extern "C" fn string_compare(left: GcRef, right: GcRef) -> i32 {
    // SAFETY: both are strings.
    unsafe { string::compare(string::bytes(left), string::bytes(right)) }
}

pub(crate) unsafe extern "C" fn string_decode(text: GcRef, offset: i64) -> i64 {
    // SAFETY: it is a string.
    let bytes = unsafe { string::bytes(text) };
    let (scalar, length) = string::decode(bytes.get(offset as usize..).unwrap_or(&[]));
    i64::from(scalar) | (length as i64) << 32
}

pub(crate) unsafe extern "C" fn string_slice(cx: Cx, text: GcRef, start: i64, end: i64) -> GcRef {
    // SAFETY: `cx` is the running thread's, `text` a string.
    let (thread, bytes) = unsafe { (Thread::of(cx), string::bytes(text)) };
    // SAFETY: the caller sees to it that both ends are those of characters.
    unsafe { string::of_part(thread, bytes, (start as usize, end as usize), &[text]) }
}

pub(crate) unsafe extern "C" fn string_of_bytes(
    cx: Cx,
    array: GcRef,
    start: i64,
    count: i64,
) -> GcRef {
    // SAFETY: `cx` is the running thread's, `array` one of bytes, which lie as those of a string do; the
    // caller sees to it that they are UTF-8.
    unsafe {
        let (thread, bytes) = (Thread::of(cx), string::bytes(array));
        let end = start.saturating_add(count);
        string::of_part(thread, bytes, (start as usize, end as usize), &[array])
    }
}

pub(crate) unsafe extern "C" fn string_find(text: GcRef, part: GcRef, from: i64) -> i64 {
    // SAFETY: both are strings.
    let found = unsafe { search::find(string::text(text), string::text(part), from) };
    found.map_or(-1, |at| at as i64)
}

pub(crate) unsafe extern "C" fn string_find_last(text: GcRef, part: GcRef, end: i64) -> i64 {
    // SAFETY: both are strings.
    let found = unsafe { search::find_last(string::text(text), string::text(part), end) };
    found.map_or(-1, |at| at as i64)
}

pub(crate) unsafe extern "C" fn string_count(text: GcRef, part: GcRef) -> i64 {
    // SAFETY: both are strings.
    unsafe { search::count(string::text(text), string::text(part)) as i64 }
}

pub(crate) unsafe extern "C" fn string_split(
    cx: Cx,
    text: GcRef,
    separator: GcRef,
    empty: GcRef,
    parts: GcRef,
) {
    // SAFETY: `cx` is the running thread's, three are strings and one an array of such.
    unsafe { array::fill_with_parts(Thread::of(cx), (text, separator), empty, parts) };
}

pub(crate) unsafe extern "C" fn bytes_copy(
    from: GcRef,
    start: i64,
    to: GcRef,
    at: i64,
    count: i64,
) {
    // SAFETY: a string or array of bytes, and an array of bytes.
    unsafe { array::copy_bytes(from, start, to, at, count) };
}

pub(crate) unsafe extern "C" fn array_copy(
    cx: Cx,
    from: GcRef,
    start: i64,
    to: GcRef,
    at: i64,
    count: i64,
) {
    // SAFETY: `cx` is the running thread's, both are arrays of one type.
    unsafe { array::copy(Thread::of(cx), (from, start), (to, at), count) };
}

pub(crate) unsafe extern "C" fn array_clear(cx: Cx, array: GcRef, start: i64, count: i64) {
    // SAFETY: `cx` is the running thread's, `array` one.
    unsafe { array::clear(Thread::of(cx), array, start, count) };
}

pub(crate) unsafe extern "C" fn function_equal(left: GcRef, right: GcRef) -> bool {
    // SAFETY: both are closures.
    left == right || unsafe { object::is_same_bound_method(left, right) }
}

pub(crate) unsafe extern "C" fn hash_string(text: GcRef, hash: i64) -> i64 {
    // SAFETY: it is a string.
    let (length, words) = unsafe { string::words(text) };
    hash::text(hash.cast_unsigned(), length, words).cast_signed()
}

pub(crate) unsafe extern "C" fn hash_float(value: f64, hash: i64) -> i64 {
    // Equal values have equal hashes, and -0.0 equals 0.0.
    let bits = if value == 0.0 { 0 } else { value.to_bits() };
    beskid_abi::hash::mixed(hash.cast_unsigned(), bits).cast_signed()
}

pub(crate) unsafe extern "C" fn text_begin(cx: Cx) -> i64 {
    // SAFETY: `cx` is the running thread's.
    unsafe { Thread::of(cx).text.begin() as i64 }
}

pub(crate) unsafe extern "C" fn text_string(cx: Cx, value: GcRef) {
    // SAFETY: `cx` is the running thread's, `value` a string.
    unsafe { append(cx, |text| text.append(string::bytes(value))) }
}

pub(crate) unsafe extern "C" fn text_quoted_string(cx: Cx, value: GcRef) {
    // SAFETY: `cx` is the running thread's, `value` a string.
    unsafe { append(cx, |text| text.append_quoted_string(string::bytes(value))) }
}

pub(crate) unsafe extern "C" fn text_signed(cx: Cx, value: i64) {
    // SAFETY: `cx` is the running thread's.
    unsafe { append(cx, |text| text.append_signed(value)) }
}

pub(crate) unsafe extern "C" fn text_unsigned(cx: Cx, value: i64) {
    // SAFETY: `cx` is the running thread's.
    unsafe { append(cx, |text| text.append_unsigned(value as u64)) }
}

pub(crate) unsafe extern "C" fn text_address(cx: Cx, value: i64) {
    // SAFETY: `cx` is the running thread's.
    unsafe { append(cx, |text| text.append_address(value as u64)) }
}

pub(crate) unsafe extern "C" fn text_f32(cx: Cx, value: f32) {
    // SAFETY: `cx` is the running thread's.
    unsafe { append(cx, |text| text.append_f32(value)) }
}

pub(crate) unsafe extern "C" fn text_f64(cx: Cx, value: f64) {
    // SAFETY: `cx` is the running thread's.
    unsafe { append(cx, |text| text.append_f64(value)) }
}

pub(crate) unsafe extern "C" fn text_bool(cx: Cx, value: bool) {
    // SAFETY: `cx` is the running thread's.
    unsafe { append(cx, |text| text.append(if value { b"true" } else { b"false" })) }
}

pub(crate) unsafe extern "C" fn text_char(cx: Cx, value: u32) {
    // SAFETY: `cx` is the running thread's.
    unsafe { append(cx, |text| text.append_char(scalar(value))) }
}

pub(crate) unsafe extern "C" fn text_quoted_char(cx: Cx, value: u32) {
    // SAFETY: `cx` is the running thread's.
    unsafe { append(cx, |text| text.append_quoted_char(scalar(value))) }
}

/// A char as compiled code has it.
fn scalar(value: u32) -> char {
    char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Appends to the text under construction.
///
/// # Safety
/// `cx` is the running thread's.
#[inline]
unsafe fn append(cx: Cx, append: impl FnOnce(&mut TextBuffer) -> Result<(), Full>) {
    // SAFETY: as the caller promises.
    let thread = unsafe { Thread::of(cx) };
    if append(&mut thread.text).is_err() {
        thread.out_of_memory();
    }
}

pub(crate) unsafe extern "C" fn text_finish(cx: Cx, mark: i64) -> GcRef {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    string::of_text(thread, mark as usize, &[])
}

pub(crate) unsafe extern "C" fn text_print(cx: Cx, mark: i64) {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    thread.output.write(thread.text.since(mark as usize));
    thread.text.close(mark as usize);
}

pub(crate) unsafe extern "C" fn text_print_line(cx: Cx, mark: i64) {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    thread.output.write(thread.text.since(mark as usize));
    thread.output.write(b"\n");
    thread.text.close(mark as usize);
}

pub(crate) unsafe extern "C" fn print(cx: Cx, text: GcRef) {
    // SAFETY: `cx` is the running thread's, `text` a string.
    unsafe { Thread::of(cx).output.write(string::bytes(text)) };
}

pub(crate) unsafe extern "C" fn print_line(cx: Cx, text: GcRef) {
    // SAFETY: `cx` is the running thread's, `text` a string.
    unsafe {
        let output = &mut Thread::of(cx).output;
        output.write(string::bytes(text));
        output.write(b"\n");
    }
}

pub(crate) unsafe extern "C" fn report_error(cx: Cx, text: GcRef) {
    // SAFETY: `cx` is the running thread's, `text` a string.
    let (thread, text) = unsafe { (Thread::of(cx), string::bytes(text)) };
    thread.output.flush();
    panic::Report::new().text("error: ").bytes(text).text("\n").send();
}

pub(crate) unsafe extern "C" fn program_arguments(cx: Cx, descriptor: *const u8) -> GcRef {
    // SAFETY: `cx` is the running thread's.
    let thread = unsafe { Thread::of(cx) };
    let arguments = thread.arguments;
    // SAFETY: the descriptor is that of an array of strings.
    let array = unsafe { new_array(thread, descriptor, arguments.count() as i64) };
    // SAFETY: elements follow the array's fixed part.
    let mut element = unsafe { array.cast::<u8>().add(ARRAY_ELEMENTS_OFFSET) }.cast::<GcRef>();
    for argument in arguments {
        let mark = thread.text.begin();
        if thread.text.append_lossy(argument).is_err() {
            thread.out_of_memory();
        }
        let text = string::of_text(thread, mark, &[array]);
        // SAFETY: the array was made for as many elements as there are arguments, and it is kept alive.
        unsafe {
            element.write(text);
            barrier::remember(&mut thread.heap, array, element.addr(), text);
            element = element.add(1);
        }
    }
    array
}

pub(crate) unsafe extern "C" fn library_enter(record: *const u8, frame: *const u8) -> *const u8 {
    // SAFETY: a shim passes its library's record, which is writable, and its own frame.
    unsafe { library::enter(record.cast_mut().cast(), frame.cast_mut().cast()).cast_const().cast() }
}

pub(crate) unsafe extern "C" fn library_leave(cx: Cx, frame: *const u8) {
    // SAFETY: the shim passes what it entered with.
    unsafe { library::leave(cx, frame.cast()) };
}

pub(crate) unsafe extern "C" fn string_from_c(cx: Cx, text: *const u8) -> GcRef {
    // SAFETY: `cx` is the running thread's; C keeps its side.
    unsafe { library::string_from_c(cx, text.cast()) }
}

pub(crate) unsafe extern "C" fn string_to_c(cx: Cx, text: GcRef) -> *const u8 {
    // SAFETY: `cx` is the running thread's, `text` a string.
    unsafe { library::string_to_c(cx, text) }
}

pub(crate) unsafe extern "C" fn array_from_c(cx: Cx, array: GcRef, elements: *const u8) {
    // SAFETY: `cx` is the running thread's; the array was made for these numbers.
    unsafe { library::array_from_c(cx, array, elements) };
}

pub(crate) unsafe extern "C" fn array_to_c(cx: Cx, array: GcRef, length: *const u8) -> *const u8 {
    // SAFETY: `cx` is the running thread's; `length` is C's to be written to.
    unsafe { library::array_to_c(cx, array, length.cast_mut().cast()) }
}

pub(crate) use crate::arch::catch_panic;

pub(crate) unsafe extern "C" fn panic(cx: Cx, message: GcRef) -> ! {
    // SAFETY: `cx` is the running thread's, `message` a string.
    let (thread, message) = unsafe { (Thread::of(cx), string::bytes(message)) };
    panic::raise(thread, |report| {
        report.bytes(message);
    })
}

pub(crate) unsafe extern "C" fn panic_index(cx: Cx, index: i64, length: i64) -> ! {
    // SAFETY: `cx` is the running thread's.
    panic::raise(unsafe { Thread::of(cx) }, |report| {
        report.text("index ").signed(index).text(" out of bounds for length ").signed(length);
    })
}

pub(crate) unsafe extern "C" fn panic_index_unsigned(cx: Cx, index: i64, length: i64) -> ! {
    // SAFETY: `cx` is the running thread's.
    panic::raise(unsafe { Thread::of(cx) }, |report| {
        report.text("index ").unsigned(index as u64);
        report.text(" out of bounds for length ").signed(length);
    })
}

pub(crate) unsafe extern "C" fn panic_division(cx: Cx) -> ! {
    // SAFETY: `cx` is the running thread's.
    panic::raise(unsafe { Thread::of(cx) }, |report| {
        report.text("division by zero");
    })
}

pub(crate) unsafe extern "C" fn panic_char(cx: Cx, value: i64) -> ! {
    // SAFETY: `cx` is the running thread's.
    panic::raise(unsafe { Thread::of(cx) }, |report| {
        report.text("invalid char ").signed(value);
    })
}

pub(crate) unsafe extern "C" fn panic_char_unsigned(cx: Cx, value: i64) -> ! {
    // SAFETY: `cx` is the running thread's.
    panic::raise(unsafe { Thread::of(cx) }, |report| {
        report.text("invalid char ").unsigned(value as u64);
    })
}

pub(crate) unsafe extern "C" fn panic_step(cx: Cx) -> ! {
    // SAFETY: `cx` is the running thread's.
    panic::raise(unsafe { Thread::of(cx) }, |report| {
        report.text("range with step 0");
    })
}

pub(crate) unsafe extern "C" fn panic_unreachable(cx: Cx) -> ! {
    // SAFETY: `cx` is the running thread's.
    panic::raise(unsafe { Thread::of(cx) }, |report| {
        report.text("reached code that cannot be reached (a fault of the compiler)");
    })
}

pub(crate) unsafe extern "C" fn fmod32(dividend: f32, divisor: f32) -> f32 {
    libm::fmodf(dividend, divisor)
}

pub(crate) unsafe extern "C" fn fmod64(dividend: f64, divisor: f64) -> f64 {
    libm::fmod(dividend, divisor)
}

macro_rules! float_rows {
    ($($name:ident($($parameter:ident),*) = $function:ident;)*) => {
        $(pub(crate) unsafe extern "C" fn $name($($parameter: f64),*) -> f64 {
            libm::$function($($parameter),*)
        })*
    };
}

float_rows! {
    float_exp(value) = exp;
    float_log(value) = log;
    float_log2(value) = log2;
    float_log10(value) = log10;
    float_sin(value) = sin;
    float_cos(value) = cos;
    float_tan(value) = tan;
    float_asin(value) = asin;
    float_acos(value) = acos;
    float_atan(value) = atan;
    float_sinh(value) = sinh;
    float_cosh(value) = cosh;
    float_tanh(value) = tanh;
    float_cbrt(value) = cbrt;
    float_atan2(y, x) = atan2;
    float_pow(base, exponent) = pow;
    float_hypot(x, y) = hypot;
}

pub(crate) unsafe extern "C" fn float_of_text(text: GcRef, start: i64, end: i64) -> f64 {
    // SAFETY: it is a string.
    let text = unsafe { string::text(text) };
    let part = text.get(start as usize..end as usize);
    part.and_then(|part| part.parse().ok()).unwrap_or(f64::NAN)
}

pub(crate) unsafe extern "C" fn char_is(value: u32, which: i64) -> bool {
    let value = scalar(value);
    match which {
        0 => value.is_alphabetic(),
        1 => value.is_numeric(),
        2 => value.is_whitespace(),
        3 => value.is_uppercase(),
        _ => value.is_lowercase(),
    }
}

pub(crate) unsafe extern "C" fn char_upper(value: u32) -> i64 {
    packed(scalar(value).to_uppercase())
}

pub(crate) unsafe extern "C" fn char_lower(value: u32) -> i64 {
    packed(scalar(value).to_lowercase())
}

/// Up to three chars, of 21 bits each.
fn packed(chars: impl Iterator<Item = char>) -> i64 {
    chars.zip(0..).fold(0, |all, (one, index)| all | i64::from(u32::from(one)) << (21 * index))
}
