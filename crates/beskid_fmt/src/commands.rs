//! What the walk says and [`super::layout`] carries out: text, line ends, groups.
//!
//! The algebra is that of Wadler ("A prettier printer", 2003), written down flat as Oppen does
//! ("Prettyprinting", 1980), so that nothing recurses over it and all measures are prefix sums. A group is
//! printed in one of these modes: *flat* (it and all within are one line), *broken* (its own line ends
//! are taken, its own indentation holds), *open* (its own line ends are blanks, groups within decide for
//! themselves: `f(a, x => {` … `})`). A group with rows is *filled* or *listed* if these do not fit.
//!
//! *Invariants.* Groups and indentations nest. A group's indices point into the commands of the group.

/// One step of the layout.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command {
    /// A token, or a string with all its pieces: these bytes of the file.
    Token { lo: u32, hi: u32 },
    /// A token in a spelling of its own.
    Fixed(&'static str),
    /// A comment; behind `//` nothing may follow on the line.
    Comment { lo: u32, hi: u32, ends_line: bool },
    /// A comment behind what stands on the line now; it is written where the line ends.
    Suffix { lo: u32, hi: u32 },
    /// A blank, unless the line ends here.
    Space,
    /// A blank, unless there is one, or an opening bracket.
    Apart,
    /// A line end if the group is broken, else this text.
    Line(&'static str),
    /// Between elements that may share a line: a line end, or a blank, as the mode of the group has it.
    Row {
        /// Whether a line ended here in the file.
        ends: bool,
        /// Where the element behind it ends.
        end: u32,
    },
    /// A line end, unless the line is empty.
    Hard,
    /// A line end and an empty line.
    Blank,
    /// This text if the group is broken.
    IfBroken(&'static str),
    /// From here on, lines of a broken group are indented by one level more.
    Indent,
    /// Ends [`Command::Indent`].
    Dedent,
    /// A group begins: an index into [`Commands::groups`].
    Open(u32),
    /// The innermost group ends.
    Close,
    /// Nothing that fits on one line holds this.
    Force,
}

/// What decides on the mode of a group.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Flat if it fits, else broken.
    Plain,
    /// Broken, whether it fits or not.
    Broken,
    /// Arguments. If they do not fit they are open where only the last one needs more lines.
    Arguments {
        /// The commands of the last argument; empty if it does not go on over lines by itself.
        last: (u32, u32),
        /// Whether it is open even if it would be one line in a broken list.
        eager: bool,
    },
    /// One argument, from a command to another: not broken if that does not help.
    Lone { argument: (u32, u32) },
    /// Elements that keep the rows they were written in if all of these fit.
    Rows {
        /// Whether they were written in rows; else they are one.
        breaks: bool,
        /// The rows of several elements: a range of [`Commands::rows`].
        rows: (u32, u32),
        /// Whether the elements fill the lines if a row does not fit; else each has a line of its own.
        fills: bool,
    },
    /// A chain of calls. Open where only the last call's arguments, from this command on, need more lines,
    /// and those hold a block.
    Chain { last: u32 },
    /// What follows `=` or `=>`: on this line if it fits, else on the next one if it fits there in one line,
    /// else open.
    Value {
        /// Where the value begins, behind the line end.
        value: u32,
        /// Whether the next line is not tried: the value has brackets that go on over lines well.
        stays: bool,
    },
}

impl Kind {
    /// Whether a group is broken however short it is.
    pub(crate) fn is_broken(self) -> bool {
        matches!(self, Self::Broken | Self::Rows { breaks: true, .. })
    }
}

/// A group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) kind: Kind,
    /// Its [`Command::Close`].
    pub(crate) end: u32,
}

/// A comment behind the last token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub(crate) lo: u32,
    pub(crate) hi: u32,
    /// Whether it is one of `//`.
    pub(crate) is_line: bool,
}

/// The layout of a file.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    pub(crate) list: Vec<Command>,
    pub(crate) groups: Vec<Group>,
    /// The first command of a row and the one behind it; those of a group stand together.
    pub(crate) rows: Vec<(u32, u32)>,
    /// Comments behind the last token, that wait until the groups it ends are closed.
    waiting: Vec<Waiting>,
    open: Vec<u32>,
}

impl Commands {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { list: Vec::with_capacity(capacity), ..Self::default() }
    }

    /// The index of the next command.
    pub(crate) fn at(&self) -> u32 {
        self.list.len() as u32
    }

    /// Adds a command that ends what comments behind the last token belong to.
    pub(crate) fn push(&mut self, command: Command) {
        self.release();
        self.list.push(command);
    }

    /// Adds a command that stands before comments behind the last token: a comma, the end of a group.
    pub(crate) fn push_before_comments(&mut self, command: Command) {
        self.list.push(command);
    }

    /// Lets a comment wait for the end of the line.
    pub(crate) fn wait(&mut self, comment: Waiting) {
        self.waiting.push(comment);
    }

    /// Whether comments wait.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Puts comments where they wait no longer.
    pub(crate) fn release(&mut self) {
        let mut is_full = false;
        for Waiting { lo, hi, is_line } in self.waiting.drain(..) {
            if is_full {
                self.list.push(Command::Hard);
                self.list.push(Command::Comment { lo, hi, ends_line: true });
            } else {
                self.list.push(Command::Suffix { lo, hi });
            }
            is_full |= is_line;
        }
    }

    pub(crate) fn open(&mut self, kind: Kind) -> u32 {
        let group = self.groups.len() as u32;
        self.groups.push(Group { kind, end: u32::MAX });
        self.open.push(group);
        self.list.push(Command::Open(group));
        group
    }

    pub(crate) fn close(&mut self) {
        if let Some(group) = self.open.pop() {
            self.groups[group as usize].end = self.at();
            self.list.push(Command::Close);
        }
    }

    /// Changes what decides on a group, once its parts are known.
    pub(crate) fn set_kind(&mut self, group: u32, kind: Kind) {
        self.groups[group as usize].kind = kind;
    }

    pub(crate) fn indent(&mut self) {
        self.list.push(Command::Indent);
    }

    pub(crate) fn dedent(&mut self) {
        self.list.push(Command::Dedent);
    }

    /// Sets where the element ends that follows the [`Command::Row`] at an index.
    pub(crate) fn set_row_end(&mut self, row: u32) {
        let here = self.at();
        if let Command::Row { end, .. } = &mut self.list[row as usize] {
            *end = here;
        }
    }

    /// Adds the rows of a group.
    pub(crate) fn add_rows(&mut self, rows: &[(u32, u32)]) -> (u32, u32) {
        let from = self.rows.len() as u32;
        self.rows.extend_from_slice(rows);
        (from, self.rows.len() as u32)
    }

    /// Exchanges the commands before and from `middle` on, counted from `first` on. They hold no groups.
    pub(crate) fn swap_after(&mut self, first: u32, middle: u32) {
        let (first, middle) = (first as usize, middle as usize);
        self.list[first..].rotate_left(middle - first);
    }

    /// Inserts a command before an index. No group that ends behind it has begun before it.
    pub(crate) fn insert(&mut self, at: u32, command: Command) {
        self.list.insert(at as usize, command);
    }
}
