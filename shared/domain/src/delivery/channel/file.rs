//! The kind `file`: a row of a CSV file that the buyer fetches, and which file it is.

mod period;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::period::{Every, FilePeriod};
use super::ChannelKind;
use crate::{
    delivery::{Delivery, MAX_ENTRIES},
    id::CampaignRef,
    schedule::ClockTime,
    setup::Invalid,
    template::ValueTemplate,
    zone::Zone,
};

/// More files a day than hours are better made every hour.
const MAX_TIMES: usize = 24;
const MAX_NAME_CHARS: usize = 60;
const MAX_COLUMN_CHARS: usize = 100;
/// Stands for the buyer where there is none. A reference begins with a letter or digit.
const NOBODY: &str = "_";

/// Rows of a dated CSV file in the buyer's folder. A lead counts as taken as soon as its row is kept for the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileChannel {
    /// The columns, in their order. A change counts from the next file on.
    #[schema(min_items = 1, max_items = 200)]
    pub columns: Vec<Column>,
    /// How often there is a file, if there are leads for one.
    #[serde(default)]
    pub every: Every,
    /// The times of day at which a file closes; none: `00:00`. Not with `every: hour`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 24)]
    pub at: Vec<ClockTime>,
    /// Whose clock is meant.
    pub time_zone: Zone,
    /// What the names of its files begin with, before the date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$", example = "leads")]
    pub name: Option<String>,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// What stands above it; no other column has the same.
    pub name: String,
    /// Template of its values.
    #[schema(value_type = String)]
    pub value: ValueTemplate,
}

impl FileChannel {
    /// Where the file of this name is put: in the folder of the delivery's buyer, or in that of nobody, which no buyer can be
    /// called.
    pub fn path(delivery: &Delivery, stem: &str) -> String {
        let owner = delivery.bid.as_ref().map_or(NOBODY, |bid| bid.as_str());
        format!("outgoing/{owner}/{}/{stem}.csv", delivery.did)
    }

    fn check_columns(&self, found: &mut Vec<Invalid>) {
        if self.columns.is_empty() || self.columns.len() > MAX_ENTRIES {
            found.push(Invalid::new("channel.columns", "length", format!("Use 1 to {MAX_ENTRIES} columns.")));
        }
        for (at, column) in self.columns.iter().enumerate() {
            let place = format!("channel.columns.{at}.name");
            let chars = column.name.chars().count();
            if column.name.trim().is_empty() || chars > MAX_COLUMN_CHARS || column.name.chars().any(char::is_control) {
                let detail = format!("Use 1 to {MAX_COLUMN_CHARS} characters on one line.");
                found.push(Invalid::new(place, "name", detail));
            } else if self.columns[..at].iter().any(|earlier| earlier.name == column.name) {
                found.push(Invalid::new(place, "repeated", "Another column has this name; rename one."));
            }
        }
    }

    fn check_times(&self, found: &mut Vec<Invalid>) {
        if self.every == Every::Hour && !self.at.is_empty() {
            let detail = "A file every hour closes at every full hour; leave the times out, or use every: day.";
            found.push(Invalid::new("channel.at", "not_with_hours", detail));
        }
        if self.at.len() > MAX_TIMES {
            found.push(Invalid::new("channel.at", "length", format!("Use at most {MAX_TIMES} times.")));
        }
        for (at, time) in self.at.iter().enumerate() {
            let place = format!("channel.at.{at}");
            if *time == ClockTime::END_OF_DAY {
                found.push(Invalid::new(place, "range", "The end of a day is 00:00 of the next one."));
            } else if self.at[..at].contains(time) {
                found.push(Invalid::new(place, "repeated", format!("{time} is in the list twice.")));
            }
        }
    }
}

impl ChannelKind for FileChannel {
    /// Its row's key is made of the lead and the round, so that a repeat finds it there.
    fn is_idempotent(&self) -> bool {
        true
    }

    fn templates(&self) -> Vec<(String, &ValueTemplate)> {
        let columns = self.columns.iter().enumerate();
        columns.map(|(at, column)| (format!("channel.columns.{at}.value"), &column.value)).collect()
    }

    fn check(&self, _own: &CampaignRef, found: &mut Vec<Invalid>) {
        self.check_columns(found);
        self.check_times(found);
        if self.name.as_deref().is_some_and(|name| !is_file_name(name)) {
            let detail = format!(
                "Use 1 to {MAX_NAME_CHARS} letters, digits, dots, underscores and hyphens, a letter or digit first."
            );
            found.push(Invalid::new("channel.name", "file_name", detail));
        }
        for (place, template) in self.templates() {
            if let Err(error) = template.check() {
                found.push(Invalid::new(place, error.code(), error.to_string()));
            }
        }
    }
}

/// Names that mean the same on every file system, and no path.
fn is_file_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    name.len() <= MAX_NAME_CHARS
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(fits)
}

#[cfg(test)]
mod tests;
