//! The kinds of values that cross the boundary between compiled code and the runtime.
//!
//! All travel by the C calling convention. `Bool` is the only kind narrower than 32 bits; the caller
//! extends it with zeros.

/// The kind of one parameter or result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AbiType {
    /// `*mut ThreadContext`: the content of the pinned register.
    ThreadContext,
    /// Address of an object on the collected heap or of a static object; never null unless said.
    GcRef,
    /// An address that the collector does not know.
    Ptr,
    /// 0 or 1 in one byte, extended with zeros by the caller.
    Bool,
    /// A Unicode scalar value in 32 bits.
    Char,
    /// 32-bit integer.
    I32,
    /// 64-bit integer; signed and unsigned travel alike.
    I64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
}

impl AbiType {
    /// The name in the manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ThreadContext => "ThreadContext",
            Self::GcRef => "GcRef",
            Self::Ptr => "Ptr",
            Self::Bool => "Bool",
            Self::Char => "Char",
            Self::I32 => "I32",
            Self::I64 => "I64",
            Self::F32 => "F32",
            Self::F64 => "F64",
        }
    }

    /// The type in the C header.
    #[must_use]
    pub const fn c_name(self) -> &'static str {
        match self {
            Self::ThreadContext => "struct beskid_thread_context *",
            Self::GcRef => "struct beskid_object *",
            Self::Ptr => "const void *",
            Self::Bool => "uint8_t",
            Self::Char => "uint32_t",
            Self::I32 => "int32_t",
            Self::I64 => "int64_t",
            Self::F32 => "float",
            Self::F64 => "double",
        }
    }
}
