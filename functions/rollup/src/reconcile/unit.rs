//! Units of work: what is looked at as one, and in which order.

use std::{cmp::Reverse, iter::successors};

use domain::{campaign::Campaign, id::CampaignRef};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// Days that are looked at often, the present one included: a return window and a half.
const DAYS: i32 = 45;
/// The latest of them, which are looked at each day: what is booked late is mostly so by hours.
const LATEST: i32 = 4;
/// The others of them are looked at each time that so many days have gone by.
const OFTEN: i64 = 7;
/// And older ones each time that so many have.
const SELDOM: i64 = 30;
/// Days back, after which a lead is not looked at any more by itself: more than the longest return window, of a year.
const OLDEST: i32 = 400;

/// What is looked at as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "check", rename_all = "snake_case")]
pub enum Unit {
    /// The leads of a campaign that came in on a day, what is booked of them, and the numbers of that day by receipt.
    Leads {
        /// The day.
        day: Date,
        /// The campaign.
        campid: CampaignRef,
    },
    /// The journal of a day, and what it comes to on accounts.
    Accounts {
        /// The day.
        day: Date,
    },
    /// The numbers of a month, which are those of its days.
    Months {
        /// The first of the month.
        month: Date,
    },
    /// The numbers of all time, which are the same by receipt, by sale and by booking.
    Views,
}

/// Which units are to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The first day.
    pub(super) from: Date,
    /// The last one.
    pub(super) to: Date,
    /// Of these and older days, only those whose turn it is on this one.
    pub(super) turn_of: Option<Date>,
    /// Only leads, whose finders are put again.
    pub(super) finders: bool,
}

/// The first of the days that end with this one.
pub(super) fn days_before(to: Date) -> Date {
    to.checked_sub((DAYS - 1).days()).unwrap_or(Date::MIN)
}

impl Unit {
    /// Where it stands in the order of all units.
    fn place(&self) -> (u8, Option<Reverse<Date>>, Option<&CampaignRef>) {
        match self {
            Self::Leads { day, campid } => (0, Some(Reverse(*day)), Some(campid)),
            Self::Accounts { day } => (1, Some(Reverse(*day)), None),
            Self::Months { month } => (2, Some(Reverse(*month)), None),
            Self::Views => (3, None, None),
        }
    }
}

impl Plan {
    /// All units from `start` on; `campaigns` in the order of their references.
    pub(super) fn units<'a>(
        &self,
        campaigns: &'a [Campaign],
        start: Option<&'a Unit>,
    ) -> impl Iterator<Item = Unit> + use<'a> {
        let plan = *self;
        let leads = plan
            .days()
            .flat_map(|day| campaigns.iter().map(move |campaign| Unit::Leads { day, campid: campaign.campid.clone() }));
        let numbers = plan
            .days()
            .map(|day| Unit::Accounts { day })
            .chain(plan.months().map(|month| Unit::Months { month }))
            .chain([Unit::Views])
            .filter(move |_| !plan.finders);
        let is_before = move |unit: &Unit| start.is_some_and(|start| unit.place() < start.place());
        leads.chain(numbers).skip_while(is_before)
    }

    /// The days, the newest first.
    fn days(self) -> impl Iterator<Item = Date> {
        let ago = move |days: i32| self.to.checked_sub((days - 1).days()).unwrap_or(Date::MIN);
        let first = self.turn_of.map_or(self.from, |_| ago(OLDEST));
        let every = move |day: Date| {
            if day >= ago(LATEST) {
                1
            } else if day >= self.from {
                OFTEN
            } else {
                SELDOM
            }
        };
        let is_its_turn =
            move |day: &Date| self.turn_of.is_none_or(|turn_of| (ordinal(turn_of) - ordinal(*day)) % every(*day) == 0);
        successors(Some(self.to), |day| day.yesterday().ok()).take_while(move |day| first <= *day).filter(is_its_turn)
    }

    /// The months of all days but older ones, the newest first.
    fn months(self) -> impl Iterator<Item = Date> {
        let first = (self.from <= self.to).then(|| self.to.first_of_month());
        let before = |month: &Date| month.checked_sub(1.month()).ok();
        successors(first, before).take_while(move |month| self.from.first_of_month() <= *month)
    }
}

/// The number of a day, one more than that of the day before.
fn ordinal(day: Date) -> i64 {
    (day - Date::constant(2000, 1, 1)).get_days().into()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    fn scheduled(day: Date) -> Plan {
        Plan { from: days_before(day), to: day, turn_of: Some(day), finders: false }
    }

    #[test]
    fn the_latest_days_are_looked_at_each_day_and_of_those_before_one_in_a_week_the_newest_first() {
        let day = Date::constant(2027, 1, 16);
        let ago = |days: i32| day.checked_sub(days.days()).unwrap();
        let days: Vec<Date> = scheduled(day).days().take(10).collect();
        assert_eq!(days, [0, 1, 2, 3, 7, 14, 21, 28, 35, 42].map(ago));
    }

    #[test]
    fn a_day_is_looked_at_22_times_until_it_is_too_old_in_the_end_once_in_thirty_days() {
        let received = Date::constant(2027, 2, 28);
        let looked_at =
            |ago: &i32| scheduled(received.checked_add(ago.days()).unwrap()).days().any(|day| day == received);
        let ages: Vec<i32> = (0..500).filter(looked_at).collect();
        let expected = (0..4).chain((7..45).step_by(7)).chain((60..400).step_by(30));
        assert_eq!(ages, expected.collect::<Vec<i32>>());
        assert_eq!(ages.len(), 22);
    }

    #[test]
    fn units_are_gone_on_with_where_they_were_left_also_when_that_one_is_gone() {
        let day = Date::constant(2027, 1, 2);
        let plan = Plan { from: Date::constant(2026, 12, 31), to: day, turn_of: None, finders: false };
        let units = |start: Option<&Unit>| plan.units(&[], start).collect::<Vec<Unit>>();
        let months = [Date::constant(2027, 1, 1), Date::constant(2026, 12, 1)].map(|month| Unit::Months { month });
        assert_eq!(units(None).len(), 6);
        assert_eq!(units(Some(&Unit::Leads { day, campid: "gone".parse().unwrap() })), units(None));
        assert_eq!(units(Some(&months[0])), [months[0].clone(), months[1].clone(), Unit::Views]);
        assert_eq!(units(Some(&Unit::Views)), [Unit::Views]);
        let none = Plan { from: day, to: Date::constant(2027, 1, 1), ..plan };
        assert_eq!(none.units(&[], None).collect::<Vec<Unit>>(), [Unit::Views]);
    }
}
