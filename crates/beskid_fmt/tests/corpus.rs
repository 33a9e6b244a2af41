//! Every program of the repository: formatting keeps its tree and comments, and formatting again changes
//! nothing. What has syntax errors is refused.

mod claims;

use claims::corpus::programs_below;
use claims::{Claimed, claim, on_large_stack};

/// The repository's folders with programs, and how many at least are formatted in each.
const FOLDERS: &[(&str, usize)] =
    &[("benches", 5), ("corelib", 50), ("examples", 20), ("tests", 500), ("docs", 100)];

#[test]
fn every_program_keeps_its_meaning() {
    on_large_stack(|| {
        for &(folder, least) in FOLDERS {
            let mut count = 0;
            for (path, text) in programs_below(folder) {
                match claim(&text) {
                    Ok(Claimed::Formatted) => count += 1,
                    Ok(Claimed::Refused) => {}
                    Err(wrong) => panic!("{}: {wrong}", path.display()),
                }
            }
            assert!(count >= least, "{folder}: {count} programs were formatted");
        }
    });
}
