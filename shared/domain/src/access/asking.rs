//! What somebody may look for leads by: what is shown to it, and nothing that tells of others.

use std::collections::BTreeSet;

use super::{Part, Principal};
use crate::query::LeadQuery;

/// Something that may not be asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// It tells of what is not shown.
    #[error("Leave {filter} out: you are not shown what it asks for.")]
    NotShown {
        /// The filter: `did`, `field.source`.
        filter: &'static str,
    },
    /// It names others.
    #[error("Leave {filter} out, or name yourself alone: you see your own leads.")]
    NotYours {
        /// The filter: `sid`.
        filter: &'static str,
    },
    /// Something happened of which it is not told.
    #[error("Leave {activity} out of activity: you are not told of it.")]
    NotTold {
        /// What happened.
        activity: &'static str,
    },
}

impl NotAsked {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotShown { .. } | Self::NotTold { .. } => "not_shown",
            Self::NotYours { .. } => "not_yours",
        }
    }
}

impl Principal {
    /// Whether it may look for leads so: by what it sees of them.
    ///
    /// # Errors
    /// The first thing that it may not ask for.
    #[rustfmt::skip]
    pub fn may_ask(&self, query: &LeadQuery) -> Result<(), NotAsked> {
        let has_field = |name: &str| query.fields.contains_key(name);
        let asked = [
            // the filter,     is used,                      tells of
            ("sid",            !query.suppliers.is_empty(),  Part::Source),
            ("field.source",   has_field("source"),          Part::Source),
            ("field.ssid",     has_field("ssid"),            Part::Source),
            ("bid",            !query.buyers.is_empty(),     Part::Deliveries),
            ("did",            !query.deliveries.is_empty(), Part::Deliveries),
            ("followed_up",    !query.followed_up.is_empty(), Part::Deliveries),
        ];
        if let Some((filter, ..)) = asked.into_iter().find(|(_, is_used, part)| *is_used && !self.sees(*part)) {
            return Err(NotAsked::NotShown { filter });
        }
        if let Some(activity) = query.activities.iter().find(|activity| !self.sees_activity(**activity)) {
            return Err(NotAsked::NotTold { activity: activity.word() });
        }
        match self {
            Self::Supplier { sid } if names_others(&query.suppliers, sid) => Err(NotAsked::NotYours { filter: "sid" }),
            Self::Buyer { bid } if names_others(&query.buyers, bid) => Err(NotAsked::NotYours { filter: "bid" }),
            Self::Seller | Self::Supplier { .. } | Self::Buyer { .. } => Ok(()),
        }
    }

    /// The same with what it may read put into words: whose leads are meant, so that they are looked for on the way to these. What it
    /// [may not ask](Self::may_ask) stays as it is.
    #[must_use]
    pub fn narrow(&self, mut query: LeadQuery) -> LeadQuery {
        match self {
            Self::Seller => {}
            Self::Supplier { sid } => {
                if query.suppliers.is_empty() {
                    query.suppliers.insert(sid.clone());
                }
            }
            Self::Buyer { bid } => {
                if query.buyers.is_empty() {
                    query.buyers.insert(bid.clone());
                }
            }
        }
        query
    }
}

