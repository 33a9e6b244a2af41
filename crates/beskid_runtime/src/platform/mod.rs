//! The operating system, as the runtime needs it: memory, streams, files, processes,
//! time, signals, threads, the end.
//!
//! *Invariant.* Nothing outside this folder talks to the operating system, and nothing in it knows
//! objects, collections or compiled code.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod linux_file;
#[cfg(target_os = "linux")]
mod linux_process;
#[cfg(target_os = "linux")]
mod linux_signal;
#[cfg(target_os = "linux")]
mod linux_thread;
#[cfg(target_os = "linux")]
pub use linux::*;
#[cfg(target_os = "linux")]
pub(crate) use linux_file::*;
#[cfg(target_os = "linux")]
pub(crate) use linux_process::*;
#[cfg(target_os = "linux")]
pub(crate) use linux_signal::*;
#[cfg(target_os = "linux")]
pub(crate) use linux_thread::*;

#[cfg(not(target_os = "linux"))]
compile_error!(
    "the Beskid runtime does not support this operating system yet: add a file beside platform/linux.rs"
);
