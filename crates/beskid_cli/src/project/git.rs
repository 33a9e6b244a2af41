//! What is asked of the user's own `git`: which commit a revision is, and the files of a commit.
//!
//! ```text
//! resolve   git ls-remote URL                       tags before branches
//! fetch     git init, git fetch --depth=1 URL COMMIT  into a folder that is thrown away
//!           git ls-tree COMMIT                        what there is
//!           git cat-file --batch                      bytes as they were committed
//! ```
//!
//! Files are written here and not by `git checkout`, so no filter, no line ending, no attribute and no setting
//! of the user changes a byte, and no link is ever made. Only sources and manifests are: nothing else of a
//! repository can be of any use to a program. Submodules are not followed.
//!
//! *Invariants.* No text of a manifest or repository is an option of `git`. No hook runs, here or on the way;
//! helpers that the user has set up for transport and credentials do. Nothing outside of the folder that is
//! given is written.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::dependency::is_commit;
use super::{LOCK, MANIFEST, WORKSPACE};
use crate::source::EXTENSION;
use crate::streams::plain;

/// Most bytes that the sources of a repository may have, and most files.
const MAX_BYTES: u64 = 256 << 20;
const MAX_FILES: usize = 100_000;
/// Lines of what `git` says that are shown.
const MAX_LINES: usize = 6;
/// Variables that would have `git` work on another repository.
const REDIRECTIONS: [&str; 12] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_TEMPLATE_DIR",
];

/// Why something could not be fetched.
#[derive(Debug)]
pub(super) enum Failure {
    /// `git` is not there.
    NoGit(io::Error),
    /// `git` refused, with what it said.
    Git { what: String, said: Vec<String> },
    /// The repository has no such revision, but one that is near.
    NoRevision { near: Option<String>, is_short_commit: bool },
    /// The repository has something that is not taken.
    Unsafe(String),
    /// A folder of this machine cannot be written.
    System(String),
}

/// The commit that a revision is in a repository now.
pub(super) fn resolve(url: &str, rev: &str) -> Result<String, Failure> {
    if is_commit(rev) {
        return Ok(rev.to_owned());
    }
    let output = run(git().args(["ls-remote", "--quiet", "--", url]), "list its revisions")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let refs: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('\t')).collect();
    let wanted = match rev {
        "" => vec!["HEAD".to_owned()],
        // The commit of a tag with a message stands behind it.
        rev => vec![
            format!("refs/tags/{rev}^{{}}"),
            format!("refs/tags/{rev}"),
            format!("refs/heads/{rev}"),
        ],
    };
    let found = wanted.iter().find_map(|name| refs.iter().find(|(_, other)| other == name));
    match found {
        Some((commit, _)) if is_commit(commit) => Ok((*commit).to_owned()),
        _ => {
            let names = refs.iter().filter_map(|(_, name)| {
                let name = name.strip_prefix("refs/tags/").or(name.strip_prefix("refs/heads/"))?;
                (!name.ends_with("^{}")).then_some(name)
            });
            let near = beskid_analysis::diagnostics::suggest::nearest(rev, names);
            let is_short_commit =
                (4..64).contains(&rev.len()) && rev.bytes().all(|byte| byte.is_ascii_hexdigit());
            Err(Failure::NoRevision { near: near.map(str::to_owned), is_short_commit })
        }
    }
}

