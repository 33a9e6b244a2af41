//! What programs and the operating system say to each other, as numbers of the boundary: failures, ways to
//! open a file, what is known of a file.
//!
//! A runtime function that may fail returns a number that is not negative, or `-code` of the failure, so that
//! the library needs to know no system's own numbers. What a system knows and this table does not is
//! [`OTHER_FAILURE`] and its number there.

/// Why the system refused; the value is the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i64)]
pub enum Failure {
    /// There is no such file or folder.
    NotFound = 1,
    /// Not allowed.
    PermissionDenied = 2,
    /// There is such a file or folder already.
    AlreadyExists = 3,
    /// A folder where a file is needed.
    IsADirectory = 4,
    /// No folder where one is needed.
    NotADirectory = 5,
    /// A folder that is to be removed has something in it.
    DirectoryNotEmpty = 6,
    /// No path at all: empty, too long, with a NUL, or links without end.
    InvalidPath = 7,
    /// The disk or the quota is full.
    NoSpace = 8,
    /// The file system cannot be written to.
    ReadOnly = 9,
    /// The process or the system has too many open files.
    TooManyFiles = 10,
    /// Nobody reads the other end.
    BrokenPipe = 11,
    /// The stream is not open, or not for this.
    Closed = 12,
    /// Somebody else uses it.
    Busy = 13,
    /// On another file system.
    OtherFileSystem = 14,
}

/// Codes from here on: the system's own number is added.
pub const OTHER_FAILURE: i64 = 1000;

/// Bits of the way in which a file is opened.
pub mod open {
    /// It is read.
    pub const READ: i64 = 1;
    /// It is written to.
    pub const WRITE: i64 = 2;
    /// It is made if there is none.
    pub const CREATE: i64 = 4;
    /// It must not be there before.
    pub const NEW: i64 = 8;
    /// What is in it goes.
    pub const EMPTY: i64 = 16;
    /// Everything is written at the end.
    pub const APPEND: i64 = 32;
    /// It must be a folder.
    pub const DIRECTORY: i64 = 64;
}

/// Places in the `i64[]` that tells of a file.
pub mod status {
    /// A file (0), a folder (1), a symbolic link (2) or something else (3).
    pub const KIND: usize = 0;
    /// Bytes in it.
    pub const SIZE: usize = 1;
    /// When it was changed: nanoseconds since the beginning of 1970.
    pub const MODIFIED: usize = 2;
    /// When it was read: nanoseconds since the beginning of 1970.
    pub const ACCESSED: usize = 3;
    /// Who may do what: the lowest nine bits, and three more above them.
    pub const PERMISSIONS: usize = 4;
    /// The number of the file in its file system.
    pub const NUMBER: usize = 5;
    /// The number of the file system.
    pub const DEVICE: usize = 6;
    /// The number of elements.
    pub const LENGTH: usize = 7;
}

/// Values that the library keeps for the whole program.
pub const KEPT_VALUES: usize = 2;
