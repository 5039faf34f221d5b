//! What becomes of wishes to return sales: each way it can go.

use domain::{
    campaign::Campaign,
    delivery::Delivery,
    journal::events,
    lead::{Lead, PayoutState, SoldStatus},
};
use lambda::test_api::pounds;
use serde_json::{Value, json};
use ulid::Ulid;

use crate::{
    harness::{Api, Returned},
    sales::{answered, at_once, by_approval, form, form_with, hours_ago, id, sold, sold_at},
};

const PATH: &str = "/v1/returns";

/// With these leads, whose sales are booked.
async fn api(leads: &[Lead]) -> Api {
    let api = Api::start().await;
    api.put(leads).await;
    api
}

/// One lead sold to `b1` on these terms.
async fn sold_on(terms: &Value) -> Api {
    api(&[sold(1, &[("d1", "b1")], terms)]).await
}

fn status(lead: &Lead) -> (SoldStatus, PayoutState) {
    (lead.sold_status(), lead.payout.state)
}

#[tokio::test]
async fn a_return_on_terms_without_approval_takes_effect_at_once() {
    let api = sold_on(&at_once()).await;
    let answer = api.by("b1").post(PATH, &form(1, "INVALID_PHONE")).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let name = format!("return_{}.1.d1", id(1).ulid());
    assert_eq!(answer.json, json!({ "lead_id": id(1), "outcome": "returned", "return_id": name }));
    assert_eq!(status(&api.lead(id(1)).await), (SoldStatus::Returned, PayoutState::Reversed));
}

#[tokio::test]
async fn a_return_by_approval_or_without_terms_is_a_request_and_the_sale_stands() {
    for terms in [by_approval(), Value::Null] {
        let api = sold_on(&terms).await;
        let answer = api.by("b1").post(PATH, &form(1, "INVALID_PHONE")).await;
        assert_eq!((answer.status, answer.outcomes()), (201, vec!["requested".to_owned()]));
        assert_eq!(status(&api.lead(id(1)).await), (SoldStatus::Sold, PayoutState::Earned));
    }
}

#[tokio::test]
async fn what_is_returned_or_asked_for_is_already_returned_whoever_wants_it_and_names_its_return() {
    for terms in [at_once(), by_approval()] {
        let api = sold_on(&terms).await;
        let first = api.by("b1").post(PATH, &form(1, "DUPE")).await;
        let before = api.lead(id(1)).await;
        for caller in ["b1", "seller"] {
            let again = api.by(caller).post(PATH, &form(1, "OTHER")).await;
            assert_eq!((again.status, again.outcomes()), (422, vec!["already_returned".to_owned()]));
            assert_eq!(again.json["return_id"], first.json["return_id"]);
            assert!(again.json["detail"].is_string());
        }
        assert_eq!(api.lead(id(1)).await, before);
    }
}

