//! The ends of a range: a number, compared exactly, or a day.

use std::{cmp::Ordering, fmt, str::FromStr};

use jiff::civil::Date;
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::ToSchema;

/// Most digits before and after the dot: together they fit 128 bits, and hold every number that a field may be.
const WHOLE_DIGITS: usize = 20;
const PLACES: usize = 12;

/// The text is neither a number nor a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "A limit is written as text: a number such as \"2500\" or \"12.5\", with up to {PLACES} decimals and without \
     separators, or a day such as \"2026-01-31\"."
)]
pub struct InvalidLimit;

impl InvalidLimit {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "invalid_limit"
    }
}

/// An end of a range: a number such as `2500` or `12.5`, or a day such as `2026-01-31`. Written as text, because numbers of
/// JSON lose digits on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SerializeDisplay, DeserializeFromStr, ToSchema)]
#[schema(value_type = String, example = "2500")]
pub struct Limit(Point);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    Number(Decimal),
    Day(Date),
}

/// A decimal number, kept as a whole one of its smallest places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Decimal(i128);

impl Limit {
    /// How it compares to a value; none if the value is not of its kind.
    pub(super) fn compare(&self, value: &str) -> Option<Ordering> {
        match &self.0 {
            Point::Number(number) => value.parse().ok().map(|value: Decimal| number.cmp(&value)),
            Point::Day(day) => parse_day(value).map(|value| day.cmp(&value)),
        }
    }

    /// How it compares to another limit; none if the other is not of its kind.
    pub(super) fn compare_to(&self, other: &Self) -> Option<Ordering> {
        match (&self.0, &other.0) {
            (Point::Number(number), Point::Number(other)) => Some(number.cmp(other)),
            (Point::Day(day), Point::Day(other)) => Some(day.cmp(other)),
            (Point::Number(_), Point::Day(_)) | (Point::Day(_), Point::Number(_)) => None,
        }
    }
}

impl FromStr for Limit {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        let number = text.parse().map(Point::Number);
        number.or_else(|error| parse_day(text).map(Point::Day).ok_or(error)).map(Self)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Point::Number(number) => number.fmt(f),
            Point::Day(day) => day.fmt(f),
        }
    }
}

impl FromStr for Decimal {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, WHOLE_DIGITS) || !is_number(places, PLACES) {
            return Err(InvalidLimit);
        }
        let smallest: i128 = format!("{whole}{places:0<PLACES$}").parse().map_err(|_| InvalidLimit)?;
        Ok(Self(sign * smallest))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:0width$}", self.0.unsigned_abs(), width = PLACES + 1);
        let (whole, places) = digits.split_at(digits.len() - PLACES);
        let sign = if self.0 < 0 { "-" } else { "" };
        match places.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            places => write!(f, "{sign}{whole}.{places}"),
        }
    }
}

/// Reads exactly `yyyy-mm-dd`, the form in which days are stored.
pub(super) fn parse_day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok()?;
    (day.to_string() == text).then_some(day)
}
