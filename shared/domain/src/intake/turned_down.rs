//! Leads that nothing is wrong with, and that are turned down all the same: somebody was faster.

use crate::{
    cap::CapPer,
    lead::{Approval, Lead, Rejection},
};

/// Whose cap is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CappedBy {
    /// The campaign's.
    Campaign,
    /// The supplier's, over all campaigns.
    Supplier,
}

/// The same lead, once it turned out to be a duplicate. It earns nothing and goes nowhere.
pub fn as_duplicate(lead: &Lead) -> Lead {
    turned_down(lead, Rejection::Duplicate, "An accepted lead of this campaign has the same data.".to_owned())
}

/// The same lead, once there was no room for it. It was not taken in, so it was not put aside either.
pub fn as_over_cap(lead: &Lead, whose: CappedBy, per: CapPer) -> Lead {
    let reason = match whose {
        CappedBy::Campaign => format!("The campaign takes {}.", per.reached()),
        CappedBy::Supplier => format!("The supplier may send {}.", per.reached()),
    };
    Lead { quarantines: 0, ..turned_down(lead, Rejection::CampaignCap, reason) }
}

fn turned_down(lead: &Lead, code: Rejection, reason: String) -> Lead {
    let mut lead = Lead { approval: Approval::Rejected { code, reason }, ..lead.clone() };
    lead.deliveries.clear();
    lead.not_earned_yet()
}
