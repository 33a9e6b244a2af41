//! MIR by hand, for tests inside and outside the crate.
//!
//! A [`Unit`] collects functions and data; a [`BodyBuilder`] appends operations to the block at hand.

#![allow(dead_code, reason = "each test binary uses a part")]

pub(crate) mod arithmetic;
pub(crate) mod indirect;
pub(crate) mod programs;
pub(crate) mod random;

use beskid_abi::code_map::Author;
use beskid_abi::runtime_fn::RuntimeFn;
use beskid_analysis::index::IndexVec;
use beskid_codegen::mir::{
    Barrier, BinaryOp, Block, BlockData, Body, Callee, CompareOp, Const, Convention, Conversion,
    Data, DataId, Descriptor, DescriptorKind, DispatchTable, FuncId, Local, LocalDecl, Names, Op,
    OpKind, Operand, Origin, Program, Scalar, SourcePos, StaticClosure, Terminator,
};

/// A program under construction.
pub(crate) struct Unit {
    pub(crate) program: Program,
}

impl Unit {
    /// A unit without functions; its first position is 1:1 of `main`.
    pub(crate) fn new() -> Self {
        let mut unit = Self {
            program: Program {
                functions: IndexVec::new(),
                data: IndexVec::new(),
                foreign: IndexVec::new(),
                origins: Vec::new(),
                names: Names::default(),
                entry: None,
                exports: Vec::new(),
            },
        };
        unit.position("main", 1, 1);
        unit
    }

    pub(crate) fn position(&mut self, function: &str, line: u32, column: u32) -> SourcePos {
        let names = &mut self.program.names;
        let (function, file) = (names.intern(function), names.intern("p.bd"));
        let author = Author::Program;
        self.program.origins.push(Origin { function, file, line, column, parent: None, author });
        SourcePos(self.program.origins.len() as u32 - 1)
    }

    pub(crate) fn string(&mut self, text: &str) -> Operand {
        Operand::Const(Const::StaticRef(self.program.data.push(Data::String(text.into()))))
    }

    pub(crate) fn descriptor(
        &mut self,
        name: &str,
        kind: DescriptorKind,
        size: u32,
        references: &[u32],
    ) -> DataId {
        let (name, references) = (name.into(), references.into());
        self.program.data.push(Data::Descriptor(Descriptor { name, kind, size, references }))
    }

    /// A closure without captures, as a reference.
    pub(crate) fn static_closure(&mut self, descriptor: DataId, code: FuncId) -> Operand {
        let data = Data::Closure(StaticClosure { descriptor, code });
        Operand::Const(Const::StaticRef(self.program.data.push(data)))
    }

    /// The address of a dispatch table.
    pub(crate) fn table(&mut self, name: &str, functions: &[FuncId]) -> Operand {
        let table = DispatchTable { name: name.into(), functions: functions.into() };
        Operand::Const(Const::TableAddress(self.program.data.push(Data::Table(table))))
    }

    /// Adds a function whose body returns at once; [`Self::define`] gives it another.
    pub(crate) fn declare(&mut self, name: &str) -> FuncId {
        let mut body = BodyBuilder::new(name);
        body.end(Terminator::Return(Vec::new()));
        self.program.functions.push(body.finish())
    }

    pub(crate) fn define(&mut self, function: FuncId, body: BodyBuilder) {
        self.program.functions[function] = body.finish();
    }

    pub(crate) fn add(&mut self, body: BodyBuilder) -> FuncId {
        self.program.functions.push(body.finish())
    }

    /// Adds the shim that enters `main`, which returns an `i64`.
    pub(crate) fn enter(self, main: FuncId) -> Program {
        self.enter_with(main, None)
    }

    /// Adds the shim of a `main` that takes the command line as an array of that descriptor.
    pub(crate) fn enter_with(
        mut self,
        main: FuncId,
        arguments_descriptor: Option<DataId>,
    ) -> Program {
        let mut shim = BodyBuilder::new("shim");
        shim.body.convention = Convention::EntryShim;
        shim.body.symbol = "beskid_entry".to_owned();
        shim.body.results = vec![Scalar::I64];
        shim.body.position = SourcePos::NOWHERE;
        shim.at(SourcePos::NOWHERE);
        let status = shim.temp(Scalar::I64);
        shim.op(OpKind::EnterProgram { results: vec![status], callee: main, arguments_descriptor });
        shim.end(Terminator::Return(vec![status.into()]));
        self.program.entry = Some(self.add(shim));
        self.program
    }
}

