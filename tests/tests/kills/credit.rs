//! Buyers' credit: never spent twice, never below its floor, nothing lost, whatever fails and however many ask at once.

use domain::{
    buyer::Buyer,
    id::BuyerRef,
    lead::{Decision, DeliveryState, EditOrder, IllegalTransition, Lead, ReturnRequest, SkipReason, SoldStatus},
    money::Money,
};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{Credit, NoticeKind};
use tests::{Fault, Faults, Lab, LabBuyer, Reply};

use super::{
    buyer, by_a_second_worker, by_the_sweeper, kinds::save, lab, left_in_peace, only_approved, post,
    with_a_worker_held_up_at_each_call, with_every_fault,
};

/// What a lead costs in a lab.
const PRICE: i64 = 1_250;

fn pounds(minor: i64) -> Money {
    Money { minor, currency: "GBP".parse().unwrap() }
}

fn bid(number: usize) -> BuyerRef {
    format!("b{number}").parse().unwrap()
}

/// A lab whose buyers have paid in advance for so many leads each. With less than two left, the seller wants to know.
async fn paid_for(leads: &[i64], buyers: Vec<LabBuyer>) -> Lab {
    let lab = lab(1, buyers).await;
    for (place, leads) in leads.iter().enumerate() {
        let bid = bid(place + 1);
        let credit = json!({ "kind": "prepaid", "currency": "GBP", "low": { "amount": "25.00", "currency": "GBP" } });
        save::<Buyer>(&lab, json!({ "bid": bid, "name": bid, "credit": credit }), Some(1)).await;
        lab.tables.store().add_credit(&bid, pounds(leads * PRICE), "first", Vec::new()).await.unwrap();
    }
    lab
}

fn numbered_lead(number: usize) -> Value {
    json!({ "campid": "solar", "email": format!("ann{number}@example.com") })
}

fn is_with(lead: &Lead, did: &str) -> bool {
    lead.deliveries.get(&did.parse().unwrap()).is_some_and(|delivery| delivery.state.occupies_slot())
}

/// What a buyer owes for the lead, or may owe: a request that nobody knows of keeps what was set aside for it.
fn owed(lead: &Lead, bid: &BuyerRef) -> i64 {
    let own = lead.deliveries.values().filter(|delivery| delivery.bid.as_ref() == Some(bid));
    let owed = own.map(|delivery| match &delivery.state {
        DeliveryState::Accepted { sale } if sale.stands() => sale.price.minor,
        DeliveryState::Unknown { .. } | DeliveryState::AwaitingFeedback { .. } => PRICE,
        DeliveryState::Sending { .. } => panic!("it is at rest: {delivery:?}"),
        DeliveryState::Accepted { .. }
        | DeliveryState::Queued
        | DeliveryState::Held { .. }
        | DeliveryState::Retry { .. }
        | DeliveryState::Rejected { .. }
        | DeliveryState::Failed { .. }
        | DeliveryState::Skipped { .. } => 0,
    });
    owed.sum()
}

/// Checks that what is left to each buyer is what it has paid less what it owes, and that nothing stays set aside (I7).
/// What was left behind is for the sweeper, so it comes by first.
async fn verify_credit(lab: &mut Lab, paid: &[i64]) {
    lab.wait(SignedDuration::from_hours(1));
    assert!(lab.sweep(&Faults::default()).await, "without faults the sweeper comes to its end");
    let leads = lab.leads().await;
    for (place, paid) in paid.iter().enumerate() {
        let bid = bid(place + 1);
        let Credit { balance, reserved } = lab.tables.store().credit(&bid).await.unwrap().unwrap();
        let owed: i64 = leads.iter().map(|lead| owed(lead, &bid)).sum();
        assert_eq!((balance.minor, reserved.minor), (paid * PRICE - owed, 0), "of {bid}, with {leads:#?}");
        assert!(balance.minor >= 0, "{bid} has bought more than it has paid for");
    }
}

