//! Counting the leads that come in, whoever brings them. Names and meanings stand in [`crate::metrics`].

use domain::lead::{Approval, Lead, Rejection};

/// Counts a lead that is new and stored, and the deliveries that passed it over.
pub fn new_lead(lead: &Lead) {
    ::metrics::counter!(approval(lead)).increment(1);
    for _ in lead.deliveries.values().filter(|delivery| delivery.state.is_skipped()) {
        ::metrics::counter!("delivery_skipped").increment(1);
    }
}

/// Counts a lead of which nothing is kept.
pub fn not_kept(code: Rejection) {
    ::metrics::counter!(rejection(code)).increment(1);
}

/// Counts a lead that came before.
pub fn replayed() {
    ::metrics::counter!("lead_replayed").increment(1);
}

/// What a lead counts as that is turned away.
pub fn rejection(code: Rejection) -> &'static str {
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

fn approval(lead: &Lead) -> &'static str {
    match &lead.approval {
        Approval::Approved | Approval::Pending if lead.test => "lead_test",
        Approval::Approved | Approval::Pending => "lead_approved",
        Approval::Quarantined { .. } => "lead_quarantined",
        Approval::Rejected { code, .. } => rejection(*code),
    }
}
