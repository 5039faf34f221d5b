//! Intake: the one judgement on whether a lead that comes in is taken.

mod label;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    campaign::{Campaign, DedupeRule, PayoutMode},
    field::{FieldContext, FieldName, FieldProblem, MAX_VALUE_CHARS, check_fields, shown_name},
    id::{CampaignRef, LeadId},
    lead::{Approval, Lead, Method, Payout, PayoutState, Rejection, Terms},
    money::Money,
    supplier::Supplier,
    time::utc_day,
    unsafe_content::find_unsafe,
};

pub use label::MAX_LABEL_CHARS;

/// A lead as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The id it will have.
    pub id: LeadId,
    /// When it came in.
    pub received: Timestamp,
    /// How it came in.
    pub method: Method,
    /// The sub-supplier.
    pub ssid: Option<String>,
    /// The source.
    pub source: Option<String>,
    /// It tries the interface out: judged and answered like any other, but goes nowhere, earns nothing, and claims nothing.
    pub test: bool,
    /// The fields, as sent.
    pub fields: BTreeMap<String, String>,
}

/// The one label that a campaign may have a rule for.
const SOURCE: &str = "source";

/// What intake decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Intake {
    /// The lead is kept, approved or rejected.
    Kept {
        /// The lead, not yet given to deliveries.
        lead: Box<Lead>,
        /// What it must be the first to claim, or else it is a duplicate.
        claim: Option<Claim>,
        /// What is wrong with its fields.
        problems: Vec<FieldProblem>,
    },
    /// It carries markup or script, which is not kept at all.
    Refused {
        /// Where.
        problems: Vec<FieldProblem>,
    },
}

/// The data that makes two leads the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The campaign.
    pub campid: CampaignRef,
    /// The compared fields and their values, in the order of their names.
    pub values: BTreeMap<FieldName, String>,
    /// A claim made before this instant no longer holds.
    pub window_start: Timestamp,
}

/// Judges a lead that `supplier` sends into `campaign`.
pub fn judge(sent: Submission, campaign: &Campaign, supplier: &Supplier) -> Intake {
    let unsafe_fields = find_all_unsafe(&sent);
    if !unsafe_fields.is_empty() {
        return Intake::Refused { problems: unsafe_fields };
    }
    let (sent, label_problems) = label::checked(sent);
    // First whose it is: a supplier without a place in the campaign learns nothing about it.
    if !supplier.active || !campaign.suppliers.contains(&supplier.sid) {
        let reason = "The supplier may not post into this campaign.";
        return rejected(sent, campaign, supplier, Rejection::SupplierNotAuthorised, reason, label_problems);
    }
    if !campaign.active {
        let reason = "The campaign is not active.";
        return rejected(sent, campaign, supplier, Rejection::CampaignNotActive, reason, label_problems);
    }
    match checked_fields(&sent, campaign, label_problems) {
        Err(problems) => {
            let reason = "Some fields are missing or wrong.";
            rejected(sent, campaign, supplier, Rejection::Validation, reason, problems)
        }
        Ok(fields) => approved(sent, campaign, supplier, fields),
    }
}

/// Every field by its rule. The source is one as well, where the campaign has a rule for it.
fn checked_fields(
    sent: &Submission,
    campaign: &Campaign,
    mut problems: Vec<FieldProblem>,
) -> Result<BTreeMap<FieldName, String>, Vec<FieldProblem>> {
    let mut given = sent.fields.clone();
    let has_rule = campaign.fields.iter().any(|rule| rule.name.as_str() == SOURCE);
    if let Some(source) = sent.source.clone().filter(|_| has_rule) {
        given.insert(SOURCE.to_owned(), source);
    }
    let context = FieldContext { country: campaign.country, today: utc_day(sent.received) };
    match check_fields(&campaign.fields, &given, &context) {
        Ok(fields) if problems.is_empty() => Ok(fields),
        Ok(_) => Err(problems),
        Err(found) => {
            // A label that could not be kept is not also missing.
            let known: Vec<String> = problems.iter().map(|problem| problem.field.clone()).collect();
            problems.extend(found.into_iter().filter(|problem| !known.contains(&problem.field)));
            Err(problems)
        }
    }
}

