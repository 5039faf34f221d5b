//! Windows: the periods that an instant falls in, by the names that their counts are kept under.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_with::{DeserializeFromStr, SerializeDisplay};

use super::{Cap, CapPer};

/// One period of one cap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// What names it among all periods: `d20261121`.
    pub name: String,
    /// What it is a period of.
    pub per: CapPer,
    /// How many may pass in it.
    pub limit: u32,
}

/// The windows that an instant falls in for a list of caps, longest period first, each kind once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows(Vec<Window>);

/// The names of the windows that something has been counted in, so that it can be taken back from the same ones later.
/// Written as one text: `d20261121,h2026112114`.
#[derive(Clone, Debug, Default, PartialEq, Eq, SerializeDisplay, DeserializeFromStr)]
pub struct Counted(Vec<String>);

/// The text does not name windows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("windows are named like d20261121,h2026112114")]
pub struct InvalidCounted;

impl InvalidCounted {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "invalid_windows"
    }
}

impl Windows {
    /// Those that `now` falls in by the calendar of `zone`. Of several caps of one kind the lowest counts.
    pub fn at(caps: &[Cap], zone: &TimeZone, now: Timestamp) -> Self {
        let local = zone.to_datetime(now);
        let mut caps = caps.to_vec();
        caps.sort_unstable_by_key(|cap| (std::cmp::Reverse(cap.per), cap.count));
        caps.dedup_by_key(|cap| cap.per);
        let window = |cap: Cap| Window { name: name(cap.per, local), per: cap.per, limit: cap.count };
        Self(caps.into_iter().map(window).collect())
    }

    /// Whether nothing is capped.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them, longest period first.
    pub fn iter(&self) -> impl Iterator<Item = &Window> {
        self.0.iter()
    }

    /// Their names, to be kept with what is counted in them.
    pub fn counted(&self) -> Counted {
        Counted(self.0.iter().map(|window| window.name.clone()).collect())
    }
}

impl Counted {
    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromStr for Counted {
    type Err = InvalidCounted;

    fn from_str(text: &str) -> Result<Self, InvalidCounted> {
        let names = text.split(',').filter(|_| !text.is_empty());
        let names: Vec<String> = names.map(str::to_owned).collect();
        if names.iter().all(|name| is_name(name)) { Ok(Self(names)) } else { Err(InvalidCounted) }
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// One letter for the kind, which no other kind has, and digits that sort as time does.
fn name(per: CapPer, local: DateTime) -> String {
    match per {
        CapPer::Hour => local.strftime("h%Y%m%d%H").to_string(),
        CapPer::Day => local.strftime("d%Y%m%d").to_string(),
        CapPer::Week => local.strftime("w%G%V").to_string(),
        CapPer::Month => local.strftime("m%Y%m").to_string(),
        CapPer::Total => "t".to_owned(),
    }
}

fn is_name(name: &str) -> bool {
    let digits = match name.as_bytes().first() {
        Some(b'h') => 10,
        Some(b'd') => 8,
        Some(b'w' | b'm') => 6,
        Some(b't') => 0,
        Some(_) | None => return false,
    };
    name.len() == 1 + digits && name.bytes().skip(1).all(|byte| byte.is_ascii_digit())
}
