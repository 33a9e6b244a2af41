//! Layout commands to lines, in two passes: measures, then text.
//!
//! All that is asked when a group begins are differences of prefix sums: how wide it is in one line, whether
//! something in it forces a line end, how far it is from its end to the next place where the line may end.
//! So each decision takes constant time, and the whole is linear.
//!
//! *Invariants.* No line ends in a blank. Nothing follows `//` on its line. Indentation stops to grow at
//! [`WIDTH`], so deep nesting makes no text that is out of proportion.

use unicode_width::UnicodeWidthStr;

use crate::commands::{Command, Commands, Kind};
use crate::{INDENT, WIDTH};

/// The text of a layout.
pub(crate) fn print(source: &str, commands: &Commands) -> String {
    let measures = Measures::new(source, commands);
    let mut printer = Printer {
        source,
        commands,
        measures,
        out: String::with_capacity(source.len() + source.len() / 8),
        modes: vec![Mode::Broken],
        indents: Vec::new(),
        indent: 0,
        column: 0,
        line: Line::Empty,
        space: false,
        suffixes: Vec::new(),
    };
    for at in 0..commands.list.len() {
        printer.command(at);
    }
    printer.end_line();
    printer.out
}

/// Sums over the commands before an index.
struct Measures {
    /// Columns in one line.
    flat: Vec<u32>,
    /// Columns in one line whose end belongs to a broken group.
    behind: Vec<u32>,
    /// Commands that force a line end.
    forced: Vec<u32>,
    /// The next command from an index on at which a line may end.
    next_end: Vec<u32>,
    /// The next command from an index on whose text has several lines.
    next_long: Vec<u32>,
}

impl Measures {
    fn new(source: &str, commands: &Commands) -> Self {
        let len = commands.list.len();
        let mut flat = Vec::with_capacity(len + 1);
        let mut behind = Vec::with_capacity(len + 1);
        let mut forced = Vec::with_capacity(len + 1);
        let (mut flat_sum, mut behind_sum, mut forced_sum) = (0u32, 0u32, 0u32);
        let mut long = Vec::new();
        for (at, command) in commands.list.iter().enumerate() {
            flat.push(flat_sum);
            behind.push(behind_sum);
            forced.push(forced_sum);
            // Comments count for nothing: they break no line, wherever on it they stand.
            let (in_flat, in_broken) = match *command {
                Command::Token { lo, hi } => {
                    let text = &source[lo as usize..hi as usize];
                    let width = match text.find('\n') {
                        None => width(text),
                        Some(end) => {
                            long.push(at as u32);
                            width(&text[..end])
                        }
                    };
                    (width, width)
                }
                Command::Fixed(text) => (text.len() as u32, text.len() as u32),
                Command::Line(text) => (text.len() as u32, text.len() as u32),
                Command::IfBroken(text) => (0, text.len() as u32),
                Command::Space | Command::Row { .. } => (1, 1),
                _ => (0, 0),
            };
            flat_sum += in_flat;
            behind_sum += in_broken;
            forced_sum += u32::from(match command {
                Command::Hard | Command::Blank | Command::Force | Command::Suffix { .. } => true,
                Command::Comment { ends_line, .. } => *ends_line,
                Command::Open(group) => commands.groups[*group as usize].kind.is_broken(),
                _ => false,
            });
        }
        flat.push(flat_sum);
        behind.push(behind_sum);
        forced.push(forced_sum);
        let mut next_end = vec![len as u32; len + 1];
        let mut next_long = vec![u32::MAX; len + 1];
        for at in (0..len).rev() {
            let is_long = long.last() == Some(&(at as u32));
            if is_long {
                long.pop();
            }
            next_long[at] = if is_long { at as u32 } else { next_long[at + 1] };
            let ends = matches!(
                commands.list[at],
                Command::Line(_) | Command::Row { .. } | Command::Hard | Command::Blank
            );
            // Text of several lines ends the line within itself.
            next_end[at] = match (ends, is_long) {
                (true, _) => at as u32,
                (false, true) => at as u32 + 1,
                _ => next_end[at + 1],
            };
        }
        Self { flat, behind, forced, next_end, next_long }
    }

    fn is_forced(&self, from: u32, to: u32) -> bool {
        self.forced[from as usize] < self.forced[to as usize]
    }

    fn flat(&self, from: u32, to: u32) -> u32 {
        self.flat[to as usize] - self.flat[from as usize]
    }

