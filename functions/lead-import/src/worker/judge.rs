//! Rows, some at a time: each that says a lead is judged by intake as if it came alone, and taken in under a name of its own.

use std::sync::{Arc, Mutex};

use domain::{
    campaign::Campaign,
    distribution::Turns,
    intake::{self, Intake, Submission},
    lead::{Lead, Method, Rejection},
    lead_import::{ImportColumns, ReadRow, RowLead, RowResult},
    supplier::Supplier,
};
use futures::{StreamExt, stream};
use jiff::{Timestamp, tz::TimeZone};
use spreadsheet::Row;
use store::{Answering, Earlier, Error, ImportWay, LeadImport, LineUpError, Once, StoredAnswer, TakenIn};

use super::App;

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

impl Judge<'_> {
    /// What became of each row, in their order. Leads that are new go on their way.
    pub(super) async fn judge(&self, rows: &[Row], now: Timestamp) -> Result<Vec<Done>, LineUpError> {
        let rules = self.rules().await?;
        let judging = rows.iter().map(|row| self.row(row, rules.as_ref(), now));
        // All that are under way come to their end, also where one fails: what is taken in goes on its way.
        let judged: Vec<_> = stream::iter(judging).buffered(CONCURRENCY).collect().await;
        let new: Vec<&Lead> = judged.iter().flatten().filter_map(|(_, lead)| lead.as_deref()).collect();
        if !new.is_empty() {
            let name = self.file.id.to_string();
            self.app.queue.send_for_new(new, now, Some(&name)).await;
        }
        judged.into_iter().map(|one| one.map(|(done, _)| done)).collect()
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

    async fn row(
        &self,
        row: &Row,
        rules: Option<&Rules>,
        now: Timestamp,
    ) -> Result<(Done, Option<Box<Lead>>), LineUpError> {
        let done = |became| Done { row: row.number, became };
        if let Some(fault) = row.fault {
            return Ok((done(Became::Result(RowResult::invalid(fault.to_string()))), None));
        }
        let (result, lead) = match self.columns.read(row.cells.iter()) {
            ReadRow::Ignored => return Ok((done(Became::Nothing), None)),
            ReadRow::Invalid { detail } => (RowResult::invalid(detail), None),
            ReadRow::Lead(lead) => self.lead(row.number, *lead, rules, now).await?,
        };
        Ok((done(Became::Result(result)), lead))
    }

    async fn lead(
        &self,
        row: u64,
        said: RowLead,
        rules: Option<&Rules>,
        now: Timestamp,
    ) -> Result<(RowResult, Option<Box<Lead>>), LineUpError> {
        let once = self.once(row);
        let Some(rules) = rules else {
            let refused = RowResult::refused(Rejection::SupplierNotAuthorised, NOT_AUTHORISED, &[]);
            return Ok((self.unless_earlier(&once, refused, now).await?, None));
        };
        let RowLead { ssid, source, fields } = said;
        let sent = Submission {
            id: lambda::new_lead_id(),
            received: now,
            method: Method::Import,
            ssid,
            source,
            test: self.file.way == ImportWay::Test,
            fields,
        };
        let (lead, problems) = match intake::judge(sent, &rules.campaign, &rules.supplier, &rules.zone) {
            Intake::Kept { lead, problems } => (lead, problems),
            Intake::Refused { problems } => {
                let refused = RowResult::refused(Rejection::UnsafeContent, UNSAFE, &problems);
                return Ok((self.unless_earlier(&once, refused, now).await?, None));
            }
        };
        if self.file.way == ImportWay::DryRun {
            return Ok((RowResult { lead: None, ..RowResult::of(&lead, &problems) }, None));
        }
        let (campaign, supplier) = (rules.campaign.clone(), rules.supplier.clone());
        let incoming = self.app.store.incoming(&lead, campaign, supplier, &rules.pending).await?;
        let answer = |lead: &Lead| {
            let body = serde_json::to_string(&RowResult::of(lead, &problems))?;
            Ok(StoredAnswer { status: NO_STATUS, body })
        };
        let answering = Some(Answering { once: &once, answer: &answer });
        match self.app.store.take_in(incoming, answering, &self.app.identity).await.map_err(Error::from)? {
            TakenIn::Stored { lead, .. } => Ok((RowResult::of(&lead, &problems), Some(lead))),
            TakenIn::Earlier(earlier) => Ok((before(earlier)?, None)),
        }
    }

    /// What a row of which nothing is kept came to, if it came to something before.
    async fn unless_earlier(&self, once: &Once, refused: RowResult, now: Timestamp) -> Result<RowResult, Error> {
        if self.file.way == ImportWay::DryRun {
            return Ok(refused);
        }
        let earlier = self.app.store.replay(once, &self.app.identity, now).await?;
        earlier.map_or(Ok(refused), before)
    }

    /// What a row is known by: no key of a caller has line ends in it.
    fn once(&self, row: u64) -> Once {
        let id = self.file.id.to_string();
        Once {
            principal: self.file.by.clone(),
            key: format!("lead_import\n{id}\n{row}"),
            request: self.app.identity.request(&id),
            place: None,
            open_until: None,
        }
    }
}

/// What a row came to that was taken in before.
fn before(earlier: Earlier) -> Result<RowResult, Error> {
    match earlier {
        Earlier::Answered { answer, .. } => serde_json::from_str(&answer.body).map_err(Error::item),
        Earlier::KeyReused | Earlier::UnderWay => Err(Error::Contended { what: "a row of a file of leads" }),
    }
}
