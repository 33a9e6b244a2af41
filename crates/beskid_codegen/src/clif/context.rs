//! Where compiled code finds the thread context.
//!
//! In the pinned register, a register that Cranelift leaves alone. Its code for RISC-V has none to spare:
//! there the context is the first parameter of every function of the program, and of slow paths.
//!
//! *Invariants.* It is the same place in the whole unit, and a unit is for one instruction set. Calls of the
//! program's functions pass on what their caller got.

use cranelift_codegen::ir::{AbiParam, InstBuilder, Value, types};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::FunctionBuilder;

/// The parameter that signatures of an instruction set begin with for the context, if it is one.
pub(crate) fn parameter(isa: &dyn TargetIsa) -> Option<AbiParam> {
    (!isa.flags().enable_pinned_reg()).then(|| AbiParam::new(types::I64))
}

/// What a function knows of the context: where it is, and its value once that came as a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Context {
    /// In the pinned register.
    Register,
    /// This value; nothing before the function has it.
    Parameter(Option<Value>),
}

impl Context {
    pub(crate) fn new(isa: &dyn TargetIsa) -> Self {
        if parameter(isa).is_some() { Self::Parameter(None) } else { Self::Register }
    }

    /// Takes the context from the parameters, if it is the first of them.
    pub(crate) fn enter(&mut self, parameters: &mut impl Iterator<Item = Value>) {
        if let Self::Parameter(value) = self {
            *value = parameters.next();
        }
    }

    /// The context.
    pub(crate) fn get(self, builder: &mut FunctionBuilder<'_>) -> Value {
        match self {
            Self::Register => builder.ins().get_pinned_reg(types::I64),
            Self::Parameter(value) => value.expect("the context is known from the entry on"),
        }
    }

    /// What calls of the program's functions pass on, if they do.
    pub(crate) fn argument(self) -> Option<Value> {
        match self {
            Self::Register => None,
            Self::Parameter(value) => value,
        }
    }

    /// From here on this is the context; returns what was in its register.
    pub(crate) fn set(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        context: Value,
    ) -> Option<Value> {
        match self {
            Self::Register => {
                let saved = builder.ins().get_pinned_reg(types::I64);
                builder.ins().set_pinned_reg(context);
                Some(saved)
            }
            Self::Parameter(value) => {
                *value = Some(context);
                None
            }
        }
    }

    /// Puts back what [`Context::set`] returned.
    pub(crate) fn restore(builder: &mut FunctionBuilder<'_>, saved: Option<Value>) {
        if let Some(saved) = saved {
            builder.ins().set_pinned_reg(saved);
        }
    }
}
