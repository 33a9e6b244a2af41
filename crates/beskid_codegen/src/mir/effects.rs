//! What calls of the program's own functions may do.

use beskid_analysis::index::IndexVec;

use super::{Callee, FuncId, OpKind, Program};

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
