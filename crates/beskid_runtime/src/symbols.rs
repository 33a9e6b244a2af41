//! The runtime's symbols: every row of the table as an exported entry, and their addresses.
//!
//! A row whose effects need the caller's frame gets an entry in assembly that notes the frame and
//! jumps to the row's function; any other row gets a plain wrapper. Either way the compiler checks
//! that `rows` has a function of exactly the row's type.

use beskid_abi::manifest::DATA_SYMBOLS;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::runtime_functions;
use beskid_abi::symbol::STRING_DESCRIPTOR;
use beskid_abi::version::{ABI_VERSION, ABI_VERSION_SYMBOL};

use crate::object::string;

/// Programs refer to this symbol, so they can only be linked with a runtime of their ABI.
#[unsafe(export_name = beskid_abi::abi_version_symbol!())]
static VERSION: u32 = ABI_VERSION;

/// The Rust type of a kind of the table.
macro_rules! rust_type {
    (ThreadContext) => { *mut beskid_abi::thread_context::ThreadContext };
    (GcRef) => { crate::object::GcRef };
    (Ptr) => { *const u8 };
    (Bool) => { bool };
    (Char) => { u32 };
    (I32) => { i32 };
    (I64) => { i64 };
    (F32) => { f32 };
    (F64) => { f64 };
    (Unit) => { () };
}

/// The type of a row's result: never for rows that do not return.
macro_rules! rust_result {
    ($result:ident [MAY_PANIC, NO_RETURN]) => { ! };
    ($result:ident [$($effect:ident),*]) => { rust_type!($result) };
}

/// The exported entry of a row, by its effects.
macro_rules! entry {
    ($name:ident($($parameter:ident: $kind:ident),*) -> $result:ident []) => {
        entry!(@plain $name($($parameter: $kind),*) -> $result);
    };
    ($name:ident($($parameter:ident: $kind:ident),*) -> $result:ident [PURE]) => {
        entry!(@plain $name($($parameter: $kind),*) -> $result);
    };
    ($name:ident($($parameter:ident: $kind:ident),*) -> $result:ident [$($effect:ident),+]) => {
        crate::arch::frame_entry!(
            concat!("beskid_rt_", stringify!($name)), $name, crate::rows::$name
        );
        pub(super) const NOTES_FRAME: bool = true;
    };
    (@plain $name:ident($($parameter:ident: $kind:ident),*) -> $result:ident) => {
        #[unsafe(export_name = concat!("beskid_rt_", stringify!($name)))]
        pub(super) unsafe extern "C" fn $name($($parameter: rust_type!($kind)),*) -> rust_type!($result) {
            // SAFETY: compiled code keeps the promises of the row.
            unsafe { crate::rows::$name($($parameter),*) }
        }
        pub(super) const NOTES_FRAME: bool = false;
    };
}

macro_rules! define_entries {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:ident($($parameter:ident: $kind:ident),*) -> $result:ident [$($effect:ident),*];)*) => {
        $(
            mod $name {
                entry!($name($($parameter: $kind),*) -> $result [$($effect),*]);

                const _: unsafe extern "C" fn($(rust_type!($kind)),*) -> rust_result!($result [$($effect),*])
                    = crate::rows::$name;
                const _: () = assert!(
                    beskid_abi::runtime_fn::RuntimeFn::$variant.info().effects.needs_frame()
                        == NOTES_FRAME
                );
            }
        )*

        /// The address of a row's entry.
        #[must_use]
        pub fn address(function: RuntimeFn) -> *const u8 {
            match function {
                $(RuntimeFn::$variant => $name::$name as *const u8,)*
            }
        }
    };
}
runtime_functions!(define_entries);

/// The address of a data symbol of the runtime ([`DATA_SYMBOLS`]).
#[must_use]
pub fn data_symbol(name: &str) -> Option<*const u8> {
    match name {
        ABI_VERSION_SYMBOL => Some((&raw const VERSION).cast()),
        STRING_DESCRIPTOR => Some((&raw const string::DESCRIPTOR).cast()),
        _ => None,
    }
}

const _: () = assert!(DATA_SYMBOLS.len() == 2, "`data_symbol` knows every data symbol");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_has_an_address_of_its_own() {
        let mut addresses: std::vec::Vec<_> =
            RuntimeFn::ALL.iter().map(|&function| address(function)).collect();
        addresses.extend(DATA_SYMBOLS.iter().map(|name| data_symbol(name).unwrap()));
        let count = addresses.len();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), count);
        assert_eq!(data_symbol("beskid_rt_abi_v0"), None);
    }
}
