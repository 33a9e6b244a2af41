//! `Project.lock`: which packages a project or workspace is made of, and which commits they are (tools.md §2.3).
//!
//! ```text
//! git "https://example.org/json.git" { rev = "v1"  commit = "4b1c…"  content = "90fe…" }
//! package "App" { path = "." }
//! package "Json" { git = "https://example.org/json.git"  commit = "4b1c…"  path = "." }
//! uses "App" { Json = "Json" }
//! lock { version = 1 }
//! ```
//!
//! The blocks `git` say what was fetched for what manifests ask for, and `content` is a hash of its files; all
//! else is there to be read, and to see whether the graph has changed.
//!
//! *Invariants.* Equal graphs give equal bytes, on every machine. The last block is `lock`, so that a file that
//! was cut off is known. A file appears complete or not at all.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use beskid_analysis::diagnostics::{Code, Diagnostic};
use beskid_analysis::source::Span;

use super::dependency::{is_commit, rev_fault, url_fault};
use super::manifest::{self, Block};

/// The form of the file.
const VERSION: &str = "1";
const HEAD: &str = "# Made by `beskid lock`, `fetch` and `update`; belongs to the sources.\n";

/// What was fetched for an address and a revision.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Pin {
    pub(super) url: String,
    /// As manifests have it; empty for the repository's own branch.
    pub(super) rev: String,
    pub(super) commit: String,
    /// The hash of the checkout.
    pub(super) content: String,
}

/// Where a package lies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// From the folder of the lock.
    Path(String),
    /// In a commit of a repository.
    Git { url: String, commit: String, path: String },
}

/// A package of the graph.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Package {
    /// Its project's name, with a number if another one has it.
    pub(super) name: String,
    pub(super) place: Place,
    /// Labels, and the names of the packages behind them.
    pub(super) uses: Vec<(String, String)>,
}

/// What a lock says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Lock {
    /// Sorted.
    pub(super) pins: Vec<Pin>,
    /// In the order of the graph.
    pub(super) packages: Vec<Package>,
}

impl Lock {
    /// What is locked for a revision.
    pub(super) fn pin(&self, url: &str, rev: &str) -> Option<&Pin> {
        self.pins.iter().find(|pin| pin.url == url && pin.rev == rev)
    }

    /// The text of the file.
    pub(super) fn render(&self) -> String {
        let mut text = HEAD.to_owned();
        for pin in &self.pins {
            let _ = write!(text, "git {} {{", quoted(&pin.url));
            if !pin.rev.is_empty() {
                let _ = write!(text, " rev = {} ", quoted(&pin.rev));
            }
            let Pin { commit, content, .. } = pin;
            let _ = writeln!(text, " commit = \"{commit}\"  content = \"{content}\" }}");
        }
        for package in &self.packages {
            let _ = write!(text, "package {} {{ ", quoted(&package.name));
            let _ = match &package.place {
                Place::Path(path) => writeln!(text, "path = {} }}", quoted(path)),
                Place::Git { url, commit, path } => {
                    let (url, path) = (quoted(url), quoted(path));
                    writeln!(text, "git = {url}  commit = \"{commit}\"  path = {path} }}")
                }
            };
        }
        for package in self.packages.iter().filter(|package| !package.uses.is_empty()) {
            let uses =
                package.uses.iter().map(|(label, name)| format!("{label} = {}", quoted(name)));
            let uses = uses.collect::<Vec<_>>().join("  ");
            let _ = writeln!(text, "uses {} {{ {uses} }}", quoted(&package.name));
        }
        let _ = writeln!(text, "lock {{ version = {VERSION} }}");
        text
    }

