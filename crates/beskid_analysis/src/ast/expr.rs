//! Expressions, statements and patterns.

use super::{ExprId, Ident, Path, PatternId, TypeExprId};
use crate::source::Span;

/// An expression.
#[derive(Clone, PartialEq, Debug)]
pub struct Expr {
    /// Its form.
    pub kind: ExprKind,
    /// Its text.
    pub span: Span,
}

/// The forms of expressions.
#[derive(Clone, PartialEq, Debug)]
pub enum ExprKind {
    /// A broken expression, already reported.
    Error,
    /// A number, char, bool or `()`.
    Literal(Literal),
    /// A string, interpolated or not.
    Text(Vec<TextPart>),
    /// A name, with type arguments if written: `Id<i32>`.
    Name {
        /// The name.
        name: Ident,
        /// `<…>`.
        arguments: Vec<TypeExprId>,
    },
    /// `this`.
    This,
    /// `(e)`.
    Paren(ExprId),
    /// `[a, b]`.
    Array(Vec<ExprId>),
    /// `Path { field: e }`.
    Struct {
        /// The type.
        path: Path,
        /// The fields as written.
        fields: Vec<FieldInit>,
    },
    /// `E::V`, with the enum's path.
    Variant {
        /// The enum.
        path: Path,
        /// The variant.
        variant: Ident,
    },
    /// `-e`, `!e`, `~e`.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// The operator's place.
        op_span: Span,
        /// The operand.
        operand: ExprId,
    },
    /// `a + b` and its kin, `&&` and `||` included.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// The operator's place.
        op_span: Span,
        /// Left operand.
        left: ExprId,
        /// Right operand.
        right: ExprId,
    },
    /// `f(a, ref b, out c)`; also `cast<T>(e)`, whose callee is a name.
    Call {
        /// What is called.
        callee: ExprId,
        /// The arguments.
        arguments: Vec<Argument>,
    },
    /// `a[i]`.
    Index {
        /// The array.
        base: ExprId,
        /// The index.
        index: ExprId,
    },
    /// `a.b`, with type arguments if written: `a.b<T>`.
    Member {
        /// The left side: a value, or a path.
        base: ExprId,
        /// The name.
        name: Ident,
        /// `<…>`.
        arguments: Vec<TypeExprId>,
    },
    /// `e?`.
    Try(ExprId),
    /// `(a, b) => e`.
    Lambda {
        /// Parameters.
        parameters: Vec<LambdaParameter>,
        /// The body; a block for `=> { … }`.
        body: ExprId,
    },
    /// `if c { … } else …`; the branch after `else` is a block or another `if`.
    If {
        /// The condition.
        condition: ExprId,
        /// The first branch.
        then: Box<Block>,
        /// The other branch.
        otherwise: Option<ExprId>,
    },
    /// `match e { … }`.
    Match {
        /// The value matched.
        scrutinee: ExprId,
        /// The arms.
        arms: Vec<Arm>,
    },
    /// `{ … }`.
    Block(Box<Block>),
    /// `return e`.
    Return(Option<ExprId>),
    /// `break`.
    Break,
    /// `continue`.
    Continue,
}

/// A literal other than a string.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Literal {
    /// The value without sign; a literal beyond `u128` was reported and is [`ExprKind::Error`].
    Int(u128),
    /// The nearest `f64`; the text is read again where the type is `f32`.
    Float(f64),
    /// `true`, `false`.
    Bool(bool),
    /// `'a'`.
    Char(char),
    /// `()`.
    Unit,
}

/// A piece of a string.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TextPart {
    /// Text with escapes resolved.
    Text(Box<str>),
    /// `${e}`.
    Value(ExprId),
}

/// A field of a struct literal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldInit {
    /// The field.
    pub name: Ident,
    /// Its value.
    pub value: ExprId,
}

/// How an argument or parameter is passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParameterMode {
    /// As a value.
    Value,
    /// `ref`.
    Ref,
    /// `out`.
    Out,
}

/// An argument of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Argument {
    /// The word before it.
    pub mode: ParameterMode,
    /// The value or place.
    pub value: ExprId,
}

/// A parameter of a lambda.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LambdaParameter {
    /// Its type, if written.
    pub ty: Option<TypeExprId>,
    /// Its name.
    pub name: Ident,
    /// Whether `mut` stands before the name.
    pub mutable: bool,
}

