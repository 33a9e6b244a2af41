//! Calls fit what they call, and an entry shim does nothing but enter the program.

use beskid_analysis::index::Id;

use super::kinds::{KindCx, fit};
use super::{Fault, descriptor_of, internal_of};
use crate::mir::{
    Body, Callee, Const, Convention, Data, DataId, DescriptorKind, ForeignType, FuncId, Local,
    OpKind, Operand, Scalar,
};

/// Arguments and results against the callee's body or the table of runtime functions.
pub(super) fn verify_call(
    cx: KindCx<'_>,
    results: &[Local],
    callee: Callee,
    arguments: &[Operand],
) -> Result<(), String> {
    match callee {
        Callee::Direct(callee) => {
            let body = internal_of(cx.program, callee)?;
            cx.all_are("argument", arguments, &parameter_kinds(body))?;
            verify_results(cx, results, &body.results)
        }
        Callee::Foreign(foreign) => {
            let Some(function) = cx.program.foreign.get(foreign) else {
                return Err(format!("there is no foreign function {foreign:?}"));
            };
            let parameters: Vec<Scalar> =
                function.parameters.iter().map(|parameter| parameter.scalar()).collect();
            let result: Vec<Scalar> =
                function.result.into_iter().map(ForeignType::scalar).collect();
            if result.contains(&Scalar::Ref) {
                return Err(format!("`{}` gives a reference", function.symbol));
            }
            cx.all_are("argument", arguments, &parameters)?;
            verify_results(cx, results, &result)
        }
        Callee::Runtime(function) => {
            let info = function.info();
            let mut parameters = Vec::with_capacity(info.parameters.len());
            for (_, kind) in info.parameters {
                parameters.extend(Scalar::of_abi(*kind));
            }
            let expected: Vec<Scalar> =
                info.result.into_iter().filter_map(Scalar::of_abi).collect();
            cx.all_are("argument", arguments, &parameters)?;
            verify_results(cx, results, &expected)
        }
    }
}

/// A call of an address: against the function, if it is known which.
pub(super) fn verify_indirect_call(
    cx: KindCx<'_>,
    results: &[Local],
    code: Operand,
    arguments: &[Operand],
) -> Result<(), String> {
    cx.is("the code", code, Scalar::I64)?;
    match code {
        Operand::Const(Const::FunctionAddress(callee)) => {
            verify_call(cx, results, Callee::Direct(callee), arguments)
        }
        Operand::Const(_) => Err("the code is no address".to_owned()),
        Operand::Local(_) => Ok(()),
    }
}

/// A read of a dispatch table: against the table, if it is known which.
pub(super) fn verify_table(cx: KindCx<'_>, table: Operand, index: u32) -> Result<(), String> {
    cx.is("the table", table, Scalar::I64)?;
    match table {
        Operand::Const(Const::TableAddress(data)) => match cx.program.data.get(data) {
            Some(Data::Table(table)) if index as usize >= table.functions.len() => {
                Err(format!("`{}` has {} entries", table.name, table.functions.len()))
            }
            _ => Ok(()),
        },
        Operand::Const(_) => Err("the table is no address of one".to_owned()),
        Operand::Local(_) => Ok(()),
    }
}

/// The call of the program by its entry shim.
pub(super) fn verify_entry(
    cx: KindCx<'_>,
    results: &[Local],
    callee: FuncId,
    arguments_descriptor: Option<DataId>,
) -> Result<(), String> {
    if cx.body.convention != Convention::EntryShim {
        return Err("only an entry shim enters the program".to_owned());
    }
    let body = internal_of(cx.program, callee)?;
    let arguments: &[Scalar] = match arguments_descriptor {
        None => &[],
        Some(descriptor) => match descriptor_of(cx.program, descriptor) {
            Some(record)
                if record.kind == DescriptorKind::Array
                    && record.size == Scalar::Ref.bytes()
                    && *record.references == [0] =>
            {
                &[Scalar::Ref]
            }
            _ => return Err(format!("{descriptor:?} does not describe arrays of references")),
        },
    };
    fit("argument", arguments, &parameter_kinds(body))?;
    verify_results(cx, results, &body.results)
}

/// An export shim enters the library first and leaves it last, and nothing else does.
pub(super) fn verify_export_shim(body: &Body) -> Result<(), Fault> {
    let is_shim = body.convention == Convention::ExportShim;
    for (block, data) in body.blocks.enumerate() {
        let last = data.ops.len().saturating_sub(1);
        for (index, op) in data.ops.iter().enumerate() {
            let place = match op.kind {
                OpKind::EnterLibrary => 0,
                OpKind::LeaveLibrary => last,
                _ if is_shim && (index == 0 || index == last) => {
                    return Err(Fault::of_op(block, index, "the library is not entered here"));
                }
                _ => continue,
            };
            if !is_shim || index != place {
                return Err(Fault::of_op(block, index, "a shim enters first and leaves last"));
            }
        }
        if is_shim && data.ops.len() < 2 {
            return Err(Fault::of_body("the shim does not enter the library"));
        }
    }
    Ok(())
}

/// The pinned register is loaded during the one call of the program only, so nothing else may need it.
pub(super) fn verify_entry_shim(body: &Body) -> Result<(), Fault> {
    if body.convention != Convention::EntryShim {
        return Ok(());
    }
    let mut entered = false;
    for (block, data) in body.blocks.enumerate() {
        for (index, op) in data.ops.iter().enumerate() {
            match op.kind {
                OpKind::EnterProgram { .. } if entered || block.index() != 0 => {
                    return Err(Fault::of_op(
                        block,
                        index,
                        "a shim enters the program once, first",
                    ));
                }
                OpKind::EnterProgram { .. } => entered = true,
                OpKind::Copy { .. }
                | OpKind::Unary { .. }
                | OpKind::Binary { .. }
                | OpKind::Compare { .. }
                | OpKind::Convert { .. } => {}
                _ => {
                    return Err(Fault::of_op(block, index, "a shim computes a status, no more"));
                }
            }
        }
    }
    if entered { Ok(()) } else { Err(Fault::of_body("the shim does not enter the program")) }
}

fn verify_results(cx: KindCx<'_>, results: &[Local], kinds: &[Scalar]) -> Result<(), String> {
    let found: Vec<Scalar> = results.iter().map(|&local| cx.body.locals[local].scalar).collect();
    fit("result", &found, kinds)
}

fn parameter_kinds(body: &Body) -> Vec<Scalar> {
    body.parameters.iter().map(|&local| body.locals[local].scalar).collect()
}
