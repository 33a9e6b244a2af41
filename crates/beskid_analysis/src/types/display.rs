//! Types as text, for messages.
//!
//! *Invariants.* A type is written as a program would write it; what is not yet inferred is `_`.

use super::{FloatTy, Ty, TyKind, TyStore, TypeParamId};
use crate::hir::TypeDefId;

/// Where the names of declared types come from.
pub trait TyNames {
    /// The name of a `type` or `enum`.
    fn type_name(&self, def: TypeDefId) -> &str;
    /// The name of a type parameter.
    fn param_name(&self, param: TypeParamId) -> &str;
}

/// Names longer than this are cut: no message needs them whole.
const MAX_LENGTH: usize = 200;

impl TyStore {
    /// The type as a program writes it.
    #[must_use]
    pub fn display(&self, ty: Ty, names: &dyn TyNames) -> String {
        let mut out = String::new();
        self.write(ty, names, &mut out);
        out
    }

    fn write(&self, ty: Ty, names: &dyn TyNames, out: &mut String) {
        if out.len() > MAX_LENGTH {
            if !out.ends_with('…') {
                out.push('…');
            }
            return;
        }
        match *self.kind(ty) {
            TyKind::Error | TyKind::Infer => out.push('_'),
            TyKind::Never => out.push_str("never"),
            TyKind::Unit => out.push_str("unit"),
            TyKind::Bool => out.push_str("bool"),
            TyKind::Int(int) => out.push_str(int.name()),
            TyKind::Float(FloatTy::F32) => out.push_str("f32"),
            TyKind::Float(FloatTy::F64) => out.push_str("f64"),
            TyKind::Char => out.push_str("char"),
            TyKind::String => out.push_str("string"),
            TyKind::Ptr => out.push_str("ptr"),
            TyKind::Array(element) => {
                let parentheses = matches!(self.kind(element), TyKind::Function(..));
                if parentheses {
                    out.push('(');
                }
                self.write(element, names, out);
                out.push_str(if parentheses { ")[]" } else { "[]" });
            }
            TyKind::Param(param) => out.push_str(names.param_name(param)),
            TyKind::Object(def, arguments) | TyKind::Enum(def, arguments) => {
                out.push_str(names.type_name(def));
                let arguments = self.types(arguments);
                if !arguments.is_empty() {
                    out.push('<');
                    self.write_list(arguments, names, out);
                    out.push('>');
                }
            }
            TyKind::Function(parameters, result) => {
                out.push('(');
                self.write_list(self.types(parameters), names, out);
                out.push_str(") -> ");
                self.write(result, names, out);
            }
        }
    }

    fn write_list(&self, types: &[Ty], names: &dyn TyNames, out: &mut String) {
        for (index, &ty) in types.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.write(ty, names, out);
        }
    }
}
