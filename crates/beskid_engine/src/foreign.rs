//! Libraries of C that a program takes functions from (language.md §14.2).
//!
//! *Invariants.* What a program can call has an address before anything of it runs. Libraries stay open
//! as long as the session, whose code has their addresses in it.

use std::path::PathBuf;

use beskid_codegen::mir::ForeignFunctions;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use crate::EngineError;

/// Open libraries, and the addresses of the functions that are taken from them.
#[derive(Debug, Default)]
pub(crate) struct Libraries {
    open: Vec<(Box<str>, Library)>,
    addresses: Vec<(Box<str>, *const u8)>,
}

impl Libraries {
    /// Opens the libraries of all functions, and finds these; `locate` says what to open for the name that
    /// a program gives a library.
    pub(crate) fn open(
        functions: &ForeignFunctions,
        locate: &dyn Fn(&str) -> PathBuf,
    ) -> Result<Self, EngineError> {
        let mut libraries = Self::default();
        for function in functions {
            if libraries.address(&function.symbol).is_some() {
                continue;
            }
            let index = match libraries.open.iter().position(|(name, _)| *name == function.library)
            {
                Some(index) => index,
                None => {
                    let path = locate(&function.library);
                    // SAFETY: a program that names a library asks for its initialisers to run; the
                    // reference says that they run in the compiler's process under the JIT.
                    let opened =
                        unsafe { Library::open(Some(path.as_os_str()), RTLD_NOW | RTLD_LOCAL) };
                    let opened = opened.map_err(|error| EngineError::MissingLibrary {
                        library: function.library.to_string(),
                        reason: reason(&error),
                        span: function.span,
                    })?;
                    libraries.open.push((function.library.clone(), opened));
                    libraries.open.len() - 1
                }
            };
            // SAFETY: the address is only handed to code that calls it as the program says it can be
            // called, which is the program's promise.
            let found =
                unsafe { libraries.open[index].1.get::<*const u8>(function.symbol.as_bytes()) };
            let address = found.map(|symbol| symbol.into_raw().cast::<u8>().cast_const());
            match address {
                Ok(address) if !address.is_null() => {
                    libraries.addresses.push((function.symbol.clone(), address));
                }
                _ => {
                    return Err(EngineError::MissingForeignSymbol {
                        library: function.library.to_string(),
                        symbol: function.symbol.to_string(),
                        span: function.span,
                    });
                }
            }
        }
        Ok(libraries)
    }

    /// The address of a symbol.
    pub(crate) fn address(&self, symbol: &str) -> Option<*const u8> {
        self.addresses.iter().find(|(name, _)| **name == *symbol).map(|&(_, address)| address)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, *const u8)> {
        self.addresses.iter().map(|(name, address)| (&**name, *address))
    }
}

/// What the loader says.
fn reason(error: &libloading::Error) -> String {
    match error {
        libloading::Error::DlOpen { source } => source.to_string(),
        other => other.to_string(),
    }
}
