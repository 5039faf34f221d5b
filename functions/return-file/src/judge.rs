//! Rows, a batch at a time: whom each means is looked up, and what it wants is judged and done. Rows about one lead go one after
//! the other in their order, so that the first of them counts; leads go side by side.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use domain::{
    access::Principal,
    campaign::Campaign,
    lead::{Actor, Lead},
    money::Money,
    return_file::{Columns, Match, MatchedBy, ReadRow, Reading, ResultRow},
    returned::{Claim, Claimant, ReturnOutcome},
};
use futures::{StreamExt, stream};
use spreadsheet::Row;
use store::{Claimed, Error, LineUpError, Places, ReturnFile, ShareChunks, Standing, row_order};

use crate::{
    App,
    dry_run::Trial,
    find::{Found, Open, Seeking},
    suppliers::SupplierLine,
};

/// Leads that are written at the same time.
const CONCURRENCY: usize = 64;
/// The same for buyers on credit: all their returns move one balance, and would get into each other's way.
const CONCURRENCY_ON_CREDIT: usize = 4;

/// All that rows are judged by.
pub(crate) struct Judge<'a> {
    pub(crate) app: &'a App,
    pub(crate) file: &'a ReturnFile,
    pub(crate) columns: &'a Columns,
    pub(crate) reading: Reading<'a>,
    pub(crate) standing: Standing<'a>,
    pub(crate) way: Way<'a>,
    pub(crate) on_credit: bool,
}

/// Rows of which is known whom they mean. Their leads may have changed since: that is noticed when they are written.
pub(crate) struct LookedUp {
    /// From the first to the last.
    rows: Option<RangeInclusive<u64>>,
    /// What became of those that need no lead.
    done: BTreeMap<u64, Done>,
    found: Found,
}

