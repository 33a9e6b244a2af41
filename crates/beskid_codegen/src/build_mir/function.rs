//! The body under construction: blocks, locals, positions, and what one may write into them.
//!
//! Code is appended to the *current* block. After a terminator there is none, until the next block
//! begins; operations appended meanwhile are unreachable and dropped on the spot, so the rest of
//! lowering needs no care for code behind `return`.
//!
//! *Invariants.* A local made by [`FunctionCx::temp`] is assigned once. [`FunctionCx::freshness`]
//! changes with every safepoint and every block, so an object is known to be new exactly while it is
//! the same as at its allocation.

use std::mem;

use beskid_abi::code_map::Author;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::hir::{self, ExprId, FunctionId, LocalId};
use beskid_analysis::index::{Id, IndexVec};
use beskid_analysis::source::Span;
use beskid_analysis::types::{FloatTy, Ty, TyKind, TyList, TypeParamId};
use smallvec::{SmallVec, smallvec};

use super::layout::Shape;
use super::{Instance, ProgramCx, name};
use crate::coverage::Owner;
use crate::error::CodegenError;
use crate::isa::OptLevel;
use crate::mir::{
    self, Barrier, BinaryOp, Binding, BindingKind, Block, BlockData, Body, Callee, CompareOp,
    Const, Convention, Conversion, FuncId, Local, LocalDecl, Name, Op, OpKind, Operand, Origin,
    Scalar, Scope, SourcePos, Terminator, UnaryOp,
};

/// The scalars of a value.
pub(super) type Value = SmallVec<[Operand; 2]>;
/// The locals that hold a value.
pub(super) type Locals = SmallVec<[Local; 2]>;

/// Where `break` and `continue` go.
#[derive(Clone, Copy)]
pub(super) struct LoopTargets {
    pub(super) on_break: Block,
    pub(super) on_continue: Block,
}

/// The text that operations come from.
struct Text {
    function: Name,
    /// The place asked for last, and its position: neighbours often share it.
    last: Option<(u32, SourcePos)>,
}

/// See the module.
pub(super) struct FunctionCx<'p, 'a> {
    pub(super) program: &'p mut ProgramCx<'a>,
    /// The checked body; an empty one in code the compiler made.
    pub(super) hir: &'a hir::Body,
    locals: IndexVec<Local, LocalDecl>,
    /// What debuggers will show.
    shown: Vec<Binding>,
    blocks: IndexVec<Block, Option<BlockData>>,
    current: Option<(Block, Vec<Op>)>,
    /// The blocks that are off the usual path.
    cold: Vec<Block>,
    /// Where the operations to come stand.
    pub(super) position: SourcePos,
    text: Option<Text>,
    /// See the invariants.
    freshness: u32,
    /// The locals of each binding.
    bindings: IndexVec<LocalId, Option<Locals>>,
    /// The type parameters of the body, and what stands for them.
    generics: (&'a [TypeParamId], Vec<Ty>),
    /// The function of the program that the body is of, or is a lambda of.
    pub(super) of: Option<(FunctionId, TyList)>,
    /// The type of the result.
    pub(super) result: Ty,
    /// The `out` parameters, whose values are returned behind the result.
    outs: Vec<LocalId>,
    pub(super) loops: Vec<LoopTargets>,
}

/// Builds the body of a function of the program.
pub(super) fn build(
    program: &mut ProgramCx<'_>,
    function: FunctionId,
    arguments: TyList,
) -> Result<Body, CodegenError> {
    let source_name = name::of_function(program.analysis, function);
    let symbol = program.symbol_of(function, arguments);
    let mut cx = FunctionCx::of_function(program, function, arguments, &source_name)?;
    let item = &cx.program.analysis.functions[function];
    cx.result = cx.concrete(item.result);
    let position = cx.position_of(item.span);
    cx.position = position;
    let hir = cx.hir;
    let locals = hir.locals.ids().take(hir.parameter_count).enumerate();
    let (outs, given): (Vec<_>, Vec<_>) = locals.partition(|(index, _)| item.outs.contains(index));
    let given: Vec<LocalId> = given.into_iter().map(|(_, local)| local).collect();
    let parameters = cx.declare_parameters(&given);
    cx.count(Owner::Function);
    for (_, local) in outs {
        // No program sees this value; a collection may.
        let ty = cx.local_ty(local);
        let nothing = cx.any_value(ty);
        cx.bind_new(local, &nothing);
        cx.outs.push(local);
    }
    Ok(cx.build_block(&hir.block, symbol, source_name, parameters, position))
}

impl<'p, 'a> FunctionCx<'p, 'a> {
    fn new(program: &'p mut ProgramCx<'a>, hir: &'a hir::Body, text: Option<Text>) -> Self {
        let mut blocks = IndexVec::new();
        let entry = blocks.push(None);
        Self {
            program,
            hir,
            locals: IndexVec::new(),
            shown: Vec::new(),
            blocks,
            current: Some((entry, Vec::new())),
            cold: Vec::new(),
            position: SourcePos::NOWHERE,
            text,
            freshness: 0,
            bindings: hir.locals.iter().map(|_| None).collect(),
            generics: (&[], Vec::new()),
            of: None,
            result: Ty::UNIT,
            outs: Vec::new(),
            loops: Vec::new(),
        }
    }

