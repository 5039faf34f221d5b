//! What is done to leads, and how it is known that it was done once.

use domain::{
    bulk::{Action, Effect},
    id::{BulkJobId, DeliveryRef},
    journal::events,
    lead::{Approval, Lead, SoldStatus},
    money::Money,
};
use serde_json::{Value, json};

/// An action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    UpdatePayout,
    UpdateRevenue,
    Return,
    Redeliver,
    Release,
    Reject,
    Unsubscribe,
    Resubscribe,
    Delete,
    Erase,
    JoinResponder,
    SendMessage,
}

/// What a deed is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Money,
    Buyers,
    Consent,
    Messages,
    Deletion,
}

impl Deed {
    pub(super) const ALL: [Self; 12] = [
        Self::UpdatePayout,
        Self::UpdateRevenue,
        Self::Return,
        Self::Redeliver,
        Self::Release,
        Self::Reject,
        Self::Unsubscribe,
        Self::Resubscribe,
        Self::Delete,
        Self::Erase,
        Self::JoinResponder,
        Self::SendMessage,
    ];

    /// The deed that an action is; none: it does nothing to leads.
    fn of(action: &Action) -> Option<Self> {
        Some(match action {
            Action::Redeliver(_) => Self::Redeliver,
            Action::Return(_) => Self::Return,
            Action::UpdatePayout(_) => Self::UpdatePayout,
            Action::UpdateRevenue(_) => Self::UpdateRevenue,
            Action::Release(_) => Self::Release,
            Action::Reject(_) => Self::Reject,
            Action::Unsubscribe(_) => Self::Unsubscribe,
            Action::Resubscribe(_) => Self::Resubscribe,
            Action::Delete(_) => Self::Delete,
            Action::Erase(_) => Self::Erase,
            Action::JoinResponder(_) => Self::JoinResponder,
            Action::SendMessage(_) => Self::SendMessage,
            // Its file is written by others: `kills/lead_exports.rs`.
            Action::Export(_) => return None,
        })
    }

