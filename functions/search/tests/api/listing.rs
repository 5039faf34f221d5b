//! The table of leads over a database in memory: what it shows, to whom, page by page.

use domain::lead::Lead;
use jiff::{SignedDuration, Timestamp};
use lambda::test_api::Answer;
use serde_json::{Value, json};

use crate::{
    crowd::{at, crowd, lead, now},
    harness::Api,
};

/// With these leads.
async fn api(leads: &[Lead]) -> Api {
    let api = Api::start().await;
    api.put(leads).await;
    api
}

impl Api {
    /// What somebody is answered who asks for leads.
    async fn asked(&self, who: &str, query: &str) -> Answer {
        self.by(who).get(&format!("/v1/leads?{query}")).await
    }

    async fn found(&self, who: &str, query: &str) -> Value {
        let answer = self.asked(who, query).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        answer.json
    }

    /// The minutes in which the leads came in that somebody finds.
    async fn minutes(&self, who: &str, query: &str) -> Vec<i64> {
        let page = self.found(who, query).await;
        let minute = |lead: &Value| {
            let received: Timestamp = lead["received"].as_str().unwrap().parse().unwrap();
            received.duration_since(now()).as_mins()
        };
        page["items"].as_array().unwrap().iter().map(minute).collect()
    }

    /// What is wrong with a query.
    async fn refused(&self, who: &str, query: &str) -> String {
        self.asked(who, query).await.refusal()
    }
}

#[tokio::test]
async fn columns_come_ready_to_show() {
    let api = api(&crowd()).await;
    let page = api.found("seller", "").await;
    let cells = |lead: &Value| {
        let text = |cell: &Value| cell.as_str().unwrap_or("-").to_owned();
        let money = |cell: &Value| text(&cell["amount"]);
        [
            text(&lead["campid"]),
            text(&lead["sold_status"]),
            format!("{}/{}", text(&lead["buyer"]["label"]), text(&lead["buyer"]["colour"])),
            money(&lead["revenue"]),
            format!("{}/{}", text(&lead["delivery"]["status"]), text(&lead["delivery"]["colour"])),
            lead["activities"]
                .as_array()
                .map_or(String::new(), |did| did.iter().map(text).collect::<Vec<_>>().join(" ")),
        ]
        .join(" ")
        .trim()
        .to_owned()
    };
    let lines: Vec<String> = page["items"].as_array().unwrap().iter().map(cells).collect();
    let expected = [
        "boilers unsold -/grey - blank/grey",
        "solar open -/grey - blank/grey quarantined",
        "solar returned b2/red 0.00 full/green returned return_requested",
        "solar unsold b1/red - fail/red",
        "solar sold b1/green 12.50 partial/orange",
        "solar sold multiple/green 20.27 full/green",
    ];
    assert_eq!(lines, expected);
    let line = &page["items"][4];
    assert_eq!(line["summary"], "Jo Smith · jo.2@example.com · +441614960002 · SW1A 1AA");
    assert_eq!(line["received_local"], at(2).strftime("%Y-%m-%d %H:%M:%S").to_string());
    assert_eq!(
        line["delivery"]["reasons"],
        json!([{ "did": "d2", "state": "rejected", "reason": "no need of it, says 2" }])
    );
}

#[tokio::test]
async fn times_are_shown_in_the_zone_of_the_account() {
    let api = api(&[lead(1)]).await;
    let settings = domain::settings::Settings { time_zone: "Asia/Tokyo".to_owned(), ..Default::default() };
    api.store().save_settings(settings, None).await.unwrap();
    let page = api.found("seller", "").await;
    let there = (at(1) + SignedDuration::from_hours(9)).strftime("%Y-%m-%d %H:%M:%S").to_string();
    assert_eq!(page["items"][0]["received_local"], there);
}

