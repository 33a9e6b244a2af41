//! Expressions to operands.
//!
//! *Invariants.* The operands that [`FunctionCx::expr`] returns hold the value that the expression had
//! when it was evaluated, whatever is lowered next. An expression that does not return leaves no
//! current block; its operands, if any are asked for, are never run.

use beskid_abi::object::{BORN_OLD, array_size};
use beskid_analysis::ast::{BinaryOp, UnaryOp};
use beskid_analysis::hir::{Constant, Expr, ExprId, ExprKind};
use beskid_analysis::types::{FloatTy, Ty, TyKind};
use smallvec::smallvec;

use super::function::{FunctionCx, Value, int};
use crate::coverage::Owner;
use crate::mir::{self, Block, Const, OpKind, Operand, Scalar, Terminator};

/// Array literals of more elements are filled while their elements are evaluated, so that a long one
/// does not keep all its values alive at once.
const ELEMENTS_AT_ONCE: usize = 8;

impl FunctionCx<'_, '_> {
    /// Evaluates an expression.
    pub(super) fn expr(&mut self, id: ExprId) -> Value {
        let hir = self.hir;
        let expr = &hir.exprs[id];
        let before = self.enter(expr.span);
        self.count(Owner::Expr(id));
        let ty = self.concrete(expr.ty);
        let value = self.expr_kind(expr, ty);
        self.position = before;
        if value.len() != self.shape(ty).len() || !self.is_reachable() {
            // Only code that is not reached has no value.
            return self.any_value(ty);
        }
        value
    }

    /// Evaluates an expression whose value is one scalar.
    pub(super) fn scalar_expr(&mut self, id: ExprId) -> Operand {
        let value = self.expr(id);
        // Without a scalar the expression has not returned.
        value.first().copied().unwrap_or(int(Scalar::I64, 0))
    }

    /// Evaluates an expression and drops its value.
    pub(super) fn run(&mut self, id: ExprId) {
        self.expr(id);
    }

    /// Operands of the type's kinds for code that is never run.
    pub(super) fn any_value(&mut self, ty: Ty) -> Value {
        self.shape(ty).iter().map(|&scalar| zero(scalar)).collect()
    }

    fn expr_kind(&mut self, expr: &Expr, ty: Ty) -> Value {
        match &expr.kind {
            ExprKind::Error => {
                self.terminate(Terminator::Unreachable);
                Value::new()
            }
            ExprKind::Constant(constant) => self.constant(constant, ty),
            ExprKind::Local(local) if self.is_boxed(*local) => self.load_cell(*local),
            ExprKind::Local(local) => {
                let is_mutable = self.hir.locals[*local].mutable;
                let locals = self.binding(*local);
                locals
                    .iter()
                    .map(
                        |&local| {
                            if is_mutable { self.snapshot(local) } else { Operand::Local(local) }
                        },
                    )
                    .collect()
            }
            ExprKind::Array(elements) => self.array_literal(elements, ty),
            ExprKind::Struct(fields) => self.struct_literal(fields, ty),
            ExprKind::Variant(variant, payload) => {
                let payload: Vec<Value> = payload.iter().map(|&value| self.expr(value)).collect();
                if !self.is_reachable() {
                    return Value::new();
                }
                self.make_variant(ty, *variant, &payload)
            }
            ExprKind::Match(scrutinee, arms) => self.match_expr(*scrutinee, arms, ty),
            ExprKind::Try(operand, way) => self.try_expr(*operand, *way),
            ExprKind::Text(parts) => self.interpolated(parts),
            ExprKind::Unary(op, operand) => {
                let value = self.scalar_expr(*operand);
                smallvec![self.unary_operator(*op, value)]
            }
            ExprKind::Binary(op, left, right) => self.binary_expr(*op, *left, *right),
            ExprKind::And(..) | ExprKind::Or(..) => self.short_circuit(expr),
            ExprKind::Convert(operand) => {
                let from = self.ty(*operand);
                let value = self.scalar_expr(*operand);
                smallvec![self.conversion(value, from, ty)]
            }
            ExprKind::ToContract(operand) => {
                let from = self.ty(*operand);
                let value = self.expr(*operand);
                if !self.is_reachable() {
                    return Value::new();
                }
                self.contract_value(&value, from, ty)
            }
            ExprKind::Call(callee, arguments) => self.call_expr(*callee, arguments, ty),
            ExprKind::Function(function, types) => self.function_value(*function, *types),
            ExprKind::BoundMethod(receiver, method, types) => {
                self.bound_method(*receiver, *method, *types)
            }
            ExprKind::Lambda(lambda) => self.make_lambda(*lambda),
            ExprKind::Field(object, field) => {
                let owner = self.ty(*object);
                let object = self.scalar_expr(*object);
                self.load_field(object, owner, *field)
            }
            ExprKind::Index(array, index) => {
                let element = ty;
                let array = self.scalar_expr(*array);
                let index = self.index(*index);
                self.check_index(array, index);
                self.load_element(array, index.value, element)
            }
            ExprKind::Raise(object, event, arguments) => {
                self.raise(*object, *event, arguments);
                Value::new()
            }
            ExprKind::If { condition, then, otherwise } => {
                self.if_expr(*condition, *then, *otherwise, ty)
            }
            ExprKind::Block(block) => self.block(block, ty).unwrap_or_default(),
            ExprKind::Return(value) => {
                let values = value.map(|value| self.expr(value)).unwrap_or_default();
                self.leave_with(values);
                Value::new()
            }
            ExprKind::Break => self.leave(|targets| targets.on_break),
            ExprKind::Continue => self.leave(|targets| targets.on_continue),
        }
    }

