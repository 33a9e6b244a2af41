//! The examples do the same under both drivers, at both levels.

mod workshop;

use std::fs;
use std::path::{Path, PathBuf};

use workshop::{Workshop, finish};

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "bd"));
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn both_drivers_agree_on_the_examples() {
    let workshop = Workshop::new();
    for path in examples() {
        let path = path.to_str().unwrap();
        let mut first: Option<(i32, String, String)> = None;
        for level in [&[][..], &["--release"]] {
            let jit = finish(workshop.beskid().arg("run").args(level).arg(path));
            let built =
                finish(workshop.beskid().args(["build", "-o", "out"]).args(level).arg(path));
            assert_eq!(built.status, 0, "{path}: {built:?}");
            let aot = finish(&mut workshop.command("./out"));
            for ran in [jit, aot] {
                let ran = (ran.status, ran.stdout, ran.stderr);
                assert_eq!(&ran, first.get_or_insert_with(|| ran.clone()), "{path} {level:?}");
            }
        }
        let (status, stdout, _) = first.unwrap();
        assert_eq!(status, 0, "{path}");
        assert!(!stdout.is_empty(), "{path}");
    }
}
