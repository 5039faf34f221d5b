//! Refuses, before a template is compiled, the parts of the Jinja language that are not part of ours.

mod brackets;

use jiff::{Timestamp, tz::TimeZone};

use super::{TemplateError, filters};
use crate::zone::Zone;

/// The only statements; the others repeat, assign or include.
const STATEMENTS: &[&str] = &["if", "elif", "else", "endif"];
/// What reads a tag goes one level down for each filter or operator of it, and for each `elif` of a chain.
const MAX_TOKENS: usize = 1_000;
const MAX_STATEMENTS: usize = 400;

/// One sign or word of the inside of a tag.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Sign(char),
    /// What stands between the quotes.
    Literal(&'a str),
}

pub(super) fn refuse_unavailable(source: &str) -> Result<(), TemplateError> {
    let mut rest = source;
    let mut statements = 0;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        let inside = &rest[at + 2..];
        rest = match rest.as_bytes().get(at + 1) {
            Some(b'#') => inside.split_once("#}").map_or("", |(_, after)| after),
            Some(b'%') => {
                let (tokens, after) = tokens_of(inside, "%}");
                refuse_statement(&tokens)?;
                refuse_within(&tokens)?;
                statements += 1;
                after
            }
            Some(_) | None => {
                let (tokens, after) = tokens_of(inside, "}}");
                refuse_within(&tokens)?;
                after
            }
        };
    }
    if statements > MAX_STATEMENTS {
        return Err(not_available(&format!("More than {MAX_STATEMENTS} of {{% … %}}"), "fewer of them"));
    }
    Ok(())
}

fn refuse_within(tokens: &[Token<'_>]) -> Result<(), TemplateError> {
    if tokens.len() > MAX_TOKENS {
        return Err(not_available(&format!("A tag of more than {MAX_TOKENS} words and signs"), "several tags"));
    }
    brackets::refuse(tokens)?;
    refuse_operators(tokens)
}

/// The tokens up to the end of the tag, and what follows it. An end within a string literal does not count; Jinja takes one
/// within brackets for two signs, which can end no tag either, as `}` is refused.
fn tokens_of<'a>(inside: &'a str, end: &str) -> (Vec<Token<'a>>, &'a str) {
    let mut tokens = Vec::new();
    let mut rest = inside;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(end) {
            return (tokens, after);
        }
        let is_word = |sign: char| sign.is_alphanumeric() || sign == '_';
        let (token, length) = match first {
            '"' | '\'' => {
                let length = literal_length(rest, first);
                (Token::Literal(rest.get(1..length - 1).unwrap_or_default()), length)
            }
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
        Token::Sign(_) | Token::Literal(_) => None,
    });
    match word {
        Some(word) if STATEMENTS.contains(&word) => Ok(()),
        word => Err(not_available(&format!("{{% {} %}}", word.unwrap_or_default()), "{{ … }} and {% if … %}")),
    }
}

fn refuse_operators(tokens: &[Token<'_>]) -> Result<(), TemplateError> {
    for (at, token) in tokens.iter().enumerate() {
        match (token, tokens.get(at + 1)) {
            // Repeats a text as often as asked.
            (Token::Sign('*'), _) => return Err(not_available("*", "the value itself")),
            (Token::Sign('|'), Some(Token::Word(filter))) if !filters::NAMES.contains(filter) => {
                return Err(not_available(&format!("The filter {filter}"), &filters::NAMES.join(", ")));
            }
            (Token::Sign('|'), Some(Token::Word("time"))) => refuse_time(tokens.get(at + 2..).unwrap_or_default())?,
            // Known to Jinja as the template, so it would not count as an unknown name.
            (Token::Word("self"), _) => return Err(not_available("self", "the names of the lead")),
            // Jinja reads `1is` as two words.
            (Token::Word(word), _) if is_number(word) && !word.bytes().all(|byte| byte.is_ascii_digit()) => {
                return Err(not_available(word, "a number in plain digits, with blanks around it"));
            }
            (Token::Word("is"), _) => {
                return Err(not_available("is", "== and !=, or the name alone, which is false when empty"));
            }
            (Token::Word(_) | Token::Sign(_) | Token::Literal(_), _) => {}
        }
    }
    Ok(())
}

fn is_number(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
}

/// Format and zone are written out, so that it is known when the template is saved whether they can be used.
fn refuse_time(arguments: &[Token<'_>]) -> Result<(), TemplateError> {
    let (format, zone) = match arguments {
        [Token::Sign('('), Token::Literal(format), Token::Sign(')'), ..] => (format, &"UTC"),
        [Token::Sign('('), Token::Literal(format), Token::Sign(','), Token::Literal(zone), Token::Sign(')'), ..] => {
            (format, zone)
        }
        _ => return Err(not_available("time without its format in quotes", "time('%d/%m/%Y %H:%M', 'Europe/London')")),
    };
    if zone.parse::<Zone>().is_err() {
        return Err(not_available(&format!("The time zone {zone}"), "an IANA time zone such as Europe/London"));
    }
    let some_time = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    if format.contains('\\') || filters::formatted(format, &some_time).is_none() {
        return Err(not_available(&format!("The format {format}"), "signs of strftime such as %Y-%m-%d %H:%M:%S"));
    }
    Ok(())
}

fn not_available(used: &str, instead: &str) -> TemplateError {
    TemplateError::NotAvailable { used: used.to_owned(), instead: instead.to_owned() }
}
