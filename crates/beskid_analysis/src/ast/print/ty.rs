//! Types and paths as they are written.

use super::PrintCx;
use crate::ast::{Ident, Path, TypeExprId, TypeExprKind, TypeParameter};

impl PrintCx<'_> {
    pub(super) fn name(&self, ident: Ident) -> &str {
        self.interner.name(ident.name)
    }

    pub(super) fn ty(&self, id: TypeExprId) -> String {
        let mut out = String::new();
        self.write_ty(id, &mut out);
        out
    }

    fn write_ty(&self, id: TypeExprId, out: &mut String) {
        match &self.ast.types[id].kind {
            TypeExprKind::Error => out.push_str("<error>"),
            TypeExprKind::Path(path) => self.write_path(path, out),
            TypeExprKind::Array(element) => {
                self.write_ty(*element, out);
                out.push_str("[]");
            }
            TypeExprKind::Function { parameters, result } => {
                out.push('(');
                self.write_types(parameters, out);
                out.push_str(") -> ");
                self.write_ty(*result, out);
            }
            TypeExprKind::Paren(inner) => {
                out.push('(');
                self.write_ty(*inner, out);
                out.push(')');
            }
        }
    }

    fn write_types(&self, types: &[TypeExprId], out: &mut String) {
        for (index, &ty) in types.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.write_ty(ty, out);
        }
    }

    fn write_path(&self, path: &Path, out: &mut String) {
        for (index, segment) in path.segments.iter().enumerate() {
            if index > 0 {
                out.push('.');
            }
            out.push_str(self.name(segment.ident));
            self.write_arguments(&segment.arguments, out);
        }
    }

    fn write_arguments(&self, arguments: &[TypeExprId], out: &mut String) {
        if !arguments.is_empty() {
            out.push('<');
            self.write_types(arguments, out);
            out.push('>');
        }
    }

    pub(super) fn path(&self, path: &Path) -> String {
        let mut out = String::new();
        self.write_path(path, &mut out);
        out
    }

    /// A name with its type arguments.
    pub(super) fn applied(&self, name: Ident, arguments: &[TypeExprId]) -> String {
        let mut out = self.name(name).to_owned();
        self.write_arguments(arguments, &mut out);
        out
    }

    /// A name with its type parameters and their bounds.
    pub(super) fn generic(&self, name: Ident, parameters: &[TypeParameter]) -> String {
        let mut out = self.name(name).to_owned();
        if !parameters.is_empty() {
            out.push('<');
            out.push_str(&self.type_parameters(parameters));
            out.push('>');
        }
        out
    }

    pub(super) fn type_parameters(&self, parameters: &[TypeParameter]) -> String {
        let mut out = String::new();
        for (index, parameter) in parameters.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            out.push_str(self.name(parameter.name));
            for (index, &bound) in parameter.bounds.iter().enumerate() {
                out.push_str(if index == 0 { " : " } else { " & " });
                self.write_ty(bound, &mut out);
            }
        }
        out
    }

    /// `: A, B` of a `type` or `enum`.
    pub(super) fn conformances(&self, contracts: &[TypeExprId]) -> String {
        let mut out = String::new();
        if !contracts.is_empty() {
            out.push_str(" : ");
            self.write_types(contracts, &mut out);
        }
        out
    }
}
