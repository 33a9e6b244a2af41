//! Inference variables: types of literals and of elements that nothing has fixed yet.
//!
//! A variable lives within one full expression (an initialiser, a statement): literals beside each
//! other share one, contexts bind it, and [`finish`] gives what is left its default. Later statements
//! do not matter (language.md §9.1).
//!
//! *Invariants.* A variable is bound once, never to itself, never to [`Ty::NEVER`]. Expressions whose
//! type holds a variable are listed until [`finish`] replaces it.

use super::bounds::Numeric;
use super::{TypeckCx, bounds, lambda, literal};
use crate::diagnostics::{Code, Diagnostic};
use crate::hir::{Callee, ExprId, ExprKind};
use crate::source::Span;
use crate::types::{Ty, TyKind, TyList, TyStore, TypeParamId};

/// What is known of a variable.
#[derive(Clone, Copy, Debug)]
enum Var {
    /// The same as another type.
    Bound(Ty),
    /// Any type; where it came from.
    Any(Origin),
    /// The type of literals.
    Number(Number),
}

/// What a variable stands for: what a diagnostic says if nothing fixes it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin {
    /// The elements of an array literal.
    Elements(Span),
    /// A type parameter, in the use of its declaration at this place.
    Parameter(TypeParamId, Span),
}

/// What literals and the operators on them allow their type to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    /// Whether a literal has a fraction or exponent.
    pub(super) is_float: bool,
    /// Whether an operator takes integers only.
    pub(super) is_integral: bool,
    /// Whether an operator takes no unsigned integers.
    pub(super) is_signed: bool,
    /// The smallest literal.
    pub(super) low: i128,
    /// The largest literal.
    pub(super) high: i128,
}

impl Number {
    /// Whether the literals can be of a type; whether they fit it is another question.
    fn allows(&self, numeric: Numeric) -> bool {
        match numeric {
            Numeric::Int(int) => !self.is_float && (!self.is_signed || int.is_signed()),
            Numeric::Float | Numeric::AnyFloat => !self.is_integral,
            Numeric::AnyInt => !self.is_float && !self.is_signed,
            Numeric::Any => !self.is_float && !self.is_integral && !self.is_signed,
            Numeric::No => false,
        }
    }

    /// The type without a context: `i32`, `i64` for what does not fit, `f64` (language.md §1.5).
    fn default(&self) -> Ty {
        if self.is_float {
            Ty::F64
        } else if self.low >= i128::from(i32::MIN) && self.high <= i128::from(i32::MAX) {
            Ty::I32
        } else {
            Ty::I64
        }
    }

    fn merge(self, other: Self) -> Option<Self> {
        let merged = Self {
            is_float: self.is_float || other.is_float,
            is_integral: self.is_integral || other.is_integral,
            is_signed: self.is_signed || other.is_signed,
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        };
        (!(merged.is_float && merged.is_integral)).then_some(merged)
    }
}

/// The variables of the full expressions that are being checked.
#[derive(Debug, Default)]
pub(super) struct InferTable {
    vars: Vec<Var>,
    /// Expressions whose type holds a variable.
    pending: Vec<ExprId>,
}

/// What was known of all variables at some time.
pub(super) struct Snapshot(Vec<Var>);

/// The start of a full expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    vars: usize,
    pending: usize,
    obligations: usize,
}

impl InferTable {
    fn new_var(&mut self, var: Var) -> Ty {
        self.vars.push(var);
        Ty::infer(self.vars.len() as u32 - 1)
    }

    /// A type of which nothing is known.
    pub(super) fn any(&mut self, origin: Origin) -> Ty {
        self.new_var(Var::Any(origin))
    }

    /// The type of a literal.
    pub(super) fn number(&mut self, number: Number) -> Ty {
        self.new_var(Var::Number(number))
    }

