//! Ids are in range, constants fit their kind, blocks lead somewhere and end as they must.

use beskid_analysis::index::Id;
use rustc_hash::FxHashSet;

use super::{Fault, internal_of};
use crate::mir::cfg::Cfg;
use crate::mir::{
    Block, Body, Const, Convention, Data, LocalDecl, OpKind, Operand, Program, Scalar, SourcePos,
    Terminator,
};

/// What can be said of a block or an operation without looking at others.
pub(super) fn verify(program: &Program, body: &Body) -> Result<(), Fault> {
    if body.blocks.is_empty() {
        return Err(Fault::of_body("there is no block"));
    }
    if !is_position(program, body.position) {
        return Err(Fault::of_body("its position does not exist"));
    }
    let mut parameters = FxHashSet::default();
    for &parameter in &body.parameters {
        if body.locals.get(parameter).is_none() {
            return Err(Fault::of_body(format!("parameter {parameter:?} does not exist")));
        }
        if !parameters.insert(parameter) {
            return Err(Fault::of_body(format!("parameter {parameter:?} stands twice")));
        }
    }
    verify_convention(body)?;
    for binding in &body.bindings {
        let fits = |local: &LocalDecl| local.scalar == binding.kind.scalar();
        if !binding.local.is_none_or(|local| body.locals.get(local).is_some_and(fits)) {
            return Err(Fault::of_body(format!("`{}` is not what holds it", binding.name)));
        }
        if !is_position(program, binding.position) {
            return Err(Fault::of_body(format!("`{}` stands nowhere", binding.name)));
        }
    }
    for (block, data) in body.blocks.enumerate() {
        for (index, op) in data.ops.iter().enumerate() {
            let fault = |message: &str| Fault::of_op(block, index, message);
            if !is_position(program, op.position) {
                return Err(fault("its position does not exist"));
            }
            // What stands in text and what does not would be told apart by no table.
            if (op.position == SourcePos::NOWHERE) != (body.position == SourcePos::NOWHERE) {
                return Err(fault("only a part of the body has positions"));
            }
            if !has_known_locals(body, &op.kind) {
                return Err(fault("a local does not exist"));
            }
            let mut wrong = None;
            op.kind.for_each_operand(|operand| wrong = wrong.or(wrong_constant(program, operand)));
            if let Some(message) = wrong {
                return Err(fault(message));
            }
        }
        verify_terminator(program, body, block)?;
    }
    Ok(())
}

/// Whether every local an operation names exists.
pub(super) fn has_known_locals(body: &Body, op: &OpKind) -> bool {
    let mut known = true;
    op.for_each_dest(|dest| known &= body.locals.get(dest).is_some());
    op.for_each_operand(|operand| known &= is_known(body, operand));
    known
}

/// What does not return is the end of its block, and a block without an end is one of these.
pub(super) fn verify_ends(body: &Body, cfg: &Cfg) -> Result<(), Fault> {
    for &block in &cfg.order {
        let data = &body.blocks[block];
        let finals = data.ops.iter().position(|op| op.kind.is_final());
        let ends = data.terminator == Terminator::Unreachable;
        match finals {
            Some(index) if index + 1 < data.ops.len() => {
                return Err(Fault::of_op(block, index, "it does not return, but more follows"));
            }
            Some(index) if !ends => {
                return Err(Fault::of_op(
                    block,
                    index,
                    "it does not return, but the block goes on",
                ));
            }
            None if ends => {
                return Err(Fault::of_block(block, "unreachable without a call before it"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn verify_convention(body: &Body) -> Result<(), Fault> {
    let is_context = |&local| body.locals[local].scalar == Scalar::I64;
    match body.convention {
        Convention::Internal => Ok(()),
        Convention::ExportShim if body.results.len() <= 1 && body.blocks.len() == 1 => Ok(()),
        Convention::ExportShim => {
            Err(Fault::of_body("an export shim is one block with at most one result"))
        }
        Convention::EntryShim
            if body.parameters.len() <= 1
                && body.parameters.iter().all(is_context)
                && body.results == [Scalar::I64] =>
        {
            Ok(())
        }
        Convention::EntryShim => {
            Err(Fault::of_body("an entry shim takes the thread context at most and returns an i64"))
        }
    }
}

fn verify_terminator(program: &Program, body: &Body, block: Block) -> Result<(), Fault> {
    let terminator = &body.blocks[block].terminator;
    let fault = |message: &str| Fault::of_block(block, message);
    let (mut known, mut wrong) = (true, None);
    terminator.for_each_operand(|operand| {
        known &= is_known(body, operand);
        wrong = wrong.or(wrong_constant(program, operand));
    });
    if !known {
        return Err(fault("its end names a local that does not exist"));
    }
    if let Some(message) = wrong {
        return Err(fault(message));
    }
    let mut bad_target = None;
    terminator.for_each_successor(|next| {
        if next.index() == 0 {
            bad_target = Some("it jumps to the entry");
        } else if body.blocks.get(next).is_none() {
            bad_target = Some("it jumps to a block that does not exist");
        }
    });
    match bad_target {
        Some(message) => Err(fault(message)),
        None => Ok(()),
    }
}

fn is_known(body: &Body, operand: Operand) -> bool {
    match operand {
        Operand::Local(local) => body.locals.get(local).is_some(),
        Operand::Const(_) => true,
    }
}

fn is_position(program: &Program, position: SourcePos) -> bool {
    position == SourcePos::NOWHERE || (position.0 as usize) < program.origins.len()
}

/// What is wrong with an operand if it is a constant.
fn wrong_constant(program: &Program, operand: Operand) -> Option<&'static str> {
    let is_data = |data, is: fn(&Data) -> bool| program.data.get(data).is_some_and(is);
    match operand {
        Operand::Const(Const::Int(scalar, _)) if !scalar.is_int() => {
            Some("an integer constant is of a kind that is none")
        }
        Operand::Const(Const::Int(scalar, value)) => {
            let unused = 64 - scalar.bytes() * 8;
            (value << unused >> unused != value).then_some("a constant does not fit its kind")
        }
        Operand::Const(Const::StaticRef(data)) => {
            let is_object = |data: &Data| matches!(data, Data::String(_) | Data::Closure(_));
            (!is_data(data, is_object)).then_some("a static reference is not to an object")
        }
        Operand::Const(Const::TableAddress(data)) => {
            let is_table = |data: &Data| matches!(data, Data::Table(_));
            (!is_data(data, is_table)).then_some("the address of a table is not that of one")
        }
        Operand::Const(Const::FunctionAddress(function)) => match internal_of(program, function) {
            Ok(_) => None,
            Err(_) => Some("the address is of no function that the program calls"),
        },
        Operand::Const(Const::F32(_) | Const::F64(_) | Const::NullRef) | Operand::Local(_) => None,
    }
}
