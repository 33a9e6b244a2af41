//! Whether a form says all that code depends on: over many programs, equal forms have equal code, and whatever is
//! changed in a function changes its form.

use std::cell::Cell;
use std::path::PathBuf;
use std::{fs, mem};

use beskid_abi::effects::Effects;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::index::Id;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rustc_hash::FxHashMap;

use super::form::Form;
use super::{Key, Keys};
use crate::build_mir::lower_everything;
use crate::builder::{BodyBuilder, Unit, programs};
use crate::clif::declare::Declarations;
use crate::compile::{Scratch, compile_form};
use crate::corpus;
use crate::isa::{Imports, IsaConfig, OptLevel};
use crate::mir::{
    self, Barrier, BinaryOp, Block, Body, Callee, CompareOp, Const, Convention, Conversion,
    CounterId, ForeignFunction, ForeignType, FuncId, Local, OpKind, Operand, Scalar, SourcePos,
    Span, Terminator, UnaryOp,
};

/// Key and code of every function of a program, if there is nothing wrong with it.
fn pieces(text: &str, config: &IsaConfig) -> Vec<(Key, Vec<u8>, String)> {
    let analysis = corpus::analysis("Main.bd", text);
    if analysis.has_errors() {
        return Vec::new();
    }
    // Instances without end are an error as well.
    let Ok(artifact) = lower_everything(&analysis, config.opt) else { return Vec::new() };
    let program = artifact.program();
    let isa = config.build().expect("a known target");
    let declarations = Declarations::without_module(program, config.imports);
    let keys = Keys::new(&*isa, config.imports);
    let mut scratch = Scratch::default();
    let mut all = Vec::new();
    for (function, body) in program.functions.enumerate() {
        scratch.form.set(program, function, &declarations);
        let key = keys.of(&scratch.form);
        let position = Cell::new(SourcePos::NOWHERE);
        let piece = compile_form(program, function, &declarations, &*isa, &mut scratch, &position);
        let piece = piece.unwrap_or_else(|error| panic!("{}: {error}", body.name));
        all.push((key, piece.encode(), body.name.clone()));
    }
    all
}

#[test]
fn functions_of_one_form_have_one_code_in_all_programs() {
    let paths = corpus::sources("tests/conformance");
    let pool = rayon::ThreadPoolBuilder::new().stack_size(64 << 20).build().expect("threads");
    for opt in [OptLevel::None, OptLevel::Speed] {
        let config = IsaConfig { triple: None, opt, imports: Imports::Linked };
        // A file of several programs is one with errors.
        let of_file = |path: &PathBuf| pieces(&fs::read_to_string(path).expect("text"), &config);
        let all: Vec<_> = pool.install(|| paths.par_iter().flat_map_iter(of_file).collect());
        let mut known: FxHashMap<Key, (Vec<u8>, String)> = FxHashMap::default();
        let mut again = 0;
        for (key, piece, name) in all {
            match known.get(&key) {
                Some((first, first_name)) => {
                    assert!(
                        *first == piece,
                        "`{first_name}` and `{name}` have one form, not one code"
                    );
                    again += 1;
                }
                None => {
                    known.insert(key, (piece, name));
                }
            }
        }
        assert!(again > 800 && known.len() > 1500, "{again} again of {}", known.len());
    }
}

/// What tells the form of a function from others.
fn form(program: &mir::Program, function: FuncId, declarations: &Declarations) -> Vec<u8> {
    let mut form = Form::default();
    form.set(program, function, declarations);
    form.bytes().to_vec()
}

/// Bodies that are like another one but for one thing each, with what it is. They need not be right.
fn mutants(body: &Body) -> Vec<(&'static str, Body)> {
    let mut all = Vec::new();
    let mut add = |what, change: &mut dyn FnMut(&mut Body)| {
        let mut mutant = body.clone();
        change(&mut mutant);
        all.push((what, mutant));
    };
    const ELSEWHERE: SourcePos = SourcePos(1 << 20);
    add("results", &mut |body| body.results.push(Scalar::I64));
    add("convention", &mut |body| body.convention = Convention::ExportShim);
    for local in body.locals.ids() {
        add("mutable", &mut |body| body.locals[local].mutable ^= true);
        let other = if body.locals[local].scalar == Scalar::I16 { Scalar::I8 } else { Scalar::I16 };
        add("scalar", &mut |body| body.locals[local].scalar = other);
    }
    for index in 0..body.bindings.len() {
        if body.bindings[index].local.is_some() {
            add("binding", &mut |body| body.bindings[index].local = None);
        }
    }
    for (block, data) in body.blocks.enumerate() {
        add("cold", &mut |body| body.blocks[block].cold ^= true);
        for terminator in other_terminators(&data.terminator) {
            add("terminator", &mut |body| body.blocks[block].terminator = terminator.clone());
        }
        for (index, op) in data.ops.iter().enumerate() {
            // Which positions are the same is in the form, not where they are.
            let other = if op.position == body.position { ELSEWHERE } else { body.position };
            add("position", &mut |body| body.blocks[block].ops[index].position = other);
            add("number of operations", &mut |body| drop(body.blocks[block].ops.remove(index)));
            for kind in other_ops(&op.kind) {
                add("operation", &mut |body| body.blocks[block].ops[index].kind = kind.clone());
            }
        }
    }
    all
}

