//! How leads were found, and how many there are.

use domain::query::Plan;
use serde::Serialize;
use store::{Examined, LeadCount};
use utoipa::ToSchema;

use super::MAX_COUNTED;

/// How many leads there are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadCount)]
pub(crate) struct CountView {
    /// So many were counted.
    leads: usize,
    /// Those are all; no: there may be more.
    exact: bool,
    /// For people: `412`; `over 1,000`; `at least 30`, where so many were found among as many as are looked at for a count.
    text: String,
}

impl CountView {
    pub(super) fn new(count: LeadCount) -> Self {
        let LeadCount { leads, is_all } = count;
        let number = if leads < 1_000 { leads.to_string() } else { format!("{},{:03}", leads / 1_000, leads % 1_000) };
        let text = match (is_all, leads) {
            (true, _) => number,
            (false, MAX_COUNTED) => format!("over {number}"),
            (false, _) => format!("at least {number}"),
        };
        Self { leads, exact: is_all, text }
    }
}

/// How leads were found, and what that cost.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchPlan)]
pub(crate) struct PlanView {
    /// The way that was taken: `by_campaign solar`.
    path: String,
    /// All that lead there, the cheapest first.
    considered: Vec<ConsideredView>,
    /// Entries of indexes and lists that were read.
    entries: usize,
    /// Leads that were read.
    leads: usize,
    /// Calls of the tables.
    calls: usize,
    /// Read units that the tables charged.
    read_units: f64,
}

/// A way that was thought of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchPath)]
struct ConsideredView {
    path: String,
    /// About how many read units all of it would cost; absent: nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_units: Option<u64>,
}

impl PlanView {
    pub(super) fn new(plan: Plan, examined: Examined) -> Self {
        let Examined { entries, leads, calls, read_units } = examined;
        let path = plan.path.to_string();
        let considered = plan.considered.into_iter();
        let considered = considered.map(|way| ConsideredView { path: way.path, read_units: way.units }).collect();
        Self { path, considered, entries, leads, calls, read_units }
    }
}
