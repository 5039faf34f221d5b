//! Whom a row means: which of the leads that it could be.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    contact::{Email, Phone},
    id::{BuyerRef, DeliveryRef, LeadId},
    lead::{Lead, LeadDelivery, Sale},
};

/// Leads that are named where several could be meant.
const MAX_NAMED: usize = 5;

/// What a row seeks, and why it is returned.
#[derive(Clone, PartialEq, Eq)]
pub struct Sought {
    /// The lead. It decides alone; what follows up to the dates is then not read.
    pub lead: Option<LeadId>,
    /// The person's e-mail address.
    pub email: Option<Email>,
    /// The phones that the person's may be, as what is left of it could be several.
    pub phones: Vec<Phone>,
    /// What the buyer calls the lead.
    pub reference: Option<String>,
    /// The days that it may have been sold or have come in on.
    pub dates: Vec<Date>,
    /// Instants on whose days it may have been sold or have come in: which days these are says the zone.
    pub moments: Vec<Timestamp>,
    /// The delivery through which it was sold.
    pub did: Option<DeliveryRef>,
    /// A reason code, or what stands instead of one; empty: none is given.
    pub reason: String,
    /// What there is to say besides: one line of at most 300 characters.
    pub comment: Option<String>,
}

impl fmt::Debug for Sought {
    /// Hidden, so that no log of a struct shows a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sought(…)")
    }
}

/// By what leads are looked up.
#[derive(Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The lead with this id.
    Lead(LeadId),
    /// Those with this e-mail address.
    Email(Email),
    /// Those with one of these phones.
    Phones(Vec<Phone>),
    /// Those that the buyer calls so.
    Reference(String),
}

impl fmt::Debug for Lookup {
    /// Hidden, so that no log of a struct shows a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lookup({})", self.by().word())
    }
}

/// By what a lead was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchedBy {
    /// Its id.
    LeadId,
    /// An e-mail address.
    Email,
    /// A phone.
    Phone,
    /// What the buyer calls it.
    Reference,
}

impl MatchedBy {
    /// The word for it: `lead_id`.
    pub fn word(self) -> &'static str {
        match self {
            Self::LeadId => "lead_id",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Reference => "reference",
        }
    }
}

/// Whom a row means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// This lead.
    Found {
        /// The lead.
        lead: LeadId,
        /// By what it was found.
        by: MatchedBy,
    },
    /// One of several.
    Ambiguous {
        /// The first of them, at most five.
        leads: Vec<LeadId>,
        /// For people, with what to do.
        detail: String,
    },
    /// None that there is.
    NotFound {
        /// For people, with what to do.
        detail: String,
    },
}

impl Lookup {
    /// What it looks leads up by.
    pub fn by(&self) -> MatchedBy {
        match self {
            Self::Lead(_) => MatchedBy::LeadId,
            Self::Email(_) => MatchedBy::Email,
            Self::Phones(_) => MatchedBy::Phone,
            Self::Reference(_) => MatchedBy::Reference,
        }
    }

    /// Whether the lead is what is looked for. What leads are found by may lag behind, so the lead itself is asked.
    fn is_of(&self, lead: &Lead, bid: &BuyerRef) -> bool {
        let holds = |is_it: &dyn Fn(&str) -> bool, value: &str| {
            lead.fields.iter().any(|(name, own)| is_it(name.as_str()) && own == value)
        };
        match self {
            Self::Lead(id) => lead.id == *id,
            Self::Email(email) => holds(&|name| name == "email", email.as_str()),
            Self::Phones(phones) => {
                let is_phone = |name: &str| matches!(name, "phone1" | "phone2" | "phone3");
                phones.iter().any(|phone| holds(&is_phone, phone.as_str()))
            }
            Self::Reference(reference) => {
                sales_to(lead, bid).any(|(.., sale)| sale.reference.as_ref() == Some(reference))
            }
        }
    }
}

impl Sought {
    /// By what to look, one after the other, until [`Sought::choose`] says whom the row means.
    pub fn lookups(&self) -> Vec<Lookup> {
        if let Some(lead) = self.lead {
            return vec![Lookup::Lead(lead)];
        }
        self.email.clone().map(Lookup::Email).into_iter().chain(self.rest()).collect()
    }