/// Terminators that are like another one but for one successor, value or operand.
fn other_terminators(terminator: &Terminator) -> Vec<Terminator> {
    let (mut successors, mut operands) = (0, 0);
    terminator.for_each_successor(|_| successors += 1);
    terminator.for_each_operand(|_| operands += 1);
    let mut all = vec![terminator.clone(); successors + operands];
    for (wanted, other) in all.iter_mut().enumerate() {
        let mut at = 0;
        other.for_each_successor_mut(|next| {
            if at == wanted {
                *next = Block::from_index(next.index() + 1000);
            }
            at += 1;
        });
        other.for_each_operand_mut(|operand| {
            if at == wanted {
                *operand = other_operand(*operand);
            }
            at += 1;
        });
    }
    if let Terminator::Switch { value, cases, default } = terminator {
        for case in 0..cases.len() {
            let mut cases = cases.clone();
            cases[case].0 = -1 - cases[case].0;
            all.push(Terminator::Switch { value: *value, cases, default: *default });
        }
    }
    all
}

fn other_operand(operand: Operand) -> Operand {
    match operand {
        Operand::Local(local) => Local::from_index(local.index() + 1000).into(),
        Operand::Const(Const::Int(scalar, value)) => Operand::Const(Const::Int(scalar, !value)),
        Operand::Const(Const::F32(value)) => Operand::Const(Const::F32(-value)),
        Operand::Const(Const::F64(value)) => Operand::Const(Const::F64(-value)),
        Operand::Const(_) => Operand::Const(Const::Int(Scalar::I64, 4711)),
    }
}

/// Operations that are like another one but for one operand, destination, or whatever else it has.
fn other_ops(kind: &OpKind) -> Vec<OpKind> {
    let (mut operands, mut dests) = (0, 0);
    kind.for_each_operand(|_| operands += 1);
    kind.for_each_dest(|_| dests += 1);
    let mut all = vec![kind.clone(); operands + dests];
    for (wanted, other) in all.iter_mut().enumerate() {
        let mut at = 0;
        other.for_each_operand_mut(|operand| {
            if at == wanted {
                *operand = other_operand(*operand);
            }
            at += 1;
        });
        other.for_each_dest_mut(|dest| {
            if at == wanted {
                *dest = Local::from_index(dest.index() + 1000);
            }
            at += 1;
        });
    }
    let mut with = |change: &dyn Fn(&mut OpKind)| {
        let mut other = kind.clone();
        change(&mut other);
        // Not every operation has what is changed. Their texts are compared, for the sake of NaN.
        if format!("{other:?}") != format!("{kind:?}") {
            all.push(other);
        }
    };
    with(&|kind| {
        if let OpKind::Unary { op, .. } = kind {
            *op = if *op == UnaryOp::INeg { UnaryOp::INot } else { UnaryOp::INeg };
        }
    });
    with(&|kind| {
        if let OpKind::Binary { op, .. } = kind {
            *op = if *op == BinaryOp::IAdd { BinaryOp::ISub } else { BinaryOp::IAdd };
        }
    });
    with(&|kind| {
        if let OpKind::Compare { op, .. } = kind {
            *op = if *op == CompareOp::Eq { CompareOp::Ne } else { CompareOp::Eq };
        }
    });
    with(&|kind| {
        if let OpKind::Convert { conversion, .. } = kind {
            let bits = *conversion == Conversion::Bits;
            *conversion = if bits { Conversion::Truncate } else { Conversion::Bits };
        }
    });
    with(&|kind| match kind {
        OpKind::LoadField { offset, .. }
        | OpKind::StoreField { offset, .. }
        | OpKind::LoadElement { offset, .. }
        | OpKind::StoreElement { offset, .. } => *offset += 8,
        _ => {}
    });
    with(&|kind| match kind {
        OpKind::LoadElement { stride, .. } | OpKind::StoreElement { stride, .. } => *stride += 8,
        _ => {}
    });
    with(&|kind| match kind {
        OpKind::StoreField { barrier, .. } | OpKind::StoreElement { barrier, .. } => {
            let needed = *barrier == Barrier::Needed;
            *barrier = if needed { Barrier::Initialising } else { Barrier::Needed };
        }
        _ => {}
    });
    with(&|kind| match kind {
        OpKind::CheckIndex { unsigned, .. } | OpKind::CheckChar { unsigned, .. } => {
            *unsigned ^= true;
        }
        _ => {}
    });
    with(&|kind| {
        if let OpKind::LoadTable { index, .. } = kind {
            *index += 1;
        }
    });
    with(&|kind| {
        if let OpKind::Call { callee: Callee::Runtime(row), .. } = kind {
            let other = RuntimeFn::ALL.iter().find(|&other| other != row);
            *row = *other.expect("there are several");
        }
    });
    all
}

