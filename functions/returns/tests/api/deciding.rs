//! What the seller decides about returns: one and many, again, and against what was decided before.

use domain::lead::{Lead, PayoutState, SoldStatus};
use lambda::test_api::{Answer, pounds};
use serde_json::{Value, json};

use crate::{
    harness::{Api, Returned},
    sales::{answered, at_once, by_approval, form, form_with, hours_ago, id, sold},
};

/// Leads 1 to 3, which `b1` has asked to return.
async fn asked() -> Api {
    let api = Api::start().await;
    api.put(&[1, 2, 3].map(|number| sold(number, &[("d1", "b1")], &by_approval()))).await;
    let forms = [1, 2, 3].map(|number| form_with(number, json!({ "comment": "no such number" })));
    let answer = api.by("b1").post("/v1/returns", &json!({ "returns": forms })).await;
    assert_eq!(answer.outcomes(), ["requested"; 3]);
    api
}

/// What the return of a lead is called.
fn name(number: u128) -> String {
    format!("return_{}.1.d1", id(number).ulid())
}

async fn decide(api: &Api, number: u128, word: &str, body: Value) -> Answer {
    api.post(&format!("/v1/returns/{}/{word}", name(number)), &body).await
}

fn because(reason: &str) -> Value {
    json!({ "reason": reason })
}

fn status(lead: &Lead) -> (SoldStatus, PayoutState) {
    (lead.sold_status(), lead.payout.state)
}

#[tokio::test]
async fn an_approved_return_takes_the_sale_back_and_says_what_moves() {
    let api = asked().await;
    let told = decide(&api, 1, "approve", json!({})).await.ok();
    assert_eq!(
        (&told["state"], &told["revenue_back"], &told["payout_back"], &told["reverse_payout"]),
        (&json!("approved"), &pounds("12.50"), &pounds("5.00"), &json!(true)),
        "{told:#}"
    );
    assert_eq!(status(&api.lead(id(1)).await), (SoldStatus::Returned, PayoutState::Reversed));
    let kept = decide(&api, 2, "approve", json!({ "reverse_payout": false })).await.ok();
    assert_eq!((&kept["payout_back"], &kept["reverse_payout"]), (&Value::Null, &json!(false)));
    assert_eq!(status(&api.lead(id(2)).await), (SoldStatus::Returned, PayoutState::Earned));
}

#[tokio::test]
async fn a_rejected_return_leaves_the_sale_and_tells_the_buyer_why() {
    let api = asked().await;
    let before = api.lead(id(1)).await;
    decide(&api, 1, "reject", because("it rang when we called")).await.ok();
    assert_eq!(status(&api.lead(id(1)).await), status(&before));
    let told = api.by("b1").get(&format!("/v1/returns/{}", name(1))).await.ok();
    assert_eq!((&told["state"], &told["why"]), (&json!("refused"), &json!("it rang when we called")));
    let again = api.by("b1").post("/v1/returns", &form(1, "OTHER")).await;
    assert_eq!((again.outcomes(), again.return_id()), (vec!["requested".to_owned()], name(1).replace(".1.", ".2.")));
    assert_eq!(decide(&api, 1, "approve", json!({})).await.refusal(), "409 superseded");
}

#[tokio::test]
async fn an_undone_return_leaves_the_sale_as_if_it_had_not_come_back() {
    let api = asked().await;
    let before = api.lead(id(1)).await;
    decide(&api, 1, "approve", json!({})).await.ok();
    let told = decide(&api, 1, "undo", because("a mistake of ours")).await.ok();
    assert_eq!((&told["state"], &told["why"]), (&json!("undone"), &json!("a mistake of ours")));
    assert_eq!((&told["revenue_back"], &told["payout_back"]), (&Value::Null, &Value::Null));
    let after = api.lead(id(1)).await;
    assert_eq!(status(&after), (SoldStatus::Sold, PayoutState::Earned));
    assert_eq!((after.revenue(), after.earned_payout()), (before.revenue(), before.earned_payout()));
}

