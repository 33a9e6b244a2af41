//! Structural equality (language.md §6.3).
//!
//! Scalars, and enums of them, compare in place; everything else by a body of its own, made once a type.
//!
//! *Invariants.* Floats compare by IEEE also inside structure, so an object may differ from itself and
//! identity is no short cut. Comparing cyclic objects recurses until the stack ends, as the
//! specification says.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::types::{Ty, TyKind};
use smallvec::smallvec;

use super::function::{FunctionCx, Value, int};
use super::{Instance, ProgramCx, name};
use crate::mir::{
    BinaryOp, Block, Body, CompareOp, Convention, Local, Operand, Scalar, SourcePos, Terminator,
};

impl FunctionCx<'_, '_> {
    /// Whether two values of a type are equal, an `i8` of 0 or 1.
    pub(super) fn equal(&mut self, left: &Value, right: &Value, ty: Ty) -> Operand {
        match self.program.layouts.types.kind(ty) {
            TyKind::Enum(..) => return self.equal_variants(left, right, ty),
            TyKind::Contract(..) => return self.equal_behind(left, right),
            _ => {}
        }
        let (Some(&a), Some(&b)) = (left.first(), right.first()) else {
            // `unit` has one value.
            return int(Scalar::I8, 1);
        };
        match self.program.layouts.types.kind(ty) {
            TyKind::Float(_) => self.compare(CompareOp::FEq, a, b),
            TyKind::String => self.call_runtime(RuntimeFn::StringEqual, vec![a, b], Scalar::I8),
            TyKind::Function(..) => {
                self.call_runtime(RuntimeFn::FunctionEqual, vec![a, b], Scalar::I8)
            }
            TyKind::Object(..) | TyKind::Array(_) => {
                let callee = self.instance(Instance::Equal(ty));
                let result = self.call(callee, vec![a, b], &smallvec![Scalar::I8]);
                result[0]
            }
            _ => self.compare(CompareOp::Eq, a, b),
        }
    }

    /// Enums of whole numbers and their kin compare in place, others by a body of their own.
    fn equal_variants(&mut self, left: &Value, right: &Value, ty: Ty) -> Operand {
        if self.program.layouts.is_bitwise(ty) {
            let mut equal = self.compare(CompareOp::Eq, left[0], right[0]);
            for (&a, &b) in left.iter().zip(right).skip(1) {
                let same = self.compare(CompareOp::Eq, a, b);
                equal = self.binary(BinaryOp::And, equal, same);
            }
            return equal;
        }
        let callee = self.instance(Instance::Equal(ty));
        let operands = left.iter().chain(right).copied().collect();
        self.call(callee, operands, &smallvec![Scalar::I8])[0]
    }

    fn compare_payloads(&mut self, left: &Value, right: &Value, ty: Ty, no: Block) {
        let layout = self.program.layouts.enumeration(ty);
        let (a, b) = (self.discriminant(left, ty), self.discriminant(right, ty));
        let same = self.new_block();
        let is_same = self.compare(CompareOp::Eq, a, b);
        self.branch(is_same, same, no);
        self.begin(same);
        let plain = self.new_block();
        let cases: Vec<(usize, Block)> = (0..layout.payloads.len())
            .filter(|&variant| !layout.payloads[variant].is_empty())
            .map(|variant| (variant, self.new_block()))
            .collect();
        self.switch_variant(left, ty, &cases, plain);
        for (variant, block) in cases {
            self.begin(block);
            for (index, &inner) in layout.payloads[variant].iter().enumerate() {
                let a = self.payload(left, ty, variant, index);
                let b = self.payload(right, ty, variant, index);
                self.require_equal(&a, &b, inner, no);
            }
            self.return_bool(1);
        }
        self.begin(plain);
        self.return_bool(1);
    }

    fn return_bool(&mut self, value: i64) {
        self.terminate(Terminator::Return(vec![int(Scalar::I8, value)]));
    }

    /// Goes on only if the values are equal.
    fn require_equal(&mut self, left: &Value, right: &Value, ty: Ty, different: Block) {
        let next = self.new_block();
        let equal = self.equal(left, right, ty);
        self.branch(equal, next, different);
        self.begin(next);
    }

    fn compare_fields(&mut self, a: Operand, b: Operand, ty: Ty, no: Block) {
        let fields = self.program.layouts.fields(ty);
        for (index, field) in fields.into_iter().enumerate() {
            let left = self.load_field(a, ty, index);
            let right = self.load_field(b, ty, index);
            self.require_equal(&left, &right, field, no);
        }
        self.return_bool(1);
    }

    fn compare_elements(&mut self, a: Operand, b: Operand, element: Ty, no: Block) {
        let (length, other) = (self.array_len(a), self.array_len(b));
        let same_length = self.new_block();
        let is_same = self.compare(CompareOp::Eq, length, other);
        self.branch(is_same, same_length, no);

        self.begin(same_length);
        self.each_index(length, |cx, index, _| {
            let left = cx.load_element(a, index, element);
            let right = cx.load_element(b, index, element);
            cx.require_equal(&left, &right, element, no);
        });
        self.return_bool(1);
    }
}

/// The body that compares two objects, arrays or enum values.
pub(super) fn build(program: &mut ProgramCx<'_>, ty: Ty) -> Body {
    let symbol = name::symbol_of_thunk(&program.layouts, "equal", &[ty, ty], Ty::BOOL);
    let name = format!("equality of {}", program.layouts.type_name(ty));
    let mut cx = FunctionCx::thunk(program);
    let shape = cx.shape(ty);
    let parameters: Vec<Local> =
        shape.iter().chain(&shape).map(|&scalar| cx.temp(scalar)).collect();
    let value = |locals: &[Local]| -> Value { locals.iter().map(|&l| Operand::Local(l)).collect() };
    let (left, right) = (value(&parameters[..shape.len()]), value(&parameters[shape.len()..]));
    let no = cx.new_block();
    match *cx.program.layouts.types.kind(ty) {
        TyKind::Array(element) => cx.compare_elements(left[0], right[0], element, no),
        TyKind::Object(def, list) => match cx.program.analysis.type_defs[def].equals {
            Some(method) => {
                let equal = cx.call_function(method, list, vec![left[0], right[0]]);
                cx.terminate(Terminator::Return(equal.into_vec()));
            }
            None => cx.compare_fields(left[0], right[0], ty, no),
        },
        TyKind::Enum(..) => cx.compare_payloads(&left, &right, ty, no),
        _ => cx.return_bool(1),
    }
    cx.begin(no);
    cx.return_bool(0);
    let results = vec![Scalar::I8];
    cx.finish(symbol, name, Convention::Internal, parameters, results, SourcePos::NOWHERE)
}
