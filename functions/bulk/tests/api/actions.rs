//! Each action: what it does to a lead, which ones it leaves as they are, and that a dry run says the same before.

use domain::{
    id::BulkJobId,
    lead::{Approval, Lead, SoldStatus},
};
use lambda::test_api::pounds;
use serde_json::{Value, json};

use crate::{
    harness::{Api, at_once, figures, moved, take_back, update_payout, update_revenue, with},
    leads::{aside, id, open, sold, sold_twice, turned_down},
};

/// An order, leads of which it changes the first, and why not the others.
struct Story {
    order: Value,
    leads: Vec<Lead>,
    refusals: &'static [&'static str],
    moved: Vec<(String, String)>,
}

/// What a story comes to: the lead that is changed, before and after, by this job.
struct Told {
    api: Api,
    job: BulkJobId,
    before: Lead,
    after: Lead,
}

impl Story {
    /// Has it looked at, and then carried out.
    async fn told(self) -> Told {
        let api = Api::start().await;
        api.put(&self.leads).await;
        let ids: Vec<_> = self.leads.iter().map(|lead| lead.id).collect();
        let before = api.leads(&ids).await;
        let dry = api.ordered_for(&with(&self.order, json!({ "dry_run": true })), &ids).await;
        api.work(at_once()).await;
        assert_eq!((api.leads(&ids).await, api.sent()), (before.clone(), Vec::new()), "a dry run changes nothing");
        let job = api.ordered_for(&self.order, &ids).await;
        api.work(at_once()).await;

        let (seen, done) = (api.job(dry).await, api.job(job).await);
        let skipped = u64::try_from(self.refusals.len()).unwrap();
        let counts = vec![skipped + 1, skipped + 1, 1, skipped, 0];
        assert_eq!(figures(&done), (counts, self.moved), "{done:#}");
        assert_eq!((figures(&seen), &seen["state"], &done["state"]), (figures(&done), &json!("done"), &json!("done")));
        let page = async |job| api.get(&format!("/v1/bulk/{job}/outcomes")).await.ok();
        assert_eq!(page(dry).await, page(job).await);
        let outcomes = api.outcomes(job).await;
        assert_eq!((outcomes[0].as_str(), outcomes[1..].join(" ")), ("changed", self.refusals.join(" ")));
        let after = api.leads(&ids).await;
        assert_eq!(after[1..], before[1..], "a lead that is left as it is, is not written");
        assert_eq!((after[0].version, after[0].jobs.as_slice()), (before[0].version + 1, [job].as_slice()));
        // Once more, by a message that comes twice.
        api.turn(job, at_once()).await.unwrap();
        assert_eq!((api.leads(&ids).await, api.job(job).await), (after.clone(), done));
        let [before, after] = [before, after].map(|leads| leads.into_iter().next().unwrap());
        Told { api, job, before, after }
    }
}

fn none() -> Vec<(String, String)> {
    Vec::new()
}

#[tokio::test]
async fn redeliver_sets_deliveries_going_again_and_tells_their_workers() {
    let leads = vec![turned_down(1), sold(2), open(3)];
    let refusals = &["nothing_failed", "nothing_failed"];
    let order = json!({ "action": "redeliver" });
    let told = Story { order, leads, refusals, moved: none() }.told().await;
    assert_eq!(told.after.deliveries[&"d1".parse().unwrap()].round, 2, "{:#?}", told.after);
    assert_eq!(told.api.sent(), ["d1 2"]);
}

#[tokio::test]
async fn redeliver_goes_to_the_deliveries_that_are_named() {
    let leads = vec![turned_down(1), sold(2), open(3)];
    let refusals = &["not_redeliverable", "no_such_delivery"];
    let order = json!({ "action": "redeliver", "params": { "deliveries": ["d1", "d2"] } });
    let told = Story { order, leads, refusals, moved: none() }.told().await;
    assert_eq!(told.api.sent(), ["d1 2"]);
}

#[tokio::test]
async fn return_takes_sales_back_with_what_their_suppliers_earned() {
    let leads = vec![sold(1), open(2), sold_twice(3), turned_down(4)];
    let refusals = &["not_sold", "ambiguous", "not_sold"];
    let told = Story { order: take_back(), leads, refusals, moved: moved("-12.50", "-5.00") }.told().await;
    assert_eq!((told.before.sold_status(), told.after.sold_status()), (SoldStatus::Sold, SoldStatus::Returned));
    let (.., sale) = told.after.sales().next().unwrap();
    let orders: Vec<_> = sale.returns().map(|back| back.order.clone()).collect();
    assert_eq!(orders, [Some(told.job.to_string())]);
}

