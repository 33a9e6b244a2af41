//! The walk over a body, and what lowering knows while it goes: values of locals, blocks, imported
//! symbols, root slots.
//!
//! *Invariants.* Blocks are lowered in an order in which definitions come before uses, so a
//! single-definition local is a Cranelift value and needs no SSA construction; mutable locals are
//! Cranelift variables. A block is sealed as soon as all its predecessors are lowered. Blocks that
//! nothing reaches are not lowered.

use std::cell::Cell;

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::index::{Id, IndexVec};
use cranelift_codegen::ir::{
    self, ExtFuncData, ExternalName, GlobalValueData, InstBuilder, SourceLoc, StackSlotData,
    StackSlotKind, UserExternalName, UserStackMapEntry, Value, types,
};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, Variable};
use cranelift_module as module;
use rustc_hash::FxHashMap;

use super::access::{Region, Regions};
use super::alloc::SharedChecks;
use super::bindings::Bindings;
use super::context::Context;
use super::declare::Declarations;
use super::positions::Positions;
use super::roots::Roots;
use super::slow_path::SlowPath;
use super::{access, alloc, arith, call, check, convert, entry, signature, terminator};
use crate::epilogue;
use crate::mir::cfg::Cfg;
use crate::mir::{
    self, Block, Body, Callee, Const, DataId, FuncId, Local, OpKind, Operand, Scalar, SourcePos,
};

/// What lowering of one function knows.
pub(super) struct FunctionCx<'a, 'b, 'f> {
    pub(super) program: &'a mir::Program,
    pub(super) body: &'a Body,
    pub(super) builder: &'b mut FunctionBuilder<'f>,
    pub(super) regions: Regions,
    declarations: &'a Declarations,
    pub(super) isa: &'a dyn TargetIsa,
    cfg: Cfg,
    roots: Roots,
    pub(super) shared_checks: SharedChecks,
    root_slot: Option<ir::StackSlot>,
    bindings: Bindings,
    values: IndexVec<Local, Option<Value>>,
    variables: IndexVec<Local, Option<Variable>>,
    blocks: IndexVec<Block, Option<ir::Block>>,
    functions: FxHashMap<module::FuncId, ir::FuncRef>,
    foreign: FxHashMap<mir::ForeignId, ir::FuncRef>,
    signatures: FxHashMap<ir::Signature, ir::SigRef>,
    data: FxHashMap<module::DataId, ir::GlobalValue>,
    position: &'a Cell<SourcePos>,
    positions: Positions,
    /// The operation at hand.
    here: (Block, usize),
    /// What an export shim has to put back.
    entered: Option<entry::Entered>,
    /// The thread context.
    context: Context,
}

impl<'a, 'b, 'f> FunctionCx<'a, 'b, 'f> {
    pub(super) fn new(
        program: &'a mir::Program,
        body: &'a Body,
        declarations: &'a Declarations,
        isa: &'a dyn TargetIsa,
        builder: &'b mut FunctionBuilder<'f>,
        position: &'a Cell<SourcePos>,
    ) -> Self {
        let cfg = Cfg::new(body);
        let roots = Roots::new(body, &cfg, |op| declarations.collects(op));
        let shared_checks = SharedChecks::new(program, body, &cfg, declarations);
        Self {
            program,
            body,
            builder,
            regions: Regions::default(),
            declarations,
            isa,
            cfg,
            roots,
            shared_checks,
            root_slot: None,
            bindings: Bindings::of(body),
            values: body.locals.iter().map(|_| None).collect(),
            variables: body.locals.iter().map(|_| None).collect(),
            blocks: body.blocks.iter().map(|_| None).collect(),
            functions: FxHashMap::default(),
            foreign: FxHashMap::default(),
            signatures: FxHashMap::default(),
            data: FxHashMap::default(),
            position,
            positions: Positions::default(),
            here: (Block::from_index(0), 0),
            entered: None,
            context: Context::new(isa),
        }
    }

    /// Lowers the body, and says which positions its locations stand for.
    pub(super) fn lower(mut self) -> Positions {
        self.prepare();
        let mut unlowered: IndexVec<Block, usize> =
            self.cfg.predecessors.iter().map(Vec::len).collect();
        let order = std::mem::take(&mut self.cfg.order);
        let body = self.body;
        for block in order {
            self.builder.switch_to_block(self.block(block));
            if block.index() == 0 {
                self.builder.seal_block(self.block(block));
                self.enter();
            }
            let data = &body.blocks[block];
            for (index, op) in data.ops.iter().enumerate() {
                self.here = (block, index);
                self.set_position(op.position);
                self.lower_op(&op.kind);
            }
            terminator::lower(&mut self, &data.terminator);
            data.terminator.for_each_successor(|next| {
                unlowered[next] -= 1;
                if unlowered[next] == 0 {
                    self.builder.seal_block(self.block(next));
                }
            });
        }
        self.positions
    }