    fn leave(&mut self, target: fn(&super::function::LoopTargets) -> Block) -> Value {
        match self.loops.last().map(target) {
            Some(block) => self.goto(block),
            None => self.terminate(Terminator::Unreachable),
        }
        Value::new()
    }

    /// The value that a mutable local has now.
    pub(super) fn snapshot(&mut self, local: mir::Local) -> Operand {
        let dest = self.temp(self.scalar(Operand::Local(local)));
        self.copy(dest, Operand::Local(local));
        Operand::Local(dest)
    }

    pub(super) fn constant(&mut self, constant: &Constant, ty: Ty) -> Value {
        let operand = match constant {
            Constant::Unit => return Value::new(),
            Constant::Bool(value) => int(Scalar::I8, i64::from(*value)),
            Constant::Char(value) => int(Scalar::I32, i64::from(u32::from(*value))),
            Constant::String(text) => self.static_string(text),
            // A literal of a type parameter.
            Constant::Int(value)
                if matches!(self.program.layouts.types.kind(ty), TyKind::Float(_)) =>
            {
                return self.constant(&Constant::Float(*value as f64), ty);
            }
            Constant::Int(value) => {
                let scalar = self.shape(ty).first().copied().unwrap_or(Scalar::I64);
                let unused = 64 - scalar.bytes() * 8;
                // The low bits, sign-extended, as MIR has them.
                int(scalar, ((*value as i64) << unused) >> unused)
            }
            Constant::Float(value) => Operand::Const(match self.program.layouts.types.kind(ty) {
                TyKind::Float(FloatTy::F32) => Const::F32(*value as f32),
                _ => Const::F64(*value),
            }),
        };
        smallvec![operand]
    }

    fn array_literal(&mut self, elements: &[ExprId], ty: Ty) -> Value {
        let TyKind::Array(element) = *self.program.layouts.types.kind(ty) else {
            return Value::new();
        };
        let count = int(Scalar::I64, elements.len() as i64);
        if elements.len() > ELEMENTS_AT_ONCE {
            let array = self.alloc_array(element, count);
            let stride = self.program.layouts.array(element).stride as usize;
            let is_born_old =
                array_size(elements.len(), stride).is_none_or(|size| size >= BORN_OLD);
            let allocated = (!is_born_old).then(|| self.freshness());
            for (index, &item) in elements.iter().enumerate() {
                let value = self.expr(item);
                self.store_element(array, index_constant(index), element, &value, allocated);
            }
            return smallvec![array];
        }
        let values: Vec<Value> = elements.iter().map(|&item| self.expr(item)).collect();
        let array = self.alloc_array(element, count);
        let allocated = self.freshness();
        for (index, value) in values.iter().enumerate() {
            self.store_element(array, index_constant(index), element, value, Some(allocated));
        }
        smallvec![array]
    }

    /// A zeroed array.
    pub(super) fn alloc_array(&mut self, element: Ty, length: Operand) -> Operand {
        let layout = self.program.layouts.array(element);
        let descriptor = self.program.data(mir::Data::Descriptor(layout.descriptor.clone()));
        let dest = self.temp(Scalar::Ref);
        self.emit(OpKind::AllocArray { dest, descriptor, length });
        Operand::Local(dest)
    }