    /// All that are about this.
    pub(super) fn all_about(about: About) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |deed| deed.about() == about)
    }

    fn about(self) -> About {
        match self {
            Self::UpdatePayout | Self::UpdateRevenue | Self::Return => About::Money,
            Self::Redeliver | Self::Release | Self::Reject => About::Buyers,
            Self::Unsubscribe | Self::Resubscribe => About::Consent,
            Self::JoinResponder | Self::SendMessage => About::Messages,
            Self::Delete | Self::Erase => About::Deletion,
        }
    }

    /// The order, but for its leads.
    pub(super) fn order(self) -> Value {
        let pounds = |amount: &str| json!({ "amount": amount, "currency": "GBP" });
        match self {
            Self::UpdatePayout => {
                json!({ "action": "update_payout", "params": { "payout": pounds("7.00"), "reason": "agreed" } })
            }
            Self::UpdateRevenue => {
                json!({ "action": "update_revenue", "params": { "revenue": pounds("10.00"), "reason": "agreed" } })
            }
            Self::Return => json!({ "action": "return", "params": { "reason": "OTHER" } }),
            Self::Redeliver => json!({ "action": "redeliver" }),
            Self::Release => json!({ "action": "release" }),
            Self::Reject => json!({ "action": "reject", "params": { "reason": "odd" } }),
            Self::Unsubscribe => json!({ "action": "unsubscribe" }),
            Self::Resubscribe => json!({ "action": "resubscribe" }),
            Self::Delete => json!({ "action": "delete" }),
            // A lead is found by each of them.
            Self::Erase => json!({
                "action": "erase", "params": { "email": "person1@example.com", "phone": "+447911123402" },
            }),
            Self::JoinResponder => json!({ "action": "join_responder", "params": { "rid": "welcome" } }),
            Self::SendMessage => json!({
                "action": "send_message",
                "params": { "campid": "solar", "channel": "email", "subject": "Hello", "text": "Thank you." },
            }),
        }
    }

    /// What it moves with so many leads, of those that labs begin with.
    pub(super) fn moves(self, leads: i64) -> Option<Effect> {
        let pence = |each: i64| Money { minor: each * leads, currency: "GBP".parse().unwrap() };
        let (revenue, payout) = match self {
            Self::UpdatePayout => (0, 200),
            Self::UpdateRevenue => (-250, 0),
            Self::Return => (-1_250, -500),
            Self::Redeliver
            | Self::Release
            | Self::Reject
            | Self::Unsubscribe
            | Self::Resubscribe
            | Self::Delete
            | Self::Erase
            | Self::JoinResponder
            | Self::SendMessage => (0, 0),
        };
        Effect { revenue: pence(revenue), payout: pence(payout) }.if_any()
    }

    /// Whether its order says whose leads they are, and not which.
    pub(super) fn is_about_a_person(self) -> bool {
        self == Self::Erase
    }

    /// Whether buyers hear of it.
    pub(super) fn goes_to_buyers(self) -> bool {
        matches!(self, Self::Redeliver | Self::Release)
    }

    /// Checks that this job has done it to a lead, once, and nobody else anything.
    pub(super) fn is_done_once(self, job: BulkJobId, before: &Lead, after: &Lead) {
        let name = job.to_string();
        assert_eq!((&after.jobs, after.version), (&vec![job], before.version + 1), "{after:#?}");
        let edits: Vec<&str> = after.edits.iter().map(|edit| edit.order.as_str()).collect();
        match self {
            Self::UpdatePayout => {
                assert_eq!((edits, after.earned_payout().unwrap().minor), (vec![name.as_str()], 700), "{after:#?}");
            }
            Self::UpdateRevenue => {
                assert_eq!((edits, after.revenue().unwrap().minor), (vec![name.as_str()], 1_000), "{after:#?}");
            }
            Self::Return => {
                let (.., sale) = after.sales().next().unwrap();
                let orders: Vec<_> = sale.returns().map(|back| back.order.as_deref()).collect();
                assert_eq!((orders, after.sold_status()), (vec![Some(name.as_str())], SoldStatus::Returned));
            }
            Self::Redeliver => {
                let did: DeliveryRef = "d1".parse().unwrap();
                assert_eq!((before.deliveries[&did].round, after.deliveries[&did].round), (1, 2), "{after:#?}");
            }
            Self::Release => {
                assert_eq!((&after.approval, after.deliveries.len()), (&Approval::Approved, 1), "{after:#?}");
            }
            Self::Reject => {
                let Approval::Rejected { reason, .. } = &after.approval else { unreachable!("{after:#?}") };
                assert_eq!((reason.as_str(), after.deliveries.len()), ("odd", 0), "{after:#?}");
            }
            Self::Unsubscribe => {
                assert!(!after.said.is_empty() && after.said.iter().all(|said| !said.yes), "{after:#?}");
            }
            Self::Resubscribe => {
                assert!(!after.said.is_empty() && after.said.iter().all(|said| said.yes), "{after:#?}");
            }
            Self::JoinResponder => {
                let joined: Vec<_> = after.joined.iter().map(|one| (one.rid.as_str(), one.number)).collect();
                assert_eq!(joined, [("welcome", 1)], "{after:#?}");
            }
            Self::Delete | Self::Erase => {
                assert!(after.is_tombstone() && after.fields.is_empty(), "{after:#?}");
                assert_eq!(events(after).unwrap(), events(before).unwrap());
            }
            Self::SendMessage => {
                let messages: Vec<_> = after.joined.iter().map(|one| (one.rid.job(), one.number)).collect();
                assert_eq!(messages, [(Some(job), 1)], "{after:#?}");
            }
        }
    }
}

#[test]
fn every_action_that_does_something_to_leads_is_a_deed() {
    for deed in Deed::ALL {
        let mut order = deed.order();
        if order["params"].is_null() {
            order["params"] = json!({});
        }
        assert_eq!(Deed::of(&serde_json::from_value(order).unwrap()), Some(deed));
    }
}
