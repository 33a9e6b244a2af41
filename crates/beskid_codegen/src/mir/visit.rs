//! What operations read and write, and where blocks go: stated once for every pass.
//!
//! *Invariants.* Every operand and every assigned local of an operation is visited exactly once, in
//! the order of the printed form.

use super::{Block, Callee, Local, OpKind, Operand, Terminator};
use beskid_abi::effects::Effects;

/// Expands to the traversal of an operation's operands, for `&` and `&mut`.
macro_rules! visit_operands {
    ($kind:expr, $visit:expr) => {
        match $kind {
            OpKind::Copy { value, .. }
            | OpKind::Unary { value, .. }
            | OpKind::Convert { value, .. }
            | OpKind::CheckChar { value, .. } => $visit(value),
            OpKind::Binary { left, right, .. } | OpKind::Compare { left, right, .. } => {
                $visit(left);
                $visit(right);
            }
            OpKind::Alloc { .. }
            | OpKind::HashSeed { .. }
            | OpKind::Count { .. }
            | OpKind::EnterProgram { .. }
            | OpKind::EnterLibrary
            | OpKind::LeaveLibrary => {}
            OpKind::AllocArray { length, .. } => $visit(length),
            OpKind::LoadField { object, .. } => $visit(object),
            OpKind::StoreField { object, value, .. } => {
                $visit(object);
                $visit(value);
            }
            OpKind::ArrayLen { array, .. } => $visit(array),
            OpKind::StringLen { string, .. } => $visit(string),
            OpKind::LoadElement { array, index, .. } => {
                $visit(array);
                $visit(index);
            }
            OpKind::StoreElement { array, index, value, .. } => {
                $visit(array);
                $visit(index);
                $visit(value);
            }
            OpKind::CheckIndex { index, length, .. } => {
                $visit(index);
                $visit(length);
            }
            OpKind::CheckDivisor { divisor } => $visit(divisor),
            OpKind::LoadTable { table, .. } => $visit(table),
            OpKind::CallIndirect { code, arguments, .. } => {
                $visit(code);
                for argument in arguments {
                    $visit(argument);
                }
            }
            OpKind::Call { arguments, .. } => {
                for argument in arguments {
                    $visit(argument);
                }
            }
        }
    };
}

/// Expands to the traversal of the locals an operation assigns, for `&` and `&mut`.
macro_rules! visit_dests {
    ($kind:expr, $visit:expr) => {
        match $kind {
            OpKind::Copy { dest, .. }
            | OpKind::Unary { dest, .. }
            | OpKind::Binary { dest, .. }
            | OpKind::Compare { dest, .. }
            | OpKind::Convert { dest, .. }
            | OpKind::Alloc { dest, .. }
            | OpKind::AllocArray { dest, .. }
            | OpKind::LoadField { dest, .. }
            | OpKind::ArrayLen { dest, .. }
            | OpKind::StringLen { dest, .. }
            | OpKind::HashSeed { dest }
            | OpKind::LoadElement { dest, .. }
            | OpKind::LoadTable { dest, .. } => $visit(dest),
            OpKind::StoreField { .. }
            | OpKind::StoreElement { .. }
            | OpKind::CheckIndex { .. }
            | OpKind::CheckDivisor { .. }
            | OpKind::CheckChar { .. }
            | OpKind::Count { .. }
            | OpKind::EnterLibrary
            | OpKind::LeaveLibrary => {}
            OpKind::Call { results, .. }
            | OpKind::CallIndirect { results, .. }
            | OpKind::EnterProgram { results, .. } => {
                for result in results {
                    $visit(result);
                }
            }
        }
    };
}

impl OpKind {
    /// Calls `visit` with every operand.
    pub fn for_each_operand(&self, mut visit: impl FnMut(Operand)) {
        let mut visit = |operand: &Operand| visit(*operand);
        visit_operands!(self, visit);
    }

    /// Calls `visit` with every operand, to change it.
    pub fn for_each_operand_mut(&mut self, mut visit: impl FnMut(&mut Operand)) {
        visit_operands!(self, visit);
    }

