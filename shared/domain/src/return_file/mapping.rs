//! How a buyer's files are to be read, where they say things in their own way.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::header::fold;
use crate::{
    buyer::{MAX_REASON_CHARS, is_code},
    contact::Country,
    setup::Invalid,
    words::one_line,
};

/// Most characters of a header.
const MAX_HEADER_CHARS: usize = 60;
/// Most words that mean a reason.
const MAX_REASONS: usize = 50;
/// Most characters of a word that means a reason.
const MAX_WORD_CHARS: usize = 100;
/// The last column that a mapping may name; more have no return file.
const MAX_COLUMN: usize = 200;

/// What a column of a file of returns says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The id of the lead.
    LeadId,
    /// The person's e-mail address.
    Email,
    /// The person's phone.
    Phone,
    /// What the buyer calls the lead.
    Reference,
    /// Why it is returned.
    Reason,
    /// What there is to say besides.
    Comment,
    /// When it was sold, or came in.
    Date,
    /// The delivery through which it was sold.
    Did,
}

impl Column {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::LeadId, Self::Email, Self::Phone, Self::Reference, Self::Reason, Self::Comment, Self::Date, Self::Did];

    /// The word for it: `lead_id`.
    pub fn word(self) -> &'static str {
        match self {
            Self::LeadId => "lead_id",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Reference => "reference",
            Self::Reason => "reason",
            Self::Comment => "comment",
            Self::Date => "date",
            Self::Did => "did",
        }
    }

    /// Whether a lead can be found by it.
    pub(super) fn identifies(self) -> bool {
        match self {
            Self::LeadId | Self::Email | Self::Phone | Self::Reference => true,
            Self::Reason | Self::Comment | Self::Date | Self::Did => false,
        }
    }
}

/// The order in which a day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

/// How a buyer's files of returns are to be read, where they say things in their own way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnFileMapping {
    /// What the header of a column is called, of 1 to 60 characters, or `#3` for the third column. What is not named here, or not
    /// in the file, is known by the usual names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<Column, String>,
    /// Which reason code a word of the buyer's means: at most 50, of 1 to 100 characters; case, blanks and punctuation do not
    /// matter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, String>,
    /// The reason code of rows that give none; none: `OTHER` where the file has no column of reasons, and no reason where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_reason: Option<String>,
    /// Whose phones those without a calling code are; none: of any country that leads are sold from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The order in which days are written; none: as is usual in the countries that leads are sold from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
}

impl ReturnFileMapping {
    /// Finds what is wrong with it by itself.
    pub(crate) fn check(&self, found: &mut Vec<Invalid>) {
        let mut names = BTreeSet::new();
        for (column, name) in &self.columns {
            let is_new = names.insert(same(name));
            let place = format!("return_file.columns.{}", column.word());
            found.extend(one_line(&place, name, MAX_HEADER_CHARS).err());
            if name.trim().starts_with('#') && place_of(name).is_none() {
                let detail = format!("Use # and a number from 1 to {MAX_COLUMN}, such as #3 for the third column.");
                found.push(Invalid::new(place, "column_number", detail));
            } else if !is_new {
                found.push(Invalid::new(place, "repeated", "Another column has this name; one column says one thing."));
            }
        }
        if self.reasons.len() > MAX_REASONS {
            let detail = format!("Use at most {MAX_REASONS} words.");
            found.push(Invalid::new("return_file.reasons", "length", detail));
        }
        let mut words = BTreeSet::new();
        for (at, (word, code)) in self.reasons.iter().enumerate().take(MAX_REASONS) {
            let place = format!("return_file.reasons.{at}");
            if !words.insert(same(word)) {
                let detail = "It is in the list twice; case, blanks and punctuation do not matter.";
                found.push(Invalid::new(place.clone(), "repeated", detail));
            }
            found.extend(one_line(&place, word, MAX_WORD_CHARS).err());
            check_code(&place, code, found);
        }
        if let Some(code) = &self.default_reason {
            check_code("return_file.default_reason", code, found);
        }
    }
}

/// The column that `#3` names, from 0.
pub(super) fn place_of(name: &str) -> Option<usize> {
    let number: usize = name.trim().strip_prefix('#')?.parse().ok()?;
    (1..=MAX_COLUMN).contains(&number).then(|| number - 1)
}

/// What makes two names the same.
fn same(name: &str) -> String {
    Some(fold(name))
        .filter(|folded| place_of(name).is_none() && !folded.is_empty())
        .unwrap_or_else(|| name.trim().to_owned())
}

fn check_code(place: &str, code: &str, found: &mut Vec<Invalid>) {
    if !is_code(code) {
        let detail = format!("Use 1 to {MAX_REASON_CHARS} of A to Z, 0 to 9 and _ for a code, such as INVALID_PHONE.");
        found.push(Invalid::new(place, "reason_code", detail));
    }
}