    /// A body whose text is a function of the program, or part of it, under the name that traces show.
    pub(super) fn of_function(
        program: &'p mut ProgramCx<'a>,
        function: FunctionId,
        arguments: TyList,
        name: &str,
    ) -> Result<Self, CodegenError> {
        let analysis = program.analysis;
        let Some(body) = &analysis.bodies[function] else {
            return Err(CodegenError::Function {
                name: name.into(),
                place: "an unknown place".into(),
                message: "the function has no checked body".into(),
            });
        };
        let text = Text { function: program.names.intern(name), last: None };
        let types = program.layouts.types.types(arguments).to_vec();
        let mut cx = FunctionCx::new(program, body, Some(text));
        cx.generics = (&analysis.functions[function].type_parameters, types);
        cx.of = Some((function, arguments));
        Ok(cx)
    }

    /// Makes the locals of parameters, in their order.
    pub(super) fn declare_parameters(&mut self, parameters: &[LocalId]) -> Vec<Local> {
        let mut all = Vec::new();
        let mut boxed = Vec::new();
        let first = self.shown.len();
        for &parameter in parameters {
            let locals = self.declare(parameter);
            if self.is_boxed(parameter) {
                boxed.push((parameter, locals.clone()));
            }
            all.extend(locals);
        }
        self.shown[first..].iter_mut().for_each(|shown| shown.is_parameter = true);
        for (parameter, locals) in boxed {
            let value = locals.iter().map(|&local| Operand::Local(local)).collect();
            self.bind_new(parameter, &value);
        }
        all
    }

    /// Builds the block of a function or lambda, whose end gives its result, and seals the body.
    pub(super) fn build_block(
        mut self,
        block: &hir::Block,
        symbol: String,
        name: String,
        parameters: Vec<Local>,
        position: SourcePos,
    ) -> Body {
        let result = self.result;
        if let Some(value) = self.block(block, result) {
            self.leave_with(value);
        }
        let mut results = self.shape(result).into_vec();
        for local in self.outs.clone() {
            let ty = self.local_ty(local);
            results.extend(self.shape(ty));
        }
        self.finish(symbol, name, Convention::Internal, parameters, results, position)
    }

    /// Returns a value, and the values of `out` parameters with it.
    pub(super) fn leave_with(&mut self, value: Value) {
        let mut values = value.into_vec();
        for local in self.outs.clone() {
            values.extend(self.binding(local).into_iter().map(Operand::Local));
        }
        self.terminate(Terminator::Return(values));
    }

    /// A body that no text stands for.
    pub(super) fn thunk(program: &'p mut ProgramCx<'a>) -> Self {
        static EMPTY: hir::Body = hir::Body::EMPTY;
        Self::new(program, &EMPTY, None)
    }

    /// Seals the body: drops what nothing reaches and numbers blocks anew.
    pub(super) fn finish(
        mut self,
        symbol: String,
        name: String,
        convention: Convention,
        parameters: Vec<Local>,
        results: Vec<Scalar>,
        position: SourcePos,
    ) -> Body {
        // The end of a function that returns on all paths is not reached.
        self.terminate(Terminator::Unreachable);
        let mut reached: IndexVec<Block, bool> = self.blocks.iter().map(|_| false).collect();
        let mut pending = vec![Block::from_index(0)];
        while let Some(block) = pending.pop() {
            if !mem::replace(&mut reached[block], true)
                && let Some(data) = &self.blocks[block]
            {
                data.terminator.for_each_successor(|next| pending.push(next));
            }
        }
        for &block in &self.cold {
            if let Some(data) = &mut self.blocks[block] {
                data.cold = true;
            }
        }
        let mut numbers: IndexVec<Block, Block> = IndexVec::with_capacity(reached.len());
        let mut next = 0;
        for &kept in &reached {
            numbers.push(Block::from_index(next));
            next += usize::from(kept);
        }
        let mut blocks = IndexVec::with_capacity(next);
        for (data, &kept) in self.blocks.into_items().zip(&reached) {
            if kept {
                // A reached block that was never begun would be a fault of lowering; `Unreachable`
                // makes it one that the verifier and a run would show.
                let mut data = data.unwrap_or(BlockData {
                    ops: Vec::new(),
                    terminator: Terminator::Unreachable,
                    cold: true,
                });
                data.terminator.for_each_successor_mut(|block| *block = numbers[*block]);
                blocks.push(data);
            }
        }
        Body {
            symbol,
            name,
            convention,
            parameters,
            results,
            locals: self.locals,
            bindings: self.shown,
            blocks,
            position,
        }
    }

