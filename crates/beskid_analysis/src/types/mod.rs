//! Types: interned, so equal types are equal ids.
//!
//! *Invariants.* [`TyStore`] only grows; a [`Ty`] of one analysis means nothing in another. Every
//! primitive has a fixed id ([`Ty::BOOL`] and its kin), asserted when the store is made. Inference
//! variables are ids beyond those of the store: they cost no entry, and never leave a body's check
//! (types that hold one may stay in the store, but nothing refers to them).

mod display;

pub use display::TyNames;

use rustc_hash::FxHashMap;

use crate::hir::TypeDefId;
use crate::index::IndexVec;

crate::define_ids! {
    /// An interned type.
    Ty "ty";
    /// An interned list of types.
    TyList "tys";
    /// A type parameter of a declaration.
    TypeParamId "T";
}

/// Integer types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum IntTy {
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
}

impl IntTy {
    /// Width in bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::I8 | Self::U8 => 8,
            Self::I16 | Self::U16 => 16,
            Self::I32 | Self::U32 => 32,
            Self::I64 | Self::U64 => 64,
        }
    }

    /// Whether values may be negative.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }

    /// The smallest value.
    #[must_use]
    pub const fn min(self) -> i128 {
        if self.is_signed() { -(1 << (self.bits() - 1)) } else { 0 }
    }

    /// The largest value.
    #[must_use]
    pub const fn max(self) -> i128 {
        (1 << (self.bits() - self.is_signed() as u32)) - 1
    }

    /// Whether a number is a value of the type.
    #[must_use]
    pub const fn holds(self, value: i128) -> bool {
        self.min() <= value && value <= self.max()
    }

    /// The type's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
        }
    }
}

/// Floating-point types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FloatTy {
    /// `f32`
    F32,
    /// `f64`
    F64,
}

/// What a type is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum TyKind {
    /// The type of what was reported as broken: fits everywhere, causes no further diagnostics.
    Error,
    /// The type of expressions that do not return: fits every type.
    Never,
    /// `unit`
    Unit,
    /// `bool`
    Bool,
    /// An integer.
    Int(IntTy),
    /// A float.
    Float(FloatTy),
    /// `char`
    Char,
    /// `string`
    String,
    /// `ptr`
    Ptr,
    /// `T[]`
    Array(Ty),
    /// A declared `type` with its type arguments.
    Object(TypeDefId, TyList),
    /// A declared `enum` with its type arguments.
    Enum(TypeDefId, TyList),
    /// A declared `contract` with its type arguments: any value that conforms to it.
    Contract(TypeDefId, TyList),
    /// `(A, B) -> R`
    Function(TyList, Ty),
    /// A type parameter: in generic declarations and their bodies.
    Param(TypeParamId),
    /// The iterator of a type that is not known yet: [`TyStore::iterator_of`].
    IteratorOf(Ty),
    /// A type that is still to be inferred: only while a body is checked.
    Infer,
}

/// Ids from here on are inference variables.
const FIRST_INFER: u32 = 0xC000_0000;

impl Ty {
    /// An inference variable.
    pub(crate) const fn infer(variable: u32) -> Self {
        Self(FIRST_INFER + variable)
    }

    /// The number of an inference variable.
    pub(crate) const fn as_infer(self) -> Option<u32> {
        self.0.checked_sub(FIRST_INFER)
    }
}

/// What a type holds somewhere inside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Holds {
    infer: bool,
    error: bool,
    param: bool,
    /// How deep type arguments nest.
    depth: u16,
    /// How many types it is made of, written out.
    size: u32,
}

impl Holds {
    fn and(self, other: Self) -> Self {
        Self {
            infer: self.infer || other.infer,
            error: self.error || other.error,
            param: self.param || other.param,
            depth: self.depth.max(other.depth),
            size: self.size.saturating_add(other.size),
        }
    }

    fn deeper(self) -> Self {
        let (depth, size) = (self.depth.saturating_add(1), self.size.saturating_add(1));
        Self { depth, size, ..self }
    }
}

