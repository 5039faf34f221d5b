//! Where entries come from: a partition of an index or of a list, read downwards.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::ReturnConsumedCapacity};
use domain::{
    campaign::{Campaign, MAX_SHARDS, ShardStep},
    finder::Listing,
    id::CampaignRef,
    query::{Entry, Facts},
};
use jiff::{Timestamp, civil::Date};
use serde::Deserialize;

use crate::{
    Error, Examined, Store,
    item::{Item, read, text},
    keys,
};

/// What of a lead an index tells, and of a list its leads.
const LOOKED_AT: &str = "#range, c, s, so, m, cc, l";

/// A partition.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// Of an index of leads: its name, the name of its partition key, and which.
    Index { index: &'static str, hash: &'static str, partition: String },
    /// Of a list.
    List { listing: Listing, partition: String },
}

/// Some of what there is, newest first.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Sort keys, and what stands there.
    pub(super) entries: Vec<(String, Entry)>,
    /// How far that goes; none: that was all.
    pub(super) reached: Option<Reached>,
    /// What it took.
    pub(super) examined: Examined,
}

/// How far a source has been read.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    /// Nothing above this sort key has been left out, nor what has it.
    pub(super) complete_to: String,
    /// Where the source goes on, behind this one.
    pub(super) resume: String,
}

/// A row of a list.
#[derive(Deserialize)]
struct Row {
    l: Vec<String>,
}

impl Source {
    /// Whether its rows are many entries each.
    pub(super) fn is_packed(&self) -> bool {
        matches!(self, Self::List { .. })
    }

    /// The greatest sort key that a row may have that names a lead before this position.
    pub(super) fn begin(&self, position: &str) -> String {
        match self {
            Self::Index { .. } => position.to_owned(),
            Self::List { listing, .. } => super::walk::instant_of(position)
                .map_or_else(|| position.to_owned(), |at| keys::listed_until(listing, at)),
        }
    }

    /// Up to `limit` rows from before `high` down to `low`.
    pub(super) async fn batch(&self, store: &Store, low: &str, high: &str, limit: usize) -> Result<Batch, Error> {
        // The table refuses a range that ends before it begins.
        if high <= low {
            return Ok(Batch::default());
        }
        let (query, hash, range, partition) = match self {
            Self::Index { index, hash, partition } => (store.index_query(index), *hash, "gr", partition),
            Self::List { partition, .. } => (store.list_query(), "pk", "sk", partition),
        };
        let got = query
            .key_condition_expression("#hash = :hash AND #range BETWEEN :low AND :high")
            .expression_attribute_names("#hash", hash)
            .expression_attribute_names("#range", range)
            .expression_attribute_values(":hash", text(partition))
            .expression_attribute_values(":low", text(low))
            .expression_attribute_values(":high", text(high))
            .projection_expression(LOOKED_AT)
            .scan_index_forward(false)
            // The one that it goes on behind is in the range.
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(Error::service("Query"))?;
        let mut examined = Examined::call(got.consumed_capacity());
        let resume = got.last_evaluated_key.and_then(|key| sort_key(&key, range).map(str::to_owned));
        let rows = got.items.unwrap_or_default();
        let entries: Vec<_> = rows.into_iter().flat_map(|row| self.entries_of_row(row, range, high)).collect();
        examined.entries = entries.len();
        let complete_to = |resume: &str| if self.is_packed() { keys::newest_of(resume) } else { resume }.to_owned();
        let reached = resume.map(|resume| Reached { complete_to: complete_to(&resume), resume });
        Ok(Batch { entries, reached, examined })
    }

    fn entries_of_row(&self, row: Item, range: &str, high: &str) -> Vec<(String, Entry)> {
        let Some(sk) = sort_key(&row, range).filter(|sk| *sk < high).map(str::to_owned) else { return Vec::new() };
        if !self.is_packed() {
            // What nobody can read the lead itself may tell.
            let facts: Option<Facts> = read(row).ok();
            return entry(sk, facts).into_iter().collect();
        }
        let lines = read::<Row>(row).map(|row| row.l).unwrap_or_else(|row| {
            tracing::error!(error = %row, "leads of a list are left out");
            Vec::new()
        });
        lines.into_iter().filter_map(|line| entry(line, None)).collect()
    }
}

/// What stands at this sort key.
pub(super) fn entry(sk: String, facts: Option<Facts>) -> Option<(String, Entry)> {
    let (lead, received) = keys::received_of(&sk)?;
    Some((sk, Entry { lead, received, facts }))
}

fn sort_key<'a>(row: &'a Item, range: &str) -> Option<&'a str> {
    row.get(range)?.as_s().ok().map(String::as_str)
}

/// In how many parts a campaign's index is read, and from which day on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread(Vec<ShardStep>);

impl Spread {
    /// By the steps of a record.
    pub(super) fn new(steps: Vec<ShardStep>) -> Self {
        Self(steps)
    }

    /// Where the record cannot be read: its leads are there all the same.
    pub(super) fn unknown() -> Self {
        Self(vec![ShardStep { from: Date::MIN, count: MAX_SHARDS }])
    }

    /// The most parts that leads were spread over within these days.
    pub(super) fn most(&self, first: Date, last: Date) -> u8 {
        let before = self.0.iter().filter(|step| step.from <= first).max_by_key(|step| step.from);
        let since = self.0.iter().filter(|step| step.from > first && step.from <= last);
        let most = since.map(|step| step.count).max().unwrap_or(0);
        before.map_or(1, |step| step.count).max(most)
    }
}

impl Store {
    fn index_query(&self, index: &str) -> QueryFluentBuilder {
        self.db.query().table_name(&self.tables.leads).index_name(index)
    }

    fn list_query(&self) -> QueryFluentBuilder {
        self.db.query().table_name(&self.tables.ledger)
    }

    /// How a campaign's leads are spread.
    pub(super) async fn spread(&self, campid: &CampaignRef) -> Result<Spread, Error> {
        match self.cached::<Campaign>(campid.as_str()).await {
            Ok(campaign) => Ok(campaign.map_or_else(Spread::default, |campaign| Spread::new(campaign.shards.clone()))),
            Err(Error::Unreadable(row)) => {
                tracing::error!(error = %row, "a campaign's leads are looked for in all parts that there can be");
                Ok(Spread::unknown())
            }
            Err(other) => Err(other),
        }
    }
}

/// The parts of a campaign's index in a month.
pub(super) fn of_campaign(campid: &CampaignRef, spread: &Spread, month: Timestamp) -> Vec<Source> {
    let first = domain::time::utc_day(month);
    (0..spread.most(first, first.last_of_month()))
        .map(|shard| Source::Index {
            index: keys::BY_CAMPAIGN,
            hash: "gc",
            partition: keys::by_campaign(campid, month, shard),
        })
        .collect()
}