    /// Columns that commands of a broken group take in one line.
    fn behind(&self, from: u32, to: u32) -> u32 {
        self.behind[to as usize] - self.behind[from as usize]
    }

    /// From an index to the next place where the line may end.
    fn rest(&self, from: u32) -> u32 {
        self.behind(from, self.next_end[from as usize])
    }
}

fn width(text: &str) -> u32 {
    if text.is_ascii() { text.len() as u32 } else { text.width() as u32 }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Flat,
    Open,
    Broken,
    /// Broken, and rows end where the line is full.
    Filled,
    /// Broken, and each element is a row.
    Listed,
}

impl Mode {
    fn is_broken(self) -> bool {
        !matches!(self, Self::Flat | Self::Open)
    }
}

/// What stands on the current line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Empty,
    Text,
    /// A comment that only a line end ends.
    Comment,
}

struct Printer<'a> {
    source: &'a str,
    commands: &'a Commands,
    measures: Measures,
    out: String,
    modes: Vec<Mode>,
    indents: Vec<u32>,
    indent: u32,
    column: u32,
    line: Line,
    /// Whether a blank comes before the next text.
    space: bool,
    suffixes: Vec<(u32, u32)>,
}

impl Printer<'_> {
    fn command(&mut self, at: usize) {
        let mode = self.modes[self.modes.len() - 1];
        match self.commands.list[at] {
            Command::Token { lo, hi } => self.text(&self.source[lo as usize..hi as usize]),
            Command::Fixed(text) => self.text(text),
            Command::Comment { lo, hi, ends_line } => {
                self.text(&self.source[lo as usize..hi as usize]);
                if ends_line {
                    self.line = Line::Comment;
                }
            }
            Command::Suffix { lo, hi } => self.suffixes.push((lo, hi)),
            Command::Space => self.space = true,
            Command::Apart => self.space |= !self.is_behind_bracket(),
            Command::Line(text) => match mode {
                Mode::Flat | Mode::Open => self.space |= text == " ",
                _ => self.end_line(),
            },
            Command::Row { ends, end } => {
                let ends = match mode {
                    Mode::Flat | Mode::Open => false,
                    Mode::Broken => ends,
                    Mode::Listed => true,
                    Mode::Filled => !self.fits_in_row(at as u32, end),
                };
                if ends {
                    self.end_line();
                } else {
                    self.space = true;
                }
            }
            Command::Hard => self.end_line(),
            Command::Blank => {
                self.end_line();
                if !self.out.is_empty() && !self.out.ends_with("\n\n") {
                    self.out.push('\n');
                }
            }
            Command::IfBroken(text) => {
                if mode.is_broken() {
                    self.text(text);
                }
            }
            Command::Indent => {
                self.indents.push(self.indent);
                if mode.is_broken() {
                    self.indent += INDENT;
                }
            }
            Command::Dedent => self.indent = self.indents.pop().unwrap_or(0),
            Command::Open(group) => {
                let mode = match mode {
                    Mode::Flat => Mode::Flat,
                    _ => self.decide(at as u32, group),
                };
                self.modes.push(mode);
            }
            Command::Close => {
                self.modes.pop();
            }
            Command::Force => {}
        }
    }

    fn is_behind_bracket(&self) -> bool {
        self.out.ends_with(['(', '['])
    }

    /// Whether the element up to `end`, behind the separator at an index, fits on the line.
    fn fits_in_row(&self, at: u32, end: u32) -> bool {
        // A comma that follows belongs to the element.
        let comma = matches!(self.commands.list[end as usize], Command::IfBroken(_));
        let end = end + u32::from(comma);
        let width = self.measures.behind(at, end);
        !self.measures.is_forced(at, end) && self.place() + width <= WIDTH
    }

    /// The column at which the next text would begin.
    fn place(&self) -> u32 {
        if self.line == Line::Text && self.suffixes.is_empty() {
            self.column + u32::from(self.space)
        } else {
            self.indent.min(WIDTH)
        }
    }

    fn decide(&self, start: u32, group: u32) -> Mode {
        let measures = &self.measures;
        let group = self.commands.groups[group as usize];
        let (place, end) = (self.place(), group.end);
        let forced = measures.is_forced(start, end);
        // Up to a line end within a text of several lines, else up to the next possible one behind the group.
        let long = measures.next_long[start as usize];
        let whole = if long < end {
            measures.flat(start, long + 1)
        } else {
            measures.flat(start, end) + measures.rest(end)
        };
        if !forced && place + whole <= WIDTH {
            return Mode::Flat;
        }
        let fits_up_to_end_after =
            |from: u32| place + measures.flat(start, measures.next_end[from as usize]) <= WIDTH;
        match group.kind {
            Kind::Plain | Kind::Broken => Mode::Broken,
            Kind::Lone { argument: (from, to) } => {
                let alone = self.indent.min(WIDTH) + INDENT + measures.behind(from, to + 1);
                let helps = alone <= WIDTH || measures.next_end[from as usize] < to;
                if forced || helps { Mode::Broken } else { Mode::Open }
            }
            Kind::Rows { breaks, rows: (from, to), fills } => {
                let rows = &self.commands.rows[from as usize..to as usize];
                let indent = self.indent.min(WIDTH) + INDENT;
                let fits = |&(from, to): &(u32, u32)| {
                    measures.is_forced(from, to) || indent + measures.behind(from, to) <= WIDTH
                };
                match (breaks && rows.iter().all(fits), fills) {
                    (true, _) => Mode::Broken,
                    (false, true) => Mode::Filled,
                    (false, false) => Mode::Listed,
                }
            }
            Kind::Arguments { last: (from, to), eager } => {
                let only_last = !measures.is_forced(start, from) && !measures.is_forced(to, end);
                let goes_on = from < to && measures.next_end[from as usize] < to;
                if !only_last || !goes_on || !fits_up_to_end_after(from) {
                    return Mode::Broken;
                }
                let alone = self.indent.min(WIDTH) + INDENT + measures.flat(from, to) + 1;
                if !eager && !measures.is_forced(from, to) && alone <= WIDTH {
                    return Mode::Broken;
                }
                Mode::Open
            }
            Kind::Chain { last } => {
                let only_last = forced && !measures.is_forced(start, last);
                if only_last && fits_up_to_end_after(last) { Mode::Open } else { Mode::Broken }
            }
            Kind::Value { value, stays } => {
                let below = self.indent.min(WIDTH) + INDENT;
                let first = measures.flat(value, measures.next_end[value as usize]);
                let begins_here =
                    fits_up_to_end_after(value) || below + first > WIDTH || long == value;
                if measures.is_forced(start, value) || !begins_here {
                    return Mode::Broken;
                }
                let below = below + measures.flat(value, end) + measures.rest(end);
                match !stays && !forced && long >= end && below <= WIDTH {
                    true => Mode::Broken,
                    false => Mode::Open,
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.line == Line::Comment || !self.suffixes.is_empty() {
            self.end_line();
        }
        if self.line == Line::Empty {
            self.begin_line();
        } else if self.space {
            self.out.push(' ');
            self.column += 1;
        }
        self.space = false;
        self.line = Line::Text;
        let Some(last) = text.rfind('\n') else {
            self.out.push_str(text);
            self.column += width(text);
            return;
        };
        push_with_plain_line_ends(text, &mut self.out);
        self.column = width(&text[last + 1..]);
    }

    fn begin_line(&mut self) {
        let indent = self.indent.min(WIDTH);
        self.out.extend(std::iter::repeat_n(' ', indent as usize));
        self.column = indent;
    }

    /// Ends the line, unless nothing stands on it.
    fn end_line(&mut self) {
        let mut suffixes = std::mem::take(&mut self.suffixes);
        for &(lo, hi) in &suffixes {
            let text = &self.source[lo as usize..hi as usize];
            if self.line == Line::Empty {
                self.begin_line();
            } else if text.starts_with("//") || !self.is_behind_bracket() {
                self.out.push(' ');
            }
            self.line = Line::Text;
            push_with_plain_line_ends(text, &mut self.out);
        }
        suffixes.clear();
        self.suffixes = suffixes;
        self.space = false;
        if self.line != Line::Empty {
            self.out.push('\n');
            self.line = Line::Empty;
        }
    }
}

/// A line end within a text is one LF; a CR before it that is text of its own stays.
fn push_with_plain_line_ends(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("\r\n") {
        let own = rest[..at].ends_with('\r') || (at == 0 && out.ends_with('\r'));
        out.push_str(&rest[..at]);
        out.push_str(if own { "\r\n" } else { "\n" });
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
}
