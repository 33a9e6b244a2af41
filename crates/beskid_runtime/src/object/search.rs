//! Searching a text for another one, in linear time.
//!
//! Mostly the first byte of what is searched is rare, and little follows it by chance. So candidates are
//! found by that byte, many at a time, and compared. A text for which that would cost too much is left to
//! the two-way algorithm of the standard library, whose preparation is not worth it otherwise.

use crate::arch::byte_finder;

/// Bytes that may be compared in vain, for each byte that was passed.
const WASTE: usize = 4;
/// Bytes that may be compared in vain anyway.
const FREE_WASTE: usize = 256;

/// Where `part` first is in a text, from a byte on that begins a character.
#[inline]
pub(crate) fn find(text: &str, part: &str, from: i64) -> Option<usize> {
    let from = usize::try_from(from).ok()?;
    let rest = text.get(from..)?;
    match *part.as_bytes() {
        [byte] => position(rest.as_bytes(), byte).map(|at| from + at),
        _ => find_part(rest, part).map(|at| from + at),
    }
}

/// Where `part` first is in a text. On its own, so that looking for a byte has no part in what it needs.
#[inline(never)]
fn find_part(rest: &str, part: &str) -> Option<usize> {
    let (bytes, wanted) = (rest.as_bytes(), part.as_bytes());
    let Some((&first, tail)) = wanted.split_first() else { return Some(0) };
    let last = bytes.len().checked_sub(wanted.len())?;
    let (mut at, mut waste) = (0, 0);
    while at <= last {
        at += position(bytes.get(at..=last)?, first)?;
        let behind = bytes.get(at + 1..at + wanted.len())?;
        let equal = behind.iter().zip(tail).take_while(|(a, b)| a == b).count();
        if equal == tail.len() {
            return Some(at);
        }
        at += 1;
        waste += equal + 1;
        if waste > FREE_WASTE + WASTE * at {
            // A character that begins like the part begins here at the earliest.
            let start = (at..=last).find(|&at| rest.is_char_boundary(at))?;
            return rest.get(start..)?.find(part).map(|found| start + found);
        }
    }
    None
}

/// The places of a byte, one after the other.
pub(crate) fn places(bytes: &[u8], wanted: u8) -> impl Iterator<Item = usize> {
    let finder = byte_finder(wanted);
    let mut next = 0;
    core::iter::from_fn(move || {
        let at = next + finder.find(bytes.get(next..)?)?;
        next = at + 1;
        Some(at)
    })
}

/// How often `part`, which is not empty, is in a text.
pub(crate) fn count(text: &str, part: &str) -> usize {
    if let &[byte] = part.as_bytes() {
        return byte_finder(byte).count(text.as_bytes());
    }
    let (mut count, mut from) = (0, 0);
    while let Some(at) = find(text, part, from) {
        count += 1;
        from = (at + part.len().max(1)) as i64;
    }
    count
}

/// Where `part` last is in a text, if it ends at a byte or before.
pub(crate) fn find_last(text: &str, part: &str, end: i64) -> Option<usize> {
    text.get(..usize::try_from(end).ok()?)?.rfind(part)
}

/// Where a byte first is.
#[inline]
pub(crate) fn position(bytes: &[u8], wanted: u8) -> Option<usize> {
    byte_finder(wanted).find(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn a_byte_is_found_wherever_it_is() {
        for length in 0..130 {
            let mut bytes = vec![b'a'; length];
            assert_eq!(position(&bytes, b'x'), None);
            for at in (0..length).rev() {
                bytes[at] = b'x';
                assert_eq!(position(&bytes, b'x'), Some(at));
            }
        }
    }

    #[test]
    fn all_places_of_a_byte_are_found() {
        let mut seed = 7_u32;
        for length in 0..70 {
            for wanted in [0, b'a', 0x80, 0xff] {
                let bytes: Vec<u8> = (0..length)
                    .map(|_| {
                        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        [0, b'a', b'`', 0x80, 0x81, 0xff, 1, 0x7f][(seed >> 29) as usize]
                    })
                    .collect();
                let expected: Vec<usize> =
                    (0..bytes.len()).filter(|&at| bytes[at] == wanted).collect();
                assert_eq!(places(&bytes, wanted).collect::<Vec<_>>(), expected);
            }
        }
        assert_eq!((count("abaab", "a"), count("aaaaa", "aa"), count("é", "é")), (3, 2, 1));
    }

    #[test]
    fn finds_the_first_and_the_last() {
        assert_eq!(find("abcabc", "bc", 0), Some(1));
        assert_eq!(find("abcabc", "bc", 2), Some(4));
        assert_eq!(find("abc", "", 3), Some(3));
        assert_eq!(find("abc", "d", 0), None);
        assert_eq!(find("é", "x", 1), None);
        assert_eq!(find("abc", "a", -1), None);
        assert_eq!(find("ab", "abc", 0), None);
        assert_eq!(find_last("abcabc", "bc", 6), Some(4));
        assert_eq!(find_last("abcabc", "bc", 5), Some(1));
        assert_eq!(find_last("abc", "", 3), Some(3));
        assert_eq!(find_last("abc", "a", 9), None);
    }

    #[test]
    fn agrees_with_the_standard_library() {
        let mut seed = 1_u64;
        let mut next = |limit: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % limit
        };
        for round in 0..4000 {
            let letters = ["a", "b", "é", "€"];
            let kinds = 2 + round % 3;
            let mut text = |length: u64| -> String {
                (0..length).map(|_| letters[next(kinds) as usize]).collect()
            };
            let (hay, part) = (text(round % 70), text(round % 7));
            assert_eq!(find(&hay, &part, 0), hay.find(&part), "{part:?} in {hay:?}");
        }
        for length in [300, 3000] {
            let (hay, part) = ("a".repeat(length), "a".repeat(length / 2) + "b");
            assert_eq!(find(&hay, &part, 0), None);
            let hay = "é".repeat(length) + &part;
            assert_eq!(find(&hay, &part, 0), hay.find(&part));
            let (hay, part) = ("é".repeat(length) + "x", "é".repeat(length / 2) + "x");
            assert_eq!(find(&hay, &part, 0), hay.find(&part));
        }
    }
}
