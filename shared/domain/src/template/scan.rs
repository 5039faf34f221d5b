//! Refuses, before a template is compiled, the parts of the Jinja language that are not part of ours.

use super::{TemplateError, filters};

/// The only statements; the others repeat, assign or include.
const STATEMENTS: &[&str] = &["if", "elif", "else", "endif"];

/// One sign or word of the inside of a tag.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Sign(char),
    Literal,
}

pub(super) fn refuse_unavailable(source: &str) -> Result<(), TemplateError> {
    let mut rest = source;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        let inside = &rest[at + 2..];
        rest = match rest.as_bytes().get(at + 1) {
            Some(b'#') => inside.split_once("#}").map_or("", |(_, after)| after),
            Some(b'%') => {
                let (tokens, after) = tokens_of(inside, "%}");
                refuse_statement(&tokens)?;
                refuse_operators(&tokens)?;
                after
            }
            Some(_) | None => {
                let (tokens, after) = tokens_of(inside, "}}");
                refuse_operators(&tokens)?;
                after
            }
        };
    }
    Ok(())
}

/// The tokens up to the end of the tag, and what follows it. An end within a string literal does not count.
fn tokens_of<'a>(inside: &'a str, end: &str) -> (Vec<Token<'a>>, &'a str) {
    let mut tokens = Vec::new();
    let mut rest = inside;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(end) {
            return (tokens, after);
        }
        let is_word = |sign: char| sign.is_alphanumeric() || sign == '_';
        let (token, length) = match first {
            '"' | '\'' => (Token::Literal, literal_length(rest, first)),
            _ if is_word(first) => {
                let length = rest.find(|sign| !is_word(sign)).unwrap_or(rest.len());
                (Token::Word(&rest[..length]), length)
            }
            _ => (Token::Sign(first), first.len_utf8()),
        };
        if !first.is_whitespace() {
            tokens.push(token);
        }
        rest = &rest[length..];
    }
    (tokens, "")
}

/// Bytes of the string literal at the start, with its quotes; an open one takes the rest.
fn literal_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, sign) in text.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if sign == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn refuse_statement(tokens: &[Token<'_>]) -> Result<(), TemplateError> {
    let word = tokens.iter().find_map(|token| match token {
        Token::Word(word) => Some(*word),
        Token::Sign(_) | Token::Literal => None,
    });
    match word {
        Some(word) if STATEMENTS.contains(&word) => Ok(()),
        word => Err(not_available(&format!("{{% {} %}}", word.unwrap_or_default()), "{{ … }} and {% if … %}")),
    }
}

fn refuse_operators(tokens: &[Token<'_>]) -> Result<(), TemplateError> {
    let following = tokens.iter().skip(1).map(Some).chain([None]);
    for (token, next) in tokens.iter().zip(following) {
        match (token, next) {
            // Repeats a text as often as asked.
            (Token::Sign('*'), _) => return Err(not_available("*", "the value itself")),
            (Token::Sign('|'), Some(Token::Word(filter))) if !filters::NAMES.contains(filter) => {
                return Err(not_available(&format!("The filter {filter}"), &filters::NAMES.join(", ")));
            }
            // Known to Jinja as the template, so it would not count as an unknown name.
            (Token::Word("self"), _) => return Err(not_available("self", "the names of the lead")),
            (Token::Word("is"), _) => {
                return Err(not_available("is", "== and !=, or the name alone, which is false when empty"));
            }
            (Token::Word(_) | Token::Sign(_) | Token::Literal, _) => {}
        }
    }
    Ok(())
}

fn not_available(used: &str, instead: &str) -> TemplateError {
    TemplateError::NotAvailable { used: used.to_owned(), instead: instead.to_owned() }
}
