//! All fields of one lead judged together, with every problem at once.

use std::collections::BTreeMap;

use super::{CUSTOMARY_FIELDS, FieldContext, FieldKind, FieldName, FieldProblem, FieldRule, Refusal};

/// A name at this many slips from a known one is taken for a misspelling of it.
const NEAR_SLIPS: usize = 2;
/// Most names offered for a misspelt one.
const NEAR_NAMES: usize = 3;
/// Characters of an unknown name that are repeated to the caller.
const ECHOED_CHARS: usize = 60;

/// Judges what a supplier sent against the campaign's rules.
///
/// Customary fields without a rule are judged by their natural kind, so that `email` is always an address. Absent and
/// empty values are left out of the answer. Every problem is returned, in the order of the rules, then of the other
/// names.
pub fn check_fields(
    rules: &[FieldRule],
    given: &BTreeMap<String, String>,
    ctx: &FieldContext,
) -> Result<BTreeMap<FieldName, String>, Vec<FieldProblem>> {
    let mut accepted = BTreeMap::new();
    let mut problems = Vec::new();
    let mut judge = |rule: &FieldRule, raw: &str| match rule.check(raw, ctx) {
        Ok(value) if value.is_empty() => {}
        Ok(value) => drop(accepted.insert(rule.name.clone(), value)),
        Err(problem) => problems.push(problem),
    };
    for rule in rules {
        judge(rule, given.get(rule.name.as_str()).map_or("", String::as_str));
    }
    let mut unknown = Vec::new();
    for (name, raw) in given.iter().filter(|(name, _)| !rules.iter().any(|rule| rule.name.as_str() == *name)) {
        match name.parse::<FieldName>().ok().filter(FieldName::is_customary) {
            Some(name) => {
                let kind = FieldKind::natural(name.as_str());
                judge(&FieldRule { name, kind, required: false }, raw);
            }
            None => unknown.push(unknown_field(name, rules)),
        }
    }
    problems.append(&mut unknown);
    if problems.is_empty() { Ok(accepted) } else { Err(problems) }
}

/// A name that a caller made up, in a form that can be repeated to it: short, and without a sign that means something to
/// a page, a log or a terminal.
pub fn shown_name(name: &str) -> String {
    let shown = |sign: char| if sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.' | ' ') { sign } else { '_' };
    name.chars().take(ECHOED_CHARS).map(shown).collect()
}

fn unknown_field(name: &str, rules: &[FieldRule]) -> FieldProblem {
    let known = rules.iter().map(|rule| rule.name.as_str()).chain(CUSTOMARY_FIELDS.iter().copied());
    let near = near_names(name, known);
    let detail = if near.is_empty() {
        "This campaign has no such field; leave it out, or have it added to the campaign.".to_owned()
    } else {
        format!("This campaign has no such field; did you mean {}?", near.join(" or "))
    };
    Refusal::new("unknown_field", detail).about(shown_name(name))
}

/// The known names that differ from `name` only in case and separators, or by a slip or two; nearest first.
fn near_names<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let wanted = plain(name);
    // In short names two slips make any name of any other.
    let slips = if wanted.len() < 5 { 1 } else { NEAR_SLIPS };
    if wanted.len() < 2 || wanted.len() > ECHOED_CHARS {
        return Vec::new();
    }
    let distance = |known: &str| strsim::osa_distance(&wanted, &plain(known));
    let mut near: Vec<(usize, &str)> =
        known.map(|known| (distance(known), known)).filter(|(distance, _)| *distance <= slips).collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(NEAR_NAMES).map(|(_, known)| known).collect()
}
