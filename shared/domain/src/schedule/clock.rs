//! Times of day as set-up data: `09:00`, and `24:00` for the end of the day.

use std::{fmt, str::FromStr};

use jiff::civil::{Date, DateTime, Time};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::ToSchema;

const MINUTES_OF_DAY: u16 = 24 * 60;

/// The text is no time of day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A time of day is written HH:MM, from 00:00 to 24:00.")]
pub struct InvalidClockTime;

impl InvalidClockTime {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "invalid_time"
    }
}

/// A minute of the day, as the clock on the wall shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, SerializeDisplay, DeserializeFromStr, ToSchema)]
#[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", example = "09:00")]
pub struct ClockTime(u16);

impl ClockTime {
    /// `24:00`, which no clock shows: the first minute that is not of the day any more.
    pub const END_OF_DAY: Self = Self(MINUTES_OF_DAY);

    /// The first minute of the day.
    pub const MIDNIGHT: Self = Self(0);

    /// The first minute of an hour; of one that no day has, the end of the day.
    pub const fn at_hour(hour: u8) -> Self {
        if hour < 24 { Self(hour as u16 * 60) } else { Self::END_OF_DAY }
    }

    /// The minute that a time lies in.
    pub(crate) fn of(time: Time) -> Self {
        Self(u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs()))
    }

    /// The beginning of the minute on a date; none for the end of the day, which lies on the next one.
    pub(crate) fn on(self, date: Date) -> Option<DateTime> {
        let (hour, minute) = (i8::try_from(self.0 / 60).ok()?, i8::try_from(self.0 % 60).ok()?);
        Some(date.to_datetime(Time::new(hour, minute, 0, 0).ok()?))
    }
}

impl FromStr for ClockTime {
    type Err = InvalidClockTime;

    fn from_str(text: &str) -> Result<Self, InvalidClockTime> {
        let two_digits = |text: &str| {
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u16>().ok()).flatten()
        };
        let (hour, minute) = text.split_once(':').ok_or(InvalidClockTime)?;
        let (hour, minute) = two_digits(hour).zip(two_digits(minute)).ok_or(InvalidClockTime)?;
        let time = Self(hour * 60 + minute);
        if minute < 60 && time <= Self::END_OF_DAY { Ok(time) } else { Err(InvalidClockTime) }
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}
