//! Reconciling, run by run: a run that is cut short is gone on with, and what is done is not done again.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use jiff::ToSpan;

use super::{
    reconciling::{busy, clean, days, next_morning},
    *,
};
use crate::reconcile::{Asked, Failure, Findings, MAX_LEADS, Pace, reconcile};

/// Time for so many steps, however long each takes.
pub(super) fn steps(most: usize) -> Pace {
    let taken = AtomicUsize::new(0);
    Pace::new(move || taken.fetch_add(1, Ordering::Relaxed) < most, Duration::ZERO)
}

fn of_schedule() -> Asked {
    Asked::default()
}

impl Town {
    /// Runs as the schedule does, until all is done; what was found, and in how many runs.
    async fn scheduled(&self, now: Timestamp, most_steps: usize) -> (Findings, usize) {
        for runs in 1..1_000 {
            let done = self.run(&of_schedule(), now, &steps(most_steps)).await;
            if !done.cut_short {
                return (done.findings, runs);
            }
        }
        unreachable!("it comes to no end")
    }

    async fn second_campaign(&self) {
        let campaign = Campaign { campid: "boilers".parse().unwrap(), ..self.campaign.clone() };
        self.store.save(campaign, None).await.unwrap();
    }
}

#[tokio::test]
async fn a_run_on_demand_that_is_cut_short_says_where_to_go_on() {
    let town = busy().await;
    town.second_campaign().await;
    let (mut asked, mut found, mut runs) = (days(14, 16), Findings::default(), 0);
    loop {
        let done = town.run(&asked, next_morning(), &steps(9)).await;
        found.leads += done.findings.leads;
        found.repaired += done.findings.repaired;
        assert_eq!((done.findings.differing, done.findings.failed), (0, 0), "{done:?}");
        assert_eq!(done.cut_short, done.next.is_some());
        runs += 1;
        let Some(next) = done.next else { break };
        asked.next = Some(next);
    }
    assert!(runs > 2, "{runs}");
    assert_eq!(found, Findings { repaired: 8, ..clean(3) });
}

#[tokio::test]
async fn a_run_without_time_looks_at_nothing_and_says_where_to_begin() {
    let town = busy().await;
    let done = town.run(&days(15, 15), next_morning(), &Pace::within(Duration::ZERO)).await;
    let next = json!({ "check": "leads", "day": "2027-01-15", "campid": "solar" });
    let expected = json!({
        "leads": 0, "missing": 0, "repaired": 0, "differing": 0, "failed": 0, "finders": 0, "too_young": 0,
        "from": "2027-01-15", "to": "2027-01-15", "cut_short": true, "next": next,
    });
    assert_eq!(serde_json::to_value(done).unwrap(), expected);
}

#[tokio::test]
async fn the_runs_of_a_day_do_its_work_together_and_the_rest_have_nothing_to_do() {
    let town = busy().await;
    let (found, runs) = town.scheduled(next_morning(), 20).await;
    assert_eq!(found, Findings { missing: 8, repaired: 8, ..clean(3) });
    assert!(runs > 2, "{runs}");
    // All that is left to be read is how far the work is.
    for table in [town.tables.tables().leads, town.tables.tables().setup] {
        town.tables.client().delete_table().table_name(table).send().await.unwrap();
    }
    let done = town.run(&of_schedule(), after(next_morning(), 60), &steps(0)).await;
    assert_eq!((done.findings, done.cut_short, done.next), (found, false, None));
    assert_eq!((done.from, done.to), (Some(Date::constant(2026, 12, 3)), Some(Date::constant(2027, 1, 16))));
}

#[tokio::test]
async fn each_day_is_begun_anew_and_what_is_left_of_the_one_before_is_told() {
    let town = busy().await;
    town.booked(evening()).await;
    let cut_short = town.run(&of_schedule(), next_morning(), &steps(10)).await;
    assert!(cut_short.cut_short);
    let day_after = at(48 * 3_600);
    assert_eq!(town.reconciled(of_schedule(), day_after).await, Findings { failed: 1, ..clean(3) });
    assert_eq!(town.reconciled(of_schedule(), at(72 * 3_600)).await, clean(3));
}

#[tokio::test]
async fn two_runs_at_once_do_no_harm() {
    let town = busy().await;
    let (one, other) = (steps(1_000), steps(1_000));
    let asked = of_schedule();
    tokio::join!(town.run(&asked, next_morning(), &one), town.run(&asked, next_morning(), &other));
    let found = town.reconciled(of_schedule(), next_morning()).await;
    assert_eq!((found.differing, found.failed), (0, 0), "{found:?}");
    assert_eq!(town.reconciled(days(15, 15), next_morning()).await, clean(3));
    assert_eq!((town.total(View::Booked).await.sold, town.total(View::Booked).await.returns), (2, 1));
}

#[tokio::test]
async fn an_older_day_is_looked_at_each_thirty_days() {
    let town = Town::new().await;
    let lead = town.sold(1, 0).await;
    town.booked(evening()).await;
    town.returned(&lead, 40 * 86_400).await;
    for (days, leads) in [(61, 0), (90, 1)] {
        let now = (at(0).to_zoned(TimeZone::UTC) + days.days()).timestamp();
        let found = town.reconciled(of_schedule(), now).await;
        assert_eq!((found.leads, found.differing, found.failed), (leads, 0, 0), "after {days} days");
    }
    assert_eq!(town.total(View::Received).await.returns, 1);
}