    // Positions.

    /// The position of a place in the text.
    pub(super) fn position_of(&mut self, span: Span) -> SourcePos {
        let Some(text) = &mut self.text else { return SourcePos::NOWHERE };
        if let Some((lo, position)) = text.last
            && lo == span.lo
        {
            return position;
        }
        let (file, place) = self.program.cursor.line_column(span);
        let is_library = self.program.analysis.sources.is_library(file);
        let position = self.program.origin(Origin {
            function: text.function,
            file: self.program.file_names[file],
            line: place.line,
            column: place.column,
            parent: None,
            author: if is_library { Author::Library } else { Author::Program },
        });
        text.last = Some((span.lo, position));
        position
    }

    /// Lets the operations to come stand at `span`; returns where they stood before.
    pub(super) fn enter(&mut self, span: Span) -> SourcePos {
        let position = self.position_of(span);
        mem::replace(&mut self.position, position)
    }

    // Blocks.

    /// A block that begins later.
    pub(super) fn new_block(&mut self) -> Block {
        self.blocks.push(None)
    }

    /// A block off the usual path that begins later.
    pub(super) fn new_cold_block(&mut self) -> Block {
        let block = self.new_block();
        self.cold.push(block);
        block
    }

    /// The block at hand is off the usual path, unless it is where the function begins.
    pub(super) fn mark_cold(&mut self) {
        if let Some((block, _)) = self.current
            && block.index() != 0
        {
            self.cold.push(block);
        }
    }

    /// Appends to `block` from now on.
    pub(super) fn begin(&mut self, block: Block) {
        debug_assert!(self.current.is_none(), "the block before has no end");
        self.freshness += 1;
        self.current = Some((block, Vec::new()));
    }

    /// Ends the current block.
    ///
    /// What ends in a panic is off the usual path.
    pub(super) fn terminate(&mut self, terminator: Terminator) {
        if let Some((block, ops)) = self.current.take() {
            let cold = terminator == Terminator::Unreachable && block.index() != 0;
            self.blocks[block] = Some(BlockData { ops, terminator, cold });
        }
    }

    /// Goes on in `block`.
    pub(super) fn goto(&mut self, block: Block) {
        self.terminate(Terminator::Goto(block));
    }

    pub(super) fn branch(&mut self, condition: Operand, then: Block, otherwise: Block) {
        self.terminate(Terminator::Branch { condition, then, otherwise });
    }

    /// Whether code appended now can be reached.
    pub(super) fn is_reachable(&self) -> bool {
        self.current.is_some()
    }

    // Operations.

    /// What is counted begins here.
    pub(super) fn count(&mut self, owner: Owner) {
        if let Some(coverage) = self.program.coverage
            && let Some((function, _)) = self.of
            && let Some(counter) = coverage.counter(function, owner)
        {
            self.emit(OpKind::Count { counter });
        }
    }

    /// A statement begins here that declares a local.
    pub(super) fn count_declaration(&mut self, local: LocalId) {
        if self.program.coverage.is_some() {
            let around = self.enter(self.hir.locals[local].span);
            self.count(Owner::Local(local));
            self.position = around;
        }
    }

    pub(super) fn emit(&mut self, kind: OpKind) {
        if kind.is_safepoint() {
            self.freshness += 1;
        }
        if let Some((_, ops)) = &mut self.current {
            ops.push(Op { kind, position: self.position });
        }
    }

    /// A local that is assigned once.
    pub(super) fn temp(&mut self, scalar: Scalar) -> Local {
        self.locals.push(LocalDecl { scalar, mutable: false, name: None })
    }

    /// A local that may be assigned often.
    pub(super) fn variable(&mut self, scalar: Scalar) -> Local {
        self.locals.push(LocalDecl { scalar, mutable: true, name: None })
    }