#[test]
fn whatever_differs_in_a_function_differs_in_its_form() {
    let mut count = 0;
    for (_, make) in programs::ALL {
        let mut program = make();
        let declarations = Declarations::without_module(&program, Imports::Linked);
        // One program has hundreds of functions that are like each other.
        let step = 1 + program.functions.len() / 40;
        for function in program.functions.ids().step_by(step) {
            let original = form(&program, function, &declarations);
            let mut assert_differs = |what: &str, program: &mir::Program| {
                let is_other = form(program, function, &declarations) != original;
                assert!(is_other, "{what} of `{}`", program.functions[function].name);
                count += 1;
            };
            let body = program.functions[function].clone();
            // Every one of many changes takes the time of a whole body.
            if body.blocks.iter().map(|data| data.ops.len()).sum::<usize>() > 200 {
                continue;
            }
            for (what, mutant) in mutants(&body) {
                program.functions[function] = mutant;
                assert_differs(what, &program);
            }
            program.functions[function] = body.clone();
            for op in body.blocks.iter().flat_map(|data| &data.ops) {
                match op.kind {
                    OpKind::Alloc { descriptor, .. } => {
                        let before = program.data[descriptor].clone();
                        if let mir::Data::Descriptor(record) = &mut program.data[descriptor] {
                            record.size += 16;
                        }
                        assert_differs("size of what is allocated", &program);
                        program.data[descriptor] = before;
                    }
                    OpKind::Call { callee: Callee::Direct(callee), .. } => {
                        program.functions[callee].results.push(Scalar::F32);
                        assert_differs("signature of what is called", &program);
                        program.functions[callee].results.pop();
                    }
                    _ => {}
                }
            }
            assert_eq!(form(&program, function, &declarations), original);
        }
    }
    assert!(count > 3000, "{count}");
}

/// What no program of the builder has.
#[test]
fn foreign_functions_counters_and_collections_are_in_the_form_of_who_calls() {
    let mut unit = Unit::new();
    let callee = unit.add(BodyBuilder::new("Callee"));
    let mut caller = BodyBuilder::new("Caller");
    let double = Operand::Const(Const::F64(1.0));
    let call = |callee, arguments| OpKind::Call { results: Vec::new(), callee, arguments };
    caller.op(call(Callee::Direct(callee), Vec::new()));
    let foreign = unit.program.foreign.push(ForeignFunction {
        symbol: "first".into(),
        library: "libc.so".into(),
        span: Span::new(0, 0),
        parameters: [ForeignType::Plain(Scalar::F64)].into(),
        result: None,
    });
    caller.op(call(Callee::Foreign(foreign), vec![double]));
    caller.op(OpKind::Count { counter: CounterId::from_index(1) });
    let caller = unit.add(caller);
    let mut program = unit.program;

    let of = |program: &mir::Program| {
        form(program, caller, &Declarations::without_module(program, Imports::Linked))
    };
    let original = of(&program);
    program.foreign[foreign].symbol = "second".into();
    assert_eq!(of(&program), original, "names of symbols are not in code");
    let kinds = [ForeignType::Bytes, ForeignType::Bool, ForeignType::Signed(Scalar::I32)];
    for kind in kinds.into_iter().chain([ForeignType::Unsigned(Scalar::I32)]) {
        program.foreign[foreign].result = Some(kind);
        assert_ne!(of(&program), original, "{kind:?}");
        program.foreign[foreign].result = None;
        let before = mem::replace(&mut program.foreign[foreign].parameters, [kind].into());
        assert_ne!(of(&program), original, "{kind:?}");
        program.foreign[foreign].parameters = before;
    }
    let ops = &mut program.functions[caller].blocks[Block::from_index(0)].ops;
    ops[2].kind = OpKind::Count { counter: CounterId::from_index(2) };
    assert_ne!(of(&program), original, "another counter");
    let ops = &mut program.functions[caller].blocks[Block::from_index(0)].ops;
    ops[2].kind = OpKind::Count { counter: CounterId::from_index(1) };
    assert_eq!(of(&program), original);

    let collects = |row: &&RuntimeFn| row.info().effects.contains(Effects::MAY_COLLECT);
    let row = *RuntimeFn::ALL.iter().find(collects).expect("one of them collects");
    let entry = &mut program.functions[callee].blocks[Block::from_index(0)];
    let position = SourcePos(0);
    entry.ops.push(mir::Op { kind: call(Callee::Runtime(row), Vec::new()), position });
    assert_ne!(of(&program), original, "a collection may happen in the callee");
}
