//! The one table of functions that compiled code may call.
//!
//! [`runtime_functions!`](crate::runtime_functions) hands the rows to a macro of the caller's choice:
//! this file makes [`RuntimeFn`] of them, the runtime makes exported entry points and a check of
//! their types, the code generator signatures, the JIT an address table, the linker a keep-list.
//!
//! *Invariants.* A function whose effects [need the caller's frame](Effects::needs_frame) takes the
//! thread context first. Symbols are `beskid_rt_` and the row's name; the convention is C's.

use crate::effects::Effects;
use crate::scalar::AbiType;

/// Calls `$callback!` with every row of the table:
/// `Variant = name(parameter: Kind, …) -> Kind [EFFECT, …];` (`-> Unit` for no result), each with its
/// documentation.
#[macro_export]
macro_rules! runtime_functions {
    ($callback:ident) => {
        $callback! {
            /// Allocates an object of `size` bytes (a multiple of 8, header included) when the inline
            /// path has no room, and writes its header. The rest of the object is zero.
            AllocSlow = alloc_slow(cx: ThreadContext, descriptor: Ptr, size: I64) -> GcRef [MAY_COLLECT, MAY_PANIC];
            /// Makes room for small objects of `size` bytes together in the open allocation region.
            AllocReserve = alloc_reserve(cx: ThreadContext, size: I64) -> Unit [MAY_COLLECT, MAY_PANIC];
            /// Allocates an array of `length` zeroed elements; a negative length panics.
            AllocArray = alloc_array(cx: ThreadContext, descriptor: Ptr, length: I64) -> GcRef [MAY_COLLECT, MAY_PANIC];
            /// Slow path of the generational barrier: `object` is old and is made to refer to `value` at the
            /// address `place` in it.
            GcRemember = gc_remember(cx: ThreadContext, object: GcRef, place: Ptr, value: GcRef) -> Unit [];
            /// Slow path of the snapshot barrier: `old` (may be null) is about to be overwritten.
            GcSnapshot = gc_snapshot(cx: ThreadContext, old: GcRef) -> Unit [];

            /// A full collection, now.
            GcCollect = gc_collect(cx: ThreadContext) -> Unit [MAY_COLLECT, MAY_PANIC];
            /// A number of the collector (`statistic`), or -1 for one that is not known.
            GcStatistic = gc_statistic(cx: ThreadContext, which: I64) -> I64 [];

            /// A new string of the two texts.
            StringConcat = string_concat(cx: ThreadContext, left: GcRef, right: GcRef) -> GcRef [MAY_COLLECT, MAY_PANIC];
            /// Whether two strings have the same bytes.
            StringEqual = string_equal(left: GcRef, right: GcRef) -> Bool [PURE];
            /// -1, 0 or 1: order by code point.
            StringCompare = string_compare(left: GcRef, right: GcRef) -> I32 [PURE];
            /// The scalar value at byte `offset` in the low 32 bits, its length in bytes above them.
            StringDecode = string_decode(string: GcRef, offset: I64) -> I64 [PURE];

            /// A new string of the bytes from `start` up to `end`, which begin and end characters; bounds
            /// that make no sense panic.
            StringSlice = string_slice(cx: ThreadContext, string: GcRef, start: I64, end: I64) -> GcRef [MAY_COLLECT, MAY_PANIC];
            /// A new string of `count` bytes of a `u8[]`, which are UTF-8; bounds that make no sense panic.
            StringOfBytes = string_of_bytes(cx: ThreadContext, bytes: GcRef, start: I64, count: I64) -> GcRef [MAY_COLLECT, MAY_PANIC];
            /// Where `part` first is in a string, from byte `from` on, or -1.
            StringFind = string_find(string: GcRef, part: GcRef, from: I64) -> I64 [PURE];
            /// Where `part` last is in a string, if it ends at byte `end` or before, or -1.
            StringFindLast = string_find_last(string: GcRef, part: GcRef, end: I64) -> I64 [PURE];
            /// How often `part`, which is not empty, is in a string; places do not overlap.
            StringCount = string_count(string: GcRef, part: GcRef) -> I64 [PURE];
            /// Fills a `string[]` with the parts of a string between the places where `separator` is, which is
            /// not empty; `empty` stands for those that are.
            StringSplit = string_split(cx: ThreadContext, string: GcRef, separator: GcRef, empty: GcRef, parts: GcRef) -> Unit [MAY_COLLECT, MAY_PANIC];

            /// Copies `count` bytes of a string or `u8[]` from `start` on into a `u8[]` at `at`, all within
            /// bounds; the two may be one.
            BytesCopy = bytes_copy(from: GcRef, start: I64, to: GcRef, at: I64, count: I64) -> Unit [];
            /// Copies `count` elements of an array from `start` on into one of its type at `at`, all within
            /// bounds; the two may be one.
            ArrayCopy = array_copy(cx: ThreadContext, from: GcRef, start: I64, to: GcRef, at: I64, count: I64) -> Unit [];
            /// Makes `count` elements of an array zero from `start` on, all within bounds.
            ArrayClear = array_clear(cx: ThreadContext, array: GcRef, start: I64, count: I64) -> Unit [];

            /// Whether two closures are the same function, the same object, or the same method bound to
            /// the identical receiver.
            FunctionEqual = function_equal(left: GcRef, right: GcRef) -> Bool [PURE];

            /// A hash with the bytes of a string mixed in.
            HashString = hash_string(text: GcRef, hash: I64) -> I64 [PURE];
            /// A hash with a float mixed in; both zeros are one value.
            HashFloat = hash_float(value: F64, hash: I64) -> I64 [PURE];

            /// Opens a text under construction and returns its mark; texts nest.
            TextBegin = text_begin(cx: ThreadContext) -> I64 [];
            /// Appends a string as it is.
            TextString = text_string(cx: ThreadContext, value: GcRef) -> Unit [MAY_PANIC];
            /// Appends a string in quotes with escapes, as inside structure.
            TextQuotedString = text_quoted_string(cx: ThreadContext, value: GcRef) -> Unit [MAY_PANIC];
            /// Appends a signed integer in decimal.
            TextSigned = text_signed(cx: ThreadContext, value: I64) -> Unit [MAY_PANIC];
            /// Appends an unsigned integer in decimal.
            TextUnsigned = text_unsigned(cx: ThreadContext, value: I64) -> Unit [MAY_PANIC];
            /// Appends a machine address: `0x` and hexadecimal digits.
            TextAddress = text_address(cx: ThreadContext, value: I64) -> Unit [MAY_PANIC];
            /// Appends the shortest text that reads back as the same `f32`.
            TextF32 = text_f32(cx: ThreadContext, value: F32) -> Unit [MAY_PANIC];
            /// Appends the shortest text that reads back as the same `f64`.
            TextF64 = text_f64(cx: ThreadContext, value: F64) -> Unit [MAY_PANIC];
            /// Appends `true` or `false`.
            TextBool = text_bool(cx: ThreadContext, value: Bool) -> Unit [MAY_PANIC];
            /// Appends a char as it is.
            TextChar = text_char(cx: ThreadContext, value: Char) -> Unit [MAY_PANIC];
            /// Appends a char in quotes with escapes, as inside structure.
            TextQuotedChar = text_quoted_char(cx: ThreadContext, value: Char) -> Unit [MAY_PANIC];
            /// Closes the text opened at `mark` and returns it as a string.
            TextFinish = text_finish(cx: ThreadContext, mark: I64) -> GcRef [MAY_COLLECT, MAY_PANIC];
            /// Closes the text opened at `mark` and writes it to standard output.
            TextPrint = text_print(cx: ThreadContext, mark: I64) -> Unit [];
            /// Closes the text opened at `mark` and writes it and a line feed to standard output.
            TextPrintLine = text_print_line(cx: ThreadContext, mark: I64) -> Unit [];
            /// Writes a string to standard output.
            Print = print(cx: ThreadContext, text: GcRef) -> Unit [];
            /// Writes a string and a line feed to standard output.
            PrintLine = print_line(cx: ThreadContext, text: GcRef) -> Unit [];
            /// Writes out what standard output holds back, then `error: TEXT` to standard error: the end
            /// of a `main` that returns an error.
            ReportError = report_error(cx: ThreadContext, text: GcRef) -> Unit [];

            /// The command line after the program's name, as a `string[]` of that descriptor.
            ProgramArguments = program_arguments(cx: ThreadContext, descriptor: Ptr) -> GcRef [MAY_COLLECT, MAY_PANIC];

            /// The program is measured: maps the file that the environment names, if it is made for so many
            /// counters of that digest, and memory of its own if none is named.
            CoverageBegin = coverage_begin(cx: ThreadContext, digest: I64, count: I64) -> Unit [];

            /// C calls the program: the context of the library's thread. `frame` is the shim's
            /// [`EntryFrame`](crate::library::EntryFrame), which knows its frame pointer and nothing else;
            /// `library` is the [`Library`](crate::library::Library).
            LibraryEnter = library_enter(library: Ptr, frame: Ptr) -> Ptr [];
            /// The program returns to C, which has called it by the shim of that frame.
            LibraryLeave = library_leave(cx: ThreadContext, frame: Ptr) -> Unit [];
            /// A string of C, which ends with a NUL, as a string; an address of 0 panics.
            StringFromC = string_from_c(cx: ThreadContext, text: Ptr) -> GcRef [MAY_COLLECT, MAY_PANIC];
            /// The text of a string, with a NUL at its end, where it stays until the next result of that
            /// kind.
            StringToC = string_to_c(cx: ThreadContext, text: GcRef) -> Ptr [MAY_PANIC];
            /// Fills an array with as many numbers from an address; one of 0 panics if there are any.
            ArrayFromC = array_from_c(cx: ThreadContext, array: GcRef, elements: Ptr) -> Unit [MAY_PANIC];
            /// The numbers of an array, where they stay until the next result of that kind; their count
            /// goes to `length` unless that is 0.
            ArrayToC = array_to_c(cx: ThreadContext, array: GcRef, length: Ptr) -> Ptr [MAY_PANIC];

            /// Calls a closure that takes and gives nothing; the message of the panic that ended it, or null if it
            /// returned. Stack overflows and faults are not caught.
            CatchPanic = catch_panic(cx: ThreadContext, body: GcRef) -> GcRef [MAY_COLLECT, MAY_PANIC, RUNS_PROGRAM];
            /// Ends the program with `panic: MESSAGE` and status 101.
            Panic = panic(cx: ThreadContext, message: GcRef) -> Unit [MAY_PANIC, NO_RETURN];
            /// Panic of an array access with a signed index.
            PanicIndex = panic_index(cx: ThreadContext, index: I64, length: I64) -> Unit [MAY_PANIC, NO_RETURN];
            /// Panic of an array access with an unsigned index that is no `i64`.
            PanicIndexUnsigned = panic_index_unsigned(cx: ThreadContext, index: I64, length: I64) -> Unit [MAY_PANIC, NO_RETURN];
            /// Panic of an integer division or remainder by zero.
            PanicDivision = panic_division(cx: ThreadContext) -> Unit [MAY_PANIC, NO_RETURN];
            /// Panic of a cast of an integer that is no Unicode scalar value.
            PanicChar = panic_char(cx: ThreadContext, value: I64) -> Unit [MAY_PANIC, NO_RETURN];
            /// Panic of a cast of an unsigned integer that is no Unicode scalar value.
            PanicCharUnsigned = panic_char_unsigned(cx: ThreadContext, value: I64) -> Unit [MAY_PANIC, NO_RETURN];
            /// Panic of `range` with step 0.
            PanicStep = panic_step(cx: ThreadContext) -> Unit [MAY_PANIC, NO_RETURN];
            /// Panic of a place that the compiler proved unreachable: a fault of the compiler.
            PanicUnreachable = panic_unreachable(cx: ThreadContext) -> Unit [MAY_PANIC, NO_RETURN];

            /// C's `fmodf`, the same on every machine.
            Fmod32 = fmod32(dividend: F32, divisor: F32) -> F32 [PURE];
            /// C's `fmod`, the same on every machine.
            Fmod64 = fmod64(dividend: F64, divisor: F64) -> F64 [PURE];
            /// C's `exp`, the same on every machine.
            FloatExp = float_exp(value: F64) -> F64 [PURE];
            /// C's `log`, the same on every machine.
            FloatLog = float_log(value: F64) -> F64 [PURE];
            /// C's `log2`, the same on every machine.
            FloatLog2 = float_log2(value: F64) -> F64 [PURE];
            /// C's `log10`, the same on every machine.
            FloatLog10 = float_log10(value: F64) -> F64 [PURE];
            /// C's `sin`, the same on every machine.
            FloatSin = float_sin(value: F64) -> F64 [PURE];
            /// C's `cos`, the same on every machine.
            FloatCos = float_cos(value: F64) -> F64 [PURE];
            /// C's `tan`, the same on every machine.
            FloatTan = float_tan(value: F64) -> F64 [PURE];
            /// C's `asin`, the same on every machine.
            FloatAsin = float_asin(value: F64) -> F64 [PURE];
            /// C's `acos`, the same on every machine.
            FloatAcos = float_acos(value: F64) -> F64 [PURE];
            /// C's `atan`, the same on every machine.
            FloatAtan = float_atan(value: F64) -> F64 [PURE];
            /// C's `sinh`, the same on every machine.
            FloatSinh = float_sinh(value: F64) -> F64 [PURE];
            /// C's `cosh`, the same on every machine.
            FloatCosh = float_cosh(value: F64) -> F64 [PURE];
            /// C's `tanh`, the same on every machine.
            FloatTanh = float_tanh(value: F64) -> F64 [PURE];
            /// C's `cbrt`, the same on every machine.
            FloatCbrt = float_cbrt(value: F64) -> F64 [PURE];
            /// C's `atan2`, the same on every machine.
            FloatAtan2 = float_atan2(y: F64, x: F64) -> F64 [PURE];
            /// C's `pow`, the same on every machine.
            FloatPow = float_pow(base: F64, exponent: F64) -> F64 [PURE];
            /// C's `hypot`, the same on every machine.
            FloatHypot = float_hypot(x: F64, y: F64) -> F64 [PURE];
            /// The float that bytes of a string from `start` up to `end` say in decimal, rounded to nearest
            /// even; NaN if they are no number.
            FloatOfText = float_of_text(text: GcRef, start: I64, end: I64) -> F64 [PURE];
            /// Whether a char is alphabetic (0), numeric (1), blank (2), upper case (3) or lower case (4), by
            /// Unicode.
            CharIs = char_is(value: Char, which: I64) -> Bool [PURE];
            /// The char in upper case: up to three chars of 21 bits each, the first one lowest.
            CharUpper = char_upper(value: Char) -> I64 [PURE];
            /// The char in lower case, as `char_upper`.
            CharLower = char_lower(value: Char) -> I64 [PURE];

            /// Opens a file in a way of [`system::open`](crate::system::open); gives its number. A file that is
            /// made gets the permissions.
            FileOpen = file_open(path: GcRef, way: I64, permissions: I64) -> I64 [];
            /// Closes a file.
            FileClose = file_close(file: I64) -> I64 [];
            /// Reads up to `count` bytes into a `u8[]` at `at`, all within bounds; gives how many, 0 at the end.
            FileRead = file_read(cx: ThreadContext, file: I64, bytes: GcRef, at: I64, count: I64) -> I64 [];
            /// Writes up to `count` bytes of a string or `u8[]` from `start` on, all within bounds; gives how
            /// many.
            FileWrite = file_write(file: I64, bytes: GcRef, start: I64, count: I64) -> I64 [];
            /// Goes to a place in a file, counted from its beginning (0), from here (1) or from its end (2);
            /// gives the place.
            FileSeek = file_seek(file: I64, offset: I64, from: I64) -> I64 [];
            /// Makes a file as long as that.
            FileResize = file_resize(file: I64, length: I64) -> I64 [];
            /// Returns when everything written to a file has reached the disk.
            FileSync = file_sync(file: I64) -> I64 [];
            /// Whether a file is a terminal.
            FileIsTerminal = file_is_terminal(file: I64) -> Bool [];
            /// What is known of an open file, into the `i64[]` of [`system::status`](crate::system::status).
            FileStatus = file_status(file: I64, numbers: GcRef) -> I64 [];
            /// What is known of a file, into such an array; of a symbolic link itself, or of where it leads.
            PathStatus = path_status(path: GcRef, follow: Bool, numbers: GcRef) -> I64 [];
            /// Whether the program may read (4), write (2), execute (1) a file.
            PathAccess = path_access(path: GcRef, what: I64) -> I64 [];
            /// Removes a file, or an empty folder.
            PathRemove = path_remove(path: GcRef, directory: Bool) -> I64 [];
            /// Gives a file another name, in place of what had it before.
            PathRename = path_rename(from: GcRef, to: GcRef) -> I64 [];
            /// Makes a symbolic link, or another name of a file.
            PathLink = path_link(target: GcRef, path: GcRef, symbolic: Bool) -> I64 [];
            /// Where a symbolic link leads, as bytes; gives how many. If they fill the array there may be more.
            PathLinkTarget = path_link_target(path: GcRef, bytes: GcRef) -> I64 [];
            /// Says who may do what with a file.
            PathPermissions = path_permissions(path: GcRef, permissions: I64) -> I64 [];
            /// Makes a folder.
            DirectoryCreate = directory_create(path: GcRef, permissions: I64) -> I64 [];
            /// The next entries of an open folder, each as a byte of its kind (as in the status, 4 if that is
            /// not known), its name and a NUL; gives how many bytes, 0 at the end.
            DirectoryRead = directory_read(file: I64, bytes: GcRef) -> I64 [];
            /// The path of the working directory, as bytes; gives how many, 0 if the array is too short.
            WorkingDirectory = working_directory(bytes: GcRef) -> I64 [];
            /// Makes a folder the working directory.
            WorkingDirectorySet = working_directory_set(path: GcRef) -> I64 [];

            /// Writes bytes of a string or `u8[]`, all within bounds, to standard output, through its buffer.
            OutputWrite = output_write(cx: ThreadContext, bytes: GcRef, start: I64, count: I64) -> I64 [];
            /// Writes out what standard output holds back.
            OutputFlush = output_flush(cx: ThreadContext) -> I64 [];
            /// Where a byte first is in a `u8[]`, from `start` up to `end`, or -1.
            BytesFind = bytes_find(bytes: GcRef, wanted: I64, start: I64, end: I64) -> I64 [];
            /// How many of `count` bytes of a `u8[]` from `start` on are UTF-8 before the first that is not.
            BytesValid = bytes_valid(bytes: GcRef, start: I64, count: I64) -> I64 [];

            /// Nanoseconds: of a clock that only goes forward (0), or since the beginning of 1970 (1).
            Clock = clock(which: I64) -> I64 [];
            /// Waits for so many nanoseconds.
            Sleep = sleep(nanoseconds: I64) -> Unit [];
            /// Bits that nobody can foresee.
            RandomBits = random_bits() -> I64 [];

            /// The value of a variable of the environment, or null.
            EnvironmentValue = environment_value(cx: ThreadContext, name: GcRef) -> GcRef [MAY_COLLECT, MAY_PANIC];
            /// A variable of the environment as `NAME=value`, or null behind the last.
            EnvironmentEntry = environment_entry(cx: ThreadContext, index: I64) -> GcRef [MAY_COLLECT, MAY_PANIC];
            /// An argument of the command line after the program's name, or null behind the last.
            ProgramArgument = program_argument(cx: ThreadContext, index: I64) -> GcRef [MAY_COLLECT, MAY_PANIC];

            /// Ends the program with a status, after writing out what standard output holds back.
            ProcessExit = process_exit(cx: ThreadContext, status: I64) -> Unit [MAY_PANIC, NO_RETURN];
            /// The number of this process.
            ProcessId = process_id() -> I64 [];
            /// Starts a program; gives the number of its process. Arguments and environment are texts that end
            /// with a NUL each, in a `u8[]`; an empty path of a folder stands for this one. `files` are three
            /// that become its standard streams.
            ProcessStart = process_start(path: GcRef, arguments: GcRef, environment: GcRef, directory: GcRef, files: GcRef) -> I64 [];
            /// Waits for the end of a process; gives its status, 128 and the number of the signal that ended it.
            ProcessWait = process_wait(process: I64) -> I64 [];
            /// Sends a signal to a process.
            ProcessSignal = process_signal(process: I64, signal: I64) -> I64 [];
            /// Makes a pipe; its two ends, to read from and to write to, go into an `i64[]`.
            PipeOpen = pipe_open(files: GcRef) -> I64 [];
            /// Waits until one of the files in an `i64[]` can go on, which are to be read but for the last, to
            /// be written to; those below zero are none. Gives a bit for each.
            FilesWait = files_wait(files: GcRef) -> I64 [];

            /// A value that the library keeps for the whole program, or null.
            KeptGet = kept_get(cx: ThreadContext, which: I64) -> GcRef [];
            /// Keeps a value, in place of the one before.
            KeptSet = kept_set(cx: ThreadContext, which: I64, value: GcRef) -> Unit [];
        }
    };
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeFnInfo {
    /// The row's name without prefix.
    pub name: &'static str,
    /// The exported symbol.
    pub symbol: &'static str,
    /// Names and kinds of the parameters.
    pub parameters: &'static [(&'static str, AbiType)],
    /// The kind of the result, if there is one.
    pub result: Option<AbiType>,
    /// What a call may do.
    pub effects: Effects,
    /// The documentation, one line each.
    pub docs: &'static [&'static str],
}

