//! Why a row is returned, in codes and in words.

use super::{
    Reading, ReturnFileMapping,
    clean::seen,
    header::{fold, folds_to},
};
use crate::buyer::{MAX_REASON_CHARS, is_code};

/// Most characters of what there is to say besides.
const MAX_COMMENT_CHARS: usize = 300;
/// The code under which words stand that are none.
const OTHER: &str = "OTHER";

/// The reason code of a row, and what there is to say besides, from what stands there for either.
///
/// In a file with a column of reasons, a row with nothing there gives none, unless the buyer has said what that means: of a list
/// in which some rows have a reason, only those are to come back. Where nothing stands for a code that the seller knows, and the
/// account has no `OTHER`, it is what stands there. In both cases the judge says which codes there are.
pub(super) fn reason(
    has_column: bool,
    word: Option<&str>,
    comment: Option<&str>,
    about: &Reading<'_>,
) -> (String, Option<String>) {
    let comment = comment.and_then(one_line);
    let other = || about.reasons.iter().find(|code| *code == OTHER);
    let Some(word) = word.and_then(one_line) else {
        let default = about.mapping.and_then(|mapping| mapping.default_reason.as_ref());
        let default = default.or_else(|| other().filter(|_| !has_column));
        return (default.cloned().unwrap_or_default(), comment);
    };
    if let Some(code) = meant(&word, about) {
        return (code, comment);
    }
    match other() {
        None => (like_a_code(&word), comment),
        Some(other) => {
            let said = comment.map_or(word.clone(), |comment| format!("{word}; {comment}"));
            (other.clone(), one_line(&said))
        }
    }
}

/// The code that a word stands for.
fn meant(word: &str, about: &Reading<'_>) -> Option<String> {
    let known = known(word, about.mapping, about.reasons);
    known.cloned().or_else(|| is_code(word).then(|| word.to_owned()))
}

/// The code of the buyer's own list or of the account's that a word stands for.
pub(super) fn known<'a>(
    word: &str,
    mapping: Option<&'a ReturnFileMapping>,
    reasons: &'a [String],
) -> Option<&'a String> {
    let folded = fold(word);
    let is_it = |own: &str| !folded.is_empty() && folds_to(own, &folded);
    let own = mapping.and_then(|mapping| mapping.reasons.iter().find(|(own, _)| is_it(own)));
    own.map(|(_, code)| code).or_else(|| reasons.iter().find(|code| is_it(code)))
}

fn like_a_code(word: &str) -> String {
    let sign = |sign: char| if sign.is_ascii_alphanumeric() { sign.to_ascii_uppercase() } else { '_' };
    word.chars().take(MAX_REASON_CHARS).map(sign).collect()
}

/// The words on one line, as many as are kept of them; none: there are none.
fn one_line(text: &str) -> Option<String> {
    let mut line = String::with_capacity(text.len());
    for word in seen(text).split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if let Some((end, _)) = line.char_indices().nth(MAX_COMMENT_CHARS) {
        line.truncate(end);
        line.truncate(line.trim_end().len());
    }
    Some(line).filter(|line| !line.is_empty())
}
