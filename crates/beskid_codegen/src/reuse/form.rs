//! What a function is compiled from, without the numbers that things have in the rest of its program.
//!
//! ```text
//! f3(d12), at position 4711   ──►   bytes:     call 0 with 1, at 0; 0 gives an i64 and collects, 1 is a string
//!                                   symbols:   0 = f3, 1 = d12
//!                                   positions: 0 = 4711
//! ```
//!
//! Functions, data and positions are numbered in the order in which the body first comes to them, so a function
//! whose text has moved, or whose callees have got other ids, has the same form.
//!
//! *Invariants.* Functions of one form are lowered to the same CLIF, but for the symbols and positions that their
//! numbers stand for: whatever [`crate::clif`] reads of a body or of the rest of the program is in the bytes. Bodies,
//! operations and what they refer to are taken apart without `..`, so nothing can be added to them that is missed
//! here. Every part is written so that it cannot be taken for another.

use beskid_analysis::index::{Id, IndexVec};
use cranelift_codegen::ir::UserExternalName;
use rustc_hash::FxHashMap;

use crate::clif::declare::Declarations;
use crate::mir::{
    self, Binding, Block, BlockData, Body, Callee, Const, DataId, Descriptor, ForeignFunction,
    ForeignId, ForeignType, FuncId, Local, LocalDecl, Op, OpKind, Operand, Scalar, SourcePos,
    Terminator,
};

/// The form of one function.
#[derive(Default)]
pub(crate) struct Form {
    bytes: Vec<u8>,
    symbols: Vec<UserExternalName>,
    symbol_numbers: FxHashMap<UserExternalName, u32>,
    positions: Vec<SourcePos>,
    position_numbers: FxHashMap<SourcePos, u32>,
}

impl Form {
    /// Makes it that of a function; what it was before is forgotten, its memory is used again.
    pub(crate) fn set(
        &mut self,
        program: &mir::Program,
        function: FuncId,
        declarations: &Declarations,
    ) {
        self.bytes.clear();
        self.symbols.clear();
        self.symbol_numbers.clear();
        self.positions.clear();
        self.position_numbers.clear();
        Writer { form: self, program, declarations }.body(&program.functions[function]);
    }

    /// What tells it from other forms.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The symbol of a number.
    pub(super) fn symbol(&self, number: u32) -> Option<&UserExternalName> {
        self.symbols.get(number as usize)
    }

    /// The number of a symbol, unless it is one that is the same in every program.
    pub(super) fn symbol_number(&self, symbol: &UserExternalName) -> Option<u32> {
        self.symbol_numbers.get(symbol).copied()
    }

    /// The position of a number.
    pub(super) fn position(&self, number: u32) -> Option<SourcePos> {
        self.positions.get(number as usize).copied()
    }

    /// The number of a position.
    pub(super) fn position_number(&self, position: SourcePos) -> Option<u32> {
        self.position_numbers.get(&position).copied()
    }
}

/// Writes a form.
struct Writer<'w> {
    form: &'w mut Form,
    program: &'w mir::Program,
    declarations: &'w Declarations,
}

