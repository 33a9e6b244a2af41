//! How long the collector stops a program, from the lines of `BESKID_GC_TRACE=1`.

use std::process::{Command, Stdio};

/// Runs a program and prints a row, if the collector stopped it at all.
pub(super) fn print(label: &str, command: &mut Command, stdin: Stdio) -> Result<(), String> {
    let ended = command
        .env("BESKID_GC_TRACE", "1")
        .stdin(stdin)
        .stdout(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", crate::command::display(command)))?;
    let trace = String::from_utf8_lossy(&ended.stderr);
    let mut pauses = times_in(&trace, ", pause ");
    pauses.sort_unstable();
    let work = times_in(&trace, ", cpu ").into_iter().max();
    if let (Some(&longest), Some(work)) = (pauses.last(), work) {
        println!(
            "{label:<24} {:>8} {:>10} {:>10} {:>10} {:>10}",
            pauses.len(),
            microseconds(pauses[pauses.len() / 2]),
            microseconds(pauses[pauses.len() * 99 / 100]),
            microseconds(longest),
            microseconds(work)
        );
    }
    Ok(())
}

fn microseconds(time: u64) -> String {
    format!("{time} us")
}

/// The microseconds of each pause: those behind a word.
fn times_in(trace: &str, word: &str) -> Vec<u64> {
    trace
        .lines()
        .filter_map(|line| {
            let line = line.strip_prefix("gc ")?;
            let (_, behind) = line.get(line.find(", pause ")?..)?.split_once(word)?;
            behind.split_once(" us")?.0.parse().ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_trace() {
        let trace = "text\ngc 7: minor, 9 KB live, 3 KB freed, pause 61 us, cpu 59 us\n\
                     gc 9: marked beside the program in 12400 us, pauses 120 us, cpu 11 us\n";
        assert_eq!(times_in(trace, ", pause "), [61]);
        assert_eq!(times_in(trace, ", cpu "), [59]);
    }
}
