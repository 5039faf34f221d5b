//! Lead fields on their way into requests: whatever stands in one arrives as one value, or nothing is sent.

#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

use std::collections::BTreeMap;

use dispatch::{
    client::OutgoingRequest,
    render::{AttemptName, RenderError, render},
    sent::Sent,
};
use domain::{
    delivery::{Channel, Delivery},
    field::FieldName,
    lead::Lead,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{local_client, test_buyer::TestBuyer};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const NASTY: &[&str] = &[
    "x\r\nX-Admin: yes",
    "x\nX-Admin: yes",
    "x\r\n\r\nPOST /second HTTP/1.1\r\nHost: a\r\n\r\n",
    "a\0b",
    "\"}, {\"admin\": \"yes",
    "\\\",\"admin\":\"yes\\",
    "a&admin=yes&b=",
    "a=b;admin=yes",
    "%0d%0aX-Admin:%20yes",
    "a%26admin%3Dyes",
    "+ +%2B",
    "{{ lead.id }}{% if true %}x{% endif %}",
    "line\u{2028}separator\u{2029}next\u{85}line",
    "ĊčĀ low bytes are line ends",
    "\u{202e}right to left\u{feff}",
    "../../admin?x#y",
    "😀 Müller ' \" ` $(id) <b>",
    "\t",
    "",
];

fn delivery(url: &str, body: &str, headers: &Value) -> Delivery {
    serde_json::from_value(json!({
        "did": "d1", "name": "One", "campid": "solar", "price": { "amount": "0.00", "currency": "GBP" },
        "channel": {
            "kind": "http",
            "request": {
                "url": url, "body": format(body), "headers": headers,
                "fields": { "note": "{{ lead.c1 }}", "person.name": "{{ lead.c1 }}", "from": "{{ source }}", "last": "end" },
            },
            "answer": { "rules": [{ "then": "accepted", "status": ["200"] }] },
        },
    }))
    .unwrap()
}

fn format(name: &str) -> Value {
    if name == "xml" { json!({ "format": "xml", "root": "lead" }) } else { json!({ "format": name }) }
}

fn lead(value: &str) -> Lead {
    let fields: BTreeMap<FieldName, String> = [("c1".parse().unwrap(), value.to_owned())].into();
    let mut lead: Lead = serde_json::from_value(json!({
        "pk": "lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ", "v": 1, "c": "solar", "s": "s1", "m": "api", "cc": "GB",
        "r": "2026-11-05T10:20:30.400Z", "f": {}, "ap": { "s": "approved" },
        "t": { "x": 1, "m": "buyer_accept", "c": "GBP" }, "p": { "a": "500 GBP", "s": "pending" },
    }))
    .unwrap();
    lead.fields = fields;
    lead.source = Some(value.to_owned());
    lead
}

fn rendered(body: &str, headers: &Value, value: &str) -> Result<OutgoingRequest, RenderError> {
    let id = "att_01JCXV5A8M3Q4R5S6T7V8W9XYZ".parse().unwrap();
    let attempt = AttemptName { id, number: 1, round: 1, at: jiff::Timestamp::UNIX_EPOCH };
    let delivery = delivery("https://buyer.example/leads?a=1", body, headers);
    let Channel::Http(http) = &delivery.channel else { unreachable!("it makes requests") };
    render(&http.request, &delivery.did, &lead(value), attempt)
}

/// Every field of a form, as a buyer's server reads it.
fn pairs(body: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

fn arrives_in_json(value: &str) -> bool {
    let request = rendered("json", &json!({}), value).unwrap();
    let wanted = json!({ "note": value, "person": { "name": value }, "from": value, "last": "end" });
    serde_json::from_slice::<Value>(&request.body).unwrap() == wanted && !request.body.contains(&b'\n')
}

fn arrives_in_form(value: &str) -> bool {
    let request = rendered("form", &json!({}), value).unwrap();
    let wanted = [("from", value), ("last", "end"), ("note", value), ("person.name", value)];
    let wanted: Vec<_> = wanted.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    pairs(&request.body) == wanted && request.body.is_ascii() && !request.body.contains(&b'\n')
}

fn arrives_in_query(value: &str) -> bool {
    let request = rendered("query", &json!({}), value).unwrap();
    let wanted = [("a", "1"), ("from", value), ("last", "end"), ("note", value), ("person.name", value)];
    let pairs: Vec<_> = request.url.query_pairs().collect();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    pairs == wanted && request.body.is_empty() && request.url.as_str().starts_with("https://buyer.example/leads?a=1&")
}

fn arrives_in_xml_or_not_at_all(value: &str) -> bool {
    let unfit = |sign: char| sign < ' ' && !"\t\n\r".contains(sign) || matches!(sign, '\u{fffe}' | '\u{ffff}');
    let request = match rendered("xml", &json!({}), value) {
        Ok(request) => request,
        Err(RenderError::Xml { name }) => {
            return value.contains(unfit) && ["note", "name", "from"].contains(&name.as_str());
        }
        Err(RenderError::Header { .. } | RenderError::Template { .. } | RenderError::Nesting { .. }) => return false,
    };
    let text = std::str::from_utf8(&request.body).unwrap();
    let document = roxmltree::Document::parse(text).unwrap();
    let root = document.root_element();
    let elements: Vec<_> =
        root.descendants().filter(|node| node.is_element()).map(|node| node.tag_name().name()).collect();
    let texts: Vec<_> = root.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect();
    let wanted: Vec<_> = [value, "end", value, value].into_iter().filter(|text| !text.is_empty()).collect();
    elements == ["lead", "from", "last", "note", "person", "name"] && texts == wanted
}

/// One header with the value, or no request.
fn arrives_in_header_or_not_at_all(value: &str) -> bool {
    match rendered("json", &json!({ "X-Note": "<{{ lead.c1 }}>" }), value) {
        Ok(request) => {
            let notes: Vec<_> = request.headers.iter().filter(|(name, _)| name == "x-note").collect();
            notes.len() == 1
                && notes[0].1.as_bytes() == format!("<{value}>").as_bytes()
                && !value.contains(['\r', '\n', '\0'])
        }
        Err(RenderError::Header { name }) => name == "X-Note" && value.chars().any(|sign| sign.is_ascii_control()),
        Err(RenderError::Template { .. } | RenderError::Nesting { .. } | RenderError::Xml { .. }) => false,
    }
}

#[test]
fn a_value_stays_one_value_wherever_it_is_written() {
    for value in NASTY {
        assert!(arrives_in_json(value), "{value:?}");
        assert!(arrives_in_form(value), "{value:?}");
        assert!(arrives_in_query(value), "{value:?}");
        assert!(arrives_in_xml_or_not_at_all(value), "{value:?}");
        assert!(arrives_in_header_or_not_at_all(value), "{value:?}");
    }
}

#[test]
fn a_header_that_cannot_carry_its_value_is_named_without_it() {
    let Err(error) = rendered("json", &json!({ "X-Note": "{{ lead.c1 }}" }), "secret\r\nX-Admin: yes") else {
        unreachable!("a line break is no header value")
    };
    assert!(error.to_string().contains("X-Note") && !error.to_string().contains("secret"), "{error}");
}

#[test]
fn no_lead_moves_the_url() {
    for value in NASTY {
        let request = rendered("form", &json!({}), value).unwrap();
        assert_eq!(request.url.as_str(), "https://buyer.example/leads?a=1");
    }
}

/// The bytes on the wire, read by a server that knows nothing of how they were made.
#[tokio::test]
async fn on_the_wire_there_is_one_request_with_the_headers_that_were_set() {
    for value in NASTY {
        for body in ["json", "form"] {
            let buyer = TestBuyer::answering(OK).await;
            let with_header = rendered(body, &json!({ "X-Note": "<{{ lead.c1 }}>" }), value);
            let Ok(request) = with_header.or_else(|_| rendered(body, &json!({}), value)) else {
                unreachable!("a body carries every value")
            };
            let url = url::Url::parse(&buyer.url()).unwrap();
            let expected_headers = request.headers.len() + 4;
            let sent = local_client().send(OutgoingRequest { url, ..request }).await;
            assert!(matches!(sent, Sent::Answered(_)), "{value:?}: {sent:?}");
            let requests = buyer.requests();
            let (head, sent_body) = requests[0].split_once("\r\n\r\n").unwrap();
            // The library adds user-agent, accept, host and content-length.
            assert_eq!((requests.len(), head.lines().count() - 1), (1, expected_headers), "{value:?}: {head}");
            let is_admin = |line: &str| line.to_ascii_lowercase().starts_with("x-admin");
            assert!(!head.split(['\r', '\n', '\0']).any(is_admin), "{head}");
            let note = if body == "json" {
                serde_json::from_str::<Value>(sent_body).unwrap()["note"].as_str().unwrap().to_owned()
            } else {
                pairs(sent_body.as_bytes())[2].1.clone()
            };
            assert_eq!(note, *value);
        }
    }
}

proptest! {
    #[test]
    fn any_text_arrives_as_one_value_or_not_at_all(value in "(?s).{0,200}") {
        prop_assert!(arrives_in_json(&value));
        prop_assert!(arrives_in_form(&value));
        prop_assert!(arrives_in_query(&value));
        prop_assert!(arrives_in_xml_or_not_at_all(&value));
        prop_assert!(arrives_in_header_or_not_at_all(&value));
    }

    #[test]
    fn text_full_of_separators_arrives_as_one_value_or_not_at_all(value in "[\\r\\n\\t\\x00\"'&=;:,{}\\[\\]%+\\\\ a]{0,60}") {
        prop_assert!(arrives_in_json(&value));
        prop_assert!(arrives_in_form(&value));
        prop_assert!(arrives_in_query(&value));
        prop_assert!(arrives_in_xml_or_not_at_all(&value));
        prop_assert!(arrives_in_header_or_not_at_all(&value));
    }
}
