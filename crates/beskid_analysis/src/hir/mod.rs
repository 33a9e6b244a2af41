//! The checked program: items, and bodies in which every name is resolved, every expression has a
//! type and every conversion is written out. This is all that code generation reads.
//!
//! *Invariants*, for an analysis without errors: no `Error` node and no [`Ty::ERROR`]; operands of a
//! [`ExprKind::Binary`] have one type (the count of a shift aside, which is any integer); arguments
//! have exactly the parameters' types; an expression of type [`Ty::NEVER`] does not return, and may stand
//! where a value of any type is asked for; a block without tail whose type is not `unit` does not reach
//! its end; no type is or holds [`TyKind::Infer`](crate::types::TyKind::Infer); constants
//! are replaced by their values; a place ([`ExprKind::Local`], [`ExprKind::Field`],
//! [`ExprKind::Index`]) is assigned only where language.md §4 allows it.

mod attribute;
mod intrinsic;
mod test;

pub use attribute::{
    AppliedAttribute, AttributeDef, AttributeId, AttributeKind, AttributeParameter, Attributes,
    BuiltinAttribute, Target,
};
pub use intrinsic::Intrinsic;
pub use test::{Skip, Test};

use crate::ast;
use crate::diagnostics::Diagnostic;
use crate::doc::Documentation;
use crate::index::{Id, IndexVec};
use crate::source::{PackageId, SourceMap, Span};
use crate::symbol::{Interner, Symbol};
use crate::types::{Ty, TyList, TyNames, TyStore, TypeParamId};

crate::define_ids! {
    /// A module.
    ModuleId "mod";
    /// A function or method.
    FunctionId "fn";
    /// A declared `type`, `enum` or `contract`.
    TypeDefId "type";
    /// A local of a body.
    LocalId "local";
    /// An expression of a body.
    ExprId "x";
    /// A lambda of a body.
    LambdaId "lambda";
}

/// The result of analysing a program.
#[derive(Debug)]
pub struct Analysis {
    /// The text.
    pub sources: SourceMap,
    /// The names.
    pub interner: Interner,
    /// The types.
    pub types: TyStore,
    /// All modules, the entry file's first, those of the core library last.
    pub modules: IndexVec<ModuleId, Module>,
    /// How many of the modules are the program's, its dependencies' included.
    pub own_modules: usize,
    /// All functions and methods in source order, then those of the tests.
    pub functions: IndexVec<FunctionId, Function>,
    /// All declared types in source order.
    pub type_defs: IndexVec<TypeDefId, TypeDef>,
    /// The names of all type parameters.
    pub type_params: IndexVec<TypeParamId, Symbol>,
    /// The body of each function; `None` where it could not be checked, and for functions of the core
    /// library that nothing reaches.
    pub bodies: IndexVec<FunctionId, Option<Body>>,
    /// `CompareTo` of the contract `Comparable`, which gives type parameters their order.
    pub compare_to: Option<FunctionId>,
    /// What the compiler knows of iteration.
    pub iteration: Iteration,
    /// `main` of the entry file, if there is a well-typed one.
    pub entry: Option<FunctionId>,
    /// All tests in source order.
    pub tests: Vec<Test>,
    /// Attributes, and where they stand.
    pub attributes: Attributes,
    /// What `///` lines say.
    pub documentation: Documentation,
    /// Errors and warnings in source order.
    pub diagnostics: Vec<Diagnostic>,
}

/// The contracts of iteration, and the functions that give the iterators of what is no declared type.
#[derive(Clone, Copy, Default, Debug)]
pub struct Iteration {
    /// `Iterator<T>`
    pub iterator: Option<TypeDefId>,
    /// `Iterable<T>`
    pub iterable: Option<TypeDefId>,
    /// Of arrays; its type parameter is the element.
    pub of_array: Option<FunctionId>,
    /// Of strings.
    pub of_string: Option<FunctionId>,
}

impl Analysis {
    /// Whether the program cannot be compiled.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Whether a function is the body of a test.
    #[must_use]
    pub fn is_test(&self, function: FunctionId) -> bool {
        self.tests.first().is_some_and(|first| first.function <= function)
    }

