//! The partner of every bracket of a file, found once.
//!
//! Look-ahead (is this `(` the start of a lambda?) and recovery (where does this broken list end?)
//! then take constant time. A brace is stronger than a parenthesis: `( {` is not closed by `)`, and
//! `}` gives up parentheses that are open inside its block. Interpolations are strongest of all.
//!
//! *Invariants.* A bracket without partner has [`Partners::NONE`]. Partners nest.

use super::{Token, TokenKind};

/// The entry of a token that is no bracket.
pub const UNKNOWN: u32 = 0;

/// For each token the index of its partner.
#[derive(Debug)]
pub struct Partners {
    /// By token.
    pub of: Vec<u32>,
    /// Whether some `{` is not closed.
    pub open_brace: bool,
    /// Whether some `}` closes nothing.
    pub stray_brace: bool,
}

impl Partners {
    /// The entry of a bracket without partner.
    pub const NONE: u32 = u32::MAX;
}

/// An open bracket, and how many of each weak kind are open since the last strong one before it.
struct Open {
    kind: TokenKind,
    token: u32,
    parens: u32,
    brackets: u32,
}

/// Finds all partners.
#[must_use]
pub fn partners(tokens: &[Token]) -> Partners {
    use TokenKind as K;
    let mut of = vec![UNKNOWN; tokens.len()];
    let mut stack: Vec<Open> = Vec::new();
    let (mut open_brace, mut stray_brace) = (false, false);
    let (mut parens, mut brackets) = (0u32, 0u32);
    for (index, token) in tokens.iter().enumerate() {
        let index = index as u32;
        match token.kind {
            kind @ (K::LParen | K::LBracket | K::LBrace | K::TextStart) => {
                stack.push(Open { kind, token: index, parens, brackets });
                match kind {
                    K::LParen => parens += 1,
                    K::LBracket => brackets += 1,
                    _ => (parens, brackets) = (0, 0),
                }
            }
            kind @ (K::RParen | K::RBracket | K::RBrace | K::TextEnd) => {
                let (opener, found) = match kind {
                    K::RParen => (K::LParen, parens > 0),
                    K::RBracket => (K::LBracket, brackets > 0),
                    K::RBrace => (K::LBrace, true),
                    _ => (K::TextStart, true),
                };
                of[index as usize] = Partners::NONE;
                if !found {
                    continue;
                }
                while let Some(open) = stack.pop() {
                    if kind == K::RBrace && open.kind == K::TextStart {
                        stack.push(open);
                        break;
                    }
                    (parens, brackets) = (open.parens, open.brackets);
                    if open.kind == opener {
                        of[index as usize] = open.token;
                        of[open.token as usize] = index;
                        break;
                    }
                    open_brace |= open.kind == K::LBrace;
                    of[open.token as usize] = Partners::NONE;
                }
                stray_brace |= kind == K::RBrace && of[index as usize] == Partners::NONE;
            }
            _ => {}
        }
    }
    for open in stack {
        open_brace |= open.kind == K::LBrace;
        of[open.token as usize] = Partners::NONE;
    }
    Partners { of, open_brace, stray_brace }
}