#[tokio::test]
async fn leads_that_are_named_are_looked_at_alone() {
    let town = busy().await;
    let one = LeadId::from_ulid(Ulid(1));
    let asked = |leads: Vec<LeadId>| Asked { leads: Some(leads), ..Asked::default() };
    let found = town.reconciled(asked(vec![one, one]), next_morning()).await;
    assert_eq!(found, Findings { missing: 2, repaired: 2, ..clean(1) });
    let nobody = LeadId::from_ulid(Ulid(99));
    assert_eq!(town.reconciled(asked(vec![one, nobody]), next_morning()).await, Findings { failed: 1, ..clean(2) });
    let many = asked(vec![one; MAX_LEADS + 1]);
    let refused = reconcile(&town.app(), &many, next_morning(), &steps(10)).await;
    assert!(matches!(refused, Err(Failure::TooManyLeads)));
    let both = Asked { leads: Some(vec![one]), ..days(15, 15) };
    let refused = reconcile(&town.app(), &both, next_morning(), &steps(10)).await;
    assert!(matches!(refused, Err(Failure::LeadsAndDays)));
}

#[tokio::test]
async fn days_in_the_wrong_order_are_refused_and_not_taken_for_days_on_which_all_is_well() {
    let town = busy().await;
    let refused = reconcile(&town.app(), &days(16, 15), next_morning(), &steps(10)).await;
    assert_eq!(refused.unwrap_err().to_string(), "2027-01-16 is after 2027-01-15");
    let since_tomorrow = Asked { from: Some(Date::constant(2027, 1, 17)), ..Asked::default() };
    let refused = reconcile(&town.app(), &since_tomorrow, next_morning(), &steps(10)).await;
    assert!(matches!(refused, Err(Failure::Backwards { .. })));
}

#[test]
fn an_event_is_the_clocks_or_says_what_is_asked_for_in_words_that_are_known() {
    let is_of_schedule = |event: Value| Asked::read(event).map(|asked| asked.is_of_schedule()).ok();
    let clock = json!({ "version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {} });
    assert_eq!([clock, json!({})].map(is_of_schedule), [Some(true); 2]);
    assert_eq!(is_of_schedule(json!({ "to": "2027-01-15" })), Some(false));
    for wrong in [
        json!({ "nonsense": 1 }),
        json!({ "form": "2027-01-15", "to": "2027-01-16" }),
        json!({ "source": "me" }),
        json!([]),
    ] {
        let told = Asked::read(wrong.clone()).unwrap_err();
        assert!(matches!(told, Failure::Unclear(_)), "{wrong}: {told}");
    }
}

#[tokio::test]
async fn leads_that_came_in_a_moment_ago_are_left_out_and_that_is_said() {
    let town = busy().await;
    town.taken_in(50, 12 * 3_600).await;
    let done = town.run(&days(15, 15), after(evening(), 5), &steps(1_000)).await;
    assert_eq!((done.findings.leads, done.findings.too_young, done.findings.failed), (3, 1, 0));
}

#[tokio::test]
async fn the_rows_that_leads_are_found_by_are_put_again_when_that_is_asked_for() {
    let town = busy().await;
    town.booked(evening()).await;
    let by_delivery = async || town.rows("did#d1#202701").await;
    for row in by_delivery().await {
        town.delete(&row).await;
    }
    let found = town.reconciled(Asked { finders: true, ..days(15, 15) }, next_morning()).await;
    assert!(found.finders > 0 && !by_delivery().await.is_empty());
    assert_eq!(found, Findings { finders: found.finders, ..clean(3) });
    let leads = Some(vec![LeadId::from_ulid(Ulid(1))]);
    let found = town.reconciled(Asked { finders: true, leads, ..Asked::default() }, next_morning()).await;
    assert!(found.finders > 0 && found.leads == 1, "{found:?}");
}

#[tokio::test]
async fn a_run_is_given_up_when_the_tables_are_away_and_the_next_comes_further() {
    let town = busy().await;
    let leads = town.tables.tables().leads;
    town.tables.client().delete_table().table_name(leads).send().await.unwrap();
    let run = async || reconcile(&town.app(), &of_schedule(), next_morning(), &steps(1_000)).await;
    for _ in 0..2 {
        assert!(matches!(run().await, Err(Failure::GivenUp)));
    }
    let done = town.run(&of_schedule(), next_morning(), &steps(0)).await;
    let next = serde_json::to_value(done.next).unwrap();
    assert_eq!(next, json!({ "check": "leads", "day": "2026-11-17", "campid": "solar" }), "behind the ten latest");
    assert_eq!(done.findings.failed, 10);
}

#[tokio::test]
async fn records_that_cannot_be_read_are_counted_and_keep_nothing_else_from_being_compared() {
    let town = busy().await;
    let setup = town.tables.tables().setup;
    for kind in ["campaign", "supplier", "buyer"] {
        town.tables.spoil(&setup, (kind, "broken"), "r").await;
    }
    town.tables.spoil(&setup, ("campaign", "worse"), "v").await;
    let (found, runs) = town.scheduled(next_morning(), 20).await;
    assert_eq!(found, Findings { missing: 8, repaired: 8, failed: 2, ..clean(3) }, "each campaign once");
    assert!(runs > 2, "{runs}");
    assert_eq!(town.reconciled(days(15, 15), next_morning()).await, Findings { failed: 2, ..clean(3) });
}
