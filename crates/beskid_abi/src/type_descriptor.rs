//! What the collector and the runtime read of a type: one static record per monomorphic type.
//!
//! *Invariants.* Descriptors are immutable, live as long as the code, and their addresses fit in 48
//! bits. `references` lists byte offsets from the start of the object (of one element for arrays), in
//! ascending order.

/// How an object of the type is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Kind {
    /// Fixed size with a pointer map.
    Object = 0,
    /// Text; no references.
    String = 1,
    /// Elements of `stride` bytes; a pointer map for one element.
    Array = 2,
    /// Fixed size with a pointer map: code address and captures.
    Closure = 3,
    /// As a closure, whose captures are the receiver of a method: two of the same code and the same
    /// bits of receiver are equal.
    BoundMethod = 4,
}

/// The record behind every object's header.
#[derive(Debug)]
#[repr(C)]
pub struct TypeDescriptor {
    /// The layout; a [`Kind`] as number.
    pub kind: u32,
    /// Bytes of the whole object (objects, closures) or of one element (arrays); 0 for strings.
    pub size: u32,
    /// Entries of `references`.
    pub reference_count: u32,
    /// Bytes of `name`.
    pub name_length: u32,
    /// `reference_count` offsets (`u32` each); may be null if there are none.
    pub references: *const u32,
    /// The type's source name in UTF-8.
    pub name: *const u8,
}

/// Offset of [`TypeDescriptor::references`].
pub const DESCRIPTOR_REFERENCES_OFFSET: usize = 16;
/// Offset of [`TypeDescriptor::name`].
pub const DESCRIPTOR_NAME_OFFSET: usize = 24;
/// Bytes of a descriptor.
pub const DESCRIPTOR_SIZE: usize = 32;

const _: () = {
    assert!(size_of::<TypeDescriptor>() == DESCRIPTOR_SIZE);
    assert!(core::mem::offset_of!(TypeDescriptor, references) == DESCRIPTOR_REFERENCES_OFFSET);
    assert!(core::mem::offset_of!(TypeDescriptor, name) == DESCRIPTOR_NAME_OFFSET);
};

// SAFETY: descriptors are immutable static data.
unsafe impl Sync for TypeDescriptor {}
