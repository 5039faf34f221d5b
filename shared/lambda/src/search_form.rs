//! Which leads a caller asks for: the same filters as parameters of a path, and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    access::Principal,
    contact::Country,
    field::FieldName,
    finder::Activity,
    id::{BuyerRef, CampaignRef, DeliveryRef, SupplierRef},
    lead::{DeliveryStatus, FollowUpStage, Method, SoldStatus},
    query::{LeadQuery, Sought, Span},
    time::later,
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Problem, problem::FieldError, query::Asked};

/// Most values of one filter.
const MAX_VALUES: usize = 50;
/// Days that are searched where nobody says how many.
const USUAL_DAYS: i64 = 366;
/// Most days from one end to the other.
const MAX_DAYS: i64 = 1_830;
/// The shortest phones that anybody dials within a country.
const MIN_PHONE_DIGITS: usize = 5;
/// Nothing came in before.
const FIRST_DAY: Date = Date::constant(2000, 1, 1);
/// What stands before the names of fields in a query.
const FIELD: &str = "field.";

/// Which leads are asked for: all that is named has to hold; where one filter has several values, one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = LeadSearch)]
pub struct SearchForm {
    /// The first day on which they came in, in the account's zone; a year before `to` without it. Leads that are named by id, e-mail or
    /// phone are looked for at all times.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// The last day; today without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
    /// Campaigns.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub campid: BTreeSet<CampaignRef>,
    /// Suppliers.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub sid: BTreeSet<SupplierRef>,
    /// Buyers that bought them, also if they were returned since.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub bid: BTreeSet<BuyerRef>,
    /// Deliveries that they were given to.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub did: BTreeSet<DeliveryRef>,
    /// Countries of their campaigns.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub country: BTreeSet<Country>,
    /// What has happened to them since they came in.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub activity: BTreeSet<Activity>,
    /// How far their buyers have got with them by now, as these say; where deliveries or buyers are named, these.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub followed_up: BTreeSet<FollowUpStage>,
    /// How they came in.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub method: BTreeSet<Method>,
    /// Whether they are sold; where buyers are named, to these.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub sold_status: BTreeSet<SoldStatus>,
    /// How their deliveries did; where deliveries or buyers are named, these.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub delivery_status: BTreeSet<DeliveryStatus>,
    /// A lead's id, an e-mail address, a phone, or the beginning of any word of its data.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub q: BTreeSet<String>,
    /// The same by field: `{"postcode": ["SW1A"]}`. `lead_id`, `source` and `ssid` are read like fields.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, BTreeSet<String>>)]
    pub field: BTreeMap<FieldName, BTreeSet<String>>,
}

impl SearchForm {
    /// What was asked for but for its texts, which may name a person: it is kept longer than that person's leads may be.
    pub fn without_texts(mut asked: serde_json::Value) -> serde_json::Value {
        if let Some(filters) = asked.as_object_mut() {
            filters.retain(|name, _| !["q", "field"].contains(&name.as_str()));
        }
        asked
    }
}

/// What texts and days mean here.
#[derive(Clone, Copy, Debug)]
pub struct Meaning<'a> {
    /// The account's zone.
    pub zone: &'a TimeZone,
    /// Those of its campaigns.
    pub countries: &'a [Country],
    /// What time it is.
    pub now: Timestamp,
}

/// What is asked cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSearched {
    /// Not to whom asks.
    Forbidden(Problem),
    /// It makes no sense.
    Wrong(Vec<FieldError>),
}

impl NotSearched {
    /// As the answer to a query: 400, or 403.
    pub fn in_query(self) -> Problem {
        match self {
            Self::Forbidden(problem) => problem,
            Self::Wrong(found) => Problem::invalid_query(found),
        }
    }

    /// As the answer to a body that has the form under this name: 422, or 403.
    pub fn in_body(self, name: &str) -> Problem {
        match self {
            Self::Forbidden(problem) => problem,
            Self::Wrong(found) => Problem::invalid(found.into_iter().map(|error| {
                let field = format!("{name}.{}", error.field);
                FieldError { field, ..error }
            })),
        }
    }
}

impl SearchForm {
    /// The filters among what a query asks for; what is wrong with them is noted there.
    pub fn read(asked: &mut Asked) -> Self {
        let mut form = Self {
            from: asked.day("from"),
            to: asked.day("to"),
            campid: asked.many("campid"),
            sid: asked.many("sid"),
            bid: asked.many("bid"),
            did: asked.many("did"),
            country: asked.many("country"),
            activity: asked.words("activity", &Activity::ALL.map(|activity| (activity.word(), activity))),
            followed_up: asked.words("followed_up", &FollowUpStage::ALL.map(|stage| (stage.word(), stage))),
            method: asked.words("method", &Method::ALL.map(|method| (method.word(), method))),
            sold_status: asked.words("sold_status", &SoldStatus::ALL.map(|status| (status.word(), status))),
            delivery_status: asked.words("delivery_status", &DeliveryStatus::ALL.map(|status| (status.word(), status))),
            q: asked.many("q"),
            field: BTreeMap::new(),
        };
        for (name, value) in asked.beginning_with(FIELD) {
            match name.parse::<FieldName>() {
                Ok(field) => {
                    form.field.entry(field).or_default().insert(value);
                }
                Err(error) => asked.finding(&format!("{FIELD}{name}"), error.code(), format!("{error}.")),
            }
        }
        form
    }