fn approved(
    sent: Submission,
    campaign: &Campaign,
    supplier: &Supplier,
    mut fields: BTreeMap<FieldName, String>,
) -> Intake {
    let claim = campaign.dedupe.as_ref().and_then(|rule| claim(rule, campaign, &fields, sent.received));
    let source = fields.remove(SOURCE).or_else(|| sent.source.clone());
    let mut lead = new_lead(Submission { source, ..sent }, campaign, supplier, fields, Approval::Approved);
    if campaign.payout.mode == PayoutMode::SystemAccept && !lead.test {
        lead.payout.state = PayoutState::Earned;
    }
    let claim = claim.filter(|_| !lead.test);
    Intake::Kept { lead: Box::new(lead), claim, problems: Vec::new() }
}

/// The same lead, once it turned out to be a duplicate. It earns nothing and goes nowhere.
pub fn as_duplicate(lead: &Lead) -> Lead {
    let reason = "An accepted lead of this campaign has the same data.".to_owned();
    let mut lead = Lead { approval: Approval::Rejected { code: Rejection::Duplicate, reason }, ..lead.clone() };
    lead.deliveries.clear();
    lead.payout.state = PayoutState::Pending;
    lead
}

fn rejected(
    mut sent: Submission,
    campaign: &Campaign,
    supplier: &Supplier,
    code: Rejection,
    reason: &str,
    problems: Vec<FieldProblem>,
) -> Intake {
    // What was sent is kept as it was, so that the supplier's mistake can be looked at; names that are no names are not,
    // nor is more of a value than any could have.
    let fields = std::mem::take(&mut sent.fields);
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name.parse().ok()?, kept(&value).to_owned())));
    let fields = fields.collect();
    let approval = Approval::Rejected { code, reason: reason.to_owned() };
    Intake::Kept { lead: Box::new(new_lead(sent, campaign, supplier, fields, approval)), claim: None, problems }
}

fn new_lead(
    sent: Submission,
    campaign: &Campaign,
    supplier: &Supplier,
    fields: BTreeMap<FieldName, String>,
    approval: Approval,
) -> Lead {
    Lead {
        id: sent.id,
        version: 1,
        campid: campaign.campid.clone(),
        sid: supplier.sid.clone(),
        ssid: sent.ssid,
        source: sent.source,
        method: sent.method,
        country: campaign.country,
        received: sent.received,
        test: sent.test,
        fields,
        approval,
        terms: Terms { max_sales: campaign.max_sales, payout_mode: campaign.payout.mode, currency: campaign.currency },
        payout: Payout {
            amount: if sent.test { Money::zero(campaign.currency) } else { campaign.payout.amount },
            state: PayoutState::Pending,
        },
        deliveries: BTreeMap::new(),
        swept: None,
    }
}

/// What the lead claims. A lead without any of the compared fields cannot be told from others, and claims nothing.
fn claim(
    rule: &DedupeRule,
    campaign: &Campaign,
    fields: &BTreeMap<FieldName, String>,
    now: Timestamp,
) -> Option<Claim> {
    let value = |name: &FieldName| fields.get(name).map(|value| (name.clone(), value.to_lowercase()));
    let values: BTreeMap<_, _> = rule.fields.iter().filter_map(value).collect();
    let window = jiff::SignedDuration::from_hours(24 * i64::from(rule.window_days));
    let window_start = now.checked_sub(window).unwrap_or(Timestamp::MIN);
    (!values.is_empty()).then(|| Claim { campid: campaign.campid.clone(), values, window_start })
}

/// The part of a text that can be kept: no more than any value may have. What is longer is refused, so that only this
/// part has to be looked through for what is unsafe, which takes the longer the more often it could begin.
fn kept(text: &str) -> &str {
    text.char_indices().nth(MAX_VALUE_CHARS).map_or(text, |(end, _)| &text[..end])
}

fn find_all_unsafe(sent: &Submission) -> Vec<FieldProblem> {
    let own = [("ssid", sent.ssid.as_deref()), (SOURCE, sent.source.as_deref())];
    let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
    sent.fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .chain(own)
        .filter(|(name, value)| find_unsafe(kept(name)).is_some() || find_unsafe(kept(value)).is_some())
        .map(|(name, _)| FieldProblem {
            field: shown_name(name),
            code: "unsafe_content",
            detail: "Send plain text: markup, scripts and control characters are refused.".to_owned(),
        })
        .collect()
}
