//! What a supplier calls the places its leads are from: `ssid` and `source`. Labels on one line, not data of a person.

use super::Submission;
use crate::{field::FieldProblem, words::breaks_line};

/// Most characters of a label: it is copied into every index of a lead.
pub const MAX_LABEL_CHARS: usize = 100;

/// The submission with its labels trimmed; those that cannot be kept are taken out, and named.
pub(super) fn checked(mut sent: Submission) -> (Submission, Vec<FieldProblem>) {
    let mut problems = Vec::new();
    sent.ssid = sent.ssid.and_then(|ssid| kept("ssid", &ssid, &mut problems));
    sent.source = sent.source.and_then(|source| kept("source", &source, &mut problems));
    (sent, problems)
}

fn kept(name: &str, label: &str, problems: &mut Vec<FieldProblem>) -> Option<String> {
    let label = label.trim();
    let (code, detail) = if label.chars().count() > MAX_LABEL_CHARS {
        ("too_long", format!("Use at most {MAX_LABEL_CHARS} characters."))
    } else if label.chars().any(breaks_line) {
        ("not_one_line", "Write it on one line, without tabs.".to_owned())
    } else {
        return (!label.is_empty()).then(|| label.to_owned());
    };
    problems.push(FieldProblem { field: name.to_owned(), code, detail });
    None
}
