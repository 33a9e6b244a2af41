//! Coverage as a tracefile of lcov, which `genhtml`, editors and servers read.
//!
//! ```text
//! TN:                      a test without a name: all of them
//! SF:/path/of/Main.bd      a file
//! FN:3,Net.Connect         a function and its line
//! FNDA:2,Net.Connect       how often it was called
//! FNF:1  FNH:1             functions, and those that were called
//! DA:4,2                   a line and how often it ran
//! LF:1   LH:1              lines, and those that ran
//! end_of_record
//! ```
//!
//! *Invariants.* Paths are absolute, so the file can be read from anywhere. A file without lines of code has no
//! record.

use std::fmt::Write as _;

use super::lines::{Lines, Share};

/// The tracefile.
pub(in super::super) fn render(lines: &Lines) -> String {
    let mut text = String::new();
    for (path, file) in lines.files.iter().filter(|(_, file)| !file.lines.is_empty()) {
        let _ = writeln!(text, "TN:\nSF:{path}");
        for (line, name) in file.functions.keys() {
            let _ = writeln!(text, "FN:{line},{name}");
        }
        for ((_, name), count) in &file.functions {
            let _ = writeln!(text, "FNDA:{count},{name}");
        }
        let called = file.functions.values().filter(|&&count| count > 0).count();
        let _ = writeln!(text, "FNF:{}\nFNH:{called}", file.functions.len());
        for (line, count) in &file.lines {
            let _ = writeln!(text, "DA:{line},{count}");
        }
        let Share { covered, all } = file.share();
        let _ = writeln!(text, "LF:{all}\nLH:{covered}\nend_of_record");
    }
    text
}
