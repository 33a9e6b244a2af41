//! Signatures as they are written, on one line, with links.
//!
//! They come from the trees and not from the types of the analysis: an alias, a path or the order of bounds is
//! what the author wanted to be read. The layout is that of `beskid fmt`.

use beskid_analysis::ast::{
    Ast, ParameterMode, Path, TypeExprId, TypeExprKind, TypeParameter as Parameter,
};
use beskid_analysis::source::{FileId, Span};

use super::{Cx, Program};
use crate::model::{Link, Linked, TypeParameter};

/// A type as text.
pub(super) fn plain(program: &Program, ast: &Ast, id: TypeExprId) -> String {
    let mut writer = Writer { program, ast, target: &|_| None, out: Linked::default() };
    writer.ty(id);
    writer.out.text
}

/// Writes texts with links.
pub(super) struct Writer<'a> {
    program: &'a Program,
    ast: &'a Ast,
    /// The id of what the name at a place means.
    target: &'a dyn Fn(Span) -> Option<String>,
    pub(super) out: Linked,
}

impl Writer<'_> {
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.out.text.push_str(text);
        self
    }

    /// Here a long signature may be broken.
    pub(super) fn may_break(&mut self) -> &mut Self {
        self.out.breaks.push(self.out.text.len());
        self
    }

    fn name(&mut self, symbol: beskid_analysis::symbol::Symbol) {
        let program = self.program;
        self.push(program.analysis.interner.name(symbol));
    }

    fn list(&mut self, types: &[TypeExprId], between: &str) {
        for (index, &ty) in types.iter().enumerate() {
            if index > 0 {
                self.push(between);
            }
            self.ty(ty);
        }
    }

    pub(super) fn ty(&mut self, id: TypeExprId) -> &mut Self {
        let ast = self.ast;
        match &ast.types[id].kind {
            TypeExprKind::Error => {}
            TypeExprKind::Path(path) => self.path(path),
            TypeExprKind::Array(element) => {
                let is_function = matches!(ast.types[*element].kind, TypeExprKind::Function { .. });
                self.push(if is_function { "(" } else { "" });
                self.ty(*element);
                self.push(if is_function { ")[]" } else { "[]" });
            }
            TypeExprKind::Function { parameters, result } => {
                self.push("(");
                self.list(parameters, ", ");
                self.push(") -> ");
                self.ty(*result);
            }
            TypeExprKind::Paren(inner) => {
                self.push("(");
                self.ty(*inner);
                self.push(")");
            }
        }
        self
    }

    fn path(&mut self, path: &Path) {
        for (index, segment) in path.segments.iter().enumerate() {
            if index > 0 {
                self.push(".");
            }
            let start = self.out.text.len();
            self.name(segment.ident.name);
            if let Some(target) = (self.target)(segment.ident.span) {
                let end = self.out.text.len();
                self.out.links.push(Link { start, end, target: Some(target) });
            }
            if !segment.arguments.is_empty() {
                self.push("<");
                self.list(&segment.arguments, ", ");
                self.push(">");
            }
        }
    }

    /// `<T : A & B>`, or nothing.
    pub(super) fn generic(&mut self, parameters: &[Parameter]) -> &mut Self {
        for (index, parameter) in parameters.iter().enumerate() {
            self.push(if index == 0 { "<" } else { ", " });
            self.name(parameter.name.name);
            if !parameter.bounds.is_empty() {
                self.push(" : ");
                self.list(&parameter.bounds, " & ");
            }
        }
        self.push(if parameters.is_empty() { "" } else { ">" })
    }

    /// ` : A, B`, or nothing.
    pub(super) fn contracts(&mut self, contracts: &[TypeExprId]) -> &mut Self {
        if !contracts.is_empty() {
            self.push(" : ");
            self.list(contracts, ", ");
        }
        self
    }

    /// `(ref T a, U b)`
    pub(super) fn parameters(
        &mut self,
        parameters: &[beskid_analysis::ast::Parameter],
    ) -> &mut Self {
        self.push("(");
        for (index, parameter) in parameters.iter().enumerate() {
            self.push(if index > 0 { ", " } else { "" });
            self.may_break();
            if let Some(mode) = mode(parameter.mode) {
                self.push(mode).push(" ");
            }
            self.ty(parameter.ty).push(" ");
            self.name(parameter.name.name);
        }
        if !parameters.is_empty() {
            self.may_break();
        }
        self.push(")")
    }
}

/// The word before a parameter.
pub(super) fn mode(mode: ParameterMode) -> Option<&'static str> {
    match mode {
        ParameterMode::Value => None,
        ParameterMode::Ref => Some("ref"),
        ParameterMode::Out => Some("out"),
    }
}

impl Cx<'_> {
    /// What is written by a function.
    pub(super) fn written(&self, file: FileId, write: impl FnOnce(&mut Writer<'_>)) -> Linked {
        let target = |place| {
            let target = self.outline().target(place)?;
            self.ids.of(target).map(str::to_owned)
        };
        let ast = &self.outline().asts[file];
        let (program, out) = (self.program, Linked::default());
        let mut writer = Writer { program, ast, target: &target, out };
        write(&mut writer);
        writer.out
    }

    /// A type.
    pub(super) fn ty(&self, file: FileId, id: TypeExprId) -> Linked {
        self.written(file, |writer| {
            writer.ty(id);
        })
    }

    pub(super) fn tys(&self, file: FileId, ids: &[TypeExprId]) -> Vec<Linked> {
        ids.iter().map(|&id| self.ty(file, id)).collect()
    }

    pub(super) fn type_parameters(&self, file: FileId, all: &[Parameter]) -> Vec<TypeParameter> {
        let parameter = |of: &Parameter| TypeParameter {
            name: self.name(of.name.name).to_owned(),
            bounds: self.tys(file, &of.bounds),
        };
        all.iter().map(parameter).collect()
    }
}
