//! Which scalars an enum value is (execution.md §3.4).
//!
//! ```text
//! enum Color { Red, Green }                  tag
//! Option<string>                             word, null is None
//! Result<unit, string>                       word, null is Ok(())
//! Result<i32, string>                        tag | ref | i32        slots shared by the variants
//! enum Tree { Leaf, Node(Tree, Tree) }       word, null is Leaf, else a box of the payload
//! enum Expr { Number(f64), Sum(Expr, Expr) } tag | ref              a box a variant with payload
//! ```
//!
//! Values are boxed if they would hold themselves or need more than [`MAX_SLOTS`] slots.
//!
//! *Invariants.* The shape of a type depends on the type alone. References have slots of their own, so
//! that the collector sees them; a slot that a variant does not use is zero, so equal values without
//! boxes and floats have equal bits. A nullable word stands for exactly one value of a variant without
//! scalars, so it nests in nothing that is nullable itself.

use std::rc::Rc;

use beskid_analysis::hir::TypeDefId;
use beskid_analysis::types::{Ty, TyKind};
use rustc_hash::FxHashSet;
use smallvec::{SmallVec, smallvec};

use super::layout::{Layouts, ObjectLayout, Shape, object_of};
use crate::mir::{DescriptorKind, Scalar};

/// Payload slots of a value that is not boxed.
const MAX_SLOTS: usize = 4;

/// Types nested deeper than this are boxed: there may be no end to them.
const MAX_DEPTH: usize = 64;

/// How variants are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// By the first scalar.
    Tagged,
    /// The one scalar is a reference, null for this variant.
    Nullable { absent: usize },
}

/// Where the payload of a variant is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// There: for each value of the payload, the scalars of the enum's that hold it.
    Slots(Vec<SmallVec<[usize; 2]>>),
    /// In an object, whose reference is this scalar.
    Boxed(usize),
}

/// The layout of the values of an enum.
#[derive(Debug)]
pub(super) struct EnumLayout {
    pub(super) form: Form,
    pub(super) shape: Shape,
    /// The types of each variant's payload.
    pub(super) payloads: Vec<Vec<Ty>>,
    pub(super) places: Vec<Place>,
}

