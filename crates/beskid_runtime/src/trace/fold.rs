//! Repetitions in a long sequence, found as it comes, in constant memory.
//!
//! ```text
//! in    a  b c  b c  b c  b c  b   d
//! out   a  b c  Fold { period: 2, hidden: 7, … }  b   d
//! ```
//!
//! The first turn of a repetition comes out as it went in, then a [`Fold`] for what follows of whole turns,
//! then the beginning of a turn that is left. A repetition is folded from three turns on, if that hides four
//! elements at least; the shortest period counts.
//!
//! *Invariants.* What comes out depends on the elements alone. Each element goes through the window at most
//! once, and within a repetition it is compared with one other: the time is linear.

/// Elements of the longest turn that is found.
pub(super) const LONGEST_PERIOD: usize = 16;
/// The fewest elements that a fold hides.
const LEAST_HIDDEN: usize = 4;
/// Elements that are held back: as many as it takes to be sure of the longest period.
const WINDOW: usize = 3 * LONGEST_PERIOD;

/// Repetitions of the elements that came out right before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fold {
    /// Elements of a turn.
    pub(super) period: usize,
    /// Whole turns that are hidden.
    pub(super) count: usize,
    /// Elements of a last, broken turn, which come out next.
    pub(super) rest: usize,
    /// Where the repetition begins and ends, by the places that came with the elements.
    pub(super) extent: (usize, usize),
}

/// What comes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Item<T> {
    One(T),
    Fold(Fold),
}

/// See the module.
pub(super) struct Folder<T> {
    /// What is held back, oldest first, with their places.
    window: [(T, usize); WINDOW],
    held: usize,
    /// For each period, how many of the latest elements equal the one a period before.
    matches: [usize; LONGEST_PERIOD],
    run: Option<Run>,
}

/// A repetition under way; its first turn is at the beginning of the window.
#[derive(Clone, Copy)]
struct Run {
    period: usize,
    hidden: usize,
    start: usize,
    end: usize,
}

impl<T: Copy + PartialEq> Folder<T> {
    /// Nothing came yet; `blank` may be anything.
    pub(super) fn new(blank: T) -> Self {
        Self { window: [(blank, 0); WINDOW], held: 0, matches: [0; LONGEST_PERIOD], run: None }
    }

    /// Takes an element and its place.
    pub(super) fn push(&mut self, element: T, place: usize, out: &mut impl FnMut(Item<T>)) {
        if let Some(run) = &mut self.run {
            run.end = place;
            if self.window[run.hidden % run.period].0 == element {
                run.hidden += 1;
                return;
            }
            self.end_run(out);
        }
        if self.held == WINDOW {
            out(Item::One(self.window[0].0));
            self.window.copy_within(1.., 0);
            self.held -= 1;
        }
        self.window[self.held] = (element, place);
        self.held += 1;
        for period in 1..=LONGEST_PERIOD {
            let before = self.held.checked_sub(period + 1);
            let matches = &mut self.matches[period - 1];
            *matches = match before {
                Some(before) if self.window[before].0 == element => *matches + 1,
                _ => 0,
            };
            if *matches >= (2 * period).max(LEAST_HIDDEN) {
                let hidden = *matches;
                self.begin_run(period, hidden, place, out);
                return;
            }
        }
    }

    /// Lets out what is held back.
    pub(super) fn finish(&mut self, out: &mut impl FnMut(Item<T>)) {
        if self.run.is_some() {
            self.end_run(out);
        }
        for &(element, _) in &self.window[..self.held] {
            out(Item::One(element));
        }
        self.held = 0;
    }

    fn begin_run(
        &mut self,
        period: usize,
        hidden: usize,
        end: usize,
        out: &mut impl FnMut(Item<T>),
    ) {
        let first = self.held.saturating_sub(period + hidden);
        for &(element, _) in &self.window[..first + period] {
            out(Item::One(element));
        }
        self.window.copy_within(first..first + period, 0);
        self.held = 0;
        self.matches = [0; LONGEST_PERIOD];
        self.run = Some(Run { period, hidden, start: self.window[0].1, end });
    }