/// The table of types of one analysis.
#[derive(Clone, Debug)]
pub struct TyStore {
    kinds: IndexVec<Ty, TyKind>,
    holds: IndexVec<Ty, Holds>,
    ids: FxHashMap<TyKind, Ty>,
    lists: IndexVec<TyList, Box<[Ty]>>,
    list_ids: FxHashMap<Box<[Ty]>, TyList>,
    iteration: Iteration,
}

/// How types are iterated: what [`TyStore::iterator_of`] knows of declarations.
#[derive(Clone, Default, Debug)]
pub(crate) struct Iteration {
    /// The iterator of a declared type or contract, in terms of its own parameters.
    pub(crate) declared: FxHashMap<TypeDefId, (Vec<TypeParamId>, Ty)>,
    /// The iterator of arrays, with one parameter for their elements.
    pub(crate) of_array: Option<TypeDefId>,
    /// The iterator of strings.
    pub(crate) of_string: Option<TypeDefId>,
}

macro_rules! fixed_types {
    ($($name:ident = $index:literal $kind:expr;)*) => {
        impl Ty {
            $(#[doc = concat!("The id of `", stringify!($kind), "`.")]
            pub const $name: Self = Self($index);)*
        }

        impl TyStore {
            /// A store that holds the primitive types.
            ///
            /// # Panics
            /// If the fixed ids are not dense: a fault of this table.
            #[must_use]
            pub fn new() -> Self {
                let mut store = Self {
                    kinds: IndexVec::new(),
                    holds: IndexVec::new(),
                    ids: FxHashMap::default(),
                    lists: IndexVec::new(),
                    list_ids: FxHashMap::default(),
                    iteration: Iteration::default(),
                };
                assert_eq!(store.list(&[]), TyList::EMPTY);
                $(assert_eq!(store.intern($kind), Ty::$name);)*
                store
            }
        }
    };
}

fixed_types! {
    ERROR = 0 TyKind::Error;
    NEVER = 1 TyKind::Never;
    UNIT = 2 TyKind::Unit;
    BOOL = 3 TyKind::Bool;
    CHAR = 4 TyKind::Char;
    STRING = 5 TyKind::String;
    PTR = 6 TyKind::Ptr;
    I8 = 7 TyKind::Int(IntTy::I8);
    I16 = 8 TyKind::Int(IntTy::I16);
    I32 = 9 TyKind::Int(IntTy::I32);
    I64 = 10 TyKind::Int(IntTy::I64);
    U8 = 11 TyKind::Int(IntTy::U8);
    U16 = 12 TyKind::Int(IntTy::U16);
    U32 = 13 TyKind::Int(IntTy::U32);
    U64 = 14 TyKind::Int(IntTy::U64);
    F32 = 15 TyKind::Float(FloatTy::F32);
    F64 = 16 TyKind::Float(FloatTy::F64);
}

impl TyList {
    /// The empty list.
    pub const EMPTY: Self = Self(0);
}

impl Default for TyStore {
    fn default() -> Self {
        Self::new()
    }
}

impl TyStore {
    /// The id of a type.
    pub fn intern(&mut self, kind: TyKind) -> Ty {
        if let Some(&ty) = self.ids.get(&kind) {
            return ty;
        }
        let holds = match &kind {
            TyKind::Error => Holds { error: true, ..Holds::default() },
            TyKind::Param(_) => Holds { param: true, ..Holds::default() },
            TyKind::Array(element) | TyKind::IteratorOf(element) => self.holds(*element).deeper(),
            TyKind::Object(_, list) | TyKind::Enum(_, list) | TyKind::Contract(_, list) => {
                self.hold_any(self.types(*list)).deeper()
            }
            TyKind::Function(list, result) => {
                self.hold_any(self.types(*list)).and(self.holds(*result)).deeper()
            }
            _ => Holds::default(),
        };
        self.holds.push(holds);
        let ty = self.kinds.push(kind.clone());
        self.ids.insert(kind, ty);
        ty
    }