impl Layouts<'_> {
    /// The layout of an enum.
    pub(super) fn enumeration(&mut self, ty: Ty) -> Rc<EnumLayout> {
        if let Some(layout) = self.enums.get(&ty) {
            return Rc::clone(layout);
        }
        let payloads = self.payloads(ty);
        let layout = Rc::new(self.enum_layout(ty, payloads));
        self.enums.insert(ty, Rc::clone(&layout));
        layout
    }

    /// The types of the payloads of an enum's variants.
    fn payloads(&mut self, ty: Ty) -> Vec<Vec<Ty>> {
        let TyKind::Enum(def, list) = *self.types.kind(ty) else { return Vec::new() };
        let item = &self.analysis.type_defs[def];
        let arguments = self.types.types(list).to_vec();
        let types = &mut self.types;
        let variants = item.variant_list();
        let substitute = |payload: &[Ty]| -> Vec<Ty> {
            let parameters = &item.type_parameters;
            payload.iter().map(|&ty| types.substitute(ty, parameters, &arguments)).collect()
        };
        let mut substitute = substitute;
        variants.iter().map(|variant| substitute(&variant.payload)).collect()
    }

    fn enum_layout(&mut self, ty: Ty, payloads: Vec<Vec<Ty>>) -> EnumLayout {
        let tag = match payloads.len() {
            0..=256 => Scalar::I8,
            257..=65_536 => Scalar::I16,
            _ => Scalar::I32,
        };
        let boxed = self.holds_itself(ty, &payloads);
        let inline = if boxed { None } else { self.inline(tag, &payloads) };
        let (mut shape, mut places) = inline.unwrap_or_else(|| {
            let places = payloads
                .iter()
                .map(|payload| match self.has_scalars(payload) {
                    true => Place::Boxed(1),
                    false => Place::Slots(vec![SmallVec::new(); payload.len()]),
                })
                .collect();
            (smallvec![tag, Scalar::Ref], places)
        });
        let form = self.form(&shape, &payloads, &places);
        if form != Form::Tagged {
            // The tag goes, and what was behind it moves up.
            shape = smallvec![Scalar::Ref];
            for place in &mut places {
                match place {
                    Place::Slots(slots) => slots.iter_mut().flatten().for_each(|slot| *slot -= 1),
                    Place::Boxed(slot) => *slot -= 1,
                }
            }
        }
        EnumLayout { form, shape, payloads, places }
    }

    /// Tag and slots, if there are few enough.
    fn inline(&mut self, tag: Scalar, payloads: &[Vec<Ty>]) -> Option<(Shape, Vec<Place>)> {
        const KINDS: [Scalar; 7] = [
            Scalar::Ref,
            Scalar::F64,
            Scalar::I64,
            Scalar::F32,
            Scalar::I32,
            Scalar::I16,
            Scalar::I8,
        ];
        let shapes: Vec<Vec<Shape>> = payloads
            .iter()
            .map(|payload| payload.iter().map(|&ty| self.shape(ty)).collect())
            .collect();
        let count = |shapes: &[Shape], kind: Scalar| {
            shapes.iter().flatten().filter(|&&scalar| scalar == kind).count()
        };
        let mut shape: Shape = smallvec![tag];
        let mut starts = [0; KINDS.len()];
        for (start, kind) in starts.iter_mut().zip(KINDS) {
            *start = shape.len();
            let most = shapes.iter().map(|shapes| count(shapes, kind)).max().unwrap_or(0);
            shape.extend(std::iter::repeat_n(kind, most));
        }
        if shape.len() > MAX_SLOTS + 1 {
            return None;
        }
        let places = shapes.iter().map(|shapes| {
            let mut next = starts;
            let mut slot = |scalar: &Scalar| {
                let kind = KINDS.iter().position(|kind| kind == scalar).unwrap_or(0);
                next[kind] += 1;
                next[kind] - 1
            };
            Place::Slots(shapes.iter().map(|shape| shape.iter().map(&mut slot).collect()).collect())
        });
        let places = places.collect();
        Some((shape, places))
    }

    /// Whether there is anything in a payload but `unit`; asks for no layout.
    fn has_scalars(&self, payload: &[Ty]) -> bool {
        payload.iter().any(|&ty| !matches!(self.types.kind(ty), TyKind::Unit | TyKind::Never))
    }

    /// Whether equal values of a type have equal bits, and unequal ones have not.
    pub(super) fn is_bitwise(&mut self, ty: Ty) -> bool {
        match self.types.kind(ty) {
            TyKind::Unit | TyKind::Bool | TyKind::Int(_) | TyKind::Char | TyKind::Ptr => true,
            TyKind::Enum(..) => {
                let layout = self.enumeration(ty);
                let is_boxed = |place: &Place| matches!(place, Place::Boxed(_));
                !layout.places.iter().any(is_boxed)
                    && layout.payloads.iter().flatten().all(|&ty| self.is_bitwise(ty))
            }
            _ => false,
        }
    }

    /// Whether a null reference can stand for the variant without payload.
    fn form(&self, shape: &Shape, payloads: &[Vec<Ty>], places: &[Place]) -> Form {
        let [_, Scalar::Ref] = shape[..] else { return Form::Tagged };
        let [a, b] = payloads else { return Form::Tagged };
        let (absent, present) = match (self.has_scalars(a), self.has_scalars(b)) {
            (false, true) => (0, 1),
            (true, false) => (1, 0),
            _ => return Form::Tagged,
        };
        let nullable = match &places[present] {
            Place::Boxed(_) => false,
            Place::Slots(_) => {
                // The one scalar is that of the enum then, which is nullable itself.
                payloads[present].iter().any(|&ty| matches!(self.types.kind(ty), TyKind::Enum(..)))
            }
        };
        if nullable { Form::Tagged } else { Form::Nullable { absent } }
    }

    /// Whether values of an enum would hold values of the same enum.
    fn holds_itself(&mut self, ty: Ty, payloads: &[Vec<Ty>]) -> bool {
        let mut seen = FxHashSet::default();
        let mut pending: Vec<Ty> = payloads.iter().flatten().copied().collect();
        while let Some(inner) = pending.pop() {
            if inner == ty || self.types.depth(inner) > MAX_DEPTH {
                return true;
            }
            if matches!(self.types.kind(inner), TyKind::Enum(..)) && seen.insert(inner) {
                pending.extend(self.payloads(inner).into_iter().flatten());
            }
        }
        false
    }

    /// The object that holds the payload of a variant.
    pub(super) fn payload_box(&mut self, ty: Ty, variant: usize) -> Rc<ObjectLayout> {
        if let Some(layout) = self.boxes.get(&(ty, variant)) {
            return Rc::clone(layout);
        }
        let layout = self.enumeration(ty);
        let shapes: Vec<Shape> =
            layout.payloads[variant].iter().map(|&ty| self.shape(ty)).collect();
        let name = format!("{}::{}", self.type_name(ty), self.variant_name(ty, variant));
        let layout = Rc::new(object_of(&shapes, name, DescriptorKind::Payload));
        self.boxes.insert((ty, variant), Rc::clone(&layout));
        layout
    }

    /// The name of a variant.
    pub(super) fn variant_name(&self, ty: Ty, variant: usize) -> &str {
        let def: Option<TypeDefId> = self.types.as_declared(ty).map(|(def, _)| def);
        let variants = def.map(|def| self.analysis.type_defs[def].variant_list());
        match variants.and_then(|variants| variants.get(variant)) {
            Some(variant) => self.analysis.interner.name(variant.name),
            None => "?",
        }
    }
}

