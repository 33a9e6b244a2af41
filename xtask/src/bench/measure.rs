//! Takes times: interleaved runs, medians.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Something that is run repeatedly.
pub(super) struct Contender {
    /// Its column.
    pub(super) name: &'static str,
    /// What is run.
    pub(super) command: Command,
}

/// The median of the runs of each contender; one run of each in turn, after one that does not count.
pub(super) fn medians(
    contenders: &mut [Contender],
    runs: usize,
) -> Result<Vec<(&'static str, Duration)>, String> {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); contenders.len()];
    for run in 0..=runs {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let time = once(&mut contender.command)?;
            if run > 0 {
                times.push(time);
            }
        }
    }
    Ok(contenders
        .iter()
        .zip(times)
        .map(|(contender, times)| (contender.name, median(times)))
        .collect())
}

/// The median of the runs of one command.
pub(super) fn median_of(command: Command, runs: usize) -> Result<Duration, String> {
    let mut contenders = [Contender { name: "", command }];
    Ok(medians(&mut contenders, runs)?.remove(0).1)
}

fn once(command: &mut Command) -> Result<Duration, String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status();
    let time = start.elapsed();
    match status {
        Ok(status) if status.success() => Ok(time),
        Ok(status) => Err(format!("{}: {status}", crate::command::display(command))),
        Err(error) => Err(format!("{}: {error}", crate::command::display(command))),
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    let middle = times.len() / 2;
    if times.len() % 2 == 1 { times[middle] } else { (times[middle - 1] + times[middle]) / 2 }
}

/// Milliseconds with two decimals.
pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
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
        let times = |values: &[u64]| values.iter().copied().map(Duration::from_millis).collect();
        assert_eq!(median(times(&[9, 1, 5])), Duration::from_millis(5));
        assert_eq!(median(times(&[1, 9, 5, 3])), Duration::from_millis(4));
        assert!((geometric_mean(&[2.0, 8.0]) - 4.0).abs() < 1e-9);
    }
}
