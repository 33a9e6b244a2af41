//! Expressions, statements and patterns of the printed tree.

use super::{Node, PrintCx};
use crate::ast::{
    Block, ExprId, ExprKind, Literal, ParameterMode, PatternId, PatternKind, Stmt, StmtKind,
    TextPart,
};

impl PrintCx<'_> {
    pub(super) fn expr(&self, id: ExprId) -> Node {
        let expr = &self.ast.exprs[id];
        let node = match &expr.kind {
            ExprKind::Error => Node::new("Error"),
            ExprKind::Literal(value) => literal(*value),
            ExprKind::Text(parts) => self.text_parts(parts),
            ExprKind::Name { name, arguments } => {
                Node::new("Name").detail(self.applied(*name, arguments))
            }
            ExprKind::This => Node::new("This"),
            ExprKind::Paren(inner) => Node::new("Paren").child("", self.expr(*inner)),
            ExprKind::Array(elements) => {
                Node::new("Array").children("", elements.iter().map(|&element| self.expr(element)))
            }
            ExprKind::Struct { path, fields } => {
                Node::new("Struct").detail(self.path(path)).children(
                    "",
                    fields.iter().map(|field| {
                        Node::new("Field")
                            .detail(self.name(field.name))
                            .at(field.name.span)
                            .child("", self.expr(field.value))
                    }),
                )
            }
            ExprKind::Variant { path, variant } => {
                Node::new("Variant").detail(format!("{}::{}", self.path(path), self.name(*variant)))
            }
            ExprKind::Unary { op, operand, .. } => {
                Node::new("Unary").detail(op.text()).child("", self.expr(*operand))
            }
            ExprKind::Binary { op, left, right, .. } => Node::new("Binary")
                .detail(op.text())
                .child("", self.expr(*left))
                .child("", self.expr(*right)),
            ExprKind::Call { callee, arguments } => Node::new("Call")
                .child("callee", self.expr(*callee))
                .parameters(arguments.iter().map(|argument| {
                    (mode_role(argument.mode, "argument"), self.expr(argument.value))
                })),
            ExprKind::Index { base, index } => {
                Node::new("Index").child("", self.expr(*base)).child("", self.expr(*index))
            }
            ExprKind::Member { base, name, arguments } => Node::new("Member")
                .detail(self.applied(*name, arguments))
                .child("", self.expr(*base)),
            ExprKind::Try(inner) => Node::new("Try").child("", self.expr(*inner)),
            ExprKind::Lambda { parameters, body } => Node::new("Lambda")
                .children(
                    "parameter",
                    parameters.iter().map(|parameter| {
                        let ty = parameter.ty.map_or_else(|| "_".to_owned(), |ty| self.ty(ty));
                        binding(&ty, parameter.mutable, self.name(parameter.name))
                            .at(parameter.name.span)
                    }),
                )
                .child("body", self.expr(*body)),
            ExprKind::If { condition, then, otherwise } => Node::new("If")
                .child("condition", self.expr(*condition))
                .child("then", self.block(then))
                .children("else", otherwise.map(|otherwise| self.expr(otherwise))),
            ExprKind::Match { scrutinee, arms } => {
                Node::new("Match").child("value", self.expr(*scrutinee)).children(
                    "",
                    arms.iter().map(|arm| {
                        Node::new("Arm")
                            .at(arm.span)
                            .child("pattern", self.pattern(arm.pattern))
                            .children("guard", arm.guard.map(|guard| self.expr(guard)))
                            .child("body", self.expr(arm.body))
                    }),
                )
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::Return(value) => {
                Node::new("Return").children("", value.map(|value| self.expr(value)))
            }
            ExprKind::Break => Node::new("Break"),
            ExprKind::Continue => Node::new("Continue"),
        };
        node.at(expr.span)
    }

    fn text_parts(&self, parts: &[TextPart]) -> Node {
        match parts {
            [] => Node::new("Text").detail("\"\""),
            [TextPart::Text(text)] => Node::new("Text").detail(format!("{text:?}")),
            _ => Node::new("Text").children(
                "",
                parts.iter().map(|part| match part {
                    TextPart::Text(text) => Node::new("Piece").detail(format!("{text:?}")),
                    TextPart::Value(value) => self.expr(*value),
                }),
            ),
        }
    }

    pub(super) fn block(&self, block: &Block) -> Node {
        Node::new("Block")
            .at(block.span)
            .children("", block.statements.iter().map(|statement| self.statement(statement)))
            .children("tail", block.tail.map(|tail| self.expr(tail)))
    }

    fn statement(&self, statement: &Stmt) -> Node {
        let node = match &statement.kind {
            StmtKind::Empty => Node::new("Empty"),
            StmtKind::Let { ty, mutable, name, value } => {
                let ty = ty.map_or_else(|| "let".to_owned(), |ty| self.ty(ty));
                Node { kind: "Let", ..binding(&ty, *mutable, self.name(*name)) }
                    .child("", self.expr(*value))
            }
            StmtKind::Assign { target, op, value, .. } => Node::new("Assign")
                .detail(format!("{}=", op.map_or("", |op| op.text())))
                .child("", self.expr(*target))
                .child("", self.expr(*value)),
            StmtKind::Discard(value) => Node::new("Discard").child("", self.expr(*value)),
            StmtKind::Expr(expr) => Node::new("Statement").child("", self.expr(*expr)),
            StmtKind::While { condition, body } => Node::new("While")
                .child("condition", self.expr(*condition))
                .child("body", self.block(body)),
            StmtKind::For { name, iterable, body } => Node::new("For")
                .detail(self.name(*name))
                .child("in", self.expr(*iterable))
                .child("body", self.block(body)),
        };
        node.at(statement.span)
    }

    fn pattern(&self, id: PatternId) -> Node {
        let pattern = &self.ast.patterns[id];
        let node = match &pattern.kind {
            PatternKind::Error => Node::new("Error"),
            PatternKind::Wildcard => Node::new("Wildcard"),
            PatternKind::Name(name) => Node::new("Name").detail(self.name(*name)),
            PatternKind::Literal { negative, literal } => {
                Node::new("Literal").detail(signed((*negative, *literal)))
            }
            PatternKind::Text(text) => Node::new("Text").detail(format!("{text:?}")),
            PatternKind::Variant { path, variant, payload } => Node::new("Variant")
                .detail(format!("{}::{}", self.path(path), self.name(*variant)))
                .children("", payload.iter().flatten().map(|&inner| self.pattern(inner))),
            PatternKind::BareVariant { variant, payload } => Node::new("BareVariant")
                .detail(self.name(*variant))
                .children("", payload.iter().map(|&inner| self.pattern(inner))),
            PatternKind::Range { low, high } => {
                Node::new("Range").detail(format!("{}..{}", signed(*low), signed(*high)))
            }
            PatternKind::Typed { ty, name } => {
                Node::new("Typed").detail(format!("{} {}", self.ty(*ty), self.name(*name)))
            }
            PatternKind::Or(alternatives) => {
                Node::new("Or").children("", alternatives.iter().map(|&inner| self.pattern(inner)))
            }
        };
        node.at(pattern.span)
    }
}

