//! What differs between processors: entries that note the caller's frame, stack switching, system
//! calls, and the machine state behind a signal.
//!
//! *Invariant.* One file per processor with the same items; nothing outside this folder contains
//! assembly or names a register.

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::*;

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::*;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!(
    "the Beskid runtime does not support this processor yet: add a file beside arch/x86_64.rs"
);