    /// The id of a list of types.
    pub fn list(&mut self, types: &[Ty]) -> TyList {
        if let Some(&list) = self.list_ids.get(types) {
            return list;
        }
        let list = self.lists.push(types.into());
        self.list_ids.insert(types.into(), list);
        list
    }

    /// The type of arrays of `element`.
    pub fn array(&mut self, element: Ty) -> Ty {
        self.intern(TyKind::Array(element))
    }

    /// What a type is.
    #[must_use]
    pub fn kind(&self, ty: Ty) -> &TyKind {
        if ty.as_infer().is_some() {
            return &TyKind::Infer;
        }
        &self.kinds[ty]
    }

    /// Whether the type is or holds an inference variable.
    pub(crate) fn has_infer(&self, ty: Ty) -> bool {
        self.holds(ty).infer
    }

    /// Whether the type is or holds [`Ty::ERROR`]: what is wrong with it was reported.
    pub(crate) fn has_error(&self, ty: Ty) -> bool {
        self.holds(ty).error
    }

    /// Whether the type is or holds a type parameter.
    #[must_use]
    pub fn has_param(&self, ty: Ty) -> bool {
        self.holds(ty).param
    }

    /// How deep type arguments nest: 0 for a primitive, 2 for `List<i32[]>`.
    #[must_use]
    pub fn depth(&self, ty: Ty) -> usize {
        usize::from(self.holds(ty).depth)
    }

    /// How many constructed types it is made of: types that share parts are small here and long as text.
    #[must_use]
    pub fn size(&self, ty: Ty) -> usize {
        self.holds(ty).size as usize
    }

    /// The type with type parameters replaced: the parameter at an index of `parameters` by the argument
    /// there; others stay. Linear in the size of the type.
    pub fn substitute(&mut self, ty: Ty, parameters: &[TypeParamId], arguments: &[Ty]) -> Ty {
        if parameters.is_empty() || !self.has_param(ty) {
            return ty;
        }
        if let TyKind::Param(id) = *self.kind(ty) {
            return match parameters.iter().position(|&parameter| parameter == id) {
                Some(index) => arguments.get(index).copied().unwrap_or(Ty::ERROR),
                None => ty,
            };
        }
        self.with_parts(ty, &mut |types, part| types.substitute(part, parameters, arguments))
    }

    /// The type with each of the types it is made of replaced by another one; itself if there are none.
    pub(crate) fn with_parts(&mut self, ty: Ty, part: &mut dyn FnMut(&mut Self, Ty) -> Ty) -> Ty {
        let kind = match *self.kind(ty) {
            TyKind::Array(element) => match part(self, element) {
                Ty::ERROR => return Ty::ERROR,
                element => TyKind::Array(element),
            },
            TyKind::IteratorOf(inner) => {
                let inner = part(self, inner);
                return self.iterator_of(inner);
            }
            TyKind::Object(def, list) => TyKind::Object(def, self.list_with_parts(list, part)),
            TyKind::Enum(def, list) => TyKind::Enum(def, self.list_with_parts(list, part)),
            TyKind::Contract(def, list) => TyKind::Contract(def, self.list_with_parts(list, part)),
            TyKind::Function(list, result) => {
                let list = self.list_with_parts(list, part);
                TyKind::Function(list, part(self, result))
            }
            _ => return ty,
        };
        self.intern(kind)
    }

    /// What [`TyStore::iterator_of`] is to know.
    pub(crate) fn set_iteration(&mut self, iteration: Iteration) {
        self.iteration = iteration;
    }

