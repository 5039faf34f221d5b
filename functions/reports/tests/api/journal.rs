//! The journal, day by day.

use lambda::test_api::{Api, pounds};
use serde_json::{Value, json};

use crate::{
    books::{fill, id, leads},
    harness::start,
};

async fn api() -> Api {
    let api = start().await;
    fill(&api.store()).await;
    api
}

fn ids(listing: &Value) -> Vec<String> {
    let items = listing["items"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap().split_once('.').unwrap().1.to_owned()).collect()
}

#[tokio::test]
async fn an_entry_says_what_was_moved_when_and_why() {
    let listing = api().await.get("/v1/journal?day=2026-10-25").await.ok();
    let (lead, time) = (id(1).to_string(), "2026-10-24T23:31:00.000Z");
    let expected = json!({
        "id": format!("{lead}.sale#d1"), "kind": "sale", "event_time": time, "booked_time": time, "currency": "GBP",
        "lines": [
            { "account": "buyer_credit:b1", "debit": pounds("12.50") },
            { "account": "revenue:solar", "credit": pounds("12.50") },
            { "account": "payout_cost:solar", "debit": pounds("5.00") },
            { "account": "supplier_payable:s1", "credit": pounds("5.00") },
        ],
        "lead_id": lead, "campid": "solar", "sid": "s1", "did": "d1", "bid": "b1",
    });
    assert_eq!(listing, json!({ "items": [expected], "next_cursor": null }));
    let returned = api().await.get("/v1/journal?day=2026-11-10").await.ok();
    assert_eq!(returned["items"][0]["reason"], "INVALID_PHONE");
}

#[tokio::test]
async fn pages_go_on_from_day_to_day_without_gaps_or_repetitions() {
    let api = api().await;
    let all = ids(&api.get("/v1/journal?from=2026-10-01&to=2026-11-30").await.ok());
    assert_eq!(all, ["sale#d1", "sale#d2", "sale#d3", "sale#d4", "return#d1", "reversal#d1"]);
    for limit in [1, 2, 4] {
        let (mut seen, mut path) = (Vec::new(), format!("/v1/journal?from=2026-10-01&to=2026-11-30&limit={limit}"));
        loop {
            let page = api.get(&path).await.ok();
            assert!(ids(&page).len() <= limit);
            seen.extend(ids(&page));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/journal?from=2026-10-01&to=2026-11-30&limit={limit}&cursor={cursor}");
        }
        assert_eq!(seen, all, "{limit} at a time");
    }
}

#[tokio::test]
async fn what_is_settled_reads_like_all_the_rest_but_for_the_last_moments() {
    let api = api().await;
    let path = "/v1/journal?from=2026-10-01&to=2026-11-30";
    let all = api.get(path).await.ok();
    assert_eq!(api.get(&format!("{path}&settled=false")).await.ok(), all);
    assert_eq!(api.get(&format!("{path}&settled=true")).await.ok(), all, "it was written long ago");
    let mut late = domain::journal::events(&leads()[1]).unwrap();
    late.retain(|event| event.name == "sale#d2");
    let late = late.into_iter().map(|event| (id(7), event)).collect();
    api.store().book(late, lambda::new_draw(), "2026-11-03T12:00:00Z".parse().unwrap()).await.unwrap();
    let day = "/v1/journal?day=2026-11-01";
    assert_eq!(api.get(day).await.ok()["items"].as_array().unwrap().len(), 2);
    assert_eq!(api.get(&format!("{day}&settled=true")).await.ok()["items"].as_array().unwrap().len(), 1);
    let refused = api.get(&format!("{day}&settled=yes")).await;
    assert_eq!(refused.refusal(), "400 invalid_query settled:unknown_word");
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_period_alone() {
    let api = api().await;
    let page = api.get("/v1/journal?from=2026-10-01&to=2026-11-30&limit=1").await.ok();
    let cursor = page["next_cursor"].as_str().unwrap();
    let other = api.get(&format!("/v1/journal?day=2026-12-01&cursor={cursor}")).await;
    assert_eq!(other.refusal(), "400 invalid_query cursor:invalid_cursor");
    // `2026-11-05|x`: of the right day, and no place in it.
    let nowhere = api.get("/v1/journal?day=2026-11-05&cursor=MjAyNi0xMS0wNXx4").await;
    assert_eq!(nowhere.refusal(), "400 invalid_query cursor:invalid_cursor");
}

#[tokio::test]
async fn a_file_has_a_row_for_each_line_of_an_entry() {
    let api = api().await;
    let file = api.get("/v1/journal?from=2026-11-01&to=2026-11-10&format=csv&limit=1").await;
    let (lead, time) = (id(2), "2026-11-01T00:10:00.000Z");
    let row = |account: &str, amounts: &str| {
        format!("{lead}.sale#d2,sale,{time},{time},GBP,{account},{amounts},{lead},solar,s1,d2,b2,,,")
    };
    let expected = [
        "id,kind,event_time,booked_time,currency,account,debit,credit,lead_id,campid,sid,did,bid,by,reason,order"
            .to_owned(),
        row("buyer_receivable:b2", "9.00,"),
        row("revenue:solar", ",9.00"),
        row("payout_cost:solar", "5.00,"),
        row("supplier_payable:s1", ",5.00"),
    ];
    assert_eq!(file.lines(), expected);
    let next = file.header("next-cursor");
    let rest = api.get(&format!("/v1/journal?from=2026-11-01&to=2026-11-10&format=csv&cursor={next}")).await;
    assert_eq!((rest.lines().len(), rest.header("next-cursor")), (1 + 4 + 2 + 2 + 2, ""));
}
