//! The intermediate forms of an artifact as text, for people and goldens.

use cranelift_codegen::isa::TargetIsa;

use crate::artifact::CodegenArtifact;
use crate::error::CodegenError;

/// The MIR of the functions whose source name is `function`, or of all.
#[must_use]
pub fn mir(_artifact: &CodegenArtifact, _function: Option<&str>) -> String {
    String::new()
}

/// The CLIF of the functions whose source name is `function`, or of all; after Cranelift's
/// optimisation if the instruction set asks for it.
///
/// # Errors
/// A fault of the compiler.
pub fn clif(
    _artifact: &CodegenArtifact,
    _isa: &dyn TargetIsa,
    _function: Option<&str>,
) -> Result<String, CodegenError> {
    Ok(String::new())
}

/// The machine code as assembly of the functions whose source name is `function`, or of all.
///
/// # Errors
/// A fault of the compiler.
pub fn asm(
    _artifact: &CodegenArtifact,
    _isa: &dyn TargetIsa,
    _function: Option<&str>,
) -> Result<String, CodegenError> {
    Ok(String::new())
}