/// A body under construction.
pub(crate) struct BodyBuilder {
    pub(crate) body: Body,
    at: Block,
    position: SourcePos,
}

impl BodyBuilder {
    pub(crate) fn new(name: &str) -> Self {
        let mut body = Body {
            symbol: format!("pn::::{name}$function()"),
            name: name.to_owned(),
            convention: Convention::Internal,
            parameters: Vec::new(),
            results: Vec::new(),
            locals: IndexVec::new(),
            bindings: Vec::new(),
            blocks: IndexVec::new(),
            position: SourcePos(0),
        };
        let at = body.blocks.push(empty_block(false));
        Self { body, at, position: SourcePos(0) }
    }

    pub(crate) fn finish(self) -> Body {
        self.body
    }

    /// The operations that follow stand at a position.
    pub(crate) fn at(&mut self, position: SourcePos) {
        self.position = position;
    }

    pub(crate) fn parameter(&mut self, scalar: Scalar, name: &str) -> Local {
        let local = self.local(scalar, false, Some(name));
        self.body.parameters.push(local);
        local
    }

    pub(crate) fn returns(&mut self, results: &[Scalar]) {
        self.body.results = results.to_vec();
    }

    pub(crate) fn temp(&mut self, scalar: Scalar) -> Local {
        self.local(scalar, false, None)
    }

    pub(crate) fn variable(&mut self, scalar: Scalar, name: &str) -> Local {
        self.local(scalar, true, Some(name))
    }

    fn local(&mut self, scalar: Scalar, mutable: bool, name: Option<&str>) -> Local {
        self.body.locals.push(LocalDecl { scalar, mutable, name: name.map(Into::into) })
    }

    pub(crate) fn block(&mut self) -> Block {
        self.body.blocks.push(empty_block(false))
    }

    pub(crate) fn cold_block(&mut self) -> Block {
        self.body.blocks.push(empty_block(true))
    }

    /// Goes on in another block.
    pub(crate) fn go_to(&mut self, block: Block) {
        self.at = block;
    }

    pub(crate) fn op(&mut self, kind: OpKind) {
        let position = self.position;
        self.body.blocks[self.at].ops.push(Op { kind, position });
    }

    /// Ends the block at hand.
    pub(crate) fn end(&mut self, terminator: Terminator) {
        self.body.blocks[self.at].terminator = terminator;
    }

    pub(crate) fn ends_in(&mut self, values: &[Operand]) {
        self.end(Terminator::Return(values.to_vec()));
    }

    pub(crate) fn goto(&mut self, block: Block) {
        self.end(Terminator::Goto(block));
    }

    pub(crate) fn branch(&mut self, condition: impl Into<Operand>, then: Block, otherwise: Block) {
        self.end(Terminator::Branch { condition: condition.into(), then, otherwise });
    }

    pub(crate) fn copy(&mut self, dest: Local, value: impl Into<Operand>) {
        self.op(OpKind::Copy { dest, value: value.into() });
    }

    pub(crate) fn binary(
        &mut self,
        op: BinaryOp,
        left: impl Into<Operand>,
        right: impl Into<Operand>,
    ) -> Local {
        let (left, right) = (left.into(), right.into());
        let dest = self.temp(left.scalar(&self.body.locals));
        self.op(OpKind::Binary { dest, op, left, right });
        dest
    }

    pub(crate) fn compare(
        &mut self,
        op: CompareOp,
        left: impl Into<Operand>,
        right: impl Into<Operand>,
    ) -> Local {
        let dest = self.temp(Scalar::I8);
        self.op(OpKind::Compare { dest, op, left: left.into(), right: right.into() });
        dest
    }

    pub(crate) fn convert(
        &mut self,
        conversion: Conversion,
        value: impl Into<Operand>,
        to: Scalar,
    ) -> Local {
        let dest = self.temp(to);
        self.op(OpKind::Convert { dest, conversion, value: value.into() });
        dest
    }

    pub(crate) fn alloc(&mut self, descriptor: DataId) -> Local {
        let dest = self.temp(Scalar::Ref);
        self.op(OpKind::Alloc { dest, descriptor });
        dest
    }

    pub(crate) fn alloc_array(&mut self, descriptor: DataId, length: impl Into<Operand>) -> Local {
        let dest = self.temp(Scalar::Ref);
        self.op(OpKind::AllocArray { dest, descriptor, length: length.into() });
        dest
    }

