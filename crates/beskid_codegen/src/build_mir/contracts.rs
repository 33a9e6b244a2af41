//! Contract values, and calls of what contracts ask for (language.md §8).
//!
//! ```text
//! value  | object | table |──► | equality | text | hash | embedded … | methods … |
//! ```
//!
//! The table of a contract holds the equality, the text and the hash of the type behind the value, then a table
//! for each contract that it embeds, then its own methods. So a value becomes one of an embedded
//! contract by an addition, and the type behind any value is told by its first entry. An enum value
//! behind a contract value is in a box; its methods go through code that takes it out.
//!
//! A call of a method that a contract asks for is static where the type that stands for `Self` is
//! known, which it is in every instance of a bounded declaration.
//!
//! *Invariants.* Equal pairs of type and contract share a table.

use beskid_abi::runtime_fn::RuntimeFn;
use beskid_abi::symbol::ItemKind;
use beskid_analysis::hir::{FunctionId, TypeDefId};
use beskid_analysis::types::{Ty, TyKind, TyList};
use smallvec::smallvec;

use super::function::{FunctionCx, Value, int};
use super::layout::{Layouts, ObjectLayout, object_of};
use super::{Instance, ProgramCx, name};
use crate::mir::{
    self, BinaryOp, Body, CompareOp, Const, Convention, Conversion, DescriptorKind, FuncId, Local,
    OpKind, Operand, Scalar, SourcePos, Terminator,
};

/// Where in a table the equality of the type behind the value is.
const EQUALITY: u32 = 0;
/// Where its text is.
const TEXT: u32 = 1;
/// Where what mixes it into a hash is.
const HASH: u32 = 2;
/// Bytes of an entry.
const ENTRY: i64 = 8;

/// What an entry of a table is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Entry {
    Equality,
    Text,
    Hash,
    /// A method of this contract.
    Method(FunctionId, Ty),
}

/// The entries of a contract's table, and where the tables of the contracts it embeds begin.
struct Section {
    entries: Vec<Entry>,
    /// Itself first.
    starts: Vec<(Ty, u32)>,
}

impl Layouts<'_> {
    fn section(&mut self, contract: Ty) -> Section {
        let mut section = Section { entries: Vec::new(), starts: Vec::new() };
        self.add_section(contract, &mut section);
        section
    }

    fn add_section(&mut self, contract: Ty, section: &mut Section) {
        let Some((def, list)) = self.types.as_contract(contract) else { return };
        section.starts.push((contract, section.entries.len() as u32));
        section.entries.extend([Entry::Equality, Entry::Text, Entry::Hash]);
        let item = &self.analysis.type_defs[def];
        let arguments = self.types.types(list).to_vec();
        for &embedded in &item.contracts {
            let embedded = self.types.substitute(embedded, &item.type_parameters, &arguments);
            self.add_section(embedded, section);
        }
        let methods = item.methods.iter().flatten();
        section.entries.extend(methods.map(|&method| Entry::Method(method, contract)));
    }

    /// The object that an enum value is in behind a contract value.
    fn boxed_value(&mut self, ty: Ty) -> ObjectLayout {
        let shape = self.shape(ty);
        object_of(&[shape], self.type_name(ty), DescriptorKind::Object)
    }

    /// The method that a type has for one that a contract asks for, with the arguments of its type
    /// parameters; `own` are those of the method's own.
    fn implementation(
        &mut self,
        ty: Ty,
        contract: Ty,
        method: FunctionId,
        own: &[Ty],
    ) -> Option<(FunctionId, TyList)> {
        let (def, list) = self.types.as_declared(ty)?;
        let item = &self.analysis.type_defs[def];
        let mut arguments = self.types.types(list).to_vec();
        let (owner, _) = self.types.as_contract(contract)?;
        let iteration = self.analysis.iteration;
        if Some(owner) == iteration.iterator {
            return Some((item.next?, list));
        }
        if Some(owner) == iteration.iterable {
            return Some((item.iterate?, list));
        }
        let conformance = item.conformances.iter().find(|conformance| {
            let found =
                self.types.substitute(conformance.contract, &item.type_parameters, &arguments);
            found == contract
        })?;
        let methods = self.analysis.type_defs[owner].methods.as_ref()?;
        let index = methods.iter().position(|&other| other == method)?;
        arguments.extend_from_slice(own);
        Some((conformance.methods[index], self.types.list(&arguments)))
    }
}