/// Whether anything is done.
#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    /// Returns are made; places under a share are taken from these.
    ForReal(&'a ShareChunks),
    /// Nothing is.
    Tried(&'a Trial),
}

/// What became of a row.
pub(crate) enum Done {
    /// Nothing, as it says nothing.
    Ignored {
        /// Its number.
        row: u64,
    },
    /// It has an outcome.
    Judged {
        /// What the buyer reads.
        row: Box<ResultRow>,
        /// What the supplier gives back, or would.
        payout: Option<Money>,
        /// What the supplier reads.
        told: Option<SupplierLine>,
    },
}

impl Done {
    fn number(&self) -> u64 {
        match self {
            Self::Ignored { row } => *row,
            Self::Judged { row, .. } => row.row,
        }
    }
}

impl Judge<'_> {
    /// Whom each of these rows means; `again` where they may have been judged before, by somebody who died. Nothing is done yet.
    pub(crate) async fn look_up(&self, rows: &[Row], again: bool) -> Result<LookedUp, Error> {
        let (mut done, mut open) = (BTreeMap::new(), Vec::new());
        for row in rows {
            match self.read(row) {
                ReadRow::Ignored => drop(done.insert(row.number, Done::Ignored { row: row.number })),
                ReadRow::Invalid { detail } => {
                    done.insert(row.number, left(row.number, ReturnOutcome::InvalidRow, detail));
                }
                ReadRow::Sought(sought) => open.push(Open::new(row.number, *sought)),
            }
        }
        let seeking = Seeking { app: self.app, file: self.file, zone: self.standing.zone, again };
        let rows = rows.first().zip(rows.last()).map(|(first, last)| first.number..=last.number);
        Ok(LookedUp { rows, done, found: seeking.find(open).await? })
    }

    /// What became of each row, in their order.
    pub(crate) async fn judge(&self, batch: LookedUp) -> Result<Vec<Done>, LineUpError> {
        let LookedUp { rows, mut done, found: Found { mut leads, seen, by_lead, lost } } = batch;
        for (number, lost) in lost {
            let (outcome, detail) = match lost {
                Match::Ambiguous { detail, .. } => (ReturnOutcome::Ambiguous, detail),
                Match::NotFound { detail } => (ReturnOutcome::NotFound, detail),
                Match::Found { .. } => continue,
            };
            done.insert(number, left(number, outcome, detail));
        }
        if let (Way::ForReal(chunks), Some(rows)) = (self.way, rows) {
            let seen: Vec<(u64, &Lead)> = seen.iter().filter_map(|(row, id)| Some((*row, leads.get(id)?))).collect();
            chunks.begin_rows(rows, &seen).await;
        }
        self.know_campaigns(by_lead.keys().filter_map(|id| leads.get(id))).await?;
        let at_once = if self.on_credit { CONCURRENCY_ON_CREDIT } else { CONCURRENCY };
        let work = by_lead.into_iter().filter_map(|(id, rows)| Some(self.one_lead(leads.remove(&id)?, rows)));
        let work: Vec<_> = work.collect();
        // All that are under way come to their end, also where one fails: what is done is known by its name.
        let judged: Vec<Result<Vec<Done>, LineUpError>> = stream::iter(work).buffer_unordered(at_once).collect().await;
        for rows in judged {
            done.extend(rows?.into_iter().map(|one| (one.number(), one)));
        }
        Ok(done.into_values().collect())
    }

    /// Reads the campaigns of these leads once: leads that are returned side by side would each read theirs, as none is known yet.
    async fn know_campaigns(&self, leads: impl Iterator<Item = &Lead>) -> Result<(), LineUpError> {
        if matches!(self.way, Way::ForReal(_)) {
            for campid in leads.map(|lead| lead.campid.as_str()).collect::<BTreeSet<_>>() {
                self.app.store.cached::<Campaign>(campid).await?;
            }
        }
        Ok(())
    }

    fn read(&self, row: &Row) -> ReadRow {
        match &row.fault {
            Some(fault) => ReadRow::Invalid { detail: fault.to_string() },
            None => self.columns.read(|at| row.cells.get(at), &self.reading),
        }
    }

    /// The rows about one lead, in their order.
    async fn one_lead(&self, lead: Lead, mut rows: Vec<(Open, MatchedBy)>) -> Result<Vec<Done>, LineUpError> {
        rows.sort_by_key(|(row, _)| row.number);
        let (mut lead, mut done) = (Some(lead), Vec::with_capacity(rows.len()));
        let mut rows = rows.into_iter().peekable();
        while let Some((row, by)) = rows.next() {
            let Some(now) = lead.take() else {
                done.push(left(row.number, ReturnOutcome::NotFound, "The lead was deleted meanwhile.".to_owned()));
                continue;
            };
            // Only a row behind this one could want it as it was.
            let (id, before) = (now.id, rows.peek().map(|_| now.clone()));
            let claimed = match Box::pin(self.claim(now, &row)).await {
                Ok(claimed) => claimed,
                // What somebody has to mend stays so, and must not keep the other rows from their outcomes.
                Err(LineUpError::Illegal(_) | LineUpError::Store(Error::Unreadable(_) | Error::Item(_))) => {
                    tracing::error!(lead_id = %id, file_id = %self.file.id, row = row.number, "a lead cannot be returned");
                    let detail = "The lead cannot be changed as it is; tell the seller, and send the row again.";
                    done.push(left(row.number, ReturnOutcome::InvalidRow, detail.to_owned()));
                    lead = before;
                    continue;
                }
                Err(error) => return Err(error),
            };
            done.push(self.done(&row, by, &claimed));
            lead = claimed.lead;
        }
        Ok(done)
    }

    async fn claim(&self, lead: Lead, row: &Open) -> Result<Claimed, LineUpError> {
        let order = row_order(self.file.id, row.number);
        let claim = Claim {
            by: Claimant::Buyer(&self.file.bid),
            order: Some(&order),
            bid: None,
            did: row.sought.did.as_ref(),
            reason: &row.sought.reason,
            comment: row.sought.comment.as_deref(),
            reverse_payout: None,
        };
        match self.way {
            Way::Tried(trial) => trial.claim(&self.app.store, &self.standing, lead, &claim, row.number).await,
            Way::ForReal(chunks) => {
                let places = Places::Chunks { chunks, row: row.number };
                let by = self.file.by.clone().unwrap_or_else(|| Principal::Buyer { bid: self.file.bid.clone() });
                let by = Actor::with_file(by, self.file.id);
                let returning = self.app.returning(&by, &order);
                returning.claim_on(lead, &claim, &self.standing, places).await
            }
        }
    }

    fn done(&self, row: &Open, by: MatchedBy, claimed: &Claimed) -> Done {
        let back = claimed.lead.as_ref().zip(claimed.id.as_ref()).and_then(|(lead, id)| {
            let sale = lead.sale(&id.did).ok()?;
            Some((lead, sale.returns().find(|back| back.number == id.number)?))
        });
        let taken = back.filter(|_| claimed.outcome == ReturnOutcome::Returned);
        let taken = taken.and_then(|(lead, back)| Some((lead, back, back.taken.as_ref()?)));
        let earlier = back.and_then(|(_, back)| self.earlier_row(back.order.as_deref()?));
        let explanation = match (&claimed.detail, earlier) {
            (None, _) => String::new(),
            (Some(_), Some(earlier)) => format!("Row {earlier} of this file is about the same sale."),
            (Some(detail), None) => detail.clone(),
        };
        let is_real = matches!(self.way, Way::ForReal(_));
        // What is no code may be anything, and results stay for long.
        let is_code = claimed.outcome.is_done() || self.reading.reasons.contains(&row.sought.reason);
        let result = ResultRow {
            row: row.number,
            outcome: claimed.outcome,
            explanation,
            lead: claimed.lead.as_ref().map(|lead| lead.id),
            // What is only tried would be a return, and is none.
            return_id: claimed.id.clone().filter(|_| is_real),
            by: Some(by),
            reason: if is_code { row.sought.reason.clone() } else { String::new() },
            amount: taken.map(|(_, _, taken)| taken.price),
        };
        let payout = taken.and_then(|(_, _, taken)| taken.payout);
        let told = taken.filter(|_| is_real).map(|(lead, back, taken)| SupplierLine::new(lead, back, taken));
        Done::Judged { row: Box::new(result), payout, told }
    }

    /// The row of this file that a return was made for.
    fn earlier_row(&self, order: &str) -> Option<u64> {
        let (_, row) = order.split_once('.')?;
        let row = row.parse().ok()?;
        (order == row_order(self.file.id, row)).then_some(row)
    }
}

/// A row that changes nothing.
fn left(row: u64, outcome: ReturnOutcome, explanation: String) -> Done {
    let (lead, return_id, by, reason, amount) = (None, None, None, String::new(), None);
    let row = Box::new(ResultRow { row, outcome, explanation, lead, return_id, by, reason, amount });
    Done::Judged { row, payout: None, told: None }
}