    /// What is known of all variables now.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot(self.vars.clone())
    }

    /// Forgets what was learnt since.
    pub(super) fn restore(&mut self, snapshot: Snapshot) {
        self.vars = snapshot.0;
    }

    /// Lists an expression whose type holds a variable.
    pub(super) fn add_pending(&mut self, expr: ExprId) {
        self.pending.push(expr);
    }

    /// The type behind bound variables; its parts may be variables still.
    pub(super) fn shallow(&self, mut ty: Ty) -> Ty {
        while let Some(var) = ty.as_infer()
            && let Var::Bound(to) = self.vars[var as usize]
        {
            ty = to;
        }
        ty
    }

    /// A type with all bound variables replaced.
    fn resolve(&self, types: &mut TyStore, ty: Ty) -> Ty {
        let ty = self.shallow(ty);
        if !types.has_infer(ty) {
            return ty;
        }
        types.with_parts(ty, &mut |types, part| self.resolve(types, part))
    }

    /// A type with all bound variables replaced, and literals' by their default.
    fn with_defaults(&self, types: &mut TyStore, ty: Ty) -> Ty {
        let ty = self.shallow(ty);
        if let Some(number) = self.as_number(ty) {
            return number.default();
        }
        if !types.has_infer(ty) {
            return ty;
        }
        types.with_parts(ty, &mut |types, part| self.with_defaults(types, part))
    }

    /// What is known of the literals whose type this is.
    pub(super) fn as_number(&self, ty: Ty) -> Option<Number> {
        match self.vars[self.shallow(ty).as_infer()? as usize] {
            Var::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Notes what an operator asks of the literals whose type this is.
    pub(super) fn narrow(&mut self, ty: Ty, integral: bool, signed: bool) -> bool {
        if let Some(var) = self.shallow(ty).as_infer()
            && let Var::Number(number) = &mut self.vars[var as usize]
        {
            if integral && number.is_float {
                return false;
            }
            number.is_integral |= integral;
            number.is_signed |= signed;
        }
        true
    }
}

/// Begins a full expression.
pub(super) fn begin(cx: &TypeckCx<'_>) -> Mark {
    Mark {
        vars: cx.infer.vars.len(),
        pending: cx.infer.pending.len(),
        obligations: cx.obligations.len(),
    }
}

/// Ends a full expression: variables that are left get their defaults, and its expressions their types.
pub(super) fn finish(cx: &mut TypeckCx<'_>, mark: Mark) {
    if cx.infer.vars.len() == mark.vars {
        return bounds::check(cx, mark.obligations);
    }
    bounds::infer(cx);
    let mut reported: Option<Span> = None;
    for var in mark.vars..cx.infer.vars.len() {
        match cx.infer.vars[var] {
            Var::Bound(_) => {}
            Var::Number(number) => cx.infer.vars[var] = Var::Bound(number.default()),
            Var::Any(origin) => {
                cx.infer.vars[var] = Var::Bound(Ty::ERROR);
                let diagnostic = open(cx, origin);
                // One use of a declaration is one mistake, however many parameters it has.
                if reported != Some(diagnostic.span()) {
                    reported = Some(diagnostic.span());
                    cx.report(diagnostic);
                }
            }
        }
    }
    for index in mark.pending..cx.infer.pending.len() {
        let id = cx.infer.pending[index];
        let ty = resolve(cx, cx.body.exprs[id].ty);
        cx.body.exprs[id].ty = ty;
        if let ExprKind::Call(Callee::Function(_, list), _)
        | ExprKind::Function(_, list)
        | ExprKind::BoundMethod(_, _, list) = &mut cx.body.exprs[id].kind
        {
            *list = cx.types.list_with_parts(*list, &mut |types, ty| cx.infer.resolve(types, ty));
        }
        literal::settle(cx, id);
    }
    bounds::check(cx, mark.obligations);
    lambda::resolve_frames(cx);
    cx.infer.pending.truncate(mark.pending);
    cx.infer.vars.truncate(mark.vars);
}

/// E1202.
fn open(cx: &TypeckCx<'_>, origin: Origin) -> Diagnostic {
    match origin {
        Origin::Elements(span) => Diagnostic::new(
            Code::CannotInfer,
            span,
            "nothing says what the elements of this array are",
        )
        .help("write the type of the binding: `i32[] values = …`"),
        Origin::Parameter(param, span) => {
            let name = cx.text(cx.items.type_params[param].name);
            let text = cx.sources.text(span);
            Diagnostic::new(
                Code::CannotInfer,
                span,
                format!("nothing says what the type parameter `{name}` of `{text}` is"),
            )
            .help(format!("write it: `{text}<…>`, or state the type of the binding"))
        }
    }
}

/// Replaces bound variables everywhere in a type.
pub(super) fn resolve(cx: &mut TypeckCx<'_>, ty: Ty) -> Ty {
    cx.infer.resolve(cx.types, ty)
}

/// The type that a variable gets if nothing else comes: for messages.
pub(super) fn with_defaults(cx: &mut TypeckCx<'_>, ty: Ty) -> Ty {
    cx.infer.with_defaults(cx.types, ty)
}

/// Gives literals their default type now, where what follows depends on it.
pub(super) fn settle(cx: &mut TypeckCx<'_>, ty: Ty) -> Ty {
    let ty = cx.infer.shallow(ty);
    if let Some(number) = cx.infer.as_number(ty) {
        let default = number.default();
        unify(cx, ty, default);
        return default;
    }
    ty
}

/// [`settle`] for all parts of a type.
pub(super) fn settle_parts(cx: &mut TypeckCx<'_>, ty: Ty) {
    let open = resolve(cx, ty);
    if cx.types.has_infer(open) {
        let settled = with_defaults(cx, open);
        unify(cx, open, settled);
    }
}

/// Makes two types equal by binding variables; `false` if they differ.
pub(super) fn unify(cx: &mut TypeckCx<'_>, a: Ty, b: Ty) -> bool {
    let (a, b) = (cx.infer.shallow(a), cx.infer.shallow(b));
    if a == b
        || a == Ty::ERROR && b.as_infer().is_none()
        || b == Ty::ERROR && a.as_infer().is_none()
    {
        return true;
    }
    match (a.as_infer(), b.as_infer()) {
        (Some(left), Some(right)) => {
            let (left, right) = (left as usize, right as usize);
            let merged = match (cx.infer.vars[left], cx.infer.vars[right]) {
                (Var::Number(one), Var::Number(other)) => match one.merge(other) {
                    Some(merged) => Var::Number(merged),
                    None => return false,
                },
                (number @ Var::Number(_), _) | (_, number) => number,
            };
            // The older one stays, as it may belong to the full expression around.
            let (old, new) = (left.min(right), left.max(right));
            cx.infer.vars[old] = merged;
            cx.infer.vars[new] = Var::Bound(Ty::infer(old as u32));
            true
        }
        (Some(var), None) => bind(cx, var, b),
        (None, Some(var)) => bind(cx, var, a),
        (None, None) => match (cx.types.kind(a).clone(), cx.types.kind(b).clone()) {
            (TyKind::Array(a), TyKind::Array(b)) => unify(cx, a, b),
            (TyKind::IteratorOf(_), _) | (_, TyKind::IteratorOf(_)) => {
                let (x, y) = (resolve(cx, a), resolve(cx, b));
                (x, y) != (a, b) && unify(cx, x, y)
            }
            (TyKind::Object(a, x), TyKind::Object(b, y))
            | (TyKind::Enum(a, x), TyKind::Enum(b, y))
            | (TyKind::Contract(a, x), TyKind::Contract(b, y)) => a == b && unify_lists(cx, x, y),
            (TyKind::Function(x, a), TyKind::Function(y, b)) => {
                unify_lists(cx, x, y) && unify(cx, a, b)
            }
            _ => false,
        },
    }
}

pub(super) fn unify_lists(cx: &mut TypeckCx<'_>, a: TyList, b: TyList) -> bool {
    if a == b {
        return true;
    }
    let (a, b) = (cx.types.types(a).to_vec(), cx.types.types(b).to_vec());
    a.len() == b.len() && a.iter().zip(&b).all(|(&a, &b)| unify(cx, a, b))
}

/// Makes a list of types equal to the only one of several that it can be. What fits several is left as
/// it is, and fits none.
pub(super) fn unify_one(cx: &mut TypeckCx<'_>, list: TyList, choices: &[TyList]) -> bool {
    if let &[choice] = choices {
        return unify_lists(cx, list, choice);
    }
    let mut fitting = Vec::new();
    for &choice in choices {
        let before = cx.infer.snapshot();
        if unify_lists(cx, list, choice) {
            fitting.push(choice);
        }
        cx.infer.restore(before);
    }
    matches!(fitting[..], [choice] if unify_lists(cx, list, choice))
}

fn bind(cx: &mut TypeckCx<'_>, var: u32, ty: Ty) -> bool {
    if ty == Ty::NEVER {
        return true;
    }
    let fits = match cx.infer.vars[var as usize] {
        Var::Number(number) => ty == Ty::ERROR || number.allows(bounds::numeric(cx, ty)),
        _ => !occurs(cx, var, ty),
    };
    if fits {
        cx.infer.vars[var as usize] = Var::Bound(ty);
    }
    fits
}

/// Whether a variable is part of a type.
fn occurs(cx: &TypeckCx<'_>, var: u32, ty: Ty) -> bool {
    let ty = cx.infer.shallow(ty);
    if let Some(other) = ty.as_infer() {
        return other == var;
    }
    if !cx.types.has_infer(ty) {
        return false;
    }
    match *cx.types.kind(ty) {
        TyKind::Array(element) | TyKind::IteratorOf(element) => occurs(cx, var, element),
        TyKind::Object(_, list) | TyKind::Enum(_, list) | TyKind::Contract(_, list) => {
            cx.types.types(list).iter().any(|&ty| occurs(cx, var, ty))
        }
        TyKind::Function(list, result) => {
            occurs(cx, var, result) || cx.types.types(list).iter().any(|&ty| occurs(cx, var, ty))
        }
        _ => false,
    }
}
