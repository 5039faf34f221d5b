//! What a reconciliation is asked for.

use domain::id::LeadId;
use jiff::civil::Date;
use serde::Deserialize;

use super::unit::{Plan, Unit, days_before};

/// Leads that can be named in one event.
pub const MAX_LEADS: usize = 1_000;

/// What is asked for. A schedule asks for nothing: then the work of the day is gone on with.
#[derive(Clone, Debug, Default, Deserialize)]
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
    /// Whether nobody asks for anything in particular.
    pub(crate) fn is_of_schedule(&self) -> bool {
        let Self { from, to, next, leads, finders } = self;
        from.is_none() && to.is_none() && next.is_none() && leads.is_none() && !finders
    }

    pub(super) fn plan(&self, today: Date) -> Plan {
        let to = self.to.unwrap_or(today);
        let from = self.from.unwrap_or_else(|| days_before(to));
        Plan { from, to, turn_of: None, finders: self.finders }
    }
}
