//! Requests that come again: answered as the first time, and nothing is done twice.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::access::Principal;
use lambda::test_api::{Answer, identity};
use serde_json::{Value, json};
use store::keys::{self, Key};

use crate::{
    harness::{Api, Returned},
    sales::{at_once, by_approval, form, form_with, id, sold},
};

const PATH: &str = "/v1/returns";

/// Leads 1 and 2 are `b1`'s, at once and by approval; lead 3 has been sold to both buyers.
async fn api() -> Api {
    let api = Api::start().await;
    let both = [("d1", "b1"), ("d2", "b2")];
    let (one, two) = (sold(1, &both[..1], &at_once()), sold(2, &both[..1], &by_approval()));
    api.put(&[one, two, sold(3, &both, &at_once())]).await;
    api
}

fn several() -> Value {
    json!({ "returns": [form(1, "DUPE"), form(2, "DUPE"), form(99, "DUPE"), form(3, "?")] })
}

fn told(answer: &Answer) -> (u16, &str, &str) {
    (answer.status, answer.header("idempotency-replayed"), &answer.text)
}

#[tokio::test]
async fn a_request_that_comes_again_is_answered_as_the_first_time_whatever_has_become_of_it_since() {
    let api = api().await;
    for (key, body, status) in [("many", several(), 200), ("one", form(3, "DUPE"), 201), ("no", form(3, "?"), 422)] {
        let first = api.by("b1").post_once(PATH, key, &body).await;
        assert_eq!((first.status, first.header("idempotency-replayed")), (status, ""), "{}", first.text);
        let again = api.by("b1").post_once(PATH, key, &body).await;
        assert_eq!(told(&again), (status, "true", first.text.as_str()));
    }
    let first = api.by("b1").post_once(PATH, "many", &several()).await;
    let [one, two] = [1, 2].map(|at| format!("{PATH}/return_{}.1.d1", id(at).ulid()));
    api.post(&format!("{one}/undo"), &json!({ "reason": "agreed by phone" })).await.ok();
    api.post(&format!("{two}/approve"), &json!({})).await.ok();
    let before = [api.lead(id(1)).await, api.lead(id(2)).await, api.lead(id(3)).await];
    let again = api.by("b1").post_once(PATH, "many", &several()).await;
    assert_eq!(told(&again), (200, "true", first.text.as_str()));
    assert_eq!([api.lead(id(1)).await, api.lead(id(2)).await, api.lead(id(3)).await], before);
}

#[tokio::test]
async fn a_key_that_comes_with_another_body_changes_nothing() {
    let api = api().await;
    assert_eq!(api.by("b1").post_once(PATH, "k", &form(1, "DUPE")).await.status, 201);
    let before = [api.lead(id(1)).await, api.lead(id(2)).await];
    for other in [form(2, "DUPE"), form(1, "OTHER"), several()] {
        let reused = api.by("b1").post_once(PATH, "k", &other).await;
        assert_eq!(reused.refusal(), "422 idempotency_key_reused");
    }
    assert_eq!([api.lead(id(1)).await, api.lead(id(2)).await], before);
}

#[tokio::test]
async fn a_request_whose_worker_died_before_its_answer_was_kept_is_answered_by_who_comes_again() {
    let api = api().await;
    let b1 = Principal::Buyer { bid: "b1".parse().unwrap() };
    for (key, body) in [("many", several()), ("one", form(3, "DUPE"))] {
        let first = api.by("b1").post_once(PATH, key, &body).await;
        let before = [api.lead(id(1)).await, api.lead(id(2)).await, api.lead(id(3)).await];
        forget_the_answer(&api, &b1, key).await;
        let again = api.by("b1").post_once(PATH, key, &body).await;
        assert_eq!(told(&again), (first.status, "", first.text.as_str()));
        let once_more = api.by("b1").post_once(PATH, key, &body).await;
        assert_eq!(told(&once_more), (first.status, "true", first.text.as_str()));
        assert_eq!([api.lead(id(1)).await, api.lead(id(2)).await, api.lead(id(3)).await], before);
    }
}

/// Leaves an order as it is kept before anything of it is carried out.
async fn forget_the_answer(api: &Api, caller: &Principal, key: &str) {
    let Key { pk, sk } = keys::order("returns", caller, &identity().idempotency_key(key));
    let order = api.tables.client().update_item().table_name(api.tables.tables().ledger);
    let order = order.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk));
    let forgotten = order.update_expression("SET o = :none REMOVE d").condition_expression("d = :done");
    let forgotten = forgotten.expression_attribute_values(":none", AttributeValue::L(Vec::new()));
    forgotten.expression_attribute_values(":done", AttributeValue::Bool(true)).send().await.unwrap();
}

#[tokio::test]
async fn the_same_request_twice_at_once_is_carried_out_once_and_answered_alike() {
    let api = api().await;
    let (body, b1) = (several(), api.by("b1"));
    let (one, two) = tokio::join!(b1.post_once(PATH, "k", &body), b1.post_once(PATH, "k", &body));
    assert_eq!((one.status, one.outcomes()), (200, two.outcomes()));
    assert_eq!(one.outcomes()[..2], ["returned", "requested"]);
    for number in [1, 2] {
        assert_eq!(api.lead(id(number)).await.sale(&"d1".parse().unwrap()).unwrap().returns().count(), 1);
    }
    assert_eq!(b1.post_once(PATH, "k", &body).await.outcomes(), one.outcomes());
}

#[tokio::test]
async fn a_key_is_its_callers_own() {
    let api = api().await;
    let of_b1 = api.by("b1").post_once(PATH, "k", &form(3, "DUPE")).await;
    let of_b2 = api.by("b2").post_once(PATH, "k", &form(3, "DUPE")).await;
    assert_eq!((of_b1.outcomes(), of_b2.outcomes()), (vec!["returned".to_owned()], vec!["returned".to_owned()]));
    assert_eq!(of_b1.return_id(), format!("return_{}.1.d1", id(3).ulid()));
    assert_eq!(of_b2.return_id(), format!("return_{}.1.d2", id(3).ulid()));
    let by_seller = api.post_once(PATH, "k", &form_with(3, json!({ "bid": "b2" }))).await;
    assert_eq!(
        (by_seller.outcomes(), by_seller.header("idempotency-replayed")),
        (vec!["already_returned".to_owned()], "")
    );
}
