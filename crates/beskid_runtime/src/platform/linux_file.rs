//! Linux: files, folders and what is known of them.
//!
//! Results are those of the runtime ABI: a number that is not negative, or minus the code of a failure
//! ([`Failure`]). A call that a signal has interrupted is made again. Files never get the numbers of the
//! standard streams, also where one of those is closed: what is meant for it would end up in the file.

use core::ffi::CStr;
use core::ptr::{self, NonNull};

use beskid_abi::system::{Failure, OTHER_FAILURE, open, status};
use rustix::fd::{BorrowedFd, IntoRawFd, OwnedFd};
use rustix::fs::{self, AtFlags, CWD, FileType, Mode, OFlags, SeekFrom, Stat};
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap};

use crate::arch::{call_system, system_call};

/// The first number that is not that of a standard stream.
const FIRST_FILE: usize = 3;

/// Minus the code of a failure.
pub(crate) fn failure(error: Errno) -> i64 {
    let failure = match error {
        Errno::NOENT => Failure::NotFound,
        Errno::ACCESS | Errno::PERM => Failure::PermissionDenied,
        Errno::EXIST => Failure::AlreadyExists,
        Errno::ISDIR => Failure::IsADirectory,
        Errno::NOTDIR => Failure::NotADirectory,
        Errno::NOTEMPTY => Failure::DirectoryNotEmpty,
        Errno::NAMETOOLONG | Errno::LOOP => Failure::InvalidPath,
        Errno::NOSPC | Errno::DQUOT => Failure::NoSpace,
        Errno::ROFS => Failure::ReadOnly,
        Errno::MFILE | Errno::NFILE => Failure::TooManyFiles,
        Errno::PIPE => Failure::BrokenPipe,
        Errno::BADF => Failure::Closed,
        Errno::BUSY | Errno::TXTBSY => Failure::Busy,
        Errno::XDEV => Failure::OtherFileSystem,
        other => return -(OTHER_FAILURE + i64::from(other.raw_os_error())),
    };
    -(failure as i64)
}

/// The failure of a number of the system's.
pub(crate) fn failure_of_number(number: i32) -> i64 {
    failure(Errno::from_raw_os_error(number))
}

/// What a system call by number has given.
pub(super) fn outcome(result: isize) -> i64 {
    if result < 0 { failure_of_number(-result as i32) } else { result as i64 }
}

fn done(result: Result<(), Errno>) -> i64 {
    result.map_or_else(failure, |()| 0)
}

/// Makes a call as often as signals interrupt it.
fn persist<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            outcome => return outcome,
        }
    }
}

fn borrow(file: i64) -> Result<BorrowedFd<'static>, Errno> {
    match i32::try_from(file) {
        // SAFETY: a number that is no open descriptor is answered with an error.
        Ok(number) if number >= 0 => Ok(unsafe { BorrowedFd::borrow_raw(number) }),
        _ => Err(Errno::BADF),
    }
}

/// The number of a new file, above those of the standard streams.
fn adopt(file: OwnedFd) -> i64 {
    let number = file.into_raw_fd() as usize;
    if number >= FIRST_FILE { number as i64 } else { move_up(number) }
}

/// Gives an open file another number, above those of the standard streams.
pub(super) fn move_up(number: usize) -> i64 {
    const DUPLICATE_CLOSED_ON_EXEC: usize = 1030;
    let arguments = [number, DUPLICATE_CLOSED_ON_EXEC, FIRST_FILE, 0, 0];
    // SAFETY: no argument is an address.
    let moved = unsafe { call_system(system_call::FCNTL, arguments) };
    close_file(number as i64);
    outcome(moved)
}

/// Opens a file; gives its number.
pub(crate) fn open_file(path: &CStr, way: i64, permissions: i64) -> i64 {
    let has = |bit| way & bit != 0;
    let access = match (has(open::READ), has(open::WRITE)) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        _ => OFlags::RDONLY,
    };
    // A terminal that is opened must not become the one that controls the process.
    let mut flags = access | OFlags::CLOEXEC | OFlags::NOCTTY;
    for (bit, flag) in [
        (open::CREATE, OFlags::CREATE),
        (open::NEW, OFlags::EXCL),
        (open::EMPTY, OFlags::TRUNC),
        (open::APPEND, OFlags::APPEND),
        (open::DIRECTORY, OFlags::DIRECTORY),
    ] {
        flags.set(flag, has(bit));
    }
    let mode = Mode::from_bits_truncate(permissions as u32);
    persist(|| fs::openat(CWD, path, flags, mode)).map_or_else(failure, adopt)
}