impl ProgramCx<'_> {
    fn is_iterable(&self, contract: Ty) -> bool {
        let def = self.layouts.types.as_contract(contract).map(|(def, _)| def);
        def.is_some() && def == self.analysis.iteration.iterable
    }

    /// The table of a type for a contract.
    fn dispatch_table(&mut self, ty: Ty, contract: Ty) -> mir::DataId {
        let section = self.layouts.section(contract);
        let boxed = matches!(self.layouts.types.kind(ty), TyKind::Enum(..));
        let at = SourcePos::NOWHERE;
        let mut functions: Vec<FuncId> = Vec::with_capacity(section.entries.len());
        for entry in section.entries {
            let instance = match entry {
                Entry::Equality => Instance::EqualBehind(ty),
                Entry::Text => Instance::TextBehind(ty),
                Entry::Hash => Instance::HashBehind(ty),
                Entry::Method(_, iterable) if self.is_iterable(iterable) => {
                    Instance::IterateBehind(ty, iterable)
                }
                Entry::Method(method, contract) => {
                    // A type without it does not conform, and the analysis has said so.
                    let Some((own, arguments)) =
                        self.layouts.implementation(ty, contract, method, &[])
                    else {
                        functions.push(self.instance(Instance::EqualBehind(ty), at));
                        continue;
                    };
                    match boxed {
                        true => Instance::MethodBehind(own, arguments),
                        false => Instance::Function(own, arguments),
                    }
                }
            };
            functions.push(self.instance(instance, at));
        }
        let name =
            format!("{} as {}", self.layouts.type_name(ty), self.layouts.type_name(contract));
        let table = mir::DispatchTable { name: name.into(), functions: functions.into() };
        self.data(mir::Data::Table(table))
    }
}

impl FunctionCx<'_, '_> {
    /// A value as one of a contract that its type conforms to.
    pub(super) fn contract_value(&mut self, value: &Value, from: Ty, contract: Ty) -> Value {
        match *self.program.layouts.types.kind(from) {
            TyKind::Contract(..) => {
                let section = self.program.layouts.section(from);
                let start = section.starts.iter().find(|&&(other, _)| other == contract);
                let offset = start.map_or(0, |&(_, start)| i64::from(start) * ENTRY);
                if offset == 0 {
                    return value.clone();
                }
                let table = self.binary(BinaryOp::IAdd, value[1], int(Scalar::I64, offset));
                smallvec![value[0], table]
            }
            TyKind::Enum(..) => {
                let layout = self.program.layouts.boxed_value(from);
                let object = self.alloc(&layout);
                self.fill(object, &layout, std::slice::from_ref(value));
                smallvec![object, self.table_address(from, contract)]
            }
            _ => smallvec![value[0], self.table_address(from, contract)],
        }
    }

    fn table_address(&mut self, ty: Ty, contract: Ty) -> Operand {
        Operand::Const(Const::TableAddress(self.program.dispatch_table(ty, contract)))
    }

    fn load_entry(&mut self, value: &Value, index: u32) -> Operand {
        let dest = self.temp(Scalar::I64);
        self.emit(OpKind::LoadTable { dest, table: value[1], index });
        Operand::Local(dest)
    }

    fn call_entry(
        &mut self,
        value: &Value,
        index: u32,
        arguments: Vec<Operand>,
        results: &[Scalar],
    ) -> Value {
        let code = self.load_entry(value, index);
        let results: Vec<Local> = results.iter().map(|&scalar| self.temp(scalar)).collect();
        let value = results.iter().map(|&local| Operand::Local(local)).collect();
        self.emit(OpKind::CallIndirect { results, code, arguments });
        value
    }

    /// What tells the type behind a contract value.
    pub(super) fn tag_behind(&mut self, value: &Value) -> Operand {
        self.load_entry(value, EQUALITY)
    }

