//! Replaces calls of small functions by their bodies, callees before callers.
//!
//! A function is inlined if it is small, or if it has a single call; never if it calls itself, however
//! indirectly. A caller stops growing at a limit, so the pass is linear in the size of the program.
//!
//! *Invariants.* Positions of inlined operations name the call they came through, so a trace shows the
//! same frames as without the pass. A result that several `return`s assign is a mutable local in the
//! caller; everything else keeps its single definition.

use std::mem;

use beskid_analysis::index::{Id, IndexVec};
use rustc_hash::FxHashMap;

use super::Outcomes;
use crate::mir::{
    self, Block, BlockData, Body, Callee, Convention, FuncId, Local, LocalDecl, Op, OpKind,
    Operand, Origin, Program, SourcePos, Terminator,
};

/// A body of at most this many operations and blocks is inlined everywhere.
const SMALL: usize = 30;
/// A body with a single call, whose address nobody has, is inlined up to this size.
const SINGLE_CALL: usize = 300;
/// A caller does not grow beyond this size.
const CALLER_LIMIT: usize = 3000;

/// Inlines throughout the program.
pub(super) fn run(program: &mut Program, outcomes: &mut Outcomes) {
    let graph = CallGraph::new(program);
    let mut sizes: IndexVec<FuncId, usize> = program.functions.iter().map(size).collect();
    for &caller in &graph.order {
        let mut body = mem::replace(&mut program.functions[caller], empty_body());
        let mut block = 0;
        // Spliced blocks are appended: their calls were decided when the callee was the caller, so they
        // are not looked at again; the rest of a split block is.
        let mut pending: Vec<Block> = body.blocks.ids().collect();
        while block < pending.len() {
            let at = pending[block];
            block += 1;
            if body.blocks[at].cold {
                continue;
            }
            let found = body.blocks[at].ops.iter().position(|op| match op.kind {
                OpKind::Call { callee: Callee::Direct(callee), .. } => {
                    let callee_body = &program.functions[callee];
                    callee != caller
                        // Code without positions stays without.
                        && (body.position != SourcePos::NOWHERE
                            || callee_body.position == SourcePos::NOWHERE)
                        && !graph.recursive[callee]
                        && callee_body.convention == Convention::Internal
                        && (sizes[callee] <= SMALL
                            || graph.calls[callee] == 1 && sizes[callee] <= SINGLE_CALL)
                        && sizes[caller] + sizes[callee] <= CALLER_LIMIT
                }
                _ => false,
            });
            if let Some(index) = found {
                let OpKind::Call { callee: Callee::Direct(callee), .. } =
                    body.blocks[at].ops[index].kind
                else {
                    continue;
                };
                sizes[caller] += sizes[callee];
                let rest =
                    splice(&mut body, at, index, &program.functions[callee], &mut program.origins);
                outcomes.calls_inlined += 1;
                pending.push(rest);
            }
        }
        program.functions[caller] = body;
    }
}

/// Operations and blocks: what a body costs.
fn size(body: &Body) -> usize {
    let hot = body.blocks.iter().filter(|data| !data.cold);
    hot.map(|data| data.ops.len() + 1).sum()
}

fn empty_body() -> Body {
    Body {
        symbol: String::new(),
        name: String::new(),
        convention: Convention::Internal,
        parameters: Vec::new(),
        results: Vec::new(),
        locals: IndexVec::new(),
        bindings: Vec::new(),
        blocks: IndexVec::new(),
        position: SourcePos(0),
    }
}

/// Who calls whom.
struct CallGraph {
    /// Callees before callers, as far as calls are not recursive.
    order: Vec<FuncId>,
    /// Whether a function can reach itself.
    recursive: IndexVec<FuncId, bool>,
    /// How many calls of a function there are, each place of its address counted as one.
    calls: IndexVec<FuncId, u32>,
}

impl CallGraph {
    fn new(program: &Program) -> Self {
        let callees: IndexVec<FuncId, Vec<FuncId>> =
            program.functions.iter().map(callees).collect();
        let mut calls: IndexVec<FuncId, u32> = program.functions.iter().map(|_| 0).collect();
        for &callee in callees.iter().flatten() {
            calls[callee] += 1;
        }
        mir::for_each_address(program, |function| calls[function] += 1);
        let components = components(&callees);
        let mut recursive: IndexVec<FuncId, bool> =
            program.functions.iter().map(|_| false).collect();
        for component in &components {
            for &function in component {
                recursive[function] = component.len() > 1 || callees[function].contains(&function);
            }
        }
        Self { order: components.into_iter().flatten().collect(), recursive, calls }
    }
}

fn callees(body: &Body) -> Vec<FuncId> {
    let ops = body.blocks.iter().flat_map(|data| &data.ops);
    ops.filter_map(|op| match op.kind {
        OpKind::Call { callee: Callee::Direct(callee), .. }
        | OpKind::EnterProgram { callee, .. } => Some(callee),
        _ => None,
    })
    .collect()
}