    pub(crate) fn load(
        &mut self,
        scalar: Scalar,
        object: impl Into<Operand>,
        offset: u32,
    ) -> Local {
        let dest = self.temp(scalar);
        self.op(OpKind::LoadField { dest, object: object.into(), offset });
        dest
    }

    pub(crate) fn store(
        &mut self,
        object: impl Into<Operand>,
        offset: u32,
        value: impl Into<Operand>,
        barrier: Barrier,
    ) {
        let (object, value) = (object.into(), value.into());
        self.op(OpKind::StoreField { object, offset, value, barrier });
    }

    pub(crate) fn array_len(&mut self, array: impl Into<Operand>) -> Local {
        let dest = self.temp(Scalar::I64);
        self.op(OpKind::ArrayLen { dest, array: array.into() });
        dest
    }

    pub(crate) fn load_element(
        &mut self,
        scalar: Scalar,
        array: impl Into<Operand>,
        index: impl Into<Operand>,
    ) -> Local {
        let dest = self.temp(scalar);
        let (array, index, stride) = (array.into(), index.into(), scalar.bytes());
        self.op(OpKind::LoadElement { dest, array, index, stride, offset: 0 });
        dest
    }

    pub(crate) fn store_element(
        &mut self,
        array: impl Into<Operand>,
        index: impl Into<Operand>,
        value: impl Into<Operand>,
        barrier: Barrier,
    ) {
        let (array, index, value) = (array.into(), index.into(), value.into());
        let stride = value.scalar(&self.body.locals).bytes();
        self.op(OpKind::StoreElement { array, index, stride, offset: 0, value, barrier });
    }

    pub(crate) fn check_index(&mut self, index: impl Into<Operand>, length: impl Into<Operand>) {
        let (index, length) = (index.into(), length.into());
        self.op(OpKind::CheckIndex { index, length, unsigned: false });
    }

    pub(crate) fn call(&mut self, callee: FuncId, arguments: &[Operand], result: Scalar) -> Local {
        let dest = self.temp(result);
        self.op(OpKind::Call {
            results: vec![dest],
            callee: Callee::Direct(callee),
            arguments: arguments.to_vec(),
        });
        dest
    }

    pub(crate) fn load_table(&mut self, table: impl Into<Operand>, index: u32) -> Local {
        let dest = self.temp(Scalar::I64);
        self.op(OpKind::LoadTable { dest, table: table.into(), index });
        dest
    }

    pub(crate) fn call_indirect(
        &mut self,
        code: impl Into<Operand>,
        arguments: &[Operand],
        results: &[Scalar],
    ) -> Vec<Local> {
        let results: Vec<Local> = results.iter().map(|&kind| self.temp(kind)).collect();
        self.op(OpKind::CallIndirect {
            results: results.clone(),
            code: code.into(),
            arguments: arguments.to_vec(),
        });
        results
    }

    pub(crate) fn runtime(&mut self, row: RuntimeFn, arguments: &[Operand]) {
        self.op(OpKind::Call {
            results: Vec::new(),
            callee: Callee::Runtime(row),
            arguments: arguments.to_vec(),
        });
    }

    pub(crate) fn runtime_value(
        &mut self,
        row: RuntimeFn,
        arguments: &[Operand],
        kind: Scalar,
    ) -> Local {
        let dest = self.temp(kind);
        self.op(OpKind::Call {
            results: vec![dest],
            callee: Callee::Runtime(row),
            arguments: arguments.to_vec(),
        });
        dest
    }

    /// Prints an `i64` and a line feed.
    pub(crate) fn print_line(&mut self, value: impl Into<Operand>) {
        let mark = self.runtime_value(RuntimeFn::TextBegin, &[], Scalar::I64);
        self.runtime(RuntimeFn::TextSigned, &[value.into()]);
        self.runtime(RuntimeFn::TextPrintLine, &[mark.into()]);
    }
}

fn empty_block(cold: bool) -> BlockData {
    BlockData { ops: Vec::new(), terminator: Terminator::Return(Vec::new()), cold }
}

/// An `i64`.
pub(crate) fn int(value: i64) -> Operand {
    Operand::Const(Const::Int(Scalar::I64, value))
}

/// An integer of a kind.
pub(crate) fn int_of(scalar: Scalar, value: i64) -> Operand {
    Operand::Const(Const::Int(scalar, value))
}

/// An `f64`.
pub(crate) fn float(value: f64) -> Operand {
    Operand::Const(Const::F64(value))
}

/// Null.
pub(crate) const NULL: Operand = Operand::Const(Const::NullRef);
