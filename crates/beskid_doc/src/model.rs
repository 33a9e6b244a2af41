//! What documentation says of programs, as data: what `api.json` holds and pages are made from.
//!
//! The order of fields here is their order in the file, which `docs/guide/documentation.md` describes. What is
//! empty is left out of it.
//!
//! *Invariants.* Ids differ. Modules are in order of their paths, everything else is in the order of the
//! source. No time, no path of the machine and no span of the analysis is in here.

use std::collections::BTreeSet;

use serde::Serialize;

/// The number of the form that this is; a change that readers would notice is another number.
pub const FORMAT: u32 = 1;

/// All that is documented.
#[derive(Debug, Serialize)]
pub struct Api {
    /// [`FORMAT`]
    pub format: u32,
    /// The packages, in the order they were asked for.
    pub packages: Vec<Package>,
}

/// A package.
#[derive(Debug, Serialize)]
pub struct Package {
    /// Its name, which no other one has.
    pub name: String,
    /// Its modules.
    pub modules: Vec<Module>,
}

/// A module.
#[derive(Debug, Serialize)]
pub struct Module {
    /// What names it alone.
    pub id: String,
    /// Its dotted path within the package.
    pub path: String,
    /// Who sees it.
    pub visibility: Visibility,
    /// What is said of it.
    #[serde(skip_serializing_if = "Docs::is_empty")]
    pub documentation: Docs,
    /// Where it is.
    pub source: Source,
    /// What it has from elsewhere under a name of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reexports: Vec<Reexport>,
    /// What is declared in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// The methods that it gives to types that are no items of the package.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub implementations: Vec<Implementation>,
}

/// Who sees something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// The module or package.
    Private,
}

/// A place in the sources.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Source {
    /// The file, from the folder of the package on.
    pub file: String,
    /// The first line, from 1.
    pub first: u32,
    /// The last line.
    pub last: u32,
}

/// Text with links in it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Linked {
    /// The text.
    pub text: String,
    /// In order, and without overlap.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Where a long signature may be broken: the beginnings of its parameters, and where they end.
    #[serde(skip)]
    pub breaks: Vec<usize>,
}

/// A part of a text that names something.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Link {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The id of what it names; nothing if that is no item, as `i32`.
    pub target: Option<String>,
}

/// What `///` lines say. Texts are Markdown with `@ref(path)` in it, which are its links.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Docs {
    /// What stands before the first directive.
    #[serde(skip_serializing_if = "Linked::is_empty")]
    pub text: Linked,
    /// `@par(T)`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub type_parameters: Vec<Described>,
    /// `@arg(name)`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Described>,
    /// `@returns`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns: Option<Linked>,
    /// `@variant(name)`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Described>,
}

/// A name with what a directive says of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Described {
    /// The name.
    pub name: String,
    /// The text.
    #[serde(flatten)]
    pub text: Linked,
}

/// `pub use`
#[derive(Debug, Serialize)]
pub struct Reexport {
    /// The name that it has here.
    pub name: String,
    /// What it means.
    pub path: Linked,
}

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `type T { … }`
    Type,
    /// `enum`
    Enum,
    /// `contract`
    Contract,
    /// `type T = …;`
    Alias,
    /// A function.
    Function,
    /// A function of a type or contract.
    Method,
    /// `const`
    Constant,
    /// `attribute`
    Attribute,
}

/// An item or method.
#[derive(Debug, Serialize)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What names it alone.
    pub id: String,
    /// Who sees it.
    pub visibility: Visibility,
    /// Its declaration on one line, without a body.
    pub signature: Linked,
    /// What stands in `[…]` before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<String>,
    /// What is said of it.
    #[serde(skip_serializing_if = "Docs::is_empty")]
    pub documentation: Docs,
    /// Where it is.
    pub source: Source,
    /// `<T : A & B>`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub type_parameters: Vec<TypeParameter>,
    /// Of a function, method or attribute.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// Of a function or method; `unit` as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Linked>,
    /// The contracts that a type or enum declares, or that a contract embeds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contracts: Vec<Linked>,
    /// Of a type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Member>,
    /// Whether a type has fields that are not shown.
    #[serde(skip_serializing_if = "is_false")]
    pub has_hidden_fields: bool,
    /// Of a type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Member>,
    /// Of an enum.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Member>,
    /// What a contract asks for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<Self>,
    /// The methods of a type, as they are declared together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub implementations: Vec<Implementation>,
    /// The ids of the types that declare a contract.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub implemented_by: Vec<String>,
    /// The type of a constant, or what an alias stands for.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub ty: Option<Linked>,
    /// Of a constant, as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What an attribute may stand before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
}

/// A field, event or variant.
#[derive(Debug, Serialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// What names it alone.
    pub id: String,
    /// Its declaration on one line.
    pub signature: Linked,
    /// What is said of it.
    #[serde(skip_serializing_if = "Docs::is_empty")]
    pub documentation: Docs,
    /// Where it is.
    pub source: Source,
    /// What handlers of an event take, or the payload of a variant, where a name may be missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// The type of a field.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub ty: Option<Linked>,
}

/// A type parameter.
#[derive(Clone, Debug, Serialize)]
pub struct TypeParameter {
    /// Its name.
    pub name: String,
    /// The contracts that its arguments conform to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<Linked>,
}

/// A parameter.
#[derive(Debug, Serialize)]
pub struct Parameter {
    /// Its name; empty in a payload without names.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Linked,
    /// `ref` or `out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<&'static str>,
    /// The value if it is left out, as it is written; of an attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What `///` lines before it say.
    #[serde(skip_serializing_if = "Docs::is_empty")]
    pub documentation: Docs,
}

/// `impl T { … }`
#[derive(Debug, Serialize)]
pub struct Implementation {
    /// The type that gets the methods, as it is written.
    pub target: Linked,
    /// The names in the target's `<…>`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub type_parameters: Vec<TypeParameter>,
    /// What is said of it.
    #[serde(skip_serializing_if = "Docs::is_empty")]
    pub documentation: Docs,
    /// Where it is.
    pub source: Source,
    /// The methods.
    pub methods: Vec<Item>,
}

impl Linked {
    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl Docs {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Package {
    /// The files in which something lies that is shown.
    #[must_use]
    pub fn files(&self) -> BTreeSet<&str> {
        let mut files = BTreeSet::new();
        for module in &self.modules {
            let items = module.items.iter().map(|item| &item.source);
            let methods = module.methods().map(|method| &method.source);
            let sources = std::iter::once(&module.source).chain(items).chain(methods);
            files.extend(sources.map(|source| source.file.as_str()));
        }
        files
    }
}

impl Module {
    /// All methods.
    pub fn methods(&self) -> impl Iterator<Item = &Item> {
        let of_items = self.items.iter().flat_map(Item::all_methods);
        of_items.chain(self.implementations.iter().flat_map(|of| &of.methods))
    }
}

impl Item {
    /// Its methods, wherever they are declared.
    pub fn all_methods(&self) -> impl Iterator<Item = &Self> {
        self.methods.iter().chain(self.implementations.iter().flat_map(|of| &of.methods))
    }

    /// Whether it has a page of its own.
    #[must_use]
    pub fn has_page(&self) -> bool {
        matches!(self.kind, Kind::Type | Kind::Enum | Kind::Contract)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "that is what serde calls")]
fn is_false(value: &bool) -> bool {
    !value
}
