//! Which leads go into another campaign, and as what.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use ulid::Ulid;

use super::*;
use crate::{
    delivery::{Channel, Delivery},
    intake::{Intake, judge},
    setup::Record,
    supplier::Supplier,
};

fn channel(changes: Value) -> Value {
    let mut channel = json!({ "kind": "transfer", "campid": "boilers", "sid": "us" });
    channel.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    channel
}

fn transfer(changes: Value) -> TransferChannel {
    match serde_json::from_value(channel(changes)).unwrap() {
        Channel::Transfer(transfer) => *transfer,
        other @ (Channel::Http(_) | Channel::Store(_) | Channel::Email(_) | Channel::File(_) | Channel::L2l(_)) => {
            unreachable!("it is a transfer: {other:?}")
        }
    }
}

fn campaign(campid: &str, fields: Value) -> Campaign {
    serde_json::from_value(json!({
        "campid": campid, "name": "C", "country": "GB", "currency": "GBP", "fields": fields, "suppliers": ["us"],
        "payout": { "mode": "system_accept", "amount": { "amount": "0.00", "currency": "GBP" } },
    }))
    .unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn id(number: u128) -> LeadId {
    LeadId::from_ulid(Ulid(number))
}

/// A lead of campaign `solar`, with an e-mail address and a field of that campaign's own.
fn lead() -> Lead {
    let text = json!({ "name": "roof", "kind": { "type": "text" } });
    let supplier: Supplier = serde_json::from_value(json!({ "sid": "us", "name": "Us" })).unwrap();
    let fields = [("email", "ann@example.com"), ("roof", "tiled"), ("firstname", "Ann")];
    let sent = Submission {
        id: id(1),
        received: at(100),
        method: Method::Api,
        ssid: Some("sub".to_owned()),
        source: Some("google".to_owned()),
        test: false,
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    };
    match judge(sent, &campaign("solar", json!([text])), &supplier, &jiff::tz::TimeZone::UTC) {
        Intake::Kept { lead, .. } => *lead,
        other @ Intake::Refused { .. } => {
            unreachable!("nothing is wrong with it: {other:?}")
        }
    }
}

fn from(campaigns: &[&str]) -> Lead {
    let (last, before) = campaigns.split_last().unwrap();
    let campaigns: Vec<CampaignRef> = before.iter().map(|campid| campid.parse().unwrap()).collect();
    let origin = (!campaigns.is_empty()).then_some(Origin { lead: id(9), campaigns });
    Lead { campid: last.parse().unwrap(), origin, ..lead() }
}

#[test]
fn a_transferred_lead_says_which_lead_it_was_and_all_campaigns_it_was_in() {
    let origin = transfer(json!({})).origin(&from(&["first", "solar"])).unwrap();
    let campaigns = ["first", "solar"].map(|campid| campid.parse().unwrap());
    assert_eq!(origin, Origin { lead: id(1), campaigns: campaigns.into() });
}

#[test]
fn no_lead_comes_into_a_campaign_twice() {
    let been_there = |campaigns: &[&str]| transfer(json!({})).origin(&from(campaigns)).unwrap_err();
    let refused = NoTransfer::BeenThere("boilers".parse().unwrap());
    assert_eq!(been_there(&["boilers"]), refused);
    assert_eq!(been_there(&["boilers", "solar"]), refused);
    assert_eq!(been_there(&["first", "boilers", "solar"]), refused);
    assert_eq!(refused.to_string(), "it has been in campaign boilers already");
}

#[test]
fn a_lead_is_transferred_five_times_at_most() {
    assert!(transfer(json!({})).origin(&from(&["a", "b", "c", "d", "e"])).is_ok());
    assert_eq!(transfer(json!({})).origin(&from(&["a", "b", "c", "d", "e", "f"])), Err(NoTransfer::TooOften));
}

#[test]
fn a_lead_brings_its_labels_and_the_fields_that_the_other_campaign_knows() {
    let target = campaign("boilers", json!([{ "name": "fuel", "kind": { "type": "text" } }]));
    let filled = [("fuel", "gas"), ("firstname", ""), ("c1", "x")];
    let filled = filled.map(|(name, value)| (name.parse().unwrap(), value.to_owned())).into();
    let sent = transfer(json!({})).submission(&lead(), &target, filled, id(2), at(200));
    let fields = [("c1", "x"), ("email", "ann@example.com"), ("fuel", "gas")];
    assert_eq!(sent.fields, fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!((sent.id, sent.received, sent.method, sent.test), (id(2), at(200), Method::Transfer, false));
    assert_eq!((sent.ssid.as_deref(), sent.source.as_deref()), (Some("sub"), Some("google")));
}

#[test]
fn a_template_may_set_the_source_or_take_it_away() {
    let target = campaign("boilers", json!([]));
    let source = |value: &str| {
        let filled = [("source".parse().unwrap(), value.to_owned())].into();
        transfer(json!({ "fields": { "source": "x" } })).submission(&lead(), &target, filled, id(2), at(200)).source
    };
    assert_eq!((source("partner"), source("")), (Some("partner".to_owned()), None));
}

fn findings(channel: Value) -> Vec<String> {
    let delivery: Delivery = serde_json::from_value(json!({
        "did": "d1", "name": "D", "campid": "solar", "price": { "amount": "0.00", "currency": "GBP" }, "channel": channel,
    }))
    .unwrap();
    delivery.check().into_iter().map(|found| format!("{} {}", found.field, found.code)).collect()
}

#[test]
fn a_transfer_into_its_own_campaign_or_with_a_broken_template_is_refused() {
    assert_eq!(findings(channel(json!({ "fields": { "fuel": "{{ lead.fuel }}" } }))), [""; 0]);
    assert_eq!(findings(channel(json!({ "campid": "solar" }))), ["channel.campid own_campaign"]);
    assert_eq!(findings(channel(json!({ "fields": { "fuel": "{{" } }))), ["channel.fields.fuel template_syntax"]);
}

#[test]
fn the_other_campaign_has_to_know_the_supplier_and_the_fields() {
    let found = |transfer: TransferChannel| -> Vec<String> {
        let found =
            transfer.check_target(&campaign("boilers", json!([{ "name": "fuel", "kind": { "type": "text" } }])));
        found.into_iter().map(|found| format!("{} {}", found.field, found.code)).collect()
    };
    assert_eq!(found(transfer(json!({ "fields": { "fuel": "gas", "email": "{{ lead.email }}" } }))), [""; 0]);
    assert_eq!(
        found(transfer(json!({ "sid": "them", "fields": { "roof": "x" } }))),
        ["channel.sid not_a_supplier", "channel.fields.roof unknown_field"]
    );
}

#[test]
fn the_campaign_and_the_supplier_have_to_be_there() {
    let links: Vec<String> =
        transfer(json!({})).links().into_iter().map(|link| format!("{} {}", link.field, link.reference)).collect();
    assert_eq!(links, ["channel.campid boilers", "channel.sid us"]);
}
