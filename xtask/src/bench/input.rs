//! Files that programs are measured on: made once, always the same ones, and never committed.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use super::BenchCx;

/// Bytes that are made at once.
const PIECE: usize = 1 << 20;

/// Makes lines from the numbers of a generator.
type Line = fn(&mut Generator, &mut String);

/// Numbers that look random, always the same ones.
struct Generator(u64);

impl Generator {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// The path of an input of that name, which is made if it is not there.
pub(super) fn path(cx: &BenchCx, name: &str) -> Result<PathBuf, String> {
    let (size, line): (usize, Line) = match name {
        "words" => (40_000_000, words),
        "lines" => (200_000_000, words),
        "csv" => (100_000_000, record),
        _ => return Err(format!("`{name}` is no input")),
    };
    let path = cx.folder.join(format!("{name}.input"));
    if !path.exists() {
        let unfinished = path.with_extension("part");
        let written = File::create(&unfinished).and_then(|file| write(&file, size, line));
        written
            .and_then(|()| fs::rename(&unfinished, &path))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(path)
}

/// Writes piece by piece: what the children are told to have used includes what this process did.
fn write(mut file: impl Write, size: usize, line: Line) -> io::Result<()> {
    let mut generator = Generator(42);
    let mut text = String::new();
    let mut written = 0;
    while written < size {
        text.clear();
        while text.len() < PIECE.min(size - written) {
            line(&mut generator, &mut text);
            text.push('\n');
        }
        file.write_all(text.as_bytes())?;
        written += text.len();
    }
    Ok(())
}

/// A dozen words; some come far more often than others.
fn words(generator: &mut Generator, text: &mut String) {
    for index in 0..12 {
        let rank = generator.below(150);
        let word = generator.below(rank * rank + 1);
        let _ = write!(text, "{}w{word:x}", if index == 0 { "" } else { " " });
    }
}

/// Eight fields, some of them quoted.
fn record(generator: &mut Generator, text: &mut String) {
    let (id, price) = (generator.below(1_000_000), generator.below(100_000));
    let _ = write!(text, "{id},customer {},{price},", generator.below(5000));
    match generator.below(4) {
        0 => text.push_str("\"one, two and \"\"three\"\"\""),
        _ => text.push_str("plain text"),
    }
    let _ = write!(text, ",2026-{:02}-{:02},", generator.below(12) + 1, generator.below(28) + 1);
    let _ = write!(text, "{},,end", generator.below(2) == 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_as_long_as_asked_and_always_the_same() {
        for line in [words, record] {
            let text = || {
                let mut text = Vec::new();
                write(&mut text, 10_000, line).unwrap();
                text
            };
            assert!((10_000..10_500).contains(&text().len()));
            assert_eq!(text(), text());
        }
    }
}