    /// The type that goes over the elements of a type (language.md §8.7): the type itself if it is an
    /// iterator, else what its `Iterate` gives. That of a type parameter is known when its argument is;
    /// a type without one gives [`Ty::ERROR`].
    pub fn iterator_of(&mut self, ty: Ty) -> Ty {
        match *self.kind(ty) {
            TyKind::Param(_) | TyKind::Infer => self.intern(TyKind::IteratorOf(ty)),
            TyKind::IteratorOf(_) => ty,
            TyKind::Array(element) => match self.iteration.of_array {
                Some(def) => {
                    let list = self.list(&[element]);
                    self.intern(TyKind::Object(def, list))
                }
                None => Ty::ERROR,
            },
            TyKind::String => match self.iteration.of_string {
                Some(def) => self.intern(TyKind::Object(def, TyList::EMPTY)),
                None => Ty::ERROR,
            },
            TyKind::Object(def, list) | TyKind::Enum(def, list) | TyKind::Contract(def, list) => {
                let Some((parameters, iterator)) = self.iteration.declared.get(&def).cloned()
                else {
                    return Ty::ERROR;
                };
                let arguments = self.types(list).to_vec();
                self.substitute(iterator, &parameters, &arguments)
            }
            _ => Ty::ERROR,
        }
    }

    /// A list with each of its types replaced by another one.
    pub(crate) fn list_with_parts(
        &mut self,
        list: TyList,
        part: &mut dyn FnMut(&mut Self, Ty) -> Ty,
    ) -> TyList {
        let types = self.types(list).to_vec();
        let types: Vec<Ty> = types.into_iter().map(|ty| part(self, ty)).collect();
        self.list(&types)
    }

    /// [`TyStore::substitute`] for all types of a list.
    pub fn substitute_list(
        &mut self,
        list: TyList,
        parameters: &[TypeParamId],
        arguments: &[Ty],
    ) -> TyList {
        if parameters.is_empty() || !self.hold_any(self.types(list)).param {
            return list;
        }
        self.list_with_parts(list, &mut |types, ty| types.substitute(ty, parameters, arguments))
    }

    /// The declaration behind a declared type, and its type arguments.
    #[must_use]
    pub fn as_declared(&self, ty: Ty) -> Option<(TypeDefId, TyList)> {
        match *self.kind(ty) {
            TyKind::Object(def, list) | TyKind::Enum(def, list) | TyKind::Contract(def, list) => {
                Some((def, list))
            }
            _ => None,
        }
    }

    /// The contract behind its type, and its type arguments.
    #[must_use]
    pub fn as_contract(&self, ty: Ty) -> Option<(TypeDefId, TyList)> {
        match *self.kind(ty) {
            TyKind::Contract(def, list) => Some((def, list)),
            _ => None,
        }
    }

    fn holds(&self, ty: Ty) -> Holds {
        if ty.as_infer().is_some() {
            return Holds { infer: true, ..Holds::default() };
        }
        self.holds[ty]
    }

    fn hold_any(&self, types: &[Ty]) -> Holds {
        types.iter().fold(Holds::default(), |any, &ty| any.and(self.holds(ty)))
    }

    /// The types of a list.
    #[must_use]
    pub fn types(&self, list: TyList) -> &[Ty] {
        &self.lists[list]
    }

    /// Number of types: every id below is valid.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there is no type: never.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The integer type behind a type.
    #[must_use]
    pub fn as_int(&self, ty: Ty) -> Option<IntTy> {
        match self.kind(ty) {
            TyKind::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// Whether the type is an integer or a float.
    #[must_use]
    pub fn is_number(&self, ty: Ty) -> bool {
        matches!(self.kind(ty), TyKind::Int(_) | TyKind::Float(_))
    }

    /// Whether every value of `from` is one of `to`, and is converted without being asked for
    /// (language.md §2.6).
    #[must_use]
    pub fn widens(&self, from: Ty, to: Ty) -> bool {
        match (self.kind(from), self.kind(to)) {
            (TyKind::Int(from), TyKind::Int(to)) => {
                from.bits() < to.bits() && (from.is_signed() == to.is_signed() || to.is_signed())
            }
            (TyKind::Float(from), TyKind::Float(to)) => {
                (*from, *to) == (FloatTy::F32, FloatTy::F64)
            }
            _ => false,
        }
    }

    /// Whether values of the type are references with identity.
    #[must_use]
    pub fn has_identity(&self, ty: Ty) -> bool {
        matches!(self.kind(ty), TyKind::Array(_) | TyKind::Object(..) | TyKind::Contract(..))
    }
}