#[tokio::test]
async fn return_may_leave_suppliers_what_they_earned_and_name_the_buyer() {
    let order = json!({
        "action": "return", "params": { "reason": "OTHER", "comment": "agreed", "reverse_payout": false, "bid": "b2" },
    });
    let leads = vec![sold_twice(1), sold(2)];
    let told = Story { order, leads, refusals: &["not_sold"], moved: moved("-12.50", "0.00") }.told().await;
    assert_eq!(told.after.revenue().unwrap().minor, 1_250);
}

#[tokio::test]
async fn update_payout_puts_right_what_suppliers_earn() {
    let leads = vec![sold(1), open(2), aside(3)];
    let refusals = &["not_earned", "not_earned"];
    let told = Story { order: update_payout("7.00"), leads, refusals, moved: moved("0.00", "2.00") }.told().await;
    let edits: Vec<_> = told.after.edits.iter().map(|edit| edit.order.clone()).collect();
    assert_eq!((edits, told.after.earned_payout().unwrap().minor), (vec![told.job.to_string()], 700));
}

#[tokio::test]
async fn what_is_so_already_is_left_as_it_is() {
    let api = Api::start().await;
    api.put(&[sold(1)]).await;
    let before = api.lead(id(1)).await;
    let job = api.ordered_for(&update_payout("5.00"), &[id(1)]).await;
    api.work(at_once()).await;
    assert_eq!((api.outcomes(job).await, api.lead(id(1)).await), (vec!["unchanged".to_owned()], before));
    assert_eq!(api.job(job).await["moved"], json!([]));
}

#[tokio::test]
async fn update_revenue_puts_right_what_buyers_pay() {
    let leads = vec![sold(1), turned_down(2), sold_twice(3), aside(4)];
    let refusals = &["not_sold", "name_the_buyer", "not_approved"];
    let told = Story { order: update_revenue("10.00"), leads, refusals, moved: moved("-2.50", "0.00") }.told().await;
    let edits: Vec<_> = told.after.edits.iter().map(|edit| edit.order.clone()).collect();
    assert_eq!((edits, told.after.revenue().unwrap().minor), (vec![told.job.to_string()], 1_000));
}

#[tokio::test]
async fn release_lets_leads_go_on_to_buyers() {
    let leads = vec![aside(1), open(2), sold(3)];
    let refusals = &["not_quarantined", "not_quarantined"];
    let told = Story { order: json!({ "action": "release" }), leads, refusals, moved: none() }.told().await;
    assert_eq!(told.after.approval, Approval::Approved);
    assert_eq!(told.api.sent(), ["d1 1"]);
}

#[tokio::test]
async fn a_lead_that_is_released_as_a_duplicate_is_not_said_to_be_released() {
    let api = Api::start().await;
    let same = Lead { fields: aside(1).fields, ..aside(2) };
    api.put(&[aside(1), same]).await;
    let order = json!({ "action": "release" });
    for (number, outcome) in [(1, "changed"), (2, "duplicate")] {
        let job = api.ordered_for(&order, &[id(number)]).await;
        api.work(at_once()).await;
        assert_eq!(api.outcomes(job).await, [outcome]);
        // Who goes on behind a crash says the same.
        api.turn(job, at_once()).await.unwrap();
        let view = api.job(job).await;
        assert_eq!(
            (&view["changed"], &view["skipped"]),
            (&json!(u8::from(number == 1)), &json!(u8::from(number == 2)))
        );
    }
}

#[tokio::test]
async fn reject_turns_leads_away_and_says_why() {
    let leads = vec![aside(1), open(2)];
    let order = json!({ "action": "reject", "params": { "reason": " not reachable " } });
    let told = Story { order, leads, refusals: &["not_quarantined"], moved: none() }.told().await;
    let Approval::Rejected { reason, .. } = &told.after.approval else { unreachable!("{:#?}", told.after) };
    assert_eq!((reason.as_str(), told.api.sent()), ("not reachable", Vec::new()));
}

#[tokio::test]
async fn what_is_moved_is_added_up_over_all_leads() {
    let api = Api::start().await;
    let leads: Vec<Lead> = (1..=120).map(sold).collect();
    api.put(&leads).await;
    let ids: Vec<_> = leads.iter().map(|lead| lead.id).collect();
    let dry = api.ordered_for(&with(&take_back(), json!({ "dry_run": true })), &ids).await;
    let job = api.ordered_for(&take_back(), &ids).await;
    api.work(at_once()).await;
    api.turn(job, at_once()).await.unwrap();
    let done = api.job(job).await;
    assert_eq!(figures(&done), (vec![120, 120, 120, 0, 0], moved("-1500.00", "-600.00")));
    assert_eq!(figures(&api.job(dry).await), figures(&done));
    assert_eq!(done["moved"], json!([{ "revenue": pounds("-1500.00"), "payout": pounds("-600.00") }]));
}
