//! Types as text, for messages.
//!
//! *Invariants.* A type is written as a program would write it; what is not yet inferred is `_`.

use super::{FloatTy, Ty, TyKind, TyStore, TypeParamId};
use crate::hir::TypeDefId;

/// Where the names of declared types come from.
pub trait TyNames {
    /// The name of a `type`, `enum` or `contract`.
    fn type_name(&self, def: TypeDefId) -> &str;
    /// The name of a type parameter.
    fn param_name(&self, param: TypeParamId) -> &str;
}

/// Names longer than this are cut in messages, which do not need them whole.
const MAX_LENGTH: usize = 200;

impl TyStore {
    /// The type as a program writes it, cut if it is long.
    #[must_use]
    pub fn display(&self, ty: Ty, names: &dyn TyNames) -> String {
        Writer { types: self, names, limit: MAX_LENGTH }.text(ty)
    }

    /// The whole type as a program writes it. It may be as long as [`TyStore::size`] says.
    #[must_use]
    pub fn full_name(&self, ty: Ty, names: &dyn TyNames) -> String {
        Writer { types: self, names, limit: usize::MAX }.text(ty)
    }
}

struct Writer<'a> {
    types: &'a TyStore,
    names: &'a dyn TyNames,
    /// From this length on, `…` stands for the rest.
    limit: usize,
}

impl Writer<'_> {
    fn text(&self, ty: Ty) -> String {
        let mut out = String::new();
        self.write(ty, &mut out);
        out
    }

    fn write(&self, ty: Ty, out: &mut String) {
        if out.len() > self.limit {
            if !out.ends_with('…') {
                out.push('…');
            }
            return;
        }
        match *self.types.kind(ty) {
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
                let parentheses = matches!(self.types.kind(element), TyKind::Function(..));
                if parentheses {
                    out.push('(');
                }
                self.write(element, out);
                out.push_str(if parentheses { ")[]" } else { "[]" });
            }
            TyKind::IteratorOf(inner) => {
                out.push_str("IteratorOf<");
                self.write(inner, out);
                out.push('>');
            }
            TyKind::Param(param) => out.push_str(self.names.param_name(param)),
            TyKind::Object(def, arguments)
            | TyKind::Enum(def, arguments)
            | TyKind::Contract(def, arguments) => {
                out.push_str(self.names.type_name(def));
                let arguments = self.types.types(arguments);
                if !arguments.is_empty() {
                    out.push('<');
                    self.write_list(arguments, out);
                    out.push('>');
                }
            }
            TyKind::Function(parameters, result) => {
                out.push('(');
                self.write_list(self.types.types(parameters), out);
                out.push_str(") -> ");
                self.write(result, out);
            }
        }
    }

    fn write_list(&self, types: &[Ty], out: &mut String) {
        for (index, &ty) in types.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.write(ty, out);
        }
    }
}
