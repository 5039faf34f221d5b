//! The gate: where a lead may be from, and the campaign's filters, in their order.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Submission;
use crate::{
    campaign::{Campaign, Otherwise},
    field::FieldName,
    filter::Subject,
    lead::{Approval, Rejection},
    supplier::Supplier,
    words::bounded,
};

/// What becomes of a lead whose fields are right. The first that does not let it through decides.
pub(super) fn pass(
    sent: &Submission,
    fields: &BTreeMap<FieldName, String>,
    campaign: &Campaign,
    supplier: &Supplier,
    today: Date,
) -> Approval {
    let (source, ssid) = (sent.source.as_deref(), sent.ssid.as_deref());
    if ![&campaign.sources, &supplier.sources].into_iter().all(|list| list.lets_through(source)) {
        return rejected(Rejection::Filter, "Leads from this source are not taken.".to_owned());
    }
    if ![&campaign.sub_suppliers, &supplier.sub_suppliers].into_iter().all(|list| list.lets_through(ssid)) {
        return rejected(Rejection::SupplierNotAuthorised, "Leads of this sub-supplier are not taken.".to_owned());
    }
    let subject = Subject { fields, country: campaign.country, sid: &supplier.sid, ssid, source, today };
    let Some(refusing) = campaign.filters.iter().find(|one| !one.filter.lets_through(&subject)) else {
        return Approval::Approved;
    };
    let reason = refusing.filter.reason();
    match refusing.otherwise {
        Otherwise::Reject => rejected(Rejection::Filter, bounded(&format!("A filter keeps the lead out: {reason}."))),
        Otherwise::Quarantine => {
            let until = campaign.quarantine.map(|rule| rule.ends(sent.received));
            Approval::Quarantined { reason: bounded(&format!("a filter put it aside: {reason}")), until }
        }
    }
}

fn rejected(code: Rejection, reason: String) -> Approval {
    Approval::Rejected { code, reason }
}
