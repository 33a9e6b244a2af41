//! Structural hashes (language.md §9.6): equal values have equal hashes.
//!
//! A hash is a word into which values are mixed one after the other; it begins with the process's seed.
//! Types with structure have a body of their own, as for equality.
//!
//! *Invariants.* What is mixed in of a value depends on what `==` looks at alone: lengths, variants and
//! parts, no addresses. Functions, which `==` compares by what they are bound to, all have one hash, and
//! events take no part. Hashing cyclic objects recurses until the stack ends, as comparing them does.

use beskid_abi::hash::MULTIPLIER;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::types::{FloatTy, Ty, TyKind};
use smallvec::smallvec;

use super::function::{FunctionCx, Value, int};
use super::{Instance, ProgramCx, name};
use crate::mir::{
    BinaryOp, Block, Body, Convention, Conversion, Local, OpKind, Operand, Scalar, SourcePos,
    Terminator,
};

impl FunctionCx<'_, '_> {
    /// `Hash.Of(value)`
    pub(super) fn hash_of(&mut self, value: &Value, ty: Ty) -> Operand {
        let seed = self.temp(Scalar::I64);
        self.emit(OpKind::HashSeed { dest: seed });
        let hash = self.hash_into(value, ty, Operand::Local(seed));
        match self.program.layouts.types.kind(ty) {
            // What is mixed in last is one word.
            TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool | TyKind::Char | TyKind::String => {
                hash
            }
            // A method of the type, or nothing at all, which leaves the seed for everybody to see.
            _ => self.mix(hash, int(Scalar::I64, 0)),
        }
    }

    /// A hash with a value of a type mixed in.
    pub(super) fn hash_into(&mut self, value: &Value, ty: Ty, hash: Operand) -> Operand {
        let kind = self.program.layouts.types.kind(ty).clone();
        match kind {
            TyKind::Object(..) | TyKind::Enum(..) | TyKind::Array(_) => {
                let callee = self.instance(Instance::Hash(ty));
                let operands = value.iter().copied().chain([hash]).collect();
                return self.call(callee, operands, &smallvec![Scalar::I64])[0];
            }
            TyKind::Contract(..) => return self.hash_behind(value, hash),
            _ => {}
        }
        // `unit` has one value.
        let Some(&scalar) = value.first() else { return hash };
        match kind {
            TyKind::Int(int) => {
                let wide = self.int_to_width(scalar, int.is_signed(), Scalar::I64);
                self.mix(hash, wide)
            }
            TyKind::Float(FloatTy::F64) => {
                self.call_runtime(RuntimeFn::HashFloat, vec![scalar, hash], Scalar::I64)
            }
            TyKind::Float(FloatTy::F32) => {
                let wide = self.convert(Conversion::Promote, Scalar::F64, scalar);
                self.call_runtime(RuntimeFn::HashFloat, vec![wide, hash], Scalar::I64)
            }
            TyKind::String => {
                self.call_runtime(RuntimeFn::HashString, vec![scalar, hash], Scalar::I64)
            }
            TyKind::Function(..) => self.mix(hash, int(Scalar::I64, 0)),
            _ => {
                let wide = self.int_to_width(scalar, false, Scalar::I64);
                self.mix(hash, wide)
            }
        }
    }

    /// A hash with a word mixed in.
    fn mix(&mut self, hash: Operand, word: Operand) -> Operand {
        let both = self.binary(BinaryOp::Xor, hash, word);
        let multiplier = int(Scalar::I64, MULTIPLIER.cast_signed());
        let low = self.binary(BinaryOp::IMul, both, multiplier);
        let high = self.binary(BinaryOp::UMulHigh, both, multiplier);
        self.binary(BinaryOp::Xor, high, low)
    }

    fn hash_variants(&mut self, value: &Value, ty: Ty, hash: Operand) {
        let layout = self.program.layouts.enumeration(ty);
        let cases: Vec<(usize, Block)> =
            (0..layout.payloads.len()).map(|variant| (variant, self.new_block())).collect();
        let Some(&(_, first)) = cases.first() else { return };
        self.switch_variant(value, ty, &cases, first);
        for (variant, block) in cases {
            self.begin(block);
            let mut hash = self.mix(hash, int(Scalar::I64, variant as i64));
            for (index, &inner) in layout.payloads[variant].iter().enumerate() {
                let part = self.payload(value, ty, variant, index);
                hash = self.hash_into(&part, inner, hash);
            }
            self.terminate(Terminator::Return(vec![hash]));
        }
    }

    fn hash_elements(&mut self, array: Operand, element: Ty, hash: Operand) {
        let length = self.array_len(array);
        let so_far = self.variable(Scalar::I64);
        let first = self.mix(hash, length);
        self.copy(so_far, first);
        self.each_index(length, |cx, index, _| {
            let value = cx.load_element(array, index, element);
            let next = cx.hash_into(&value, element, Operand::Local(so_far));
            cx.copy(so_far, next);
        });
        self.terminate(Terminator::Return(vec![Operand::Local(so_far)]));
    }

    fn hash_fields(&mut self, object: Operand, ty: Ty, hash: Operand) {
        let mut hash = hash;
        for (index, field) in self.program.layouts.fields(ty).into_iter().enumerate() {
            let value = self.load_field(object, ty, index);
            hash = self.hash_into(&value, field, hash);
        }
        self.terminate(Terminator::Return(vec![hash]));
    }
}

/// The body that mixes an object, array or enum value into a hash.
pub(super) fn build(program: &mut ProgramCx<'_>, ty: Ty) -> Body {
    let symbol = name::symbol_of_thunk(&program.layouts, "hash", &[ty], Ty::U64);
    let name = format!("hash of {}", program.layouts.type_name(ty));
    let mut cx = FunctionCx::thunk(program);
    let shape = cx.shape(ty);
    let mut parameters: Vec<Local> = shape.iter().map(|&scalar| cx.temp(scalar)).collect();
    let value: Value = parameters.iter().map(|&local| Operand::Local(local)).collect();
    let hash = cx.temp(Scalar::I64);
    parameters.push(hash);
    let hash = Operand::Local(hash);
    match *cx.program.layouts.types.kind(ty) {
        TyKind::Array(element) => cx.hash_elements(value[0], element, hash),
        TyKind::Object(def, list) => match cx.program.analysis.type_defs[def].hash {
            Some(method) => {
                let mixed = cx.call_function(method, list, vec![value[0], hash]);
                cx.terminate(Terminator::Return(mixed.into_vec()));
            }
            None => cx.hash_fields(value[0], ty, hash),
        },
        _ => cx.hash_variants(&value, ty, hash),
    }
    let results = vec![Scalar::I64];
    cx.finish(symbol, name, Convention::Internal, parameters, results, SourcePos::NOWHERE)
}
