//! Functions as values: lambdas and what they capture, functions and methods by name, calls of all of
//! them (language.md §9.2 to §9.4).
//!
//! ```text
//! value     ──► | header | code | captures … |      code(value, arguments …)
//! let mut x ──► | header | x |                      a cell, if a lambda captures x
//! ```
//!
//! The code of a closure takes the closure as its first argument and reads its captures there. A
//! binding that is assigned and captured lives in a cell, which all that capture it share; every other
//! capture is a copy.
//!
//! *Invariants.* What captures nothing is static data, one for each function, so that comparing
//! addresses compares functions. A closure has its code before the next safepoint.

use beskid_abi::object::CLOSURE_CODE_OFFSET;
use beskid_abi::symbol::ItemKind;
use beskid_analysis::hir::{ExprId, FunctionId, LambdaId, LocalId};
use beskid_analysis::types::{Ty, TyKind, TyList};
use smallvec::smallvec;

use super::function::{FunctionCx, Locals, Value};
use super::layout::{ObjectLayout, Shape, object_of};
use super::{Instance, ProgramCx, name};
use crate::error::CodegenError;
use crate::mir::{
    self, Barrier, Body, Const, Convention, DescriptorKind, FuncId, Local, OpKind, Operand, Scalar,
    SourcePos, StaticClosure, Terminator,
};

impl FunctionCx<'_, '_> {
    /// Whether a binding lives in a cell.
    pub(super) fn is_boxed(&self, local: LocalId) -> bool {
        let local = &self.hir.locals[local];
        local.mutable && local.captured
    }

    /// A cell that holds a binding's first value.
    pub(super) fn make_cell(&mut self, local: LocalId, value: &Value) -> Local {
        let layout = self.cell(local);
        let cell = self.variable(Scalar::Ref);
        let object = self.alloc(&layout);
        self.fill(object, &layout, std::slice::from_ref(value));
        self.copy(cell, object);
        cell
    }

    /// The value of a binding that lives in a cell.
    pub(super) fn load_cell(&mut self, local: LocalId) -> Value {
        let layout = self.cell(local);
        let object = self.cell_reference(local);
        self.load_slots(object, &layout.fields[0])
    }

    /// Assigns a binding that lives in a cell.
    pub(super) fn store_cell(&mut self, local: LocalId, value: &Value) {
        let layout = self.cell(local);
        let object = self.cell_reference(local);
        self.store_slots(object, &layout.fields[0], value);
    }

    fn cell_reference(&mut self, local: LocalId) -> Operand {
        match self.binding(local).first() {
            Some(&cell) => Operand::Local(cell),
            // Only code that is not reached has no cell.
            None => Operand::Const(Const::NullRef),
        }
    }

    fn cell(&mut self, local: LocalId) -> ObjectLayout {
        let ty = self.local_ty(local);
        let shape = self.shape(ty);
        let name = format!("captured {}", self.program.layouts.type_name(ty));
        object_of(&[shape], name, DescriptorKind::Object)
    }

    /// A closure with captures.
    fn make_closure(&mut self, code: FuncId, layout: &ObjectLayout, captures: &[Value]) -> Value {
        let closure = self.alloc(layout);
        self.emit(OpKind::StoreField {
            object: closure,
            offset: CLOSURE_CODE_OFFSET as u32,
            value: Operand::Const(Const::FunctionAddress(code)),
            barrier: Barrier::Scalar,
        });
        self.fill(closure, layout, captures);
        smallvec![closure]
    }

    /// A closure without captures.
    fn static_closure(&mut self, code: FuncId, name: String) -> Value {
        let layout = object_of(&[], name, DescriptorKind::Closure);
        let descriptor = self.program.data(mir::Data::Descriptor(layout.descriptor));
        let closure = StaticClosure { descriptor, code };
        let data = self.program.data(mir::Data::Closure(closure));
        smallvec![Operand::Const(Const::StaticRef(data))]
    }

