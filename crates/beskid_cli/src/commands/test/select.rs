//! Which tests are wanted.
//!
//! *Invariants.* The order is that of the source. A filter that leaves nothing is an error: it is more
//! often a mistake than meant.

use beskid_analysis::diagnostics::suggest;
use beskid_analysis::hir::{Analysis, Test};

use super::display_name;
use crate::arguments;

/// Why no test is left.
#[derive(Debug)]
pub(super) struct Nothing(pub(super) String);

/// The tests that all filters let pass.
pub(super) fn select<'a>(
    analysis: &'a Analysis,
    arguments: &arguments::Test,
) -> Result<Vec<&'a Test>, Nothing> {
    let named = Names::new(analysis);
    let mut wanted = vec![true; analysis.tests.len()];
    let names: Vec<&String> = arguments.names.iter().chain(&arguments.filter).collect();
    if !names.is_empty() {
        let mut any = vec![false; wanted.len()];
        for name in names {
            let found = named.matching(name);
            if found.is_empty() {
                return Err(Nothing(named.unknown(name)));
            }
            found.into_iter().for_each(|index| any[index] = true);
        }
        keep(&mut wanted, |index| any[index]);
    }
    let tests = &analysis.tests;
    let all_tags = || tests.iter().flat_map(|test| &test.tags).map(String::as_str);
    for tag in &arguments.include_tag {
        if !all_tags().any(|other| other == tag) {
            return Err(Nothing(unknown("tag", tag, all_tags())));
        }
    }
    if !arguments.include_tag.is_empty() {
        let has = |test: &Test| test.tags.iter().any(|tag| arguments.include_tag.contains(tag));
        keep(&mut wanted, |index| has(&tests[index]));
    }
    keep(&mut wanted, |index| {
        !tests[index].tags.iter().any(|tag| arguments.exclude_tag.contains(tag))
    });
    let groups = || tests.iter().filter_map(|test| test.group.as_deref());
    for group in &arguments.group {
        if !groups().any(|other| is_within(other, group)) {
            return Err(Nothing(unknown("group", group, groups())));
        }
    }
    if !arguments.group.is_empty() {
        let is_in = |test: &Test| {
            let own = test.group.as_deref();
            own.is_some_and(|own| arguments.group.iter().any(|group| is_within(own, group)))
        };
        keep(&mut wanted, |index| is_in(&tests[index]));
    }
    let selected: Vec<&Test> =
        tests.iter().zip(&wanted).filter(|&(_, &wanted)| wanted).map(|(test, _)| test).collect();
    if selected.is_empty() && !tests.is_empty() {
        return Err(Nothing("no test passes all filters".to_owned()));
    }
    Ok(selected)
}

fn keep(wanted: &mut [bool], mut passes: impl FnMut(usize) -> bool) {
    for (index, wanted) in wanted.iter_mut().enumerate() {
        *wanted = *wanted && passes(index);
    }
}

/// Whether a group is another one or in it: `net.http` is within `net`.
fn is_within(group: &str, outer: &str) -> bool {
    group.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn unknown<'a>(what: &str, name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let message = format!("no test has the {what} `{name}`");
    match suggest::nearest(name, names) {
        Some(near) => format!("{message}; did you mean `{near}`?"),
        None => message,
    }
}

/// The names of all tests.
struct Names<'a> {
    analysis: &'a Analysis,
    /// As shown.
    shown: Vec<String>,
    /// With the module.
    full: Vec<String>,
}

impl<'a> Names<'a> {
    fn new(analysis: &'a Analysis) -> Self {
        let full = |test: &Test| {
            let module = &analysis.modules[test.module].path;
            format!("{module}.{}", analysis.interner.name(test.name))
        };
        Self {
            analysis,
            shown: analysis.tests.iter().map(|test| display_name(analysis, test)).collect(),
            full: analysis.tests.iter().map(full).collect(),
        }
    }

    /// The tests that a filter means: the one of that name, else those of that
    /// name in their modules, else those with it in their name, or the one
    /// at `FILE:LINE`.
    fn matching(&self, filter: &str) -> Vec<usize> {
        if let Some((file, line)) = place(filter) {
            return self.at(file, line);
        }
        let all = 0..self.full.len();
        let exact: Vec<usize> = all
            .clone()
            .filter(|&index| self.full[index] == filter || self.shown[index] == filter)
            .collect();
        if !exact.is_empty() {
            return exact;
        }
        let own = |index: usize| self.analysis.interner.name(self.analysis.tests[index].name);
        let named: Vec<usize> = all.clone().filter(|&index| own(index) == filter).collect();
        if !named.is_empty() {
            return named;
        }
        all.filter(|&index| self.full[index].contains(filter)).collect()
    }

    fn at(&self, file: &str, line: u32) -> Vec<usize> {
        let sources = &self.analysis.sources;
        let holds = |test: &Test| {
            let (id, first) = sources.line_column(test.item);
            let (_, last) = sources.line_column(test.item.end());
            let name = &sources.file(id).name;
            let is_file =
                name.strip_suffix(file).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
            is_file && (first.line..=last.line).contains(&line)
        };
        let tests = self.analysis.tests.iter().enumerate();
        tests.filter(|(_, test)| holds(test)).map(|(index, _)| index).collect()
    }

    fn unknown(&self, filter: &str) -> String {
        if let Some((file, line)) = place(filter) {
            return format!("there is no test at line {line} of `{file}`");
        }
        let names = self.shown.iter().chain(&self.full).map(String::as_str);
        let message = format!("no test has `{filter}` in its name");
        match suggest::nearest(filter, names) {
            Some(near) => format!("{message}; did you mean `{near}`?"),
            None => message,
        }
    }
}

/// `FILE:LINE`; names of tests have no colons.
fn place(filter: &str) -> Option<(&str, u32)> {
    let (file, line) = filter.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_nest_at_dots() {
        assert!(is_within("net.http", "net"));
        assert!(is_within("net", "net"));
        assert!(!is_within("network", "net"));
        assert!(!is_within("net", "net.http"));
    }

    #[test]
    fn a_place_is_a_file_and_a_line() {
        assert_eq!(place("a/b.bd:12"), Some(("a/b.bd", 12)));
        assert_eq!(place("Net.Http"), None);
        assert_eq!(place("a:b"), None);
    }
}
