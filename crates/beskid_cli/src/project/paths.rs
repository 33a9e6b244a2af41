//! Paths to projects: short for people, and one for each folder.
//!
//! *Invariants.* A path is shortened only where that leads to the same place: behind a link it may not.

use std::path::{Component, Path, PathBuf};

/// The folder that a file lies in.
pub(crate) fn folder_of(manifest: &Path) -> PathBuf {
    match manifest.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// What is the same for all paths to a folder.
pub(super) fn identity(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

/// The path to a folder without `name/..` in it, if it leads there so.
pub(super) fn plain(folder: PathBuf, there: &Path) -> PathBuf {
    let short = lexical(&folder);
    if identity(&short) == there { short } else { folder }
}

/// A path without `.` and `name/..`, as text says it.
pub(super) fn lexical(path: &Path) -> PathBuf {
    let mut short = PathBuf::new();
    for part in path.components() {
        match (part, short.components().next_back()) {
            (Component::ParentDir, Some(Component::Normal(_))) => {
                short.pop();
            }
            (Component::CurDir, _) => {}
            (part, _) => short.push(part),
        }
    }
    if short.as_os_str().is_empty() {
        short.push(".");
    }
    short
}

/// Whether a path leads to something below the folder that it begins in, or to that folder.
pub(super) fn is_inside(path: &Path) -> bool {
    lexical(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shortened() {
        for (long, short) in
            [("a/../b", "b"), ("./a/.", "a"), ("a/..", "."), ("../a/../../b", "../../b"), ("", ".")]
        {
            assert_eq!(lexical(Path::new(long)), Path::new(short), "{long}");
        }
    }

    #[test]
    fn what_leads_out_is_known() {
        for inside in ["", "a", "a/../b", "./a/b/.."] {
            assert!(is_inside(Path::new(inside)), "{inside}");
        }
        for outside in ["..", "a/../..", "/a", "../a"] {
            assert!(!is_inside(Path::new(outside)), "{outside}");
        }
    }
}
