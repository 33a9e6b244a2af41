//! Random programs: arithmetic, branches, counted loops, arrays with checked indices, lists, calls by
//! name, through tables and through closures.
//!
//! What such a program prints is not known, but it must be the same however it is compiled, and so
//! must the panic it may end in, trace included.

use beskid_abi::object::{CLOSURE_CAPTURES_OFFSET, CLOSURE_CODE_OFFSET};
use beskid_codegen::mir::{
    Barrier, BinaryOp, CompareOp, Const, Conversion, DataId, DescriptorKind, FuncId, Local, OpKind,
    Operand, Program, Scalar,
};

use super::{BodyBuilder, NULL, Unit, int};

/// Where a closure has its code.
const CODE: u32 = CLOSURE_CODE_OFFSET as u32;
/// Where a closure has its capture.
const FIRST: u32 = CLOSURE_CAPTURES_OFFSET as u32;
/// Elements of the array that every function gets.
const LENGTH: i64 = 8;

/// The program of a seed.
pub(crate) fn program(seed: u64) -> Program {
    let mut unit = Unit::new();
    let numbers = unit.descriptor("i64[]", DescriptorKind::Array, 8, &[]);
    let cell = unit.descriptor("Cell", DescriptorKind::Object, 24, &[8]);
    let closure = unit.descriptor("closure", DescriptorKind::Closure, FIRST + 8, &[FIRST]);
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut functions = Vec::new();
    for number in 0..2 + random.below(4) {
        let name = format!("F{number}");
        let mut body = BodyBuilder::new(&name);
        body.body.position = unit.position(&name, number as u32 + 1, 1);
        body.returns(&[Scalar::I64]);
        let parameters = [Scalar::I64, Scalar::I64].map(|kind| body.parameter(kind, "p").into());
        let array = body.parameter(Scalar::Ref, "xs");
        let mut writer = Writer {
            random: &mut random,
            unit: &mut unit,
            body,
            cell,
            closure,
            array,
            functions: &functions,
            variables: Vec::new(),
            values: parameters.to_vec(),
            list: array,
            name,
            line: number as u32 * 1000 + 10,
            calls: 3,
        };
        writer.function();
        let body = writer.body;
        functions.push(unit.add(body));
    }
    let mut main = BodyBuilder::new("main");
    main.returns(&[Scalar::I64]);
    let array = main.alloc_array(numbers, int(LENGTH));
    for &function in &functions {
        let arguments = [int(random.number()), int(random.number()), array.into()];
        let result = main.call(function, &arguments, Scalar::I64);
        main.print_line(result);
    }
    for index in 0..LENGTH {
        let element = main.load_element(Scalar::I64, array, int(index));
        main.print_line(element);
    }
    main.ends_in(&[int(0)]);
    let main = unit.add(main);
    unit.enter(main)
}

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Mostly small, sometimes at a border.
    fn number(&mut self) -> i64 {
        match self.below(12) {
            0 => i64::MIN,
            1 => i64::MAX,
            2 => -1,
            _ => self.below(20) as i64 - 4,
        }
    }
}

/// Writes one function.
struct Writer<'a> {
    random: &'a mut Random,
    unit: &'a mut Unit,
    body: BodyBuilder,
    cell: DataId,
    closure: DataId,
    array: Local,
    functions: &'a [FuncId],
    variables: Vec<Local>,
    /// What can be read wherever the block at hand leads.
    values: Vec<Operand>,
    list: Local,
    name: String,
    line: u32,
    calls: u32,
}

