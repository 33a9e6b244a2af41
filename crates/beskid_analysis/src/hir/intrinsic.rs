//! Functions of the core library that have no body: the compiler knows what they do.
//!
//! Each is declared in `corelib/Core/Intrinsics.bd`, with its types and what it does, as
//! `… => __intrinsic;`; the name there says which one it is.

macro_rules! intrinsics {
    ($($variant:ident = $name:literal;)*) => {
        /// What a function without a body does.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Intrinsic {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Intrinsic {
            /// All intrinsics.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in the core library.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The intrinsic of a name.
            #[must_use]
            pub fn of_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

intrinsics! {
    CatchPanic = "__catch";
    Seldom = "__seldom";
    GcCollect = "__gc_collect";
    GcStatistic = "__gc_statistic";
    StringByte = "__byte";
    StringSlice = "__slice";
    StringFromBytes = "__text_of_bytes";
    BytesOfString = "__copy_text";
    StringFind = "__find";
    StringFindLast = "__find_last";
    StringCount = "__count_text";
    StringSplit = "__split";
    ArrayNew = "__new_array";
    ArrayLoad = "__load";
    ArrayStore = "__store";
    ArrayCopy = "__copy_elements";
    ArrayClear = "__clear_elements";
    ArrayForget = "__forget_elements";
    CharIs = "__char_is";
    CharUpper = "__char_upper";
    CharLower = "__char_lower";
    FloatOfText = "__float_of_text";
    FloatBits = "__float_bits";
    FloatOfBits = "__float_of_bits";
    CountOnes = "__count_ones";
    LeadingZeros = "__leading_zeros";
    TrailingZeros = "__trailing_zeros";
    Abs = "__abs";
    Sqrt = "__sqrt";
    Floor = "__floor";
    Ceil = "__ceil";
    Trunc = "__trunc";
    Nearest = "__nearest";
    Exp = "__exp";
    Log = "__log";
    Log2 = "__log2";
    Log10 = "__log10";
    Sin = "__sin";
    Cos = "__cos";
    Tan = "__tan";
    Asin = "__asin";
    Acos = "__acos";
    Atan = "__atan";
    Sinh = "__sinh";
    Cosh = "__cosh";
    Tanh = "__tanh";
    Cbrt = "__cbrt";
    Atan2 = "__atan2";
    Pow = "__pow";
    Hypot = "__hypot";
    FileOpen = "__open";
    FileClose = "__close";
    FileRead = "__read";
    FileWrite = "__write";
    FileSeek = "__seek";
    FileResize = "__resize";
    FileSync = "__sync";
    FileIsTerminal = "__is_terminal";
    FileStatus = "__file_status";
    PathStatus = "__path_status";
    PathAccess = "__access";
    PathRemove = "__remove";
    PathRename = "__rename";
    PathLink = "__link";
    PathLinkTarget = "__link_target";
    PathPermissions = "__permissions";
    DirectoryCreate = "__create_directory";
    DirectoryRead = "__read_directory";
    WorkingDirectory = "__working_directory";
    WorkingDirectorySet = "__set_working_directory";
    OutputWrite = "__write_output";
    OutputFlush = "__flush_output";
    BytesFind = "__find_byte";
    BytesValid = "__valid_bytes";
    Clock = "__clock";
    Sleep = "__sleep";
    RandomBits = "__random_bits";
    EnvironmentValue = "__variable";
    EnvironmentEntry = "__variable_at";
    ProgramArgument = "__argument";
    ProcessExit = "__exit";
    ProcessId = "__process_id";
    ProcessStart = "__start_process";
    ProcessWait = "__wait_process";
    ProcessSignal = "__signal_process";
    PipeOpen = "__pipe";
    FilesWait = "__wait_files";
    KeptGet = "__kept";
    KeptSet = "__keep";
}
