//! Items and their members.

use super::{Block, Docs, ExprId, Ident, ItemId, ParameterMode, Path, TypeExprId};
use crate::source::Span;

/// An item.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// Its form.
    pub kind: ItemKind,
    /// Whether `pub` stands before it.
    pub public: bool,
    /// `[…]` before it.
    pub attributes: Vec<Attribute>,
    /// `///` before it.
    pub docs: Docs,
    /// From its first word to its end.
    pub span: Span,
}

/// The forms of items.
#[derive(Clone, PartialEq, Debug)]
pub enum ItemKind {
    /// A broken item, already reported.
    Error,
    /// A function.
    Function(Function),
    /// `type T { … }`
    Type(TypeDef),
    /// `type T = …;`
    Alias {
        /// The name.
        name: Ident,
        /// `<T>`.
        parameters: Vec<TypeParameter>,
        /// What it stands for.
        ty: TypeExprId,
    },
    /// `enum E { … }`
    Enum(Enum),
    /// `contract C { … }`
    Contract(Contract),
    /// `impl T { … }`
    Impl(Impl),
    /// `attribute A(…) { … }`
    Attribute(AttributeDef),
    /// `const T N = e;`
    Const(Const),
    /// `test N { … }`
    Test(Test),
    /// `mod A.B;`, `mod A { … }`
    Mod(Mod),
    /// `use A.B as C;`
    Use(Use),
}

/// A function, method or contract method.
#[derive(Clone, PartialEq, Debug)]
pub struct Function {
    /// The result type.
    pub result: TypeExprId,
    /// The name.
    pub name: Ident,
    /// `<T : A & B>`.
    pub type_parameters: Vec<TypeParameter>,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// The body.
    pub body: FunctionBody,
}

/// What a function does.
#[derive(Clone, PartialEq, Debug)]
pub enum FunctionBody {
    /// `{ … }`
    Block(Block),
    /// `=> e;`
    Expr(ExprId),
    /// `;`, in contracts.
    None,
}

/// A parameter of a function.
#[derive(Clone, PartialEq, Debug)]
pub struct Parameter {
    /// `[…]` before it.
    pub attributes: Vec<Attribute>,
    /// `///` before it.
    pub docs: Docs,
    /// `ref`, `out` or neither.
    pub mode: ParameterMode,
    /// Its type.
    pub ty: TypeExprId,
    /// Whether `mut` stands before the name.
    pub mutable: bool,
    /// Its name.
    pub name: Ident,
}

/// `T : A & B`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeParameter {
    /// The name.
    pub name: Ident,
    /// The bounds.
    pub bounds: Vec<TypeExprId>,
}

/// `type T : C { … }`
#[derive(Clone, PartialEq, Debug)]
pub struct TypeDef {
    /// The name.
    pub name: Ident,
    /// `<T>`.
    pub parameters: Vec<TypeParameter>,
    /// The contracts after `:`.
    pub contracts: Vec<TypeExprId>,
    /// Fields and events in order.
    pub members: Vec<TypeMember>,
}

/// A member of a `type`.
#[derive(Clone, PartialEq, Debug)]
pub enum TypeMember {
    /// A field.
    Field(Field),
    /// An event.
    Event(Event),
}

/// `T name`
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// `[…]` before it.
    pub attributes: Vec<Attribute>,
    /// `///` before it.
    pub docs: Docs,
    /// Its type.
    pub ty: TypeExprId,
    /// Its name.
    pub name: Ident,
    /// Its text.
    pub span: Span,
}

/// `event{4} OnResize(i32 width)`
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// `[…]` before it.
    pub attributes: Vec<Attribute>,
    /// `///` before it.
    pub docs: Docs,
    /// The number in braces and its place.
    pub capacity: Option<(u128, Span)>,
    /// Its name.
    pub name: Ident,
    /// What handlers take.
    pub parameters: Vec<Parameter>,
    /// Its text.
    pub span: Span,
}

