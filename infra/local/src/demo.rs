//! The demonstration: a campaign with suppliers, buyers and leads, made through the API, and what a person can try with it.

mod api;
mod keys;
mod leads;
mod memory;
mod outcome;
mod records;
mod report;
mod returns;
mod seed;
pub(crate) mod try_it;

use std::path::PathBuf;

use self::api::Api;
use self::leads::{LEADS, Receipt};
use self::memory::Memory;
use self::outcome::{Outcome, PATIENCE, outcomes};
use self::records::BUYER;
use crate::progress::Step;
use crate::{Progress, Stack, StackError, demo_buyer};

/// Where the demonstration takes place.
#[derive(Debug)]
pub(crate) struct Site {
    base_url: String,
    seller_key: String,
    /// Where deliveries kept from an earlier start look for the buyer.
    buyer_port: u16,
    logs: PathBuf,
    data: Option<PathBuf>,
    progress: Progress,
}

impl Site {
    /// On this stack, whose data is kept in this folder, if any.
    pub(crate) fn new(stack: &Stack, port: u16, data: Option<PathBuf>, progress: Progress) -> Self {
        Self {
            base_url: stack.base_url.clone(),
            seller_key: stack.seller_key(),
            buyer_port: port.checked_add(1).unwrap_or_default(),
            logs: stack.logs_path.clone(),
            data,
            progress,
        }
    }

    /// Plays the demonstration; returns what to tell the person. The buyer stays until this program ends.
    ///
    /// # Errors
    /// What failed, and where the functions' log is.
    pub(crate) async fn play(self) -> Result<String, StackError> {
        let failed = |error: StackError| StackError::Demo(error.to_string(), self.logs.clone());
        self.played().await.map_err(failed)
    }

    async fn played(&self) -> Result<String, StackError> {
        let seller = Api::new(&self.base_url, &self.seller_key)?;
        let mut memory = Memory::of(self.data.as_deref())?;

        let step = self.progress.step("Setting up the demonstration");
        let buyer = demo_buyer::start(self.buyer_port).await?;
        seed::seed(&seller, &buyer).await?;
        keys::provide(&seller, &mut memory).await?;
        step.done();

        let step = self.progress.step("Selling the demonstration's leads");
        let receipts = receipts(&seller, &mut memory).await?;
        let lead_ids: Vec<String> = receipts.iter().map(|receipt| receipt.lead_id.clone()).collect();
        let outcomes = outcomes(&seller, &lead_ids, &step).await?;
        step.done();

        let step = self.progress.step("Taking back what a buyer returns");
        let returned = self.returned(&seller, &memory, &lead_ids, &step).await?;
        step.done();

        let open = outcomes.iter().filter(|outcome| !outcome.is_final()).count();
        let leads: Vec<(Receipt, Outcome)> = receipts.into_iter().zip(outcomes).collect();
        let parts = [
            report::report(&leads),
            returned,
            self.still_open(open),
            try_it::keys(&self.seller_key, &memory),
            try_it::commands(&self.base_url, &self.seller_key, &memory),
            try_it::buyer(&buyer),
        ];
        Ok(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"))
    }

    /// What becomes of a file of returns, and what the leads come to then; nothing, if nobody remembers the key of its buyer.
    async fn returned(
        &self,
        seller: &Api,
        memory: &Memory,
        lead_ids: &[String],
        step: &Step,
    ) -> Result<String, StackError> {
        let Some(key) = memory.keys.get(BUYER) else { return Ok(String::new()) };
        let rows = returns::returned(&seller.with_key(key)).await?;
        let outcomes = outcomes(seller, lead_ids, step).await?;
        Ok(format!("{rows}  after it: {}\n", report::totals(outcomes.iter())))
    }

    fn still_open(&self, open: usize) -> String {
        if open == 0 {
            return String::new();
        }
        let logs = self.logs.display();
        format!("{open} of the leads have no outcome after {PATIENCE:?}; {logs} says what the functions did.\n")
    }
}

/// Posts the leads that are not there yet; returns the receipts of all.
async fn receipts(seller: &Api, memory: &mut Memory) -> Result<Vec<Receipt>, StackError> {
    let mut receipts = Vec::new();
    for lead in &LEADS {
        let known = memory.receipts.get(lead.once);
        let receipt = match (known, memory.keys.get(lead.sid)) {
            (Some(known), _) if Outcome::read(seller, &known.lead_id).await?.is_some() => known.clone(),
            (_, Some(key)) => lead.post(&seller.with_key(key)).await?,
            (_, None) => continue,
        };
        memory.receipts.insert(lead.once.to_owned(), receipt.clone());
        receipts.push(receipt);
    }
    memory.save()?;
    Ok(receipts)
}
