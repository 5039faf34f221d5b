//! Ways to leads: which of them a query names, and what they are called.

use std::{
    collections::BTreeSet,
    fmt::{self, Display},
};

use super::{LeadQuery, Sought};
use crate::{
    contact::Phone,
    field::FieldName,
    finder::{Activity, Listing, Undelivered},
    id::{CampaignRef, LeadId, SupplierRef},
    lead::{DeliveryStatus, SoldStatus},
};

/// So many are named; of the others only how many they are.
const MAX_NAMED: usize = 3;

/// A way to all leads that may be meant.
#[derive(Clone, PartialEq, Eq)]
pub enum Path {
    /// By what is known of the lead itself or of the person: each has an index of its own.
    Identified {
        /// Ids.
        leads: BTreeSet<LeadId>,
        /// Normalised addresses.
        emails: BTreeSet<String>,
        /// First numbers.
        phones: BTreeSet<Phone>,
    },
    /// By campaign.
    Campaigns(BTreeSet<CampaignRef>),
    /// By supplier.
    Suppliers(BTreeSet<SupplierRef>),
    /// By sold status; with all of them, everything.
    Statuses(BTreeSet<SoldStatus>),
    /// By lists that booking keeps; a lead may be on several.
    Listed(Vec<Listing>),
}

impl LeadQuery {
    /// Whether it names leads by id, e-mail address or first phone, so that they are found at once, however long ago they came in.
    pub fn identifies(&self) -> bool {
        !self.identified().is_empty()
    }

    /// The ways that it names by what identifies leads.
    pub(super) fn identified(&self) -> Vec<Path> {
        let is_indexed = |name: &FieldName, sought: &Sought| match sought {
            Sought::Lead(_) => name.as_str() == "lead_id",
            Sought::Email(_) => name.as_str() == "email",
            Sought::Phone(_) => name.as_str() == "phone1",
            Sought::Words(_) => false,
        };
        let fields = self.fields.iter().filter(|(name, any)| any.iter().all(|sought| is_indexed(name, sought)));
        let sets = [&self.text].into_iter().chain(fields.map(|(_, any)| any));
        let mut found: Vec<Path> = sets.filter_map(identified).collect();
        found.sort_by_key(Path::identifiers);
        found
    }