    /// Makes blocks, variables and the root slots.
    fn prepare(&mut self) {
        for &block in &self.cfg.order {
            let made = self.builder.create_block();
            if self.body.blocks[block].cold && block.index() != 0 {
                self.builder.set_cold_block(made);
            }
            self.blocks[block] = Some(made);
        }
        for (local, decl) in self.body.locals.enumerate() {
            if decl.mutable {
                let variable = self.builder.declare_var(signature::type_of(decl.scalar));
                self.variables[local] = Some(variable);
            }
        }
        if self.roots.slots() > 0 {
            let size = self.roots.slots() * Scalar::Ref.bytes();
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3);
            self.root_slot = Some(self.builder.create_sized_stack_slot(data));
        }
        self.bindings.prepare(self.builder);
    }

    /// Gives the parameters their values.
    fn enter(&mut self) {
        // Cranelift keeps locations relative to the first it sees, and one that lies just before it would
        // be taken for none.
        self.builder.func.params.ensure_base_srcloc(SourceLoc::new(0));
        self.set_position(self.body.position);
        let entry = self.block(Block::from_index(0));
        self.builder.append_block_params_for_function_params(entry);
        let mut values = self.builder.block_params(entry).to_vec().into_iter();
        if self.body.convention == mir::Convention::Internal {
            self.context.enter(&mut values);
        }
        for (&parameter, value) in self.body.parameters.iter().zip(values) {
            self.assign(parameter, value);
        }
    }

    fn lower_op(&mut self, op: &OpKind) {
        match op {
            &OpKind::Copy { dest, value } => {
                let value = self.read(value);
                self.assign(dest, value);
            }
            &OpKind::Unary { dest, op, value } => {
                let value = arith::unary(self, op, value);
                self.assign(dest, value);
            }
            &OpKind::Binary { dest, op, left, right } => {
                let value = arith::binary(self, op, left, right);
                self.assign(dest, value);
            }
            &OpKind::Compare { dest, op, left, right } => {
                let value = arith::compare(self, op, left, right);
                self.assign(dest, value);
            }
            &OpKind::Convert { dest, conversion, value } => {
                let value = convert::convert(self, conversion, value, dest);
                self.assign(dest, value);
            }
            &OpKind::Alloc { dest, descriptor } => alloc::object(self, dest, descriptor),
            &OpKind::AllocArray { dest, descriptor, length } => {
                alloc::array(self, dest, descriptor, length);
            }
            &OpKind::LoadField { dest, object, offset } => {
                access::load_field(self, dest, object, offset);
            }
            &OpKind::StoreField { object, offset, value, barrier } => {
                access::store_field(self, object, offset, value, barrier);
            }
            &OpKind::ArrayLen { dest, array } => access::array_len(self, dest, array),
            &OpKind::StringLen { dest, string } => access::string_len(self, dest, string),
            &OpKind::HashSeed { dest } => access::hash_seed(self, dest),
            &OpKind::Count { counter } => access::count(self, counter),
            &OpKind::LoadElement { dest, array, index, stride, offset } => {
                access::load_element(self, dest, access::Element { array, index, stride, offset });
            }
            &OpKind::StoreElement { array, index, stride, offset, value, barrier } => {
                let element = access::Element { array, index, stride, offset };
                access::store_element(self, element, value, barrier);
            }
            &OpKind::CheckIndex { index, length, unsigned } => {
                check::index(self, index, length, unsigned);
            }
            &OpKind::CheckDivisor { divisor } => check::divisor(self, divisor),
            &OpKind::CheckChar { value, unsigned } => check::char(self, value, unsigned),
            &OpKind::LoadTable { dest, table, index } => {
                access::load_table(self, dest, table, index);
            }
            OpKind::CallIndirect { results, code, arguments } => {
                call::call_indirect(self, results, *code, arguments);
            }
            OpKind::Call { results, callee, arguments } => {
                call::call(self, results, *callee, arguments);
            }
            OpKind::EnterProgram { results, callee, arguments_descriptor } => {
                entry::enter_program(self, results, *callee, *arguments_descriptor);
            }
            OpKind::EnterLibrary => self.entered = Some(entry::enter_library(self)),
            OpKind::LeaveLibrary => {
                let entered = self.entered.take().expect("verified shims enter before they leave");
                entry::leave_library(self, entered);
            }
        }
    }

    fn set_position(&mut self, position: SourcePos) {
        self.position.set(position);
        let location = self.positions.location(position);
        self.builder.set_srcloc(location);
    }

    /// What comes next is a `return`.
    pub(super) fn mark_return(&mut self) {
        let location = self.positions.location(self.position.get());
        self.builder.set_srcloc(epilogue::location(location));
    }

    /// The value of an operand.
    pub(super) fn read(&mut self, operand: Operand) -> Value {
        match operand {
            Operand::Local(local) => self.read_local(local),
            Operand::Const(constant) => self.constant(constant),
        }
    }

    fn read_local(&mut self, local: Local) -> Value {
        match self.variables[local] {
            Some(variable) => self.builder.use_var(variable),
            None => self.values[local].expect("verified MIR assigns before it reads"),
        }
    }

    /// Gives a local its value, and its home if it has one.
    pub(super) fn assign(&mut self, local: Local, value: Value) {
        match self.variables[local] {
            Some(variable) => self.builder.def_var(variable, value),
            None => self.values[local] = Some(value),
        }
        if let Some(slot) = self.roots.home(local) {
            self.write_slot(slot, value);
        }
        self.bindings.write(self.builder, &mut self.regions, local, value);
    }

    fn constant(&mut self, constant: Const) -> Value {
        match constant {
            Const::Int(scalar, value) => self.int(scalar, value),
            Const::F32(value) => {
                self.builder.ins().f32const(ir::immediates::Ieee32::with_float(value))
            }
            Const::F64(value) => {
                self.builder.ins().f64const(ir::immediates::Ieee64::with_float(value))
            }
            Const::FunctionAddress(function) => {
                let function = self.program_function(function);
                self.builder.ins().func_addr(types::I64, function)
            }
            Const::StaticRef(data) | Const::TableAddress(data) => self.data_address(data),
            Const::NullRef => self.builder.ins().iconst(types::I64, 0),
        }
    }

    /// An integer constant, of which Cranelift wants the bits of the type alone.
    pub(super) fn int(&mut self, scalar: Scalar, value: i64) -> Value {
        let ty = signature::type_of(scalar);
        let unused = 64 - ty.bits();
        let bits = (value as u64) << unused >> unused;
        self.builder.ins().iconst(ty, bits as i64)
    }

    /// The kind of an operand.
    pub(super) fn scalar(&self, operand: Operand) -> Scalar {
        operand.scalar(&self.body.locals)
    }

    /// The Cranelift block of a block that is reached.
    pub(super) fn block(&self, block: Block) -> ir::Block {
        self.blocks[block].expect("only reached blocks are lowered")
    }

    /// A block of the lowering's own, all of whose predecessors exist when it is filled.
    pub(super) fn fresh_block(&mut self) -> ir::Block {
        self.builder.create_block()
    }

    /// The same, off the usual path.
    pub(super) fn fresh_cold_block(&mut self) -> ir::Block {
        let block = self.builder.create_block();
        self.builder.set_cold_block(block);
        block
    }

    /// Goes on in a block whose predecessors are complete.
    pub(super) fn continue_in(&mut self, block: ir::Block) {
        self.builder.switch_to_block(block);
        self.builder.seal_block(block);
    }

    /// The thread context.
    pub(super) fn thread_context(&mut self) -> Value {
        self.context.get(self.builder)
    }

    /// From here on this is the thread context; returns what has to be put back.
    pub(super) fn set_context(&mut self, thread: Value) -> Option<Value> {
        self.context.set(self.builder, thread)
    }

    /// Puts back what [`Self::set_context`] returned.
    pub(super) fn restore_context(&mut self, saved: Option<Value>) {
        Context::restore(self.builder, saved);
    }

    /// The arguments of a call of the program's own functions or of a slow path.
    pub(super) fn with_context(&self, arguments: impl IntoIterator<Item = Value>) -> Vec<Value> {
        self.context.argument().into_iter().chain(arguments).collect()
    }

    /// The address of a static object.
    pub(super) fn data_address(&mut self, data: DataId) -> Value {
        self.symbol_address(self.declarations.data[data])
    }

    /// The address of the library's record.
    pub(super) fn library_address(&mut self) -> Value {
        self.symbol_address(self.declarations.library_record())
    }

    fn symbol_address(&mut self, id: module::DataId) -> Value {
        let func = &mut *self.builder.func;
        let global = *self.data.entry(id).or_insert_with(|| {
            let name = UserExternalName { namespace: 1, index: id.as_u32() };
            let name = func.declare_imported_user_function(name);
            func.create_global_value(GlobalValueData::Symbol {
                name: ExternalName::user(name),
                offset: 0.into(),
                colocated: true,
                tls: false,
            })
        });
        self.builder.ins().symbol_value(types::I64, global)
    }

    /// A function of the program.
    pub(super) fn program_function(&mut self, function: FuncId) -> ir::FuncRef {
        let id = self.declarations.functions[function];
        let signature = signature::of_body(&self.program.functions[function], self.isa);
        self.import(id, signature, true)
    }

    /// A function of the runtime, to call.
    pub(super) fn runtime_function(&mut self, function: RuntimeFn) -> ir::FuncRef {
        let id = self.declarations.runtime_function(function);
        let signature = signature::of_runtime_function(function, self.isa);
        self.import(id, signature, self.declarations.imports_are_near())
    }

    /// A function of a library, to call.
    pub(super) fn foreign_function(&mut self, function: mir::ForeignId) -> ir::FuncRef {
        let id = self.declarations.foreign(function);
        let signature = signature::of_foreign(&self.program.foreign[function], self.isa);
        // Functions of one symbol may differ in their types.
        if let Some(&known) = self.foreign.get(&function) {
            return known;
        }
        let is_near = self.declarations.imports_are_near();
        let made = import(self.builder.func, id, signature, is_near);
        self.foreign.insert(function, made);
        made
    }

    /// A slow path, to call.
    pub(super) fn slow_path(&mut self, path: SlowPath) -> ir::FuncRef {
        self.import(self.declarations.slow_path(path), path.signature(self.isa), true)
    }

    fn import(
        &mut self,
        id: module::FuncId,
        signature: ir::Signature,
        is_near: bool,
    ) -> ir::FuncRef {
        let func = &mut *self.builder.func;
        *self.functions.entry(id).or_insert_with(|| import(func, id, signature, is_near))
    }

    /// A value for a call in the cold block at hand. The call wants it in a certain register, and the
    /// register allocator would go by that in the hot code too. A sum is another value; what is added
    /// is 0, but only the processor knows, and it cannot be computed anywhere else.
    pub(super) fn cold_argument(&mut self, value: Value) -> Value {
        let (one, other) = (self.thread_context(), self.thread_context());
        let zero = self.builder.ins().isub(one, other);
        self.builder.ins().iadd(value, zero)
    }

    /// Whether a collection may happen in a call.
    pub(super) fn collects_callee(&self, callee: Callee) -> bool {
        self.declarations.collects_callee(callee)
    }

    /// How an address is called; the same signature has one id in a function.
    pub(super) fn signature(&mut self, signature: ir::Signature) -> ir::SigRef {
        if let Some(&known) = self.signatures.get(&signature) {
            return known;
        }
        let made = self.builder.import_signature(signature.clone());
        self.signatures.insert(signature, made);
        made
    }

    /// A call of a function during which a collection may happen.
    pub(super) fn call_at_safepoint(
        &mut self,
        callee: ir::FuncRef,
        arguments: &[Value],
    ) -> ir::Inst {
        self.at_safepoint(|cx| cx.builder.ins().call(callee, arguments))
    }

    /// Which operation is being lowered.
    pub(super) fn here(&self) -> (Block, usize) {
        self.here
    }

    /// A call during which a collection may happen: what lives across it is in slots, and the stack map
    /// says so.
    pub(super) fn at_safepoint(&mut self, call: impl FnOnce(&mut Self) -> ir::Inst) -> ir::Inst {
        let (block, op) = self.here;
        let roots = self.roots.at(block, op);
        for root in &roots {
            if let Some(local) = root.written_from {
                let value = self.read_local(local);
                self.write_slot(root.slot, value);
            }
        }
        let call = call(self);
        if let Some(slot) = self.root_slot {
            for root in roots {
                let offset = root.slot * Scalar::Ref.bytes();
                let entry = UserStackMapEntry { ty: types::I64, slot, offset };
                self.builder.func.dfg.append_user_stack_map_entry(call, entry);
            }
        }
        call
    }

    fn write_slot(&mut self, slot: u32, value: Value) {
        let frame = self.root_slot.expect("made because there are roots");
        let offset = (slot * Scalar::Ref.bytes()) as i32;
        let flags = self.regions.flags(self.builder, Region::Roots);
        let address = self.builder.ins().stack_addr(types::I64, frame, offset);
        self.builder.ins().store(flags, value, address, 0);
    }
}

/// Makes a function known to the one that calls it.
pub(super) fn import(
    func: &mut ir::Function,
    id: module::FuncId,
    signature: ir::Signature,
    is_near: bool,
) -> ir::FuncRef {
    let name = UserExternalName { namespace: 0, index: id.as_u32() };
    let name = func.declare_imported_user_function(name);
    let signature = func.import_signature(signature);
    func.import_function(ExtFuncData {
        name: ExternalName::user(name),
        signature,
        colocated: is_near,
        patchable: false,
    })
}
