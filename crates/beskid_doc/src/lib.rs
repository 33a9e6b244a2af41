//! Documentation of programs: a description as data, and a site to browse.
//!
//! ```text
//!  Analysis, Outline ──collect──► model::Api ──┬── json ──► api.json
//!  (beskid_analysis)                           └── site ──► pages, search, sources, style
//! ```
//!
//! [`collect`](collect()) is the only part that knows the compiler's trees; what it makes refers to things by
//! id. Everything after it is a function of that and of the texts.
//!
//! *Invariants.* Nothing here reads or writes a file. Equal programs give equal bytes, wherever they lie and
//! whenever that is. Time is linear in the sources. Text of programs reaches a page only escaped: pages are
//! made by `maud`, Markdown has no HTML, and addresses have one of a few schemes.
//!
//! *Absent*: whether documentation is right, which the analysis says.

mod collect;
pub mod highlight;
pub mod model;
mod site;

pub use collect::{CORE, PackageName, Program, Shown, SourceText, collect};
pub use site::{File, site};

use model::Api;

/// The text of `api.json`.
///
/// # Panics
/// If the model is none of JSON: a fault of it.
#[must_use]
pub fn json(api: &Api) -> String {
    let mut text = serde_json::to_string_pretty(api).expect("the model has texts as keys");
    text.push('\n');
    text
}
