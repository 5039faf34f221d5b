//! What a reconciliation is asked for.

use domain::id::LeadId;
use jiff::civil::Date;
use serde::{Deserialize, de::Error};
use serde_json::Value;

use super::{
    Failure,
    unit::{Plan, Unit, days_before},
};

/// What events of a schedule say they come from.
const CLOCK: &str = "aws.events";
/// Leads that can be named in one event.
pub const MAX_LEADS: usize = 1_000;

/// What is asked for. A schedule asks for nothing: then the work of the day is gone on with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The first day of receipt, in the account's zone; none: some weeks before the last one.
    #[serde(default)]
    pub from: Option<Date>,
    /// The last one; none: today.
    #[serde(default)]
    pub to: Option<Date>,
    /// Where to go on, as the run before has answered.
    #[serde(default)]
    pub next: Option<Unit>,
    /// Just these leads, [`MAX_LEADS`] at most.
    #[serde(default)]
    pub leads: Option<Vec<LeadId>>,
    /// Nothing is compared; the rows that the leads are found by are put again.
    #[serde(default)]
    pub finders: bool,
}

impl Asked {
    /// Reads an event: a schedule's, whatever it says, or what somebody has written.
    ///
    /// # Errors
    /// `Unclear`: nobody asks like that.
    pub fn read(event: Value) -> Result<Self, Failure> {
        match event {
            Value::Object(event) if event.get("source").is_some_and(|source| source == CLOCK) => Ok(Self::default()),
            Value::Object(_) => Ok(serde_json::from_value(event)?),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(Failure::Unclear(Error::custom("an object is needed, such as {}")))
            }
        }
    }

    /// Whether nobody asks for anything in particular.
    pub(crate) fn is_of_schedule(&self) -> bool {
        let Self { from, to, next, leads, finders } = self;
        from.is_none() && to.is_none() && next.is_none() && leads.is_none() && !finders
    }

    /// Fails when leads are named and days as well, as one of them would be left out.
    pub(super) fn named(&self) -> Result<Option<&[LeadId]>, Failure> {
        let Some(leads) = &self.leads else { return Ok(None) };
        match (&self.from, &self.to, &self.next) {
            (None, None, None) if leads.len() <= MAX_LEADS => Ok(Some(leads)),
            (None, None, None) => Err(Failure::TooManyLeads),
            (Some(_), ..) | (_, Some(_), _) | (.., Some(_)) => Err(Failure::LeadsAndDays),
        }
    }

    pub(super) fn plan(&self, today: Date) -> Result<Plan, Failure> {
        let to = self.to.unwrap_or(today);
        let from = self.from.unwrap_or_else(|| days_before(to));
        if from > to {
            return Err(Failure::Backwards { from, to });
        }
        Ok(Plan { from, to, turn_of: None, finders: self.finders })
    }
}
