//! The way of a run from unit to unit: where it goes on, and when it ends.

use super::{
    Findings,
    run::{End, Stop, Walked},
    unit::Unit,
};
use crate::tally;

/// After so many units that failed in a row, the next would do so too: the tables are away.
const GIVEN_UP_AFTER: usize = 5;

/// What has to be known of the units before.
pub(super) struct Way {
    /// The one that the run began with.
    first: Option<Unit>,
    /// Those that failed without one in between that did not.
    failing: Vec<Unit>,
}

impl Way {
    pub(super) fn begin(first: Option<Unit>) -> Self {
        Self { first, failing: Vec::new() }
    }

    /// What comes of a unit. A run that would end where it began leaves its first unit behind: the next one would come no
    /// further.
    pub(super) fn after(
        &mut self,
        walked: &mut Walked,
        unit: Unit,
        following: Option<Unit>,
        found: &Findings,
        looked: Result<(), Stop>,
    ) {
        let is_first = self.first.as_ref() == Some(&unit);
        let failed = match looked {
            Ok(()) => found.failed > 0 && found.failed == found.leads,
            Err(Stop::Failed(error)) => {
                tally::unit_failed(&unit, Some(&error));
                walked.findings.failed += 1;
                true
            }
            Err(Stop::TimeIsUp) if is_first => {
                tally::unit_failed(&unit, None);
                walked.findings.failed += 1;
                walked.end = if following.is_some() { End::CutShort } else { End::Done };
                true
            }
            Err(Stop::TimeIsUp) => {
                walked.findings.and(&found.repairs());
                (walked.next, walked.end) = (Some(unit), End::CutShort);
                return;
            }
        };
        walked.findings.and(found);
        walked.next = following;
        if failed {
            self.failing.push(unit);
        } else {
            self.failing.clear();
        }
        if self.failing.len() >= GIVEN_UP_AFTER {
            walked.end = End::GivenUp;
            if self.failing.first() != self.first.as_ref() {
                walked.next = self.failing.first().cloned();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::Date};
    use store::Error;

    use super::*;

    fn unit(day: i8) -> Unit {
        Unit::Accounts { day: Date::constant(2027, 1, 1).saturating_add(i64::from(day).days()) }
    }

    /// Goes from unit 1 on; what comes of each.
    fn walked(looked: Vec<Result<(), Stop>>) -> Walked {
        let mut walked = Walked::default();
        let mut way = Way::begin(Some(unit(1)));
        for (day, looked) in (1..).zip(looked) {
            assert_eq!(walked.end, End::Open);
            way.after(
                &mut walked,
                unit(day),
                Some(unit(day + 1)),
                &Findings { leads: 1, ..Findings::default() },
                looked,
            );
        }
        walked
    }

    fn failed() -> Result<(), Stop> {
        Err(Stop::Failed(Error::Contended { what: "a test" }))
    }

    #[test]
    fn a_run_that_is_given_up_is_gone_on_with_where_it_began_to_fail() {
        let looked = [Ok(()), failed(), failed(), Ok(())].into_iter().chain((0..5).map(|_| failed())).collect();
        let walked = walked(looked);
        assert_eq!((walked.end, walked.next), (End::GivenUp, Some(unit(5))));
        assert_eq!((walked.findings.leads, walked.findings.failed), (9, 7));
    }

    #[test]
    fn a_run_that_failed_from_the_beginning_leaves_these_units_behind() {
        let walked = walked((0..5).map(|_| failed()).collect());
        assert_eq!((walked.end, walked.next), (End::GivenUp, Some(unit(6))));
    }

    #[test]
    fn a_unit_that_is_cut_short_is_begun_again_unless_a_whole_run_was_too_short_for_it() {
        let cut_short = walked(vec![Ok(()), Err(Stop::TimeIsUp)]);
        assert_eq!((cut_short.end, cut_short.next), (End::CutShort, Some(unit(2))));
        assert_eq!(
            (cut_short.findings.leads, cut_short.findings.failed),
            (1, 0),
            "those of the second are looked at again"
        );
        let too_short = walked(vec![Err(Stop::TimeIsUp)]);
        assert_eq!((too_short.end, too_short.next), (End::CutShort, Some(unit(2))));
        assert_eq!(too_short.findings.failed, 1);
    }
}
