//! Opening hours: on which days, and at what times of a zone, a delivery takes leads.

mod clock;
#[cfg(test)]
mod tests;

use jiff::{
    Span, Timestamp,
    civil::{DateTime, Weekday},
    tz::AmbiguousOffset,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::clock::{ClockTime, InvalidClockTime};
use crate::{setup::Invalid, zone::Zone};

/// Most entries of a schedule.
const MAX_HOURS: usize = 50;
/// How far ahead an opening is looked for. A week holds every one, unless the clock skips it (an hour in spring, a whole
/// day where a country changed sides of the date line): then it is the week after.
const SEARCHED_DAYS: i32 = 16;

/// Opening hours by the clock on the wall of a zone. In spring, hours that the clock skips are not open; in autumn, hours
/// that it repeats are open twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Whose clock is meant.
    pub time_zone: Zone,
    /// When it is open; entries may overlap.
    pub hours: Vec<Hours>,
    /// What happens to leads at other times.
    #[serde(default)]
    pub outside: Outside,
}

/// The same hours on some days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The days on which they begin.
    pub days: Vec<Day>,
    /// The first minute.
    pub from: ClockTime,
    /// The minute after the last one: `24:00` is the end of the day. Earlier than `from`, it is meant on the next day.
    pub to: ClockTime,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "a day of the week is what it is called")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// What happens to a lead that comes outside the hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outside {
    /// The delivery is passed over.
    #[default]
    Skip,
    /// The lead waits for the opening.
    Hold,
}

impl Schedule {
    /// Whether it is open at this instant.
    pub fn is_open(&self, now: Timestamp) -> bool {
        let local = self.time_zone.timezone().to_datetime(now);
        self.hours.iter().any(|hours| hours.cover(local))
    }

    /// The first open instant from `now` on, which is `now` while it is open; none if it never opens.
    pub fn opens_after(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_open(now) {
            return Some(now);
        }
        // It opens where hours begin, and where the clock jumps into the midst of them. The day before is looked at as
        // well, because a clock that is put back shortly after midnight goes through its last hour again.
        let zone = self.time_zone.timezone();
        let today = zone.to_datetime(now).date();
        let dates = (-1..=SEARCHED_DAYS).filter_map(|days| today.checked_add(Span::new().days(days)).ok());
        let begins = dates.flat_map(|date| {
            let hours = self.hours.iter().filter(move |hours| hours.begin_on(date.weekday()));
            hours.filter_map(move |hours| hours.from.on(date)).flat_map(|local| self.instants(local))
        });
        let end = now.checked_add(Span::new().hours(24 * SEARCHED_DAYS)).unwrap_or(Timestamp::MAX);
        let jumps = zone.following(now).map(|jump| jump.timestamp()).take_while(|at| *at <= end);
        begins.chain(jumps).filter(|at| *at > now && self.is_open(*at)).min()
    }

    /// Says what is wrong with it, naming its fields below `place`.
    pub fn check(&self, place: &str, found: &mut Vec<Invalid>) {
        if self.hours.is_empty() || self.hours.len() > MAX_HOURS {
            let detail = format!("List 1 to {MAX_HOURS} entries; leave the schedule out if it is always open.");
            found.push(Invalid::new(format!("{place}.hours"), "length", detail));
        }
        for (at, hours) in self.hours.iter().enumerate().take(MAX_HOURS) {
            hours.check(&format!("{place}.hours.{at}"), found);
        }
    }

    /// The instants at which the zone's clock shows this: none, one, or two.
    fn instants(&self, local: DateTime) -> impl Iterator<Item = Timestamp> + use<> {
        let offsets = match self.time_zone.timezone().to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
            AmbiguousOffset::Gap { .. } => [None, None],
            AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
        };
        offsets.into_iter().flatten().filter_map(move |offset| offset.to_timestamp(local).ok())
    }
}

impl Hours {
    fn begin_on(&self, day: Weekday) -> bool {
        self.days.iter().any(|known| known.weekday() == day)
    }

    fn cover(&self, local: DateTime) -> bool {
        let (today, now) = (local.weekday(), ClockTime::of(local.time()));
        if self.from <= self.to {
            self.begin_on(today) && self.from <= now && now < self.to
        } else {
            self.begin_on(today) && self.from <= now || self.begin_on(today.previous()) && now < self.to
        }
    }

    fn check(&self, place: &str, found: &mut Vec<Invalid>) {
        let mut days = self.days.clone();
        days.sort_unstable();
        if days.is_empty() || days.windows(2).any(|pair| pair[0] == pair[1]) {
            let detail = "Name at least one day, and each only once.";
            found.push(Invalid::new(format!("{place}.days"), "days", detail));
        }
        if self.from == ClockTime::END_OF_DAY {
            let detail = "A day begins at 00:00; only `to` may be 24:00.";
            found.push(Invalid::new(format!("{place}.from"), "range", detail));
        }
        if self.from == self.to {
            let detail = "These hours end when they begin; the whole day is from 00:00 to 24:00.";
            found.push(Invalid::new(format!("{place}.to"), "range", detail));
        }
    }
}

impl Day {
    fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Monday,
            Self::Tue => Weekday::Tuesday,
            Self::Wed => Weekday::Wednesday,
            Self::Thu => Weekday::Thursday,
            Self::Fri => Weekday::Friday,
            Self::Sat => Weekday::Saturday,
            Self::Sun => Weekday::Sunday,
        }
    }
}
