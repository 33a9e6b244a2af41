//! Texts of values (language.md §9.6).
//!
//! A text is gathered in the thread's buffer: opened, appended to, and then printed or made a string.
//! Types with structure append theirs by a body of their own, which takes the value and how deep it
//! stands.
//!
//! *Invariants.* All values of an interpolated string are evaluated before its text is opened, so
//! nothing that leaves the expression early can leave a text open. What ends up in structure is
//! quoted; what a type's own `ToString` gives is not.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::{self, ExprId, TextPart, TypeDefId};
use beskid_analysis::types::{FloatTy, Ty, TyKind};
use smallvec::{SmallVec, smallvec};

use super::function::{FunctionCx, Value, int};
use super::{Instance, ProgramCx, name};
use crate::coverage::Owner;
use crate::mir::{BinaryOp, Block, Body, CompareOp, Convention, Local, Operand, Scalar, SourcePos};

/// Objects and arrays this deep in others are printed as [`CUT`]; enum values are no level of their own.
const MAX_DEPTH: i64 = 32;
const CUT: &str = "…";

/// Whether strings and chars are quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    No,
    Inside,
}

impl FunctionCx<'_, '_> {
    /// Writes a value's text to standard output: a string by one function, everything else through
    /// the text buffer by the other.
    pub(super) fn print(&mut self, value: ExprId, string: RuntimeFn, text: RuntimeFn) {
        let hir = self.hir;
        if let hir::ExprKind::Text(parts) = &hir.exprs[value].kind {
            let position = self.position;
            self.count(Owner::Expr(value));
            let pieces = self.pieces(parts);
            let mark = self.begin_text();
            self.append_pieces(&pieces);
            self.position = position;
            self.run_runtime(text, vec![mark]);
            return;
        }
        let ty = self.ty(value);
        let value = self.expr(value);
        if !self.is_reachable() {
            return;
        }
        match *self.program.layouts.types.kind(ty) {
            TyKind::String => self.run_runtime(string, value.into_vec()),
            _ => {
                let mark = self.begin_text();
                self.append(&value, ty, int(Scalar::I64, 0), Quotes::No);
                self.run_runtime(text, vec![mark]);
            }
        }
    }

    /// The text of a value as a string.
    pub(super) fn text_of(&mut self, value: &Value, ty: Ty) -> Operand {
        if let (TyKind::String, Some(&text)) = (self.program.layouts.types.kind(ty), value.first())
        {
            return text;
        }
        let mark = self.begin_text();
        self.append(value, ty, int(Scalar::I64, 0), Quotes::No);
        self.call_runtime(RuntimeFn::TextFinish, vec![mark], Scalar::Ref)
    }

    /// `"text ${value} text"`.
    pub(super) fn interpolated(&mut self, parts: &[TextPart]) -> Value {
        let pieces = self.pieces(parts);
        if let [Piece::Value(value, ty)] = pieces.as_slice() {
            return smallvec![self.text_of(value, *ty)];
        }
        let mark = self.begin_text();
        self.append_pieces(&pieces);
        smallvec![self.call_runtime(RuntimeFn::TextFinish, vec![mark], Scalar::Ref)]
    }