    /// Locals for a value that several branches give.
    pub(super) fn variables(&mut self, shape: &Shape) -> Locals {
        shape.iter().map(|&scalar| self.variable(scalar)).collect()
    }

    /// What kind of scalar an operand is.
    pub(super) fn scalar(&self, operand: Operand) -> Scalar {
        operand.scalar(&self.locals)
    }

    pub(super) fn copy(&mut self, dest: Local, value: Operand) {
        self.emit(OpKind::Copy { dest, value });
    }

    pub(super) fn copy_all(&mut self, dests: &Locals, values: &Value) {
        for (&dest, &value) in dests.iter().zip(values) {
            self.copy(dest, value);
        }
    }

    pub(super) fn unary(&mut self, op: UnaryOp, value: Operand) -> Operand {
        let dest = self.temp(self.scalar(value));
        self.emit(OpKind::Unary { dest, op, value });
        Operand::Local(dest)
    }

    pub(super) fn binary(&mut self, op: BinaryOp, left: Operand, right: Operand) -> Operand {
        let dest = self.temp(self.scalar(left));
        self.emit(OpKind::Binary { dest, op, left, right });
        Operand::Local(dest)
    }

    pub(super) fn compare(&mut self, op: CompareOp, left: Operand, right: Operand) -> Operand {
        let dest = self.temp(Scalar::I8);
        self.emit(OpKind::Compare { dest, op, left, right });
        Operand::Local(dest)
    }

    pub(super) fn convert(
        &mut self,
        conversion: Conversion,
        to: Scalar,
        value: Operand,
    ) -> Operand {
        let dest = self.temp(to);
        self.emit(OpKind::Convert { dest, conversion, value });
        Operand::Local(dest)
    }

    pub(super) fn array_len(&mut self, array: Operand) -> Operand {
        let dest = self.temp(Scalar::I64);
        self.emit(OpKind::ArrayLen { dest, array });
        Operand::Local(dest)
    }

    /// Calls a runtime function that gives one result of a kind.
    pub(super) fn call_runtime(
        &mut self,
        function: RuntimeFn,
        arguments: Vec<Operand>,
        result: Scalar,
    ) -> Operand {
        let dest = self.temp(result);
        self.emit(OpKind::Call {
            results: vec![dest],
            callee: Callee::Runtime(function),
            arguments,
        });
        Operand::Local(dest)
    }

    /// Calls a runtime function without result; one that does not return ends the block.
    pub(super) fn run_runtime(&mut self, function: RuntimeFn, arguments: Vec<Operand>) {
        let kind =
            OpKind::Call { results: Vec::new(), callee: Callee::Runtime(function), arguments };
        let is_final = kind.is_final();
        self.emit(kind);
        if is_final {
            self.terminate(Terminator::Unreachable);
        }
    }

    /// Calls a body of the program.
    pub(super) fn call(
        &mut self,
        callee: FuncId,
        arguments: Vec<Operand>,
        results: &Shape,
    ) -> Value {
        let results: Vec<Local> = results.iter().map(|&scalar| self.temp(scalar)).collect();
        let value = results.iter().map(|&local| Operand::Local(local)).collect();
        self.emit(OpKind::Call { results, callee: Callee::Direct(callee), arguments });
        value
    }

    /// A mark that is the same later only if an object allocated now is still new then.
    pub(super) fn freshness(&self) -> u32 {
        self.freshness
    }

    /// The barrier of a store of `value` into an object allocated at `allocated`; `None` for an object
    /// of any age.
    pub(super) fn barrier(&self, value: Operand, allocated: Option<u32>) -> Barrier {
        if self.scalar(value) != Scalar::Ref {
            Barrier::Scalar
        } else if allocated == Some(self.freshness) {
            Barrier::Initialising
        } else {
            Barrier::Needed
        }
    }

    // Types and constants.

    pub(super) fn shape(&mut self, ty: Ty) -> Shape {
        self.program.layouts.shape(ty)
    }

    /// A type of the body, with the arguments of this instance in place of type parameters.
    pub(super) fn concrete(&mut self, ty: Ty) -> Ty {
        let (parameters, arguments) = &self.generics;
        self.program.layouts.types.substitute(ty, parameters, arguments)
    }

    /// [`FunctionCx::concrete`] for a list of types.
    pub(super) fn concrete_list(&mut self, list: TyList) -> TyList {
        let (parameters, arguments) = &self.generics;
        self.program.layouts.types.substitute_list(list, parameters, arguments)
    }

