//! Which objects become locals, and which must not.

use beskid_analysis::index::Id;

use crate::builder::{BodyBuilder, Unit, int};
use crate::mir::{Barrier, DescriptorKind, FuncId, Local, Scalar};
use crate::passes::scalars;
use crate::passes::tests::after;

/// The text of a function that allocates a pair, gives it its first field and goes on as told; and how many objects
/// became locals.
fn with_pair(change: impl FnOnce(&mut BodyBuilder, Local)) -> (String, usize) {
    let mut unit = Unit::new();
    let pair = unit.descriptor("Pair", DescriptorKind::Object, 32, &[24]);
    let mut body = BodyBuilder::new("F");
    body.returns(&[Scalar::I64]);
    let object = body.alloc(pair);
    body.store(object, 8, int(7), Barrier::Scalar);
    change(&mut body, object);
    unit.add(body);
    unit.declare("G");
    let (text, outcomes) = after(unit, |program, outcomes| {
        scalars::run(&mut program.functions[FuncId::from_index(0)], outcomes);
    });
    (text, outcomes.objects_removed)
}

#[test]
fn an_object_that_stays_becomes_locals() {
    let (text, removed) = with_pair(|body, object| {
        body.store(object, 16, int(1), Barrier::Scalar);
        body.store(object, 16, int(2), Barrier::Scalar);
        let first = body.load(Scalar::I64, object, 8);
        body.ends_in(&[first.into()]);
    });
    assert_eq!(removed, 1);
    assert!(!text.contains("alloc") && !text.contains("store") && !text.contains("load"), "{text}");
    // Only what is assigned twice is mutable.
    assert_eq!(text.matches("mut ").count(), 1, "{text}");
}

#[test]
fn an_object_that_is_kept_elsewhere_stays() {
    let (text, removed) = with_pair(|body, object| {
        let copy = body.temp(Scalar::Ref);
        body.copy(copy, object);
        body.ends_in(&[int(0)]);
    });
    assert!(removed == 0 && text.contains("alloc"), "{text}");
    let (text, removed) = with_pair(|body, object| {
        body.store(object, 24, object, Barrier::Needed);
        body.ends_in(&[int(0)]);
    });
    assert!(removed == 0 && text.contains("alloc"), "{text}");
}

#[test]
fn a_field_that_is_read_before_it_is_written_keeps_its_object() {
    let (text, removed) = with_pair(|body, object| {
        let second = body.load(Scalar::I64, object, 16);
        body.store(object, 16, int(1), Barrier::Scalar);
        body.ends_in(&[second.into()]);
    });
    assert!(removed == 0 && text.contains("alloc"), "{text}");
}

#[test]
fn fields_that_overlap_keep_their_object() {
    let (text, removed) = with_pair(|body, object| {
        let part = body.load(Scalar::I32, object, 8);
        body.store(object, 16, part, Barrier::Scalar);
        body.ends_in(&[int(0)]);
    });
    assert!(removed == 0 && text.contains("alloc"), "{text}");
}
