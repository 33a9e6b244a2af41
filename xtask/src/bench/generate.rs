//! A program of any length for measuring the compiler: always the same one, and of the usual kind.
//!
//! Sections of about fifty lines, each with a type and its methods, functions with loops, branches,
//! arrays and texts, and calls into the section before; `main` reaches all of them.
//!
//! *Invariants.* Equal lengths give equal text; the program compiles without diagnostics, runs to
//! its end, and terminates quickly.

use std::fmt::Write;

/// A program of at least `lines` lines.
pub(super) fn program(lines: usize) -> String {
    let (mut text, sections) = sections(lines);
    text.push_str("i32 main() {\n");
    text.push_str(&total(sections));
    text.push_str("    println(\"total ${total}\");\n    return 0;\n}\n");
    text
}

/// A module of at least `lines` lines, whose `Total` reaches all of it.
pub(super) fn module(lines: usize) -> String {
    let (mut text, sections) = sections(lines);
    text.push_str("pub i64 Total() {\n");
    text.push_str(&total(sections));
    text.push_str("    return total;\n}\n");
    text
}

/// Sections of together at least `lines` lines, and how many.
fn sections(lines: usize) -> (String, usize) {
    let mut text = String::new();
    let mut count = 0;
    let mut sections = 0;
    while count < lines {
        let section = section(sections);
        count += section.lines().count() + 1;
        text.push_str(&section);
        text.push('\n');
        sections += 1;
    }
    (text, sections)
}

/// Statements that sum up what sections give.
fn total(sections: usize) -> String {
    let mut text = String::from("    i64 mut total = 0;\n");
    for section in 0..sections {
        let _ = writeln!(text, "    total += Run{section}({});", section % 7 + 1);
    }
    text
}

/// Differs between sections in names, numbers and one statement, as real code does.
fn section(index: usize) -> String {
    let factor = index * 31 % 97 + 3;
    let limit = index % 13 + 4;
    let before = match index {
        0 => "seed".to_owned(),
        _ => format!("Mix{}(seed)", index - 1),
    };
    let adjust = match index % 4 {
        0 => "value = value ^ (value >> 3);",
        1 => "value = value * 17 - 5;",
        2 => "value = (value & 65535) + (value | 1);",
        _ => "value = value % 8191;",
    };
    format!(
        r#"/// What section {index} counts.
type Account{index} {{ i64 id, i64 balance, string owner, bool open }}

impl Account{index} {{
    /// The balance afterwards.
    i64 Deposit(i64 amount) {{
        if amount <= 0 || !this.open {{
            return this.balance;
        }}
        this.balance += amount;
        return this.balance;
    }}

    bool Withdraw(i64 amount) {{
        if amount > this.balance {{
            return false;
        }}
        this.balance -= amount;
        return true;
    }}

    string Describe() {{
        let state = if this.open {{ "open" }} else {{ "closed" }};
        return "account ${{this.id}} of ${{this.owner}} (${{state}}): ${{this.balance}}";
    }}
}}

i64 Mix{index}(i64 seed) {{
    i64 mut value = seed * {factor} + {index};
    {adjust}
    return value;
}}

i64 Sum{index}(i64[] values) {{
    i64 mut sum = 0;
    for value in values {{
        sum += if value > {factor} {{ value - {factor} }} else {{ value * 2 }};
    }}
    return sum;
}}

i64 Run{index}(i64 seed) {{
    let account = Account{index} {{ id: {index}, balance: 100, owner: "owner {index}", open: true }};
    let values = Array.Filled<i64>({limit}, seed);
    i64 mut step = 0;
    while step < values.Len() {{
        values[step] = {before} + step;
        step += 1;
    }}
    for turn in range(0, {limit}) {{
        if !account.Withdraw(turn + 1) {{
            break;
        }}
        _ = account.Deposit(Sum{index}(values) % 50);
    }}
    let text = account.Describe();
    return account.balance + text.Len();
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_text_are_as_asked() {
        let text = program(2_500);
        let lines = text.lines().count();
        assert!((2_500..2_700).contains(&lines), "{lines}");
        assert_eq!(text, program(2_500));
    }
}
