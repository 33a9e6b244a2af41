//! Buffered standard output.
//!
//! Bytes leave when the buffer is full, at the end of the program and before the text of a panic; on
//! a terminal also at the end of each line.
//!
//! Where the stream was closed from the beginning, `print` goes on without it, as it does in other languages. If
//! the reader of a pipe goes away, the program ends quietly with the status a shell reports for it
//! (141), whatever the process does with the pipe signal. Other failures end it with a report. A program that
//! asks is told of every failure.

use core::mem::MaybeUninit;

use crate::panic;
use crate::platform::{self, STDOUT, WriteError};

/// Bytes of the buffer.
pub(crate) const BUFFER_SIZE: usize = 32 * 1024;
/// 128 and the number of the pipe signal.
const STATUS_BROKEN_PIPE: i32 = 141;

/// The system's number of a failure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemError(pub(crate) i32);

/// What is at the other end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stream {
    /// Not looked at yet.
    Unknown,
    Terminal,
    Other,
    /// There is none: the system's error number.
    Gone(i32),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Output<'b> {
    buffer: &'b mut [MaybeUninit<u8>; BUFFER_SIZE],
    length: usize,
    descriptor: i32,
    stream: Stream,
}

impl<'b> Output<'b> {
    /// The process's standard output.
    pub(crate) fn standard(buffer: &'b mut [MaybeUninit<u8>; BUFFER_SIZE]) -> Self {
        Self { buffer, length: 0, descriptor: STDOUT, stream: Stream::Unknown }
    }

    /// Appends bytes. A failure is reported, and ends the program, unless there is no stream.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let result = self.try_write(bytes);
        self.insist(result);
    }

    /// Sends what is in the buffer. A failure is reported, and ends the program, unless there is no stream.
    pub(crate) fn flush(&mut self) {
        let result = self.try_flush();
        self.insist(result);
    }

    fn insist(&self, result: Result<(), SystemError>) {
        if let Err(error) = result
            && !matches!(self.stream, Stream::Gone(_))
        {
            refuse(error);
        }
    }

    /// Appends bytes.
    pub(crate) fn try_write(&mut self, bytes: &[u8]) -> Result<(), SystemError> {
        if self.stream == Stream::Unknown {
            let terminal = platform::is_terminal(self.descriptor);
            self.stream = if terminal { Stream::Terminal } else { Stream::Other };
        }
        if bytes.len() > BUFFER_SIZE - self.length {
            self.try_flush()?;
        }
        if bytes.len() > BUFFER_SIZE - self.length {
            return self.send(bytes);
        }
        if let Some(free) = self.buffer.get_mut(self.length..self.length + bytes.len()) {
            free.write_copy_of_slice(bytes);
            self.length += bytes.len();
        }
        if self.stream == Stream::Terminal && bytes.contains(&b'\n') {
            return self.try_flush();
        }
        Ok(())
    }

    /// Sends what is in the buffer; what cannot be sent is gone.
    pub(crate) fn try_flush(&mut self) -> Result<(), SystemError> {
        let length = core::mem::take(&mut self.length);
        if length == 0 {
            return Ok(());
        }
        // SAFETY: the first `length` bytes were written; sending them does not touch the buffer.
        let bytes = unsafe { core::slice::from_raw_parts(self.buffer.as_ptr().cast(), length) };
        self.send(bytes)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SystemError> {
        // Whatever gets its number later is another one.
        if let Stream::Gone(number) = self.stream {
            return Err(SystemError(number));
        }
        match platform::write(self.descriptor, bytes) {
            Ok(()) => Ok(()),
            Err(WriteError::Broken) => platform::exit(STATUS_BROKEN_PIPE),
            Err(WriteError::Closed(number)) => {
                self.stream = Stream::Gone(number);
                Err(SystemError(number))
            }
            Err(WriteError::Other(number)) => Err(SystemError(number)),
        }
    }
}

#[cold]
fn refuse(SystemError(number): SystemError) -> ! {
    panic::refuse(|report| {
        report.text("cannot write to standard output (system error ");
        report.signed(i64::from(number)).text(")");
    })
}