fn names_others<T: Ord>(named: &BTreeSet<T>, own: &T) -> bool {
    named.iter().any(|name| name != own)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;
    use crate::{
        finder::Activity,
        lead::{DeliveryStatus, FollowUpStage, Method, SoldStatus, tests::at},
        query::{Sought, Span},
    };

    fn supplier() -> Principal {
        Principal::Supplier { sid: "s1".parse().unwrap() }
    }

    fn buyer() -> Principal {
        Principal::Buyer { bid: "b1".parse().unwrap() }
    }

    fn all() -> LeadQuery {
        LeadQuery::received(Span { from: at(0), until: at(1) })
    }

    fn field(name: &str) -> LeadQuery {
        let words = Sought::Words("x".to_owned());
        LeadQuery { fields: [(name.parse().unwrap(), [words].into())].into(), ..all() }
    }

    fn said(viewer: &Principal, query: &LeadQuery) -> Result<(), String> {
        viewer.may_ask(query).map_err(|error| format!("{}: {error}", error.code()))
    }

    #[test]
    fn nobody_asks_for_what_it_is_not_shown() {
        let by_supplier = LeadQuery { suppliers: ["s1".parse().unwrap()].into(), ..all() };
        let by_buyer = LeadQuery { buyers: ["b1".parse().unwrap()].into(), ..all() };
        let by_delivery = LeadQuery { deliveries: ["d1".parse().unwrap()].into(), ..all() };
        let followed_up = LeadQuery { followed_up: FollowUpStage::ALL.into(), ..all() };
        let table = [
            //            the filter,    its supplier, its buyers
            (by_supplier, "sid", true, false),
            (field("source"), "field.source", true, false),
            (field("ssid"), "field.ssid", true, false),
            (by_buyer, "bid", false, true),
            (by_delivery, "did", false, true),
            (followed_up, "followed_up", false, true),
        ];
        for (query, filter, supplier_may, buyer_may) in table {
            let refused = Err(NotAsked::NotShown { filter });
            for (viewer, may) in [(Principal::Seller, true), (supplier(), supplier_may), (buyer(), buyer_may)] {
                assert_eq!(
                    viewer.may_ask(&query),
                    if may { Ok(()) } else { refused.clone() },
                    "{filter} by {viewer:?}"
                );
            }
        }
    }

    #[test]
    fn what_everybody_sees_of_its_leads_everybody_asks_for() {
        let query = LeadQuery {
            campaigns: ["solar".parse().unwrap()].into(),
            countries: ["GB".parse().unwrap()].into(),
            methods: Method::ALL.into(),
            sold_statuses: SoldStatus::ALL.into(),
            delivery_statuses: DeliveryStatus::ALL.into(),
            text: [Sought::Words("x".to_owned())].into(),
            ..field("postcode")
        };
        for viewer in [Principal::Seller, supplier(), buyer()] {
            assert_eq!(viewer.may_ask(&query), Ok(()));
        }
    }

    #[test]
    fn nobody_asks_for_activities_of_which_it_is_not_told() {
        let refused = |viewer: &Principal| {
            let is_refused =
                |activity: &Activity| viewer.may_ask(&LeadQuery { activities: [*activity].into(), ..all() }).is_err();
            Activity::ALL.into_iter().filter(is_refused).collect::<Vec<_>>()
        };
        assert_eq!(refused(&Principal::Seller), []);
        let (joined, message) = (Activity::JoinedResponder, Activity::MessageOrdered);
        let of_buyers = [
            Activity::Redelivered,
            Activity::ReturnRequested,
            Activity::ReturnRefused,
            Activity::RevenueUpdated,
            Activity::Feedback,
            joined,
            message,
        ];
        assert_eq!(refused(&supplier()), of_buyers);
        assert_eq!(
            refused(&buyer()),
            [Activity::PayoutUpdated, Activity::Quarantined, Activity::Released, joined, message]
        );
        let query = LeadQuery { activities: [Activity::Released].into(), ..all() };
        assert_eq!(
            said(&buyer(), &query),
            Err("not_shown: Leave released out of activity: you are not told of it.".to_owned())
        );
    }

    #[test]
    fn nobody_asks_for_others() {
        let suppliers = ["s1".parse().unwrap(), "s2".parse().unwrap()].into();
        let detail = "Leave sid out, or name yourself alone: you see your own leads.";
        assert_eq!(said(&supplier(), &LeadQuery { suppliers, ..all() }), Err(format!("not_yours: {detail}")));
        let buyers = ["b2".parse().unwrap()].into();
        assert_eq!(buyer().may_ask(&LeadQuery { buyers, ..all() }), Err(NotAsked::NotYours { filter: "bid" }));
    }

    #[test]
    fn who_names_nobody_means_itself() {
        assert_eq!(Principal::Seller.narrow(all()), all());
        assert_eq!(supplier().narrow(all()).suppliers, ["s1".parse().unwrap()].into());
        assert_eq!(buyer().narrow(all()).buyers, ["b1".parse().unwrap()].into());
        let of_other = LeadQuery { buyers: ["b2".parse().unwrap()].into(), ..all() };
        assert_eq!(buyer().narrow(of_other.clone()), of_other, "nobody is given more than it asks for");
    }
}