    /// `x => e`
    pub(super) fn make_lambda(&mut self, lambda: LambdaId) -> Value {
        let Some((function, types)) = self.of else { return Value::new() };
        let code = self.instance(Instance::Lambda(function, types, lambda));
        let hir = self.hir;
        let captures = &hir.lambdas[lambda].captures;
        let layout = self.lambda_layout(lambda);
        if captures.is_empty() {
            return self.static_closure(code, name::of_lambda(self.program.analysis, function));
        }
        let values: Vec<Value> = captures
            .iter()
            .map(|&local| self.binding(local).into_iter().map(Operand::Local).collect())
            .collect();
        self.make_closure(code, &layout, &values)
    }

    /// How a lambda's closure lies in memory.
    fn lambda_layout(&mut self, lambda: LambdaId) -> ObjectLayout {
        let hir = self.hir;
        let shapes: Vec<Shape> = hir.lambdas[lambda]
            .captures
            .iter()
            .map(|&local| {
                if self.is_boxed(local) {
                    return smallvec![Scalar::Ref];
                }
                let ty = self.local_ty(local);
                self.shape(ty)
            })
            .collect();
        let name = match self.of {
            Some((function, _)) => name::of_lambda(self.program.analysis, function),
            None => String::new(),
        };
        object_of(&shapes, name, DescriptorKind::Closure)
    }

    /// A function's name as a value.
    pub(super) fn function_value(&mut self, function: FunctionId, types: TyList) -> Value {
        let types = self.concrete_list(types);
        let code = self.instance(Instance::FunctionValue(function, types));
        self.static_closure(code, name::of_function(self.program.analysis, function))
    }

    /// `user.Greet` as a value.
    pub(super) fn bound_method(
        &mut self,
        receiver: ExprId,
        method: FunctionId,
        types: TyList,
    ) -> Value {
        let receiver = self.expr(receiver);
        if !self.is_reachable() {
            return Value::new();
        }
        let types = self.concrete_list(types);
        let code = self.instance(Instance::BoundMethod(method, types));
        let layout = self.bound_method_layout(method, types);
        self.make_closure(code, &layout, &[receiver])
    }

    fn bound_method_layout(&mut self, method: FunctionId, types: TyList) -> ObjectLayout {
        let (parameters, _) = self.signature(method, types);
        let shape = parameters.first().map(|&receiver| self.shape(receiver)).unwrap_or_default();
        let name = name::of_function(self.program.analysis, method);
        object_of(&[shape], name, DescriptorKind::BoundMethod)
    }

    /// The parameters that a function of the program is given, for these type arguments, and the shape of
    /// what it returns: its result, and the values of its `out` parameters behind it.
    pub(super) fn signature(&mut self, function: FunctionId, types: TyList) -> (Vec<Ty>, Shape) {
        let item = &self.program.analysis.functions[function];
        let store = &mut self.program.layouts.types;
        let arguments = store.types(types).to_vec();
        let mut concrete = |ty: Ty| store.substitute(ty, &item.type_parameters, &arguments);
        let parameters: Vec<Ty> = item.parameters.iter().map(|&ty| concrete(ty)).collect();
        let result = concrete(item.result);
        let mut shape = self.shape(result);
        for &out in &item.outs {
            shape.extend(self.shape(parameters[out]));
        }
        let is_given = |&(index, _): &(usize, &Ty)| !item.outs.contains(&index);
        let given = parameters.iter().enumerate().filter(is_given).map(|(_, &ty)| ty).collect();
        (given, shape)
    }

    /// Calls a value of a function type.
    pub(super) fn call_value(&mut self, function: ExprId, arguments: &[ExprId], ty: Ty) -> Value {
        let callee = self.ty(function);
        let closure = self.scalar_expr(function);
        let mut operands = vec![closure];
        for &argument in arguments {
            operands.extend(self.expr(argument));
        }
        if !self.is_reachable() {
            return Value::new();
        }
        let result = match *self.program.layouts.types.kind(callee) {
            TyKind::Function(_, result) => result,
            _ => ty,
        };
        let code = self.temp(Scalar::I64);
        let offset = CLOSURE_CODE_OFFSET as u32;
        self.emit(OpKind::LoadField { dest: code, object: closure, offset });
        let shape = self.shape(result);
        let results: Vec<Local> = shape.iter().map(|&scalar| self.temp(scalar)).collect();
        let value = results.iter().map(|&local| Operand::Local(local)).collect();
        let code = Operand::Local(code);
        self.emit(OpKind::CallIndirect { results, code, arguments: operands });
        value
    }

