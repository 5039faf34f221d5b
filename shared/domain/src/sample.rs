//! Made-up leads, to try a delivery on: everything that a campaign asks for, about a person who is nobody.

mod pattern;
mod value;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    campaign::Campaign,
    field::{CUSTOMARY_FIELDS, FieldContext, FieldKind, FieldName, FieldProblem, FieldRule},
    id::LeadId,
    intake::{Submission, new_lead},
    lead::{Approval, Lead, Method},
    time::utc_day,
};

/// The label that is no field of a stored lead.
const SOURCE: &str = "source";
/// Who sends the leads of a campaign that nobody sends any.
const NOBODY: &str = "sample";

/// A made-up lead of a campaign, marked as a test. What is `given` stands in it instead of what would be made up.
///
/// Made-up values keep the campaign's rules, except where a pattern cannot be guessed.
///
/// # Errors
/// What is wrong with the given fields.
pub fn lead(
    campaign: &Campaign,
    given: &BTreeMap<String, String>,
    id: LeadId,
    now: Timestamp,
) -> Result<Lead, Vec<FieldProblem>> {
    let (mut fields, problems) = fields(campaign, given, now);
    if !problems.is_empty() {
        return Err(problems);
    }
    let sid = campaign.suppliers.first().cloned().or_else(|| NOBODY.parse().ok()).ok_or_else(Vec::new)?;
    let source = fields.remove(SOURCE);
    let sent = Submission {
        id,
        received: now,
        method: Method::Manual,
        ssid: None,
        source,
        test: true,
        fields: BTreeMap::new(),
    };
    Ok(new_lead(sent, campaign, &sid, utc_day(now), fields, Approval::Approved))
}

/// A value for every field that leads of the campaign can have, and what is wrong with the given ones.
fn fields(
    campaign: &Campaign,
    given: &BTreeMap<String, String>,
    now: Timestamp,
) -> (BTreeMap<FieldName, String>, Vec<FieldProblem>) {
    let context = FieldContext { country: campaign.country, today: utc_day(now) };
    let rules = rules(campaign);
    let (mut fields, mut problems) = (BTreeMap::new(), Vec::new());
    for rule in &rules {
        let value = match given.get(rule.name.as_str()) {
            Some(raw) => rule.check(raw, &context),
            None => Ok(value::of(rule, &context)),
        };
        match value {
            Ok(value) if value.is_empty() => {}
            Ok(value) => drop(fields.insert(rule.name.clone(), value)),
            Err(problem) => problems.push(problem),
        }
    }
    let is_known = |name: &str| rules.iter().any(|rule| rule.name.as_str() == name);
    problems.extend(given.keys().filter(|name| !is_known(name)).map(|name| FieldProblem {
        field: crate::field::shown_name(name),
        code: "unknown_field",
        detail: "This campaign has no such field; leave it out.".to_owned(),
    }));
    (fields, problems)
}

/// The campaign's rules, and the natural ones of the customary fields that it has none for.
fn rules(campaign: &Campaign) -> Vec<FieldRule> {
    let is_free = |name: &&FieldName| !campaign.fields.iter().any(|rule| rule.name == **name);
    let customary: Vec<FieldName> = CUSTOMARY_FIELDS.iter().filter_map(|name| name.parse().ok()).collect();
    let natural = customary.iter().filter(is_free).map(|name| FieldRule {
        name: name.clone(),
        kind: FieldKind::natural(name.as_str()),
        required: false,
    });
    campaign.fields.iter().cloned().chain(natural).collect()
}

#[cfg(test)]
mod tests;
