//! An artifact as a relocatable object file.

use beskid_codegen::isa::Imports;
use beskid_codegen::{CodegenArtifact, CodegenError, Reuse, define_artifact};
use cranelift_object::{ObjectBuilder, ObjectModule};
use object::write::Symbol;
use object::{SymbolFlags, SymbolKind, SymbolScope};

use crate::{AotError, Target, debug_info, unwind};

/// The name that objects give for themselves: an output must not depend on the source's folder.
const NAME: &str = "program";

/// Compiles `artifact` for `target`, or takes what an earlier build has compiled where that is the same; the
/// bytes do not depend on it. References to the runtime are left to the linker. Of a library, what it exports
/// is global, each by all its names.
///
/// # Errors
/// The target is not supported, or the compiler is at fault.
pub fn emit_object(
    artifact: &CodegenArtifact,
    target: &Target,
    reuse: Option<&mut Reuse>,
) -> Result<Vec<u8>, AotError> {
    let isa = target.isa(artifact.opt())?;
    let library_calls = cranelift_module::default_libcall_names();
    let builder = ObjectBuilder::new(isa.clone(), NAME, library_calls).map_err(|error| {
        AotError::UnsupportedTarget { triple: target.to_string(), reason: error.to_string() }
    })?;
    let mut module = ObjectModule::new(builder);
    let unit = define_artifact(artifact, &*isa, Imports::Linked, &mut module, reuse)?;
    let mut product = module.finish();
    if target.is_elf() {
        unwind::add(&mut product, &unit, &*isa)
            .and_then(|()| debug_info::add(&mut product, &unit, artifact, &*isa))
            .map_err(|message| fault(&message))?;
    }
    for (name, function) in &unit.exports {
        let symbol = product.function_symbol(*function);
        let symbol = product.object.symbol(symbol);
        let (value, size, section) = (symbol.value, symbol.size, symbol.section);
        product.object.add_symbol(Symbol {
            name: name.as_bytes().to_vec(),
            value,
            size,
            kind: SymbolKind::Text,
            scope: SymbolScope::Dynamic,
            weak: false,
            section,
            flags: SymbolFlags::None,
        });
    }
    product.emit().map_err(|error| fault(&error.to_string()))
}

fn fault(message: &str) -> AotError {
    AotError::Codegen(CodegenError::Symbol {
        symbol: "the object file".into(),
        message: message.into(),
    })
}