/// The content of a file of so many bytes, as memory that is shared with all who map it; nothing if there is no
/// such file, or the system refuses. It stays mapped.
pub(crate) fn map_file(path: &[u8], size: usize) -> Option<NonNull<u8>> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = persist(|| fs::openat(CWD, path, flags, Mode::empty())).ok()?;
    let status = fs::fstat(&file).ok()?;
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile
        || u64::try_from(status.st_size) != Ok(size as u64)
    {
        return None;
    }
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new mapping at an address of the kernel's choice touches nothing else.
    let memory =
        unsafe { mmap(ptr::null_mut(), size, protection, MapFlags::SHARED, &file, 0) }.ok()?;
    NonNull::new(memory.cast())
}

/// Closes a file.
pub(crate) fn close_file(file: i64) -> i64 {
    match i32::try_from(file) {
        Ok(number) if number >= 0 => {
            const INTERRUPTED: isize = -4;
            // SAFETY: the program is done with the file.
            let result = unsafe { call_system(system_call::CLOSE, [number as usize, 0, 0, 0, 0]) };
            // After an interrupted call it is closed all the same.
            if result == INTERRUPTED { 0 } else { outcome(result) }
        }
        _ => failure(Errno::BADF),
    }
}

/// Reads once; waits if somebody else made the stream one that does not.
pub(crate) fn read_file_at(file: i64, bytes: &mut [u8]) -> i64 {
    let read = || -> Result<usize, Errno> {
        loop {
            match rustix::io::read(borrow(file)?, &mut *bytes) {
                Err(Errno::AGAIN) => super::wait_until(file as i32, super::Wanted::Readable),
                outcome => return outcome,
            }
        }
    };
    persist(read).map_or_else(failure, |count| count as i64)
}

/// Writes once; waits if somebody else made the stream one that does not.
pub(crate) fn write_file(file: i64, bytes: &[u8]) -> i64 {
    let write = || -> Result<usize, Errno> {
        loop {
            match rustix::io::write(borrow(file)?, bytes) {
                Err(Errno::AGAIN) => super::wait_until(file as i32, super::Wanted::Writable),
                outcome => return outcome,
            }
        }
    };
    persist(write).map_or_else(failure, |count| count as i64)
}

/// Goes to a place in a file.
pub(crate) fn seek_file(file: i64, offset: i64, from: i64) -> i64 {
    let place = match from {
        0 => u64::try_from(offset).map(SeekFrom::Start).map_err(|_| Errno::INVAL),
        1 => Ok(SeekFrom::Current(offset)),
        _ => Ok(SeekFrom::End(offset)),
    };
    let place = place.and_then(|place| fs::seek(borrow(file)?, place));
    place.map_or_else(failure, |place| place as i64)
}

/// Makes a file as long as that.
pub(crate) fn resize_file(file: i64, length: i64) -> i64 {
    let length = u64::try_from(length).map_err(|_| Errno::INVAL);
    done(length.and_then(|length| persist(|| fs::ftruncate(borrow(file)?, length))))
}

/// Waits until what was written to a file is on the disk.
pub(crate) fn sync_file(file: i64) -> i64 {
    done(persist(|| fs::fdatasync(borrow(file)?)))
}

/// What is known of an open file.
pub(crate) fn file_status(file: i64, numbers: &mut [i64]) -> i64 {
    let stat = borrow(file).and_then(fs::fstat);
    stat.map_or_else(failure, |stat| tell(&stat, numbers))
}

/// What is known of a file.
pub(crate) fn path_status(path: &CStr, follow: bool, numbers: &mut [i64]) -> i64 {
    let flags = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
    fs::statat(CWD, path, flags).map_or_else(failure, |stat| tell(&stat, numbers))
}

fn tell(stat: &Stat, numbers: &mut [i64]) -> i64 {
    let nanoseconds =
        |seconds: i64, rest: u64| seconds.saturating_mul(1_000_000_000).saturating_add(rest as i64);
    let mut put = |place: usize, value: i64| {
        if let Some(number) = numbers.get_mut(place) {
            *number = value;
        }
    };
    put(status::KIND, kind(FileType::from_raw_mode(stat.st_mode)));
    put(status::SIZE, stat.st_size);
    put(status::MODIFIED, nanoseconds(stat.st_mtime, stat.st_mtime_nsec));
    put(status::ACCESSED, nanoseconds(stat.st_atime, stat.st_atime_nsec));
    put(status::PERMISSIONS, i64::from(stat.st_mode & 0o7777));
    put(status::NUMBER, stat.st_ino.cast_signed());
    put(status::DEVICE, stat.st_dev.cast_signed());
    0
}