    /// Whether that is a type.
    pub(super) fn is_behind(&mut self, tag: Operand, ty: Ty) -> Operand {
        let own = self.instance(Instance::EqualBehind(ty));
        self.compare(CompareOp::Eq, tag, Operand::Const(Const::FunctionAddress(own)))
    }

    /// The value of a type behind a contract value, behind which there is one.
    pub(super) fn behind(&mut self, value: &Value, ty: Ty) -> Value {
        // After inlining another type may be known behind it, on ways that are never taken.
        let object = self.of_unknown_kind(value[0]);
        self.unboxed(object, ty)
    }

    /// The value of a type that an object behind a contract value is or holds.
    fn unboxed(&mut self, object: Operand, ty: Ty) -> Value {
        match self.program.layouts.types.kind(ty) {
            TyKind::Enum(..) => {
                let layout = self.program.layouts.boxed_value(ty);
                self.load_slots(object, &layout.fields[0])
            }
            _ => smallvec![object],
        }
    }

    /// Whether the values behind two contract values are equal.
    pub(super) fn equal_behind(&mut self, left: &Value, right: &Value) -> Operand {
        let result = self.variable(Scalar::I8);
        self.copy(result, int(Scalar::I8, 0));
        let (same, done) = (self.new_block(), self.new_block());
        let (a, b) = (self.tag_behind(left), self.tag_behind(right));
        let is_same = self.compare(CompareOp::Eq, a, b);
        self.branch(is_same, same, done);
        self.begin(same);
        let operands = vec![left[0], right[0]];
        let equal = self.call_entry(left, EQUALITY, operands, &[Scalar::I8]);
        self.copy(result, equal[0]);
        self.goto(done);
        self.begin(done);
        self.snapshot(result)
    }

    /// Appends the text of the value behind a contract value.
    pub(super) fn append_behind(&mut self, value: &Value, depth: Operand) {
        self.call_entry(value, TEXT, vec![value[0], depth], &[]);
    }

    /// A hash with the value behind a contract value mixed in.
    pub(super) fn hash_behind(&mut self, value: &Value, hash: Operand) -> Operand {
        self.call_entry(value, HASH, vec![value[0], hash], &[Scalar::I64])[0]
    }

    /// Calls a method that a contract asks for; `types` are the arguments of the contract, of `Self`
    /// and of the method's own type parameters.
    pub(super) fn call_required(
        &mut self,
        method: FunctionId,
        types: TyList,
        operands: Vec<Operand>,
    ) -> Value {
        let analysis = self.program.analysis;
        let Some(owner) = analysis.functions[method].owner else { return Value::new() };
        let arguments = self.program.layouts.types.types(types).to_vec();
        let of_contract = analysis.type_defs[owner].type_parameters.len();
        let (of_contract, rest) = arguments.split_at(of_contract.min(arguments.len()));
        let Some((&self_ty, own)) = rest.split_first() else { return Value::new() };
        let contract = self.contract(owner, of_contract);
        if self.program.is_iterable(contract) {
            return self.iterate(self_ty, contract, method, types, operands);
        }
        match *self.program.layouts.types.kind(self_ty) {
            TyKind::Contract(..) => self.call_dynamic((self_ty, contract), method, types, operands),
            TyKind::Object(..) | TyKind::Enum(..) => {
                let found = self.program.layouts.implementation(self_ty, contract, method, own);
                match found {
                    Some((function, types)) => self.call_function(function, types, operands),
                    None => Value::new(),
                }
            }
            _ => smallvec![self.compare_scalars(operands[0], operands[1], self_ty)],
        }
    }

    /// The iterator of a value.
    fn iterate(
        &mut self,
        ty: Ty,
        iterable: Ty,
        method: FunctionId,
        types: TyList,
        operands: Vec<Operand>,
    ) -> Value {
        let iterator = self.program.layouts.types.iterator_of(ty);
        if iterator == ty {
            return operands.into();
        }
        let iteration = self.program.analysis.iteration;
        let known = match *self.program.layouts.types.kind(ty) {
            TyKind::Contract(..) => {
                return self.call_dynamic((ty, iterable), method, types, operands);
            }
            TyKind::Array(element) => {
                let list = self.program.layouts.types.list(&[element]);
                iteration.of_array.map(|function| (function, list))
            }
            TyKind::String => iteration.of_string.map(|function| (function, TyList::EMPTY)),
            _ => self.program.layouts.implementation(ty, iterable, method, &[]),
        };
        match known {
            Some((function, types)) => self.call_function(function, types, operands),
            None => Value::new(),
        }
    }

