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
    /// Something stands where the id should and is none; it may be what the buyer calls the lead.
    pub has_broken_id: bool,
    /// The e-mail addresses that the person may have.
    pub emails: Vec<Email>,
    /// The phones that the person's may be, as what is left of it could be several.
    pub phones: Vec<Phone>,
    /// What the buyer calls the lead.
    pub reference: Option<String>,
    /// The days that it may have been sold or have come in on, of those that can be read in one way only.
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
    /// Those with one of these e-mail addresses.
    Emails(Vec<Email>),
    /// Those with one of these phones as their first, `phone1`: the others are not what leads are looked up by. They count where
    /// a lead is found otherwise.
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
    /// One of several, or one that the rest of the row speaks against.
    Ambiguous {
        /// For people, with what to do. It names leads that were sold to the buyer, at most five, and no cell.
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
            Self::Emails(_) => MatchedBy::Email,
            Self::Phones(_) => MatchedBy::Phone,
            Self::Reference(_) => MatchedBy::Reference,
        }
    }

    /// Whether the lead is what is looked for. What leads are found by may lag behind, so the lead itself is asked.
    fn is_of(&self, lead: &Lead, bid: &BuyerRef) -> bool {
        match self {
            Self::Lead(id) => lead.id == *id,
            Self::Emails(emails) => emails.iter().any(|email| emails_of(lead).any(|own| own == email.as_str())),
            Self::Phones(phones) => phones.iter().any(|phone| phones_of(lead).any(|own| own == phone.as_str())),
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
        let emails = Some(self.emails.clone()).filter(|emails| !emails.is_empty()).map(Lookup::Emails);
        let phones = Some(self.phones.clone()).filter(|phones| !phones.is_empty()).map(Lookup::Phones);
        let reference = self.reference.clone().map(Lookup::Reference);
        emails.into_iter().chain(phones).chain(reference).collect()
    }

    /// Whom of the leads that one lookup found the row means: of those that were sold to this buyer, days counted in this zone;
    /// what is named by its id is left to the judge. None: nothing of this buyer's, so the next lookup is to be tried, and
    /// behind the last the row is [`Sought::unfound`]. A lead that has another e-mail address than the row gives, or was found by
    /// its reference and has another phone, may be somebody else's: then the row has to name it by its id.
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
            [lead] => {
                let other = all.get(&lead).and_then(|found| self.speaks_against(found, by));
                Some(other.map_or(Match::Found { lead, by }, |other| contradicted(lead, by, other)))
            }
            ref several => Some(ambiguous(several, by)),
        }
    }

    /// What the row comes to when no lookup has found anything of the buyer's.
    pub fn unfound(&self) -> Match {
        let detail = if self.lead.is_some() {
            "There is no lead with this id; check it."
        } else if self.has_broken_id {
            "There is no lead with what stands under lead_id as its id (an id is lead_ and 26 characters), and no lead that was sold \
             to you has this e-mail address, phone or reference; check them."
        } else {
            "No lead that was sold to you has this e-mail address, phone or reference; check them, or give the lead id."
        };
        Match::NotFound { detail: detail.to_owned() }
    }

    /// Those that everything fits that the row says besides. What fits none of them is no help; and where one thing speaks for
    /// this lead, and another for that, it could be all of them.
    fn left_of(&self, all: &BTreeMap<LeadId, &Lead>, lookup: &Lookup, bid: &BuyerRef, zone: &TimeZone) -> Vec<LeadId> {
        if all.len() < 2 {
            return all.keys().copied().collect();
        }
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

    /// What the row says of the person that is not this lead's. What the lead does not have speaks against nothing.
    fn speaks_against(&self, lead: &Lead, by: MatchedBy) -> Option<MatchedBy> {
        let (emails, phones) = match by {
            MatchedBy::LeadId | MatchedBy::Email => (false, false),
            MatchedBy::Phone => (true, false),
            MatchedBy::Reference => (true, true),
        };
        if emails && others(&self.emails, Email::as_str, emails_of(lead)) {
            Some(MatchedBy::Email)
        } else {
            (phones && others(&self.phones, Phone::as_str, phones_of(lead))).then_some(MatchedBy::Phone)
        }
    }
}

/// Whether there are some on both sides, and none is the same.
fn others<'a, T>(given: &[T], text: fn(&T) -> &str, own: impl Iterator<Item = &'a str>) -> bool {
    let own: Vec<&str> = own.collect();
    !given.is_empty() && !own.is_empty() && !given.iter().any(|given| own.contains(&text(given)))
}

fn emails_of(lead: &Lead) -> impl Iterator<Item = &str> {
    values_of(lead, &["email"])
}

fn phones_of(lead: &Lead) -> impl Iterator<Item = &str> {
    values_of(lead, &["phone1", "phone2", "phone3"])
}

fn values_of<'a>(lead: &'a Lead, names: &'static [&str]) -> impl Iterator<Item = &'a str> {
    let fields = lead.fields.iter().filter(|(name, value)| names.contains(&name.as_str()) && !value.is_empty());
    fields.map(|(_, value)| value.as_str())
}

fn sales_to<'a>(
    lead: &'a Lead,
    bid: &'a BuyerRef,
) -> impl Iterator<Item = (&'a DeliveryRef, &'a LeadDelivery, &'a Sale)> {
    lead.sales().filter(move |(_, delivery, _)| delivery.bid.as_ref() == Some(bid))
}

fn ambiguous(several: &[LeadId], by: MatchedBy) -> Match {
    let names: Vec<String> = several.iter().take(MAX_NAMED).map(LeadId::to_string).collect();
    let more = if several.len() > names.len() { " and others" } else { "" };
    let detail = format!(
        "{} leads that were sold to you have this {}; give the id of the one you mean: {}{more}.",
        several.len(),
        in_words(by),
        names.join(", "),
    );
    Match::Ambiguous { detail }
}

fn contradicted(lead: LeadId, by: MatchedBy, other: MatchedBy) -> Match {
    let (by, other) = (in_words(by), in_words(other));
    let detail = format!("The {by} is that of {lead}, whose {other} is another than the row's; give the lead id.");
    Match::Ambiguous { detail }
}

fn in_words(by: MatchedBy) -> &'static str {
    match by {
        MatchedBy::LeadId => "id",
        MatchedBy::Email => "e-mail address",
        MatchedBy::Phone => "phone",
        MatchedBy::Reference => "reference",
    }
}
