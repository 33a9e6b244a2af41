//! Test modes: overwriting dead objects and checking the heap after each cycle.
//!
//! Lines hold no table of their objects, so these modes keep one: when a region is closed, the objects
//! in it are listed by walking from header to header. After a cycle the dead leave the list, overwritten
//! with [`POISON`] if that is wanted: whoever still refers to one reads a descriptor address that
//! faults.

use alloc::vec::Vec;

use beskid_abi::header::{DESCRIPTOR_MASK, MARK_STATIC};
use beskid_abi::type_descriptor::Kind;

use crate::heap::{Heap, Region};
use crate::object::{self, GcRef};
use crate::panic;

/// What dead objects are filled with; as a descriptor's address it is one that no process has.
const POISON: u8 = 0xdb;

/// All objects in lines, but those in the open regions.
#[derive(Debug)]
pub(crate) struct Registry {
    objects: Vec<GcRef>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self { objects: Vec::new() }
    }

    /// Lists the objects of a region that is closed.
    pub(crate) fn note(&mut self, region: Region) {
        let mut at = region.start;
        while at < region.cursor {
            let object = at as GcRef;
            if self.objects.try_reserve(1).is_err() {
                fault(object, "is one too many to list");
            }
            self.objects.push(object);
            // SAFETY: objects fill the region from its start to the cursor, without gaps.
            let size = unsafe {
                if (*object).word & DESCRIPTOR_MASK == 0 {
                    fault(object, "has no header");
                }
                object::size(object, object::descriptor(object))
            };
            at += size.max(8);
        }
    }
}

/// After a minor cycle: what has no mark is dead.
pub(crate) fn finish_minor(heap: &mut Heap) {
    finish_cycle(heap, |_, mark| mark != 0);
}

/// After a full cycle: what has not its mark is dead.
pub(crate) fn finish_full(heap: &mut Heap) {
    finish_cycle(heap, |heap, mark| mark == heap.mark);
}

/// After marking beside the program: new objects live too.
pub(crate) fn finish_marking(heap: &mut Heap) {
    finish_cycle(heap, |heap, mark| mark == heap.mark || mark == 0);
}

/// Overwrites and forgets the dead, and checks the living, as the settings say.
fn finish_cycle(heap: &mut Heap, lives: impl Fn(&Heap, u8) -> bool) {
    let Some(mut registry) = heap.registry.take() else { return };
    registry.objects.retain(|&object| {
        // SAFETY: dead objects keep their content until here.
        unsafe {
            let live = lives(heap, object::mark(object));
            if !live && heap.settings.poison {
                let size = object::size(object, object::descriptor(object));
                object.cast::<u8>().write_bytes(POISON, size);
            }
            live
        }
    });
    registry.objects.sort_unstable();
    if heap.settings.verify {
        verify(heap, &registry);
    }
    heap.registry = Some(registry);
}

/// Before a minor cycle: every old object that refers to a new one is remembered.
pub(crate) fn remembered(heap: &Heap) {
    let Some(registry) = &heap.registry else { return };
    for &object in &registry.objects {
        // SAFETY: listed objects are on the heap.
        unsafe {
            if object::mark(object) == 0 || object::log(object) == 0 {
                continue;
            }
            object::references(object, object::descriptor(object), |target| {
                if object::mark(target) == 0 && object::log(target) == 0 {
                    fault(object, "is old, refers to a new one and is not remembered");
                }
            });
        }
    }
}

/// Checks every live object: header, lines, neighbours, references.
fn verify(heap: &Heap, registry: &Registry) {
    let mut end = 0;
    for &object in &registry.objects {
        // SAFETY: listed objects are on the heap.
        let size = unsafe { object::size(object, object::descriptor(object)) };
        if object.addr() < end {
            fault(object, "overlaps the one before it");
        }
        end = object.addr() + size;
        if !heap.lines.contains(object.addr()) || !heap.lines.covers(object.addr(), size) {
            fault(object, "lies in a line that counts as free");
        }
        verify_object(heap, registry, object);
    }
    for object in heap.large.objects() {
        verify_object(heap, registry, object);
    }
}

fn verify_object(heap: &Heap, registry: &Registry, object: GcRef) {
    // SAFETY: it is an object on the heap.
    unsafe {
        let descriptor = object::descriptor(object);
        if descriptor.kind > Kind::BoundMethod as u32 {
            fault(object, "has no valid descriptor");
        }
        object::references(object, descriptor, |target| {
            if heap.lines.contains(target.addr()) {
                if registry.objects.binary_search(&target).is_err() {
                    fault(object, "refers to something that is no live object");
                }
            } else if object::mark(target) != MARK_STATIC
                && !heap.large.objects().any(|large| large == target)
            {
                fault(object, "refers to something outside the heap");
            }
        });
    }
}

#[cold]
fn fault(object: GcRef, what: &str) -> ! {
    panic::runtime_fault(|report| {
        report.text("heap check: the object at ").address(object.addr());
        report.text(" ").text(what);
    })
}
