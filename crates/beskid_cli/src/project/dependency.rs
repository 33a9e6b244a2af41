//! `dependency` blocks: under which label a package is used, and where it comes from (tools.md §2.2).
//!
//! *Invariants.* What is returned can be handed to the system and to `git`: no name in it is an option, leads
//! out of a repository, or asks for another way to fetch than those that are listed here.

use beskid_analysis::diagnostics::{Code, Diagnostic};
use beskid_analysis::is_module_name;
use beskid_analysis::source::Span;

use super::blocks::{keys, path, required, with_nearest};
use super::manifest::{Block, Word};

/// The ways to fetch a repository.
const SCHEMES: [&str; 5] = ["https://", "http://", "ssh://", "git://", "file://"];
/// Most bytes of an address or a name of a revision.
const MAX_NAME: usize = 1024;

/// A `dependency` block.
#[derive(Debug)]
pub(super) struct Dependency {
    /// What its modules lie under.
    pub(super) label: Word,
    pub(super) source: Source,
}

/// Where a package comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// The folder of a project, from that of the manifest.
    Path(Word),
    Git(Git),
}

/// A project in a repository.
#[derive(Debug)]
pub(super) struct Git {
    pub(super) url: Word,
    /// A tag, branch or commit; the repository's own branch without it.
    pub(super) rev: Option<Word>,
    /// The folder of the project in the repository; its top without it.
    pub(super) path: Option<Word>,
}

impl Git {
    /// What is asked for, as it stands in locks.
    pub(super) fn revision(&self) -> &str {
        self.rev.as_ref().map_or("", |rev| &rev.text)
    }
}

impl Dependency {
    /// The place of what leads to the package.
    pub(super) fn place(&self) -> Span {
        match &self.source {
            Source::Path(path) => path.span,
            Source::Git(git) => git.url.span,
        }
    }
}

/// What a `dependency` block says; nothing if that is not enough.
pub(super) fn read(block: &Block, found: &mut Vec<Diagnostic>) -> Option<Dependency> {
    const SOURCES: [&str; 3] = ["path", "git", "registry"];
    let keys = keys(block, &["source", "path", "url", "rev", "name", "version"], found);
    let Some(label) = &block.label else {
        let message = "a dependency has a label, under which its modules lie";
        found.push(
            Diagnostic::new(Code::ManifestBlock, block.word.span, message)
                .help("write it behind the word: `dependency \"Json\" { … }`"),
        );
        return None;
    };
    if !is_module_name(&label.text) {
        let message = format!("`{}` cannot begin a path", label.text);
        found.push(
            Diagnostic::new(Code::ManifestValue, label.span, message)
                .label("the label of a dependency is a name, as that of a module"),
        );
        return None;
    }
    // A path or an address alone says what it is.
    let source = match (keys[0], keys[1], keys[2]) {
        (None, _, Some(_)) => "git",
        (None, Some(_), None) => "path",
        _ => &required(block, keys[0], "source", "path", found)?.text,
    };
    let place = keys[0].map_or(block.word.span, |source| source.value.span);
    let (source, known) = match source {
        "path" => {
            let path = required(block, keys[1], "path", &format!("\"../{}\"", label.text), found)?;
            if path.text.is_empty() || path.text.contains('\0') {
                let message = "the path of a dependency is the folder of a project";
                found.push(Diagnostic::new(Code::ManifestValue, path.span, message));
                return None;
            }
            (Source::Path(path), &[1][..])
        }
        "git" => {
            let url = required(block, keys[2], "url", "\"https://example.org/json.git\"", found)?;
            let rev = keys[3].map(|rev| rev.value.clone());
            let path = match keys[1] {
                Some(entry) => {
                    Some(path(&entry.value, "the project lies inside of the repository", found)?)
                }
                None => None,
            };
            let wrong = [
                Some((&url, url_fault(&url.text))),
                rev.as_ref().map(|rev| (rev, rev_fault(&rev.text))),
            ];
            let before = found.len();
            for (word, fault) in wrong.into_iter().flatten() {
                found.extend(fault.map(|fault| fault.at(word.span)));
            }
            if found.len() > before {
                return None;
            }
            (Source::Git(Git { url, rev, path }), &[1, 2, 3][..])
        }
        "registry" => {
            let message = "there is no registry of packages yet";
            found.push(Diagnostic::new(Code::NotSupported, place, message).help(
                "depend on a folder, with `source = path`, or on a repository, with `source = git`",
            ));
            return None;
        }
        other => {
            let message = format!("`{other}` is no source of packages");
            let diagnostic = Diagnostic::new(Code::ManifestValue, place, message);
            let word = Word { text: other.to_owned(), span: place };
            let all = "the sources are `path`, `git` and `registry`";
            found.push(with_nearest(diagnostic, &word, &SOURCES, all));
            return None;
        }
    };
    for (index, entry) in keys.iter().enumerate().skip(1) {
        if let Some(entry) = entry
            && !known.contains(&index)
        {
            let of = if known.len() == 1 { "a path" } else { "a repository" };
            let message = format!("`{}` means nothing for a dependency on {of}", entry.key.text);
            found.push(Diagnostic::new(Code::UnknownManifestKey, entry.key.span, message));
        }
    }
    Some(Dependency { label: label.clone(), source })
}

