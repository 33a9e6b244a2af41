//! Whether the arms of a `match` cover every value, and whether each can match (language.md §11.3).
//!
//! Patterns are rows of a matrix whose columns are the values still to be looked at (Maranget, "Warnings
//! for pattern matching", 2007): looking at a column replaces it by the payload of one variant. Numbers
//! and chars are cut into the intervals that the patterns of the column tell apart.
//!
//! *Invariants.* Guarded arms cover nothing. Only `bool` and enums are exhausted by listing. The work is
//! bounded: beyond [`MAX_STEPS`] nothing is reported, and what no arm matches ends the program there.

use std::borrow::Cow;
use std::rc::Rc;

use super::{TypeckCx, generic};
use crate::ast;
use crate::diagnostics::{Code, Diagnostic, Edit, Fix};
use crate::hir::{Arm, Constant, Pattern};
use crate::resolve::suggest::type_name;
use crate::source::Span;
use crate::types::{Ty, TyKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// Rows looked at before the check gives up.
const MAX_STEPS: usize = 20_000_000;
/// Missing patterns that are named.
const SHOWN: usize = 3;

static WILDCARD: Pattern = Pattern::Wildcard;

/// Patterns for the columns; the first column is the last element.
type Row<'h> = Vec<&'h Pattern>;

/// A value that no arm matches, as a pattern.
#[derive(Clone, Debug)]
enum Witness {
    Any,
    Bool(bool),
    Variant(Ty, usize, Vec<Witness>),
}

/// What distinguishes the values of a column.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Head {
    Variant(usize),
    Bool(bool),
    /// An interval of integers or chars.
    Interval(i128, i128),
    Float(u64),
    Text(Box<str>),
    /// A type behind a contract value.
    Type(Ty),
}

impl Head {
    /// With the types of its payload, where the column's type lists no heads.
    fn of_open_list(self) -> (Self, Vec<Ty>) {
        let payload = match self {
            Self::Type(ty) => vec![ty],
            _ => Vec::new(),
        };
        (self, payload)
    }
}

/// All that can head a column of a type, each with the types of its payload; `None` if that is no
/// finite list.
type Heads = Option<Rc<[(Head, Vec<Ty>)]>>;

struct Check<'c, 'a> {
    cx: &'c mut TypeckCx<'a>,
    /// Every arm asks for those of the same few types.
    heads: FxHashMap<Ty, Heads>,
    steps: usize,
}

/// The patterns of the arms before one, by what they look for. A long `match` mostly lists variants or
/// constants: each is compared with those that could cover it, not with all.
#[derive(Default)]
struct Before<'h> {
    all: Vec<&'h Pattern>,
    /// Those of one head, other than ranges.
    single: FxHashMap<Head, Vec<&'h Pattern>>,
    /// Ranges, and what matches every head.
    wide: Vec<&'h Pattern>,
}

impl<'h> Before<'h> {
    /// The head of a pattern, if only patterns of the same head and wide ones overlap with it.
    fn single_head(pattern: &'h Pattern) -> Option<Head> {
        head(Some(&pattern)).filter(|head| match head {
            Head::Interval(low, high) => low == high,
            _ => true,
        })
    }

    fn add(&mut self, pattern: &'h Pattern) {
        self.all.push(pattern);
        match Self::single_head(pattern) {
            Some(head) => self.single.entry(head).or_default().push(pattern),
            None => self.wide.push(pattern),
        }
    }

    /// The rows that can match a value which a pattern matches.
    fn relevant(&self, pattern: &'h Pattern) -> Vec<Row<'h>> {
        let (same, others) = match Self::single_head(pattern) {
            Some(head) => (self.single.get(&head), &self.wide),
            None => (None, &self.all),
        };
        let overlaps = |other: &&'h Pattern| match (head(Some(&pattern)), head(Some(other))) {
            (Some(Head::Interval(low, high)), Some(Head::Interval(first, last))) => {
                low <= last && first <= high
            }
            _ => true,
        };
        let others = others.iter().copied().filter(overlaps);
        same.into_iter().flatten().copied().chain(others).map(|pattern| vec![pattern]).collect()
    }
}