    /// Evaluates the values of an interpolated string.
    fn pieces<'t>(&mut self, parts: &'t [TextPart]) -> Vec<Piece<'t>> {
        parts
            .iter()
            .map(|part| match part {
                TextPart::Text(text) => Piece::Text(text),
                TextPart::Value(value) => {
                    let ty = self.ty(*value);
                    Piece::Value(self.expr(*value), ty)
                }
            })
            .collect()
    }

    fn append_pieces(&mut self, pieces: &[Piece<'_>]) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.append_static(text),
                Piece::Value(value, ty) => {
                    self.append(value, *ty, int(Scalar::I64, 0), Quotes::No);
                }
            }
        }
    }

    fn begin_text(&mut self) -> Operand {
        self.call_runtime(RuntimeFn::TextBegin, Vec::new(), Scalar::I64)
    }

    fn append_static(&mut self, text: &str) {
        if !text.is_empty() {
            let text = self.static_string(text);
            self.run_runtime(RuntimeFn::TextString, vec![text]);
        }
    }

    /// Appends the text of a value that stands at `depth`.
    fn append(&mut self, value: &Value, ty: Ty, depth: Operand, quotes: Quotes) {
        let inside = quotes == Quotes::Inside;
        match self.program.layouts.types.kind(ty) {
            TyKind::Enum(..) => return self.append_declared(value, ty, depth),
            TyKind::Contract(..) => return self.append_behind(value, depth),
            _ => {}
        }
        let Some(&scalar) = value.first() else {
            return self.append_static("()");
        };
        let (function, operand) = match *self.program.layouts.types.kind(ty) {
            TyKind::Bool => (RuntimeFn::TextBool, scalar),
            TyKind::Int(kind) => {
                let wide = self.int_to_width(scalar, kind.is_signed(), Scalar::I64);
                let function = match kind.is_signed() {
                    true => RuntimeFn::TextSigned,
                    false => RuntimeFn::TextUnsigned,
                };
                (function, wide)
            }
            TyKind::Float(FloatTy::F32) => (RuntimeFn::TextF32, scalar),
            TyKind::Float(FloatTy::F64) => (RuntimeFn::TextF64, scalar),
            TyKind::Char if inside => (RuntimeFn::TextQuotedChar, scalar),
            TyKind::Char => (RuntimeFn::TextChar, scalar),
            TyKind::String if inside => (RuntimeFn::TextQuotedString, scalar),
            TyKind::String => (RuntimeFn::TextString, scalar),
            TyKind::Ptr => (RuntimeFn::TextAddress, scalar),
            TyKind::Function(..) => return self.append_static("<function>"),
            TyKind::Object(..) | TyKind::Enum(..) => {
                return self.append_declared(value, ty, depth);
            }
            TyKind::Array(_) => return self.append_structure(value, ty, depth),
            TyKind::Error
            | TyKind::Infer
            | TyKind::Never
            | TyKind::Unit
            | TyKind::Param(_)
            | TyKind::IteratorOf(_)
            | TyKind::Contract(..) => return,
        };
        self.run_runtime(function, vec![operand]);
    }

    /// Appends the text of a value as it stands alone.
    pub(super) fn append_plain(&mut self, value: &Value, ty: Ty, depth: Operand) {
        self.append(value, ty, depth, Quotes::No);
    }

    /// Appends what a type's own `ToString` gives, or the structure.
    fn append_declared(&mut self, value: &Value, ty: Ty, depth: Operand) {
        let declared = self.program.layouts.types.as_declared(ty);
        let own = declared
            .and_then(|(def, list)| Some((self.program.analysis.type_defs[def].to_string?, list)));
        match own {
            Some((method, list)) => {
                let text = self.call_function(method, list, value.to_vec());
                self.run_runtime(RuntimeFn::TextString, text.into_vec());
            }
            None => self.append_structure(value, ty, depth),
        }
    }

    fn append_structure(&mut self, value: &Value, ty: Ty, depth: Operand) {
        let callee = self.instance(Instance::Text(ty));
        let mut arguments = value.to_vec();
        arguments.push(depth);
        self.call(callee, arguments, &SmallVec::new());
    }

    /// The depth of what stands inside of an object or array; one that is too deep is cut.
    fn go_deeper(&mut self, depth: Operand, done: Block) -> Operand {
        let (cut, shown) = (self.new_cold_block(), self.new_block());
        let too_deep = self.compare(CompareOp::SGe, depth, int(Scalar::I64, MAX_DEPTH));
        self.branch(too_deep, cut, shown);
        self.begin(cut);
        self.append_static(CUT);
        self.goto(done);
        self.begin(shown);
        self.binary(BinaryOp::IAdd, depth, int(Scalar::I64, 1))
    }

    fn append_fields(&mut self, object: Operand, ty: Ty, def: TypeDefId, depth: Operand) {
        let analysis = self.program.analysis;
        let item = &analysis.type_defs[def];
        let name = analysis.interner.name(item.name);
        if item.fields.is_empty() {
            return self.append_static(&format!("{name} {{ }}"));
        }
        let mut before = format!("{name} {{ ");
        let types = self.program.layouts.fields(ty);
        for (index, (field, field_ty)) in item.fields.iter().zip(types).enumerate() {
            before.push_str(analysis.interner.name(field.name));
            before.push_str(": ");
            self.append_static(&before);
            let value = self.load_field(object, ty, index);
            self.append(&value, field_ty, depth, Quotes::Inside);
            before.clear();
            before.push_str(", ");
        }
        self.append_static(" }");
    }

    fn append_variants(&mut self, value: &Value, ty: Ty, depth: Operand, done: Block) {
        let layout = self.program.layouts.enumeration(ty);
        let cases: Vec<(usize, Block)> =
            (0..layout.payloads.len()).map(|variant| (variant, self.new_block())).collect();
        self.switch_variant(value, ty, &cases, done);
        for (variant, block) in cases {
            self.begin(block);
            let mut before = self.program.layouts.variant_name(ty, variant).to_owned();
            let payload = &layout.payloads[variant];
            before.push_str(if payload.is_empty() { "" } else { "(" });
            for (index, &inner) in payload.iter().enumerate() {
                self.append_static(&before);
                let value = self.payload(value, ty, variant, index);
                self.append(&value, inner, depth, Quotes::Inside);
                before.clear();
                before.push_str(", ");
            }
            if payload.is_empty() {
                self.append_static(&before);
            } else {
                self.append_static(")");
            }
            self.goto(done);
        }
    }

    fn append_elements(&mut self, array: Operand, element: Ty, depth: Operand) {
        self.append_static("[");
        let length = self.array_len(array);
        let (inside, more, exit) = (self.new_block(), self.new_block(), self.new_block());
        let counter = self.variable(Scalar::I64);
        self.copy(counter, int(Scalar::I64, 0));
        let go_on = self.compare(CompareOp::SLt, int(Scalar::I64, 0), length);
        self.branch(go_on, inside, exit);

        self.begin(inside);
        let value = self.load_element(array, Operand::Local(counter), element);
        self.append(&value, element, depth, Quotes::Inside);
        let next = self.binary(BinaryOp::IAdd, Operand::Local(counter), int(Scalar::I64, 1));
        self.copy(counter, next);
        let go_on = self.compare(CompareOp::SLt, next, length);
        self.branch(go_on, more, exit);

        self.begin(more);
        self.append_static(", ");
        self.goto(inside);

        self.begin(exit);
        self.append_static("]");
    }
}

