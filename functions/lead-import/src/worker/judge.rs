//! Rows, some at a time: each that says a lead is judged by intake as if it came alone, and taken in under a name of its own.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use domain::{
    campaign::Campaign,
    distribution::Turns,
    field::{FieldName, FieldProblem},
    intake::{self, Claim, Intake, Submission},
    lead::{Lead, Method, Rejection},
    lead_import::{ImportColumns, ReadRow, RowLead, RowResult},
    supplier::Supplier,
};
use futures::{StreamExt, stream};
use jiff::tz::TimeZone;
use lambda::lead_tally;
use spreadsheet::Row;
use store::{Answering, Earlier, Error, ImportWay, LeadImport, LineUpError, Once, StoredAnswer, TakenIn};

use super::{App, turn::Turn};

/// Leads that are written at the same time.
const CONCURRENCY: usize = 16;
/// What stands in place of an answer's status: no HTTP request is answered.
const NO_STATUS: u16 = 0;
const UNSAFE: &str = "The lead carries markup, script or control characters; nothing of it was kept.";
const NOT_AUTHORISED: &str = "The supplier may not post into this campaign.";

/// All that the rows of a file are judged by.
pub(super) struct Judge<'a> {
    pub(super) app: &'a App,
    pub(super) file: &'a LeadImport,
    pub(super) columns: &'a ImportColumns,
    pub(super) turn: &'a Turn,
}

/// What became of a row.
pub(super) struct Done {
    pub(super) row: u64,
    pub(super) became: Became,
}

/// What a row may become.
pub(super) enum Became {
    /// It says nothing.
    Nothing,
    /// This.
    Result(RowResult),
}

impl Done {
    /// Whether it was judged as a lead.
    pub(super) fn is_lead(&self) -> bool {
        matches!(&self.became, Became::Result(result) if result.code.is_some())
    }
}

/// The set-up by which the rows of one batch are judged.
struct Rules {
    campaign: Arc<Campaign>,
    supplier: Arc<Supplier>,
    zone: TimeZone,
    /// The turns that other rows of the batch take.
    pending: Mutex<Turns>,
}

/// A row that is read; nothing of it is written yet.
struct Read {
    row: u64,
    what: What,
}

/// What there is to be written of a row.
enum What {
    /// Nothing more.
    Settled(Became),
    /// What it says of a lead. That is judged when it is its turn, as of then.
    Lead {
        said: Box<RowLead>,
        /// What it claims to be the first with.
        claims: Option<BTreeMap<FieldName, String>>,
    },
}

/// What became of a row, and the lead if it is new.
type Written = (Done, Option<Box<Lead>>);

