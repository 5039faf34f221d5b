//! Intake: the one judgement on whether a lead that comes in is taken.

mod claim;
mod gate;
mod label;
mod size;
#[cfg(test)]
mod tests;
mod turned_down;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    campaign::Campaign,
    field::{FieldContext, FieldName, FieldProblem, check_fields, shown_name},
    id::{LeadId, SupplierRef},
    lead::{Approval, Lead, Method, Payout, Rejection, Terms},
    money::Money,
    supplier::Supplier,
    unsafe_content::find_unsafe,
};

use self::size::beginning;
pub use self::{
    claim::Claim,
    label::MAX_LABEL_CHARS,
    size::{MAX_FIELDS_BYTES, MAX_REJECTED_BYTES},
    turned_down::{CappedBy, as_duplicate, as_over_cap},
};

/// A lead as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The id it will have.
    pub id: LeadId,
    /// When it came in.
    pub received: Timestamp,
    /// How it came in.
    pub method: Method,
    /// The sub-supplier, in the supplier's own words.
    pub ssid: Option<String>,
    /// Where the supplier says that it was found.
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
        /// What is wrong with its fields.
        problems: Vec<FieldProblem>,
    },
    /// It carries markup or script, which is not kept at all.
    Refused {
        /// Where.
        problems: Vec<FieldProblem>,
    },
}

/// Whether a supplier may post into a campaign. One that may not is told nothing about the campaign, not even that it is
/// there, and intake keeps nothing of what it sends.
pub fn may_post(campaign: &Campaign, supplier: &Supplier) -> bool {
    supplier.active && campaign.suppliers.contains(&supplier.sid)
}

/// Judges a lead that `supplier` sends into `campaign`, on the day that it is in the account's `zone`.
///
/// Whose it is comes first, before anything that it carries. A lead of a supplier that [may not post](may_post) is rejected
/// without its data and without terms: a transfer that is set up wrong leaves such a lead for the seller to see.
pub fn judge(sent: Submission, campaign: &Campaign, supplier: &Supplier, zone: &TimeZone) -> Intake {
    let today = zone.to_datetime(sent.received).date();
    if !may_post(campaign, supplier) {
        return not_authorised(sent, campaign, &supplier.sid, today);
    }
    let unsafe_fields = find_all_unsafe(&sent);
    if !unsafe_fields.is_empty() {
        return Intake::Refused { problems: unsafe_fields };
    }
    let (sent, label_problems) = label::checked(sent);
    let turned_away = |sent, code, reason: &str, problems| {
        let approval = Approval::Rejected { code, reason: reason.to_owned() };
        rejected(sent, campaign, &supplier.sid, today, approval, problems)
    };
    if !campaign.active {
        let reason = "The campaign is not active.";
        return turned_away(sent, Rejection::CampaignNotActive, reason, label_problems);
    }
    match checked_fields(&sent, campaign, today, label_problems) {
        Err(problems) => turned_away(sent, Rejection::Validation, "Some fields are missing or wrong.", problems),
        Ok(fields) => well_formed(sent, campaign, supplier, fields, today),
    }
}

/// The lead as it is stored, after it was given to whoever is next in line. If it was put aside instead, because nobody could
/// be asked about it, it has earned nothing yet.
pub fn as_given_out(lead: Lead) -> Lead {
    if lead.is_for_sale() { lead } else { lead.not_earned_yet() }
}

/// Every field by its rule. The source is one as well, where the campaign has a rule for it.
fn checked_fields(
    sent: &Submission,
    campaign: &Campaign,
    today: Date,
    mut problems: Vec<FieldProblem>,
) -> Result<BTreeMap<FieldName, String>, Vec<FieldProblem>> {
    let mut given = sent.fields.clone();
    let has_rule = campaign.fields.iter().any(|rule| rule.name.as_str() == SOURCE);
    if let Some(source) = sent.source.clone().filter(|_| has_rule) {
        given.insert(SOURCE.to_owned(), source);
    }
    let context = FieldContext { country: campaign.country, today };
    match check_fields(&campaign.fields, &given, &context) {
        Ok(fields) if problems.is_empty() => size::fits(&fields).map(|()| fields),
        Ok(_) => Err(problems),
        Err(found) => {
            // A label that could not be kept is not also missing.
            let known: Vec<String> = problems.iter().map(|problem| problem.field.clone()).collect();
            problems.extend(found.into_iter().filter(|problem| !known.contains(&problem.field)));
            Err(problems)
        }
    }
}

