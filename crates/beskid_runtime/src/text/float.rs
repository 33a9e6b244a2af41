//! Floats in the shortest form that reads back as the same value (language.md §9.6).
//!
//! Digits and exponent come from Ryū (Adams, *Ryū: fast float-to-string conversion*, PLDI 2018); only
//! how they are laid out is decided here: with a point from 1e-4 to below 1e16, else with an exponent.

use crate::text::{Full, TextBuffer};

/// Powers of ten of the first digit that are written without exponent.
const POINT_FORM: core::ops::Range<i32> = -4..16;
/// The most bytes Ryū writes.
const RYU_BYTES: usize = 24;
/// The most digits that identify an `f64`.
const DIGITS: usize = 17;

impl TextBuffer {
    /// Appends an `f32`.
    pub(crate) fn append_f32(&mut self, value: f32) -> Result<(), Full> {
        if !value.is_finite() {
            return self.append_special(value.is_nan(), value < 0.0);
        }
        let mut buffer = [0; RYU_BYTES];
        // SAFETY: an `f32` takes at most 16 bytes.
        let length = unsafe { ryu::raw::format32(value, buffer.as_mut_ptr()) };
        self.append_number(&buffer[..length])
    }

    /// Appends an `f64`.
    pub(crate) fn append_f64(&mut self, value: f64) -> Result<(), Full> {
        if !value.is_finite() {
            return self.append_special(value.is_nan(), value < 0.0);
        }
        let mut buffer = [0; RYU_BYTES];
        // SAFETY: an `f64` takes at most 24 bytes.
        let length = unsafe { ryu::raw::format64(value, buffer.as_mut_ptr()) };
        self.append_number(&buffer[..length])
    }

    fn append_special(&mut self, nan: bool, negative: bool) -> Result<(), Full> {
        self.append(match (nan, negative) {
            (true, _) => b"NaN",
            (_, true) => b"-inf",
            _ => b"inf",
        })
    }

    /// Appends a decimal number of Ryū's form in ours.
    fn append_number(&mut self, text: &[u8]) -> Result<(), Full> {
        let number = Decimal::parse(text);
        let digits = &number.digits[..number.count];
        if number.negative {
            self.append(b"-")?;
        }
        if !POINT_FORM.contains(&number.exponent) {
            let (first, rest) = digits.split_at(1);
            self.append(first)?;
            if !rest.is_empty() {
                self.append(b".")?;
                self.append(rest)?;
            }
            self.append(b"e")?;
            return self.append_signed(i64::from(number.exponent));
        }
        if number.exponent < 0 {
            self.append(&b"0.000"[..1 + number.exponent.unsigned_abs() as usize])?;
            return self.append(digits);
        }
        let whole = number.exponent as usize + 1;
        if digits.len() <= whole {
            self.append(digits)?;
            self.append(&[b'0'; POINT_FORM.end as usize][digits.len()..whole])?;
            return self.append(b".0");
        }
        self.append(&digits[..whole])?;
        self.append(b".")?;
        self.append(&digits[whole..])
    }
}

/// `d.ddd × 10^exponent` without zeros at either end; zero has the one digit 0.
struct Decimal {
    negative: bool,
    digits: [u8; DIGITS],
    count: usize,
    exponent: i32,
}

impl Decimal {
    /// Reads `-12.5e-7`: sign, digits with a point among them, exponent.
    fn parse(text: &[u8]) -> Self {
        let mut number = Self { negative: false, digits: [b'0'; DIGITS], count: 0, exponent: -1 };
        let mut pending_zeros = 0;
        let mut in_fraction = false;
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            at += 1;
            match byte {
                b'-' => number.negative = true,
                b'.' => in_fraction = true,
                b'e' => break,
                digit => {
                    if !in_fraction && (number.count > 0 || digit != b'0') {
                        number.exponent += 1;
                    }
                    if digit != b'0' {
                        number.count += core::mem::take(&mut pending_zeros);
                        number.digits[number.count] = digit;
                        number.count += 1;
                    } else if number.count > 0 {
                        pending_zeros += 1;
                    } else if in_fraction {
                        number.exponent -= 1;
                    }
                }
            }
        }
        if number.count == 0 {
            return Self { count: 1, exponent: 0, ..number };
        }
        let (sign, digits) = match text.get(at..) {
            Some([b'-', digits @ ..]) => (-1, digits),
            Some(digits) => (1, digits),
            None => (1, &[][..]),
        };
        let power = digits.iter().fold(0, |power, &digit| power * 10 + i32::from(digit - b'0'));
        number.exponent += sign * power;
        number
    }
}

#[cfg(test)]
mod tests {
    use crate::text::text_of;
    use std::format;
    use std::string::String;

    fn f64_text(value: f64) -> String {
        text_of(|text| text.append_f64(value))
    }

    fn f32_text(value: f32) -> String {
        text_of(|text| text.append_f32(value))
    }

    #[test]
    fn forms_of_the_specification() {
        let cases: [(f64, &str); 33] = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (0.3, "0.3"),
            (0.1 + 0.2, "0.30000000000000004"),
            (100.0, "100.0"),
            (123456.789, "123456.789"),
            (1e15, "1000000000000000.0"),
            (9007199254740993.0, "9007199254740992.0"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e16, "1e16"),
            (1.5e16, "1.5e16"),
            (12345678901234567890.0, "1.2345678901234567e19"),
            (1e21, "1e21"),
            (1e-4, "0.0001"),
            (1.25e-4, "0.000125"),
            (9.99e-5, "9.99e-5"),
            (1e-5, "1e-5"),
            (1.5e-7, "1.5e-7"),
            (0.001, "0.001"),
            (0.012, "0.012"),
            (f64::MAX, "1.7976931348623157e308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "5e-324"),
            (f64::NAN, "NaN"),
            (-f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (10.5, "10.5"),
            (1e2, "100.0"),
            (1020.0, "1020.0"),
        ];
        for (value, text) in cases {
            assert_eq!(f64_text(value), text);
        }
    }

    #[test]
    fn f32_is_shortest_as_f32() {
        for (value, text) in [
            (0.1_f32, "0.1"),
            (16777216.0, "16777216.0"),
            (1e16, "1e16"),
            (3.4028235e38, "3.4028235e38"),
            (1e-45, "1e-45"),
            (0.33333334, "0.33333334"),
            (-2.5, "-2.5"),
            (f32::NAN, "NaN"),
        ] {
            assert_eq!(f32_text(value), text);
        }
    }

    #[test]
    fn every_text_is_the_shortest_that_reads_back() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..200_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let value = f64::from_bits(state);
            if value.is_finite() {
                let text = f64_text(value);
                assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(value.to_bits()), "{text}");
                let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
                if text.contains('e') {
                    assert_eq!(digits(&text), digits(&format!("{value:e}")), "{text}");
                }
            }
            let value = f32::from_bits(state as u32);
            if value.is_finite() {
                let text = f32_text(value);
                assert_eq!(text.parse::<f32>().map(f32::to_bits), Ok(value.to_bits()), "{text}");
            }
        }
    }
}