impl Judge<'_> {
    /// What became of each row, in their order. Leads that are new go on their way. Of rows with the same data the first counts, so they are
    /// written one after the other, and the others side by side.
    pub(super) async fn judge(&self, rows: &[Row]) -> Result<Vec<Done>, LineUpError> {
        let rules = self.rules().await?;
        let read = rows.iter().map(|row| Read { row: row.number, what: self.row(row, rules.as_ref()) });
        let writing = in_line(read.collect()).into_iter().map(async |line| {
            let mut written: Vec<Result<Written, LineUpError>> = Vec::new();
            for read in line {
                let one = self.written(read, rules.as_ref()).await;
                let has_failed = one.is_err();
                written.push(one);
                // The one behind it must not become the first with its data.
                if has_failed {
                    break;
                }
            }
            written
        });
        // All that are under way come to their end, also where one fails: what is taken in goes on its way.
        let written: Vec<Vec<_>> = stream::iter(writing).buffer_unordered(CONCURRENCY).collect().await;
        let new: Vec<&Lead> = written.iter().flatten().flatten().filter_map(|(_, lead)| lead.as_deref()).collect();
        if !new.is_empty() {
            let name = self.file.id.to_string();
            self.app.queue.send_for_new(new, self.turn.now(), Some(&name)).await;
        }
        let done: Result<Vec<Done>, LineUpError> =
            written.into_iter().flatten().map(|one| one.map(|(done, _)| done)).collect();
        done.map(|mut done| {
            done.sort_unstable_by_key(|done| done.row);
            done
        })
    }

    /// None: the supplier may not post into the campaign any more, or one of the two is not there.
    async fn rules(&self) -> Result<Option<Rules>, Error> {
        let (campaign, supplier, zone) = tokio::try_join!(
            self.app.store.cached::<Campaign>(self.file.campid.as_str()),
            self.app.store.cached::<Supplier>(self.file.sid.as_str()),
            self.app.store.zone(),
        )?;
        let allowed = campaign.zip(supplier).filter(|(campaign, supplier)| intake::may_post(campaign, supplier));
        Ok(allowed.map(|(campaign, supplier)| Rules { campaign, supplier, zone, pending: Mutex::default() }))
    }

    fn row(&self, row: &Row, rules: Option<&Rules>) -> What {
        if let Some(fault) = row.fault {
            return What::Settled(Became::Result(RowResult::invalid(fault.to_string())));
        }
        match self.columns.read(row.cells.iter()) {
            ReadRow::Ignored => What::Settled(Became::Nothing),
            ReadRow::Invalid { detail } => What::Settled(Became::Result(RowResult::invalid(detail))),
            ReadRow::Lead(said) => What::Lead { claims: self.claims(&said, rules), said },
        }
    }

    /// None: tests claim nothing.
    fn claims(&self, said: &RowLead, rules: Option<&Rules>) -> Option<BTreeMap<FieldName, String>> {
        let rules = rules.filter(|_| self.file.way == ImportWay::Real)?;
        match self.judged(said.clone(), rules) {
            Intake::Kept { lead, .. } => Claim::of(&lead, &rules.campaign, lead.received).map(|claim| claim.values),
            Intake::Refused { .. } => None,
        }
    }

    /// As of now.
    fn judged(&self, said: RowLead, Rules { campaign, supplier, zone, .. }: &Rules) -> Intake {
        let RowLead { ssid, source, fields } = said;
        let sent = Submission {
            id: lambda::new_lead_id(),
            received: self.turn.now(),
            method: Method::Import,
            ssid,
            source,
            test: self.file.way == ImportWay::Test,
            fields,
        };
        intake::judge(sent, campaign, supplier, zone)
    }

    async fn written(&self, read: Read, rules: Option<&Rules>) -> Result<Written, LineUpError> {
        let Read { row, what } = read;
        let said = match what {
            What::Settled(became) => return Ok((Done { row, became }, None)),
            What::Lead { said, .. } => said,
        };
        let (result, lead) = match rules {
            None => (self.refused(row, Rejection::SupplierNotAuthorised, NOT_AUTHORISED, &[]).await?, None),
            Some(rules) => match self.judged(*said, rules) {
                Intake::Refused { problems } => {
                    (self.refused(row, Rejection::UnsafeContent, UNSAFE, &problems).await?, None)
                }
                Intake::Kept { lead, problems } if self.file.way == ImportWay::DryRun => {
                    (RowResult { lead: None, ..RowResult::of(&lead, &problems) }, None)
                }
                Intake::Kept { lead, problems } => self.taken_in(row, &lead, &problems, rules).await?,
            },
        };
        Ok((Done { row, became: Became::Result(result) }, lead))
    }

    async fn taken_in(
        &self,
        row: u64,
        lead: &Lead,
        problems: &[FieldProblem],
        rules: &Rules,
    ) -> Result<(RowResult, Option<Box<Lead>>), LineUpError> {
        let once = self.once(row);
        let (campaign, supplier) = (rules.campaign.clone(), rules.supplier.clone());
        let incoming = self.app.store.incoming(lead, campaign, supplier, &rules.pending).await?;
        let answer = |lead: &Lead| {
            let body = serde_json::to_string(&RowResult::of(lead, problems))?;
            Ok(StoredAnswer { status: NO_STATUS, body })
        };
        let answering = Some(Answering { once: &once, answer: &answer });
        match self.app.store.take_in(incoming, answering, &self.app.identity).await.map_err(Error::from)? {
            TakenIn::Stored { lead, .. } => {
                lead_tally::new_lead(&lead);
                Ok((RowResult::of(&lead, problems), Some(lead)))
            }
            TakenIn::Earlier(earlier) => Ok((before(earlier)?, None)),
        }
    }

    /// A row of which nothing is kept; or what it came to before.
    async fn refused(
        &self,
        row: u64,
        why: Rejection,
        reason: &str,
        problems: &[FieldProblem],
    ) -> Result<RowResult, Error> {
        let refused = RowResult::refused(why, reason, problems);
        if self.file.way == ImportWay::DryRun {
            return Ok(refused);
        }
        if let Some(earlier) = self.app.store.replay(&self.once(row), &self.app.identity, self.turn.now()).await? {
            return before(earlier);
        }
        lead_tally::not_kept(why);
        Ok(refused)
    }

    /// What a row is known by: no key of a caller has line ends in it. A file that goes on behind another has the same rows.
    fn once(&self, row: u64) -> Once {
        let (by, id) = self.file.rows_are_of();
        let id = id.to_string();
        Once {
            principal: by.clone(),
            key: format!("lead_import\n{id}\n{row}"),
            request: self.app.identity.request(&id),
            place: None,
            open_until: None,
        }
    }
}

/// Rows with the same data behind each other, in their order, and every other row by itself.
fn in_line(read: Vec<Read>) -> Vec<Vec<Read>> {
    let (mut lines, mut known) = (Vec::<Vec<Read>>::new(), BTreeMap::new());
    for mut one in read {
        let claims = match &mut one.what {
            What::Lead { claims, .. } => claims.take(),
            What::Settled(_) => None,
        };
        let line = claims.map_or(lines.len(), |claims| *known.entry(claims).or_insert(lines.len()));
        match lines.get_mut(line) {
            Some(line) => line.push(one),
            None => lines.push(vec![one]),
        }
    }
    lines
}

/// What a row came to that was taken in before.
fn before(earlier: Earlier) -> Result<RowResult, Error> {
    match earlier {
        Earlier::Answered { answer, .. } => {
            lead_tally::replayed();
            serde_json::from_str(&answer.body).map_err(Error::item)
        }
        Earlier::KeyReused | Earlier::UnderWay => Err(Error::Contended { what: "a row of a file of leads" }),
    }
}