#[tokio::test]
async fn each_of_many_has_its_own_outcome_in_the_order_of_the_request() {
    let refused = answered(&sold(4, &[], &Value::Null), ("d1", "b1"), &Value::Null, false, hours_ago(1));
    let api = api(&[
        sold(1, &[("d1", "b1")], &at_once()),
        sold(2, &[("d1", "b1")], &by_approval()),
        sold(3, &[("d2", "b2")], &at_once()),
        refused,
        sold_at(5, &[("d1", "b1")], &at_once(), hours_ago(24 * 32)),
        sold(6, &[("d1", "b1"), ("d3", "b1")], &at_once()),
        sold(7, &[("d1", "b1")], &json!({ "window_days": 30, "max_share_percent": 50 })),
    ])
    .await;
    let cases = [
        (form(7, "OTHER"), "over_cap"),
        (form(99, "OTHER"), "not_found"),
        (form(2, "OTHER"), "requested"),
        (form(1, "OTHER"), "returned"),
        (form(1, "DUPE"), "already_returned"),
        (form(3, "OTHER"), "not_yours"),
        (form_with(1, json!({ "bid": "b2" })), "not_yours"),
        (form(4, "OTHER"), "not_sold"),
        (form(5, "OTHER"), "window_expired"),
        (form(6, "OTHER"), "ambiguous"),
        (form_with(6, json!({ "did": "d3" })), "returned"),
        (form(6, "BORED"), "ambiguous"),
        (form_with(6, json!({ "reason": "BORED", "did": "d1" })), "reason_not_allowed"),
    ];
    let (forms, expected): (Vec<Value>, Vec<&str>) = cases.into_iter().unzip();
    let answer = api.by("b1").post(PATH, &json!({ "returns": forms })).await;
    assert_eq!(
        (answer.status, answer.outcomes()),
        (200, expected.into_iter().map(str::to_owned).collect()),
        "{}",
        answer.text
    );
    let items = answer.json["items"].clone();
    for (item, form) in items.as_array().unwrap().iter().zip(&forms) {
        assert_eq!(item["lead_id"], form["lead_id"]);
        let (outcome, has_id) = (item["outcome"].as_str().unwrap(), item["return_id"].is_string());
        assert_eq!(has_id, ["returned", "requested", "already_returned"].contains(&outcome), "{item}");
        assert_eq!(item["detail"].is_string(), !["returned", "requested"].contains(&outcome), "{item}");
    }
    let six = api.lead(id(6)).await;
    assert_eq!((six.standing_sales().count(), six.revenue().unwrap().minor), (1, 1_250));
}

#[tokio::test]
async fn one_that_cannot_be_done_is_422_with_why_and_what_to_do() {
    let api = api(&[sold(6, &[("d1", "b1"), ("d3", "b1")], &at_once())]).await;
    let answer = api.by("b1").post(PATH, &form(6, "OTHER")).await;
    let detail = "It was sold more than once; name the delivery as did: d1, d3.";
    assert_eq!(answer.status, 422);
    assert_eq!(answer.json, json!({ "lead_id": id(6), "outcome": "ambiguous", "detail": detail }));
}

#[tokio::test]
async fn the_seller_names_the_buyer_where_several_have_the_lead_and_says_what_becomes_of_the_payout() {
    let api = api(&[
        sold(1, &[("d1", "b1"), ("d2", "b2")], &by_approval()),
        sold_at(2, &[("d1", "b1")], &json!({ "window_days": 1 }), hours_ago(24 * 40)),
    ])
    .await;
    assert_eq!(api.post(PATH, &form(1, "OTHER")).await.outcomes(), ["ambiguous"]);
    assert_eq!(api.post(PATH, &form_with(1, json!({ "bid": "b3" }))).await.outcomes(), ["not_sold"]);
    let named = api.post(PATH, &form_with(1, json!({ "bid": "b2" }))).await;
    assert_eq!(named.outcomes(), ["returned"], "the seller asks nobody");
    assert_eq!(status(&api.lead(id(1)).await), (SoldStatus::Sold, PayoutState::Earned), "somebody has it still");
    let kept = form_with(2, json!({ "reverse_payout": false }));
    assert_eq!(api.post(PATH, &kept).await.outcomes(), ["returned"], "no window binds the seller");
    assert_eq!(status(&api.lead(id(2)).await), (SoldStatus::Returned, PayoutState::Earned));
}

#[tokio::test]
async fn a_share_of_the_sales_that_are_booked_may_come_back_and_no_more() {
    let half = json!({ "window_days": 30, "approval": true, "max_share_percent": 50 });
    let leads = [1, 2, 3, 4].map(|number| sold_at(number, &[("d1", "b1")], &half, lambda::now()));
    let api = api(&leads).await;
    for (lead, draw) in leads.iter().zip(1..) {
        let sales = events(lead).unwrap().into_iter().map(|event| (lead.id, event)).collect();
        api.store().book(sales, Ulid(draw << 32), lambda::now()).await.unwrap();
    }
    let own = api.by("b1");
    let first = own.post(PATH, &form(1, "OTHER")).await;
    assert_eq!(first.outcomes(), ["requested"], "{}", first.text);
    assert_eq!(own.post(PATH, &form(2, "OTHER")).await.outcomes(), ["requested"]);
    let third = own.post(PATH, &form(3, "OTHER")).await;
    assert_eq!((third.status, third.outcomes()), (422, vec!["over_cap".to_owned()]));
    assert!(third.json["detail"].as_str().unwrap().contains("that is 2, and 2 are"), "{}", third.text);
    assert_eq!(api.post(PATH, &form(4, "OTHER")).await.outcomes(), ["returned"], "the seller's own are not counted");
    let reject = format!("{PATH}/{}/reject", first.return_id());
    api.post(&reject, &json!({ "reason": "it rang" })).await.ok();
    assert_eq!(own.post(PATH, &form(3, "OTHER")).await.outcomes(), ["requested"], "what is refused makes room");
}

