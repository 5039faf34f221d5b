//! Whether a field rule makes sense, judged when a campaign is saved.

use super::{FieldKind, FieldName, MAX_VALUE_CHARS, Refusal};

/// Names that the lead itself uses, in the intake form or in delivery templates.
const RESERVED: &[&str] = &["campid", "id", "leads", "received", "sid", "ssid", "supplier", "test"];
/// Most entries of a list of choices.
const MAX_CHOICES: usize = 500;

pub(super) fn validate(name: &FieldName, kind: &FieldKind) -> Result<(), Refusal> {
    if RESERVED.contains(&name.as_str()) {
        let detail = format!("{name} is a name that every lead has already; choose another.");
        return Err(Refusal::new("reserved_name", detail));
    }
    match kind {
        FieldKind::Text { min_len, max_len, pattern } => {
            if [min_len, max_len].into_iter().flatten().any(|length| usize::from(*length) > MAX_VALUE_CHARS) {
                return Err(Refusal::new("bad_range", format!("Use lengths of at most {MAX_VALUE_CHARS} characters.")));
            }
            if *max_len == Some(0) {
                return Err(Refusal::new("bad_range", "Use a max_len of at least 1."));
            }
            in_order("min_len", *min_len, "max_len", *max_len)?;
            pattern.as_ref().map_or(Ok(()), |pattern| pattern.validate())
        }
        FieldKind::DateOfBirth { min_age, max_age } => in_order("min_age", *min_age, "max_age", *max_age),
        FieldKind::Integer { min, max } => in_order("min", *min, "max", *max),
        FieldKind::Choice { of } => validate_choices(of),
        FieldKind::Email {}
        | FieldKind::Phone {}
        | FieldKind::Postcode {}
        | FieldKind::Date {}
        | FieldKind::Decimal {}
        | FieldKind::Boolean {}
        | FieldKind::IpAddress {}
        | FieldKind::Url {}
        | FieldKind::Country { .. } => Ok(()),
    }
}

fn in_order<T: PartialOrd>(low: &str, min: Option<T>, high: &str, max: Option<T>) -> Result<(), Refusal> {
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(Refusal::new("bad_range", format!("{low} must not be greater than {high}.")));
    }
    Ok(())
}

fn validate_choices(of: &[String]) -> Result<(), Refusal> {
    let refuse = |detail: &str| Err(Refusal::new("bad_choices", detail));
    if of.is_empty() || of.len() > MAX_CHOICES {
        return refuse("List 1 to 500 choices.");
    }
    if of.iter().any(|choice| choice.is_empty() || choice.trim() != choice || choice.chars().count() > MAX_VALUE_CHARS)
    {
        return refuse("Write each choice with 1 to 1,000 characters and without blanks around it.");
    }
    let mut folded: Vec<String> = of.iter().map(|choice| choice.to_lowercase()).collect();
    folded.sort_unstable();
    if folded.windows(2).any(|pair| pair[0] == pair[1]) {
        return refuse("List each choice once; choices that differ only in case are the same.");
    }
    Ok(())
}