/// A pattern's alternatives, those inside alternatives as well.
fn alternatives(pattern: &Pattern) -> Vec<&Pattern> {
    match pattern {
        Pattern::Or(inner) => inner.iter().flat_map(alternatives).collect(),
        _ => vec![pattern],
    }
}

/// Reports values that no arm matches, and arms that match no value.
pub(super) fn check(
    cx: &mut TypeckCx<'_>,
    matched: Ty,
    arms: &[Arm],
    source: &[ast::Arm],
    span: Span,
) {
    if cx.types.has_error(matched) || matched == Ty::NEVER {
        return;
    }
    let mut check = Check { cx, heads: FxHashMap::default(), steps: 0 };
    let mut rows: Vec<Row<'_>> = Vec::with_capacity(arms.len());
    let mut unreachable = Vec::new();
    let mut before = Before::default();
    for (index, arm) in arms.iter().enumerate() {
        // An alternative that is not useful is covered already, so the next one need not know of it.
        let mut useful = false;
        for pattern in alternatives(&arm.pattern) {
            useful |= check.is_useful(&before.relevant(pattern), &vec![pattern], vec![matched]);
        }
        if !useful {
            unreachable.push(index);
        }
        if arm.guard.is_none() {
            rows.push(vec![&arm.pattern]);
            alternatives(&arm.pattern).into_iter().for_each(|pattern| before.add(pattern));
        }
    }
    let missing = check.missing(rows, vec![matched], SHOWN + 1);
    if check.steps > MAX_STEPS {
        return;
    }
    for index in unreachable {
        let at = cx.ast().patterns[source[index].pattern].span;
        cx.report(
            Diagnostic::new(Code::UnreachableArm, at, "this arm can never match")
                .label("the arms before it match all of its values"),
        );
    }
    if missing.is_empty() {
        return;
    }
    let texts: Vec<String> =
        missing.iter().filter_map(|row| row.last()).map(|w| text(cx, w)).collect();
    let quoted: Vec<String> = texts.iter().take(SHOWN).map(|text| format!("`{text}`")).collect();
    let more = if texts.len() > SHOWN { " and more" } else { "" };
    let head = span.start().to(Span::new(span.lo, span.lo + "match".len() as u32));
    let diagnostic = match texts.as_slice() {
        [only] if only == "_" => {
            let message = "this `match` does not cover all values";
            Diagnostic::new(Code::MissingPattern, head, message).note(
                "numbers, chars, strings and contract values are never listed completely: `_` stands for \
                 the rest",
            )
        }
        _ => {
            let message = format!("this `match` does not cover {}{more}", quoted.join(", "));
            Diagnostic::new(Code::MissingPattern, head, message)
        }
    };
    let shown = &texts[..texts.len().min(SHOWN)];
    let diagnostic = match new_arms(cx, source, span, shown) {
        Some(edit) => {
            let title = if shown.len() == 1 { "add the arm" } else { "add the arms" };
            let fix = Fix { title: title.to_owned(), edits: vec![edit] };
            Diagnostic { fixes: vec![fix], ..diagnostic }
        }
        None => diagnostic.help(format!("add an arm: `{} => …`", shown[0])),
    };
    cx.report(diagnostic);
}

