//! The number of the runtime ABI.
//!
//! Every object file refers to the data symbol `beskid_rt_abi_v<N>`, which only a matching runtime
//! defines, so a wrong runtime archive cannot be linked; the JIT compares the number itself.

/// Must be raised whenever the rendered [`crate::manifest`] changes after a release.
pub const ABI_VERSION: u32 = 4;

/// [`ABI_VERSION_SYMBOL`] as a literal, for attributes.
#[macro_export]
macro_rules! abi_version_symbol {
    () => {
        "beskid_rt_abi_v2"
    };
}

/// The symbol that only a runtime of [`ABI_VERSION`] defines.
pub const ABI_VERSION_SYMBOL: &str = abi_version_symbol!();
