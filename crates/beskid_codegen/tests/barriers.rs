//! The slow paths of allocation and write barriers, with a thread context and runtime functions of the
//! test's own: what the real collector asks for only while it marks.

mod builder;

use std::cell::RefCell;

use beskid_abi::header::{LOG_OFFSET, MARK_OFFSET};
use beskid_abi::program::{EntryShim, PROGRAM_ENTRY_OFFSET};
use beskid_abi::thread_context::ThreadContext;
use beskid_codegen::isa::{Imports, IsaConfig, OptLevel};
use beskid_codegen::mir::{Barrier, DescriptorKind, Program, Scalar};
use beskid_codegen::{CodegenArtifact, define_artifact};
use cranelift_jit::{JITBuilder, JITModule};

use builder::{BodyBuilder, NULL, Unit};

thread_local! {
    /// What was called, in order; objects by their value at 16.
    static CALLS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn note(call: &str, object: *const u64) {
    // SAFETY: the program passes null or objects of three words.
    let number = if object.is_null() { 0 } else { unsafe { *object.add(2) } };
    CALLS.with_borrow_mut(|calls| calls.push(format!("{call} {number}")));
}

extern "C" fn alloc_slow(_: *mut ThreadContext, descriptor: u64, size: i64) -> *mut u64 {
    CALLS.with_borrow_mut(|calls| calls.push("alloc".to_owned()));
    let object = memory(size);
    object[0] = descriptor;
    object.as_mut_ptr()
}

/// Never freed: the test is a few objects long.
fn memory(size: i64) -> &'static mut [u64] {
    vec![0; size as usize / 8].leak()
}

extern "C" fn alloc_reserve(context: *mut ThreadContext, size: i64) {
    CALLS.with_borrow_mut(|calls| calls.push(format!("reserve {size}")));
    let region = memory(size).as_mut_ptr_range();
    // SAFETY: the context of the test.
    let context = unsafe { &mut *context };
    (context.cursor, context.limit) = (region.start.addr(), region.end.addr());
}

extern "C" fn gc_remember(
    _: *mut ThreadContext,
    object: *mut u64,
    place: *mut u64,
    value: *const u64,
) {
    note("remember", object);
    assert_eq!(place, object.wrapping_add(1));
    note("to refer to", value);
    // SAFETY: it is an object; the next store does not come here.
    unsafe { object.cast::<u8>().add(LOG_OFFSET).write(0) };
}

extern "C" fn gc_snapshot(_: *mut ThreadContext, old: *const u64) {
    note("snapshot", old);
}

/// `first` and `second`, an object of so many bytes, get the numbers 1 and 2; then `first.8` is written
/// thrice.
fn program(size: u32) -> Program {
    let mut unit = Unit::new();
    let cell = unit.descriptor("Cell", DescriptorKind::Object, 24, &[8]);
    let other = unit.descriptor("Other", DescriptorKind::Object, size, &[8]);
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let first = main.alloc(cell);
    main.store(first, 16, builder::int(1), Barrier::Scalar);
    let second = main.alloc(other);
    main.store(second, 16, builder::int(2), Barrier::Scalar);
    main.store(first, 8, second, Barrier::Needed);
    main.store(first, 8, first, Barrier::Needed);
    main.store(first, 8, NULL, Barrier::Needed);
    let last = main.load(Scalar::Ref, first, 8);
    let is_null = main.compare(beskid_codegen::mir::CompareOp::Eq, last, NULL);
    let status = main.convert(beskid_codegen::mir::Conversion::ZeroExtend, is_null, Scalar::I64);
    main.ends_in(&[status.into()]);
    let main = unit.add(main);
    unit.enter(main)
}

/// Bytes of an object that is allocated by itself.
const WIDE: u32 = 1024;