/// Writes the sources and manifests of a commit to `files`, a new folder; `scratch` is one to work in.
pub(super) fn fetch(url: &str, commit: &str, scratch: &Path, files: &Path) -> Result<(), Failure> {
    let repository = scratch.join("repository");
    let format = if commit.len() == 64 { "sha256" } else { "sha1" };
    let format = format!("--object-format={format}");
    run(
        git().args(["init", "--quiet", "--bare", "--template=", &format]).arg(&repository),
        "make a repository",
    )?;
    let here = || {
        let mut git = git();
        git.arg("--git-dir").arg(&repository);
        git
    };
    let fetch = |depth: &[&str], what: &[&str]| {
        let mut git = here();
        git.args(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"]);
        run(git.args(depth).args(["--", url]).args(what), "fetch it")
    };
    // Some servers give what is named alone; then all that they name is taken, and the commit is among it.
    if fetch(&["--depth=1"], &[commit]).is_err() {
        fetch(&[], &["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"])?;
        let object = format!("{commit}^{{commit}}");
        let there = here().args(["cat-file", "-e", &object]).output().map_err(Failure::NoGit)?;
        if !there.status.success() {
            return Err(Failure::NoRevision { near: None, is_short_commit: false });
        }
    }
    let listed =
        run(here().args(["ls-tree", "-r", "-l", "-z", "--full-tree", commit]), "list its files")?;
    let entries = chosen(&listed.stdout)?;
    fs::create_dir(files).map_err(|error| system(files, &error))?;
    write_files(here(), &entries, files)
}

/// A file of a commit.
#[derive(Debug)]
struct Entry {
    object: String,
    size: u64,
    path: PathBuf,
}

/// The sources and manifests of what `ls-tree -r -l -z` lists.
fn chosen(listing: &[u8]) -> Result<Vec<Entry>, Failure> {
    use std::os::unix::ffi::OsStrExt;
    let mut entries = Vec::new();
    let mut bytes = 0_u64;
    for line in listing.split(|&byte| byte == 0).filter(|line| !line.is_empty()) {
        let tab = line.iter().position(|&byte| byte == b'\t').unwrap_or(line.len());
        let head = String::from_utf8_lossy(&line[..tab]);
        let path = Path::new(OsStr::from_bytes(line.get(tab + 1..).unwrap_or_default()));
        let name = path.file_name().unwrap_or_default();
        let is_wanted = path.extension().is_some_and(|ending| ending == EXTENSION)
            || [MANIFEST, WORKSPACE, LOCK].iter().any(|known| name == *known);
        if !is_wanted {
            continue;
        }
        let shown = path.display();
        let mut words = head.split_ascii_whitespace();
        let (mode, _, object, size) = (words.next(), words.next(), words.next(), words.next());
        if mode == Some("120000") {
            return Err(Failure::Unsafe(format!("`{shown}` is a link, where a file must be")));
        }
        let inside = path.components().all(|part| match part {
            Component::Normal(part) => !part.eq_ignore_ascii_case(".git"),
            _ => false,
        });
        if !inside {
            return Err(Failure::Unsafe(format!("`{shown}` lies outside of it")));
        }
        let (Some(object), Some(Ok(size))) = (object, size.map(str::parse::<u64>)) else {
            return Err(Failure::Unsafe(format!("`{shown}` is no file")));
        };
        bytes = bytes.saturating_add(size);
        entries.push(Entry { object: object.to_owned(), size, path: path.to_owned() });
        if bytes > MAX_BYTES || entries.len() > MAX_FILES {
            let most = MAX_BYTES >> 20;
            return Err(Failure::Unsafe(format!(
                "it has more than {most} MiB of sources, or more than {MAX_FILES} files"
            )));
        }
    }
    Ok(entries)
}

/// Writes files as they were committed.
fn write_files(mut git: Command, entries: &[Entry], files: &Path) -> Result<(), Failure> {
    let refused = |said: &str| Failure::Git {
        what: "read its files".to_owned(),
        said: vec![said.to_owned()],
    };
    let mut child = git
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(Failure::NoGit)?;
    let mut wanted = child.stdin.take().ok_or_else(|| refused("no input"))?;
    let mut given = BufReader::new(child.stdout.take().ok_or_else(|| refused("no output"))?);
    let mut one = |entry: &Entry| -> Result<(), Failure> {
        let broken = |error: io::Error| refused(&plain(&error));
        writeln!(wanted, "{}", entry.object).map_err(broken)?;
        let mut head = String::new();
        given.read_line(&mut head).map_err(broken)?;
        let expected = format!("{} blob {}", entry.object, entry.size);
        if head.trim_end() != expected {
            return Err(refused(head.trim_end()));
        }
        let mut bytes = vec![0; entry.size as usize + 1];
        given.read_exact(&mut bytes).map_err(broken)?;
        bytes.pop();
        let path = files.join(&entry.path);
        let folder = path.parent().unwrap_or(files);
        fs::create_dir_all(folder).map_err(|error| system(folder, &error))?;
        let written = fs::File::create_new(&path).and_then(|mut file| file.write_all(&bytes));
        written.map_err(|error| system(&path, &error))
    };
    let result = entries.iter().try_for_each(&mut one);
    drop(wanted);
    let _ = child.kill();
    let _ = child.wait();
    result
}

fn system(path: &Path, error: &io::Error) -> Failure {
    Failure::System(format!("cannot write `{}`: {}", path.display(), plain(error)))
}

/// The user's own `git`, which works on nothing but what it is told to.
fn git() -> Command {
    let mut git = Command::new("git");
    for name in REDIRECTIONS {
        git.env_remove(name);
    }
    git.env("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh");
    git.env("LC_ALL", "C");
    // Nobody is asked: a question would hang where nobody is, and is overwritten where somebody is.
    git.env("GIT_TERMINAL_PROMPT", "0");
    if env::var_os("GIT_SSH_COMMAND").is_none() {
        git.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
    }
    for setting in [
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "gc.auto=0",
        "maintenance.auto=false",
        "advice.detachedHead=false",
        "http.lowSpeedLimit=100",
        "http.lowSpeedTime=60",
    ] {
        git.args(["-c", setting]);
    }
    git.stdin(Stdio::null());
    git
}

/// Runs `git` to its end; `what` says what for.
fn run(git: &mut Command, what: &str) -> Result<Output, Failure> {
    let output = git.output().map_err(Failure::NoGit)?;
    if output.status.success() {
        return Ok(output);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let shown = |line: &str| {
        line.chars().filter(|letter| !letter.is_control()).take(300).collect::<String>()
    };
    let said = lines.take(MAX_LINES).map(shown).collect();
    Err(Failure::Git { what: what.to_owned(), said })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn listing(entries: &[(&str, &str, &str)]) -> Vec<u8> {
        let lines = entries.iter().map(|(mode, size, path)| {
            let kind = if *mode == "160000" { "commit" } else { "blob" };
            format!("{mode} {kind} {OBJECT} {size:>7}\t{path}\0")
        });
        lines.collect::<String>().into_bytes()
    }

    #[test]
    fn sources_and_manifests_are_taken() {
        let listed = listing(&[
            ("100644", "12", "Project.proj"),
            ("100755", "7", "Src/Net/Http.bd"),
            ("100644", "7", "README.md"),
            ("120000", "7", "docs/latest"),
            ("160000", "-", "modules/other"),
        ]);
        let entries = chosen(&listed).unwrap();
        let paths: Vec<&Path> = entries.iter().map(|entry| &*entry.path).collect();
        assert_eq!(paths, [Path::new("Project.proj"), Path::new("Src/Net/Http.bd")]);
        assert_eq!((entries[0].size, entries[0].object.as_str()), (12, OBJECT));
    }

    #[test]
    fn what_is_no_file_inside_is_refused() {
        for (mode, size, path) in [
            ("120000", "9", "Src/Main.bd"),
            ("100644", "9", "../Main.bd"),
            ("100644", "9", "/tmp/Main.bd"),
            ("100644", "9", "a/../../Main.bd"),
            ("100644", "9", ".GIT/x.bd"),
            ("160000", "-", "Src.bd"),
            ("100644", "999999999999", "Src/Large.bd"),
        ] {
            let error = chosen(&listing(&[(mode, size, path)])).unwrap_err();
            assert!(matches!(error, Failure::Unsafe(_)), "{path}");
        }
    }
}
