//! Other blanks, line ends and comments between the tokens of a text.

use beskid_analysis::index::Id;
use beskid_analysis::lexer::{TokenKind, lex};
use beskid_analysis::source::FileId;

use super::{Random, sources};

/// What is put between tokens.
#[derive(Clone, Copy)]
pub(crate) enum Gaps {
    /// Blanks and line ends.
    Blanks,
    /// A comment now and then.
    SomeComments,
    /// Comments everywhere.
    ManyComments,
}

fn gap(random: &mut Random, gaps: Gaps, must_part: bool, number: usize) -> String {
    let chance = match gaps {
        Gaps::Blanks => 0,
        Gaps::SomeComments => 4,
        Gaps::ManyComments => 50,
    };
    if random.below(100) < chance {
        return match random.below(9) {
            0 => format!(" // {number}\n"),
            1 => format!("\n// {number}\n"),
            2 => format!("\n\n// {number}\n\n\n// and {number}\n"),
            3 => format!(" /* {number} */ "),
            4 => format!("/*{number}*/"),
            5 => format!("\n/* {number}\n   goes on */\n"),
            6 => format!(" /* {number} */ // {number}\n"),
            7 => format!(" /* {number} */\n"),
            _ => format!("\n\t/* {number} */ /* again */ "),
        };
    }
    match random.below(12) {
        0 => "\n".to_owned(),
        1 => "\n\n\n".to_owned(),
        2 => "\r\n  ".to_owned(),
        3 => "\t".to_owned(),
        4 | 5 if !must_part => String::new(),
        _ => " ".to_owned(),
    }
}

/// The tokens of a text with other gaps; strings stay as they are.
pub(crate) fn mangle(text: &str, random: &mut Random, gaps: Gaps) -> String {
    let sources = sources(text);
    let file = sources.file(FileId::from_index(0));
    let lexed = lex(file);
    let mut out = String::new();
    let mut open_texts = 0;
    for (index, pair) in lexed.tokens.windows(2).enumerate() {
        let [token, next] = [pair[0], pair[1]];
        out.push_str(sources.text(token.span()));
        match token.kind {
            TokenKind::TextStart => open_texts += 1,
            TokenKind::TextEnd => open_texts -= 1,
            _ => {}
        }
        let original = &file.text[(token.hi - file.base) as usize..(next.lo - file.base) as usize];
        let has_comment = original.contains("//") || original.contains("/*");
        if open_texts > 0 || has_comment {
            out.push_str(original);
        } else if original.is_empty() && (token.kind == TokenKind::Gt || next.kind == TokenKind::Gt)
        {
            // `>>` is one operator.
        } else {
            out.push_str(&gap(random, gaps, !original.is_empty(), index));
        }
    }
    out
}
