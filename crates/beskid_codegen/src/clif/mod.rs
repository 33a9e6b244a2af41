//! MIR to Cranelift IR.
//!
//! [`function`] walks the blocks; beside it one file for each kind of operation. What the collector
//! needs is in [`roots`] (stack maps), [`alloc`] (the inline path), [`barrier`] and [`slow_path`].
//!
//! *Invariants.* Lowering makes no decisions and needs no module: it reads a body and the ids of
//! declared symbols. No load from a reference is marked as movable, because Cranelift would move it
//! across a safepoint, behind the last point where the object is known to live. Addresses inside objects
//! are formed at the access. A check branches to a cold block that calls the runtime: hardware traps
//! are for what cannot happen.

use std::cell::Cell;

use cranelift_codegen::ir::{self, UserFuncName};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::FunctionBuilder;

use crate::compile::Scratch;
use crate::mir::{self, SourcePos};
use declare::Declarations;
use function::FunctionCx;
pub(crate) use positions::Positions;

mod access;
mod alloc;
mod arith;
mod barrier;
pub(crate) mod bindings;
mod call;
mod check;
mod context;
mod convert;
pub(crate) mod declare;
mod entry;
mod function;
mod positions;
mod roots;
pub(crate) mod signature;
pub(crate) mod slow_path;
mod terminator;

/// Lowers a function into the scratch context, and says which positions its locations stand for; `position`
/// follows the operation at hand.
pub(crate) fn lower_function(
    program: &mir::Program,
    function: mir::FuncId,
    declarations: &Declarations,
    isa: &dyn TargetIsa,
    scratch: &mut Scratch,
    position: &Cell<SourcePos>,
) -> Positions {
    let body = &program.functions[function];
    let name = UserFuncName::user(0, declarations.functions[function].as_u32());
    scratch.context.clear();
    scratch.context.func = ir::Function::with_name_signature(name, signature::of_body(body, isa));
    let mut builder = FunctionBuilder::new(&mut scratch.context.func, &mut scratch.builder);
    let cx = FunctionCx::new(program, body, declarations, isa, &mut builder, position);
    let positions = cx.lower();
    builder.finalize(isa.frontend_config());
    positions
}
