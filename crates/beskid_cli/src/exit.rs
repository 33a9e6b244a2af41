//! How the command ends.

/// The end of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// All went well.
    Done,
    /// The input has errors, or the system refused something; it was reported.
    Errors,
    /// The compiler is at fault; it was reported.
    Fault,
    /// The reader of standard output went away. The status is that of a program which the pipe signal
    /// ends.
    BrokenPipe,
    /// The program that was run ended with this status.
    Program(i32),
}

impl Exit {
    /// The exit status of the process.
    pub(crate) fn status(self) -> i32 {
        match self {
            Self::Done => 0,
            Self::Errors => 1,
            Self::Fault => 101,
            Self::BrokenPipe => 141,
            Self::Program(status) => status,
        }
    }
}