    /// Whether a module is one of the program's own package.
    #[must_use]
    pub fn is_own(&self, module: ModuleId) -> bool {
        self.modules[module].package == SourceMap::OWN
    }

    /// Whether a module is one of the core library.
    #[must_use]
    pub fn is_library(&self, module: ModuleId) -> bool {
        module.index() >= self.own_modules
    }

    /// Whether a module is the prelude, the last one.
    #[must_use]
    pub fn is_prelude(&self, module: ModuleId) -> bool {
        self.modules.ids().next_back() == Some(module)
    }
}

impl TyNames for Analysis {
    fn type_name(&self, def: TypeDefId) -> &str {
        self.interner.name(self.type_defs[def].name)
    }

    fn param_name(&self, param: TypeParamId) -> &str {
        self.interner.name(self.type_params[param])
    }
}

/// A module.
#[derive(Debug)]
pub struct Module {
    /// Dotted path; the file's stem for a lone file. No two modules have one.
    pub path: String,
    /// The package that it is in.
    pub package: PackageId,
}

/// A function or method.
#[derive(Debug)]
pub struct Function {
    /// Its module.
    pub module: ModuleId,
    /// The type or contract whose method it is.
    pub owner: Option<TypeDefId>,
    /// Whether a contract asks for it, and those that conform have it: calls mean the method of the type
    /// that stands for `Self`, or go through the table of a contract value that does.
    pub required: bool,
    /// The library that has it, under the same name; nothing for functions of the program.
    pub foreign: Option<Box<str>>,
    /// What it does, if the compiler knows that and it has no body.
    pub intrinsic: Option<Intrinsic>,
    /// Its name in C, if it is exported by one.
    pub exported: Option<Box<str>>,
    /// Its name.
    pub name: Symbol,
    /// Whether it is `pub`.
    pub public: bool,
    /// Its type parameters, those of its type first; behind those of a contract stands `Self`.
    pub type_parameters: Vec<TypeParamId>,
    /// Types of the parameters, the receiver (first) included.
    pub parameters: Vec<Ty>,
    /// The parameters, by index, that are `out`: the argument is a place, which gets the value that the
    /// parameter has when the function returns (language.md §7.5).
    pub outs: Vec<usize>,
    /// Type of the result.
    pub result: Ty,
    /// Place of the name.
    pub span: Span,
}

/// A declared `type`, `enum` or `contract`.
#[derive(Debug)]
pub struct TypeDef {
    /// Its module.
    pub module: ModuleId,
    /// Its name.
    pub name: Symbol,
    /// Whether it is `pub`.
    pub public: bool,
    /// Its type parameters.
    pub type_parameters: Vec<TypeParamId>,
    /// The fields of a `type` in declared order.
    pub fields: Vec<Field>,
    /// The events of a `type` in declared order.
    pub events: Vec<Event>,
    /// The variants of an `enum` in declared order; nothing for others.
    pub variants: Option<Vec<Variant>>,
    /// The methods that a `contract` asks for itself, in declared order; nothing for others.
    pub methods: Option<Vec<FunctionId>>,
    /// The contracts that it declares; of a `contract`, those that it embeds. In declared order, of its
    /// own type parameters.
    pub contracts: Vec<Ty>,
    /// How a `type` or `enum` has what its contracts ask for.
    pub conformances: Vec<Conformance>,
    /// Its `Next`, if it is an iterator by its shape (language.md §8.7).
    pub next: Option<FunctionId>,
    /// Its `Iterate`, if that gives an iterator.
    pub iterate: Option<FunctionId>,
    /// Its `string ToString()`, which gives its text (language.md §9.6).
    pub to_string: Option<FunctionId>,
    /// Of a type of the core library, its `bool __Equals(T other)`, which stands for the comparison of its
    /// fields.
    pub equals: Option<FunctionId>,
    /// Of a type of the core library, its `u64 __Hash(u64 hash)`, which mixes a value into a hash.
    pub hash: Option<FunctionId>,
    /// Place of the name.
    pub span: Span,
}