/// The arms that a `match` lacks, behind its last one.
fn new_arms(
    cx: &TypeckCx<'_>,
    source: &[ast::Arm],
    span: Span,
    patterns: &[String],
) -> Option<Edit> {
    let last = source.last()?.span;
    let behind = cx.sources.text(Span::new(last.hi, span.hi));
    let gap = behind.len() - behind.trim_start().len();
    let has_comma = behind[gap..].starts_with(',');
    let place = if has_comma { last.hi + gap as u32 + 1 } else { last.hi };
    let before = cx.sources.text(Span::new(span.lo, last.lo));
    let blanks = before.rsplit('\n').next().unwrap_or("");
    let own_line = before.contains('\n') && blanks.trim().is_empty();
    let separator = if own_line { format!("\n{blanks}") } else { " ".to_owned() };
    let arms: Vec<String> =
        patterns.iter().map(|pattern| format!("{separator}{pattern} => …")).collect();
    let comma = if has_comma { "" } else { "," };
    let end = if own_line || has_comma { "," } else { "" };
    let replacement = format!("{comma}{}{end}", arms.join(","));
    Some(Edit { span: Span::new(place, place), replacement })
}

/// A witness as it would be written.
fn text(cx: &TypeckCx<'_>, witness: &Witness) -> String {
    match witness {
        Witness::Any => "_".to_owned(),
        Witness::Bool(value) => value.to_string(),
        Witness::Variant(ty, index, payload) => {
            let Some((def, _)) = cx.types.as_declared(*ty) else { return "_".to_owned() };
            let item = &cx.items.types[def].def;
            let variant = &item.variant_list()[*index];
            let outer = type_name(cx.items, cx.interner, cx.module, def);
            let name = format!("{outer}::{}", cx.text(variant.name));
            if payload.is_empty() {
                return name;
            }
            let payload: Vec<String> = payload.iter().map(|inner| text(cx, inner)).collect();
            format!("{name}({})", payload.join(", "))
        }
    }
}

