//! The code blocks of the documentation, each a trial: `docs/guide/errors.md:12`; those in the
//! documentation of the core library as well: `corelib/Core/String.bd:40`.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use beskid_conformance::binary::Beskid;
use beskid_conformance::bless::Policy;
use beskid_conformance::corpus::repository_root;
use beskid_conformance::document::{documentation, snippets};
use beskid_conformance::snippet::{blessed, read, verify};
use libtest_mimic::{Arguments, Failed, Trial};

/// Documents beside those in [`FOLDERS`].
const FILES: &[&str] = &["README.md"];
const FOLDERS: &[&str] = &["docs/guide", "docs/spec"];

fn documents(root: &Path) -> Vec<String> {
    let mut documents: Vec<String> = FILES.iter().map(|&file| file.to_owned()).collect();
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        documents.extend(
            names.filter(|name| name.ends_with(".md")).map(|name| format!("{folder}/{name}")),
        );
    }
    sources(root, "corelib", &mut documents);
    documents.sort();
    documents
}

/// The sources in a folder of the repository and those in it.
fn sources(root: &Path, folder: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return };
    for entry in entries.flatten() {
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            sources(root, &path, found);
        } else if path.ends_with(".bd") {
            found.push(path);
        }
    }
}

/// What is Markdown in a document: of a source, its documentation comments.
fn markdown(document: &str, text: String) -> String {
    if document.ends_with(".bd") { documentation(&text) } else { text }
}

fn bless(root: &Path, document: &str) -> Result<(), String> {
    let path = root.join(document);
    let text = read(&path)?;
    let blessed = blessed(&Beskid::locate(root)?, &text, &markdown(document, text.clone()))?;
    if blessed == text {
        return Ok(());
    }
    fs::write(&path, blessed).map_err(|error| format!("{document}: {error}"))
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = repository_root();
    let bless_all = Policy::from_environment() == Policy::Bless;
    let mut trials = Vec::new();
    for document in documents(&root) {
        if bless_all {
            let (root, name) = (root.clone(), format!("{document} is blessed"));
            trials.push(Trial::test(name, move || Ok(bless(&root, &document)?)));
            continue;
        }
        let text = read(&root.join(&document)).map(|text| markdown(&document, text));
        match text.and_then(|text| snippets(&text)) {
            Err(error) => {
                let name = format!("{document} is well-formed");
                trials.push(Trial::test(name, move || Err(Failed::from(error))));
            }
            Ok(snippets) => {
                for snippet in snippets {
                    let (root, name) = (root.clone(), format!("{document}:{}", snippet.line));
                    trials.push(Trial::test(name, move || {
                        Ok(verify(&Beskid::locate(&root)?, &snippet)?)
                    }));
                }
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
