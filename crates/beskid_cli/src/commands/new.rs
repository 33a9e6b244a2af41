//! `beskid new`: a project that builds, runs and tests as it is.
//!
//! The files stand in `templates/`, where `NAME` is the name of the project.
//!
//! *Invariants.* Nothing that is there is changed: a folder must be empty or absent. A new folder appears with
//! all of its files or not at all. Nothing runs, and no other program is started.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use beskid_analysis::diagnostics::Code;

use crate::arguments::New;
use crate::compile::Cx;
use crate::exit::Exit;
use crate::folder::shown;
use crate::project::{self, Start, WORKSPACE};
use crate::report::unplaced;
use crate::streams::plain;

/// A path, and what the file has.
type Template = (&'static str, &'static str);

macro_rules! template {
    ($path:literal) => {
        include_str!(concat!("../../templates/", $path))
    };
}

const APP: [Template; 4] = [
    (".gitignore", template!("ignored")),
    ("Project.proj", template!("app/Project.proj")),
    ("Src/Greeting.bd", template!("lib/Src/Greeting.bd")),
    ("Src/Main.bd", template!("app/Src/Main.bd")),
];
const LIB: [Template; 3] = [
    (".gitignore", template!("ignored")),
    ("Project.proj", template!("lib/Project.proj")),
    ("Src/Greeting.bd", template!("lib/Src/Greeting.bd")),
];
const SHARED: [Template; 7] = [
    ("Workspace.proj", template!("workspace/Workspace.proj")),
    ("app/.gitignore", template!("ignored")),
    ("app/Project.proj", template!("workspace/app/Project.proj")),
    ("app/Src/Main.bd", template!("workspace/app/Src/Main.bd")),
    ("lib/.gitignore", template!("ignored")),
    ("lib/Project.proj", template!("workspace/lib/Project.proj")),
    ("lib/Src/Greeting.bd", template!("lib/Src/Greeting.bd")),
];
/// Most letters of a name.
const MAX_NAME: usize = 64;

pub(crate) fn run(cx: Cx, arguments: &New) -> Result<Exit, Exit> {
    let path = &arguments.path;
    let name = name(cx, path)?;
    let (templates, what): (&[Template], &str) = match (arguments.workspace, arguments.lib) {
        (true, _) => (&SHARED, "workspace"),
        (_, true) => (&LIB, "library"),
        _ => (&APP, "application"),
    };
    let files: Vec<(&str, String)> = templates
        .iter()
        .map(|&(file, text)| {
            let is_manifest = Path::new(file).extension().is_some_and(|ending| ending == "proj");
            (file, if is_manifest { text.replace("NAME", &name) } else { text.to_owned() })
        })
        .collect();
    let is_there = match fs::symlink_metadata(path) {
        Ok(_) => {
            check_empty(cx, path)?;
            true
        }
        Err(_) => false,
    };
    // It says which workspace is around, before there is one more.
    let around = project::around();
    let written = if is_there { fill(path, &files) } else { make(path, &files) };
    written.map_err(|error| {
        cx.report.failure(&format!("cannot make `{}`: {}", path.display(), plain(&error)));
        Exit::Errors
    })?;
    cx.report.note(&format!("made the {what} `{name}`; `beskid test` in its folder tests it"));
    if let Some(Start::Workspace(file)) = around {
        let folder = shown(path);
        let member = format!("`member \"{name}\" {{ path = \"{folder}\" }}`");
        cx.report.note(&format!("{member} in `{}` makes it a member", shown(&file)));
    }
    Ok(Exit::Done)
}

/// The name of the project in a folder, if it can have it.
fn name(cx: Cx, path: &Path) -> Result<String, Exit> {
    let full = match path.file_name() {
        Some(_) => path.to_owned(),
        // `.` and its like.
        None => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
    };
    let name = full.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if is_name(&name) {
        return Ok(name);
    }
    let message = format!("`{}` cannot be the name of a project", name.escape_debug());
    cx.report.error(
        unplaced(Code::ProjectName, message)
            .note("a name begins with a letter, and has letters, digits, `-` and `_`")
            .help(format!("did you mean `{}`?", suggestion(&name))),
    );
    Err(Exit::Errors)
}

fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A name that is like another one, and can be had.
fn suggestion(name: &str) -> String {
    let parts = name.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let joined = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let begun = match joined.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => joined,
        Some(_) => format!("app-{}", joined.trim_start_matches('_')),
        None => "app".to_owned(),
    };
    let cut: String = begun.chars().take(MAX_NAME).collect();
    cut.trim_end_matches(['-', '_']).to_owned()
}

/// E3031 for what is no empty folder.
fn check_empty(cx: Cx, path: &Path) -> Result<(), Exit> {
    let shown = path.display();
    let message = match fs::read_dir(path).map(|entries| entries.count()) {
        Ok(0) => return Ok(()),
        Ok(_) => format!("`{shown}` is there, and not empty"),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            format!("`{shown}` is there, and no folder")
        }
        Err(error) => format!("`{shown}` cannot be read: {}", plain(&error)),
    };
    let diagnostic = unplaced(Code::FolderInUse, message);
    let has_manifest = [project::MANIFEST, WORKSPACE].iter().any(|name| path.join(name).exists());
    cx.report.error(match has_manifest {
        true => diagnostic.note("there is a project in it"),
        false => diagnostic.help("name a folder that is empty or not there"),
    });
    Err(Exit::Errors)
}

/// Makes a folder with files.
fn make(path: &Path, files: &[(&str, String)]) -> io::Result<()> {
    let around = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(around)?;
    let scratch = tempfile::Builder::new()
        .prefix(".beskid-")
        .permissions(Permissions::from_mode(0o777))
        .tempdir_in(around)?;
    fill(scratch.path(), files)?;
    fs::rename(scratch.path(), path)?;
    // It has another name now.
    let _ = scratch.keep();
    Ok(())
}

/// Writes files into an empty folder; if one cannot be written, none is left.
fn fill(folder: &Path, files: &[(&str, String)]) -> io::Result<()> {
    let mut made: Vec<PathBuf> = Vec::new();
    let mut one = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        let mut file = File::create_new(&path)?;
        made.push(path);
        file.write_all(text.as_bytes())
    };
    let result = files.iter().try_for_each(|(name, text)| one(name, text));
    if result.is_err() {
        for path in made {
            let _ = fs::remove_file(path);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cannot_be_had_come_with_others_that_can() {
        for (name, near) in [
            ("my app", "my-app"),
            ("123", "app-123"),
            ("", "app"),
            ("-x", "x"),
            ("_x", "app-x"),
            ("über", "ber"),
            ("a/../b", "a-b"),
            ("a.b.", "a-b"),
            ("…", "app"),
            ("a\nb", "a-b"),
        ] {
            assert!(!is_name(name), "{name}");
            assert_eq!(suggestion(name), near);
            assert!(is_name(near));
        }
        assert!(is_name(&suggestion(&"x-".repeat(200))));
        for name in ["demo", "My_App", "a1-b"] {
            assert!(is_name(name), "{name}");
        }
    }
}
