//! The site: pages that work from the disk, without a server and without a network.
//!
//! Reading order: [`paths`] (where everything is), [`frame`] (what all pages have), [`module`] and [`item`]
//! (what is said of things), [`markdown`] and [`code`] (how text becomes HTML), [`source`] (the files),
//! [`search`] (the index that `assets/site.js` looks into).
//!
//! *Invariants.* Every link that is made here leads to a page and an anchor that are there: a test follows
//! them all. Nothing is fetched by a page but its style, its script and the index, which lie beside it; a
//! script may not be fetched as data from a `file:` address, so the index is a script.

mod code;
mod frame;
mod item;
mod markdown;
mod module;
mod paths;
mod search;
mod source;

use maud::Markup;
use rustc_hash::FxHashMap;

use crate::SourceText;
use crate::model::{Api, Docs, Linked, Source};
use paths::{Paths, relative, relative_page};

const STYLE: &str = include_str!("../../assets/style.css");
const SCRIPT: &str = include_str!("../../assets/site.js");

/// A file of the site.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// From the top of the site, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// The files of the site, `api.json` among them, in the order of their paths; `index.html` comes last.
#[must_use]
pub fn site(api: &Api, texts: &[SourceText]) -> Vec<File> {
    let paths = Paths::new(api);
    let mut files = vec![
        File { path: "style.css".to_owned(), text: STYLE.to_owned() },
        File { path: "site.js".to_owned(), text: SCRIPT.to_owned() },
        File { path: "api.json".to_owned(), text: crate::json(api) },
        File { path: "search-index.js".to_owned(), text: search::index(api, &paths) },
    ];
    let mut add = |path: &str, markup: Markup| {
        files.push(File { path: path.to_owned(), text: markup.into_string() });
    };
    for (number, package) in api.packages.iter().enumerate() {
        let page = paths.package_page(number);
        add(page, module::package(&Cx { api, paths: &paths, package: number, page }));
        for module in &package.modules {
            let Some(place) = paths.of(&module.id) else { continue };
            let cx = Cx { api, paths: &paths, package: number, page: &place.page };
            add(&place.page, module::page(&cx, module));
            for of in module.items.iter().filter(|item| item.has_page()) {
                let Some(place) = paths.of(&of.id) else { continue };
                let cx = Cx { api, paths: &paths, package: number, page: &place.page };
                add(&place.page, item::page(&cx, module, of));
            }
        }
    }
    let numbers: FxHashMap<&str, usize> =
        api.packages.iter().enumerate().map(|(at, package)| (package.name.as_str(), at)).collect();
    for text in texts {
        let Some(page) = paths.source(&text.package, &text.file) else { continue };
        let Some(&package) = numbers.get(text.package.as_str()) else { continue };
        add(page, source::page(&Cx { api, paths: &paths, package, page }, text));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let page = "index.html";
    let text = module::index(&Cx { api, paths: &paths, package: 0, page }).into_string();
    files.push(File { path: page.to_owned(), text });
    files
}

/// What a page is made with.
struct Cx<'a> {
    api: &'a Api,
    paths: &'a Paths,
    /// The package that it is about.
    package: usize,
    /// Its own path.
    page: &'a str,
}

impl Cx<'_> {
    /// The address of a file of the site.
    fn file(&self, path: &str) -> String {
        relative_page(self.page, path)
    }

    /// The address of what has an id, if that is in the site.
    fn href(&self, id: &str) -> Option<String> {
        Some(relative(self.page, self.paths.of(id)?))
    }

    /// The address of lines of a file.
    fn source(&self, source: &Source) -> Option<String> {
        let package = &self.api.packages[self.package].name;
        let page = relative_page(self.page, self.paths.source(package, &source.file)?);
        Some(if source.first > 1 { format!("{page}#L{}", source.first) } else { page })
    }

    /// A text of what has an id.
    fn markdown(&self, text: &Linked, of: &str) -> Markup {
        let of_id = |id: &str| self.href(id);
        let of_name = |name: &str| self.href(self.paths.named(name, of)?);
        markdown::render(text, &markdown::Names { of_id: &of_id, of_name: &of_name })
    }

    /// A signature with colours and links.
    fn signature(&self, signature: &Linked) -> Markup {
        code::signature(signature, "", &|id| self.href(id))
    }

    /// The first sentence of documentation, for lists.
    fn summary(docs: &Docs) -> Markup {
        markdown::first(&docs.text)
    }
}
