//! Returns on x86-64 that leave the stack pointer alone.
//!
//! Cranelift ends every function so, whatever its frame:
//!
//! ```text
//!   add rsp, FRAME     only if the frame is not empty
//!   mov rsp, rbp
//!   pop rbp
//!   ret
//! ```
//!
//! After the addition `rsp` is `rbp` already, so the move does nothing, and it is not cheap: processors work out
//! the stack pointer of pushes, pops, calls and returns ahead of time, and a move to it makes them wait. Without
//! it recursive calls take a quarter less time. As nothing can be taken out of finished code, a `nop` of the same
//! length takes the place of the move.
//!
//! *Invariants.* Only a move that ends a `return` is replaced. Returns are found by their locations: a location
//! of Cranelift with the bit [`RETURN`] is that of a `return` alone, a range of code with such a location ends
//! with the instruction or its block, and the epilogue is the end of it. A range that two returns of one place
//! share keeps the first move, which is as right as before.

use cranelift_codegen::ir::SourceLoc;
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{Final, MachBufferFinalized};
use target_lexicon::Architecture;

/// The bit of locations of `return`s.
pub(crate) const RETURN: u32 = 1 << 31;

/// `mov rsp, rbp; pop rbp; ret`
const EPILOGUE: [u8; 5] = [0x48, 0x89, 0xec, 0x5d, 0xc3];
/// `nop dword [rax]`
const NOP: [u8; 3] = [0x0f, 0x1f, 0x00];

/// The location of a `return` at a location.
pub(crate) fn location(at: SourceLoc) -> SourceLoc {
    let bits = if at.is_default() { 0 } else { at.bits() };
    SourceLoc::new(bits | RETURN)
}

/// Takes the moves out of a function's code.
pub(crate) fn shorten(code: &mut [u8], buffer: &MachBufferFinalized<Final>, isa: &dyn TargetIsa) {
    if isa.triple().architecture != Architecture::X86_64 {
        return;
    }
    let returns = buffer
        .get_srclocs_sorted()
        .iter()
        .filter(|range| !range.loc.is_default() && range.loc.bits() & RETURN != 0);
    for range in returns {
        let Some(code) = code.get_mut(range.start as usize..range.end as usize) else { continue };
        if code.ends_with(&EPILOGUE) {
            let at = code.len() - EPILOGUE.len();
            code[at..at + NOP.len()].copy_from_slice(&NOP);
        }
    }
}

/// The same in Cranelift's text of the code.
pub(crate) fn shorten_text(text: &str) -> String {
    text.replace("  movq %rbp, %rsp\n  popq %rbp\n  retq\n", "  nopl (%rax)\n  popq %rbp\n  retq\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::programs;
    use crate::clif::declare::Declarations;
    use crate::compile;
    use crate::isa::{Imports, IsaConfig, OptLevel};

    #[test]
    fn no_return_moves_the_stack_pointer() {
        for opt in [OptLevel::None, OptLevel::Speed] {
            let triple = Some("x86_64-unknown-linux-gnu".parse().expect("a triple"));
            let config = IsaConfig { triple, opt, imports: Imports::Linked };
            let isa = config.build().expect("a known target");
            for (name, program) in programs::ALL {
                let program = program();
                let declarations = Declarations::without_module(&program, config.imports);
                let compiled = compile::functions(&program, &declarations, &*isa, None);
                let slow_paths = compile::slow_paths(&declarations, &*isa);
                let all = compiled.expect("code").into_iter().chain(slow_paths.expect("code"));
                let shortened = [&NOP[..], &EPILOGUE[NOP.len()..]].concat();
                let mut returns = 0;
                for function in all {
                    let has =
                        |bytes: &[u8]| function.code.windows(5).filter(|w| *w == bytes).count();
                    assert_eq!(has(&EPILOGUE), 0, "{name}");
                    returns += has(&shortened);
                }
                assert!(returns > 0, "{name}");
            }
        }
    }
}