#[cfg(test)]
mod tests {
    use beskid_analysis::source::SourceMap;
    use beskid_analysis::{Goal, analyze};

    use super::*;

    const DECLARATIONS: &str = "
        enum Color { Red, Green }
        enum Id { Of(i64) }
        enum Tree { Leaf, Node(Tree, i32, Tree) }
        enum Expr { Number(f64), Sum(Expr, Expr) }
        enum Even { Zero, After(Odd) }
        enum Odd { After(Even, string) }
        enum Rope<T> { Empty, Knot(T, Rope<T>) }
        enum Grow<T> { End, More(Grow<T[]>) }
        enum Mixed { Small(i8, f32), Long(i64, string), Flag(bool) }
        enum Five { None, All(i64, i64, i64, i64, i64) }
        enum Six { None, All(i64, i64, i64), Texts(string, string) }
        type Node { Option<Node> next }
    ";

    /// The scalars of each type; a nullable word is `ref?`, one with a box behind it `box?` or `box`.
    fn shapes(types: &[&str]) -> Vec<String> {
        let mut sources = SourceMap::new();
        let parameters: Vec<String> =
            types.iter().enumerate().map(|(index, ty)| format!("{ty} p{index}")).collect();
        let text = format!("{DECLARATIONS}unit F({}) {{ }}", parameters.join(", "));
        sources.add("shapes.bd", text).expect("a small file");
        let analysis = analyze(sources, Goal::Check);
        assert!(!analysis.has_errors(), "{:?}", analysis.diagnostics);
        let mut layouts = Layouts::new(&analysis);
        let function = analysis.functions.iter().find(|item| item.parameters.len() == types.len());
        let parameters = &function.expect("the one that was declared").parameters;
        parameters.iter().map(|&ty| described(&mut layouts, ty)).collect()
    }

    fn described(layouts: &mut Layouts<'_>, ty: Ty) -> String {
        let shape = layouts.shape(ty);
        let mut names: Vec<&str> = shape.iter().map(|scalar| scalar.name()).collect();
        let layout = layouts.enumeration(ty);
        for place in &layout.places {
            if let Place::Boxed(slot) = place {
                names[*slot] = "box";
            }
        }
        let nullable = if layout.form == Form::Tagged { "" } else { "?" };
        format!("{}{nullable}", names.join(" "))
    }

    #[test]
    fn shapes_are_as_small_as_they_can_be() {
        let table = [
            ("Color", "i8"),
            ("Id", "i8 i64"),
            ("Option<i32>", "i8 i32"),
            ("Option<unit>", "i8"),
            ("Option<string>", "ref?"),
            ("Option<Color>", "i8 i8"),
            ("Option<Node>", "ref?"),
            // `None` and `Some(None)` are two values, and null is one.
            ("Option<Option<string>>", "i8 ref"),
            ("Option<Tree>", "i8 ref"),
            ("Result<unit, string>", "ref?"),
            ("Result<i32, string>", "i8 ref i32"),
            ("Result<string, Node>", "i8 ref"),
            ("Result<Option<string>, i64[]>", "i8 ref"),
            ("Mixed", "i8 ref i64 f32 i8"),
            ("Tree", "box?"),
            ("Expr", "i8 box"),
            ("Even", "box?"),
            ("Odd", "i8 box"),
            ("Rope<i32>", "box?"),
            ("Grow<i32>", "box?"),
            ("Five", "box?"),
            ("Six", "i8 box"),
        ];
        let types = table.map(|(ty, _)| ty);
        let expected = table.map(|(ty, shape)| format!("{ty}: {shape}"));
        let found = types.iter().zip(shapes(&types)).map(|(ty, shape)| format!("{ty}: {shape}"));
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_order_of_asking_changes_nothing() {
        let types = ["Even", "Odd", "Tree", "Option<Even>", "Result<Odd, Tree>", "Grow<Even>"];
        let mut backwards = types;
        backwards.reverse();
        let mut other = shapes(&backwards);
        other.reverse();
        assert_eq!(shapes(&types), other);
    }
}
