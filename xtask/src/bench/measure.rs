//! Takes times and memory: interleaved runs, medians.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

/// Something that is run repeatedly.
pub(super) struct Contender {
    /// Its column.
    pub(super) name: &'static str,
    /// What is run.
    pub(super) command: Command,
    /// The file that is its standard input.
    pub(super) input: Option<PathBuf>,
}

/// What a run takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Usage {
    /// From start to end.
    pub(super) time: Duration,
    /// Bytes of memory, at most.
    pub(super) memory: u64,
}

/// The median of the runs of each contender; one run of each in turn, after one that does not count.
pub(super) fn medians(
    contenders: &mut [Contender],
    runs: usize,
) -> Result<Vec<(&'static str, Usage)>, String> {
    let mut usages: Vec<Vec<Usage>> = vec![Vec::new(); contenders.len()];
    for run in 0..=runs {
        for (contender, usages) in contenders.iter_mut().zip(&mut usages) {
            let usage = once(&mut contender.command, contender.input.as_deref())?;
            if run > 0 {
                usages.push(usage);
            }
        }
    }
    let of = |usages: Vec<Usage>| Usage {
        time: median(usages.iter().map(|usage| usage.time).collect(), |a, b| (a + b) / 2),
        memory: median(usages.iter().map(|usage| usage.memory).collect(), u64::midpoint),
    };
    Ok(contenders.iter().zip(usages).map(|(it, usages)| (it.name, of(usages))).collect())
}

/// The median time of the runs of one command.
pub(super) fn median_of(command: Command, runs: usize) -> Result<Duration, String> {
    let mut contenders = [Contender { name: "", command, input: None }];
    Ok(medians(&mut contenders, runs)?.remove(0).1.time)
}

/// The standard input of a run.
pub(super) fn stdin(input: Option<&Path>) -> Result<Stdio, String> {
    let Some(path) = input else { return Ok(Stdio::null()) };
    File::open(path).map(Stdio::from).map_err(|error| format!("{}: {error}", path.display()))
}

/// One run of a command.
pub(super) fn once(command: &mut Command, input: Option<&Path>) -> Result<Usage, String> {
    command.stdin(stdin(input)?).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let ended = command.spawn().and_then(|child| child.wait4());
    let time = start.elapsed();
    match ended {
        Ok(ended) if ended.status.success() => Ok(Usage { time, memory: ended.rusage.maxrss }),
        Ok(ended) => Err(format!("{}: {}", crate::command::display(command), ended.status)),
        Err(error) => Err(format!("{}: {error}", crate::command::display(command))),
    }
}

/// The median, of the two in the middle their mean.
pub(super) fn median<T: Copy + Ord>(mut values: Vec<T>, mean: impl Fn(T, T) -> T) -> T {
    values.sort();
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { mean(values[middle - 1], values[middle]) }
}

/// Milliseconds with two decimals.
pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Megabytes with one decimal.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// How many times longer `time` is than `other`.
pub(super) fn ratio(time: Duration, other: Duration) -> f64 {
    time.as_secs_f64() / other.as_secs_f64().max(1e-9)
}

/// The geometric mean.
pub(super) fn geometric_mean(values: &[f64]) -> f64 {
    let sum: f64 = values.iter().map(|value| value.ln()).sum();
    (sum / values.len() as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_means() {
        assert_eq!(median(vec![9_u64, 1, 5], u64::midpoint), 5);
        assert_eq!(median(vec![1_u64, 9, 5, 3], u64::midpoint), 4);
        assert!((geometric_mean(&[2.0, 8.0]) - 4.0).abs() < 1e-9);
    }
}
