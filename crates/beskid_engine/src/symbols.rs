//! What a compiled program may import, with addresses.
//!
//! *Invariants.* The names are the rows and data symbols of `beskid_abi`, the addresses those of the
//! runtime in this process. Nothing else of the process can be imported: a name that is not here is
//! missing, whatever other libraries define.

use beskid_abi::manifest::DATA_SYMBOLS;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::version::{ABI_VERSION, ABI_VERSION_SYMBOL};

use crate::EngineError;

/// Names and addresses, functions first, each in the order of the ABI.
#[derive(Clone, Debug)]
pub struct Symbols {
    addresses: Vec<(&'static str, *const u8)>,
}

impl Symbols {
    /// The symbols of the runtime in this process.
    #[must_use]
    pub fn of_runtime() -> Self {
        let functions = RuntimeFn::ALL
            .iter()
            .map(|&row| (row.info().symbol, beskid_runtime::symbols::address(row)));
        let data = DATA_SYMBOLS
            .iter()
            .filter_map(|&name| Some((name, beskid_runtime::symbols::data_symbol(name)?)));
        Self { addresses: functions.chain(data).collect() }
    }

    /// The same without one symbol: a runtime that lacks it, for tests of what happens then.
    #[must_use]
    pub fn without(mut self, symbol: &str) -> Self {
        self.addresses.retain(|&(name, _)| name != symbol);
        self
    }

    /// The address of a symbol.
    #[must_use]
    pub fn address(&self, symbol: &str) -> Option<*const u8> {
        self.addresses.iter().find(|&&(name, _)| name == symbol).map(|&(_, address)| address)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, *const u8)> {
        self.addresses.iter().copied()
    }

    /// Checks that the runtime speaks the version of the ABI that programs are compiled for.
    pub(crate) fn check_version(&self) -> Result<(), EngineError> {
        let Some(version) = self.address(ABI_VERSION_SYMBOL) else {
            return Err(EngineError::MissingSymbol { symbol: ABI_VERSION_SYMBOL.to_owned() });
        };
        // SAFETY: the runtime defines the symbol as a `u32` that is never written.
        let runtime = unsafe { version.cast::<u32>().read() };
        if runtime == ABI_VERSION {
            Ok(())
        } else {
            Err(EngineError::AbiVersion { program: ABI_VERSION, runtime })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_and_data_symbol_has_an_address() {
        let symbols = Symbols::of_runtime();
        for row in RuntimeFn::ALL {
            let address = symbols.address(row.info().symbol);
            assert!(address.is_some_and(|address| !address.is_null()), "{row:?}");
        }
        for name in DATA_SYMBOLS {
            assert!(symbols.address(name).is_some(), "{name}");
        }
        assert_eq!(symbols.iter().count(), RuntimeFn::ALL.len() + DATA_SYMBOLS.len());
        assert!(symbols.address("malloc").is_none());
    }

    #[test]
    fn the_version_is_checked() {
        assert_eq!(Symbols::of_runtime().check_version(), Ok(()));
        assert_eq!(
            Symbols::of_runtime().without(ABI_VERSION_SYMBOL).check_version(),
            Err(EngineError::MissingSymbol { symbol: ABI_VERSION_SYMBOL.to_owned() })
        );
        let other = ABI_VERSION + 1;
        let newer = Symbols { addresses: vec![(ABI_VERSION_SYMBOL, (&raw const other).cast())] };
        assert_eq!(
            newer.check_version(),
            Err(EngineError::AbiVersion { program: ABI_VERSION, runtime: other })
        );
    }
}
