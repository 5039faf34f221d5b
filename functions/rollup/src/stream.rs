//! What the stream of the leads table brings, and what it is answered.
//!
//! The types of `aws_lambda_events` would do, but for two things: one attribute that cannot be read would make the whole
//! batch unreadable, and they bring a second library of times and dates.

use domain::lead::Lead;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_dynamo::Item;
use serde_json::Value;
use store::LEAD_ROW;

/// A batch of changes.
#[derive(Clone, Debug, Deserialize)]
pub struct StreamEvent {
    #[serde(rename = "Records")]
    records: Vec<Value>,
}

/// What became of a batch: the changes that are to come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// In the order of the stream; it goes on from the first of them.
    pub batch_item_failures: Vec<Failure>,
}

/// A change that is to come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Its sequence number.
    pub item_identifier: String,
}

/// One change, not read any further than it takes to report it.
#[derive(Debug)]
pub(crate) struct Record {
    /// Empty, where there is none: then the whole batch comes again.
    pub(crate) sequence_number: String,
    /// When it was made, to the second.
    pub(crate) at: Option<Timestamp>,
    /// The partition of what was changed: a lead's id.
    pub(crate) pk: Option<String>,
    change: Value,
}

/// A lead before and after a step.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) before: Option<Lead>,
    pub(crate) after: Lead,
}

/// The record is no change of a lead, or the lead cannot be read. What serde says of it may quote the lead.
#[derive(Debug)]
pub(crate) struct Unread;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    keys: Item,
    new_image: Option<Item>,
    old_image: Option<Item>,
}

impl Answer {
    pub(crate) fn failing(sequence_numbers: Vec<String>) -> Self {
        let failure = |item_identifier: String| Failure { item_identifier };
        Self { batch_item_failures: sequence_numbers.into_iter().map(failure).collect() }
    }
}

impl StreamEvent {
    pub(crate) fn records(self) -> Vec<Record> {
        self.records.into_iter().map(Record::new).collect()
    }
}

impl Record {
    fn new(mut record: Value) -> Self {
        let change = record["dynamodb"].take();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let since_epoch = change["ApproximateCreationDateTime"].as_f64();
        Self {
            sequence_number: text(&change["SequenceNumber"]).unwrap_or_default(),
            at: since_epoch.and_then(|seconds| Timestamp::from_duration(duration(seconds)?).ok()),
            pk: text(&change["Keys"]["pk"]["S"]),
            change,
        }
    }

    /// What it says; none if that is about no lead, or a lead that is gone.
    pub(crate) fn change(&self) -> Result<Option<Change>, Unread> {
        let images = Images::deserialize(&self.change).map_err(|_| Unread)?;
        let is_lead = images.keys.get("sk") == Some(&serde_dynamo::AttributeValue::S(LEAD_ROW.to_owned()));
        let Some(after) = images.new_image.filter(|_| is_lead) else { return Ok(None) };
        let before = images.old_image.map(lead).transpose()?;
        Ok(Some(Change { before, after: lead(after)? }))
    }
}

fn lead(image: Item) -> Result<Lead, Unread> {
    serde_dynamo::from_item(image).map_err(|_| Unread)
}

fn duration(seconds: f64) -> Option<SignedDuration> {
    SignedDuration::try_from_secs_f64(seconds).ok()
}
