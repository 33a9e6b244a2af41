//! Panics of Rust while a program runs: only the runtime's code can be at fault then, and says so as it does
//! in an executable.
//!
//! *Invariant.* Panics on all other threads, and before and after a program runs, go to the hook that was
//! there before.

use std::panic;
use std::sync::Once;

/// Takes over panics of the runtime from now on.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |information| {
            if !beskid_runtime::panic::is_own_thread() {
                return before(information);
            }
            // Executables know no messages but such; the texts must not differ.
            let message = information.payload().downcast_ref::<&str>().copied();
            beskid_runtime::panic::of_rust(message, information.location());
        }));
    });
}
