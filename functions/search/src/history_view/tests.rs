//! A history as each of those who may read the lead is shown it.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use domain::{
    history::steps,
    id::{AttemptId, DeliveryRef},
    lead::{Clearing, Decision, EditOrder, Outcome, ReturnRequest, SkipReason, test_lead},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::Exchange;
use ulid::Ulid;

use super::*;

fn at(seconds: i64) -> Timestamp {
    "2026-11-05T10:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn did() -> DeliveryRef {
    "d1".parse().unwrap()
}

fn pounds(minor: i64) -> Money {
    Money { minor, currency: "GBP".parse().unwrap() }
}

fn seller() -> Actor {
    Actor::with_key(&Principal::Seller, &KeyId::root())
}

fn buyer() -> Principal {
    Principal::Buyer { bid: "b1".parse().unwrap() }
}

fn supplier() -> Principal {
    Principal::Supplier { sid: "s1".parse().unwrap() }
}

/// A lead on its way, with what was done to it.
struct Told {
    lead: Lead,
    entries: Vec<Entry>,
}

impl Told {
    fn new(lead: Lead) -> Self {
        Self { lead, entries: Vec::new() }
    }

    /// The lead is this from now on, by somebody.
    fn then(mut self, after: impl FnOnce(&Lead) -> Lead, by: Option<&Actor>) -> Self {
        let after = after(&self.lead);
        let after = by.map_or_else(|| after.clone(), |by| after.clone().touched_by(by));
        let after = Lead { version: self.lead.version + 1, ..after };
        for (index, step) in (0..).zip(steps(Some(&self.lead), &after)) {
            let n = u32::try_from(self.entries.len() + 1).unwrap();
            self.entries.push(Entry { n, version: after.version, index, by: by.cloned(), step });
        }
        self.lead = after;
        self
    }

    fn view(&self, viewer: &Principal) -> Value {
        let kept = History { entries: self.entries.clone(), broken: None };
        serde_json::to_value(HistoryView::new(&self.lead, &[attempt()], &kept, viewer)).unwrap()
    }

    /// Each entry on a line: when, by whom, what.
    fn lines(&self, viewer: &Principal) -> Vec<String> {
        let view = self.view(viewer);
        let line = |entry: &Value| {
            let since = entry["at"].as_str().unwrap().parse::<Timestamp>().unwrap().as_second() - at(0).as_second();
            format!("{since} {} {}", entry["by"].as_str().unwrap(), entry["what"].as_str().unwrap())
        };
        view["history"].as_array().unwrap().iter().map(line).collect()
    }
}

fn attempt() -> Attempt {
    Attempt {
        did: did(),
        number: 1,
        id: AttemptId::from_ulid(Ulid(7)),
        at: at(10),
        elapsed_ms: 40,
        correlation_id: None,
        heard: Exchange::NoAnswer { reason: "timed out".to_owned() },
        outcome: Outcome::Failed { reason: "timed out".to_owned() },
    }
}

/// Given to `b1`, who does not answer.
fn unknown() -> Told {
    let id = attempt().id;
    let lead = test_lead(at(0)).on_queued(&did(), Some("b1".parse().unwrap()), at(0)).unwrap();
    let lead = lead.on_skipped(&"d2".parse().unwrap(), Some("b2".parse().unwrap()), SkipReason::Credit, at(1)).unwrap();
    let lead = lead.on_intent(&did(), 1, id, at(10), at(50)).unwrap();
    let outcome = Outcome::Unknown { reason: "timed out".to_owned(), clearing: Clearing::ByAnswer(at(900)) };
    Told::new(lead.on_outcome(&did(), &id, 1, outcome, at(20)).unwrap())
}

/// Settled by the seller, returned by the buyer, and its payout put right.
fn returned() -> Told {
    let by_buyer = Actor::with_file(buyer(), ReturnFileId::from_ulid(Ulid(9)));
    let sold = Decision::Accepted { price: pounds(900), reference: None };
    let order = EditOrder { order: "one", by: "root", reason: "agreed" };
    unknown()
        .then(|lead| lead.on_decided(&did(), sold, at(100)).unwrap(), Some(&seller()))
        .then(|lead| lead.on_payout_edited(pounds(400), order, at(150)).unwrap(), Some(&seller()))
        .then(
            |lead| lead.on_return_requested(&did(), ReturnRequest::because("DUPE"), at(200)).unwrap(),
            Some(&by_buyer),
        )
        .then(|lead| lead.on_return_approved(&did(), true, at(300)).unwrap(), None)
}

