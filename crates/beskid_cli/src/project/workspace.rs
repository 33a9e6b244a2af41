//! What a `Workspace.proj` says: its members, projects that share a lock (tools.md §2.4).
//!
//! *Invariants.* Everything that is wrong is reported, with its place in the file. Members lie inside of the
//! workspace, and their labels differ.

use beskid_analysis::diagnostics::{Code, Diagnostic};
use beskid_analysis::source::Span;

use super::blocks::{is_new, keys, path, required, with_nearest};
use super::manifest::{Block, Word};

const BLOCKS: [&str; 2] = ["workspace", "member"];

/// A `member` block.
#[derive(Debug)]
pub(super) struct Member {
    /// What `--member` calls it.
    pub(super) label: Word,
    /// The folder of its project, from that of the workspace.
    pub(super) path: Word,
}

/// The members, whose file begins at `start`; nothing if there is something wrong with them.
pub(super) fn read(
    blocks: &[Block],
    start: Span,
    found: &mut Vec<Diagnostic>,
) -> Option<Vec<Member>> {
    let before = found.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let mut own: Option<&Block> = None;
    let mut members: Vec<Member> = Vec::new();
    let mut any_member = false;
    for block in blocks {
        let word = &block.word;
        match (word.text.as_str(), own) {
            ("workspace", None) => own = Some(block),
            ("workspace", Some(first)) => found.push(
                Diagnostic::new(
                    Code::ManifestBlock,
                    word.span,
                    "there is one `workspace` in a file",
                )
                .label("declared again here")
                .also(first.word.span, "first declared here"),
            ),
            ("member", _) => {
                any_member = true;
                if let Some(member) = read_member(block, found)
                    && is_new(&member.label, members.iter().map(|m| &m.label), "members", found)
                {
                    members.push(member);
                }
            }
            (other, _) => {
                let message = format!("`{other}` is no block of a workspace");
                let diagnostic = Diagnostic::new(Code::ManifestBlock, word.span, message);
                let all = "the blocks are `workspace` and `member`";
                found.push(with_nearest(diagnostic, word, &BLOCKS, all));
            }
        }
    }
    let Some(block) = own else {
        found.push(
            Diagnostic::new(Code::ManifestBlock, start, "the file has no `workspace`")
                .help("begin with `workspace { name = \"MyWorkspace\" }`"),
        );
        return None;
    };
    let keys = keys(block, &["name"], found);
    required(block, keys[0], "name", "\"MyWorkspace\"", found);
    if !any_member {
        found.push(
            Diagnostic::new(Code::ManifestBlock, block.word.span, "the workspace has no `member`")
                .help("add one: `member \"app\" { path = \"app\" }`"),
        );
    }
    let errors = found.iter().filter(|diagnostic| diagnostic.is_error()).count();
    (errors == before).then_some(members)
}

fn read_member(block: &Block, found: &mut Vec<Diagnostic>) -> Option<Member> {
    let keys = keys(block, &["path"], found);
    let Some(label) = &block.label else {
        let message = "a member has a label, by which `--member` calls it";
        found.push(
            Diagnostic::new(Code::ManifestBlock, block.word.span, message)
                .help("write it behind the word: `member \"app\" { … }`"),
        );
        return None;
    };
    if label.text.is_empty() || label.text.chars().any(char::is_control) {
        let message = "the label of a member is a name";
        found.push(Diagnostic::new(Code::ManifestValue, label.span, message));
        return None;
    }
    let value = required(block, keys[0], "path", &format!("\"{}\"", label.text), found)?;
    let path = path(&value, "a member lies inside of the workspace", found)?;
    Some(Member { label: label.clone(), path })
}
