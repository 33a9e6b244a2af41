//! Calls of functions, methods and what the compiler knows.
//!
//! *Invariants.* Arguments are evaluated from left to right, then the call happens. The text of
//! `assert` is the exception the specification makes: it is evaluated only when it is needed.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::{Builtin, Callee, ExprId, FunctionId};
use beskid_analysis::types::{Ty, TyKind, TyList};
use smallvec::smallvec;

use super::Instance;
use super::function::{FunctionCx, Value};
use super::place::Check;
use crate::mir::{Const, OpKind, Operand, Scalar};

/// What a failed `assert` says.
const ASSERTION_FAILED: &str = "assertion failed";

impl FunctionCx<'_, '_> {
    pub(super) fn call_expr(&mut self, callee: Callee, arguments: &[ExprId], ty: Ty) -> Value {
        match callee {
            Callee::Function(function, types) => {
                let outs = &self.program.analysis.functions[function].outs;
                let mut operands = Vec::with_capacity(arguments.len());
                let mut places = Vec::new();
                for (index, &argument) in arguments.iter().enumerate() {
                    if outs.contains(&index) {
                        let ty = self.ty(argument);
                        places.push((self.place(argument), ty));
                    } else {
                        operands.extend(self.expr(argument));
                    }
                }
                if !self.is_reachable() {
                    return Value::new();
                }
                let types = self.concrete_list(types);
                let mut value = self.call_function(function, types, operands);
                if places.is_empty() {
                    return value;
                }
                let own = self.shape(ty).len();
                let rest: Value = value.drain(own..).collect();
                let mut rest = rest.into_iter();
                for (place, ty) in places {
                    let count = self.shape(ty).len();
                    let given: Value = rest.by_ref().take(count).collect();
                    self.store_place(&place, ty, &given, Check::Needed);
                }
                value
            }
            Callee::Builtin(builtin) => self.builtin(builtin, arguments, ty),
            Callee::Value(function) => self.call_value(function, arguments, ty),
        }
    }

    /// Calls a function of the program with the arguments of its type parameters.
    pub(super) fn call_function(
        &mut self,
        function: FunctionId,
        types: TyList,
        operands: Vec<Operand>,
    ) -> Value {
        let item = &self.program.analysis.functions[function];
        if item.required {
            return self.call_required(function, types, operands);
        }
        if let Some(intrinsic) = item.intrinsic {
            return self.intrinsic(intrinsic, types, operands);
        }
        let callee = self.instance(Instance::Function(function, types));
        let never = item.result == Ty::NEVER;
        let (_, results) = self.signature(function, types);
        let value = self.call(callee, operands, &results);
        if never {
            // The function has ended the program.
            self.run_runtime(RuntimeFn::PanicUnreachable, Vec::new());
        }
        value
    }

    fn builtin(&mut self, builtin: Builtin, arguments: &[ExprId], ty: Ty) -> Value {
        match (builtin, arguments) {
            (Builtin::Print, &[value]) => {
                self.print(value, RuntimeFn::Print, RuntimeFn::TextPrint);
                Value::new()
            }
            (Builtin::PrintLine, &[value]) => {
                self.print(value, RuntimeFn::PrintLine, RuntimeFn::TextPrintLine);
                Value::new()
            }
            (Builtin::PrintLine, _) => {
                let empty = self.static_string("");
                self.run_runtime(RuntimeFn::PrintLine, vec![empty]);
                Value::new()
            }
            (Builtin::Panic, &[message]) => {
                let message = self.scalar_expr(message);
                self.run_runtime(RuntimeFn::Panic, vec![message]);
                Value::new()
            }
            (Builtin::Assert, &[condition, ..]) => {
                self.assert(condition, arguments.get(1).copied());
                Value::new()
            }
            (Builtin::ArrayFilled, &[count, value]) => self.array_filled(count, value, ty),
            (Builtin::ArrayLen, &[array]) => {
                let array = self.scalar_expr(array);
                smallvec![self.array_len(array)]
            }
            (Builtin::StringLen, &[string]) => {
                let string = self.scalar_expr(string);
                let dest = self.temp(Scalar::I64);
                self.emit(OpKind::StringLen { dest, string });
                smallvec![Operand::Local(dest)]
            }
            (Builtin::StringDecode, &[string, offset]) => {
                let operands = vec![self.scalar_expr(string), self.scalar_expr(offset)];
                smallvec![self.call_runtime(RuntimeFn::StringDecode, operands, Scalar::I64)]
            }
            (Builtin::Hash, &[value]) => {
                let ty = self.ty(value);
                let value = self.expr(value);
                smallvec![self.hash_of(&value, ty)]
            }
            (Builtin::ToString, &[value]) => {
                let ty = self.ty(value);
                let value = self.expr(value);
                smallvec![self.text_of(&value, ty)]
            }
            _ => {
                for &argument in arguments {
                    self.run(argument);
                }
                Value::new()
            }
        }
    }

    fn assert(&mut self, condition: ExprId, text: Option<ExprId>) {
        let (good, bad) = (self.new_block(), self.new_cold_block());
        self.condition(condition, good, bad);
        self.begin(bad);
        let message = match text {
            None => self.static_string(ASSERTION_FAILED),
            Some(text) => {
                let text = self.scalar_expr(text);
                let start = self.static_string(&format!("{ASSERTION_FAILED}: "));
                self.call_runtime(RuntimeFn::StringConcat, vec![start, text], Scalar::Ref)
            }
        };
        self.run_runtime(RuntimeFn::Panic, vec![message]);
        self.begin(good);
    }

    /// `Array.Filled<T>(count, value)`: new memory is zero, so zeros need no loop.
    fn array_filled(&mut self, count: ExprId, value: ExprId, ty: Ty) -> Value {
        let count = self.scalar_expr(count);
        let value = self.expr(value);
        let TyKind::Array(element) = *self.program.layouts.types.kind(ty) else {
            return Value::new();
        };
        let array = self.alloc_array(element, count);
        if value.iter().all(|&value| is_zero(value)) {
            return smallvec![array];
        }
        let length = self.array_len(array);
        // The loop has no safepoint, but it is not worth a proof that the array is still new.
        self.each_index(length, |cx, index, _| {
            cx.store_element(array, index, element, &value, None);
        });
        smallvec![array]
    }
}

/// Whether a constant's bits are all zero.
fn is_zero(operand: Operand) -> bool {
    match operand {
        Operand::Const(Const::Int(_, value)) => value == 0,
        Operand::Const(Const::F32(value)) => value.to_bits() == 0,
        Operand::Const(Const::F64(value)) => value.to_bits() == 0,
        Operand::Const(Const::NullRef) => true,
        Operand::Const(
            Const::StaticRef(_) | Const::FunctionAddress(_) | Const::TableAddress(_),
        )
        | Operand::Local(_) => false,
    }
}
