//! Random object graphs on the heap against a shadow of them in ordinary memory.

use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicPtr, Ordering};
use std::boxed::Box;

use beskid_abi::code_map::{CodeMap, CodeMapEncoder};
use beskid_abi::header::{MARK_STATIC, ObjectHeader, STATIC_HEADER_ADDEND};
use beskid_abi::object::{ARRAY_ELEMENTS_OFFSET, ArrayObject, array_size};
use beskid_abi::type_descriptor::{Kind, TypeDescriptor};

use crate::gc::background::Background;
use crate::gc::{self, barrier};
use crate::object::{self, GcRef, string};
use crate::output::{BUFFER_SIZE, Output};
use crate::settings::Settings;
use crate::stack::map_lookup::CodeIndex;
use crate::start::Texts;
use crate::thread::Thread;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

const fn descriptor(kind: Kind, size: u32, references: &'static [u32]) -> TypeDescriptor {
    TypeDescriptor {
        kind: kind as u32,
        size,
        reference_count: references.len() as u32,
        name_length: 1,
        references: references.as_ptr(),
        name: b"T".as_ptr(),
    }
}

/// Two references and a number between them.
static NODE: TypeDescriptor = descriptor(Kind::Object, 32, &[8, 24]);
/// More than a line, with a reference at the end.
static WIDE: TypeDescriptor = descriptor(Kind::Object, 1000, &[992]);
static CLOSURE: TypeDescriptor = descriptor(Kind::Closure, 24, &[16]);
/// Elements of a number and a reference.
static PAIRS: TypeDescriptor = descriptor(Kind::Array, 16, &[8]);
static NUMBERS: TypeDescriptor = descriptor(Kind::Array, 4, &[]);

/// An object of the shadow: its double on the heap and what it should hold.
struct Shadow {
    real: GcRef,
    descriptor: &'static TypeDescriptor,
    length: usize,
    number: u64,
    references: Vec<Option<usize>>,
}