impl<'h> Check<'_, '_> {
    fn heads(&mut self, ty: Ty) -> Heads {
        if let Some(known) = self.heads.get(&ty) {
            return known.clone();
        }
        let heads: Heads = match *self.cx.types.kind(ty) {
            TyKind::Bool => {
                Some(Rc::new([(Head::Bool(true), Vec::new()), (Head::Bool(false), Vec::new())]))
            }
            TyKind::Enum(def, list) => {
                let items = self.cx.items;
                let instance = generic::of_type(self.cx, def, list);
                let variants = items.types[def].def.variant_list().iter().enumerate();
                let heads = variants.map(|(index, variant)| {
                    let payload = variant.payload.iter().map(|&ty| instance.apply(self.cx, ty));
                    (Head::Variant(index), payload.collect())
                });
                Some(heads.collect())
            }
            _ => None,
        };
        self.heads.insert(ty, heads.clone());
        heads
    }

    /// Values that no row matches, at most `limit`.
    fn missing(
        &mut self,
        rows: Vec<Row<'h>>,
        mut types: Vec<Ty>,
        limit: usize,
    ) -> Vec<Vec<Witness>> {
        self.steps += rows.len() + 1;
        if self.steps > MAX_STEPS {
            return Vec::new();
        }
        let Some(ty) = types.pop() else {
            return if rows.is_empty() { vec![Vec::new()] } else { Vec::new() };
        };
        let rows = split_alternatives(Cow::Owned(rows));
        let others = default_rows(&rows);
        let heads = match self.heads(ty) {
            Some(heads) if rows.len() > others.len() || heads.is_empty() => heads,
            // Nobody looks at the column, or it cannot be listed.
            _ => {
                let mut found = self.missing(others, types, limit);
                found.iter_mut().for_each(|row| row.push(Witness::Any));
                return found;
            }
        };
        let present: FxHashSet<Head> = rows.iter().filter_map(|row| head(row.last())).collect();
        let mut behind: Option<Vec<Vec<Witness>>> = None;
        let mut found = Vec::new();
        let groups = group(&rows, &heads);
        for ((head, payload), group) in heads.iter().zip(groups) {
            if found.len() >= limit {
                break;
            }
            let arity = payload.len();
            let mut rest = if present.contains(head) {
                let mut types = types.clone();
                types.extend(payload.iter().rev());
                let specialised =
                    group.into_iter().filter_map(|row| specialise(&rows[row], head, arity));
                self.missing(specialised.collect(), types, limit - found.len())
            } else {
                let known = match &behind {
                    Some(known) => known.clone(),
                    None => {
                        let known = self.missing(others.clone(), types.clone(), limit);
                        behind = Some(known.clone());
                        known
                    }
                };
                let pad = |mut row: Vec<Witness>| {
                    row.extend(std::iter::repeat_n(Witness::Any, arity));
                    row
                };
                known.into_iter().map(pad).collect()
            };
            for row in &mut rest {
                let mut inner = row.split_off(row.len() - arity);
                inner.reverse();
                row.push(match *head {
                    Head::Bool(value) => Witness::Bool(value),
                    Head::Variant(index) => Witness::Variant(ty, index, inner),
                    _ => Witness::Any,
                });
            }
            found.extend(rest);
        }
        found.truncate(limit);
        found
    }

    /// Whether a row matches some value that no row before it does.
    fn is_useful(&mut self, rows: &[Row<'h>], row: &Row<'h>, mut types: Vec<Ty>) -> bool {
        self.steps += rows.len() + 1;
        let Some(ty) = types.pop() else { return rows.is_empty() };
        if self.steps > MAX_STEPS {
            return true;
        }
        let pattern: &'h Pattern = row.last().copied().unwrap_or(&WILDCARD);
        if let Pattern::Or(alternatives) = pattern {
            let mut before: Cow<'_, [Row<'h>]> = Cow::Borrowed(rows);
            let mut useful = false;
            types.push(ty);
            for alternative in alternatives {
                let mut row = row.clone();
                row.pop();
                row.push(alternative);
                useful |= self.is_useful(&before, &row, types.clone());
                before.to_mut().push(row);
            }
            return useful;
        }
        if rows.is_empty() {
            return self.is_inhabited(ty);
        }
        let rows = split_alternatives(Cow::Borrowed(rows));
        let wanted: Rc<[(Head, Vec<Ty>)]> = match (pattern, self.heads(ty)) {
            (Pattern::Wildcard | Pattern::Bind(_), heads) => {
                let present: FxHashSet<Head> =
                    rows.iter().filter_map(|row| head(row.last())).collect();
                match heads {
                    Some(heads) if heads.iter().all(|(head, _)| present.contains(head)) => heads,
                    _ => {
                        let mut rest = row.clone();
                        rest.pop();
                        return self.is_useful(&default_rows(&rows), &rest, types);
                    }
                }
            }
            (_, heads) => match head(Some(&pattern)) {
                Some(Head::Interval(low, high)) => pieces(&rows, low, high).into(),
                Some(wanted) => {
                    let known = heads
                        .as_ref()
                        .and_then(|heads| heads.iter().find(|(head, _)| *head == wanted).cloned());
                    Rc::new([known.unwrap_or_else(|| wanted.of_open_list())])
                }
                None => return true,
            },
        };
        wanted.iter().any(|(head, payload)| {
            let arity = payload.len();
            let before: Vec<Row<'h>> =
                rows.iter().filter_map(|row| specialise(row, head, arity)).collect();
            let Some(row) = specialise(row, head, arity) else { return false };
            let mut types = types.clone();
            types.extend(payload.iter().rev());
            self.is_useful(&before, &row, types)
        })
    }

    /// Whether a type has values at all.
    fn is_inhabited(&mut self, ty: Ty) -> bool {
        self.heads(ty).is_none_or(|heads| !heads.is_empty())
    }
}