#[tokio::test]
async fn a_body_that_means_nothing_is_refused_as_a_whole() {
    let api = sold_on(&at_once()).await;
    let one = form(1, "OTHER");
    let many: Vec<&Value> = std::iter::repeat_n(&one, 101).collect();
    let long = "x".repeat(301);
    for (body, expected) in [
        (json!({ "returns": [] }), "422 invalid returns:count"),
        (json!({ "returns": many }), "422 invalid returns:count"),
        (form_with(1, json!({ "comment": long })), "422 invalid comment:length"),
        (form_with(1, json!({ "comment": "two\nlines" })), "422 invalid comment:length"),
        (form(1, ""), "422 invalid reason:length"),
        (
            json!({ "returns": [one, form_with(1, json!({ "comment": "" })), form(1, " ")] }),
            "422 invalid returns.1.comment:length returns.2.reason:length",
        ),
        (form_with(1, json!({ "reverse_payout": true })), "422 invalid reverse_payout:seller_only"),
        (json!({ "lead_id": id(1) }), "422 invalid reason:required"),
        (json!({}), "422 invalid lead_id:required reason:required"),
        (json!({ "returns": [one], "reason": "OTHER" }), "422 invalid reason:not_with_returns"),
        (json!({ "returns": [one, { "lead_id": id(1) }] }), "422 invalid_body returns.1.reason:required"),
        (
            json!({ "returns": [one, { "lead_id": "1", "reason": "OTHER" }] }),
            "422 invalid_body returns.1.lead_id:invalid",
        ),
    ] {
        assert_eq!(api.by("b1").post(PATH, &body).await.refusal(), expected, "{body}");
    }
    for body in [json!({ "lead_id": "1", "reason": "OTHER" }), form_with(1, json!({ "x": 1 })), json!([])] {
        let refusal = api.by("b1").post(PATH, &body).await.refusal();
        assert!(refusal.starts_with("422 invalid_body"), "{body}: {refusal}");
    }
    assert_eq!(api.by("").post(PATH, &one).await.status, 401);
    assert_eq!(status(&api.lead(id(1)).await), (SoldStatus::Sold, PayoutState::Earned));
}

#[tokio::test]
async fn a_lead_that_comes_back_goes_on_to_the_next_buyer_where_its_campaign_says_so() {
    for (reoffer, messages) in [(json!({ "within_hours": 24 }), vec!["d2".to_owned()]), (Value::Null, Vec::new())] {
        let api = sold_on(&at_once()).await;
        for (did, bid) in [("d1", "b1"), ("d2", "b2")] {
            let delivery = json!({
                "did": did, "name": did, "campid": "solar", "bid": bid, "price": pounds("12.50"),
                "channel": { "kind": "store" },
            });
            api.save::<Delivery>(delivery).await;
        }
        let campaign = json!({
            "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP", "reoffer": reoffer, "max_sales": 2,
            "fields": [{ "name": "email", "kind": { "type": "email" } }], "suppliers": ["s1"],
            "payout": { "mode": "buyer_accept", "amount": pounds("5.00") },
            "distribution": [{ "mode": "priority", "deliveries": ["d1", "d2"] }],
        });
        api.save::<Campaign>(campaign).await;
        assert_eq!(api.by("b1").post(PATH, &form(1, "OTHER")).await.outcomes(), ["returned"]);
        assert_eq!(api.messages(), messages, "{reoffer}");
    }
}