    /// Locals of a type's shape, for a parameter.
    pub(super) fn parameter(&mut self, ty: Ty) -> Locals {
        self.shape(ty).iter().map(|&scalar| self.temp(scalar)).collect()
    }
}

/// Builds the code of a lambda.
pub(super) fn build_lambda(
    program: &mut ProgramCx<'_>,
    function: FunctionId,
    arguments: TyList,
    lambda: LambdaId,
) -> Result<Body, CodegenError> {
    use beskid_analysis::index::Id;
    let source_name = name::of_lambda(program.analysis, function);
    let around = program.symbol_of(function, arguments);
    let symbol = name::symbol_within(&around, &lambda.index().to_string(), ItemKind::Lambda);
    let mut cx = FunctionCx::of_function(program, function, arguments, &source_name)?;
    let hir = cx.hir;
    let item = &hir.lambdas[lambda];
    let position = cx.position_of(hir.exprs[item.expr].span);
    cx.position = position;
    let ty = cx.ty(item.expr);
    if let TyKind::Function(_, result) = *cx.program.layouts.types.kind(ty) {
        cx.result = result;
    }
    let closure = cx.temp(Scalar::Ref);
    let mut parameters = vec![closure];
    let layout = cx.lambda_layout(lambda);
    for (field, &local) in item.captures.iter().enumerate() {
        let locals = if cx.is_boxed(local) {
            let cell: Locals = smallvec![cx.temp(Scalar::Ref)];
            cx.bind_to(local, cell.clone());
            cell
        } else {
            cx.declare(local)
        };
        for (slot, dest) in layout.fields[field].iter().zip(locals) {
            let object = Operand::Local(closure);
            cx.emit(OpKind::LoadField { dest, object, offset: slot.offset });
        }
    }
    parameters.extend(cx.declare_parameters(&item.parameters));
    Ok(cx.build_block(&item.block, symbol, source_name, parameters, position))
}

/// Builds what the closure of a function calls: the function, without the closure.
pub(super) fn build_function_value(
    program: &mut ProgramCx<'_>,
    function: FunctionId,
    types: TyList,
) -> Body {
    let source_name = name::of_function(program.analysis, function);
    let around = program.symbol_of(function, types);
    let symbol = name::symbol_within(&around, "value", ItemKind::Thunk);
    let mut cx = FunctionCx::thunk(program);
    let (parameters, result) = cx.signature(function, types);
    let closure = cx.temp(Scalar::Ref);
    let given: Vec<Local> = parameters.iter().flat_map(|&ty| cx.parameter(ty)).collect();
    let operands = given.iter().map(|&local| Operand::Local(local)).collect();
    let value = cx.call_function(function, types, operands);
    cx.terminate(Terminator::Return(value.into_vec()));
    let results = result.into_vec();
    let all = [closure].into_iter().chain(given).collect();
    cx.finish(symbol, source_name, Convention::Internal, all, results, SourcePos::NOWHERE)
}

/// Builds what a bound method calls: the method, with the receiver that the closure holds.
pub(super) fn build_bound_method(
    program: &mut ProgramCx<'_>,
    method: FunctionId,
    types: TyList,
) -> Body {
    let source_name = name::of_function(program.analysis, method);
    let around = program.symbol_of(method, types);
    let symbol = name::symbol_within(&around, "bound", ItemKind::Thunk);
    let mut cx = FunctionCx::thunk(program);
    let (parameters, result) = cx.signature(method, types);
    let closure = cx.temp(Scalar::Ref);
    let layout = cx.bound_method_layout(method, types);
    let given: Vec<Local> = parameters.iter().skip(1).flat_map(|&ty| cx.parameter(ty)).collect();
    let mut operands = cx.load_slots(Operand::Local(closure), &layout.fields[0]).into_vec();
    operands.extend(given.iter().map(|&local| Operand::Local(local)));
    let value = cx.call_function(method, types, operands);
    cx.terminate(Terminator::Return(value.into_vec()));
    let results = result.into_vec();
    let all = [closure].into_iter().chain(given).collect();
    cx.finish(symbol, source_name, Convention::Internal, all, results, SourcePos::NOWHERE)
}