/// What heads the values that a pattern matches; `None` for all values.
fn head(pattern: Option<&&Pattern>) -> Option<Head> {
    let scalar = |constant: &Constant| match constant {
        Constant::Int(value) => Some(*value),
        Constant::Char(value) => Some(i128::from(u32::from(*value))),
        _ => None,
    };
    match pattern? {
        Pattern::Variant(index, _) => Some(Head::Variant(*index)),
        Pattern::Constant(Constant::Bool(value)) => Some(Head::Bool(*value)),
        Pattern::Constant(Constant::Float(value)) => Some(Head::Float(value.to_bits())),
        Pattern::Constant(Constant::String(text)) => Some(Head::Text(text.clone())),
        Pattern::Constant(constant) => {
            let value = scalar(constant)?;
            Some(Head::Interval(value, value))
        }
        Pattern::Range(low, high) => Some(Head::Interval(scalar(low)?, scalar(high)?)),
        Pattern::Type(ty, _) => Some(Head::Type(*ty)),
        Pattern::Wildcard | Pattern::Bind(_) | Pattern::Or(_) => None,
    }
}

/// The pieces of an interval that the rows tell apart.
fn pieces(rows: &[Row<'_>], low: i128, high: i128) -> Vec<(Head, Vec<Ty>)> {
    let mut starts = vec![low];
    for row in rows {
        if let Some(Head::Interval(first, last)) = head(row.last()) {
            starts.extend([first, last + 1].into_iter().filter(|&at| low < at && at <= high));
        }
    }
    starts.sort_unstable();
    starts.dedup();
    let ends: Vec<i128> = starts.iter().skip(1).map(|&start| start - 1).chain([high]).collect();
    let pieces = starts.into_iter().zip(ends);
    pieces.map(|(first, last)| (Head::Interval(first, last), Vec::new())).collect()
}

/// The rows with alternatives in the first column as rows of their own.
fn split_alternatives<'r, 'h>(rows: Cow<'r, [Row<'h>]>) -> Cow<'r, [Row<'h>]> {
    if !rows.iter().any(|row| matches!(row.last(), Some(Pattern::Or(_)))) {
        return rows;
    }
    let mut split = Vec::with_capacity(rows.len());
    let mut pending: Vec<Row<'h>> = rows.into_owned();
    pending.reverse();
    while let Some(row) = pending.pop() {
        match row.last() {
            Some(Pattern::Or(alternatives)) => {
                for alternative in alternatives.iter().rev() {
                    let mut row = row.clone();
                    row.pop();
                    row.push(alternative);
                    pending.push(row);
                }
            }
            _ => split.push(row),
        }
    }
    Cow::Owned(split)
}

/// The rows that do not look at the first column, without it.
fn default_rows<'h>(rows: &[Row<'h>]) -> Vec<Row<'h>> {
    let mut kept = Vec::new();
    for row in rows {
        if head(row.last()).is_none() {
            let mut row = row.clone();
            row.pop();
            kept.push(row);
        }
    }
    kept
}

/// For each head, the rows that can match it, in order.
fn group(rows: &[Row<'_>], heads: &[(Head, Vec<Ty>)]) -> Vec<Vec<usize>> {
    let numbers: FxHashMap<&Head, usize> =
        heads.iter().enumerate().map(|(index, (head, _))| (head, index)).collect();
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); heads.len()];
    let mut wild = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match head(row.last()) {
            Some(head) => {
                if let Some(&number) = numbers.get(&head) {
                    groups[number].push(index);
                }
            }
            None => wild.push(index),
        }
    }
    for group in &mut groups {
        group.extend(&wild);
        group.sort_unstable();
    }
    groups
}

/// A row for the values with a head: its first column is replaced by the payload.
fn specialise<'h>(row: &Row<'h>, wanted: &Head, arity: usize) -> Option<Row<'h>> {
    let mut row = row.clone();
    let pattern = row.pop()?;
    match (head(Some(&pattern)), wanted) {
        (None, _) => row.extend(std::iter::repeat_n(&WILDCARD, arity)),
        (Some(Head::Interval(first, last)), Head::Interval(low, high)) => {
            if first > *low || last < *high {
                return None;
            }
        }
        (Some(head), wanted) if head == *wanted => match pattern {
            Pattern::Variant(_, payload) => row.extend(payload.iter().rev()),
            Pattern::Type(_, inner) => row.push(inner),
            _ => {}
        },
        _ => return None,
    }
    Some(row)
}