fn with_thread(settings: Settings, body: impl FnOnce(&mut Thread<'_>)) {
    let map = CodeMapEncoder::new().encode().bytes;
    let mut buffer = Box::new([const { MaybeUninit::uninit() }; BUFFER_SIZE]);
    let output = Output::standard(&mut buffer);
    let code = CodeIndex::new(CodeMap::new(&map));
    body(&mut Thread::new(settings, code, output, Texts::slices(&[]), Texts::slices(&[])));
}

/// Stores a reference as compiled code does.
///
/// # Safety
/// The object lives and has a reference at the offset.
unsafe fn store(thread: &mut Thread<'_>, object: GcRef, offset: usize, value: GcRef) {
    // SAFETY: as the caller promises.
    unsafe {
        let place = object.cast::<u8>().add(offset).cast::<GcRef>();
        if thread.context.marking != 0 {
            barrier::snapshot(&mut thread.heap, *place);
        }
        if object::log(object) != 0 {
            barrier::remember(&mut thread.heap, object, place.addr(), value);
        }
        AtomicPtr::from_ptr(place).store(value, Ordering::Relaxed);
    }
}

/// Places of the references in an object.
fn slots(shadow: &Shadow) -> Vec<usize> {
    if shadow.descriptor.reference_count == 0 {
        return Vec::new();
    }
    // SAFETY: the descriptors above have that many offsets.
    let offsets = unsafe {
        core::slice::from_raw_parts(
            shadow.descriptor.references,
            shadow.descriptor.reference_count as usize,
        )
    };
    if shadow.descriptor.kind != Kind::Array as u32 {
        return offsets.iter().map(|&offset| offset as usize).collect();
    }
    let stride = shadow.descriptor.size as usize;
    (0..shadow.length)
        .flat_map(|index| {
            offsets.iter().map(move |&o| ARRAY_ELEMENTS_OFFSET + index * stride + o as usize)
        })
        .collect()
}

fn make(
    thread: &mut Thread<'_>,
    keep: &[GcRef],
    descriptor: &'static TypeDescriptor,
    length: usize,
    number: u64,
) -> Shadow {
    let word = (&raw const *descriptor).addr() as u64;
    // SAFETY: the memory has the object's size.
    unsafe {
        let (real, size) = match descriptor.kind {
            kind if kind == Kind::Array as u32 => {
                let size = array_size(length, descriptor.size as usize).unwrap();
                let array = thread.allocate(size, keep).cast::<ArrayObject>();
                assert_zero(array.cast(), size);
                array.write(ArrayObject { header: ObjectHeader { word }, length: length as u64 });
                (array.cast(), size)
            }
            kind if kind == Kind::String as u32 => {
                let text = string::allocate(thread, length, keep);
                let bytes: Vec<u8> = (0..length).map(|at| (number as usize + at) as u8).collect();
                assert_zero(text.cast::<u8>().add(16), length + 1);
                string::fill(text, 0, &bytes);
                (text, 0)
            }
            _ => {
                let size = descriptor.size as usize;
                let object = thread.allocate(size, keep).cast::<ObjectHeader>();
                assert_zero(object.cast(), size);
                object.write(ObjectHeader { word });
                (object, size)
            }
        };
        let number_at = number_place(descriptor);
        if let Some(at) = number_at.filter(|at| at + 8 <= size) {
            real.cast::<u8>().add(at).cast::<u64>().write_unaligned(number);
        }
        let mut shadow = Shadow { real, descriptor, length, number, references: Vec::new() };
        shadow.references = slots(&shadow).iter().map(|_| None).collect();
        shadow
    }
}

fn number_place(descriptor: &TypeDescriptor) -> Option<usize> {
    match descriptor.kind {
        kind if kind == Kind::Object as u32 => Some(16),
        kind if kind == Kind::Closure as u32 => Some(8),
        kind if kind == Kind::Array as u32 => Some(16),
        _ => None,
    }
}

unsafe fn assert_zero(memory: *const u8, size: usize) {
    // SAFETY: as the caller promises.
    let bytes = unsafe { core::slice::from_raw_parts(memory, size) };
    assert!(bytes.iter().all(|&byte| byte == 0), "memory comes zeroed");
}

/// Checks every reachable object and returns which those are.
fn check(shadows: &[Shadow], roots: &[usize]) -> Vec<bool> {
    let mut seen = std::vec![false; shadows.len()];
    let mut stack: Vec<usize> = roots.to_vec();
    while let Some(id) = stack.pop() {
        if core::mem::replace(&mut seen[id], true) {
            continue;
        }
        let shadow = &shadows[id];
        // SAFETY: reachable objects live.
        unsafe {
            assert!(core::ptr::eq(object::descriptor(shadow.real), shadow.descriptor));
            if shadow.descriptor.kind == Kind::String as u32 {
                let bytes = string::bytes(shadow.real);
                assert_eq!(bytes.len(), shadow.length);
                for (at, &byte) in bytes.iter().enumerate() {
                    assert_eq!(byte, (shadow.number as usize + at) as u8);
                }
            }
            let size = object::size(shadow.real, shadow.descriptor);
            if let Some(at) = number_place(shadow.descriptor).filter(|at| at + 8 <= size)
                && shadow.length != 1
            {
                let number = shadow.real.cast::<u8>().add(at).cast::<u64>().read_unaligned();
                assert_eq!(number, shadow.number);
            }
            for (slot, &target) in slots(shadow).into_iter().zip(&shadow.references) {
                let real = shadow.real.cast::<u8>().add(slot).cast::<GcRef>().read();
                match target {
                    Some(target) => {
                        assert_eq!(real, shadows[target].real);
                        stack.push(target);
                    }
                    None => assert!(real.is_null()),
                }
            }
        }
    }
    seen
}

fn random_graphs(settings: Settings, seed: u64, steps: usize) {
    with_thread(settings, |thread| {
        let mut random = Random(seed);
        let mut shadows: Vec<Shadow> = Vec::new();
        let mut roots: Vec<usize> = Vec::new();
        for step in 0..steps {
            let keep: Vec<GcRef> = roots.iter().map(|&id| shadows[id].real).collect();
            let (descriptor, length) = match random.below(20) {
                0..8 => (&NODE, 0),
                8..10 => (&CLOSURE, 0),
                10 => (&WIDE, 0),
                11..14 => (&PAIRS, random.below(40)),
                14 => (&PAIRS, random.below(3000)),
                15 => (&NUMBERS, 2 + random.below(100)),
                16 if random.below(20) == 0 => (&NUMBERS, random.below(200_000)),
                _ => (&string::DESCRIPTOR, random.below(300)),
            };
            let shadow = make(thread, &keep, descriptor, length, step as u64);
            let id = shadows.len();
            shadows.push(shadow);
            roots.push(id);
            // Only rooted objects are certain to live, so only they may be written.
            for _ in 0..3 {
                let from = roots[random.below(roots.len())];
                let to = roots[random.below(roots.len())];
                let places = slots(&shadows[from]);
                if places.is_empty() {
                    continue;
                }
                let place = random.below(places.len());
                let target = (random.below(5) > 0).then_some(to);
                let value = target.map_or(core::ptr::null_mut(), |to| shadows[to].real);
                // SAFETY: the object lives and has a reference there.
                unsafe { store(thread, shadows[from].real, places[place], value) };
                shadows[from].references[place] = target;
            }
            while roots.len() > 30 {
                roots.swap_remove(random.below(roots.len()));
            }
            if step % 500 == 499 {
                let live = check(&shadows, &roots);
                // Forget dead shadows, or checking would get slower and slower.
                let mut new_ids = std::vec![usize::MAX; shadows.len()];
                let mut kept = 0;
                for (id, live) in live.iter().enumerate() {
                    if *live {
                        new_ids[id] = kept;
                        kept += 1;
                    }
                }
                let mut live = live.iter();
                shadows.retain(|_| *live.next().unwrap());
                for shadow in &mut shadows {
                    for target in shadow.references.iter_mut().flatten() {
                        *target = new_ids[*target];
                    }
                }
                for root in &mut roots {
                    *root = new_ids[*root];
                }
            }
        }
        check(&shadows, &roots);
    });
}

#[test]
fn random_graphs_survive() {
    let verify = Settings { verify: true, ..Settings::STANDARD };
    random_graphs(verify, 0x1234_5678, 60_000);
    random_graphs(Settings { growth: 10, poison: true, ..Settings::STANDARD }, 99, 60_000);
    random_graphs(Settings::STANDARD, 7, 60_000);
}

#[test]
fn random_graphs_survive_a_cycle_at_every_allocation() {
    let all = Settings { stress: true, poison: true, verify: true, ..Settings::STANDARD };
    random_graphs(all.clone(), 0xdead_beef, 3_000);
    random_graphs(all, 3, 3_000);
}

/// A table of nodes in a large array, all of it changed at random while full cycles run beside the program.
fn changing_table(settings: Settings, nodes: usize, steps: usize) {
    with_thread(settings, |thread| {
        let mut random = Random(0x5eed);
        // What each node refers to, by number; what the table has.
        let mut links: Vec<[Option<usize>; 2]> = Vec::new();
        let mut slots: Vec<usize> = Vec::new();
        let table = make(thread, &[], &PAIRS, nodes, 0).real;
        let element = |index: usize| ARRAY_ELEMENTS_OFFSET + index * 16 + 8;
        // SAFETY: the table lives and has that element.
        let at = |table: GcRef, index: usize| unsafe {
            table.cast::<u8>().add(element(index)).cast::<GcRef>().read()
        };
        for index in 0..nodes {
            let node = make(thread, &[table], &NODE, 0, index as u64).real;
            // SAFETY: the table lives and has that element.
            unsafe { store(thread, table, element(index), node) };
            links.push([None; 2]);
            slots.push(index);
        }
        for _ in 0..steps {
            let number = links.len();
            let node = make(thread, &[table], &NODE, 0, number as u64).real;
            let [a, b, c] = [(); 3].map(|()| random.below(nodes));
            let side = random.below(2);
            // SAFETY: table and node live.
            unsafe {
                store(thread, node, 8, at(table, a));
                links.push([Some(slots[a]), None]);
                store(thread, at(table, b), [8, 24][side], at(table, c));
                links[slots[b]][side] = Some(slots[c]);
                if random.below(4) == 0 {
                    store(thread, table, element(c), node);
                    slots[c] = number;
                }
                // Nothing grows without end.
                let forgotten = random.below(nodes);
                store(thread, at(table, forgotten), 8, core::ptr::null_mut());
                store(thread, at(table, forgotten), 24, core::ptr::null_mut());
                links[slots[forgotten]] = [None; 2];
            }
        }
        gc::collect_now(thread, &[table]).unwrap();
        for (index, &number) in slots.iter().enumerate() {
            // SAFETY: the table and what it refers to live.
            unsafe {
                let node = at(table, index);
                let number_of = |node: GcRef| node.cast::<u64>().add(2).read() as usize;
                assert_eq!(number_of(node), number);
                for (offset, link) in [8, 24].into_iter().zip(links[number]) {
                    let target = node.cast::<u8>().add(offset).cast::<GcRef>().read();
                    let found = (!target.is_null()).then(|| number_of(target));
                    assert_eq!(found, link);
                }
            }
        }
        assert!(thread.heap.statistics.full_collections > 2);
    });
}

#[test]
fn a_changing_table_survives_marking_beside_it() {
    changing_table(Settings::STANDARD, 150_000, 3_000_000);
    changing_table(Settings { growth: 5, ..Settings::STANDARD }, 100_000, 1_000_000);
    changing_table(
        Settings { poison: true, verify: true, growth: 5, ..Settings::STANDARD },
        70_000,
        1_500_000,
    );
}

#[test]
fn garbage_does_not_make_the_heap_grow() {
    with_thread(Settings::STANDARD, |thread| {
        for step in 0..2_000_000 {
            make_node(thread, &[]);
            if step % 100_000 == 0 {
                make(thread, &[], &NUMBERS, 100_000, 0);
            }
        }
        assert!(thread.heap.total() < 8 << 20, "{}", thread.heap.total());
        assert!(thread.heap.statistics.minor_collections > 10);
        assert!(thread.heap.background.as_ref().is_none_or(Background::is_alone));
    });
}

fn make_node(thread: &mut Thread<'_>, keep: &[GcRef]) -> GcRef {
    let node = thread.allocate(32, keep).cast::<ObjectHeader>();
    // SAFETY: the memory is new.
    unsafe { node.write(ObjectHeader { word: (&raw const NODE).addr() as u64 }) };
    node
}

#[test]
fn a_long_list_is_marked_and_its_memory_comes_back() {
    with_thread(Settings::STANDARD, |thread| {
        let mut head = make_node(thread, &[]);
        for _ in 0..1_000_000 {
            let node = make_node(thread, &[head]);
            // SAFETY: a node has a reference at 8.
            unsafe { node.cast::<u8>().add(8).cast::<GcRef>().write(head) };
            head = node;
        }
        let grown = thread.heap.total();
        assert!(grown >= 32_000_000);
        let mut count = 0;
        while !head.is_null() {
            // SAFETY: the list lives.
            head = unsafe { head.cast::<u8>().add(8).cast::<GcRef>().read() };
            count += 1;
        }
        assert_eq!(count, 1_000_001);
        for _ in 0..40 {
            gc::allocate(thread, 16 << 10, &[])
                .map(|memory| memory.cast::<ObjectHeader>())
                .map(
                    // SAFETY: the memory is new.
                    |object| unsafe {
                        object.write(ObjectHeader { word: (&raw const NODE).addr() as u64 })
                    },
                )
                .unwrap();
            gc::collect_now(thread, &[]).unwrap();
        }
        assert!(thread.heap.total() < 16 << 20, "{}", thread.heap.total());
    });
}

#[test]
fn the_memory_of_a_dropped_heap_goes_back() {
    with_thread(Settings::STANDARD, |thread| {
        let mut head = make_node(thread, &[]);
        for step in 0..2_000_000 {
            let keep = [head];
            let node = make_node(thread, &keep);
            // SAFETY: a node has a reference at 8.
            unsafe { node.cast::<u8>().add(8).cast::<GcRef>().write(head) };
            head = node;
            if step % 50_000 == 0 {
                // Large objects, reached from the list.
                let array = make(thread, &[head], &NUMBERS, 500_000, 0).real;
                // SAFETY: the node lives and has a reference at 24.
                unsafe { store(thread, head, 24, array) };
            }
        }
        assert!(thread.heap.total() > 130 << 20, "{}", thread.heap.total());
        let deadline = std::time::Instant::now() + core::time::Duration::from_secs(60);
        while thread.heap.total() > 32 << 20 {
            assert!(std::time::Instant::now() < deadline, "{}", thread.heap.total());
            make_node(thread, &[]);
        }
        assert!(thread.heap.background.as_ref().is_some_and(|background| !background.is_alone()));
    });
}

#[test]
fn a_full_heap_is_out_of_memory() {
    with_thread(Settings { heap_max: Some(8 << 20), ..Settings::STANDARD }, |thread| {
        // Garbage alone never fills it.
        for _ in 0..1_000_000 {
            make_node(thread, &[]);
        }
        let mut keep = Vec::new();
        let failed = loop {
            match gc::allocate(thread, 1000, &keep) {
                Ok(memory) => {
                    let object = memory.cast::<ObjectHeader>();
                    // SAFETY: the memory is new.
                    unsafe { object.write(ObjectHeader { word: (&raw const WIDE).addr() as u64 }) };
                    keep.push(object);
                }
                Err(_) => break keep.len(),
            }
        };
        assert!((6_000..8_400).contains(&failed), "{failed}");
        assert!(gc::allocate(thread, 9 << 20, &[]).is_err());
        // Dropping the references makes room again.
        assert!(gc::allocate(thread, 4 << 20, &[]).is_err() || thread.heap.total() <= 8 << 20);
        assert!(gc::allocate(thread, usize::MAX - 7, &[]).is_err());
    });
}

#[test]
fn static_objects_are_not_touched() {
    static TEXT: [u64; 3] = [0, 1, 0x61];
    let word =
        ((&raw const string::DESCRIPTOR).addr() as u64).wrapping_add_signed(STATIC_HEADER_ADDEND);
    let text = Box::leak(Box::new([word, TEXT[1], TEXT[2]]));
    let text = text.as_mut_ptr().cast::<ObjectHeader>();
    with_thread(Settings { verify: true, stress: true, ..Settings::STANDARD }, |thread| {
        let node = make_node(thread, &[]);
        // SAFETY: a node has a reference at 8.
        unsafe { node.cast::<u8>().add(8).cast::<GcRef>().write(text) };
        make_node(thread, &[node, text]);
        make_node(thread, &[node, text]);
        // SAFETY: both live.
        unsafe {
            assert_eq!((*text).word, word);
            assert_eq!(object::mark(text), MARK_STATIC);
            assert_eq!(string::bytes(text), b"a");
        }
    });
}

#[test]
fn slots_of_compiled_frames_are_roots() {
    use beskid_abi::code_map::FunctionMap;
    let mut encoder = CodeMapEncoder::new();
    for maps in [std::vec![(8, std::vec![0, 16])], std::vec![(4, std::vec![8])]] {
        encoder.function(FunctionMap { code_length: 16, maps, ..FunctionMap::default() });
    }
    let mut encoded = encoder.encode();
    for (&at, address) in encoded.address_offsets.iter().zip([0x2000_u64, 0x1000]) {
        encoded.bytes[at as usize..at as usize + 8].copy_from_slice(&address.to_le_bytes());
    }
    let mut buffer = Box::new([const { MaybeUninit::uninit() }; BUFFER_SIZE]);
    let output = Output::standard(&mut buffer);
    let code = CodeIndex::new(CodeMap::new(&encoded.bytes));
    let settings = Settings { poison: true, verify: true, ..Settings::STANDARD };
    let mut thread = Thread::new(settings, code, output, Texts::slices(&[]), Texts::slices(&[]));
    let objects: Vec<GcRef> = (0..5).map(|_| make_node(&mut thread, &[])).collect();

    // Two frames, the inner one in the first function, called by the second; a frame of somebody else
    // between them.
    let mut stack = [0_usize; 32];
    let at = |index: usize| (&raw const stack).addr() + index * 8;
    let addresses: Vec<usize> = (0..32).map(at).collect();
    let inner_sp = 2;
    stack[inner_sp] = objects[0].addr();
    stack[inner_sp + 1] = objects[1].addr();
    stack[inner_sp + 2] = objects[2].addr();
    stack[6] = addresses[12];
    stack[7] = 0x5555;
    stack[12] = addresses[20];
    stack[13] = 0x1004;
    stack[14] = objects[3].addr();
    stack[15] = objects[4].addr();
    stack[20] = 0;
    stack[21] = 0x7777;
    thread.context.stack_pointer = addresses[inner_sp];
    thread.context.frame_pointer = addresses[6];
    thread.context.return_address = 0x2008;
    gc::collect_now(&mut thread, &[]).unwrap();
    let poisoned = |object: GcRef| {
        // SAFETY: the line is still mapped.
        unsafe { (*object).word == u64::from_ne_bytes([0xdb; 8]) }
    };
    let dead: Vec<bool> = objects.iter().map(|&object| poisoned(object)).collect();
    assert_eq!(dead, [false, true, false, true, false]);
    core::hint::black_box(&stack);
}