impl TypeDef {
    /// A public type with nothing in it.
    pub(crate) fn without_members(
        module: ModuleId,
        name: Symbol,
        type_parameters: Vec<TypeParamId>,
        span: Span,
    ) -> Self {
        Self {
            module,
            name,
            public: true,
            type_parameters,
            fields: Vec::new(),
            events: Vec::new(),
            variants: None,
            methods: None,
            contracts: Vec::new(),
            conformances: Vec::new(),
            next: None,
            iterate: None,
            to_string: None,
            equals: None,
            hash: None,
            span,
        }
    }

    /// The variants of an `enum`; a `type` has none.
    #[must_use]
    pub fn variant_list(&self) -> &[Variant] {
        self.variants.as_deref().unwrap_or(&[])
    }
}

/// How a type has the methods of a contract that it declares, or that one of these embeds.
#[derive(Debug)]
pub struct Conformance {
    /// The contract, of the type's own parameters.
    pub contract: Ty,
    /// For each of the contract's own methods, the one of the type. Their own type parameters are the
    /// same in number.
    pub methods: Vec<FunctionId>,
}

/// A variant of an enum.
#[derive(Debug)]
pub struct Variant {
    /// Its name.
    pub name: Symbol,
    /// The types of its payload.
    pub payload: Vec<Ty>,
    /// Place of the name.
    pub span: Span,
}

/// An event: a list of handlers in the object itself.
#[derive(Debug)]
pub struct Event {
    /// Its name.
    pub name: Symbol,
    /// How many handlers it holds, from 1 on.
    pub capacity: u32,
    /// The type of its handlers, which return `unit`.
    pub handler: Ty,
    /// Place of the name.
    pub span: Span,
}

/// A field.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: Symbol,
    /// Its type.
    pub ty: Ty,
    /// Place of the name.
    pub span: Span,
}

/// A checked function body.
#[derive(Debug, Default)]
pub struct Body {
    /// Parameters first, in order; the receiver is the first of a method.
    pub locals: IndexVec<LocalId, Local>,
    /// Number of parameters among the locals.
    pub parameter_count: usize,
    /// All expressions.
    pub exprs: IndexVec<ExprId, Expr>,
    /// All lambdas, inner ones before those around them.
    pub lambdas: IndexVec<LambdaId, Lambda>,
    /// What the function does; the tail is its result.
    pub block: Block,
}

impl Body {
    /// A body that does nothing and has no locals.
    pub const EMPTY: Self = Self {
        locals: IndexVec::new(),
        parameter_count: 0,
        exprs: IndexVec::new(),
        lambdas: IndexVec::new(),
        block: Block { statements: Vec::new(), tail: None },
    };
}

/// A parameter, binding or loop variable.
#[derive(Debug)]
pub struct Local {
    /// Its name.
    pub name: Symbol,
    /// Its type.
    pub ty: Ty,
    /// Whether it is ever assigned after its declaration.
    pub mutable: bool,
    /// Whether a lambda captures it.
    pub captured: bool,
    /// Place of the name.
    pub span: Span,
    /// What it is declared in: a block, a loop, an arm, a function. Nothing for what the compiler declares.
    pub scope: Span,
    /// Where in the scope its name begins to mean it.
    pub since: u32,
}

/// A lambda. Its parameters and bindings are locals of the body it stands in, so what it captures has
/// the same ids inside and outside.
#[derive(Debug)]
pub struct Lambda {
    /// Its parameters.
    pub parameters: Vec<LocalId>,
    /// The locals around it that it uses, each once: an immutable one by value, one that is assigned by
    /// reference (language.md §9.3).
    pub captures: Vec<LocalId>,
    /// What it does; the tail is its result.
    pub block: Block,
    /// The expression whose value it is; its type says the types of parameters and result.
    pub expr: ExprId,
}

/// An expression with its type.
#[derive(Debug)]
pub struct Expr {
    /// Its form.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Ty,
    /// Its text.
    pub span: Span,
}

