//! `//@ key: value` lines at the top of a case: what to do with it.
//!
//! *Invariants.* Unknown keys and values are errors; a directive below the first line of the program
//! is an error; a key that holds one value stands once.

use crate::matrix::{Config, Driver, Heap, Opt};
use crate::spec::Claim;

/// What a case is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// The program runs to its end on both drivers.
    Run,
    /// The program ends in a panic on both drivers.
    Panic,
    /// `beskid check` finds exactly the annotated diagnostics.
    Check,
    /// `beskid build` finds exactly the annotated diagnostics: those that need a whole program.
    Build,
    /// `beskid tree` prints the syntax tree.
    Parse,
    /// `beskid mir` prints the MIR.
    Mir,
    /// `beskid clif` prints the CLIF.
    Clif,
}

impl Mode {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("run", Self::Run),
        ("panic", Self::Panic),
        ("check", Self::Check),
        ("build", Self::Build),
        ("parse", Self::Parse),
        ("mir", Self::Mir),
        ("clif", Self::Clif),
    ];
}

/// Configurations in which a case is known to fail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Xfail {
    /// Words that a configuration's name must all contain; none of them means every configuration.
    words: Vec<String>,
    /// Why; shown when the case unexpectedly passes.
    pub reason: String,
}

impl Xfail {
    /// Whether the case is known to fail in `config`.
    #[must_use]
    pub fn covers(&self, config: Config) -> bool {
        self.words.iter().all(|word| config.has_word(word))
    }

    /// Whether the case is known to fail everywhere.
    #[must_use]
    pub fn covers_all(&self) -> bool {
        self.words.is_empty()
    }
}

/// All directives of one case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directives {
    /// What the case is for.
    pub mode: Mode,
    /// Sections of the specification that the case claims to test.
    pub spec: Vec<Claim>,
    /// Whether trials under a stressed collector are added.
    pub heap: Heap,
    /// The program's arguments.
    pub args: Vec<String>,
    /// The program's standard input; empty if not given.
    pub stdin: String,
    /// Names and values of the program's environment, beside those that the tests have.
    pub environment: Vec<(String, String)>,
    /// The function that is printed (`mir`, `clif`).
    pub function: Option<String>,
    /// The optimisation level (`mir`, `clif`).
    pub opt: Opt,
    /// Known failures.
    pub xfail: Vec<Xfail>,
    /// Codes of expected diagnostics that have no place in the file.
    pub unplaced: Vec<String>,
    /// The program that is run instead of the case's own text: a file or folder of the repository.
    pub program: Option<String>,
    /// Codes of diagnostics with a fix that does not mend the program alone.
    pub unfixed: Vec<String>,
}

impl Directives {
    /// Reads the directives of a case's text; `default` is the corpus's mode.
    ///
    /// # Errors
    /// Every malformed directive, with its line number.
    pub fn parse(text: &str, default: Mode) -> Result<Self, String> {
        let mut directives = Self {
            mode: default,
            spec: Vec::new(),
            heap: Heap::Stress,
            args: Vec::new(),
            stdin: String::new(),
            environment: Vec::new(),
            function: None,
            opt: Opt::None,
            xfail: Vec::new(),
            unplaced: Vec::new(),
            program: None,
            unfixed: Vec::new(),
        };
        let mut errors = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        let mut at_top = true;
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let number = index + 1;
            let Some(rest) = line.strip_prefix("//@") else {
                at_top &=
                    line.trim().is_empty() || line.starts_with("//") || line.starts_with("#!");
                continue;
            };
            // Where a file begins; see `section`.
            if rest.trim_start().starts_with("file:") {
                continue;
            }
            if !at_top {
                errors.push(format!("line {number}: directives stand at the top of the file"));
                continue;
            }
            let Some((key, value)) = rest.split_once(':') else {
                errors.push(format!("line {number}: expected `//@ key: value`"));
                continue;
            };
            let (key, value) = (key.trim(), value.trim());
            if seen.contains(&key) && !may_repeat(key) {
                errors.push(format!("line {number}: `{key}` stands twice"));
            }
            seen.push(key);
            if let Err(error) = directives.set(key, value) {
                errors.push(format!("line {number}: {error}"));
            }
        }
        if errors.is_empty() { Ok(directives) } else { Err(errors.join("\n")) }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "mode" => self.mode = choose(value, Mode::NAMES)?,
            "spec" => self.spec.extend(Claim::parse_list(value)?),
            "gc" => {
                self.heap = choose(value, &[("normal", Heap::Normal)])?;
            }
            "args" => self.args = split_words(value)?,
            "stdin" => self.stdin = unescape(value)?,
            "env" => match value.split_once('=') {
                Some((name, value)) => self.environment.push((name.to_owned(), value.to_owned())),
                None => return Err(format!("`{value}` is not `NAME=value`")),
            },
            "function" => self.function = Some(value.to_owned()),
            "opt" => self.opt = choose(value, &[("none", Opt::None), ("speed", Opt::Speed)])?,
            "program" => self.program = Some(value.to_owned()),
            "unplaced" => self.unplaced = value.split_whitespace().map(str::to_owned).collect(),
            _ => match key.strip_suffix(')').and_then(|key| key.split_once('(')) {
                Some(("xfail", config)) => self.xfail.push(parse_xfail(config, value)?),
                Some(("unfixed", _)) if value.is_empty() => {
                    return Err("an exception needs a reason".to_owned());
                }
                Some(("unfixed", code)) => self.unfixed.push(code.to_owned()),
                _ => return Err(format!("unknown directive `{key}`")),
            },
        }
        Ok(())
    }
}

