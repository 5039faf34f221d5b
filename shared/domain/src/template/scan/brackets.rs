//! Brackets within a tag: round ones for order and arguments, square ones for parts, and lists to look a value up in.

use super::{Token, not_available};
use crate::template::TemplateError;

/// Words after which no value has ended, so that a square bracket begins a list.
const KEYWORDS: &[&str] = &["and", "elif", "else", "if", "in", "is", "not", "or"];

/// What an open bracket holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Holds {
    /// One value.
    Value,
    /// Values for a filter.
    Arguments,
    /// Values to look another up in.
    List,
    /// A place in a value, or where a part of it begins and ends.
    Place {
        /// Whether its colon has come.
        is_part: bool,
    },
}

/// Refuses maps, and lists but those that a value is looked up in. As text, each of them escapes the texts in it, so a few of
/// them within each other would make any length.
pub(super) fn refuse(tokens: &[Token<'_>]) -> Result<(), TemplateError> {
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Sign(sign) = token else { continue };
        match (sign, open.last_mut()) {
            ('{' | '}', _) => return Err(not_available("{ within a tag", "the names of the lead")),
            ('(', _) if is_filter(&tokens[..at]) => open.push(Holds::Arguments),
            ('(', _) => open.push(Holds::Value),
            ('[', _) => open.push(of_square(&tokens[..at])?),
            (')' | ']', _) => drop(open.pop()),
            (',', Some(Holds::Value | Holds::Place { .. }) | None) => return Err(list_elsewhere()),
            (':', Some(Holds::Place { is_part: true })) => {
                return Err(not_available("A third number in square brackets", "[from:to]"));
            }
            (':', Some(Holds::Place { is_part })) => *is_part = true,
            (_, _) => {}
        }
    }
    Ok(())
}

fn is_filter(before: &[Token<'_>]) -> bool {
    matches!(before, [.., Token::Sign('|'), Token::Word(_)])
}

fn of_square(before: &[Token<'_>]) -> Result<Holds, TemplateError> {
    match before {
        // A field may be called as a keyword is.
        [.., Token::Sign('.'), Token::Word(_)] => Ok(Holds::Place { is_part: false }),
        [.., Token::Word("in")] => Ok(Holds::List),
        [.., Token::Word(word)] if KEYWORDS.contains(word) => Err(list_elsewhere()),
        [.., Token::Word(_) | Token::Literal(_) | Token::Sign(')' | ']')] => Ok(Holds::Place { is_part: false }),
        _ => Err(list_elsewhere()),
    }
}

fn list_elsewhere() -> TemplateError {
    not_available("A list", "lists to look something up, as in lead.c1 in ['a', 'b']")
}