    /// Whether a text of it may be a phone as it is dialled within a country.
    pub fn has_national_phones(&self) -> bool {
        let texts = self.q.iter().chain(self.field.values().flatten());
        texts.into_iter().any(|text| {
            let digits = text.chars().filter(char::is_ascii_digit).count();
            digits >= MIN_PHONE_DIGITS && !text.trim_start().starts_with('+') && !text.chars().any(char::is_alphabetic)
        })
    }

    /// What it means, to whom asks.
    ///
    /// # Errors
    /// [`NotSearched`].
    pub fn query(&self, caller: &Principal, meaning: &Meaning<'_>) -> Result<LeadQuery, NotSearched> {
        let mut found = self.too_many();
        let mut sought = |name: String, texts: &BTreeSet<String>, field: Option<&FieldName>| {
            let read = |text: &String| match field {
                Some(field) => Sought::in_field(field, text, meaning.countries),
                None => Sought::anywhere(text, meaning.countries),
            };
            let mut values = BTreeSet::new();
            for text in texts {
                match read(text) {
                    Ok(value) => {
                        values.insert(value);
                    }
                    Err(error) => found.push(FieldError::new(name.clone(), error.code(), error.to_string())),
                }
            }
            values
        };
        let text = sought("q".to_owned(), &self.q, None);
        let fields = self.field.iter();
        let fields = fields.map(|(name, texts)| (name.clone(), sought(format!("{FIELD}{name}"), texts, Some(name))));
        let query = LeadQuery {
            campaigns: self.campid.clone(),
            suppliers: self.sid.clone(),
            buyers: self.bid.clone(),
            deliveries: self.did.clone(),
            countries: self.country.clone(),
            activities: self.activity.clone(),
            followed_up: self.followed_up.clone(),
            methods: self.method.clone(),
            sold_statuses: self.sold_status.clone(),
            delivery_statuses: self.delivery_status.clone(),
            fields: fields.collect(),
            text,
            ..LeadQuery::received(ALL_TIME)
        };
        let received = self.received(&query, meaning).map_err(|error| found.push(error));
        if !found.is_empty() {
            return Err(NotSearched::Wrong(found));
        }
        caller
            .may_ask(&query)
            .map_err(|not| NotSearched::Forbidden(Problem::forbidden(not.code(), not.to_string())))?;
        Ok(caller.narrow(LeadQuery { received: received.unwrap_or(ALL_TIME), ..query }))
    }

    fn received(&self, query: &LeadQuery, meaning: &Meaning<'_>) -> Result<Span, FieldError> {
        if self.from.is_none() && self.to.is_none() && query.identifies() {
            return Ok(ALL_TIME);
        }
        let today = meaning.zone.to_datetime(meaning.now).date();
        let to = self.to.unwrap_or_else(|| today.max(self.from.unwrap_or(today)));
        let from = self.from.or_else(|| to.checked_sub(USUAL_DAYS.days()).ok()).unwrap_or(to);
        if to < from {
            return Err(FieldError::new("to", "backwards", "Name a day that is not before from."));
        }
        if from.until(to).is_ok_and(|span| i64::from(span.get_days()) > MAX_DAYS) {
            let detail = format!("Name days that are {MAX_DAYS} days apart at most.");
            return Err(FieldError::new("from", "too_long", detail));
        }
        if from < FIRST_DAY {
            return Err(FieldError::new("from", "too_early", format!("Name a day from {FIRST_DAY} on.")));
        }
        let start = |day: Date| day.to_zoned(meaning.zone.clone()).map_or(meaning.now, |start| start.timestamp());
        let end = to.tomorrow().map_or(meaning.now, start);
        // What is to come has not come in; clocks differ by less than a day.
        let end = end.min(later(meaning.now, SignedDuration::from_hours(24)));
        Ok(Span { from: start(from), until: later(end, SignedDuration::from_millis(-1)) })
    }

    /// A query is bounded by who reads it; a body is not.
    fn too_many(&self) -> Vec<FieldError> {
        let lengths = [
            ("campid", self.campid.len()),
            ("sid", self.sid.len()),
            ("bid", self.bid.len()),
            ("did", self.did.len()),
            ("country", self.country.len()),
            ("q", self.q.len()),
            ("field", self.field.values().map(BTreeSet::len).sum()),
        ];
        let too_many = lengths.into_iter().filter(|(_, length)| *length > MAX_VALUES);
        let told = |(name, _)| FieldError::new(name, "too_many", format!("Name {MAX_VALUES} values at most."));
        too_many.map(told).collect()
    }
}

/// Since before anything came in.
const ALL_TIME: Span = Span { from: Timestamp::UNIX_EPOCH, until: Timestamp::MAX };