/// `enum E : C { … }`
#[derive(Clone, PartialEq, Debug)]
pub struct Enum {
    /// The name.
    pub name: Ident,
    /// `<T>`.
    pub parameters: Vec<TypeParameter>,
    /// The contracts after `:`.
    pub contracts: Vec<TypeExprId>,
    /// The variants.
    pub variants: Vec<Variant>,
}

/// A variant of an enum.
#[derive(Clone, PartialEq, Debug)]
pub struct Variant {
    /// `///` before it.
    pub docs: Docs,
    /// The name.
    pub name: Ident,
    /// The payload.
    pub fields: Vec<VariantField>,
    /// Its text.
    pub span: Span,
}

/// One value of a payload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VariantField {
    /// Its type.
    pub ty: TypeExprId,
    /// Its name, for documentation.
    pub name: Option<Ident>,
}

/// `contract C { … }`
#[derive(Clone, PartialEq, Debug)]
pub struct Contract {
    /// The name.
    pub name: Ident,
    /// `<T>`.
    pub parameters: Vec<TypeParameter>,
    /// Embedded contracts and methods in order.
    pub members: Vec<ContractMember>,
}

/// A member of a contract.
#[derive(Clone, PartialEq, Debug)]
pub enum ContractMember {
    /// `Reader;`
    Embed(TypeExprId),
    /// A signature.
    Method(ItemId),
}

/// `impl<…> T { … }`
#[derive(Clone, PartialEq, Debug)]
pub struct Impl {
    /// The type that gets the methods. Its type arguments are new names.
    pub target: TypeExprId,
    /// The names in the target's `<…>` with their bounds.
    pub parameters: Vec<TypeParameter>,
    /// The methods: items of kind [`ItemKind::Function`].
    pub methods: Vec<ItemId>,
}

/// `attribute A(Targets) { name: type = default }`
#[derive(Clone, PartialEq, Debug)]
pub struct AttributeDef {
    /// The name.
    pub name: Ident,
    /// Where it may stand.
    pub targets: Vec<Ident>,
    /// What it takes.
    pub parameters: Vec<AttributeParameter>,
}

/// `name: type = default`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttributeParameter {
    /// The name.
    pub name: Ident,
    /// The type.
    pub ty: TypeExprId,
    /// The value if it is left out.
    pub default: Option<ExprId>,
}

/// `[Builder(suffix: "Factory")]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attribute {
    /// Which.
    pub path: Path,
    /// With which values.
    pub arguments: Vec<AttributeArgument>,
    /// With its brackets.
    pub span: Span,
}

/// `name: e`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttributeArgument {
    /// The name.
    pub name: Ident,
    /// The value.
    pub value: ExprId,
}

/// `const T N = e;`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Const {
    /// The type.
    pub ty: TypeExprId,
    /// The name.
    pub name: Ident,
    /// The value.
    pub value: ExprId,
}

/// `test N { meta { … } skip { … } … }`
#[derive(Clone, PartialEq, Debug)]
pub struct Test {
    /// The name.
    pub name: Ident,
    /// `key = value;` of the `meta` sections.
    pub meta: Vec<TestEntry>,
    /// `key = value;` of the `skip` sections.
    pub skip: Vec<TestEntry>,
    /// The statements.
    pub body: Block,
}

/// `key = value;`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestEntry {
    /// The key.
    pub key: Ident,
    /// The value.
    pub value: ExprId,
}

/// `mod A.B;` (`items` is `None`), `mod A { … }`
#[derive(Clone, PartialEq, Debug)]
pub struct Mod {
    /// The path.
    pub path: Path,
    /// The nested items.
    pub items: Option<Vec<ItemId>>,
}

/// `use A.B as C;`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Use {
    /// The path.
    pub path: Path,
    /// The name after `as`.
    pub alias: Option<Ident>,
}