    /// Whom of the leads that one lookup found the row means: of those that were sold to this buyer, days counted in this zone;
    /// what is named by its id is left to the judge. None: nothing of this buyer's, so the next lookup is to be tried, and
    /// behind the last the row is [`Sought::unfound`].
    pub fn choose(&self, lookup: &Lookup, found: &[&Lead], bid: &BuyerRef, zone: &TimeZone) -> Option<Match> {
        if let Lookup::Lead(lead) = lookup {
            let is_there = found.iter().any(|found| found.id == *lead);
            return Some(if is_there { Match::Found { lead: *lead, by: MatchedBy::LeadId } } else { self.unfound() });
        }
        let own = |lead: &&&Lead| sales_to(lead, bid).next().is_some() && lookup.is_of(lead, bid);
        // In the order of their ids, so that it does not matter in which they were found.
        let all: BTreeMap<LeadId, &Lead> = found.iter().filter(own).map(|lead| (lead.id, *lead)).collect();
        let by = lookup.by();
        match *self.left_of(&all, lookup, bid, zone) {
            [] => None,
            [lead] => Some(Match::Found { lead, by }),
            ref several => Some(ambiguous(several, by)),
        }
    }

    /// What the row comes to when no lookup has found anything of the buyer's.
    pub fn unfound(&self) -> Match {
        let detail = if self.lead.is_some() {
            "There is no lead with this id; check it."
        } else {
            "No lead that was sold to you has this e-mail address, phone or reference; check them, or give the lead id."
        };
        Match::NotFound { detail: detail.to_owned() }
    }

    /// Those that everything fits that the row says besides. What fits none of them is no help; and where one thing speaks for
    /// this lead, and another for that, it could be all of them.
    fn left_of(&self, all: &BTreeMap<LeadId, &Lead>, lookup: &Lookup, bid: &BuyerRef, zone: &TimeZone) -> Vec<LeadId> {
        let mut left: BTreeSet<LeadId> = all.keys().copied().collect();
        let mut keep = |fits: &dyn Fn(&Lead) -> bool| {
            let fitting: BTreeSet<LeadId> = all.values().filter(|lead| fits(lead)).map(|lead| lead.id).collect();
            if !fitting.is_empty() {
                left.retain(|lead| fitting.contains(lead));
            }
        };
        let day = |at: Timestamp| zone.to_datetime(at).date();
        let days: Vec<Date> = self.dates.iter().copied().chain(self.moments.iter().copied().map(day)).collect();
        keep(&|lead| {
            let sold = sales_to(lead, bid).map(|(.., sale)| day(sale.sold_at));
            sold.chain([day(lead.received)]).any(|day| days.contains(&day))
        });
        for other in self.lookups().iter().filter(|other| other.by() != lookup.by()) {
            keep(&|lead| other.is_of(lead, bid));
        }
        if let Some(did) = &self.did {
            keep(&|lead| sales_to(lead, bid).any(|(own, ..)| own == did));
        }
        if left.is_empty() { all.keys().copied().collect() } else { left.into_iter().collect() }
    }

    fn rest(&self) -> impl Iterator<Item = Lookup> {
        let phones = Some(self.phones.clone()).filter(|phones| !phones.is_empty()).map(Lookup::Phones);
        phones.into_iter().chain(self.reference.clone().map(Lookup::Reference))
    }
}

fn sales_to<'a>(
    lead: &'a Lead,
    bid: &'a BuyerRef,
) -> impl Iterator<Item = (&'a DeliveryRef, &'a LeadDelivery, &'a Sale)> {
    lead.sales().filter(move |(_, delivery, _)| delivery.bid.as_ref() == Some(bid))
}

fn ambiguous(several: &[LeadId], by: MatchedBy) -> Match {
    let leads: Vec<LeadId> = several.iter().take(MAX_NAMED).copied().collect();
    let names: Vec<String> = leads.iter().map(LeadId::to_string).collect();
    let more = if several.len() > names.len() { " and others" } else { "" };
    let what = match by {
        MatchedBy::LeadId => "id",
        MatchedBy::Email => "e-mail address",
        MatchedBy::Phone => "phone",
        MatchedBy::Reference => "reference",
    };
    let detail = format!(
        "{} leads that were sold to you have this {what}; give the id of the one you mean: {}{more}.",
        several.len(),
        names.join(", "),
    );
    Match::Ambiguous { leads, detail }
}
