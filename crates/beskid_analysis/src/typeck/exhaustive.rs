//! Whether the arms of a `match` cover every value (language.md §11.3).

use super::TypeckCx;
use crate::ast;
use crate::hir::Arm;
use crate::source::Span;
use crate::types::Ty;

/// Reports values that no arm matches, and arms that match no value.
pub(super) fn check(
    _cx: &mut TypeckCx<'_>,
    _matched: Ty,
    _arms: &[Arm],
    _source: &[ast::Arm],
    _span: Span,
) {
}