#[tokio::test]
async fn a_decision_that_comes_again_is_answered_alike_and_changes_nothing() {
    let api = asked().await;
    for (number, word, body) in [
        (1, "approve", json!({})),
        (2, "reject", because("no")),
        (3, "approve", json!({ "reverse_payout": false })),
        (3, "undo", because("no")),
    ] {
        let first = decide(&api, number, word, body.clone()).await.ok();
        let before = api.lead(id(number)).await;
        let again = decide(&api, number, word, body).await.ok();
        assert_eq!((again, api.lead(id(number)).await), (first, before), "{word}");
    }
}

#[tokio::test]
async fn a_decision_against_what_was_decided_is_409_and_changes_nothing() {
    let api = asked().await;
    decide(&api, 1, "approve", json!({})).await.ok();
    decide(&api, 2, "reject", because("no")).await.ok();
    for (number, word, body, expected) in [
        (1, "reject", because("no"), "409 decided_otherwise"),
        (1, "approve", json!({ "reverse_payout": false }), "409 decided_otherwise"),
        (2, "approve", json!({}), "409 decided_otherwise"),
        (2, "reject", because("for another reason"), "409 decided_otherwise"),
        (2, "undo", because("no"), "409 decided_otherwise"),
        (3, "undo", because("no"), "409 not_decided"),
    ] {
        let before = api.lead(id(number)).await;
        assert_eq!(decide(&api, number, word, body).await.refusal(), expected, "{word} {number}");
        assert_eq!(api.lead(id(number)).await, before);
    }
}

#[tokio::test]
async fn a_return_that_is_not_there_is_404_and_one_that_cannot_be_too() {
    let api = asked().await;
    let ulid = id(1).ulid();
    for name in [
        name(99),
        format!("return_{ulid}.2.d1"),
        format!("return_{ulid}.1.d2"),
        format!("return_{ulid}.0.d1"),
        id(1).to_string(),
    ] {
        for (word, body) in [("approve", json!({})), ("reject", because("no")), ("undo", because("no"))] {
            let answer = api.post(&format!("/v1/returns/{name}/{word}"), &body).await;
            assert_eq!(answer.refusal(), "404 not_found", "{name}/{word}");
        }
        assert_eq!(api.get(&format!("/v1/returns/{name}")).await.refusal(), "404 not_found", "{name}");
    }
}

#[tokio::test]
async fn only_the_seller_decides() {
    let api = asked().await;
    let before = api.lead(id(1)).await;
    let many = json!({ "decisions": [{ "return_id": name(1), "decision": "approve" }] });
    for caller in ["b1", "b2", "s1"] {
        let by = api.by(caller);
        assert_eq!(decide(&by, 1, "approve", json!({})).await.status, 403, "{caller}");
        assert_eq!(decide(&by, 1, "reject", because("no")).await.status, 403, "{caller}");
        assert_eq!(decide(&by, 1, "undo", because("no")).await.status, 403, "{caller}");
        assert_eq!(by.post("/v1/return-decisions", &many).await.status, 403, "{caller}");
    }
    assert_eq!(api.by("").post("/v1/return-decisions", &many).await.status, 401);
    assert_eq!(api.lead(id(1)).await, before);
}

