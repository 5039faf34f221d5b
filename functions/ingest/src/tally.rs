//! Counting what came in. Names and meanings stand in `lambda::metrics`.

use std::time::Duration;

use domain::lead::{Approval, DeliveryState, Lead, Rejection};

use crate::take_in::Taken;

/// Rejections of which nothing is stored but the answer.
const UNSTORED: [Rejection; 3] = [Rejection::SupplierNotAuthorised, Rejection::UnsafeContent, Rejection::Validation];

/// Counts the leads of a post, and how long it took.
pub(crate) fn post(took: Duration, taken: &[Taken]) {
    metrics::histogram!("ingest_ms").record(lambda::metrics::whole_ms(took));
    for taken in taken {
        if let Some(name) = outcome(taken) {
            metrics::counter!(name).increment(1);
        }
        let skipped = taken.lead.iter().flat_map(|lead| lead.deliveries.values());
        for _ in skipped.filter(|delivery| matches!(delivery.state, DeliveryState::Skipped { .. })) {
            metrics::counter!("delivery_skipped").increment(1);
        }
    }
}

fn outcome(taken: &Taken) -> Option<&'static str> {
    match &taken.lead {
        _ if taken.replayed => Some("lead_replayed"),
        Some(lead) => Some(approval(lead)),
        None => {
            let receipt: serde_json::Value = serde_json::from_str(&taken.answer.body).ok()?;
            let why = UNSTORED.into_iter().find(|why| receipt["code"] == why.code())?;
            Some(rejection(why))
        }
    }
}

fn approval(lead: &Lead) -> &'static str {
    match &lead.approval {
        Approval::Approved | Approval::Pending if lead.test => "lead_test",
        Approval::Approved | Approval::Pending => "lead_approved",
        Approval::Quarantined { .. } => "lead_quarantined",
        Approval::Rejected { code, .. } => rejection(*code),
    }
}

fn rejection(code: Rejection) -> &'static str {
    match code {
        Rejection::Duplicate => "lead_rejected_duplicate",
        Rejection::CampaignCap => "lead_rejected_campaign_cap",
        Rejection::Validation => "lead_rejected_validation",
        Rejection::Filter => "lead_rejected_filter",
        Rejection::SupplierNotAuthorised => "lead_rejected_supplier",
        Rejection::CampaignNotActive => "lead_rejected_inactive",
        Rejection::UnsafeContent => "lead_rejected_unsafe",
    }
}