/// `T mut name`
fn binding(ty: &str, mutable: bool, name: &str) -> Node {
    let word = if mutable { " mut" } else { "" };
    Node::new("Binding").detail(format!("{ty}{word} {name}"))
}

/// The role of what is passed by `ref` or `out`.
pub(super) fn mode_role(mode: ParameterMode, value: &'static str) -> &'static str {
    match mode {
        ParameterMode::Value => value,
        ParameterMode::Ref => "ref",
        ParameterMode::Out => "out",
    }
}

fn literal(value: Literal) -> Node {
    let kind = match value {
        Literal::Int(_) => "Int",
        Literal::Float(_) => "Float",
        Literal::Bool(_) => "Bool",
        Literal::Char(_) => "Char",
        Literal::Unit => "Unit",
    };
    Node::new(kind).detail(literal_text(value))
}

fn literal_text(value: Literal) -> String {
    match value {
        Literal::Int(value) => value.to_string(),
        Literal::Float(value) => format!("{value:?}"),
        Literal::Bool(value) => value.to_string(),
        Literal::Char(value) => format!("{value:?}"),
        Literal::Unit => "()".to_owned(),
    }
}

fn signed((negative, literal): (bool, Literal)) -> String {
    format!("{}{}", if negative { "-" } else { "" }, literal_text(literal))
}
