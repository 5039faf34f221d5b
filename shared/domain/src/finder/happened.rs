//! What has happened to a lead, by the lead alone.

use super::Activity;
use crate::lead::{Approval, Edit, Joined, Lead, Return, ReturnState};

/// Whether this has happened to a lead since it came in: true exactly if a step of its history put it on that list. A delivery that had a
/// lead anew, was passed over once more before anything was sent, and was then forgotten with what was never asked, has not had it.
pub fn has_happened(lead: &Lead, activity: Activity) -> bool {
    match activity {
        Activity::Redelivered => lead.deliveries.values().any(|delivery| delivery.round > 1),
        Activity::Returned => any_return(lead, |back| match back.state {
            ReturnState::Approved | ReturnState::Undone => true,
            ReturnState::Requested | ReturnState::Refused => false,
        }),
        Activity::ReturnRequested => any_return(lead, was_a_question),
        Activity::ReturnRefused => any_return(lead, |back| back.state == ReturnState::Refused),
        Activity::ReturnUndone => any_return(lead, |back| back.state == ReturnState::Undone),
        Activity::PayoutUpdated => lead.edits.iter().any(|edit| edit.sale.is_none()),
        Activity::RevenueUpdated => lead.edits.iter().any(|edit| is_of_its_sales(lead, edit)),
        Activity::Quarantined => lead.quarantines > 0,
        Activity::Released => was_released(lead),
        Activity::Unsubscribed => lead.said.iter().any(|said| !said.yes),
        Activity::Resubscribed => lead.said.iter().any(|said| said.yes),
        Activity::Feedback => lead.deliveries.values().any(|delivery| delivery.heard.is_some()),
        Activity::JoinedResponder => lead.joined.iter().any(|joined| !joined.is_message()),
        Activity::MessageOrdered => lead.joined.iter().any(Joined::is_message),
    }
}

fn any_return(lead: &Lead, is_so: impl Fn(&Return) -> bool) -> bool {
    lead.sales().any(|(.., sale)| sale.returns().any(&is_so))
}

/// What was decided as it was asked for was nobody's to decide.
fn was_a_question(back: &Return) -> bool {
    let decided_at = back.taken.as_ref().map_or(back.at, |taken| taken.at);
    back.is_requested() || decided_at != back.asked_at
}

/// A buyer is told of a lead as if it were the only one: what was changed of another's sale is not in it.
fn is_of_its_sales(lead: &Lead, edit: &Edit) -> bool {
    edit.sale.as_ref().is_some_and(|did| lead.deliveries.contains_key(did))
}

/// To be put aside once more, it has to have been let go before.
fn was_released(lead: &Lead) -> bool {
    match lead.approval {
        Approval::Approved => lead.quarantines > 0,
        Approval::Pending | Approval::Rejected { .. } | Approval::Quarantined { .. } => lead.quarantines > 1,
    }
}