    fn contract(&mut self, def: TypeDefId, arguments: &[Ty]) -> Ty {
        let list = self.program.layouts.types.list(arguments);
        self.program.layouts.types.intern(TyKind::Contract(def, list))
    }

    /// Calls a method of `contract` through the table of a value of the contract `self_ty`.
    fn call_dynamic(
        &mut self,
        (self_ty, contract): (Ty, Ty),
        method: FunctionId,
        types: TyList,
        operands: Vec<Operand>,
    ) -> Value {
        let section = self.program.layouts.section(self_ty);
        let entry = Entry::Method(method, contract);
        let Some(index) = section.entries.iter().position(|&other| other == entry) else {
            return Value::new();
        };
        let (_, results) = self.signature(method, types);
        let receiver: Value = operands[..2].iter().copied().collect();
        let arguments = [operands[0]].into_iter().chain(operands[2..].iter().copied()).collect();
        self.call_entry(&receiver, index as u32, arguments, &results)
    }

    /// The order of two values of a declared type, an `i32`.
    pub(super) fn compare_declared(&mut self, left: &Value, right: &Value, ty: Ty) -> Operand {
        let Some(method) = self.program.analysis.compare_to else { return int(Scalar::I32, 0) };
        let types = self.program.layouts.types.list(&[ty]);
        let operands = left.iter().chain(right).copied().collect();
        let order = self.call_required(method, types, operands);
        order.first().copied().unwrap_or(int(Scalar::I32, 0))
    }

    /// `CompareTo` of primitives: -1, 0 or 1; 0 as well where a NaN is.
    fn compare_scalars(&mut self, left: Operand, right: Operand, ty: Ty) -> Operand {
        let (greater, less) = match *self.program.layouts.types.kind(ty) {
            TyKind::String => {
                let operands = vec![left, right];
                return self.call_runtime(RuntimeFn::StringCompare, operands, Scalar::I32);
            }
            TyKind::Float(_) => (CompareOp::FGt, CompareOp::FLt),
            TyKind::Int(kind) if kind.is_signed() => (CompareOp::SGt, CompareOp::SLt),
            _ => (CompareOp::UGt, CompareOp::ULt),
        };
        let greater = self.compare(greater, left, right);
        let less = self.compare(less, left, right);
        let order = self.binary(BinaryOp::ISub, greater, less);
        self.convert(Conversion::SignExtend, Scalar::I32, order)
    }
}

/// Builds the equality of two values of a type behind contract values.
pub(super) fn build_equal(program: &mut ProgramCx<'_>, ty: Ty) -> Body {
    let symbol = name::symbol_of_thunk(&program.layouts, "equal behind", &[ty, ty], Ty::BOOL);
    let name = format!("equality of {}", program.layouts.type_name(ty));
    let mut cx = FunctionCx::thunk(program);
    let parameters: Vec<Local> = (0..2).map(|_| cx.temp(Scalar::Ref)).collect();
    let left = cx.unboxed(Operand::Local(parameters[0]), ty);
    let right = cx.unboxed(Operand::Local(parameters[1]), ty);
    let equal = cx.equal(&left, &right, ty);
    cx.terminate(Terminator::Return(vec![equal]));
    let results = vec![Scalar::I8];
    cx.finish(symbol, name, Convention::Internal, parameters, results, SourcePos::NOWHERE)
}

/// Builds what appends the text of a value of a type behind a contract value.
pub(super) fn build_text(program: &mut ProgramCx<'_>, ty: Ty) -> Body {
    let symbol = name::symbol_of_thunk(&program.layouts, "text behind", &[ty, Ty::I64], Ty::UNIT);
    let name = format!("text of {}", program.layouts.type_name(ty));
    let mut cx = FunctionCx::thunk(program);
    let parameters = vec![cx.temp(Scalar::Ref), cx.temp(Scalar::I64)];
    let value = cx.unboxed(Operand::Local(parameters[0]), ty);
    cx.append_plain(&value, ty, Operand::Local(parameters[1]));
    cx.terminate(Terminator::Return(Vec::new()));
    cx.finish(symbol, name, Convention::Internal, parameters, Vec::new(), SourcePos::NOWHERE)
}