/// Whatever names another party, or its money, is in no column.
#[tokio::test]
async fn nobody_is_shown_what_is_others() {
    let api = api(&crowd()).await;
    for (who, minutes, hidden) in [
        (
            "s1",
            vec![5, 4, 3, 2, 1],
            vec!["b1", "b2", "d1", "d2", "12.50", "7.77", "20.27", "no need", "odd", "s2", "boilers"],
        ),
        ("s2", vec![6], vec!["s1", "solar", "b1", "d1"]),
        (
            "b1",
            vec![2, 1],
            vec!["s1", "secret-source", "5.00", "b2", "d2", "7.77", "20.27", "says 2", "multiple", "partial"],
        ),
        ("b2", vec![4, 1], vec!["s1", "secret-source", "5.00", "b1", "d1", "12.50", "20.27", "multiple"]),
    ] {
        assert_eq!(api.minutes(who, "").await, minutes, "{who}");
        let text = api.found(who, "count=true").await.to_string();
        for other in hidden {
            assert!(!text.contains(other), "{who} is shown {other}: {text}");
        }
        for person in ["jo.1@example.com", "jo.6@example.com"] {
            let own = minutes.iter().any(|minute| person.contains(&format!(".{minute}@")));
            assert_eq!(api.minutes(who, &format!("q={person}")).await.len(), usize::from(own), "{who} {person}");
        }
    }
    assert_eq!(api.minutes("b2", "sold_status=returned").await, [4]);
    assert_eq!(api.minutes("b1", "delivery_status=full").await, [2, 1], "of others' deliveries it knows nothing");
}