    /// Calls `visit` with every local that the operation assigns.
    pub fn for_each_dest(&self, mut visit: impl FnMut(Local)) {
        let mut visit = |local: &Local| visit(*local);
        visit_dests!(self, visit);
    }

    /// Calls `visit` with every local that the operation assigns, to change it.
    pub fn for_each_dest_mut(&mut self, mut visit: impl FnMut(&mut Local)) {
        visit_dests!(self, visit);
    }

    /// Whether a collection may happen during the operation.
    #[must_use]
    pub fn is_safepoint(&self) -> bool {
        match self {
            Self::Alloc { .. }
            | Self::AllocArray { .. }
            | Self::CallIndirect { .. }
            | Self::EnterProgram { .. } => true,
            Self::Call { callee: Callee::Runtime(function), .. } => {
                function.info().effects.contains(Effects::MAY_COLLECT)
            }
            Self::Call { callee: Callee::Direct(_) | Callee::Foreign(_), .. } => true,
            _ => false,
        }
    }

    /// Whether control does not come back from the operation.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Call { callee: Callee::Runtime(function), .. } => {
                function.info().effects.contains(Effects::NO_RETURN)
            }
            _ => false,
        }
    }

    /// Whether the operation can be dropped when nothing reads what it assigns. Allocations can: that
    /// memory runs out is not an effect a program may ask for. Those of arrays may panic.
    #[must_use]
    pub fn is_removable(&self) -> bool {
        match self {
            Self::Copy { .. }
            | Self::Unary { .. }
            | Self::Binary { .. }
            | Self::Compare { .. }
            | Self::Convert { .. }
            | Self::Alloc { .. }
            | Self::LoadField { .. }
            | Self::ArrayLen { .. }
            | Self::StringLen { .. }
            | Self::HashSeed { .. }
            | Self::LoadElement { .. }
            | Self::LoadTable { .. } => true,
            Self::Call { callee: Callee::Runtime(function), .. } => {
                function.info().effects.contains(Effects::PURE)
            }
            Self::AllocArray { .. }
            | Self::StoreField { .. }
            | Self::StoreElement { .. }
            | Self::CheckIndex { .. }
            | Self::CheckDivisor { .. }
            | Self::CheckChar { .. }
            | Self::Count { .. }
            | Self::Call { .. }
            | Self::CallIndirect { .. }
            | Self::EnterProgram { .. }
            | Self::EnterLibrary
            | Self::LeaveLibrary => false,
        }
    }
}

impl Terminator {
    /// Calls `visit` with every operand.
    pub fn for_each_operand(&self, mut visit: impl FnMut(Operand)) {
        match self {
            Self::Branch { condition: value, .. } | Self::Switch { value, .. } => visit(*value),
            Self::Return(values) => values.iter().copied().for_each(visit),
            Self::Goto(_) | Self::Unreachable => {}
        }
    }

    /// Calls `visit` with every operand, to change it.
    pub fn for_each_operand_mut(&mut self, mut visit: impl FnMut(&mut Operand)) {
        match self {
            Self::Branch { condition: value, .. } | Self::Switch { value, .. } => visit(value),
            Self::Return(values) => values.iter_mut().for_each(visit),
            Self::Goto(_) | Self::Unreachable => {}
        }
    }

    /// Calls `visit` with every block it may go to.
    pub fn for_each_successor(&self, mut visit: impl FnMut(Block)) {
        match self {
            Self::Goto(block) => visit(*block),
            Self::Branch { then, otherwise, .. } => {
                visit(*then);
                visit(*otherwise);
            }
            Self::Switch { cases, default, .. } => {
                cases.iter().for_each(|&(_, block)| visit(block));
                visit(*default);
            }
            Self::Return(_) | Self::Unreachable => {}
        }
    }

    /// Calls `visit` with every block it may go to, to change it.
    pub fn for_each_successor_mut(&mut self, mut visit: impl FnMut(&mut Block)) {
        match self {
            Self::Goto(block) => visit(block),
            Self::Branch { then, otherwise, .. } => {
                visit(then);
                visit(otherwise);
            }
            Self::Switch { cases, default, .. } => {
                cases.iter_mut().for_each(|(_, block)| visit(block));
                visit(default);
            }
            Self::Return(_) | Self::Unreachable => {}
        }
    }
}
