//! A made-up value for one field.

use super::pattern;
use crate::{
    contact::Phone,
    field::{FieldContext, FieldKind, FieldRule},
};

/// A value that keeps the rule, as it would be stored; one that is at least plausible where none could be made up.
pub(super) fn of(rule: &FieldRule, context: &FieldContext) -> String {
    let candidates = candidates(rule, context);
    let fitting = candidates.iter().find_map(|candidate| rule.check(candidate, context).ok());
    fitting.or_else(|| candidates.into_iter().next()).unwrap_or_default()
}

fn candidates(rule: &FieldRule, context: &FieldContext) -> Vec<String> {
    let fixed = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    match &rule.kind {
        FieldKind::Text { min_len, max_len, pattern } => {
            let word = word(rule.name.as_str());
            let fitted = fitted(word, min_len.unwrap_or(0).into(), max_len.unwrap_or(u16::MAX).into());
            let matching = pattern.iter().flat_map(|pattern| pattern::matching(pattern.as_str()));
            std::iter::once(fitted).chain(matching).collect()
        }
        FieldKind::Email {} => fixed(&["alex.sample@example.com"]),
        FieldKind::Phone {} => Phone::example(context.country).map(|phone| phone.to_string()).into_iter().collect(),
        FieldKind::Postcode {} => fixed(&["SW1A 1AA", "90210", "10115"]),
        FieldKind::Date {} => vec![context.today.to_string()],
        FieldKind::DateOfBirth { min_age, max_age } => {
            let age = 35.clamp(min_age.unwrap_or(0), max_age.unwrap_or(u8::MAX).max(min_age.unwrap_or(0)));
            vec![format!("{:04}-01-01", context.today.year() - i16::from(age))]
        }
        FieldKind::Integer { min, max } => {
            let low = min.unwrap_or(i64::MIN);
            vec![1_i64.clamp(low, max.unwrap_or(i64::MAX).max(low)).to_string()]
        }
        FieldKind::Decimal {} => fixed(&["1.5"]),
        FieldKind::Choice { of } => of.first().cloned().into_iter().collect(),
        FieldKind::Boolean {} => fixed(&["yes"]),
        // Addresses and names for documentation (RFC 5737, RFC 2606).
        FieldKind::IpAddress {} => fixed(&["192.0.2.1"]),
        FieldKind::Url {} => fixed(&["https://www.example.com/"]),
        FieldKind::Country { allowed } => {
            let own = Some(context.country).filter(|own| allowed.is_empty() || allowed.contains(own));
            own.or(allowed.first().copied()).map(|country| country.to_string()).into_iter().collect()
        }
    }
}

fn word(name: &str) -> &'static str {
    match name {
        "title" => "Ms",
        "firstname" => "Alex",
        "lastname" => "Sample",
        "street1" => "1 Sample Street",
        "street2" => "Flat 2",
        "towncity" => "Sampleton",
        "county" => "Sampleshire",
        "gender" => "female",
        "useragent" => "Mozilla/5.0 (sample)",
        "optindate" => "2026-01-01",
        "source" => "sample",
        _ => "Sample",
    }
}

/// The word, cut or repeated until it has so many characters.
fn fitted(word: &str, min: usize, max: usize) -> String {
    let length = word.chars().count().max(min).min(max);
    word.chars().cycle().take(length).collect()
}