/// An arm of a `match`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arm {
    /// The pattern.
    pub pattern: PatternId,
    /// `when e`.
    pub guard: Option<ExprId>,
    /// The value.
    pub body: ExprId,
    /// From pattern to value.
    pub span: Span,
}

/// Prefix operators.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `!`
    Not,
    /// `~`
    BitNot,
}

impl UnaryOp {
    /// The operator as written.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Neg => "-",
            Self::Not => "!",
            Self::BitNot => "~",
        }
    }
}

/// Infix operators.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `&`
    BitAnd,
    /// `^`
    BitXor,
    /// `|`
    BitOr,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `===`
    Same,
    /// `!==`
    NotSame,
    /// `&&`
    And,
    /// `||`
    Or,
}

impl BinaryOp {
    /// The operator as written.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Mul => "*",
            Self::Div => "/",
            Self::Rem => "%",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Shl => "<<",
            Self::Shr => ">>",
            Self::BitAnd => "&",
            Self::BitXor => "^",
            Self::BitOr => "|",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Same => "===",
            Self::NotSame => "!==",
            Self::And => "&&",
            Self::Or => "||",
        }
    }
}

/// `=` or `op=`: the operator applied before the store, if any.
pub type AssignOp = Option<BinaryOp>;

/// `{ statements tail }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Stmt>,
    /// The expression without `;` at the end.
    pub tail: Option<ExprId>,
    /// With its braces.
    pub span: Span,
}

/// A statement.
#[derive(Clone, PartialEq, Debug)]
pub struct Stmt {
    /// Its form.
    pub kind: StmtKind,
    /// With its `;`.
    pub span: Span,
}

/// The forms of statements.
#[derive(Clone, PartialEq, Debug)]
pub enum StmtKind {
    /// `;`
    Empty,
    /// `let mut x = e;`, `T x = e;`
    Let {
        /// The type; `None` for `let`.
        ty: Option<TypeExprId>,
        /// Whether it may be assigned again.
        mutable: bool,
        /// The name; `_` is the symbol of the underscore.
        name: Ident,
        /// The initialiser.
        value: ExprId,
    },
    /// `place = e;`, `place += e;`
    Assign {
        /// The place.
        target: ExprId,
        /// The operator before `=`.
        op: AssignOp,
        /// The operator's place.
        op_span: Span,
        /// The value.
        value: ExprId,
    },
    /// `_ = e;`
    Discard(ExprId),
    /// `e;`, or a whole-statement `if`, `match` or block without `;`.
    Expr(ExprId),
    /// `while c { … }`
    While {
        /// The condition.
        condition: ExprId,
        /// The body.
        body: Block,
    },
    /// `for x in e { … }`
    For {
        /// The variable.
        name: Ident,
        /// What is iterated.
        iterable: ExprId,
        /// The body.
        body: Block,
    },
}

/// A pattern.
#[derive(Clone, PartialEq, Debug)]
pub struct Pattern {
    /// Its form.
    pub kind: PatternKind,
    /// Its text.
    pub span: Span,
}

/// The forms of patterns.
#[derive(Clone, PartialEq, Debug)]
pub enum PatternKind {
    /// A broken pattern, already reported.
    Error,
    /// `_`
    Wildcard,
    /// A name that binds.
    Name(Ident),
    /// A literal; a number may carry `-`.
    Literal {
        /// Whether `-` stands before it.
        negative: bool,
        /// Its value.
        literal: Literal,
    },
    /// A string without interpolation.
    Text(Box<str>),
    /// `E::V(p, …)`; `payload` is `None` without parentheses.
    Variant {
        /// The enum.
        path: Path,
        /// The variant.
        variant: Ident,
        /// The payload's patterns.
        payload: Option<Vec<PatternId>>,
    },
    /// `Some(p)` without its enum, reported by the checker with the fix.
    BareVariant {
        /// The name.
        variant: Ident,
        /// The payload's patterns.
        payload: Vec<PatternId>,
    },
    /// `a..b`, both ends included.
    Range {
        /// First value: sign and literal.
        low: (bool, Literal),
        /// Last value: sign and literal.
        high: (bool, Literal),
    },
    /// `T name` on contract values.
    Typed {
        /// The type.
        ty: TypeExprId,
        /// The name.
        name: Ident,
    },
    /// `p | q`
    Or(Vec<PatternId>),
}
