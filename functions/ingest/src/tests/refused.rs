//! Refusals: each says what to do, and leaves nothing in the tables, or a lead that is marked as rejected.

use serde_json::{Value, json};

use super::{Api, lead};

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Whether a person can act on it: a problem or a receipt that says what is wrong.
fn says_what_to_do(answer: &super::Answer) -> bool {
    let problem = answer.headers["content-type"] == "application/problem+json";
    let sentence = answer.json[if problem { "detail" } else { "message" }].as_str().unwrap_or_default();
    sentence.ends_with('.') && sentence.len() > 20
}

#[tokio::test]
async fn bodies_that_cannot_be_read_leave_nothing() {
    let api = Api::start().await;
    let many: String = (0..10_000).map(|number| format!("\"f{number}\":1,")).collect();
    let deep = format!("{{\"campid\":\"solar\",\"email\":{}1{}}}", "[".repeat(1_000), "]".repeat(1_000));
    let hundred_and_one = json!({ "leads": vec![lead(json!({})); 101] }).to_string();
    let huge = format!("{{\"campid\":\"solar\",\"c1\":\"{}\"}}", "a".repeat(256 * 1024));
    let bodies: Vec<(&[u8], &str)> = vec![
        (b"", "400 invalid_json"),
        (b"{\"campid\": ", "400 invalid_json"),
        (b"{\"campid\": \"solar\", \"email\": \"a\nb\"}", "400 invalid_json"),
        (b"{\"campid\": \"solar\", \"c1\": \"\\ud800\"}", "400 invalid_json"),
        (b"{\"campid\": \"solar\", \"c1\": 1e999}", "400 invalid_json"),
        (b"{\"campid\": \"solar\"} x", "400 invalid_json"),
        (deep.as_bytes(), "400 invalid_json"),
        (b"{\"campid\": \"solar\", \"c1\": \"\xff\"}", "400 invalid_encoding"),
        (b"\xff\xfe{\0}\0", "400 invalid_encoding"),
        (b"null", "400 invalid_body"),
        (b"[]", "400 invalid_body"),
        (b"\"lead\"", "400 invalid_body"),
        (b"{\"leads\": {}}", "400 invalid_body"),
        (b"{\"leads\": [], \"leads\": []}", "400 invalid_body"),
        (b"{\"leads\": [], \"campid\": \"solar\"}", "400 invalid_body"),
        (b"{\"leads\": []}", "400 batch_size"),
        (hundred_and_one.as_bytes(), "400 batch_size"),
        (huge.as_bytes(), "413 too_large"),
        (b"{}", "422 invalid_body campid:required"),
        (b"{\"campid\": null}", "422 invalid_body campid:required"),
        (b"{\"campid\": \"<script>\"}", "422 invalid_body campid:invalid_reference"),
        (b"{\"campid\": []}", "422 invalid_body campid:not_a_value"),
        (b"{\"campid\": \"solar\", \"test\": \"maybe\"}", "422 invalid_body test:not_a_boolean"),
        (b"{\"campid\": \"solar\", \"test\": null}", "422 invalid_body test:not_a_boolean"),
        (b"{\"campid\": \"solar\", \"email\": {\"a\": 1}}", "422 invalid_body email:not_a_value"),
        (b"{\"campid\": \"solar\", \"email\": \"a\", \"email\": \"b\"}", "422 invalid_body email:repeated_field"),
    ];
    for (body, line) in bodies {
        let answer = api.send("s1", &[JSON, ("idempotency-key", "k")], body.to_vec()).await;
        assert_eq!(answer.line(), line, "{}", String::from_utf8_lossy(&body[..body.len().min(80)]));
        assert!(says_what_to_do(&answer), "{}", answer.text);
    }
    let answer = api.send("s1", &[JSON], format!("{{{many}\"campid\":\"solar\"}}")).await;
    assert_eq!(answer.line(), "422 invalid_body :too_many_fields");
    assert!(api.items().await.is_empty());
}

#[tokio::test]
async fn forms_that_cannot_be_read_leave_nothing() {
    let api = Api::start().await;
    let many: String = (0..10_000).map(|number| format!("&f{number}=1")).collect();
    for (body, line) in [
        ("", "422 invalid_body campid:required"),
        ("campid=solar&email=a&email=b", "422 invalid_body email:repeated_field"),
        ("campid=solar&c1=%ff", "400 invalid_encoding"),
        ("campid=solar&c1=%C3%28", "400 invalid_encoding"),
        ("campid=solar&test=", "422 invalid_body test:not_a_boolean"),
        ("campid=so+lar", "422 invalid_body campid:invalid_reference"),
        ("campid=solar&email=a%00b", "422 -18 email:unsafe_content"),
        (&format!("campid=solar{many}"), "422 invalid_body :too_many_fields"),
    ] {
        let answer = api.send("s1", &[FORM], body.to_owned()).await;
        assert_eq!(answer.line(), line, "{}", &body[..body.len().min(80)]);
        assert!(says_what_to_do(&answer), "{}", answer.text);
    }
    assert!(api.items().await.is_empty());
}