/// Builds what mixes a value of a type behind a contract value into a hash.
pub(super) fn build_hash(program: &mut ProgramCx<'_>, ty: Ty) -> Body {
    let symbol = name::symbol_of_thunk(&program.layouts, "hash behind", &[ty], Ty::U64);
    let name = format!("hash of {}", program.layouts.type_name(ty));
    let mut cx = FunctionCx::thunk(program);
    let parameters = vec![cx.temp(Scalar::Ref), cx.temp(Scalar::I64)];
    let value = cx.unboxed(Operand::Local(parameters[0]), ty);
    let hash = cx.hash_into(&value, ty, Operand::Local(parameters[1]));
    cx.terminate(Terminator::Return(vec![hash]));
    let results = vec![Scalar::I64];
    cx.finish(symbol, name, Convention::Internal, parameters, results, SourcePos::NOWHERE)
}

/// Builds the `Iterate` of a type behind a value of `Iterable<T>`: it gives a value of `Iterator<T>`.
pub(super) fn build_iterate(program: &mut ProgramCx<'_>, ty: Ty, iterable: Ty) -> Body {
    let symbol = name::symbol_of_thunk(&program.layouts, "iterate behind", &[ty], iterable);
    let name = format!("iterator of {}", program.layouts.type_name(ty));
    let analysis = program.analysis;
    let mut cx = FunctionCx::thunk(program);
    let object = cx.temp(Scalar::Ref);
    let value = cx.unboxed(Operand::Local(object), ty);
    let types = &mut cx.program.layouts.types;
    let arguments = types.as_contract(iterable).map(|(_, list)| types.types(list).to_vec());
    let element = arguments.and_then(|list| list.first().copied()).unwrap_or(Ty::ERROR);
    let iterator = types.iterator_of(ty);
    let list = types.list(&[element, ty]);
    let wanted = analysis.iteration.iterator.map(|def| {
        let list = types.list(&[element]);
        types.intern(TyKind::Contract(def, list))
    });
    let method = analysis
        .iteration
        .iterable
        .and_then(|iterable| analysis.type_defs[iterable].methods.as_ref()?.first().copied());
    if let (Some(wanted), Some(method)) = (wanted, method) {
        let made = cx.iterate(ty, iterable, method, list, value.into_vec());
        let result = match iterator == wanted {
            true => made,
            false => cx.contract_value(&made, iterator, wanted),
        };
        cx.terminate(Terminator::Return(result.into_vec()));
    }
    let results = vec![Scalar::Ref, Scalar::I64];
    cx.finish(symbol, name, Convention::Internal, vec![object], results, SourcePos::NOWHERE)
}

/// Builds a method of an enum for a receiver in a box.
pub(super) fn build_method(program: &mut ProgramCx<'_>, method: FunctionId, types: TyList) -> Body {
    let source_name = name::of_function(program.analysis, method);
    let around = program.symbol_of(method, types);
    let symbol = name::symbol_within(&around, "behind", ItemKind::Thunk);
    let mut cx = FunctionCx::thunk(program);
    let (parameters, result) = cx.signature(method, types);
    let object = cx.temp(Scalar::Ref);
    let given: Vec<Local> = parameters.iter().skip(1).flat_map(|&ty| cx.parameter(ty)).collect();
    let mut operands = match parameters.first() {
        Some(&receiver) => cx.unboxed(Operand::Local(object), receiver).into_vec(),
        None => Vec::new(),
    };
    operands.extend(given.iter().map(|&local| Operand::Local(local)));
    let value = cx.call_function(method, types, operands);
    cx.terminate(Terminator::Return(value.into_vec()));
    let results = result.into_vec();
    let all = [object].into_iter().chain(given).collect();
    cx.finish(symbol, source_name, Convention::Internal, all, results, SourcePos::NOWHERE)
}