#[test]
fn the_seller_sees_all_of_it_oldest_first() {
    assert_eq!(
        unknown().lines(&Principal::Seller),
        ["0 supplier received", "1 system skipped", "10 system handed_over", "20 system unknown"]
    );
    assert_eq!(
        returned().lines(&Principal::Seller),
        [
            "0 supplier received",
            "1 system skipped",
            "10 system handed_over",
            "100 seller settled",
            "150 seller payout_updated",
            "200 buyer return_requested",
            "300 system returned",
        ],
        "what is settled is told once"
    );
    let history = &returned().view(&Principal::Seller)["history"];
    let (settled, asked, back) = (&history[3], &history[5], &history[6]);
    assert_eq!((&settled["key_id"], &settled["code"]), (&json!("root"), &json!("accepted")));
    let revenue =
        json!({ "before": { "amount": "0.00", "currency": "GBP" }, "after": { "amount": "9.00", "currency": "GBP" } });
    assert_eq!(settled["revenue"], revenue);
    assert_eq!(asked["file_id"], json!("rfile_00000000000000000000000009"));
    assert_eq!(asked["return_id"], json!("return_00000000000000000000000001.1.d1"));
    assert_eq!((&back["code"], &back["payout"]["before"]["amount"]), (&json!("DUPE"), &json!("4.00")));
    assert_eq!(history[1]["code"], json!("credit"));
}

#[test]
fn a_supplier_sees_what_became_of_its_lead_and_nothing_of_who_had_it() {
    let told = returned();
    let expected = ["0 supplier received", "150 seller payout_updated", "300 system returned"];
    assert_eq!(told.lines(&supplier()), expected);
    let view = told.view(&supplier()).to_string();
    for hidden in ["d1", "d2", "b1", "b2", "root", "rfile", "9.00", "revenue", "intact"] {
        assert!(!view.contains(hidden), "{hidden} in {view}");
    }
}

#[test]
fn a_buyer_sees_its_own_deliveries_and_not_what_they_earn() {
    let told = returned();
    let expected = [
        "0 supplier received",
        "10 system handed_over",
        "100 seller settled",
        "200 buyer return_requested",
        "300 system returned",
    ];
    assert_eq!(told.lines(&buyer()), expected);
    let view = told.view(&buyer()).to_string();
    for hidden in ["d2", "b2", "root", "rfile", "4.00", "payout", "intact"] {
        assert!(!view.contains(hidden), "{hidden} in {view}");
    }
    let other = Principal::Buyer { bid: "b3".parse().unwrap() };
    assert_eq!(told.lines(&other), ["0 supplier received"]);
}

#[test]
fn the_seller_is_told_whether_the_history_is_to_be_believed_and_nobody_else() {
    let whole = returned().view(&Principal::Seller);
    assert_eq!((&whole["history_intact"], whole.get("history_broken_at")), (&json!(true), None));
    assert_eq!(whole.get("history_missing"), None);
    let mut told = returned();
    told.entries.pop();
    assert_eq!(told.view(&Principal::Seller)["history_missing"], json!(1), "the end is cut off");
    let kept = History { entries: told.entries.clone(), broken: Some(BrokenAt(2)) };
    let shown = |viewer: &Principal| serde_json::to_value(HistoryView::new(&told.lead, &[], &kept, viewer)).unwrap();
    let broken = shown(&Principal::Seller);
    assert_eq!((&broken["history_intact"], &broken["history_broken_at"]), (&json!(false), &json!(2)));
    for viewer in [buyer(), supplier()] {
        assert_eq!(shown(&viewer).as_object().unwrap().keys().collect::<Vec<_>>(), ["history"]);
    }
}

#[test]
fn what_came_late_is_shown_in_its_place() {
    let mut told = returned();
    let last = told.entries.len() - 1;
    told.entries.swap(last, last - 1);
    assert_eq!(told.lines(&Principal::Seller), returned().lines(&Principal::Seller));
}