/// Strongly connected components, callees first (Tarjan 1972), without recursion.
fn components(callees: &IndexVec<FuncId, Vec<FuncId>>) -> Vec<Vec<FuncId>> {
    const NEW: usize = usize::MAX;
    let mut number: IndexVec<FuncId, usize> = callees.iter().map(|_| NEW).collect();
    let mut low: IndexVec<FuncId, usize> = callees.iter().map(|_| 0).collect();
    let mut open: IndexVec<FuncId, bool> = callees.iter().map(|_| false).collect();
    let (mut stack, mut result, mut next) = (Vec::new(), Vec::new(), 0);
    for root in callees.ids() {
        if number[root] != NEW {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some(&mut (function, ref mut edge)) = path.last_mut() {
            if *edge == 0 {
                number[function] = next;
                low[function] = next;
                next += 1;
                stack.push(function);
                open[function] = true;
            }
            if let Some(&callee) = callees[function].get(*edge) {
                *edge += 1;
                if number[callee] == NEW {
                    // The first visit is told by edge 0, so one without callees must not be seen twice.
                    path.push((callee, 0));
                } else if open[callee] {
                    low[function] = low[function].min(number[callee]);
                }
                continue;
            }
            path.pop();
            if let Some(&(parent, _)) = path.last() {
                low[parent] = low[parent].min(low[function]);
            }
            if low[function] == number[function] {
                let mut component = Vec::new();
                while let Some(member) = stack.pop() {
                    open[member] = false;
                    component.push(member);
                    if member == function {
                        break;
                    }
                }
                result.push(component);
            }
        }
    }
    result
}

/// Replaces the call at `ops[index]` of `at` by the callee's blocks; returns the block with the
/// operations after the call.
fn splice(
    body: &mut Body,
    at: Block,
    index: usize,
    callee: &Body,
    origins: &mut Vec<Origin>,
) -> Block {
    let mut after = body.blocks[at].ops.split_off(index);
    let call = after.remove(0);
    let OpKind::Call { results, arguments, .. } = call.kind else { return at };

    let returns =
        callee.blocks.iter().filter(|data| matches!(data.terminator, Terminator::Return(_)));
    if returns.count() > 1 {
        for &result in &results {
            body.locals[result].mutable = true;
        }
    }
    let first_local = body.locals.len();
    for decl in &callee.locals {
        body.locals.push(LocalDecl { name: decl.name.clone(), ..*decl });
    }
    let local = |local: Local| Local::from_index(first_local + local.index());
    let first_block = body.blocks.len();
    let block = |block: Block| Block::from_index(first_block + block.index());
    let rest = Block::from_index(first_block + callee.blocks.len());

    let mut inlined = FxHashMap::default();
    let mut position = |old| inlined_position(old, call.position, origins, &mut inlined);
    for data in &callee.blocks {
        let mut ops = data.ops.clone();
        for op in &mut ops {
            op.position = position(op.position);
            op.kind.for_each_dest_mut(|dest| *dest = local(*dest));
            op.kind.for_each_operand_mut(|operand| rename(operand, local));
        }
        let mut terminator = data.terminator.clone();
        terminator.for_each_operand_mut(|operand| rename(operand, local));
        terminator.for_each_successor_mut(|next| *next = block(*next));
        if let Terminator::Return(values) = terminator {
            let copies = results.iter().zip(values);
            ops.extend(copies.map(|(&dest, value)| Op {
                kind: OpKind::Copy { dest, value },
                position: call.position,
            }));
            terminator = Terminator::Goto(rest);
        }
        // The callee's entry is not cold, whatever it does.
        let only_panics = data.ops.first().is_some_and(|op| op.kind.is_final());
        body.blocks.push(BlockData { ops, terminator, cold: data.cold || only_panics });
    }

    let parameters = callee.parameters.iter().zip(arguments);
    let copies = parameters.map(|(&parameter, value)| Op {
        kind: OpKind::Copy { dest: local(parameter), value },
        position: call.position,
    });
    let data = &mut body.blocks[at];
    data.ops.extend(copies);
    let terminator =
        mem::replace(&mut data.terminator, Terminator::Goto(block(Block::from_index(0))));
    let cold = data.cold;
    body.blocks.push(BlockData { ops: after, terminator, cold })
}

fn rename(operand: &mut Operand, local: impl Fn(Local) -> Local) {
    if let Operand::Local(old) = operand {
        *old = local(*old);
    }
}

/// The position of an operation of the callee, seen through the call.
fn inlined_position(
    old: SourcePos,
    call: SourcePos,
    origins: &mut Vec<Origin>,
    inlined: &mut FxHashMap<SourcePos, SourcePos>,
) -> SourcePos {
    if old == SourcePos::NOWHERE {
        return call;
    }
    if let Some(&new) = inlined.get(&old) {
        return new;
    }
    let mut origin = origins[old.0 as usize];
    origin.parent = Some(match origin.parent {
        None => call,
        Some(parent) => inlined_position(parent, call, origins, inlined),
    });
    let new = SourcePos(origins.len() as u32);
    origins.push(origin);
    inlined.insert(old, new);
    new
}
