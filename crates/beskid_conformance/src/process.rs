//! Runs a child process within limits of time and output.

use std::io::{self, ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// So long a file may stay busy.
const BUSY: Duration = Duration::from_secs(10);

/// What a child may use before it is killed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From start to end.
    pub time: Duration,
    /// Of each of its two output streams.
    pub bytes: usize,
}

/// How a child ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// By itself.
    Status(ExitStatus),
    /// Killed: it took too long.
    TimedOut,
    /// Killed: it wrote too much.
    TooMuchOutput,
}

/// A child that has ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// How.
    pub ending: Ending,
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Event {
    StreamEnded,
    StreamTooLong,
}

/// Starts a program that was just written: another thread that starts a process at that time holds the
/// file open for a moment, which the system refuses as busy.
///
/// # Errors
/// The process cannot be started, or the file stays busy.
pub fn start<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let deadline = Instant::now() + BUSY;
    loop {
        match attempt() {
            Err(error)
                if error.kind() == ErrorKind::ExecutableFileBusy && Instant::now() < deadline =>
            {
                thread::yield_now();
            }
            outcome => return outcome,
        }
    }
}

/// Runs `command` with `stdin` as its input.
///
/// # Errors
/// The process cannot be started or waited for.
pub fn run(command: &mut Command, stdin: &[u8], limits: Limits) -> io::Result<Finished> {
    let deadline = Instant::now() + limits.time;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = start(|| command.spawn())?;
    let (sender, events) = channel();
    let input = child.stdin.take();
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    thread::scope(|scope| {
        scope.spawn(|| feed(input, stdin));
        let stdout = {
            let sender = sender.clone();
            scope.spawn(move || collect(stdout, limits.bytes, &sender))
        };
        let stderr = scope.spawn(move || collect(stderr, limits.bytes, &sender));
        let ending = supervise(&mut child, &events, deadline);
        if ending.is_err() {
            // The readers below end only when the child does.
            let _ = child.kill();
        }
        let stdout = stdout.join().unwrap_or_default();
        let stderr = stderr.join().unwrap_or_default();
        Ok(Finished { ending: ending?, stdout, stderr })
    })
}

/// A child that does not read its input is no failure.
fn feed(input: Option<ChildStdin>, bytes: &[u8]) {
    if let Some(mut input) = input {
        let _ = input.write_all(bytes);
    }
}

fn collect(stream: Option<impl Read>, limit: usize, events: &Sender<Event>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        let mut stream = stream.take(limit as u64 + 1);
        // A broken pipe ends the stream like its end does.
        let _ = stream.read_to_end(&mut bytes);
    }
    let event = if bytes.len() > limit { Event::StreamTooLong } else { Event::StreamEnded };
    let _ = events.send(event);
    bytes.truncate(limit);
    bytes
}

fn supervise(child: &mut Child, events: &Receiver<Event>, deadline: Instant) -> io::Result<Ending> {
    for _stream in 0..2 {
        match events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Event::StreamEnded) | Err(RecvTimeoutError::Disconnected) => {}
            Ok(Event::StreamTooLong) => return kill(child, Ending::TooMuchOutput),
            Err(RecvTimeoutError::Timeout) => return kill(child, Ending::TimedOut),
        }
    }
    // Both streams are closed, so the child is ending: a short sleep is rarely needed.
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ending::Status(status));
        }
        if Instant::now() >= deadline {
            return kill(child, Ending::TimedOut);
        }
        thread::sleep(Duration::from_micros(200));
    }
}

fn kill(child: &mut Child, ending: Ending) -> io::Result<Ending> {
    child.kill()?;
    child.wait()?;
    Ok(ending)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { time: Duration::from_secs(20), bytes: 1 << 16 };

    fn shell(script: &str, stdin: &str, limits: Limits) -> Finished {
        run(Command::new("sh").args(["-c", script]), stdin.as_bytes(), limits).unwrap()
    }

    #[test]
    fn input_output_and_status_pass_through() {
        let finished = shell("cat; echo err >&2; exit 3", "hello\n", LIMITS);
        assert_eq!(finished.stdout, b"hello\n");
        assert_eq!(finished.stderr, b"err\n");
        assert!(matches!(finished.ending, Ending::Status(status) if status.code() == Some(3)));
    }

    #[test]
    fn a_hanging_child_is_killed() {
        let limits = Limits { time: Duration::from_millis(200), ..LIMITS };
        let start = Instant::now();
        assert_eq!(shell("echo early; exec sleep 60", "", limits).ending, Ending::TimedOut);
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn an_endless_writer_is_killed() {
        let finished = shell("exec yes", "", LIMITS);
        assert_eq!(finished.ending, Ending::TooMuchOutput);
        assert_eq!(finished.stdout.len(), LIMITS.bytes);
    }
}