/// A part of an interpolated string, evaluated.
enum Piece<'t> {
    Text(&'t str),
    Value(Value, Ty),
}

/// The body that appends the text of an object, array or enum value.
pub(super) fn build(program: &mut ProgramCx<'_>, ty: Ty) -> Body {
    let symbol = name::symbol_of_thunk(&program.layouts, "text", &[ty, Ty::I64], Ty::UNIT);
    let name = format!("text of {}", program.layouts.type_name(ty));
    let mut cx = FunctionCx::thunk(program);
    let shape = cx.shape(ty);
    let mut parameters: Vec<Local> = shape.iter().map(|&scalar| cx.temp(scalar)).collect();
    let value: Value = parameters.iter().map(|&local| Operand::Local(local)).collect();
    let depth = cx.temp(Scalar::I64);
    parameters.push(depth);
    let done = cx.new_block();
    match *cx.program.layouts.types.kind(ty) {
        TyKind::Array(element) => {
            let inner = cx.go_deeper(Operand::Local(depth), done);
            cx.append_elements(value[0], element, inner);
        }
        TyKind::Object(def, _) => {
            let inner = cx.go_deeper(Operand::Local(depth), done);
            cx.append_fields(value[0], ty, def, inner);
        }
        TyKind::Enum(..) => cx.append_variants(&value, ty, Operand::Local(depth), done),
        _ => {}
    }
    cx.goto(done);
    cx.begin(done);
    cx.terminate(crate::mir::Terminator::Return(Vec::new()));
    cx.finish(symbol, name, Convention::Internal, parameters, Vec::new(), SourcePos::NOWHERE)
}