macro_rules! result_kind {
    (Unit) => {
        None
    };
    ($kind:ident) => {
        Some(AbiType::$kind)
    };
}

macro_rules! define_runtime_fn {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:ident($($parameter:ident: $kind:ident),*) -> $result:ident [$($effect:ident),*];)*) => {
        /// A function of the runtime that compiled code may call.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u16)]
        pub enum RuntimeFn {
            $($(#[doc = $doc])* $variant,)*
        }

        impl RuntimeFn {
            /// Every row, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// What the table says of this row.
            #[must_use]
            pub const fn info(self) -> &'static RuntimeFnInfo {
                match self {
                    $(Self::$variant => const { &RuntimeFnInfo {
                        name: stringify!($name),
                        symbol: concat!("beskid_rt_", stringify!($name)),
                        parameters: &[$((stringify!($parameter), AbiType::$kind)),*],
                        result: result_kind!($result),
                        effects: Effects::NONE$(.union(Effects::$effect))*,
                        docs: &[$($doc),*],
                    } },)*
                }
            }
        }
    };
}
runtime_functions!(define_runtime_fn);

const _: () = {
    let mut row = 0;
    while row < RuntimeFn::ALL.len() {
        let info = RuntimeFn::ALL[row].info();
        if info.effects.needs_frame() {
            assert!(matches!(info.parameters[0].1, AbiType::ThreadContext));
        }
        row += 1;
    }
};