/// A lead whose fields are right: the gate decides.
fn well_formed(
    sent: Submission,
    campaign: &Campaign,
    supplier: &Supplier,
    mut fields: BTreeMap<FieldName, String>,
    today: Date,
) -> Intake {
    let source = fields.remove(SOURCE).or_else(|| sent.source.clone());
    let sent = Submission { source, ..sent };
    let approval = gate::pass(&sent, &fields, campaign, supplier, today);
    let mut lead = new_lead(sent, campaign, &supplier.sid, today, fields, approval);
    lead.quarantines = u8::from(matches!(lead.approval, Approval::Quarantined { .. }));
    let received = lead.received;
    let lead = lead.earning_without_a_sale(received);
    Intake::Kept { lead: Box::new(lead), problems: Vec::new() }
}

fn rejected(
    mut sent: Submission,
    campaign: &Campaign,
    sid: &SupplierRef,
    today: Date,
    approval: Approval,
    problems: Vec<FieldProblem>,
) -> Intake {
    let fields = size::kept_of_rejected(std::mem::take(&mut sent.fields));
    let lead = new_lead(sent, campaign, sid, today, fields, approval);
    Intake::Kept { lead: Box::new(lead), problems }
}

fn not_authorised(sent: Submission, campaign: &Campaign, sid: &SupplierRef, today: Date) -> Intake {
    let reason = "The supplier may not post into this campaign.".to_owned();
    let approval = Approval::Rejected { code: Rejection::SupplierNotAuthorised, reason };
    let sent = Submission { ssid: None, source: None, ..sent };
    let mut lead = new_lead(sent, campaign, sid, today, BTreeMap::new(), approval);
    lead.terms.share = None;
    lead.payout.amount = Money::zero(campaign.currency);
    Intake::Kept { lead: Box::new(lead), problems: Vec::new() }
}

/// A lead as it comes in `today`, with what was agreed for it. Nothing of its payout is earned yet, and of a share nothing is
/// known before a buyer pays.
pub(crate) fn new_lead(
    sent: Submission,
    campaign: &Campaign,
    sid: &SupplierRef,
    today: Date,
    fields: BTreeMap<FieldName, String>,
    approval: Approval,
) -> Lead {
    let payout = campaign.payout_for(sid, sent.ssid.as_deref(), today);
    let known = payout.amount.filter(|_| !sent.test);
    let terms = Terms {
        max_sales: campaign.max_sales,
        payout_mode: payout.mode,
        share: payout.share,
        currency: campaign.currency,
    };
    Lead {
        id: sent.id,
        version: 1,
        campid: campaign.campid.clone(),
        sid: sid.clone(),
        ssid: sent.ssid,
        source: sent.source,
        method: sent.method,
        country: campaign.country,
        received: sent.received,
        test: sent.test,
        fields,
        approval,
        terms,
        payout: Payout::pending(known.unwrap_or(Money::zero(campaign.currency))),
        deliveries: BTreeMap::new(),
        quarantines: 0,
        paused_since: None,
        origin: None,
        upstream: None,
        via: Vec::new(),
        edits: Vec::new(),
        swept: None,
        touched: None,
        said: Vec::new(),
        jobs: Vec::new(),
        deletion: None,
        joined: Vec::new(),
    }
}

fn find_all_unsafe(sent: &Submission) -> Vec<FieldProblem> {
    let own = [("ssid", sent.ssid.as_deref()), (SOURCE, sent.source.as_deref())];
    let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
    sent.fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .chain(own)
        .filter(|(name, value)| find_unsafe(beginning(name)).is_some() || find_unsafe(beginning(value)).is_some())
        .map(|(name, _)| FieldProblem {
            field: shown_name(name),
            code: "unsafe_content",
            detail: "Send plain text: markup, scripts and control characters are refused.".to_owned(),
        })
        .collect()
}