impl Writer<'_> {
    fn function(&mut self) {
        for name in ["a", "b", "c"] {
            let variable = self.body.variable(Scalar::I64, name);
            let value = self.value();
            self.body.copy(variable, value);
            self.variables.push(variable);
        }
        self.list = self.body.variable(Scalar::Ref, "list");
        self.body.copy(self.list, NULL);
        self.statements(3);
        let result = self.value();
        self.body.ends_in(&[result]);
    }

    fn statements(&mut self, depth: u64) {
        for _ in 0..1 + self.random.below(5) {
            let position = self.unit.position(&self.name, self.line, depth as u32 + 1);
            self.line += 1;
            self.body.at(position);
            // What is made inside stays inside.
            let visible = self.values.len();
            match self.random.below(if depth == 0 { 9 } else { 14 }) {
                0..3 => self.arithmetic(),
                3 => self.read_element(),
                4 => self.write_element(),
                5 => self.push(),
                6 => self.relink(),
                7 => self.call(),
                8 => {
                    let value = self.value();
                    self.body.print_line(value);
                }
                9 => self.pop(depth),
                10 | 11 => self.branch(depth),
                _ => self.count(depth),
            }
            // A value that was made in this block may be read in the rest of it.
            if self.random.below(4) == 0 {
                self.values.truncate(visible);
            }
        }
    }

    /// A block of its own, in which values come and go.
    fn nested(&mut self, depth: u64) {
        let visible = self.values.len();
        self.statements(depth - 1);
        self.values.truncate(visible);
    }

    fn variable(&mut self) -> Local {
        let index = self.random.below(self.variables.len() as u64);
        self.variables[index as usize]
    }

    fn value(&mut self) -> Operand {
        match self.random.below(4) {
            0 => int(self.random.number()),
            1 if !self.variables.is_empty() => self.variable().into(),
            _ => self.values[self.random.below(self.values.len() as u64) as usize],
        }
    }

    fn arithmetic(&mut self) {
        const OPS: [BinaryOp; 12] = [
            BinaryOp::IAdd,
            BinaryOp::IAdd,
            BinaryOp::ISub,
            BinaryOp::IMul,
            BinaryOp::And,
            BinaryOp::Or,
            BinaryOp::Xor,
            BinaryOp::Shl,
            BinaryOp::SShr,
            BinaryOp::UShr,
            BinaryOp::SDiv,
            BinaryOp::SRem,
        ];
        let op = OPS[self.random.below(OPS.len() as u64) as usize];
        let (left, mut right) = (self.value(), self.value());
        if matches!(op, BinaryOp::SDiv | BinaryOp::SRem) {
            if self.random.below(40) != 0 {
                right = self.body.binary(BinaryOp::Or, right, int(1)).into();
            }
            self.body.op(OpKind::CheckDivisor { divisor: right });
        }
        let mut result = self.body.binary(op, left, right);
        if self.random.below(5) == 0 {
            let narrow = self.body.convert(Conversion::Truncate, result, Scalar::I32);
            result = self.body.convert(Conversion::SignExtend, narrow, Scalar::I64);
        }
        self.give(result);
    }

    /// Makes a value known, as a variable or as it is.
    fn give(&mut self, value: Local) {
        if self.random.below(2) == 0 {
            let variable = self.variable();
            self.body.copy(variable, value);
        } else {
            self.values.push(value.into());
        }
    }

    /// An index that was checked; mostly it is in bounds.
    fn index(&mut self) -> Operand {
        let value = self.value();
        let index = match self.random.below(80) {
            0 => value,
            _ => self.body.binary(BinaryOp::And, value, int(LENGTH - 1)).into(),
        };
        let length = self.body.array_len(self.array);
        self.body.check_index(index, length);
        index
    }

    fn read_element(&mut self) {
        let index = self.index();
        let element = self.body.load_element(Scalar::I64, self.array, index);
        self.give(element);
    }

    fn write_element(&mut self) {
        let index = self.index();
        let value = self.value();
        self.body.store_element(self.array, index, value, Barrier::Scalar);
    }

    fn push(&mut self) {
        let value = self.value();
        let new = self.body.alloc(self.cell);
        self.body.store(new, 8, self.list, Barrier::Initialising);
        self.body.store(new, 16, value, Barrier::Scalar);
        self.body.copy(self.list, new);
    }

    /// Puts a new cell before the list and the list behind it by a store with a barrier.
    fn relink(&mut self) {
        let value = self.value();
        let first = self.body.alloc(self.cell);
        let second = self.body.alloc(self.cell);
        self.body.store(second, 16, value, Barrier::Scalar);
        self.body.store(first, 8, second, Barrier::Needed);
        self.body.store(second, 8, self.list, Barrier::Needed);
        self.body.copy(self.list, first);
    }

    fn pop(&mut self, depth: u64) {
        let is_some = self.body.compare(CompareOp::Ne, self.list, NULL);
        let (some, next) = (self.body.block(), self.body.block());
        self.body.branch(is_some, some, next);
        self.body.go_to(some);
        let value = self.body.load(Scalar::I64, self.list, 16);
        let variable = self.variable();
        self.body.copy(variable, value);
        let rest = self.body.load(Scalar::Ref, self.list, 8);
        self.body.copy(self.list, rest);
        self.nested(depth);
        self.body.goto(next);
        self.body.go_to(next);
    }

    fn call(&mut self) {
        if self.functions.is_empty() || self.calls == 0 {
            return;
        }
        self.calls -= 1;
        let callee = self.functions[self.random.below(self.functions.len() as u64) as usize];
        let arguments = [self.value(), self.value(), self.array.into()];
        let result = match self.random.below(4) {
            0 => self.call_of_table(&arguments),
            1 => self.call_of_closure(callee, &arguments),
            _ => self.body.call(callee, &arguments, Scalar::I64),
        };
        self.give(result);
    }

    /// Through one of two tables, whichever a value says, so mostly nobody knows what is called.
    fn call_of_table(&mut self, arguments: &[Operand]) -> Local {
        let entry = self.random.below(self.functions.len() as u64) as u32;
        let reversed: Vec<FuncId> = self.functions.iter().rev().copied().collect();
        let tables = [self.unit.table("one", self.functions), self.unit.table("other", &reversed)];
        let choice = self.value();
        let is_one = self.body.compare(CompareOp::SLt, choice, int(self.random.number()));
        let name = format!("table{}", self.body.body.locals.len());
        let table = self.body.variable(Scalar::I64, &name);
        self.body.copy(table, tables[0]);
        let (other, join) = (self.body.block(), self.body.block());
        self.body.branch(is_one, join, other);
        self.body.go_to(other);
        self.body.copy(table, tables[1]);
        self.body.goto(join);
        self.body.go_to(join);
        let code = self.body.load_table(table, entry);
        self.body.call_indirect(code, arguments, &[Scalar::I64])[0]
    }

    /// Through a closure that has captured the array, made here or read from where the list is.
    fn call_of_closure(&mut self, callee: FuncId, arguments: &[Operand]) -> Local {
        let new = self.body.alloc(self.closure);
        let code = Operand::Const(Const::FunctionAddress(callee));
        self.body.store(new, CODE, code, Barrier::Scalar);
        self.body.store(new, FIRST, arguments[2], Barrier::Initialising);
        let closure = match self.random.below(2) {
            0 => new,
            _ => {
                let holder = self.body.alloc(self.cell);
                self.body.store(holder, 8, new, Barrier::Initialising);
                self.body.alloc(self.cell);
                self.body.load(Scalar::Ref, holder, 8)
            }
        };
        let array = self.body.load(Scalar::Ref, closure, FIRST);
        let code = self.body.load(Scalar::I64, closure, CODE);
        let arguments = [arguments[0], arguments[1], array.into()];
        self.body.call_indirect(code, &arguments, &[Scalar::I64])[0]
    }

    fn branch(&mut self, depth: u64) {
        const OPS: [CompareOp; 5] =
            [CompareOp::Eq, CompareOp::Ne, CompareOp::SLt, CompareOp::SGe, CompareOp::ULe];
        let op = OPS[self.random.below(OPS.len() as u64) as usize];
        let (left, right) = (self.value(), self.value());
        let condition = self.body.compare(op, left, right);
        let (then, otherwise, join) = (self.body.block(), self.body.block(), self.body.block());
        self.body.branch(condition, then, otherwise);
        for block in [then, otherwise] {
            self.body.go_to(block);
            self.nested(depth);
            self.body.goto(join);
        }
        self.body.go_to(join);
    }

    /// A counted loop, inverted as lowering makes it.
    fn count(&mut self, depth: u64) {
        let start = int(self.random.below(5) as i64 - i64::from(self.random.below(30) == 0));
        let bound: Operand = match self.random.below(3) {
            0 => int(self.random.below(9) as i64),
            1 => self.body.array_len(self.array).into(),
            _ => {
                let value = self.value();
                self.body.binary(BinaryOp::And, value, int(7)).into()
            }
        };
        let name = format!("i{}", self.body.body.locals.len());
        let counter = self.body.variable(Scalar::I64, &name);
        let (header, latch, done) = (self.body.block(), self.body.block(), self.body.block());
        self.body.copy(counter, start);
        let left: Operand = if self.random.below(2) == 0 { start } else { counter.into() };
        let enters = self.body.compare(CompareOp::SLt, left, bound);
        self.body.branch(enters, header, done);
        self.body.go_to(header);
        let index = self.body.temp(Scalar::I64);
        self.body.copy(index, counter);
        let visible = self.values.len();
        self.values.push(index.into());
        if self.random.below(2) == 0 {
            let length = self.body.array_len(self.array);
            self.body.check_index(index, length);
            let element = self.body.load_element(Scalar::I64, self.array, index);
            self.give(element);
        }
        self.nested(depth);
        self.values.truncate(visible);
        self.body.goto(latch);
        self.body.go_to(latch);
        let next = self.body.binary(BinaryOp::IAdd, counter, int(1));
        self.body.copy(counter, next);
        let again = self.body.compare(CompareOp::SLt, next, bound);
        self.body.branch(again, header, done);
        self.body.go_to(done);
        if self.random.below(8) == 0 {
            // The counter behind its loop, where it has reached the bound.
            let length = self.body.array_len(self.array);
            self.body.check_index(counter, length);
            let element = self.body.load_element(Scalar::I64, self.array, counter);
            self.give(element);
        }
    }
}
