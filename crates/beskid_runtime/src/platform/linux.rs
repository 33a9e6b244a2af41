//! Linux: system calls through `rustix`, and by number where it offers none.
//!
//! `rustix::stdio` is avoided: its functions are safe or unsafe depending on a feature that another
//! crate of the same build may turn on.

use core::ffi::{c_char, c_void};
use core::ptr::{self, NonNull};

use rustix::fd::BorrowedFd;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::mm::{
    Advice, MapFlags, MprotectFlags, MremapFlags, ProtFlags, madvise, mmap_anonymous, mprotect,
    mremap, munmap,
};

use crate::arch::{call_system, system_call};
use crate::start::Texts;

/// A multiple of the system's pages, whatever size these have: what is protected or given back, and sizes of
/// mappings, are multiples of it.
pub const PAGE: usize = crate::arch::LARGEST_PAGE;
/// Every system's pages are multiples of this, and mappings begin at one.
pub const SMALLEST_PAGE: usize = 4096;
/// Standard output.
pub const STDOUT: i32 = 1;
/// Standard error.
pub const STDERR: i32 = 2;

/// Why bytes could not be written.
#[derive(Clone, Copy, Debug)]
pub enum WriteError {
    /// Nobody reads the other end any more.
    Broken,
    /// There is no such stream: the system's error number.
    Closed(i32),
    /// The system's error number.
    Other(i32),
}

/// What address space is for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Ordinary memory.
    Memory,
    /// A large reservation of which little may ever be used.
    Reservation,
    /// A stack: like a reservation, and kept out of huge pages.
    Stack,
}

/// Zeroed, writable memory of `size` bytes, or `None` if the system refuses.
#[must_use]
pub fn map(size: usize, purpose: Purpose) -> Option<NonNull<u8>> {
    let flags = match purpose {
        Purpose::Memory => MapFlags::PRIVATE,
        Purpose::Reservation => MapFlags::PRIVATE | MapFlags::NORESERVE,
        Purpose::Stack => MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::STACK,
    };
    // SAFETY: a new anonymous mapping at an address of the kernel's choice touches nothing else.
    let address =
        unsafe { mmap_anonymous(ptr::null_mut(), size, ProtFlags::READ | ProtFlags::WRITE, flags) };
    NonNull::new(address.ok()?.cast())
}

/// Gives a mapping, or whole pages of one, back.
///
/// # Safety
/// Nothing uses the range any more.
pub unsafe fn unmap(address: *mut u8, size: usize) {
    // SAFETY: as the caller promises. It can only fail for lack of kernel memory when it splits a
    // mapping; then the pages stay mapped, which is harmless.
    let _ = unsafe { munmap(address.cast(), size) };
}

/// Grows or shrinks a mapping, moving it if need be.
///
/// # Safety
/// `address` and `old` are those of a whole mapping; on success the old address is dead.
#[must_use]
pub unsafe fn remap(address: *mut u8, old: usize, new: usize) -> Option<NonNull<u8>> {
    // SAFETY: as the caller promises.
    let moved = unsafe { mremap(address.cast(), old, new, MremapFlags::MAYMOVE) };
    NonNull::new(moved.ok()?.cast())
}

/// Makes pages fault on every access; whether that worked.
///
/// # Safety
/// Nothing uses the range.
pub(crate) unsafe fn forbid(address: *mut u8, size: usize) -> bool {
    // SAFETY: as the caller promises.
    unsafe { mprotect(address.cast(), size, MprotectFlags::empty()) }.is_ok()
}

/// Takes write access from pages.
///
/// # Safety
/// Nothing writes to the range.
pub unsafe fn forbid_writes(address: *mut u8, size: usize) {
    // SAFETY: as the caller promises. A failure leaves the pages as they were.
    let _ = unsafe { mprotect(address.cast(), size, MprotectFlags::READ) };
}

/// Returns the memory behind pages to the system; they read as zero afterwards.
///
/// # Safety
/// Nothing needs the range's content.
pub(crate) unsafe fn discard(address: *mut u8, size: usize) -> bool {
    // SAFETY: as the caller promises.
    unsafe { madvise(address.cast::<c_void>(), size, Advice::LinuxDontNeed) }.is_ok()
}

/// Makes the content of a page zero in every child that the process makes by `fork`. Where the system
/// cannot do that, the child sees what the parent sees.
///
/// # Safety
/// `page` is the address of one.
pub(crate) unsafe fn wipe_in_child(page: *mut u8) {
    // SAFETY: as the caller promises.
    let _ = unsafe { madvise(page.cast::<c_void>(), PAGE, Advice::LinuxWipeOnFork) };
}

/// Asks for huge pages where a range is touched next: fewer of them to look up, for memory that is used all
/// over.
///
/// # Safety
/// The range is mapped.
pub(crate) unsafe fn prefer_huge_pages(address: *mut u8, size: usize) {
    // SAFETY: as the caller promises. A system without them goes on as before.
    let _ = unsafe { madvise(address.cast::<c_void>(), size, Advice::LinuxHugepage) };
}

/// Writes all bytes, however many calls that takes.
///
/// # Errors
/// If the stream takes no more.
pub fn write(stream: i32, mut bytes: &[u8]) -> Result<(), WriteError> {
    // SAFETY: a number that is no open descriptor is answered with an error.
    let descriptor = unsafe { BorrowedFd::borrow_raw(stream) };
    while !bytes.is_empty() {
        match rustix::io::write(descriptor, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => super::wait_until(stream, super::Wanted::Writable),
            Err(Errno::PIPE) => return Err(WriteError::Broken),
            Err(Errno::BADF) => return Err(WriteError::Closed(Errno::BADF.raw_os_error())),
            Err(error) => return Err(WriteError::Other(error.raw_os_error())),
        }
    }
    Ok(())
}