    /// What differs in words, of this lock and a newer one; at least one thing.
    pub(super) fn differences(&self, newer: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let names = |lock: &Self| -> Vec<String> {
            lock.packages.iter().map(|package| package.name.clone()).collect()
        };
        let (old, new) = (names(self), names(newer));
        found.extend(new.iter().filter(|n| !old.contains(n)).map(|n| format!("it has no `{n}`")));
        found.extend(
            old.iter().filter(|n| !new.contains(n)).map(|n| format!("nothing uses its `{n}`")),
        );
        for pin in &newer.pins {
            match self.pin(&pin.url, &pin.rev) {
                None => {
                    found.push(format!("`{}` is not locked at {}", pin.url, shown_rev(&pin.rev)))
                }
                Some(old) if old != pin => {
                    found.push(format!(
                        "`{}` is another commit of {}",
                        pin.url,
                        shown_rev(&pin.rev)
                    ));
                }
                Some(_) => {}
            }
        }
        if found.is_empty() {
            found.push("the packages use each other otherwise".to_owned());
        }
        found
    }
}

/// A revision as messages name it.
pub(super) fn shown_rev(rev: &str) -> String {
    if rev.is_empty() { "its own branch".to_owned() } else { format!("`{rev}`") }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Reads the text of a lock, which begins at `base` in the space of places.
///
/// # Errors
/// E3020 at the first mistake.
pub(super) fn parse(text: &str, base: u32) -> Result<Lock, Box<Diagnostic>> {
    let blocks = manifest::parse(text, base).map_err(|mut diagnostic| {
        diagnostic.code = Code::LockSyntax;
        diagnostic.fixes.clear();
        Box::new(with_help(*diagnostic))
    })?;
    let Some((last, blocks)) = blocks.split_last() else {
        return Err(broken(Span::new(base, base), "the lock is empty"));
    };
    let end = Span::new(base + text.len() as u32, base + text.len() as u32);
    if last.word.text != "lock" {
        return Err(broken(end, "the lock is cut off: it ends in `lock { … }`"));
    }
    let [version] = values(last, ["version"])?;
    if version != VERSION {
        let message = format!("the lock has the form {version}, and this compiler knows {VERSION}");
        return Err(broken(last.word.span, message));
    }
    let mut lock = Lock::default();
    for block in blocks {
        let Some(label) = &block.label else {
            return Err(broken(block.word.span, "a block of a lock has a label"));
        };
        match block.word.text.as_str() {
            "git" => {
                let pin = read_pin(block, &label.text)?;
                if lock.pin(&pin.url, &pin.rev).is_some() {
                    return Err(broken(label.span, "this revision is locked twice"));
                }
                lock.pins.push(pin);
            }
            "package" => {
                if lock.packages.iter().any(|package| package.name == label.text) {
                    let message = format!("the package `{}` stands twice", label.text);
                    return Err(broken(label.span, message));
                }
                let place = read_place(block)?;
                lock.packages.push(Package { name: label.text.clone(), place, uses: vec![] });
            }
            "uses" => {
                let uses = block.entries.iter();
                let uses = uses.map(|e| (e.key.text.clone(), e.value.text.clone())).collect();
                let mut packages = lock.packages.iter_mut();
                match packages.find(|package| package.name == label.text) {
                    Some(package) if package.uses.is_empty() => package.uses = uses,
                    Some(_) => return Err(broken(label.span, "what it uses stands twice")),
                    None => {
                        let message = format!("the lock has no package `{}`", label.text);
                        return Err(broken(label.span, message));
                    }
                }
            }
            other => {
                let message = format!("`{other}` is no block of a lock");
                return Err(broken(block.word.span, message));
            }
        }
    }
    Ok(lock)
}

fn read_pin(block: &Block, url: &str) -> Result<Pin, Box<Diagnostic>> {
    let [rev, commit, content] = values(block, ["rev", "commit", "content"])?;
    let place = block.label.as_ref().map_or(block.word.span, |label| label.span);
    let is_hash = content.len() == 64 && is_commit(&content);
    let fault = if url_fault(url).is_some() {
        "this is no address of a repository"
    } else if !rev.is_empty() && rev_fault(&rev).is_some() {
        "no revision has the name in `rev`"
    } else if !is_commit(&commit) {
        "`commit` is no commit"
    } else if !is_hash {
        "`content` is no hash"
    } else {
        return Ok(Pin { url: url.to_owned(), rev, commit, content });
    };
    Err(broken(place, fault))
}

fn read_place(block: &Block) -> Result<Place, Box<Diagnostic>> {
    let [path, url, commit] = values(block, ["path", "git", "commit"])?;
    if path.is_empty() {
        return Err(broken(block.word.span, "the package has no `path`"));
    }
    Ok(if url.is_empty() { Place::Path(path) } else { Place::Git { url, commit, path } })
}

/// The values of the keys of a block, each empty if it is not there.
fn values<const N: usize>(block: &Block, keys: [&str; N]) -> Result<[String; N], Box<Diagnostic>> {
    let mut values = [const { None }; N];
    for entry in &block.entries {
        let key = &entry.key;
        match keys.iter().position(|known| *known == key.text) {
            Some(index) if values[index].is_none() => {
                values[index] = Some(entry.value.text.clone());
            }
            Some(_) => return Err(broken(key.span, format!("`{}` stands twice", key.text))),
            None => {
                let message = format!("`{}` means nothing in `{}`", key.text, block.word.text);
                return Err(broken(key.span, message));
            }
        }
    }
    Ok(values.map(Option::unwrap_or_default))
}

fn broken(span: Span, message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(with_help(Diagnostic::new(Code::LockSyntax, span, message)))
}

fn with_help(diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.help("restore the file, or remove it and run `beskid fetch`")
}

/// Writes a lock.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    // Behind a link the file is replaced, not the link.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::Builder::new()
        .prefix(".beskid-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.persist(&place).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Lock {
        let commit = "0123456789abcdef0123456789abcdef01234567".to_owned();
        let url = "https://example.org/json.git".to_owned();
        let pin = |rev: &str| Pin {
            url: url.clone(),
            rev: rev.to_owned(),
            commit: commit.clone(),
            content: "ab".repeat(32),
        };
        let git = Place::Git { url: url.clone(), commit: commit.clone(), path: "a/b".to_owned() };
        let package = |name: &str, place, uses| Package { name: name.to_owned(), place, uses };
        Lock {
            pins: vec![pin(""), pin("v1")],
            packages: vec![
                package(
                    "App \"x\\\"",
                    Place::Path(".".to_owned()),
                    vec![("Json".to_owned(), "Json 2".to_owned())],
                ),
                package("Json 2", git, vec![]),
            ],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let lock = example();
        let text = lock.render();
        assert_eq!(parse(&text, 0).unwrap(), lock, "{text}");
        assert_eq!(parse(&text.replace('\n', "\r\n"), 0).unwrap(), lock);
    }

    #[test]
    fn a_lock_that_was_cut_off_is_broken_wherever_that_is() {
        let text = example().render();
        let whole = text.trim_end().len();
        for length in 0..whole {
            let error = parse(&text[..length], 0).unwrap_err();
            assert_eq!(error.code, Code::LockSyntax, "{length}");
            assert!(error.span().hi as usize <= length, "{length}");
        }
        assert!(parse(&text[..whole], 0).is_ok());
    }

    #[test]
    fn what_was_tampered_with_is_broken() {
        let text = example().render();
        for (from, to) in [
            ("https://example.org", "--upload-pack=x"),
            ("rev = \"v1\"", "rev = \"-v1\""),
            ("rev = \"v1\"", "rev = \"v1\" rev = \"v2\""),
            ("rev = \"v1\" ", ""),
            ("commit = \"0", "commit = \"x"),
            ("content = \"ab", "content = \"AB"),
            ("version = 1", "version = 2"),
            ("package \"Json 2\"", "package"),
            ("uses \"App", "uses \"Ap"),
            ("uses ", "package "),
            ("path = ", "paht = "),
            ("package ", "<<<<<<< package "),
        ] {
            let wrong = text.replacen(from, to, 1);
            assert_ne!(wrong, text, "{from}");
            assert_eq!(parse(&wrong, 0).unwrap_err().code, Code::LockSyntax, "{wrong}");
        }
    }
}