/// A kind of file as programs see it.
fn kind(kind: FileType) -> i64 {
    match kind {
        FileType::RegularFile => 0,
        FileType::Directory => 1,
        FileType::Symlink => 2,
        FileType::Unknown => 4,
        _ => 3,
    }
}

/// Whether the program may do something with a file.
pub(crate) fn path_access(path: &CStr, what: i64) -> i64 {
    let access = fs::Access::from_bits_truncate(what as u32);
    done(fs::accessat(CWD, path, access, AtFlags::empty()))
}

/// Removes a file or an empty folder.
pub(crate) fn remove(path: &CStr, directory: bool) -> i64 {
    let flags = if directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
    done(fs::unlinkat(CWD, path, flags))
}

/// Gives a file another name.
pub(crate) fn rename(from: &CStr, to: &CStr) -> i64 {
    done(fs::renameat(CWD, from, CWD, to))
}

/// Makes a link.
pub(crate) fn link(target: &CStr, path: &CStr, symbolic: bool) -> i64 {
    done(match symbolic {
        true => fs::symlinkat(target, CWD, path),
        false => fs::linkat(CWD, target, CWD, path, AtFlags::empty()),
    })
}

/// Where a symbolic link leads.
pub(crate) fn link_target(path: &CStr, bytes: &mut [u8]) -> i64 {
    fs::readlinkat_raw(CWD, path, bytes).map_or_else(failure, |count| count as i64)
}

/// Says who may do what with a file.
pub(crate) fn set_permissions(path: &CStr, permissions: i64) -> i64 {
    let mode = Mode::from_bits_truncate(permissions as u32);
    done(fs::chmodat(CWD, path, mode, AtFlags::empty()))
}

/// Makes a folder.
pub(crate) fn create_directory(path: &CStr, permissions: i64) -> i64 {
    done(fs::mkdirat(CWD, path, Mode::from_bits_truncate(permissions as u32)))
}

/// The next entries of an open folder: kind, name, NUL each.
pub(crate) fn read_directory(file: i64, bytes: &mut [u8]) -> i64 {
    // The kernel's records: two numbers of eight bytes, their own length in two, the kind in one, the name and
    // as many NULs as fill the record. Ours are shorter, so they fit where those were.
    const LENGTH: usize = 16;
    const KIND: usize = 18;
    const NAME: usize = 19;
    let arguments = [file as usize, bytes.as_mut_ptr().addr(), bytes.len(), 0, 0];
    // SAFETY: the kernel writes no more than that into `bytes`.
    let count = outcome(unsafe { call_system(system_call::GETDENTS64, arguments) });
    let (mut from, mut to) = (0, 0);
    while (from as i64) < count {
        let Some(&[low, high, raw, ..]) = bytes.get(from + LENGTH..) else { break };
        let name = from + NAME;
        let end = bytes.get(name..).and_then(|rest| rest.iter().position(|&byte| byte == 0));
        let Some(length) = end else { break };
        bytes[to] = kind(FileType::from_raw_mode(u32::from(raw) << 12)) as u8;
        if raw == 0 {
            bytes[to] = 4;
        }
        bytes.copy_within(name..=name + length, to + 1);
        to += length + 2;
        from += usize::from(u16::from_le_bytes([low, high]));
    }
    const _: () = assert!(KIND == LENGTH + 2);
    if count < 0 { count } else { to as i64 }
}

/// The path of the working directory; 0 if there is no room for it.
pub(crate) fn working_directory(bytes: &mut [u8]) -> i64 {
    const TOO_SHORT: isize = -34;
    let arguments = [bytes.as_mut_ptr().addr(), bytes.len(), 0, 0, 0];
    // SAFETY: the kernel writes no more than that into `bytes`.
    let count = unsafe { call_system(system_call::GETCWD, arguments) };
    match count {
        TOO_SHORT => 0,
        // The NUL at the end does not count.
        1.. => count as i64 - 1,
        failed => outcome(failed),
    }
}

/// Makes a folder the working directory.
pub(crate) fn set_working_directory(path: &CStr) -> i64 {
    done(rustix::process::chdir(path))
}