    fn struct_literal(&mut self, fields: &[(usize, ExprId)], ty: Ty) -> Value {
        let values: Vec<(usize, Value)> =
            fields.iter().map(|&(field, value)| (field, self.expr(value))).collect();
        let layout = self.program.layouts.object(ty);
        let object = self.alloc(&layout);
        for (field, value) in &values {
            self.initialise_slots(object, &layout.fields[*field], value);
        }
        smallvec![object]
    }

    fn if_expr(
        &mut self,
        condition: ExprId,
        then: ExprId,
        otherwise: Option<ExprId>,
        ty: Ty,
    ) -> Value {
        let shape = self.shape(ty);
        let results = self.variables(&shape);
        let then_block = self.new_block();
        let after = self.new_block();
        let otherwise_block = if otherwise.is_some() { self.new_block() } else { after };
        self.condition(condition, then_block, otherwise_block);
        self.arm(then_block, then, &results, after);
        if let Some(otherwise) = otherwise {
            self.arm(otherwise_block, otherwise, &results, after);
        }
        self.begin(after);
        results.iter().map(|&local| Operand::Local(local)).collect()
    }

    /// A branch that gives its value to `results` and goes on in `after`.
    pub(super) fn arm(
        &mut self,
        block: Block,
        value: ExprId,
        results: &super::function::Locals,
        after: Block,
    ) {
        self.begin(block);
        let value = self.expr(value);
        if self.is_reachable() {
            self.copy_all(results, &value);
        }
        self.goto(after);
    }

    fn short_circuit(&mut self, expr: &Expr) -> Value {
        let result = self.variable(Scalar::I8);
        let (yes, no, after) = (self.new_block(), self.new_block(), self.new_block());
        self.condition_kind(expr, yes, no);
        for (block, value) in [(yes, 1), (no, 0)] {
            self.begin(block);
            self.copy(result, int(Scalar::I8, value));
            self.goto(after);
        }
        self.begin(after);
        smallvec![Operand::Local(result)]
    }

    /// Goes to `yes` or `no`, without making a value of the condition where that can be avoided.
    pub(super) fn condition(&mut self, id: ExprId, yes: Block, no: Block) {
        let hir = self.hir;
        let expr = &hir.exprs[id];
        let before = self.enter(expr.span);
        self.count(Owner::Expr(id));
        self.condition_kind(expr, yes, no);
        self.position = before;
    }

    fn condition_kind(&mut self, expr: &Expr, yes: Block, no: Block) {
        match expr.kind {
            ExprKind::And(left, right) => {
                let next = self.new_block();
                self.condition(left, next, no);
                self.begin(next);
                self.condition(right, yes, no);
            }
            ExprKind::Or(left, right) => {
                let next = self.new_block();
                self.condition(left, yes, next);
                self.begin(next);
                self.condition(right, yes, no);
            }
            ExprKind::Unary(UnaryOp::Not, operand) => self.condition(operand, no, yes),
            ExprKind::Constant(Constant::Bool(value)) => {
                self.goto(if value { yes } else { no });
            }
            _ => {
                let value = self.expr_kind(expr, Ty::BOOL);
                match value.first() {
                    Some(&condition) if self.is_reachable() => self.branch(condition, yes, no),
                    _ => self.terminate(Terminator::Unreachable),
                }
            }
        }
    }

    fn binary_expr(&mut self, op: BinaryOp, left: ExprId, right: ExprId) -> Value {
        let ty = self.ty(left);
        if ty == Ty::NEVER || self.ty(right) == Ty::NEVER {
            self.run(left);
            self.run(right);
            return Value::new();
        }
        let left = self.expr(left);
        let right = self.expr(right);
        smallvec![self.binary_operator(op, &left, &right, ty)]
    }
}

/// A value of a kind whose content does not matter.
pub(super) fn zero(scalar: Scalar) -> Operand {
    Operand::Const(match scalar {
        Scalar::F32 => Const::F32(0.0),
        Scalar::F64 => Const::F64(0.0),
        Scalar::Ref => Const::NullRef,
        int => Const::Int(int, 0),
    })
}

fn index_constant(index: usize) -> Operand {
    int(Scalar::I64, index as i64)
}
