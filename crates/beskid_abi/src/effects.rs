//! What calling a runtime function may do, and what a caller may therefore assume.

/// A set of effects of a runtime function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effects(u8);

impl Effects {
    /// No effect beyond reading and writing the arguments' memory.
    pub const NONE: Self = Self(0);
    /// The call may run a collection: a safepoint. Every live reference must be in a stack map.
    pub const MAY_COLLECT: Self = Self(1);
    /// The call may end the program with a panic that names the call's position.
    pub const MAY_PANIC: Self = Self(2);
    /// The call does not return.
    pub const NO_RETURN: Self = Self(4);
    /// The result depends on the arguments (and immutable memory behind them) alone: calls may be
    /// merged, moved and dropped.
    pub const PURE: Self = Self(8);
    /// The call may run functions of the program, which may write to all memory.
    pub const RUNS_PROGRAM: Self = Self(16);

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every effect of `other` is in `self`.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the runtime needs to know the caller's frame (to walk the stack or to name a place).
    #[must_use]
    pub const fn needs_frame(self) -> bool {
        self.contains(Self::MAY_COLLECT) || self.contains(Self::MAY_PANIC)
    }

    /// The names of the effects, in the order of their bits.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [
            (Self::MAY_COLLECT, "MAY_COLLECT"),
            (Self::MAY_PANIC, "MAY_PANIC"),
            (Self::NO_RETURN, "NO_RETURN"),
            (Self::PURE, "PURE"),
            (Self::RUNS_PROGRAM, "RUNS_PROGRAM"),
        ]
        .into_iter()
        .filter_map(move |(effect, name)| self.contains(effect).then_some(name))
    }
}
