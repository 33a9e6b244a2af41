//! Integers as digits, without the library's formatting machinery.

/// Room for the digits of a number.
#[derive(Debug)]
pub(crate) struct Digits([u8; 20]);

impl Digits {
    pub(crate) const fn new() -> Self {
        Self([0; 20])
    }

    /// The decimal digits of a value.
    pub(crate) fn decimal(&mut self, value: u64) -> &[u8] {
        self.digits::<10>(value)
    }

    /// The hexadecimal digits of a value.
    pub(crate) fn hexadecimal(&mut self, value: u64) -> &[u8] {
        self.digits::<16>(value)
    }

    fn digits<const BASE: u64>(&mut self, mut value: u64) -> &[u8] {
        let mut first = self.0.len();
        for place in self.0.iter_mut().rev() {
            *place = b"0123456789abcdef"[(value % BASE) as usize];
            value /= BASE;
            first -= 1;
            if value == 0 {
                break;
            }
        }
        &self.0[first..]
    }
}
