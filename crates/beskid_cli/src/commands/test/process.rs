//! A test's process, within limits of time and output.
//!
//! *Invariants.* The process is gone when [`run`] returns. Of each stream the first [`KEPT`] bytes are
//! kept and all are read, so a test that writes much neither fills the memory nor blocks.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes kept of each stream.
const KEPT: usize = 1 << 20;
/// How often it is asked whether a process has ended whose streams are open.
const POLL: Duration = Duration::from_millis(20);
/// How long streams may stay open behind the end of the process: something else may hold them.
const LINGER: Duration = Duration::from_millis(200);
/// The status of a panic.
const PANIC: i32 = 101;

/// How long a process may run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits<'s> {
    pub(super) time: Duration,
    /// Set when nobody wants to know any more.
    pub(super) stop: &'s AtomicBool,
}

impl Limits<'_> {
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// What a process wrote to a stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Captured {
    /// The beginning.
    pub(super) bytes: Vec<u8>,
    /// How many more there were.
    pub(super) dropped: u64,
}

/// A process that has ended.
#[derive(Debug, Default)]
pub(super) struct Finished {
    /// How; nothing if it was killed because its time was up, or never ran.
    pub(super) status: Option<ExitStatus>,
    pub(super) stdout: Captured,
    pub(super) stderr: Captured,
    pub(super) time: Duration,
}

/// What is wrong with the end of a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Failure {
    /// The language ended it.
    Panicked,
    /// It ended by itself, with this status.
    Status(i32),
    /// A signal ended it.
    Signal(i32),
    /// It was killed after this time.
    TimedOut(Duration),
    /// It ended in a way that has no status.
    Abnormal,
    /// It was not started, for this reason.
    NotStarted(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked => f.write_str("panicked"),
            Self::Status(code) => write!(f, "ended with status {code}"),
            Self::Signal(signal) => write!(f, "crashed: {}", signal_name(*signal)),
            Self::TimedOut(limit) => write!(f, "timed out after {} s", limit.as_secs()),
            Self::Abnormal => f.write_str("ended abnormally"),
            Self::NotStarted(reason) => write!(f, "cannot be started: {reason}"),
        }
    }
}

/// What is wrong with the end of a test, if anything.
pub(super) fn failure(finished: &Finished, limit: Duration) -> Option<Failure> {
    let Some(status) = finished.status else { return Some(Failure::TimedOut(limit)) };
    if status.success() {
        return None;
    }
    Some(match (status.code(), status.signal()) {
        (Some(PANIC), _) => Failure::Panicked,
        (Some(code), _) => Failure::Status(code),
        (None, Some(signal)) => Failure::Signal(signal),
        (None, None) => Failure::Abnormal,
    })
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal}, {name}")
}

/// Runs a command to its end, or kills it.
pub(super) fn run(command: &mut Command, stdin: &[u8], limits: Limits<'_>) -> io::Result<Finished> {
    let start = Instant::now();
    // A pipe even for nothing: there may be no `/dev/null`.
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let (sender, closed) = channel();
    let stdout = read(child.stdout.take(), sender.clone());
    let stderr = read(child.stderr.take(), sender);
    if let Some(mut input) = child.stdin.take().filter(|_| !stdin.is_empty()) {
        let bytes = stdin.to_owned();
        // A test that does not read its input is no failure.
        thread::spawn(move || input.write_all(&bytes));
    }
    let status = wait(&mut child, &closed, start, limits);
    if !matches!(status, Ok(Some(_))) {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
        child.wait()?;
    }
    drain(&closed);
    Ok(Finished {
        status: status?,
        stdout: taken(&stdout),
        stderr: taken(&stderr),
        time: start.elapsed(),
    })
}

/// Waits for the end of a process; nothing if its time is up.
fn wait(
    child: &mut Child,
    closed: &Receiver<()>,
    start: Instant,
    limits: Limits<'_>,
) -> io::Result<Option<ExitStatus>> {
    let mut poll = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let left = limits.time.saturating_sub(start.elapsed());
        if left.is_zero() || limits.is_stopped() {
            return Ok(None);
        }
        match closed.recv_timeout(POLL.min(left)) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            // Both streams are closed, so the process is ending.
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(poll.min(left));
                poll = (poll * 2).min(POLL);
            }
        }
    }
}

/// Waits for the rest of the streams, for a while.
fn drain(closed: &Receiver<()>) {
    let deadline = Instant::now() + LINGER;
    while closed.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_ok() {}
}

/// Reads a stream on a thread of its own; the sender says when it ends.
fn read(stream: Option<impl Read + Send + 'static>, sender: Sender<()>) -> Arc<Mutex<Captured>> {
    let captured = Arc::new(Mutex::new(Captured::default()));
    let shared = Arc::clone(&captured);
    thread::spawn(move || {
        let mut chunk = [0; 1 << 13];
        let mut stream = stream;
        while let Some(open) = &mut stream {
            // An error ends the stream like its end does.
            let count = open.read(&mut chunk).unwrap_or(0);
            if count == 0 {
                break;
            }
            let mut captured = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = count.min(KEPT - captured.bytes.len());
            captured.bytes.extend_from_slice(&chunk[..kept]);
            captured.dropped += (count - kept) as u64;
        }
        // Nobody may be waiting any more.
        let _ = sender.send(());
    });
    captured
}

fn taken(captured: &Mutex<Captured>) -> Captured {
    std::mem::take(&mut captured.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, stdin: &str, limit: Duration) -> (Finished, Option<Failure>) {
        let limits = Limits { time: limit, stop: &AtomicBool::new(false) };
        let mut command = Command::new("sh");
        let finished = run(command.args(["-c", script]), stdin.as_bytes(), limits).unwrap();
        let failure = failure(&finished, limit);
        (finished, failure)
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn streams_and_status_are_kept() {
        let (finished, failure) = shell("cat; echo err >&2; exit 3", "in", LONG);
        assert_eq!(finished.stdout.bytes, b"in");
        assert_eq!(finished.stderr.bytes, b"err\n");
        assert_eq!(failure, Some(Failure::Status(3)));
        assert_eq!(shell("true", "", LONG).1, None);
        assert_eq!(shell("exit 101", "", LONG).1, Some(Failure::Panicked));
        let crash = shell("kill -SEGV $$", "", LONG).1.map(|failure| failure.to_string());
        assert_eq!(crash.as_deref(), Some("crashed: signal 11, SIGSEGV"));
    }

    #[test]
    fn a_hanging_process_is_killed_and_what_it_wrote_is_kept() {
        let start = Instant::now();
        let (finished, failure) = shell("echo early; exec sleep 60", "", Duration::from_secs(1));
        assert_eq!(failure, Some(Failure::TimedOut(Duration::from_secs(1))));
        assert_eq!(finished.stdout.bytes, b"early\n");
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_stream_that_outlives_the_process_is_given_up() {
        let start = Instant::now();
        let (finished, failure) = shell("echo early; sleep 60 & exit 0", "", LONG);
        assert_eq!((failure, &*finished.stdout.bytes), (None, &b"early\n"[..]));
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn much_output_is_cut() {
        let (finished, failure) = shell("head -c 3000000 /dev/zero", "", LONG);
        assert_eq!(failure, None);
        assert_eq!(
            (finished.stdout.bytes.len(), finished.stdout.dropped),
            (KEPT, 3_000_000 - KEPT as u64)
        );
    }
}
