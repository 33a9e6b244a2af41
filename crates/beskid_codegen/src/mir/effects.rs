//! What calls of the program's own functions may do, and which functions are called through an address.
//!
//! *Invariants.* Nothing is known of what an indirect call calls, so it may do everything.

use beskid_analysis::index::IndexVec;

use super::{Body, Callee, Const, Data, FuncId, OpKind, Operand, Program};

/// For each function, whether a collection may happen in a call of it: it allocates, or calls what does.
pub(crate) fn collecting_functions(program: &Program) -> IndexVec<FuncId, bool> {
    let mut collects: IndexVec<FuncId, bool> = program.functions.iter().map(|_| false).collect();
    let mut callers: IndexVec<FuncId, Vec<FuncId>> =
        program.functions.iter().map(|_| Vec::new()).collect();
    let mut pending = Vec::new();
    for (function, body) in program.functions.enumerate() {
        for op in body.blocks.iter().flat_map(|data| &data.ops) {
            match op.kind {
                OpKind::Call { callee: Callee::Direct(callee), .. }
                | OpKind::EnterProgram { callee, .. } => callers[callee].push(function),
                _ if op.kind.is_safepoint() => pending.push(function),
                _ => {}
            }
        }
    }
    while let Some(function) = pending.pop() {
        if !collects[function] {
            collects[function] = true;
            pending.extend_from_slice(&callers[function]);
        }
    }
    collects
}

/// Calls `visit` with every function whose address is in code or data, as often as it is there.
pub(crate) fn for_each_address(program: &Program, mut visit: impl FnMut(FuncId)) {
    for data in &program.data {
        match data {
            Data::Closure(closure) => visit(closure.code),
            Data::Table(table) => table.functions.iter().copied().for_each(&mut visit),
            Data::String(_) | Data::Descriptor(_) => {}
        }
    }
    program.functions.iter().for_each(|body| addresses_in(body, &mut visit));
}

fn addresses_in(body: &Body, visit: &mut impl FnMut(FuncId)) {
    let mut visit = |operand: Operand| {
        if let Operand::Const(Const::FunctionAddress(function)) = operand {
            visit(function);
        }
    };
    for data in &body.blocks {
        data.ops.iter().for_each(|op| op.kind.for_each_operand(&mut visit));
        data.terminator.for_each_operand(&mut visit);
    }
}