/// Two leads, and the money of the first buyer is enough for one; the faults meet the first lead.
async fn the_last_money(faults: Faults) {
    let mut lab = paid_for(&[1], vec![buyer("1", [Reply::accept("B-1")]), buyer("2", [Reply::accept("B-2")])]).await;
    post(&lab, &Faults::default(), None, &numbered_lead(1)).await;
    lab.drain(&faults).await;
    post(&lab, &Faults::default(), None, &numbered_lead(2)).await;
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    verify_credit(&mut lab, &[1]).await;
    lab.replay_everything().await;
    let leads = lab.leads().await;
    assert_eq!(leads.iter().filter(|lead| is_with(lead, "d1")).count(), 1, "the money is spent, once: {leads:#?}");
    let skipped = leads.iter().flat_map(|lead| lead.deliveries.values());
    let told = skipped.filter(|one| one.state == DeliveryState::Skipped { reason: SkipReason::Credit }).count();
    assert_eq!(told, 1, "the other lead is told why: {leads:#?}");
    let notices = lab.tables.store().notices(lab.now(), 10, None, None).await.unwrap().unwrap().items;
    let low = notices.iter().filter(|notice| notice.kind == NoticeKind::LowCredit).count();
    assert_eq!(low, 1, "the seller is told once: {notices:?}");
}

#[tokio::test]
async fn the_last_money_of_a_buyer_is_spent_once_and_never_lost_whatever_fails() {
    with_every_fault(the_last_money).await;
}

/// A buyer that refuses has its money back, and so has one that cannot be asked.
async fn refused(faults: Faults) {
    let capped = json!({ "caps": [{ "per": "total", "count": 1 }] });
    let refusing = LabBuyer { more: capped, ..buyer("1", [Reply::reject("no")]) };
    let mut lab = paid_for(&[1, 1], vec![refusing, buyer("2", [Reply::new(503, "busy")])]).await;
    post(&lab, &Faults::default(), None, &numbered_lead(1)).await;
    lab.drain(&faults).await;
    lab.verify().await;
    verify_credit(&mut lab, &[1, 1]).await;
    lab.verify_counts().await;
    lab.replay_everything().await;
}

#[tokio::test]
async fn what_is_refused_or_fails_costs_nothing_whatever_fails_beside() {
    with_every_fault(refused).await;
}

/// Makes a decision about the only lead, as often as it takes.
async fn decide<F>(lab: &Lab, faults: &Faults, decision: F) -> Lead
where
    F: Fn(&Lead, Timestamp) -> Result<Lead, IllegalTransition>,
{
    let id = only_approved(lab).await.id;
    for _ in 0..10 {
        let worker = lab.worker(faults).await;
        if let Some(Ok(Some(lead))) = faults.run(worker.decide(id, None, lab.now(), None, &decision)).await {
            return lead;
        }
    }
    panic!("no decision in ten tries");
}

/// The worker dies with the request, and long after its reservation is settled the seller says what became of it: sold at
/// another price, put right, and returned.
async fn told_late(faults: Faults) {
    let dying = Faults::default();
    let slow = Reply::accept("B-1").after(std::time::Duration::from_secs(60)).killing(&dying);
    let mut lab = paid_for(&[1], vec![buyer("1", [slow])]).await;
    post(&lab, &Faults::default(), None, &numbered_lead(1)).await;
    let message = lab.messages().await.remove(0);
    assert!(!lab.handle(&dying, &message).await, "the worker dies");
    lab.wait(SignedDuration::from_mins(1));
    assert!(lab.handle(&Faults::default(), &message).await, "the next one finds that nobody knows");
    verify_credit(&mut lab, &[1]).await;

    let did = "d1".parse().unwrap();
    let bought = Decision::Accepted { price: pounds(900), reference: None };
    let sold = decide(&lab, &faults, |lead, now| match lead.sold_status() {
        SoldStatus::Sold => Ok(lead.clone()),
        SoldStatus::Open | SoldStatus::Unsold | SoldStatus::Returned => lead.on_decided(&did, bought.clone(), now),
    });
    assert_eq!(sold.await.sold_status(), SoldStatus::Sold);
    verify_credit(&mut lab, &[1]).await;
    let order = EditOrder { order: "1", by: "seller", reason: "agreed by phone" };
    decide(&lab, &faults, |lead, now| lead.on_revenue_edited(None, None, pounds(1_000), order, now)).await;
    verify_credit(&mut lab, &[1]).await;
    let back = decide(&lab, &faults, |lead, now| match lead.sold_status() {
        SoldStatus::Returned => Ok(lead.clone()),
        SoldStatus::Open | SoldStatus::Unsold | SoldStatus::Sold => {
            lead.on_return_requested(&did, ReturnRequest::because("OTHER"), now)?.on_return_approved(&did, true, now)
        }
    });
    assert_eq!(back.await.sold_status(), SoldStatus::Returned);
    verify_credit(&mut lab, &[1]).await;
    let Credit { balance, .. } = lab.tables.store().credit(&bid(1)).await.unwrap().unwrap();
    assert_eq!(balance, pounds(PRICE));
}

