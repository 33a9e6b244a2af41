//! Which machine code is made for, and how: the closed list of what the drivers may choose.

use std::sync::Arc;

use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use target_lexicon::Architecture;

/// How much work goes into the code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OptLevel {
    /// Compile fast: no MIR optimisation beyond what MIR is built with.
    None,
    /// Run fast.
    Speed,
}

/// How calls reach symbols that other parts of the process define.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Imports {
    /// Through their absolute address: the runtime of a JIT may lie anywhere.
    Absolute,
    /// Relative to the instruction: the linker puts everything into one image.
    Linked,
}

/// What a driver asks for.
#[derive(Clone, Debug)]
pub struct IsaConfig {
    /// `None` for the machine the compiler runs on.
    pub triple: Option<target_lexicon::Triple>,
    /// Optimisation of machine code.
    pub opt: OptLevel,
    /// How runtime symbols are reached.
    pub imports: Imports,
}

/// The machine cannot be compiled for; the text says why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnsupportedTarget(pub String);

impl IsaConfig {
    /// The instruction set with the settings that the lowering relies on: frame pointers (stack walks),
    /// the pinned register (thread context) where there can be one, inline stack probes (guard page), no position
    /// independence by GOT (all symbols of a unit are near).
    ///
    /// # Errors
    /// If Cranelift does not know the target.
    pub fn build(&self) -> Result<Arc<dyn TargetIsa>, UnsupportedTarget> {
        let unsupported = |error: &dyn std::fmt::Display| UnsupportedTarget(error.to_string());
        let mut flags = settings::builder();
        let linked = self.imports == Imports::Linked;
        let architecture = self.triple.as_ref().map(|triple| triple.architecture);
        let is_risc_v = matches!(architecture, Some(Architecture::Riscv64(_)));
        for (name, value) in [
            ("opt_level", if self.opt == OptLevel::Speed { "speed" } else { "none" }),
            ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
            ("is_pic", "false"),
            ("preserve_frame_pointers", "true"),
            ("enable_pinned_reg", if is_risc_v { "false" } else { "true" }),
            // Two results in registers are less than functions have.
            ("enable_multi_ret_implicit_sret", if is_risc_v { "true" } else { "false" }),
            ("enable_probestack", "true"),
            ("probestack_strategy", "inline"),
            ("unwind_info", if linked { "true" } else { "false" }),
            ("use_colocated_libcalls", if linked { "true" } else { "false" }),
            ("log2_min_function_alignment", "4"),
        ] {
            flags.set(name, value).map_err(|error| unsupported(&error))?;
        }
        let mut builder = match &self.triple {
            None => cranelift_native::builder().map_err(|error| unsupported(&error))?,
            Some(triple) => cranelift_codegen::isa::lookup(triple.clone())
                .map_err(|error| unsupported(&error))?,
        };
        if architecture == Some(Architecture::X86_64) {
            builder.enable("x86-64-v2").map_err(|error| unsupported(&error))?;
        }
        builder.finish(settings::Flags::new(flags)).map_err(|error| unsupported(&error))
    }
}