/// The forms of expressions.
#[derive(Debug)]
pub enum ExprKind {
    /// Broken, already reported.
    Error,
    /// A value known at compile time.
    Constant(Constant),
    /// A local, `this` included.
    Local(LocalId),
    /// `[a, b]`; the type is an array type.
    Array(Vec<ExprId>),
    /// `T { f: a }`: index of the field and value, in written order; every field once.
    Struct(Vec<(usize, ExprId)>),
    /// `E::V(a, b)`: index of the variant and the payload.
    Variant(usize, Vec<ExprId>),
    /// `match e { … }`: at least one arm matches every value.
    Match(ExprId, Vec<Arm>),
    /// `e?`
    Try(ExprId, Try),
    /// An interpolated string.
    Text(Vec<TextPart>),
    /// `-e`, `!e`, `~e`.
    Unary(ast::UnaryOp, ExprId),
    /// Both operands are evaluated; never `&&` or `||`. The span is the whole expression's.
    Binary(ast::BinaryOp, ExprId, ExprId),
    /// `a && b`
    And(ExprId, ExprId),
    /// `a || b`
    Or(ExprId, ExprId),
    /// A change of type to the expression's own: an implicit widening or a `cast` between numbers and
    /// chars (language.md §2.6).
    Convert(ExprId),
    /// A value as one of a contract that its type conforms to (language.md §2.6).
    ToContract(ExprId),
    /// A call; arguments in order, the receiver first. That of an `out` parameter is a place.
    Call(Callee, Vec<ExprId>),
    /// A function as a value, with the arguments of its type parameters.
    Function(FunctionId, TyList),
    /// A method with its receiver as a value, with the arguments of its type parameters.
    BoundMethod(ExprId, FunctionId, TyList),
    /// `x => e`
    Lambda(LambdaId),
    /// `a.f`: object and index of the field.
    Field(ExprId, usize),
    /// `a[i]`: array and index, of any integer type.
    Index(ExprId, ExprId),
    /// `this.E(a, b)`: calls the handlers of an event, by index, with the arguments.
    Raise(ExprId, usize, Vec<ExprId>),
    /// `if c { a } else { b }`.
    If {
        /// The condition.
        condition: ExprId,
        /// The first branch.
        then: ExprId,
        /// The other branch; without it the type is `unit`.
        otherwise: Option<ExprId>,
    },
    /// `{ … }`
    Block(Block),
    /// `return e`; a function of type `unit` returns nothing.
    Return(Option<ExprId>),
    /// `break`
    Break,
    /// `continue`
    Continue,
}

/// A value known at compile time; its type is the expression's.
#[derive(Clone, PartialEq, Debug)]
pub enum Constant {
    /// `()`
    Unit,
    /// `true`, `false`
    Bool(bool),
    /// An integer within the range of its type.
    Int(i128),
    /// A float; for `f32` exactly representable in it.
    Float(f64),
    /// A char.
    Char(char),
    /// A string.
    String(Box<str>),
}

/// A piece of an interpolated string.
#[derive(Debug)]
pub enum TextPart {
    /// Text.
    Text(Box<str>),
    /// The text of a value (language.md §9.6).
    Value(ExprId),
}

/// What a call calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Callee {
    /// A function or method with the arguments of its type parameters. What a method stands for that a
    /// contract [requires](Function::required) follows from the argument of `Self`.
    Function(FunctionId, TyList),
    /// A function the compiler knows.
    Builtin(Builtin),
    /// A value of a function type, which is evaluated before the arguments.
    Value(ExprId),
}

/// `e?`, where `e` is of an enum: the payload of one variant, or out with the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Try {
    /// The variant whose one payload is the value.
    pub success: usize,
    /// The variant that leaves: `Error` with its one payload, or `None` without.
    pub failure: usize,
    /// The variant of the function's result that is returned instead, with the same payload; without
    /// one, the end is a panic with the text of the value.
    pub returned: Option<usize>,
}

/// An arm of a `match`; arms are tried in order.
#[derive(Debug)]
pub struct Arm {
    /// What it matches.
    pub pattern: Pattern,
    /// What must hold as well, of type `bool`.
    pub guard: Option<ExprId>,
    /// The value, of the match's type.
    pub body: ExprId,
}

