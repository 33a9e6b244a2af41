//! Which function an address is, where code and data say so: entries of dispatch tables, the code of
//! static closures and of those that the same body has made. [`super::fold`] asks while it knows the
//! constants, and an indirect call becomes a direct one, which the inliner can look into.
//!
//! *Invariants.* An address is put in only where the function fits the call and the table has the entry.
//! Where it does not, the code is never reached (a slot that several variants share), and it keeps its
//! local: verified MIR stays verified.

use beskid_abi::object::CLOSURE_CODE_OFFSET;
use beskid_analysis::index::IndexVec;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::mir::{
    Callee, Const, Data, DataId, FuncId, Local, LocalDecl, OpKind, Operand, Program, Scalar,
};

/// The signatures of a program, which no pass changes.
pub(super) struct Signatures(IndexVec<FuncId, Signature>);

struct Signature {
    parameters: Vec<Scalar>,
    results: Vec<Scalar>,
}

impl Signatures {
    /// Those of all functions.
    pub(super) fn new(program: &Program) -> Self {
        let signatures = program.functions.iter().map(|body| Signature {
            parameters: body.parameters.iter().map(|&local| body.locals[local].scalar).collect(),
            results: body.results.clone(),
        });
        Self(signatures.collect())
    }
}

/// What does not depend on the body.
#[derive(Clone, Copy)]
pub(super) struct Targets<'a> {
    pub(super) data: &'a IndexVec<DataId, Data>,
    pub(super) signatures: &'a Signatures,
}

/// The closures that a body makes.
#[derive(Default)]
pub(super) struct Closures {
    /// Those whose allocation stands in the block at hand.
    fresh: FxHashSet<Local>,
    /// The code they were given in the block that allocates them: wherever else they are read, they have
    /// it.
    code: FxHashMap<Local, FuncId>,
}

impl Closures {
    /// Goes on in another block.
    pub(super) fn enter_block(&mut self) {
        self.fresh.clear();
    }

    /// Takes note of an operation that was looked at.
    pub(super) fn note(
        &mut self,
        kind: &OpKind,
        locals: &IndexVec<Local, LocalDecl>,
        targets: Targets<'_>,
    ) {
        match *kind {
            OpKind::Alloc { dest, descriptor } => {
                let is_closure = matches!(
                    &targets.data[descriptor],
                    Data::Descriptor(record) if record.kind.has_code()
                );
                if is_closure && !locals[dest].mutable {
                    self.fresh.insert(dest);
                }
            }
            OpKind::StoreField {
                object: Operand::Local(closure),
                offset,
                value: Operand::Const(Const::FunctionAddress(code)),
                ..
            } if offset as usize == CLOSURE_CODE_OFFSET && self.fresh.contains(&closure) => {
                self.code.insert(closure, code);
            }
            _ => {}
        }
    }
}

/// The address that an operation reads, if it must be one of a function or a table.
pub(super) fn address_mut(kind: &mut OpKind) -> Option<&mut Operand> {
    match kind {
        OpKind::LoadTable { table: address, .. } | OpKind::CallIndirect { code: address, .. } => {
            Some(address)
        }
        _ => None,
    }
}

/// What an operation comes to whose operands are as known as they can be, if that is less: the address
/// it reads from a table or a closure, or the direct call.
pub(super) fn resolve(
    kind: &OpKind,
    locals: &IndexVec<Local, LocalDecl>,
    targets: Targets<'_>,
    closures: &Closures,
) -> Option<OpKind> {
    let address = |dest, function| {
        Some(OpKind::Copy { dest, value: Operand::Const(Const::FunctionAddress(function)) })
    };
    match *kind {
        OpKind::LoadTable { dest, table: Operand::Const(Const::TableAddress(table)), index } => {
            match &targets.data[table] {
                Data::Table(table) => address(dest, *table.functions.get(index as usize)?),
                _ => None,
            }
        }
        OpKind::LoadField { dest, object, offset }
            if offset as usize == CLOSURE_CODE_OFFSET && locals[dest].scalar == Scalar::I64 =>
        {
            match object {
                Operand::Local(closure) => address(dest, *closures.code.get(&closure)?),
                Operand::Const(Const::StaticRef(closure)) => match &targets.data[closure] {
                    Data::Closure(closure) => address(dest, closure.code),
                    _ => None,
                },
                Operand::Const(_) => None,
            }
        }
        OpKind::CallIndirect {
            ref results,
            code: Operand::Const(Const::FunctionAddress(callee)),
            ref arguments,
        } => {
            let signature = &targets.signatures.0[callee];
            let parameters = arguments.iter().map(|argument| argument.scalar(locals));
            let kinds = results.iter().map(|&result| locals[result].scalar);
            let fits = parameters.eq(signature.parameters.iter().copied())
                && kinds.eq(signature.results.iter().copied());
            fits.then(|| OpKind::Call {
                results: results.clone(),
                callee: Callee::Direct(callee),
                arguments: arguments.clone(),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
