//! Finding leads that may be stuck: open for a while, or past their time; and all that came in within some time.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::{campaign::Campaign, id::LeadId};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::{
    Error, Store,
    item::{Item, text},
    keys,
};

/// Leads per page: as many as one batch read takes.
const PAGE: i32 = 100;

/// Some leads to look at, and where the next ones begin.
#[derive(Clone, Debug, Default)]
pub struct SweepPage {
    /// At most 100.
    pub ids: Vec<LeadId>,
    next: Option<Item>,
}

impl SweepPage {
    async fn read(query: QueryFluentBuilder) -> Result<Self, Error> {
        let got = query.send().await.map_err(Error::service("Query"))?;
        let id = |item: &Item| item.get("pk")?.as_s().ok()?.parse().ok();
        Ok(Self { ids: got.items().iter().filter_map(id).collect(), next: got.last_evaluated_key })
    }

    /// Whether the partition holds more.
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }
}

impl Store {
    /// The partitions of open leads that can still be in motion: those of this and the last two months.
    pub fn open_partitions(now: Timestamp) -> Vec<String> {
        let today = now.to_zoned(TimeZone::UTC).date().first_of_month();
        (0..3)
            .filter_map(|ago| today.checked_sub(ago.months()).ok()?.to_zoned(TimeZone::UTC).ok())
            .flat_map(|month| {
                let at = month.timestamp();
                let shards = 0..keys::status_shards(Self::SWEPT_STATUS);
                shards.map(move |shard| keys::by_status(Self::SWEPT_STATUS, at, shard))
            })
            .collect()
    }

    /// Open leads of a partition that came in before `before`, oldest or newest first.
    ///
    /// # Errors
    /// The table's.
    pub async fn open_leads(
        &self,
        partition: &str,
        before: Timestamp,
        newest_first: bool,
        page: SweepPage,
    ) -> Result<SweepPage, Error> {
        let up_to = keys::received_before(before);
        self.sweep_page(keys::BY_STATUS, ("gt", "gr"), partition, up_to, newest_first, page).await
    }

    /// The partitions of leads that wait for a time.
    pub fn due_partitions() -> Vec<String> {
        (0..keys::DUE_SHARDS).map(keys::due).collect()
    }

    /// Leads of a partition whose time came at or before `now`, the longest overdue first.
    ///
    /// # Errors
    /// The table's.
    pub async fn due_leads(&self, partition: &str, now: Timestamp, page: SweepPage) -> Result<SweepPage, Error> {
        self.sweep_page(keys::DUE, ("gd", "gu"), partition, keys::due_at(now), false, page).await
    }

    /// The partitions of a campaign's leads that came in from `from` on and before `until`.
    pub fn received_partitions(campaign: &Campaign, from: Timestamp, until: Timestamp) -> Vec<String> {
        let last = until.to_zoned(TimeZone::UTC).date();
        let spread = campaign.shards.iter().filter(|step| step.from <= last).map(|step| step.count).max().unwrap_or(1);
        let mut month = Some(from.to_zoned(TimeZone::UTC).date().first_of_month());
        let mut partitions = Vec::new();
        while let Some(day) = month.filter(|day| *day <= last) {
            if let Ok(first) = day.to_zoned(TimeZone::UTC) {
                let at = first.timestamp();
                partitions.extend((0..spread).map(|shard| keys::by_campaign(&campaign.campid, at, shard)));
            }
            month = day.checked_add(1.month()).ok();
        }
        partitions
    }

    /// Leads of such a partition that came in within that time, oldest first.
    ///
    /// # Errors
    /// The table's.
    pub async fn received_leads(
        &self,
        partition: &str,
        from: Timestamp,
        until: Timestamp,
        page: SweepPage,
    ) -> Result<SweepPage, Error> {
        let query = self
            .page_of(keys::BY_CAMPAIGN, page)
            .key_condition_expression("gc = :partition AND gr BETWEEN :from AND :until")
            .expression_attribute_values(":partition", text(partition))
            .expression_attribute_values(":from", text(keys::received_before(from)))
            .expression_attribute_values(":until", text(keys::received_before(until)));
        SweepPage::read(query).await
    }

    async fn sweep_page(
        &self,
        index: &str,
        (hash, range): (&str, &str),
        partition: &str,
        up_to: String,
        newest_first: bool,
        page: SweepPage,
    ) -> Result<SweepPage, Error> {
        let query = self
            .page_of(index, page)
            .key_condition_expression("#hash = :hash AND #range <= :range")
            .expression_attribute_names("#hash", hash)
            .expression_attribute_names("#range", range)
            .expression_attribute_values(":hash", text(partition))
            .expression_attribute_values(":range", text(up_to))
            .scan_index_forward(!newest_first);
        SweepPage::read(query).await
    }

    /// The page of an index that follows this one.
    fn page_of(&self, index: &str, page: SweepPage) -> QueryFluentBuilder {
        let query = self.db.query().table_name(&self.tables.leads).index_name(index);
        query.limit(PAGE).set_exclusive_start_key(page.next)
    }
}