/// A pattern; the type it matches follows from the scrutinee's.
#[derive(Clone, PartialEq, Debug)]
pub enum Pattern {
    /// Everything.
    Wildcard,
    /// Everything, and binds it; alternatives bind the same locals.
    Bind(LocalId),
    /// A value; numbers and chars, `bool`s, strings.
    Constant(Constant),
    /// Integers or chars, both ends included.
    Range(Constant, Constant),
    /// A variant, by index, and its payload.
    Variant(usize, Vec<Pattern>),
    /// A contract value behind which there is one of this type, and a pattern for that.
    Type(Ty, Box<Pattern>),
    /// The first alternative that matches.
    Or(Vec<Pattern>),
}

/// Functions that are lowered in place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Builtin {
    /// `print(x)`: writes the text of any value.
    Print,
    /// `println(x)`, `println()`: the same and a line feed.
    PrintLine,
    /// `panic(message)`
    Panic,
    /// `assert(condition)`, `assert(condition, message)`
    Assert,
    /// `Array.Filled<T>(count, value)`; the count is an `i64`
    ArrayFilled,
    /// `a.Len()` of an array
    ArrayLen,
    /// `s.Len()` of a string, in bytes
    StringLen,
    /// `s.__decode(offset)`: the scalar value at a byte of a string in the low 32 bits, how many bytes it
    /// takes above them
    StringDecode,
    /// `Hash.Of(x)` of any value, a `u64`
    Hash,
    /// `x.ToString()` of any value without a method of that name
    ToString,
}

/// `{ statements tail }`
#[derive(Debug, Default)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Stmt>,
    /// The value, if it has one.
    pub tail: Option<ExprId>,
}

/// What a statement does to a handler of an event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Subscription {
    /// Appends it; panics if the event is full.
    Add,
    /// Removes the first equal one, if there is one.
    Remove,
}

/// A statement.
#[derive(Debug)]
pub enum Stmt {
    /// A declaration.
    Let(LocalId, ExprId),
    /// `place = e`, `place op= e`; with an operator, the value has the place's type (a shift's count
    /// aside).
    Assign {
        /// [`ExprKind::Local`], [`ExprKind::Field`] or [`ExprKind::Index`].
        place: ExprId,
        /// The operator before `=`.
        op: ast::AssignOp,
        /// The value.
        value: ExprId,
        /// The statement.
        span: Span,
    },
    /// `a.E += f`, `a.E -= f`
    Subscribe {
        /// The object.
        object: ExprId,
        /// The index of the event.
        event: usize,
        /// What happens to the handler.
        change: Subscription,
        /// The handler, of the event's type.
        handler: ExprId,
        /// The statement.
        span: Span,
    },
    /// An expression whose value is dropped.
    Expr(ExprId),
    /// `while c { … }`
    While {
        /// The condition.
        condition: ExprId,
        /// The body.
        body: Block,
    },
    /// `for x in range(a, b, step)`; all of the variable's integer type.
    ForRange {
        /// The variable, fresh in each turn.
        variable: LocalId,
        /// First value.
        start: ExprId,
        /// Bound, not reached.
        end: ExprId,
        /// 1 if left out.
        step: Option<ExprId>,
        /// The body.
        body: Block,
        /// The head, for the panic of step 0.
        span: Span,
    },
    /// `for x in array`; the length is read in each turn's test, as an array's never changes.
    ForArray {
        /// The variable, fresh in each turn.
        variable: LocalId,
        /// The array.
        array: ExprId,
        /// The body.
        body: Block,
    },
    /// `for x in iterator`: calls a method `Option<T> Next()` until it gives `None`.
    ForIterator {
        /// The variable, fresh in each turn.
        variable: LocalId,
        /// The iterator.
        iterator: ExprId,
        /// The method.
        next: Callee,
        /// What the method gives.
        option: Ty,
        /// The variant of it that holds an element.
        some: usize,
        /// The body.
        body: Block,
        /// The head, where the calls of the method stand.
        span: Span,
    },
    /// `for c in string`
    ForString {
        /// The variable, fresh in each turn.
        variable: LocalId,
        /// The string.
        string: ExprId,
        /// The body.
        body: Block,
    },
}