/// Runs the program with a second object of so many bytes, this `marking` flag and log byte of new objects;
/// returns what was called.
fn calls(
    opt: OptLevel,
    size: u32,
    marking: u64,
    alloc: extern "C" fn(*mut ThreadContext, u64, i64) -> *mut u64,
) -> Vec<String> {
    let imports = Imports::Absolute;
    let isa = IsaConfig { triple: None, opt, imports }.build().expect("this machine is supported");
    let names = cranelift_module::default_libcall_names();
    let mut builder = JITBuilder::with_isa(isa.clone(), names);
    builder.symbol("beskid_rt_alloc_slow", alloc as *const u8);
    builder.symbol("beskid_rt_alloc_reserve", alloc_reserve as *const u8);
    builder.symbol("beskid_rt_gc_remember", gc_remember as *const u8);
    builder.symbol("beskid_rt_gc_snapshot", gc_snapshot as *const u8);
    builder.symbol(beskid_abi::version::ABI_VERSION_SYMBOL, [0_u32].as_ptr().cast());
    let mut module = JITModule::new(builder);
    let artifact = CodegenArtifact::new(program(size), opt);
    let unit = match define_artifact(&artifact, &*isa, imports, &mut module, None) {
        Ok(unit) => unit,
        Err(error) => panic!("{error}"),
    };
    module.finalize_definitions().expect("every symbol is known");
    let (record, _) = module.get_finalized_data(unit.program.expect("there is an entry"));
    // No region: every allocation takes the slow path.
    let mut context = ThreadContext {
        cursor: 0,
        limit: 0,
        poll: 0,
        marking,
        frame_pointer: 0,
        stack_pointer: 0,
        return_address: 0,
        result: 0,
        entry: 0,
        hash_seed: 0,
        counters: 0,
    };
    CALLS.take();
    // SAFETY: the record holds the address of the entry shim.
    let status = unsafe {
        let entry = record.add(PROGRAM_ENTRY_OFFSET).cast::<EntryShim>().read();
        entry(&raw mut context)
    };
    assert_eq!(status, 1);
    CALLS.take()
}

extern "C" fn alloc_old(context: *mut ThreadContext, descriptor: u64, size: i64) -> *mut u64 {
    let object = alloc_slow(context, descriptor, size);
    // SAFETY: it was just made.
    unsafe { object.cast::<u8>().add(LOG_OFFSET).write(1) };
    object
}

#[test]
fn nothing_is_told_of_new_objects_outside_a_cycle() {
    for opt in [OptLevel::None, OptLevel::Speed] {
        assert_eq!(calls(opt, WIDE, 0, alloc_slow), ["alloc", "alloc"]);
    }
}

#[test]
fn an_old_object_is_remembered_once() {
    for opt in [OptLevel::None, OptLevel::Speed] {
        assert_eq!(
            calls(opt, WIDE, 0, alloc_old),
            ["alloc", "alloc", "remember 1", "to refer to 2"]
        );
    }
}

/// Old, and found by a cycle.
extern "C" fn alloc_found(context: *mut ThreadContext, descriptor: u64, size: i64) -> *mut u64 {
    let object = alloc_old(context, descriptor, size);
    // SAFETY: it was just made.
    unsafe { object.cast::<u8>().add(MARK_OFFSET).write(1) };
    object
}

#[test]
fn an_old_object_that_refers_to_old_ones_has_nothing_to_remember() {
    for opt in [OptLevel::None, OptLevel::Speed] {
        assert_eq!(calls(opt, WIDE, 0, alloc_found), ["alloc", "alloc"]);
    }
}

#[test]
fn overwritten_references_are_noted_while_marking_runs() {
    for opt in [OptLevel::None, OptLevel::Speed] {
        let expected = ["alloc", "alloc", "snapshot 0", "snapshot 2", "snapshot 1"];
        assert_eq!(calls(opt, WIDE, 1, alloc_slow), expected);
    }
}

#[test]
fn small_objects_in_a_row_ask_for_room_once() {
    for opt in [OptLevel::None, OptLevel::Speed] {
        assert_eq!(calls(opt, 24, 0, alloc_slow), ["reserve 48"]);
        assert_eq!(calls(opt, 100, 0, alloc_slow), ["reserve 128"]);
    }
}