#[tokio::test]
async fn a_late_word_an_edit_and_a_return_move_a_balance_once_each_whatever_fails() {
    with_every_fault(told_late).await;
}

async fn one_lead() -> Lab {
    let lab = paid_for(&[5], vec![buyer("1", [Reply::accept("B-1")])]).await;
    post(&lab, &Faults::default(), None, &numbered_lead(1)).await;
    lab
}

#[tokio::test]
async fn two_workers_with_one_message_spend_money_once_wherever_the_first_is_held_up() {
    with_a_worker_held_up_at_each_call(one_lead, by_a_second_worker, async |lab| {
        verify_credit(lab, &[5]).await;
        assert_eq!(lab.requests(), [1]);
    })
    .await;
}

#[tokio::test]
async fn money_that_is_given_back_while_its_worker_is_held_up_is_set_aside_anew() {
    let ready = async || left_in_peace(one_lead().await).await;
    with_a_worker_held_up_at_each_call(ready, by_the_sweeper, async |lab| {
        verify_credit(lab, &[5]).await;
        assert_eq!(lab.requests(), [1]);
    })
    .await;
}

#[tokio::test]
async fn what_is_set_aside_is_settled_though_its_buyer_has_no_credit_rule_any_more() {
    let mut lab = one_lead().await;
    let (message, quiet) = (lab.messages().await.remove(0), Faults::default());
    assert!(lab.handle(&quiet, &message).await);
    let reserving = quiet.calls().iter().position(|call| call.ends_with(".UpdateItem")).unwrap();

    let mut lab = one_lead().await;
    let message = lab.messages().await.remove(0);
    assert!(!lab.handle(&Faults::at([(reserving, Fault::KillAfter)]), &message).await, "the worker dies");
    let Credit { reserved, .. } = lab.tables.store().credit(&bid(1)).await.unwrap().unwrap();
    assert_eq!(reserved, pounds(PRICE));
    save::<Buyer>(&lab, json!({ "bid": "b1", "name": "b1" }), Some(2)).await;
    lab.wait(SignedDuration::from_mins(5));
    assert!(lab.sweep(&Faults::default()).await);
    let credit = lab.tables.store().credit(&bid(1)).await.unwrap().unwrap();
    assert_eq!(credit, Credit { balance: pounds(5 * PRICE), reserved: pounds(0) });
    lab.drain(&Faults::default()).await;
    let credit = lab.tables.store().credit(&bid(1)).await.unwrap().unwrap();
    assert_eq!((credit.balance, lab.requests()), (pounds(5 * PRICE), vec![1]), "it is sent a bill");
}

#[tokio::test]
async fn of_two_hundred_leads_at_once_each_buyer_gets_exactly_what_it_has_paid_for() {
    let mut lab =
        paid_for(&[50, 70], vec![buyer("1", [Reply::accept("B-1")]), buyer("2", [Reply::accept("B-2")])]).await;
    for number in 0..200 {
        post(&lab, &Faults::default(), None, &numbered_lead(number)).await;
    }
    for _ in 0..3 {
        let messages = lab.messages().await;
        let quiet = Faults::default();
        let handled = stream::iter(&messages).map(|message| lab.handle(&quiet, message)).buffer_unordered(200);
        assert!(handled.all(std::future::ready).await);
    }
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    verify_credit(&mut lab, &[50, 70]).await;
    let leads = lab.leads().await;
    let with = |did: &str| leads.iter().filter(|lead| is_with(lead, did)).count();
    assert_eq!((with("d1"), with("d2"), lab.requests()), (50, 70, vec![50, 70]));
    assert_eq!(leads.iter().filter(|lead| lead.sold_status() == SoldStatus::Unsold).count(), 80);
}
