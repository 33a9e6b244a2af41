//! What is known of addresses, and what must not be.

use beskid_analysis::index::Id;

use crate::builder::{BodyBuilder, Unit, indirect};
use crate::mir::{Barrier, Const, DescriptorKind, FuncId, Operand, Program, Scalar, print};
use crate::passes::tests::{after, fold_first};
use crate::passes::{Outcomes, optimise};

/// The text of `main` after optimisation, and what was done.
fn optimised_main(mut program: Program) -> (String, Outcomes) {
    let outcomes = optimise(&mut program);
    let mut named = program.functions.enumerate().filter(|(_, body)| body.name == "main");
    let (main, _) = named.next().expect("a program has one");
    (print::function(&program, main), outcomes)
}

#[test]
fn known_functions_are_called_directly_and_inlined() {
    let (text, outcomes) = optimised_main(indirect::higher_order());
    // Two in each of three copies of `Twice`, and `Twice` itself once.
    assert_eq!(outcomes.calls_devirtualised, 7);
    assert!(!text.contains("call_indirect") && !text.contains("call Twice"), "{text}");
    assert!(!text.contains("call AddOne") && !text.contains("call AddLength"), "{text}");
}

#[test]
fn unknown_functions_stay() {
    let (text, outcomes) = optimised_main(indirect::closures());
    assert_eq!(outcomes.calls_devirtualised, 0);
    assert!(text.contains("call_indirect"), "{text}");
    let (text, outcomes) = optimised_main(indirect::wide_indirect_call());
    assert_eq!(outcomes.calls_devirtualised, 0);
    assert!(text.contains("load_table") && text.contains("call_indirect"), "{text}");
}

/// Code that is never reached may pair an address with operands of another; it is left alone.
#[test]
fn addresses_that_do_not_fit_stay_in_their_local() {
    let mut unit = Unit::new();
    let mut body = BodyBuilder::new("F");
    body.returns(&[Scalar::I64]);
    let callee = unit.program.functions.next_id();
    let callee = FuncId::from_index(callee.index() + 1);
    let table = unit.table("P as C", &[callee]);
    let (code, known) = (body.temp(Scalar::I64), body.temp(Scalar::I64));
    body.copy(code, Operand::Const(Const::FunctionAddress(callee)));
    body.copy(known, table);
    let beyond = body.load_table(known, 1);
    let sum = body.call_indirect(code, &[beyond.into()], &[Scalar::I64])[0];
    body.ends_in(&[sum.into()]);
    unit.add(body);
    unit.declare("G");
    let (text, outcomes) = after(unit, |program, outcomes| {
        fold_first(program, outcomes);
    });
    assert_eq!(outcomes.calls_devirtualised, 0);
    assert!(text.contains("load_table _1.1") && text.contains("call_indirect _0("), "{text}");
}

/// The code of a closure is known behind its allocation alone.
#[test]
fn closures_of_other_branches_are_not_mixed_up() {
    let mut unit = Unit::new();
    let caller = unit.declare("F");
    let descriptor = unit.descriptor("() => ()", DescriptorKind::Closure, 16, &[]);
    let codes = ["G", "H"].map(|name| Operand::Const(Const::FunctionAddress(unit.declare(name))));
    let mut body = BodyBuilder::new("F");
    let c = body.parameter(Scalar::I8, "c");
    let closure = body.variable(Scalar::Ref, "closure");
    let (then, otherwise, join) = (body.block(), body.block(), body.block());
    body.branch(c, then, otherwise);
    for (block, code) in [then, otherwise].into_iter().zip(codes) {
        body.go_to(block);
        let made = body.alloc(descriptor);
        body.store(made, 8, code, Barrier::Scalar);
        let known = body.load(Scalar::I64, made, 8);
        body.call_indirect(known, &[], &[]);
        body.copy(closure, made);
        body.goto(join);
    }
    body.go_to(join);
    let code = body.load(Scalar::I64, closure, 8);
    body.call_indirect(code, &[], &[]);
    body.ends_in(&[]);
    unit.define(caller, body);
    let (text, outcomes) = after(unit, |program, outcomes| {
        fold_first(program, outcomes);
    });
    assert_eq!(outcomes.calls_devirtualised, 2);
    assert!(text.contains("call G()") && text.contains("call H()"), "{text}");
    assert!(text.contains("load closure.8\n    call_indirect"), "{text}");
}