/// Whether a stream is a terminal.
pub(crate) fn is_terminal(stream: i32) -> bool {
    const GET_SETTINGS: usize = 0x5401;
    let mut settings = [0_u64; 16];
    let arguments = [stream as usize, GET_SETTINGS, settings.as_mut_ptr().addr(), 0, 0];
    // SAFETY: the kernel's `termios` has 36 bytes.
    unsafe { call_system(system_call::IOCTL, arguments) == 0 }
}

/// Bits that nobody outside can foresee; the same every time if the system has none.
#[must_use]
pub fn random() -> u64 {
    let mut bits = 0_u64;
    let arguments = [(&raw mut bits).addr(), size_of::<u64>(), 0, 0, 0];
    // SAFETY: the system writes eight bytes into `bits`.
    unsafe { call_system(system_call::GETRANDOM, arguments) };
    bits
}

/// The environment of a process with a C library.
pub(crate) fn environment() -> Texts<'static> {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: the C library has it, ended by a null pointer, and nothing changes it during the first call
    // of a library.
    unsafe {
        if environ.is_null() {
            return Texts::slices(&[]);
        }
        Texts::vector(environ)
    }
}

/// Ends the process with all its threads.
pub fn exit(status: i32) -> ! {
    loop {
        // SAFETY: no argument is an address.
        unsafe { call_system(system_call::EXIT_GROUP, [status as usize, 0, 0, 0, 0]) };
    }
}

/// Nanoseconds of a clock that only goes forward.
pub(crate) fn nanoseconds() -> u64 {
    const MONOTONIC: usize = 1;
    clock(MONOTONIC)
}

/// Nanoseconds of one of the system's clocks.
pub(super) fn clock(clock: usize) -> u64 {
    let mut time = [0_u64; 2];
    let arguments = [clock, time.as_mut_ptr().addr(), 0, 0, 0];
    // SAFETY: the kernel writes seconds and nanoseconds.
    unsafe { call_system(system_call::CLOCK_GETTIME, arguments) };
    time[0] * 1_000_000_000 + time[1]
}

/// Bytes of memory this process may hope for: the machine's, or its control group's if that is less.
pub(crate) fn memory_limit() -> Option<usize> {
    // `struct sysinfo`: uptime, three loads, then total memory in units that stand at offset 104.
    let mut info = [0_u64; 16];
    // SAFETY: the kernel's record has 112 bytes.
    let done =
        unsafe { call_system(system_call::SYSINFO, [info.as_mut_ptr().addr(), 0, 0, 0, 0]) == 0 };
    let machine = done.then(|| info[4] as usize * (info[13] as u32).max(1) as usize);
    [machine, control_group_limit()].into_iter().flatten().min()
}

/// The limit of this process's control group, if it has one: of the one hierarchy of version 2, and of the
/// one for memory of version 1.
fn control_group_limit() -> Option<usize> {
    let mut groups = [0_u8; 4096];
    let groups = read_file(b"/proc/self/cgroup\0", &mut groups)?;
    let limits = groups.split(|&byte| byte == b'\n').filter_map(|line| {
        // A number, the controllers, the path of the group.
        let mut parts = line.splitn(3, |&byte| byte == b':');
        let (_, controllers, group) = (parts.next()?, parts.next()?, parts.next()?);
        if controllers.is_empty() {
            return limit_of_group(b"/sys/fs/cgroup", group, b"/memory.max\0");
        }
        if !controllers.split(|&byte| byte == b',').any(|name| name == b"memory") {
            return None;
        }
        limit_of_group(b"/sys/fs/cgroup/memory", group, b"/memory.limit_in_bytes\0")
    });
    limits.min()
}

/// The smallest limit of a group and those around it: theirs hold too.
fn limit_of_group(root: &[u8], group: &[u8], name: &[u8]) -> Option<usize> {
    let mut smallest = None;
    let mut depth = group.len();
    loop {
        let mut path = [0_u8; 1200];
        let prefix = if depth <= 1 { &[] } else { &group[..depth] };
        let (begin, end) = (root.len(), root.len() + prefix.len());
        let whole = path.get_mut(..end + name.len())?;
        whole[..begin].copy_from_slice(root);
        whole[begin..end].copy_from_slice(prefix);
        whole[end..].copy_from_slice(name);
        let mut text = [0_u8; 32];
        if let Some(limit) = read_file(whole, &mut text).and_then(number) {
            smallest = Some(smallest.map_or(limit, |other: usize| other.min(limit)));
        }
        match group[..depth].iter().rposition(|&byte| byte == b'/') {
            Some(slash) if depth > 1 => depth = slash.max(1),
            _ => return smallest,
        }
    }
}

/// The decimal number a text begins with.
fn number(text: &[u8]) -> Option<usize> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    let mut value = None;
    for digit in digits {
        let so_far = value.unwrap_or(0_usize);
        value = Some(so_far.checked_mul(10)?.checked_add(usize::from(digit - b'0'))?);
    }
    value
}

/// As much of a small file as fits; `path` ends with a NUL.
fn read_file<'a>(path: &[u8], buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    let path = core::ffi::CStr::from_bytes_until_nul(path).ok()?;
    let file = openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let length = rustix::io::read(&file, &mut *buffer).ok()?;
    buffer.get(..length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_memory() {
        assert!(memory_limit().is_some_and(|bytes| bytes > 16 << 20));
    }

    #[test]
    fn limits_are_numbers_or_none() {
        assert_eq!(number(b"67108864\n"), Some(67_108_864));
        assert_eq!(number(b"max\n"), None);
        assert_eq!(number(b"99999999999999999999999"), None);
    }
}
