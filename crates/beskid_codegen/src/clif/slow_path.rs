//! Slow paths of allocation and barriers: small functions of the unit that save every register around
//! a call of the runtime.
//!
//! ```text
//!     hot code                     slow path                       runtime
//!     …                            save what C may change
//!     branch, never taken ───────► call ─────────────────────────► alloc_slow, gc_remember, …
//!     …         ◄───────────────── restore, return ◄──────────────
//! ```
//!
//! A call by C's convention in a cold block would cost the hot code registers: what lives across it must
//! be in one of the few that C keeps. Across these calls everything stays where it is.
//!
//! *Invariants.* A slow path has a frame like any other function, so a walk of the stack passes it; it
//! has no stack map and no position of its own. Cranelift's convention for this has no results: a new
//! object comes back through the thread context.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::thread_context::RESULT_OFFSET;
use cranelift_codegen::ir::{
    self, AbiParam, InstBuilder, MemFlagsData, Signature, SourceLoc, UserFuncName, types,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_frontend::FunctionBuilder;

use super::context::{self, Context};
use super::declare::Declarations;
use super::{function, signature};
use crate::compile::Scratch;
use crate::epilogue;

/// A runtime function that is called through a slow path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum SlowPath {
    /// Allocates; the object is then in the thread context.
    Alloc,
    /// Makes room for objects.
    Reserve,
    /// The generational barrier.
    Remember,
    /// The snapshot barrier.
    Snapshot,
}

impl SlowPath {
    /// What it calls.
    pub(crate) fn runtime_function(self) -> RuntimeFn {
        match self {
            Self::Alloc => RuntimeFn::AllocSlow,
            Self::Reserve => RuntimeFn::AllocReserve,
            Self::Remember => RuntimeFn::GcRemember,
            Self::Snapshot => RuntimeFn::GcSnapshot,
        }
    }

    /// Its symbol, which is local to the unit.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Alloc => "beskid_slow_path_alloc",
            Self::Reserve => "beskid_slow_path_reserve",
            Self::Remember => "beskid_slow_path_remember",
            Self::Snapshot => "beskid_slow_path_snapshot",
        }
    }

    /// How it is called: with the parameters of the runtime function, the thread context aside if that is in
    /// its register.
    pub(crate) fn signature(self, isa: &dyn TargetIsa) -> Signature {
        let context = context::parameter(isa);
        let mut signature = Signature::new(match context {
            None => CallConv::PreserveAll,
            // That of RISC-V keeps vector registers too, which few of these machines have.
            Some(_) => CallConv::Tail,
        });
        let parameters = self.runtime_function().info().parameters.len() - 1;
        signature.params.extend(context);
        signature.params.extend(vec![AbiParam::new(types::I64); parameters]);
        signature
    }
}

/// Lowers a slow path into the scratch context.
pub(crate) fn lower(
    path: SlowPath,
    id: cranelift_module::FuncId,
    declarations: &Declarations,
    isa: &dyn TargetIsa,
    scratch: &mut Scratch,
) {
    scratch.context.clear();
    scratch.context.func =
        ir::Function::with_name_signature(UserFuncName::user(0, id.as_u32()), path.signature(isa));
    let mut builder = FunctionBuilder::new(&mut scratch.context.func, &mut scratch.builder);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);

    let row = path.runtime_function();
    let callee = function::import(
        builder.func,
        declarations.runtime_function(row),
        signature::of_runtime_function(row, isa),
        declarations.imports_are_near(),
    );
    let mut context = Context::new(isa);
    let mut parameters = builder.block_params(entry).to_vec().into_iter();
    context.enter(&mut parameters);
    let thread = context.get(&mut builder);
    let mut arguments = vec![thread];
    arguments.extend(parameters);
    let call = builder.ins().call(callee, &arguments);
    if let Some(&object) = builder.inst_results(call).first() {
        let flags = MemFlagsData::trusted();
        builder.ins().store(flags, object, thread, RESULT_OFFSET as i32);
    }
    builder.set_srcloc(epilogue::location(SourceLoc::default()));
    builder.ins().return_(&[]);
    builder.finalize(isa.frontend_config());
}
