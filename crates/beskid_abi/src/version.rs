//! The number of the runtime ABI.
//!
//! Every object file refers to the data symbol `beskid_rt_abi_v<N>`, which only a matching runtime
//! defines, so a wrong runtime archive cannot be linked; the JIT compares the number itself.

/// Must be raised whenever the rendered [`crate::manifest`] changes after a release.
pub const ABI_VERSION: u32 = 12;

/// [`ABI_VERSION_SYMBOL`] as a literal, for attributes.
#[macro_export]
macro_rules! abi_version_symbol {
    () => {
        "beskid_rt_abi_v12"
    };
}

/// The symbol that only a runtime of [`ABI_VERSION`] defines.
pub const ABI_VERSION_SYMBOL: &str = abi_version_symbol!();

/// The number that the symbol ends with.
const fn number_of(symbol: &str) -> u32 {
    let symbol = symbol.as_bytes();
    let (mut at, mut number) = ("beskid_rt_abi_v".len(), 0);
    while at < symbol.len() {
        assert!(symbol[at].is_ascii_digit());
        number = 10 * number + (symbol[at] - b'0') as u32;
        at += 1;
    }
    number
}

const _: () = assert!(number_of(ABI_VERSION_SYMBOL) == ABI_VERSION, "the symbol has the number");