#[tokio::test]
async fn nobody_may_ask_for_what_it_is_not_shown() {
    let api = api(&crowd()).await;
    for (who, queries) in [
        (
            "s1",
            vec!["bid=b1", "did=d1", "sid=s2", "activity=return_requested", "activity=revenue_updated", "explain=true"],
        ),
        (
            "b1",
            vec!["bid=b2", "sid=s1", "field.source=secret", "field.ssid=x", "activity=payout_updated", "explain=true"],
        ),
    ] {
        for query in queries {
            assert_eq!(api.asked(who, query).await.status, 403, "{who} {query}");
        }
    }
    assert_eq!(api.minutes("b1", "q=secret-source").await, Vec::<i64>::new(), "nor is it told by what it finds");
    assert_eq!(api.minutes("s1", "q=secret-sou").await, [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn texts_find_the_beginning_of_any_word_and_what_identifies_is_found_whole() {
    let api = api(&crowd()).await;
    for (query, minutes) in [
        ("q=high%20st", vec![6, 5, 4, 3, 2, 1]),
        ("q=sw1a1a&campid=boilers", vec![6]),
        ("field.lastname=SMI&sold_status=unsold", vec![6, 3]),
        ("q=igh", vec![]),
        ("q=JO.3@example.com", vec![3]),
        ("q=jo.3", vec![3]),
        ("q=%2B44%20161%20496%200002", vec![2]),
        ("field.phone1=%2B441614960004&field.phone1=%2B441614960005", vec![5, 4]),
        ("q=jo.3@example.com&campid=boilers", vec![]),
        ("q=jo%20smith&bid=b1", vec![2, 1]),
        ("method=form", vec![]),
        ("country=US&country=GB&sid=s2", vec![6]),
    ] {
        assert_eq!(api.minutes("seller", query).await, minutes, "{query}");
    }
    let id = lead(3).id;
    assert_eq!(api.minutes("seller", &format!("q={id}")).await, [3]);
    assert_eq!(api.minutes("seller", &format!("field.lead_id={id}&q=jo")).await, [3]);
}

#[tokio::test]
async fn pages_follow_each_other_and_cursors_are_for_who_was_given_them_and_for_the_same_search() {
    let leads: Vec<Lead> = (1..=23).map(lead).collect();
    let api = api(&leads).await;
    let (mut minutes, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = api.found("seller", &format!("limit=10&campid=solar{cursor}")).await;
        let ids = page["items"].as_array().unwrap().iter().map(|lead| lead["lead_id"].as_str().unwrap().to_owned());
        minutes.extend(ids);
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
        let changed =
            format!("{}{}", &cursor[..cursor.len() - 4], if cursor.ends_with("AAAA") { "BBBB" } else { "AAAA" });
        for (who, query) in [
            ("seller", format!("limit=10&campid=solar{changed}")),
            ("seller", format!("limit=10{cursor}")),
            ("seller", format!("limit=10&campid=solar&q=jo{cursor}")),
            ("s1", format!("limit=10&campid=solar{cursor}")),
        ] {
            assert_eq!(api.refused(who, &query).await, "400 invalid_query cursor:invalid_cursor", "{query}");
        }
        assert_eq!(
            api.asked("seller", &format!("limit=5&campid=solar{cursor}")).await.status,
            200,
            "pages may differ in length"
        );
    }
    let expected: Vec<String> = leads.iter().rev().map(|lead| lead.id.to_string()).collect();
    assert_eq!((minutes, pages), (expected, 3));
}

/// A page that is full goes on only where one more lead is the caller's, or else it would tell whom others have.
#[tokio::test]
async fn nobody_is_told_by_the_end_of_a_page_that_there_are_leads_of_others() {
    let api = api(&crowd()).await;
    let next = async |who: &str, query: &str| {
        let page = api.found(who, query).await;
        (page["items"].as_array().unwrap().len(), page["next_cursor"].is_string(), page["searched_to"].is_string())
    };
    // Lead 3 is older than lead 4, and not theirs; lead 1 is.
    assert_eq!(next("b2", "q=jo.4@example.com&q=jo.3@example.com&limit=1").await, (1, false, false));
    assert_eq!(next("b2", "q=jo.4@example.com&q=nobody@example.com&limit=1").await, (1, false, false));
    assert_eq!(next("b2", "q=jo.4@example.com&q=jo.1@example.com&limit=1").await, (1, true, false));
    assert_eq!(next("s2", &format!("q=jo.6@example.com&q={}&limit=1", lead(3).id)).await, (1, false, false));
    assert_eq!(next("seller", "q=jo.4@example.com&q=jo.3@example.com&limit=1").await, (1, true, true));
    let first = api.found("s1", "limit=3").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(
        api.minutes("s1", &format!("limit=3&cursor={cursor}")).await,
        [2, 1],
        "the one more is on the next page"
    );
}

#[tokio::test]
async fn counts_are_exact_and_the_seller_is_told_how_leads_were_found() {
    let api = api(&crowd()).await;
    let page = api.found("seller", "limit=2&count=true&explain=true&campid=solar").await;
    assert_eq!(page["count"], json!({ "leads": 5, "exact": true, "text": "5" }));
    let plan = &page["plan"];
    assert!(plan["path"].as_str().unwrap().contains("solar"), "{plan}");
    assert!(plan["read_units"].as_f64().is_some_and(|units| units > 0.0 && units < 10.0), "{plan}");
    assert_eq!(plan["leads"], 2);
    let page = api.found("s2", "count=true").await;
    assert_eq!((&page["count"]["leads"], &page["plan"]), (&json!(1), &Value::Null));
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_told_field_by_field() {
    let api = api(&[]).await;
    for (query, told) in [
        ("campaign=solar", "campaign:unknown_parameter"),
        ("campid=a%20b", "campid:invalid"),
        ("sold_status=gone", "sold_status:unknown_word"),
        ("activity=lost&method=fax", "activity:unknown_word method:unknown_word"),
        ("from=yesterday", "from:invalid_day"),
        ("from=2026-11-05&to=2026-11-04", "to:backwards"),
        ("from=2010-01-01&to=2026-11-04", "from:too_long"),
        ("from=1999-12-31&to=2000-11-04", "from:too_early"),
        ("explain=perhaps", "explain:unknown_word"),
        ("limit=500", "limit:range"),
        ("cursor=x", "cursor:invalid_cursor"),
    ] {
        assert_eq!(api.refused("seller", query).await, format!("400 invalid_query {told}"), "{query}");
    }
    for query in ["q=%20", "q=%21%3F", "field.email="] {
        let told = api.refused("seller", query).await;
        assert!(told.starts_with("400 invalid_query "), "{query}: {told}");
    }
}