#[tokio::test]
async fn other_kinds_of_bodies_and_other_callers_leave_nothing() {
    let api = Api::start().await;
    let body = lead(json!({})).to_string();
    for kind in ["text/plain", "", "multipart/form-data; boundary=x", "text/json", "application/jsonp"] {
        let answer = api.send("s1", &[("content-type", kind)], body.clone()).await;
        assert_eq!(answer.line(), "415 unsupported_media_type", "{kind}");
        assert!(says_what_to_do(&answer));
    }
    assert_eq!(api.send("s1", &[], body.clone()).await.line(), "415 unsupported_media_type");
    for (who, body, line) in [
        ("nobody", body.clone(), "401 unauthorised"),
        ("b1", body.clone(), "403 suppliers_only"),
        ("b1", json!({ "leads": [lead(json!({}))] }).to_string(), "403 suppliers_only"),
        ("seller", body.clone(), "422 invalid_body sid:required"),
        ("s1", lead(json!({ "sid": "s2" })).to_string(), "403 other_supplier"),
    ] {
        let answer = api.send(who, &[JSON], body).await;
        assert_eq!(answer.line(), line);
        assert!(says_what_to_do(&answer));
    }
    assert!(api.items().await.is_empty());
}

#[tokio::test]
async fn unsafe_content_is_refused_wherever_it_stands_and_nothing_of_it_is_kept() {
    let api = Api::start().await;
    for bad in ["<script>alert(1)</script>", "a\u{0}b", "javascript:alert(1)", "%3Cimg src=x onerror=y%3E", "\u{1b}[2J"]
    {
        for name in ["email", "c1", "ssid", "source", "no_such_field"] {
            let answer = api.post_once("k", &lead(json!({ name: bad }))).await;
            assert_eq!(answer.line(), format!("422 -18 {name}:unsafe_content"));
            assert!(says_what_to_do(&answer) && answer.json.get("lead_id").is_none(), "{}", answer.text);
        }
        let answer = api.post_once("k", &lead(json!({ bad: "x" }))).await;
        assert_eq!((answer.status, &answer.json["code"]), (422, &json!(-18)));
        assert!(!answer.text.contains('<') && !answer.text.contains("\\u00"), "{}", answer.text);
    }
    assert!(api.items().await.is_empty());
}

#[tokio::test]
async fn what_breaks_a_rule_is_kept_as_rejected_with_every_mistake_named() {
    let api = Api::start().await;
    let long = "x".repeat(101);
    for (who, body, line) in [
        ("s1", lead(json!({ "campid": "closed" })), "422 -9"),
        ("s1", lead(json!({ "email": null })), "422 -5 email:required"),
        ("s1", lead(json!({ "emial": "x", "Email": "x" })), "422 -5 Email:unknown_field emial:unknown_field"),
        ("s1", lead(json!({ "ssid": long, "source": long })), "422 -5 ssid:too_long source:too_long"),
        ("s1", lead(json!({ "ssid": 42, "source": "a\nb" })), "422 -5 source:not_one_line"),
        ("s1", lead(json!({ "c1": "x".repeat(1_001) })), "422 -5 c1:too_long"),
    ] {
        let answer = api.send(who, &[JSON], body.to_string()).await;
        assert_eq!(answer.line(), line);
        assert!(says_what_to_do(&answer), "{}", answer.text);
        let kept = api.lead(&answer.json).await;
        assert_eq!(
            (kept.approval.word(), kept.deliveries.len(), kept.earned_payout().unwrap().minor),
            ("rejected", 0, 0)
        );
        assert_eq!(answer.headers["location"], answer.json["url"].as_str().unwrap());
    }
    assert_eq!(api.counts().await, [6, 0, 0]);
    // No trace of a rejected lead keeps a good one out.
    assert_eq!(api.post(&lead(json!({}))).await.line(), "201 1");
}

#[tokio::test]
async fn who_may_not_post_cannot_tell_whether_the_campaign_is_there_and_leaves_nothing() {
    let api = Api::start().await;
    let carried = [
        json!({}),
        json!({ "test": true }),
        json!({ "email": "ann@", "emial": "x" }),
        json!({ "ssid": "a\nb", "source": "x".repeat(101) }),
        json!({ "c1": "<b>x</b>" }),
        (0..290).map(|number| (format!("f{number}"), Value::from("x".repeat(850)))).collect(),
    ];
    for who in ["s2", "off"] {
        for changes in &carried {
            for headers in [&[JSON][..], &[JSON, ("idempotency-key", "k")]] {
                let mut told = Vec::new();
                for campid in ["nowhere", "solar", "closed"] {
                    let body = lead(json!({ "campid": campid }));
                    let answer = api.send(who, headers, super::with(body, changes.clone()).to_string()).await;
                    assert_eq!(answer.line(), "422 -7 campid:unknown_campaign");
                    assert!(says_what_to_do(&answer), "{}", answer.text);
                    let names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
                    told.push((answer.text.replace(campid, ""), names));
                }
                assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
            }
        }
    }
    let batch = |campid: &str| json!({ "leads": [lead(json!({ "campid": campid })), lead(json!({ "campid": "x" }))] });
    let [foreign, nowhere] = ["solar", "nowhere"].map(batch);
    let foreign = api.send("s2", &[JSON, ("idempotency-key", "b")], foreign.to_string()).await.text;
    let nowhere = api.send("s2", &[JSON, ("idempotency-key", "b")], nowhere.to_string()).await.text;
    assert_eq!(foreign.replace("solar", ""), nowhere.replace("nowhere", ""));
    assert!(api.items().await.is_empty());
}