impl Writer<'_> {
    fn byte(&mut self, byte: u8) {
        self.form.bytes.push(byte);
    }

    /// A number, in groups of seven bits.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// A number that is more often small than large, whatever its sign.
    fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63) as u64);
    }

    fn id(&mut self, id: impl Id) {
        self.number(id.index() as u64);
    }

    /// Things in a row, how many first.
    fn all<T: Copy>(&mut self, all: &[T], mut one: impl FnMut(&mut Self, T)) {
        self.number(all.len() as u64);
        all.iter().for_each(|&item| one(self, item));
    }

    fn scalar(&mut self, scalar: Scalar) {
        self.byte(scalar as u8);
    }

    fn local(&mut self, local: Local) {
        self.id(local);
    }

    fn position(&mut self, position: SourcePos) {
        if position == SourcePos::NOWHERE {
            return self.number(0);
        }
        let Form { positions, position_numbers, .. } = &mut *self.form;
        let number = *position_numbers.entry(position).or_insert_with(|| {
            positions.push(position);
            positions.len() as u32 - 1
        });
        self.number(u64::from(number) + 1);
    }

    /// A symbol of the program; says whether the body comes to it for the first time.
    fn symbol(&mut self, namespace: u32, index: u32) -> bool {
        let symbol = UserExternalName { namespace, index };
        let Form { symbols, symbol_numbers, .. } = &mut *self.form;
        let next = symbols.len() as u32;
        let number = *symbol_numbers.entry(symbol.clone()).or_insert_with(|| {
            symbols.push(symbol);
            next
        });
        self.number(number.into());
        number == next
    }

    /// A function of the program: how it is called, and whether a collection may happen in it.
    fn function(&mut self, function: FuncId) {
        if self.symbol(0, self.declarations.functions[function].as_u32()) {
            self.signature(&self.program.functions[function]);
            self.byte(self.declarations.collects_callee(Callee::Direct(function)).into());
        }
    }

    fn signature(&mut self, body: &Body) {
        self.byte(body.convention as u8);
        self.all(&body.parameters, |form, local| form.scalar(body.locals[local].scalar));
        self.all(&body.results, Self::scalar);
    }

    /// Data of the program: of what is allocated, how large it is. All else is behind its address.
    fn data(&mut self, data: DataId) {
        if !self.symbol(1, self.declarations.data[data].as_u32()) {
            return;
        }
        match &self.program.data[data] {
            mir::Data::String(_) => self.byte(0),
            mir::Data::Descriptor(Descriptor { name: _, kind: _, size, references: _ }) => {
                self.byte(1);
                self.number((*size).into());
            }
            mir::Data::Closure(_) => self.byte(2),
            mir::Data::Table(_) => self.byte(3),
        }
    }

    /// A function of C. Several may have one symbol, each with its own signature.
    fn foreign(&mut self, foreign: ForeignId) {
        self.symbol(0, self.declarations.foreign(foreign).as_u32());
        let ForeignFunction { symbol: _, library: _, span: _, parameters, result } =
            &self.program.foreign[foreign];
        self.all(parameters, Self::foreign_type);
        match result {
            Some(result) => self.foreign_type(*result),
            None => self.byte(u8::MAX),
        }
    }

    fn foreign_type(&mut self, kind: ForeignType) {
        let (tag, scalar) = match kind {
            ForeignType::Plain(scalar) => (0, scalar),
            ForeignType::Signed(scalar) => (1, scalar),
            ForeignType::Unsigned(scalar) => (2, scalar),
            ForeignType::Bool => (3, kind.scalar()),
            ForeignType::Bytes => (4, kind.scalar()),
        };
        self.byte(tag);
        self.scalar(scalar);
    }

    fn callee(&mut self, callee: Callee) {
        match callee {
            Callee::Direct(function) => {
                self.byte(0);
                self.function(function);
            }
            Callee::Runtime(function) => {
                self.byte(1);
                self.number(function as u64);
            }
            Callee::Foreign(foreign) => {
                self.byte(2);
                self.foreign(foreign);
            }
        }
    }

    fn operand(&mut self, operand: Operand) {
        match operand {
            Operand::Local(local) => {
                self.byte(0);
                self.local(local);
            }
            Operand::Const(Const::Int(scalar, value)) => {
                self.byte(1);
                self.scalar(scalar);
                self.signed(value);
            }
            Operand::Const(Const::F32(value)) => {
                self.byte(2);
                self.form.bytes.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            Operand::Const(Const::F64(value)) => {
                self.byte(3);
                self.form.bytes.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            Operand::Const(Const::StaticRef(data)) => {
                self.byte(4);
                self.data(data);
            }
            Operand::Const(Const::FunctionAddress(function)) => {
                self.byte(5);
                self.function(function);
            }
            Operand::Const(Const::TableAddress(data)) => {
                self.byte(6);
                self.data(data);
            }
            Operand::Const(Const::NullRef) => self.byte(7),
        }
    }

    fn body(&mut self, body: &Body) {
        let Body {
            symbol: _,
            name: _,
            convention: _,
            parameters,
            results: _,
            locals,
            bindings,
            blocks,
            position,
        } = body;
        self.signature(body);
        self.all(parameters, Self::local);
        self.locals(locals);
        // Of what debuggers show, only what has a place in the frame is in code.
        self.number(bindings.len() as u64);
        for Binding { name: _, kind: _, local, is_parameter: _, position: _, scope: _ } in bindings
        {
            self.number(local.map_or(0, |local| local.index() as u64 + 1));
        }
        self.position(*position);
        self.number(blocks.len() as u64);
        for BlockData { ops, terminator, cold } in blocks {
            self.byte((*cold).into());
            self.number(ops.len() as u64);
            for Op { kind, position } in ops {
                self.position(*position);
                self.op(kind);
            }
            self.terminator(terminator);
        }
    }

    fn locals(&mut self, locals: &IndexVec<Local, LocalDecl>) {
        self.number(locals.len() as u64);
        for LocalDecl { scalar, mutable, name: _ } in locals {
            self.scalar(*scalar);
            self.byte((*mutable).into());
        }
    }

    fn op(&mut self, kind: &OpKind) {
        match *kind {
            OpKind::Copy { dest, value } => {
                self.byte(0);
                self.local(dest);
                self.operand(value);
            }
            OpKind::Unary { dest, op, value } => {
                self.byte(1);
                self.local(dest);
                self.byte(op as u8);
                self.operand(value);
            }
            OpKind::Binary { dest, op, left, right } => {
                self.byte(2);
                self.local(dest);
                self.byte(op as u8);
                self.operand(left);
                self.operand(right);
            }
            OpKind::Compare { dest, op, left, right } => {
                self.byte(3);
                self.local(dest);
                self.byte(op as u8);
                self.operand(left);
                self.operand(right);
            }
            OpKind::Convert { dest, conversion, value } => {
                self.byte(4);
                self.local(dest);
                self.byte(conversion as u8);
                self.operand(value);
            }
            OpKind::Alloc { dest, descriptor } => {
                self.byte(5);
                self.local(dest);
                self.data(descriptor);
            }
            OpKind::AllocArray { dest, descriptor, length } => {
                self.byte(6);
                self.local(dest);
                self.data(descriptor);
                self.operand(length);
            }
            OpKind::LoadField { dest, object, offset } => {
                self.byte(7);
                self.local(dest);
                self.operand(object);
                self.number(offset.into());
            }
            OpKind::StoreField { object, offset, value, barrier } => {
                self.byte(8);
                self.operand(object);
                self.number(offset.into());
                self.operand(value);
                self.byte(barrier as u8);
            }
            OpKind::ArrayLen { dest, array } => {
                self.byte(9);
                self.local(dest);
                self.operand(array);
            }
            OpKind::StringLen { dest, string } => {
                self.byte(10);
                self.local(dest);
                self.operand(string);
            }
            OpKind::LoadElement { dest, array, index, stride, offset } => {
                self.byte(11);
                self.local(dest);
                self.operand(array);
                self.operand(index);
                self.number(stride.into());
                self.number(offset.into());
            }
            OpKind::StoreElement { array, index, stride, offset, value, barrier } => {
                self.byte(12);
                self.operand(array);
                self.operand(index);
                self.number(stride.into());
                self.number(offset.into());
                self.operand(value);
                self.byte(barrier as u8);
            }
            OpKind::CheckIndex { index, length, unsigned } => {
                self.byte(13);
                self.operand(index);
                self.operand(length);
                self.byte(unsigned.into());
            }
            OpKind::CheckDivisor { divisor } => {
                self.byte(14);
                self.operand(divisor);
            }
            OpKind::CheckChar { value, unsigned } => {
                self.byte(15);
                self.operand(value);
                self.byte(unsigned.into());
            }
            OpKind::Call { ref results, callee, ref arguments } => {
                self.byte(16);
                self.all(results, Self::local);
                self.callee(callee);
                self.all(arguments, Self::operand);
            }
            OpKind::HashSeed { dest } => {
                self.byte(17);
                self.local(dest);
            }
            OpKind::Count { counter } => {
                self.byte(18);
                self.id(counter);
            }
            OpKind::LoadTable { dest, table, index } => {
                self.byte(19);
                self.local(dest);
                self.operand(table);
                self.number(index.into());
            }
            OpKind::CallIndirect { ref results, code, ref arguments } => {
                self.byte(20);
                self.all(results, Self::local);
                self.operand(code);
                self.all(arguments, Self::operand);
            }
            OpKind::EnterProgram { ref results, callee, arguments_descriptor } => {
                self.byte(21);
                self.all(results, Self::local);
                self.function(callee);
                self.byte(arguments_descriptor.is_some().into());
                arguments_descriptor.into_iter().for_each(|descriptor| self.data(descriptor));
            }
            OpKind::EnterLibrary => {
                self.byte(22);
                self.symbol(1, self.declarations.library_record().as_u32());
            }
            OpKind::LeaveLibrary => self.byte(23),
        }
    }

    fn terminator(&mut self, terminator: &Terminator) {
        match *terminator {
            Terminator::Goto(next) => {
                self.byte(0);
                self.id(next);
            }
            Terminator::Branch { condition, then, otherwise } => {
                self.byte(1);
                self.operand(condition);
                self.id(then);
                self.id(otherwise);
            }
            Terminator::Switch { value, ref cases, default } => {
                self.byte(2);
                self.operand(value);
                self.all(cases, |form, (value, block): (i64, Block)| {
                    form.signed(value);
                    form.id(block);
                });
                self.id(default);
            }
            Terminator::Return(ref values) => {
                self.byte(3);
                self.all(values, Self::operand);
            }
            Terminator::Unreachable => self.byte(4),
        }
    }
}