    fn end_run(&mut self, out: &mut impl FnMut(Item<T>)) {
        let Some(Run { period, hidden, start, end }) = self.run.take() else { return };
        let (count, rest) = (hidden / period, hidden % period);
        out(Item::Fold(Fold { period, count, rest, extent: (start, end) }));
        for &(element, _) in &self.window[..rest] {
            out(Item::One(element));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    /// One char an element; a fold as `(period×count)`.
    fn fold(elements: &str) -> String {
        let mut text = String::new();
        let mut out = |item: Item<char>| match item {
            Item::One(element) => text.push(element),
            Item::Fold(fold) => text.push_str(&format!("({}×{})", fold.period, fold.count)),
        };
        let mut folder = Folder::new(' ');
        for (place, element) in elements.chars().enumerate() {
            folder.push(element, place, &mut out);
        }
        folder.finish(&mut out);
        text
    }

    #[test]
    fn what_does_not_repeat_comes_out_as_it_is() {
        let mut long = String::new();
        for index in 0..300_u32 {
            long.push(char::from_u32(0x100 + index).unwrap());
        }
        for elements in ["", "a", "aaaa", "abab", "ababab"[..5].into(), "abcabcab", &long] {
            assert_eq!(fold(elements), elements);
        }
    }

    #[test]
    fn repetitions_are_folded() {
        assert_eq!(fold("aaaaa"), "a(1×4)");
        assert_eq!(fold(&"a".repeat(1000)), "a(1×999)");
        assert_eq!(fold("xaaaaaay"), "xa(1×5)y");
        assert_eq!(fold("ababab"), "ab(2×2)");
        assert_eq!(fold("xabababay"), "xab(2×2)ay");
        assert_eq!(fold("abcabcabcabd"), "abc(3×2)abd");
        assert_eq!(fold("aaaaaaabbbbbbb"), "a(1×6)b(1×6)");
        let longest: String = ('a'..).take(LONGEST_PERIOD).collect();
        let folded = format!("{longest}({LONGEST_PERIOD}×4)");
        assert_eq!(fold(&longest.repeat(5)), folded);
        let longer: String = ('a'..).take(LONGEST_PERIOD + 1).collect();
        assert_eq!(fold(&longer.repeat(5)), longer.repeat(5));
    }

    /// What is left when folds are written out is what went in.
    #[test]
    fn nothing_is_lost() {
        let mut state = 7_u64;
        for _ in 0..2000 {
            let mut elements = Vec::new();
            while elements.len() < 150 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let (turn, times) = ((state >> 33) as usize % 5 + 1, (state >> 40) as usize % 9);
                for _ in 0..times {
                    elements.extend((0..turn).map(|at| (state >> (45 + at)) as u8 % 3));
                }
            }
            let mut written: Vec<u8> = Vec::new();
            let mut out = |item: Item<u8>| match item {
                Item::One(element) => written.push(element),
                Item::Fold(fold) => {
                    for _ in 0..fold.period * fold.count {
                        written.push(written[written.len() - fold.period]);
                    }
                }
            };
            let mut folder = Folder::new(0);
            for &element in &elements {
                folder.push(element, 0, &mut out);
            }
            folder.finish(&mut out);
            assert_eq!(written, elements);
        }
    }

    #[test]
    fn extents_are_those_of_the_repetition() {
        let mut found = None;
        let mut out = |item: Item<char>| {
            if let Item::Fold(fold) = item {
                found = Some(fold);
            }
        };
        let mut folder = Folder::new(' ');
        for (place, element) in "xyabcabcabcaz".chars().enumerate() {
            folder.push(element, place * 10, &mut out);
        }
        folder.finish(&mut out);
        assert_eq!(found, Some(Fold { period: 3, count: 2, rest: 1, extent: (20, 120) }));
    }
}
