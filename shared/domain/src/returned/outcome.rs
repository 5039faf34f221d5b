//! What became of a wish to return a sale: the same words by every way in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of a wish to return a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnOutcome {
    /// The sale is taken back.
    Returned,
    /// The seller has to decide.
    Requested,
    /// It had been taken back, or asked for, before.
    AlreadyReturned,
    /// There is no such lead.
    NotFound,
    /// The lead is there, and was never given to this buyer.
    NotYours,
    /// The lead is there, and nobody bought it, or not who is named.
    NotSold,
    /// The sale is too old.
    WindowExpired,
    /// The reason is none of those that its terms allow.
    ReasonNotAllowed,
    /// More than one sale could be meant.
    Ambiguous,
    /// The row names nothing that a lead could be found by.
    InvalidRow,
    /// Its buyer has returned as many of that month's sales as it may, or asked for this one too often.
    OverCap,
}

impl ReturnOutcome {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Returned,
        Self::Requested,
        Self::AlreadyReturned,
        Self::NotFound,
        Self::NotYours,
        Self::NotSold,
        Self::WindowExpired,
        Self::ReasonNotAllowed,
        Self::Ambiguous,
        Self::InvalidRow,
        Self::OverCap,
    ];

    /// The word for it: `already_returned`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Requested => "requested",
            Self::AlreadyReturned => "already_returned",
            Self::NotFound => "not_found",
            Self::NotYours => "not_yours",
            Self::NotSold => "not_sold",
            Self::WindowExpired => "window_expired",
            Self::ReasonNotAllowed => "reason_not_allowed",
            Self::Ambiguous => "ambiguous",
            Self::InvalidRow => "invalid_row",
            Self::OverCap => "over_cap",
        }
    }

    /// The outcome with this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// Whether it was done as wished, if only by a request.
    pub fn is_done(self) -> bool {
        match self {
            Self::Returned | Self::Requested => true,
            Self::AlreadyReturned
            | Self::NotFound
            | Self::NotYours
            | Self::NotSold
            | Self::WindowExpired
            | Self::ReasonNotAllowed
            | Self::Ambiguous
            | Self::InvalidRow
            | Self::OverCap => false,
        }
    }
}