    /// All other ways that it names, in the order in which they are worth trying where nobody has counted leads: what buyers bought and
    /// what has happened is least, and suppliers send less than campaigns take.
    pub(super) fn named(&self) -> Vec<Path> {
        let listed = |lists: Vec<Listing>| (!lists.is_empty()).then_some(Path::Listed(lists));
        let buyers = self.buyers.iter().cloned().map(Listing::Buyer).collect();
        // Whoever says so says something of the lead.
        let heard = (!self.followed_up.is_empty()).then_some(Listing::Activity(Activity::Feedback));
        let activities = self.activities.iter().copied().map(Listing::Activity).collect();
        let deliveries = self.deliveries.iter().cloned().map(Listing::Delivery).collect();
        let suppliers = (!self.suppliers.is_empty()).then(|| Path::Suppliers(self.suppliers.clone()));
        let campaigns = (!self.campaigns.is_empty()).then(|| Path::Campaigns(self.campaigns.clone()));
        [
            listed(buyers),
            listed(activities),
            listed(heard.into_iter().collect()),
            listed(deliveries),
            suppliers,
            campaigns,
            listed(self.undelivered()),
            self.statuses().map(Path::Statuses),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The sold statuses that its leads have, all deliveries considered; none: they may have any. Who is sold to one buyer is sold; who
    /// is returned by one may be sold to another.
    pub(super) fn statuses(&self) -> Option<BTreeSet<SoldStatus>> {
        let says_all = self.buyers.is_empty() || self.sold_statuses == BTreeSet::from([SoldStatus::Sold]);
        let is_some = !self.sold_statuses.is_empty() && self.sold_statuses.len() < SoldStatus::ALL.len();
        (says_all && is_some).then(|| self.sold_statuses.clone())
    }

    /// The lists of undelivered leads that all its leads are on: they tell of all deliveries together.
    fn undelivered(&self) -> Vec<Listing> {
        if !self.buyers.is_empty() || !self.deliveries.is_empty() {
            return Vec::new();
        }
        let list = |status: &DeliveryStatus| match status {
            DeliveryStatus::Partial => Some(Listing::Undelivered(Undelivered::Partial)),
            DeliveryStatus::Fail => Some(Listing::Undelivered(Undelivered::Fail)),
            DeliveryStatus::Blank | DeliveryStatus::Sending | DeliveryStatus::Full => None,
        };
        self.delivery_statuses.iter().map(list).collect::<Option<_>>().unwrap_or_default()
    }
}

impl Path {
    /// To everything, by sold status.
    pub(super) fn everything() -> Self {
        Self::Statuses(SoldStatus::ALL.into())
    }

    /// How many leads, addresses and phones it is by.
    pub(super) fn identifiers(&self) -> usize {
        match self {
            Self::Identified { leads, emails, phones } => leads.len() + emails.len() + phones.len(),
            Self::Campaigns(_) | Self::Suppliers(_) | Self::Statuses(_) | Self::Listed(_) => 0,
        }
    }
}

/// The way to all that is one of these; none where one is but a word.
fn identified(sought: &BTreeSet<Sought>) -> Option<Path> {
    let (mut leads, mut emails, mut phones) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for one in sought {
        match one {
            Sought::Lead(lead) => drop(leads.insert(*lead)),
            Sought::Email(email) => drop(emails.insert(email.clone())),
            Sought::Phone(any) => phones.extend(any.iter().cloned()),
            Sought::Words(_) => return None,
        }
    }
    (!sought.is_empty()).then_some(Path::Identified { leads, emails, phones })
}

impl Display for Path {
    /// In words, without anything of a person: `by_campaign solar, wind`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identified { leads, emails, phones } => {
                let by = [("by_id", leads.len()), ("by_email", emails.len()), ("by_phone", phones.len())];
                let named = by.into_iter().filter_map(|(word, count)| match count {
                    0 => None,
                    1 => Some(word.to_owned()),
                    _ => Some(format!("{word} × {count}")),
                });
                f.write_str(&named.collect::<Vec<_>>().join(", "))
            }
            Self::Campaigns(campaigns) => write!(f, "by_campaign {}", names(campaigns)),
            Self::Suppliers(suppliers) => write!(f, "by_supplier {}", names(suppliers)),
            Self::Statuses(statuses) if statuses.len() == SoldStatus::ALL.len() => f.write_str("everything"),
            Self::Statuses(statuses) => write!(f, "by_status {}", names(statuses.iter().map(|status| status.word()))),
            Self::Listed(lists) => write!(f, "listed by {}", names(lists.iter().map(ListName))),
        }
    }
}

impl fmt::Debug for Path {
    /// As in words, so that no log of a struct shows a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({self})")
    }
}

/// A list in words: `buyer b1`.
struct ListName<'a>(&'a Listing);

impl Display for ListName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Listing::Delivery(did) => write!(f, "delivery {did}"),
            Listing::Buyer(bid) => write!(f, "buyer {bid}"),
            Listing::Activity(activity) => write!(f, "activity {}", activity.word()),
            Listing::Undelivered(status) => write!(f, "delivery_status {}", status.word()),
        }
    }
}

fn names(all: impl IntoIterator<Item = impl Display>) -> String {
    let mut all = all.into_iter();
    let named: Vec<String> = all.by_ref().take(MAX_NAMED).map(|name| name.to_string()).collect();
    let others = all.count();
    let named = named.join(", ");
    if others == 0 { named } else { format!("{named} and {others} more") }
}