/// Why a value is refused.
pub(super) struct Fault {
    message: String,
    help: &'static str,
}

impl Fault {
    fn new(message: impl Into<String>, help: &'static str) -> Self {
        Self { message: message.into(), help }
    }

    /// E3003 at the value.
    fn at(self, span: Span) -> Diagnostic {
        Diagnostic::new(Code::ManifestValue, span, self.message).help(self.help)
    }
}

/// Why no repository has this address.
pub(super) fn url_fault(url: &str) -> Option<Fault> {
    const HELP: &str =
        "write `https://…`, `ssh://…`, `git://…`, `file://…`, `user@host:path` or an absolute path";
    let is_plain = !url.contains(|letter: char| letter.is_control() || letter == ' ');
    if url.is_empty() || url.len() > MAX_NAME || !is_plain || url.starts_with('-') {
        return Some(Fault::new("this is no address of a repository", HELP));
    }
    if url.starts_with('/') {
        return None;
    }
    if let Some(scheme) = SCHEMES.iter().find(|scheme| url.starts_with(**scheme)) {
        // A host that begins with `-` would be an option of what connects to it.
        let host =
            url[scheme.len()..].rsplit_once('@').map_or(&url[scheme.len()..], |(_, host)| host);
        let is_empty = url.len() == scheme.len();
        return (is_empty || host.starts_with('-') || url[scheme.len()..].starts_with('-'))
            .then(|| Fault::new("this is no address of a repository", HELP));
    }
    if url.contains("://") || url.contains("::") {
        let scheme = url.split(':').next().unwrap_or_default();
        return Some(Fault::new(format!("nothing is fetched by `{scheme}`"), HELP));
    }
    // `user@host:path`, as ssh has it.
    let is_word = |text: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_part)
    };
    let is_remote = url.split_once(':').is_some_and(|(host, path)| {
        !path.is_empty()
            && !path.starts_with('-')
            && host.split('@').count() <= 2
            && host.split('@').all(is_word)
    });
    if is_remote {
        return None;
    }
    Some(Fault::new(
        "this is no address of a repository",
        "a folder beside the project is a dependency with `source = path`",
    ))
}

/// Why no tag, branch or commit has this name.
pub(super) fn rev_fault(rev: &str) -> Option<Fault> {
    const HELP: &str = "write the name of a tag or a branch, or all digits of a commit";
    let is_wrong = |letter: char| {
        letter.is_control() || matches!(letter, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\')
    };
    let part_is_wrong =
        |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    let wrong = rev.len() > MAX_NAME
        || rev.starts_with('-')
        || rev.ends_with('.')
        || rev == "@"
        || rev.contains("..")
        || rev.contains("@{")
        || rev.contains(is_wrong)
        || rev.split('/').any(part_is_wrong);
    if wrong {
        return Some(Fault::new("no revision can have this name", HELP));
    }
    None
}

/// Whether a revision is a commit itself.
pub(super) fn is_commit(rev: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    matches!(rev.len(), 40 | 64) && rev.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_git_is_asked_for() {
        for url in [
            "https://example.org/json.git",
            "http://user:word@example.org/a",
            "ssh://git@example.org:22/a/b",
            "git://example.org/a",
            "file:///srv/git/a",
            "git@example.org:a/b.git",
            "example.org:a",
            "/srv/git/a",
        ] {
            assert!(url_fault(url).is_none(), "{url}");
        }
        let long = format!("https://{}", "a".repeat(2000));
        for url in [
            "",
            "-uhttps://example.org",
            "--upload-pack=touch x",
            "ext::sh -c touch% x",
            "ext::sh",
            "fd::17",
            "ftp://example.org/a",
            "../json",
            "json",
            "https://",
            "ssh://-oProxyCommand=x/a",
            "ssh://user@-oProxyCommand=x/a",
            "-oProxyCommand=x:a",
            "host:-a",
            "https://example.org/a\nb",
            "https://example.org/a b",
            &long,
        ] {
            assert!(url_fault(url).is_some(), "{url}");
        }
    }

    #[test]
    fn revisions_are_names() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for rev in ["v1.2", "main", "feature/x", "1.0", commit, "2024", "deadbeef-1"] {
            assert!(rev_fault(rev).is_none(), "{rev}");
        }
        for rev in [
            "",
            "-x",
            "--upload-pack=x",
            "a..b",
            "a b",
            "HEAD~1",
            "v1^{}",
            "a:b",
            "@",
            "a@{1}",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a\nb",
            "a\u{7}",
            "a*",
        ] {
            assert!(rev_fault(rev).is_some(), "{rev}");
        }
        assert!(is_commit(commit));
        assert!(!is_commit("main") && !is_commit(&commit.to_uppercase()));
    }
}
