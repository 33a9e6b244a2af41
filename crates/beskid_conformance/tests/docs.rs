//! The code blocks of the documentation, each a trial: `docs/guide/errors.md:12`.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use beskid_conformance::binary::Beskid;
use beskid_conformance::bless::Policy;
use beskid_conformance::corpus::repository_root;
use beskid_conformance::document::snippets;
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
    documents.sort();
    documents
}

fn bless(root: &Path, document: &str) -> Result<(), String> {
    let path = root.join(document);
    let text = read(&path)?;
    let blessed = blessed(&Beskid::locate(root)?, &text)?;
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
        match read(&root.join(&document)).and_then(|text| snippets(&text)) {
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
