//! The runtime ABI changes only together with its number.
//!
//! The golden is `tests/abi/abi.manifest`. Blessing writes it anew if the number was raised (or the
//! golden is missing) and refuses otherwise: programs built with the old manifest would still link.

use std::fs;

use beskid_abi::manifest;
use beskid_conformance::bless::{Policy, diff};
use beskid_conformance::corpus::repository_root;

const GOLDEN: &str = "tests/abi/abi.manifest";

#[test]
fn manifest_changes_only_with_its_number() {
    let path = repository_root().join(GOLDEN);
    let golden = fs::read_to_string(&path).ok();
    let actual = manifest::render();
    if golden.as_ref() == Some(&actual) {
        return;
    }
    let difference = diff(golden.as_deref().unwrap_or_default(), &actual, (GOLDEN, "now"));
    let same_number =
        golden.as_ref().is_some_and(|golden| golden.lines().next() == actual.lines().next());
    assert!(!same_number, "the ABI changed: raise ABI_VERSION, then bless\n{difference}");
    assert!(
        Policy::from_environment() == Policy::Bless,
        "the ABI changed\n{difference}\nto accept: cargo xtask bless manifest"
    );
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, actual).unwrap();
}