fn may_repeat(key: &str) -> bool {
    matches!(key, "spec" | "env") || key.starts_with("xfail(") || key.starts_with("unfixed(")
}

fn choose<T: Copy>(value: &str, names: &[(&str, T)]) -> Result<T, String> {
    names.iter().find(|(name, _)| *name == value).map(|(_, choice)| *choice).ok_or_else(|| {
        let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        format!("`{value}` is none of {}", known.join(", "))
    })
}

/// `all`, or words such as `aot` and `aot/speed`.
fn parse_xfail(config: &str, reason: &str) -> Result<Xfail, String> {
    if reason.is_empty() {
        return Err("an xfail needs a reason".to_owned());
    }
    let words: Vec<String> =
        if config == "all" { Vec::new() } else { config.split('/').map(str::to_owned).collect() };
    for word in &words {
        let known = Driver::ALL.iter().any(|driver| driver.name() == word)
            || Opt::ALL.iter().any(|opt| opt.name() == word)
            || Heap::Stress.name() == Some(word);
        if !known {
            return Err(format!("`{word}` in `xfail({config})` names no configuration"));
        }
    }
    Ok(Xfail { words, reason: reason.to_owned() })
}

/// Splits at blanks; double quotes keep blanks and may be empty.
fn split_words(value: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for character in value.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            _ if character.is_whitespace() && !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

/// `\n`, `\t`, `\\`; everything else is itself.
fn unescape(value: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        text.push(match characters.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('\\') => '\\',
            other => return Err(format!("unknown escape `\\{}`", other.unwrap_or(' '))),
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Directives, String> {
        Directives::parse(text, Mode::Run)
    }

    #[test]
    fn reads_every_key() {
        let directives = parse(
            "//@ mode: panic\n//@ spec: language.md §2.7\n//@ gc: normal\n//@ args: a \"b c\" \"\"\n\
             //@ stdin: one\\ntwo\n//@ opt: speed\n//@ function: Sum\n//@ xfail(aot/speed): slow\n\
             //@ env: A=1\n//@ env: B=x=y\n//@ unplaced: E1910\n//@ program: examples/json\n\
             //@ unfixed(E1201): two names are misspelt\n",
        )
        .unwrap();
        assert_eq!(directives.mode, Mode::Panic);
        assert_eq!(directives.heap, Heap::Normal);
        assert_eq!(directives.args, ["a", "b c", ""]);
        assert_eq!(directives.stdin, "one\ntwo");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(directives.environment, [pair("A", "1"), pair("B", "x=y")]);
        assert_eq!(directives.opt, Opt::Speed);
        assert_eq!(directives.function.as_deref(), Some("Sum"));
        assert_eq!(directives.unplaced, ["E1910"]);
        assert_eq!(directives.program.as_deref(), Some("examples/json"));
        assert_eq!(directives.unfixed, ["E1201"]);
        let config = |driver, opt| Config { driver, opt, heap: Heap::Normal };
        assert!(directives.xfail[0].covers(config(Driver::Aot, Opt::Speed)));
        assert!(!directives.xfail[0].covers(config(Driver::Aot, Opt::None)));
    }

    #[test]
    fn default_mode_comes_from_the_corpus() {
        assert_eq!(Directives::parse("i32 main() { 0 }\n", Mode::Check).unwrap().mode, Mode::Check);
    }

    #[test]
    fn rejects_what_it_does_not_know() {
        for (text, message) in [
            ("//@ moed: run\n", "unknown directive `moed`"),
            ("//@ mode: walk\n", "`walk` is none of run"),
            ("//@ mode\n", "expected `//@ key: value`"),
            ("//@ mode: run\n//@ mode: run\n", "`mode` stands twice"),
            ("i32 main() { 0 }\n//@ mode: run\n", "line 2: directives stand at the top"),
            ("//@ xfail(jti): typo\n", "names no configuration"),
            ("//@ xfail(jit):\n", "needs a reason"),
            ("//@ unfixed(E1201):\n", "needs a reason"),
            ("//@ args: \"open\n", "not closed"),
            ("//@ stdin: \\q\n", "unknown escape"),
            ("//@ env: NAME\n", "is not `NAME=value`"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(message), "{error:?} should contain {message:?}");
        }
    }
}
