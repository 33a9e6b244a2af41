//! What the environment says about the collector and about panics, read once at the start.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `BESKID_GC=percent` | how much the heap may grow over what is live before the next full cycle (40) |
//! | `BESKID_HEAP_MAX=bytes` | most memory of the heap; `K`, `M` or `G` may follow |
//! | `BESKID_GC_TRACE=1` | a line on stderr after each cycle |
//! | `BESKID_GC_STRESS=1` | a cycle at every allocation |
//! | `BESKID_GC_POISON=1` | dead objects are overwritten at once |
//! | `BESKID_GC_VERIFY=1` | the heap is checked after each cycle |
//! | `BESKID_BACKTRACE=0` | a panic says its message and its place, and not the calls that led there |

use crate::panic;
use crate::start::Texts;

/// The settings of one run.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Growth over the live heap that starts a cycle, in percent.
    pub(crate) growth: usize,
    /// Most bytes of the heap, if the user set that.
    pub(crate) heap_max: Option<usize>,
    /// A line on stderr per cycle.
    pub(crate) trace: bool,
    /// A cycle at every allocation.
    pub(crate) stress: bool,
    /// Overwrite dead objects.
    pub(crate) poison: bool,
    /// Check the heap after each cycle.
    pub(crate) verify: bool,
    /// Panics show their frames.
    pub(crate) backtrace: bool,
}

impl Settings {
    /// What holds when the environment says nothing.
    pub(crate) const STANDARD: Self = Self {
        growth: 25,
        heap_max: None,
        trace: false,
        stress: false,
        poison: false,
        verify: false,
        backtrace: true,
    };

    /// Reads `NAME=value` texts; a value that makes no sense ends the process with a message.
    pub(crate) fn read(environment: Texts<'_>) -> Self {
        let mut settings = Self::STANDARD;
        for entry in environment {
            let Some(entry) = entry.strip_prefix(b"BESKID_") else { continue };
            let Some(equals) = entry.iter().position(|&byte| byte == b'=') else { continue };
            let (name, value) = (&entry[..equals], &entry[equals + 1..]);
            let understood = match name {
                b"GC" => bytes(value).map(|percent| settings.growth = percent),
                b"HEAP_MAX" => bytes(value).map(|most| settings.heap_max = Some(most)),
                b"GC_TRACE" => switch(value).map(|on| settings.trace = on),
                b"GC_STRESS" => switch(value).map(|on| settings.stress = on),
                b"GC_POISON" => switch(value).map(|on| settings.poison = on),
                b"BACKTRACE" => switch(value).map(|on| settings.backtrace = on),
                b"GC_VERIFY" => switch(value).map(|on| settings.verify = on),
                _ => continue,
            };
            if understood.is_none() {
                panic::refuse(|report| {
                    report.text("the environment variable BESKID_").bytes(name);
                    report.text(" cannot be ").bytes(value);
                });
            }
        }
        settings
    }
}

/// `1`, or `0` or nothing.
fn switch(value: &[u8]) -> Option<bool> {
    match value {
        b"1" => Some(true),
        b"0" | b"" => Some(false),
        _ => None,
    }
}

/// A decimal number, perhaps with a unit.
fn bytes(value: &[u8]) -> Option<usize> {
    let (digits, unit) = match value {
        [digits @ .., b'K' | b'k'] => (digits, 1 << 10),
        [digits @ .., b'M' | b'm'] => (digits, 1 << 20),
        [digits @ .., b'G' | b'g'] => (digits, 1 << 30),
        digits => (digits, 1),
    };
    if digits.is_empty() {
        return None;
    }
    let mut number = 0_usize;
    for &digit in digits {
        let digit = digit.is_ascii_digit().then(|| usize::from(digit - b'0'))?;
        number = number.checked_mul(10)?.checked_add(digit)?;
    }
    number.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_environment() {
        let settings = Settings::read(Texts::slices(&[
            b"PATH=/bin",
            b"BESKID_HEAP_MAX=64M",
            b"BESKID_GC=50",
            b"BESKID_GC_STRESS=1",
            b"BESKID_GC_VERIFY=0",
            b"BESKID_BACKTRACE=0",
            b"BESKID_LINKER=x",
        ]));
        assert_eq!(settings.heap_max, Some(64 << 20));
        assert_eq!(settings.growth, 50);
        assert!(settings.stress && !settings.verify && !settings.trace && !settings.backtrace);
    }

    #[test]
    fn numbers_have_digits_and_fit() {
        assert_eq!(bytes(b"12"), Some(12));
        assert_eq!(bytes(b"3k"), Some(3072));
        for wrong in [&b""[..], b"M", b"-1", b"1x", b"99999999999999999999", b"99999999999999999G"]
        {
            assert_eq!(bytes(wrong), None);
        }
    }
}
