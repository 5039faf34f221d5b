//! What is done to leads, and how it is known that it was done once.

use domain::{
    bulk::Effect,
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
    Delete,
    SendMessage,
}

impl Deed {
    pub(super) const ALL: [Self; 9] = [
        Self::UpdatePayout,
        Self::UpdateRevenue,
        Self::Return,
        Self::Redeliver,
        Self::Release,
        Self::Reject,
        Self::Unsubscribe,
        Self::Delete,
        Self::SendMessage,
    ];

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
            Self::Delete => json!({ "action": "delete" }),
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
            Self::Redeliver | Self::Release | Self::Reject | Self::Unsubscribe | Self::Delete | Self::SendMessage => {
                (0, 0)
            }
        };
        Effect { revenue: pence(revenue), payout: pence(payout) }.if_any()
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
            Self::Delete => {
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
