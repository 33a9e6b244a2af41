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
    let mut pauses = pauses_in(&String::from_utf8_lossy(&ended.stderr));
    pauses.sort_unstable();
    if let Some(&longest) = pauses.last() {
        println!(
            "{label:<24} {:>8} {:>10} {:>10} {:>10}",
            pauses.len(),
            microseconds(pauses[pauses.len() / 2]),
            microseconds(pauses[pauses.len() * 99 / 100]),
            microseconds(longest)
        );
    }
    Ok(())
}

fn microseconds(time: u64) -> String {
    format!("{time} us")
}

/// The microseconds of each pause.
fn pauses_in(trace: &str) -> Vec<u64> {
    trace
        .lines()
        .filter_map(|line| {
            let (_, behind) = line.strip_prefix("gc ")?.rsplit_once(", pause ")?;
            behind.strip_suffix(" us")?.parse().ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_trace() {
        let trace = "text\ngc 7: minor, 118 KB survive, heap 9312 KB, pause 61 us\n\
                     gc 9: marked beside the program in 12400 us, pauses 120 us, thread 11 us\n";
        assert_eq!(pauses_in(trace), [61]);
    }
}
