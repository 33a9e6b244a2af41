//! The index that the search looks into: a script that hands a list to `assets/site.js`.
//!
//! An entry is `[name, where it is, kind, address, summary]`. `site.js` ranks them; see there.

use serde_json::{Value, json};

use super::markdown::summary;
use super::paths::{Paths, relative};
use crate::model::{Api, Docs, Kind, Member};

/// The longest summary, in characters.
const MAX_SUMMARY: usize = 120;

pub(super) fn index(api: &Api, paths: &Paths) -> String {
    let mut entries: Vec<Value> = Vec::new();
    let mut add = |id: &str, name: &str, around: &str, kind: &str, docs: &Docs| {
        let Some(place) = paths.of(id) else { return };
        let mut text = summary(&docs.text);
        if let Some((cut, _)) = text.char_indices().nth(MAX_SUMMARY) {
            text.truncate(cut);
            text.push('…');
        }
        entries.push(json!([name, around, kind, relative("index.html", place), text]));
    };
    let is_alone = api.packages.len() == 1;
    for package in &api.packages {
        for module in &package.modules {
            let around = match is_alone {
                true => module.path.clone(),
                false => format!("{} {}", package.name, module.path),
            };
            let (outer, name) = around.rsplit_once('.').unwrap_or(("", &around));
            add(&module.id, name, outer, "module", &module.documentation);
            for item in &module.items {
                add(&item.id, &item.name, &around, word(item.kind), &item.documentation);
                let inner = format!("{around}.{}", item.name);
                let mut members = |kind: &str, list: &[Member]| {
                    for member in list {
                        add(&member.id, &member.name, &inner, kind, &member.documentation);
                    }
                };
                members("field", &item.fields);
                members("event", &item.events);
                members("variant", &item.variants);
                for method in item.all_methods() {
                    add(&method.id, &method.name, &inner, "method", &method.documentation);
                }
            }
            for of in &module.implementations {
                let inner = format!("{around}.{}", of.target.text);
                for method in &of.methods {
                    add(&method.id, &method.name, &inner, "method", &method.documentation);
                }
            }
        }
    }
    let mut out = String::from("window.beskidSearch([\n");
    for (index, entry) in entries.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ",\n" });
        out.push_str(&entry.to_string());
    }
    out.push_str("\n]);\n");
    out
}

/// What a kind is called.
pub(super) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Type => "type",
        Kind::Enum => "enum",
        Kind::Contract => "contract",
        Kind::Alias => "alias",
        Kind::Function => "function",
        Kind::Method => "method",
        Kind::Constant => "constant",
        Kind::Attribute => "attribute",
    }
}