    /// The type of an expression.
    pub(super) fn ty(&mut self, expr: ExprId) -> Ty {
        let ty = self.hir.exprs[expr].ty;
        self.concrete(ty)
    }

    /// The type of a local.
    pub(super) fn local_ty(&mut self, local: LocalId) -> Ty {
        let ty = self.hir.locals[local].ty;
        self.concrete(ty)
    }

    /// The reference to a static string.
    pub(super) fn static_string(&mut self, text: &str) -> Operand {
        let data = self.program.data(mir::Data::String(text.into()));
        Operand::Const(Const::StaticRef(data))
    }

    pub(super) fn instance(&mut self, instance: Instance) -> FuncId {
        self.program.instance(instance, self.position)
    }

    // Bindings.

    /// Makes the locals of a binding.
    pub(super) fn declare(&mut self, local: LocalId) -> Locals {
        let mutable = self.hir.locals[local].mutable;
        self.declare_as(local, mutable)
    }

    /// Makes the locals of a binding that several paths assign.
    pub(super) fn declare_variable(&mut self, local: LocalId) -> Locals {
        self.declare_as(local, true)
    }

    /// Lets a binding of [`FunctionCx::declare_variable`] be what it is if one path alone assigns it.
    pub(super) fn assigned_once(&mut self, local: LocalId) {
        for local in self.binding(local) {
            self.locals[local].mutable = false;
        }
    }

    fn declare_as(&mut self, local: LocalId, mutable: bool) -> Locals {
        let name = self.program.analysis.interner.name(self.hir.locals[local].name);
        let ty = self.local_ty(local);
        let shape = self.shape(ty);
        let locals: Locals = shape
            .iter()
            .map(|&scalar| {
                let decl = LocalDecl { scalar, mutable, name: Some(name.into()) };
                self.locals.push(decl)
            })
            .collect();
        if let ([shown], Some(kind)) = (&*locals, self.binding_kind(ty))
            && !self.is_boxed(local)
        {
            self.show(local, *shown, kind);
        }
        self.bindings[local] = Some(locals.clone());
        locals
    }

    /// Lets debuggers show a binding.
    fn show(&mut self, id: LocalId, local: Local, kind: BindingKind) {
        let &hir::Local { name, span, scope, since, .. } = &self.hir.locals[id];
        let position = self.position_of(span);
        let cursor = &mut self.program.cursor;
        let mut place = |at| {
            let (_, place) = cursor.line_column(Span::new(at, at));
            (place.line, place.column)
        };
        self.shown.push(Binding {
            name: self.program.analysis.interner.name(name).into(),
            kind,
            local: (self.program.opt == OptLevel::None).then_some(local),
            is_parameter: false,
            position,
            scope: Scope { from: place(scope.lo), since: place(since), to: place(scope.hi) },
        });
    }

    /// What a debugger takes a value of a type for, if it can show it.
    fn binding_kind(&self, ty: Ty) -> Option<BindingKind> {
        match *self.program.layouts.types.kind(ty) {
            TyKind::Bool => Some(BindingKind::Bool),
            TyKind::Char => Some(BindingKind::Char),
            TyKind::Int(int) if int.is_signed() => Some(BindingKind::Signed(int.bits())),
            TyKind::Int(int) => Some(BindingKind::Unsigned(int.bits())),
            TyKind::Float(FloatTy::F32) => Some(BindingKind::Float(32)),
            TyKind::Float(FloatTy::F64) => Some(BindingKind::Float(64)),
            TyKind::Ptr => Some(BindingKind::Address),
            TyKind::String => Some(BindingKind::Text),
            _ => None,
        }
    }

    /// Gives a binding its first value.
    pub(super) fn bind_new(&mut self, local: LocalId, value: &Value) {
        if self.is_boxed(local) {
            let cell = self.make_cell(local, value);
            self.bindings[local] = Some(smallvec![cell]);
        } else {
            let locals = self.declare(local);
            self.copy_all(&locals, value);
        }
    }

    /// Lets a binding be what locals hold that exist already.
    pub(super) fn bind_to(&mut self, local: LocalId, locals: Locals) {
        self.bindings[local] = Some(locals);
    }

    /// The locals of a binding.
    pub(super) fn binding(&self, local: LocalId) -> Locals {
        self.bindings[local].clone().unwrap_or_default()
    }
}

/// An integer constant.
pub(super) fn int(scalar: Scalar, value: i64) -> Operand {
    Operand::Const(Const::Int(scalar, value))
}
