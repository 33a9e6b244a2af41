//! Structural equality (language.md §6.3).
//!
//! Scalars compare in place; objects and arrays by a body of their own, made once a type.
//!
//! *Invariants.* Floats compare by IEEE also inside structure, so an object may differ from itself and
//! identity is no short cut. Comparing cyclic objects recurses until the stack ends, as the
//! specification says.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::TypeDefId;
use beskid_analysis::types::{Ty, TyKind};
use smallvec::smallvec;

use super::function::{FunctionCx, Value, int};
use super::{Instance, ProgramCx, name};
use crate::mir::{
    BinaryOp, Block, Body, CompareOp, Convention, Operand, Scalar, SourcePos, Terminator,
};

impl FunctionCx<'_, '_> {
    /// Whether two values of a type are equal, an `i8` of 0 or 1.
    pub(super) fn equal(&mut self, left: &Value, right: &Value, ty: Ty) -> Operand {
        let (Some(&a), Some(&b)) = (left.first(), right.first()) else {
            // `unit` has one value.
            return int(Scalar::I8, 1);
        };
        match self.program.analysis.types.kind(ty) {
            TyKind::Float(_) => self.compare(CompareOp::FEq, a, b),
            TyKind::String => self.call_runtime(RuntimeFn::StringEqual, vec![a, b], Scalar::I8),
            TyKind::Object(..) | TyKind::Array(_) => {
                let callee = self.instance(Instance::Equal(ty));
                let result = self.call(callee, vec![a, b], &smallvec![Scalar::I8]);
                result[0]
            }
            _ => self.compare(CompareOp::Eq, a, b),
        }
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

    fn compare_fields(&mut self, a: Operand, b: Operand, ty: Ty, def: TypeDefId, no: Block) {
        let analysis = self.program.analysis;
        for (index, field) in analysis.type_defs[def].fields.iter().enumerate() {
            let left = self.load_field(a, ty, index);
            let right = self.load_field(b, ty, index);
            self.require_equal(&left, &right, field.ty, no);
        }
        self.return_bool(1);
    }

    fn compare_elements(&mut self, a: Operand, b: Operand, element: Ty, no: Block) {
        let (length, other) = (self.array_len(a), self.array_len(b));
        let (inside, same_length, yes) = (self.new_block(), self.new_block(), self.new_block());
        let is_same = self.compare(CompareOp::Eq, length, other);
        self.branch(is_same, same_length, no);

        self.begin(same_length);
        let counter = self.variable(Scalar::I64);
        self.copy(counter, int(Scalar::I64, 0));
        let go_on = self.compare(CompareOp::SLt, int(Scalar::I64, 0), length);
        self.branch(go_on, inside, yes);

        self.begin(inside);
        let left = self.load_element(a, Operand::Local(counter), element);
        let right = self.load_element(b, Operand::Local(counter), element);
        self.require_equal(&left, &right, element, no);
        let next = self.binary(BinaryOp::IAdd, Operand::Local(counter), int(Scalar::I64, 1));
        self.copy(counter, next);
        let go_on = self.compare(CompareOp::SLt, next, length);
        self.branch(go_on, inside, yes);

        self.begin(yes);
        self.return_bool(1);
    }
}

/// The body that compares two objects or arrays.
pub(super) fn build(program: &mut ProgramCx<'_>, ty: Ty) -> Body {
    let analysis = program.analysis;
    let symbol = name::symbol_of_thunk(analysis, "equal", &[ty, ty], Ty::BOOL);
    let mut cx = FunctionCx::thunk(program);
    let (a, b) = (cx.temp(Scalar::Ref), cx.temp(Scalar::Ref));
    let (left, right) = (Operand::Local(a), Operand::Local(b));
    let no = cx.new_block();
    match *analysis.types.kind(ty) {
        TyKind::Array(element) => cx.compare_elements(left, right, element, no),
        TyKind::Object(def, _) => cx.compare_fields(left, right, ty, def, no),
        _ => cx.return_bool(1),
    }
    cx.begin(no);
    cx.return_bool(0);
    let name = format!("equality of {}", name::of_type(analysis, ty));
    let results = vec![Scalar::I8];
    cx.finish(symbol, name, Convention::Internal, vec![a, b], results, SourcePos::NOWHERE)
}