#[tokio::test]
async fn a_parameter_in_the_path_is_named_and_nothing_is_taken_in() {
    let api = Api::start().await;
    for (query, line) in [
        ("test=true", "400 unknown_parameter test:unknown_parameter"),
        ("utm_source=x&test=true", "400 unknown_parameter utm_source:unknown_parameter"),
        ("%3Cb%3E", "400 unknown_parameter _b_:unknown_parameter"),
    ] {
        let answer = api.send_to(&format!("/v1/leads?{query}"), "s1", &[JSON], lead(json!({})).to_string()).await;
        assert_eq!(answer.line(), line);
        assert!(says_what_to_do(&answer), "{}", answer.text);
    }
    assert!(api.items().await.is_empty());
    let answer = api.send_to("/v1/leads?", "s1", &[JSON], lead(json!({})).to_string()).await;
    assert_eq!(answer.line(), "201 1");
}

#[tokio::test]
async fn a_lead_that_would_outgrow_its_row_is_refused_with_what_to_do_about_it() {
    let api = Api::start().await;
    let url = |number: usize| json!({ "name": format!("u{number}"), "kind": { "type": "url" } });
    let text = |number: usize| json!({ "name": format!("t{number:02}"), "kind": { "type": "text" } });
    let fields: Vec<Value> = (0..40).map(url).chain((0..60).map(text)).collect();
    api.save::<domain::campaign::Campaign>(super::campaign("wide", json!({ "fields": fields, "dedupe": null }))).await;
    let posted = |name: &str, count: usize, value: &str| {
        let fields = (0..count).map(|number| (name.replace('#', &format!("{number:02}")), Value::from(value)));
        super::with(json!({ "campid": "wide" }), fields.collect())
    };
    let grows = format!("https://example.com/{}", "é".repeat(900));
    let answer = api.post(&super::with(json!({ "campid": "wide" }), json!({ "u0": grows }))).await;
    assert_eq!(answer.line(), "422 -5 u0:too_long");
    // 60 times 1,000 characters of three bytes.
    let answer = api.post_once("k", &posted("t#", 60, &"日".repeat(1_000))).await;
    assert_eq!(answer.line(), "422 -5 :too_large");
    assert!(says_what_to_do(&answer) && answer.text.contains("100 KB"), "{}", answer.text);
    let answer = api.post_once("k2", &posted("t#", 34, &"日".repeat(1_000))).await;
    assert_eq!(answer.line(), "201 1");
}

#[tokio::test]
async fn a_body_as_large_as_the_limit_and_a_byte_order_mark_are_no_mistakes() {
    let api = Api::start().await;
    let body = lead(json!({})).to_string();
    let padded = format!("{body}{}", " ".repeat(256 * 1024 - body.len()));
    assert_eq!(api.send("s1", &[JSON], padded.clone()).await.line(), "201 1");
    assert_eq!(api.send("s1", &[JSON], format!("{padded} ")).await.line(), "413 too_large");
    let marked = lead(json!({ "email": "bob@example.com" }));
    let kind = ("content-type", "Application/JSON; charset=UTF-8");
    assert_eq!(api.send("s1", &[kind], format!("\u{feff}{marked}")).await.line(), "201 1");
    let form = "\u{feff}campid=solar&email=cid%40example.com";
    assert_eq!(api.send("s1", &[FORM], form).await.line(), "201 1");
}

#[tokio::test]
async fn answers_do_not_repeat_what_was_sent() {
    let api = Api::start().await;
    let secret = "ann.secret@";
    for body in [
        json!({ "campid": secret }),
        json!({ "campid": "solar", "email": secret, "dob": secret, "phone1": secret, "test": secret }),
        lead(json!({ "email": secret, "dob": secret, "phone1": secret, "postcode": secret, "c2": secret.repeat(100) })),
        lead(json!({ "c1": format!("<b>{secret}") })),
        Value::from(secret),
    ] {
        let answer = api.post(&body).await;
        assert!(answer.status >= 400 && !answer.text.contains("secret"), "{}", answer.text);
    }
    let broken = api.send("s1", &[JSON], format!("{{\"campid\": \"solar\", \"email\": \"{secret}\", {secret}}}")).await;
    assert!(broken.status == 400 && !broken.text.contains("secret"), "{}", broken.text);
}
