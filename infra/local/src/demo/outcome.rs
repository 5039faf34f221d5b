//! What became of a lead, as the seller reads it from the API.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::lead::{Method, PayoutState, SoldStatus};
use domain::money::Money;
use serde::Deserialize;

use super::api::Api;
use crate::StackError;
use crate::progress::Step;

/// Far beyond what the demonstration needs; a lead that takes longer is stuck.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// One lead.
#[derive(Debug, Deserialize)]
pub(super) struct Outcome {
    pub(super) lead_id: String,
    pub(super) sid: String,
    pub(super) method: Method,
    pub(super) fields: BTreeMap<String, String>,
    pub(super) approval: Approval,
    pub(super) sold_status: SoldStatus,
    #[serde(default)]
    pub(super) deliveries: Vec<Delivery>,
    pub(super) financials: Financials,
}

/// Whether it was good to sell.
#[derive(Debug, Deserialize)]
pub(super) struct Approval {
    pub(super) code: Option<i32>,
    pub(super) reason: Option<String>,
}

/// One delivery of it.
#[derive(Debug, Deserialize)]
pub(super) struct Delivery {
    pub(super) did: String,
    pub(super) state: String,
    pub(super) reason: Option<String>,
    pub(super) sale: Option<Sale>,
    pub(super) attempts: Vec<Attempt>,
}

/// The sale, if it came to one.
#[derive(Debug, Deserialize)]
pub(super) struct Sale {
    pub(super) price: Money,
}

/// One request.
#[derive(Debug, Deserialize)]
pub(super) struct Attempt {
    /// Absent while the request is under way.
    pub(super) elapsed_ms: Option<u64>,
    pub(super) http_status: Option<u16>,
}

/// The money.
#[derive(Debug, Deserialize)]
pub(super) struct Financials {
    pub(super) revenue: Money,
    /// Absent where the lead was not taken.
    payout: Option<Money>,
    payout_status: Option<PayoutState>,
    pub(super) profit: Money,
}

impl Financials {
    /// What the supplier earns with the lead, once it does.
    pub(super) fn earned(&self) -> Option<Money> {
        self.payout.filter(|_| self.payout_status == Some(PayoutState::Earned))
    }
}

impl Outcome {
    /// Reads a lead; none if there is no such lead.
    pub(super) async fn read(seller: &Api, lead_id: &str) -> Result<Option<Self>, StackError> {
        let answer = seller.get(&format!("/v1/leads/{lead_id}")).await?;
        if answer.status == 404 { Ok(None) } else { answer.expect(&[200]).map(Some) }
    }

    pub(super) fn is_final(&self) -> bool {
        self.sold_status != SoldStatus::Open
    }
}

/// Waits until every lead is sold or not, and returns them in this order; those that are not by then are still open.
pub(super) async fn outcomes(seller: &Api, lead_ids: &[String], step: &Step) -> Result<Vec<Outcome>, StackError> {
    let started = Instant::now();
    let mut found = BTreeMap::new();
    loop {
        for lead_id in lead_ids {
            if !found.get(lead_id).is_some_and(Outcome::is_final)
                && let Some(outcome) = Outcome::read(seller, lead_id).await?
            {
                found.insert(lead_id.clone(), outcome);
            }
        }
        let ready = found.values().filter(|outcome| outcome.is_final()).count();
        step.now(&format!("{ready} of {} leads are sold or refused", lead_ids.len()));
        if ready == lead_ids.len() || started.elapsed() > PATIENCE {
            return Ok(lead_ids.iter().filter_map(|lead_id| found.remove(lead_id)).collect());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