#[tokio::test]
async fn each_of_many_decisions_stands_alone_in_the_order_of_the_request() {
    let api = asked().await;
    let decisions = json!({ "decisions": [
        { "return_id": name(2), "decision": "reject", "reason": "it rang" },
        { "return_id": name(99), "decision": "approve" },
        { "return_id": name(1), "decision": "approve", "reverse_payout": false },
        { "return_id": name(3), "decision": "undo", "reason": "it rang" },
        { "return_id": name(1).replace(".1.", ".2."), "decision": "approve" },
    ]});
    let first = api.post("/v1/return-decisions", &decisions).await.ok();
    let told: Vec<String> = first["items"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(told, ["done refused", "not_found", "done approved", "not_done not_decided", "not_found"]);
    assert_eq!(status(&api.lead(id(1)).await), (SoldStatus::Returned, PayoutState::Earned));
    let before = [api.lead(id(1)).await, api.lead(id(2)).await, api.lead(id(3)).await];
    assert_eq!(api.post("/v1/return-decisions", &decisions).await.ok(), first, "safe to send again");
    assert_eq!([api.lead(id(1)).await, api.lead(id(2)).await, api.lead(id(3)).await], before);
}

fn told(item: &Value) -> String {
    let (outcome, state, code) = (&item["outcome"], &item["state"], &item["code"]);
    [outcome, state, code].into_iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_returns_of_one_lead_are_decided_side_by_side() {
    let api = Api::start().await;
    let through: Vec<(String, String)> = (1..=2).map(|at| (format!("d{at}"), format!("b{at}"))).collect();
    let through: Vec<(&str, &str)> = through.iter().map(|(did, bid)| (did.as_str(), bid.as_str())).collect();
    api.put(&[sold(1, &through, &by_approval())]).await;
    for buyer in ["b1", "b2"] {
        assert_eq!(api.by(buyer).post("/v1/returns", &form(1, "OTHER")).await.outcomes(), ["requested"]);
    }
    let one = |did: &str| json!({ "return_id": name(1).replace("d1", did), "decision": "approve" });
    let answer = api.post("/v1/return-decisions", &json!({ "decisions": [one("d1"), one("d2")] })).await.ok();
    let told: Vec<String> = answer["items"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(told, ["done approved"; 2]);
    assert_eq!(status(&api.lead(id(1)).await), (SoldStatus::Returned, PayoutState::Reversed));
}

#[tokio::test]
async fn a_return_cannot_be_undone_while_others_have_the_lead_in_its_place() {
    let api = Api::start().await;
    let lead = sold(1, &[("d1", "b1")], &at_once());
    let asked =
        lead.on_return_requested(&"d1".parse().unwrap(), domain::lead::ReturnRequest::because("DUPE"), hours_ago(1));
    let back = asked.unwrap().on_return_approved(&"d1".parse().unwrap(), true, hours_ago(1)).unwrap();
    let again = back.on_reoffered(&"d1".parse().unwrap()).unwrap();
    let again = [("d2", "b2"), ("d3", "b2")]
        .into_iter()
        .fold(again, |lead, through| answered(&lead, through, &at_once(), true, lambda::now()));
    api.put(std::slice::from_ref(&again)).await;
    assert_eq!(decide(&api, 1, "undo", because("no")).await.refusal(), "409 sold_again");
    assert_eq!(api.lead(id(1)).await, again);
}

#[tokio::test]
async fn decisions_that_mean_nothing_are_refused_as_a_whole() {
    let api = asked().await;
    let one = json!({ "return_id": name(1), "decision": "approve" });
    let many: Vec<Value> =
        (1..=101).map(|number| json!({ "return_id": name(number), "decision": "approve" })).collect();
    let with = |more: Value| {
        let mut decision = one.clone();
        decision.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "decisions": [decision] })
    };
    for (body, expected) in [
        (json!({ "decisions": [] }), "422 invalid decisions:count"),
        (json!({ "decisions": many }), "422 invalid decisions:count"),
        (json!({ "decisions": [one, one] }), "422 invalid decisions.1.return_id:repeated"),
        (with(json!({ "decision": "reject" })), "422 invalid decisions.0.reason:required"),
        (with(json!({ "decision": "undo", "reason": "" })), "422 invalid decisions.0.reason:length"),
        (with(json!({ "reason": "why not" })), "422 invalid decisions.0.reason:not_for_decision"),
        (
            with(json!({ "decision": "reject", "reason": "no", "reverse_payout": true })),
            "422 invalid decisions.0.reverse_payout:not_for_decision",
        ),
        (with(json!({ "return_id": "1" })), "422 invalid_body decisions.0.return_id:invalid"),
    ] {
        assert_eq!(api.post("/v1/return-decisions", &body).await.refusal(), expected, "{body}");
    }
    assert_eq!(decide(&api, 1, "reject", because("")).await.refusal(), "422 invalid reason:length");
    assert_eq!(decide(&api, 1, "reject", json!({})).await.refusal(), "422 invalid_body reason:required");
    assert!(decide(&api, 1, "approve", because("no")).await.refusal().starts_with("422 invalid_body"));
    assert!(api.lead(id(1)).await.sale(&"d1".parse().unwrap()).unwrap().stands());
}
