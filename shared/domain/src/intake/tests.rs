//! What a lead is judged to be, and what of it is kept.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken fixture should fail the test")]

mod gate;
mod payout;

use serde_json::{Value, json};
use ulid::Ulid;

use super::*;
use crate::{
    field::MAX_VALUE_CHARS,
    lead::{PayoutState, SoldStatus},
};

fn campaign(changes: &Value) -> Campaign {
    let mut campaign = json!({
        "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP",
        "fields": [{ "name": "email", "kind": { "type": "email" }, "required": true }],
        "dedupe": { "fields": ["email"], "window_days": 30 },
        "payout": { "mode": "system_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
        "suppliers": ["s1"],
    });
    campaign.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(campaign).unwrap()
}

fn supplier(sid: &str, active: bool) -> Supplier {
    serde_json::from_value(json!({ "sid": sid, "name": "Acme", "active": active })).unwrap()
}

fn sent(fields: &[(&str, &str)]) -> Submission {
    Submission {
        id: LeadId::from_ulid(Ulid(1)),
        received: Timestamp::from_second(1_800_000_000).unwrap(),
        method: Method::Api,
        ssid: None,
        source: None,
        test: false,
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    }
}

fn good() -> Submission {
    sent(&[("email", "ann@example.com")])
}

/// The lead that is kept, with what is wrong as `field:code`.
fn kept(sent: Submission, campaign: &Campaign, supplier: &Supplier) -> (Lead, Option<Claim>, Vec<String>) {
    match judge(sent, campaign, supplier, &TimeZone::UTC) {
        Intake::Kept { lead, problems } => {
            let claim = Claim::of(&lead, campaign, lead.received);
            (*lead, claim, named(&problems))
        }
        Intake::Refused { problems } => panic!("{problems:?}"),
    }
}

fn named(problems: &[FieldProblem]) -> Vec<String> {
    problems.iter().map(|problem| format!("{}:{}", problem.field, problem.code)).collect()
}

fn rejection(lead: &Lead) -> Option<i32> {
    match &lead.approval {
        Approval::Rejected { code, .. } => Some(code.code()),
        Approval::Pending | Approval::Approved | Approval::Quarantined { .. } => None,
    }
}

#[test]
fn a_good_lead_is_approved_earns_its_payout_and_claims_its_data() {
    let (lead, claim, problems) = kept(good(), &campaign(&json!({})), &supplier("s1", true));
    assert_eq!((lead.approval, lead.payout.state, problems), (Approval::Approved, PayoutState::Earned, vec![]));
    assert_eq!(claim.unwrap().values.into_values().collect::<Vec<_>>(), ["ann@example.com"]);
}

#[test]
fn a_test_is_judged_like_any_lead_but_is_never_for_sale_and_worth_nothing() {
    let test = |sent: Submission| Submission { test: true, ..sent };
    let (lead, claim, _) = kept(test(good()), &campaign(&json!({})), &supplier("s1", true));
    assert_eq!((&lead.approval, claim, lead.is_for_sale()), (&Approval::Approved, None, false));
    assert_eq!(
        (lead.payout.state, lead.payout.amount.minor, lead.earned_payout().unwrap().minor),
        (PayoutState::Pending, 0, 0)
    );
    assert_eq!((lead.sold_status(), lead.watch_at()), (SoldStatus::Unsold, None));
    let queued = lead.on_queued(&"d1".parse().unwrap(), Some("b1".parse().unwrap()), lead.received);
    assert_eq!(queued.unwrap_err().code, "not_for_sale");

    let (lead, _, problems) = kept(test(sent(&[("email", "ann@")])), &campaign(&json!({})), &supplier("s1", true));
    assert_eq!((lead.test, rejection(&lead), problems.len()), (true, Some(-5), 1));
}

#[test]
fn who_may_not_post_is_told_so_before_anything_about_the_campaign() {
    let (on, off) = (campaign(&json!({})), campaign(&json!({ "active": false })));
    for (campaign, supplier, code) in [
        (&on, supplier("s2", true), -7),
        (&off, supplier("s2", true), -7),
        (&on, supplier("s1", false), -7),
        (&off, supplier("s1", true), -9),
    ] {
        let (lead, claim, _) = kept(good(), campaign, &supplier);
        assert_eq!((rejection(&lead), claim, lead.payout.state), (Some(code), None, PayoutState::Pending));
        assert_eq!(may_post(campaign, &supplier), code != -7);
    }
}

#[test]
fn of_a_lead_whose_supplier_may_not_post_neither_data_nor_terms_are_kept() {
    let share = json!({ "payout": { "mode": "buyer_accept", "share": { "basis_points": 6_000, "rounding": "down" } } });
    let markup = sent(&[("email", "<b>x</b>"), ("c1", "y"), ("roof", "z")]);
    let labelled = Submission { ssid: Some("a\tb".to_owned()), source: Some("Google".to_owned()), ..good() };
    for campaign in [campaign(&json!({})), campaign(&share)] {
        for sent in [good(), markup.clone(), labelled.clone()] {
            let (lead, claim, problems) = kept(sent, &campaign, &supplier("s2", true));
            assert_eq!((rejection(&lead), claim, problems), (Some(-7), None, vec![]));
            assert_eq!((lead.fields.len(), lead.ssid, lead.source), (0, None, None));
            assert_eq!((lead.payout.amount.minor, lead.terms.share), (0, None));
        }
    }
}

#[test]
fn markup_and_control_characters_are_refused_wherever_they_stand() {
    let bad = "<script>alert(1)</script>";
    for (sent, field) in [
        (sent(&[("email", bad)]), "email"),
        (sent(&[("email", "a\0b")]), "email"),
        (sent(&[(bad, "x")]), "_script_alert_1___script_"),
        (sent(&[("a\u{1b}[31m", "x")]), "a__31m"),
        (Submission { ssid: Some(bad.to_owned()), ..good() }, "ssid"),
        (Submission { source: Some("javascript:alert(1)".to_owned()), ..good() }, "source"),
    ] {
        match judge(sent, &campaign(&json!({ "active": false })), &supplier("s1", true), &TimeZone::UTC) {
            Intake::Refused { problems } => assert_eq!(named(&problems), [format!("{field}:unsafe_content")]),
            Intake::Kept { lead, .. } => panic!("{lead:?}"),
        }
    }
}

#[test]
fn labels_are_short_and_on_one_line() {
    let (campaign, supplier) = (campaign(&json!({})), supplier("s1", true));
    let with = |label: &str| Submission { ssid: Some(label.to_owned()), source: Some(label.to_owned()), ..good() };
    let longest = "ü".repeat(MAX_LABEL_CHARS);
    for (label, kept_as) in
        [(longest.as_str(), Some(longest.as_str())), (" a b ", Some("a b")), ("", None), (" ", None)]
    {
        let (lead, _, problems) = kept(with(label), &campaign, &supplier);
        assert_eq!((lead.ssid.as_deref(), lead.source.as_deref(), problems), (kept_as, kept_as, vec![]));
    }
    let too_long = "a".repeat(MAX_LABEL_CHARS + 1);
    for (label, code) in [
        (too_long.as_str(), "too_long"),
        ("a\nb", "not_one_line"),
        ("a\tb", "not_one_line"),
        ("a\u{2028}b", "not_one_line"),
    ] {
        let (lead, claim, problems) = kept(with(label), &campaign, &supplier);
        assert_eq!(problems, [format!("ssid:{code}"), format!("source:{code}")]);
        assert_eq!((rejection(&lead), claim, lead.ssid, lead.source), (Some(-5), None, None, None));
    }
}

#[test]
fn a_campaign_may_have_a_rule_for_the_source() {
    let choice =
        json!([{ "name": "source", "kind": { "type": "choice", "of": ["Google", "Bing"] }, "required": true }]);
    let (campaign, supplier) = (campaign(&json!({ "fields": choice })), supplier("s1", true));
    let from = |source: Option<&str>| Submission { source: source.map(str::to_owned), ..sent(&[]) };
    let (lead, _, problems) = kept(from(Some("google")), &campaign, &supplier);
    assert_eq!((lead.source.as_deref(), lead.fields.len(), problems), (Some("Google"), 0, vec![]));
    assert_eq!(kept(from(Some("yahoo")), &campaign, &supplier).2, ["source:not_allowed"]);
    assert_eq!(kept(from(None), &campaign, &supplier).2, ["source:required"]);
    assert_eq!(kept(from(Some(&"x".repeat(101))), &campaign, &supplier).2, ["source:too_long"]);
}

#[test]
fn of_a_rejected_lead_no_more_is_kept_than_a_good_one_could_have() {
    let long = "x".repeat(5_000);
    let posted = sent(&[("email", "ann@"), ("c1", &long), ("Not A Name", "y")]);
    let (lead, _, problems) = kept(posted, &campaign(&json!({})), &supplier("s1", true));
    assert_eq!(problems, ["email:not_an_email", "c1:too_long", "Not A Name:unknown_field"]);
    let kept: Vec<_> = lead.fields.iter().map(|(name, value)| (name.as_str(), value.len())).collect();
    assert_eq!(kept, [("c1", MAX_VALUE_CHARS), ("email", 4)]);
}

#[test]
fn of_a_rejected_lead_a_few_kilobytes_are_kept_however_much_was_sent() {
    let names: Vec<String> = (0..290).map(|number| format!("f{number}")).collect();
    let (value, open) = ("x".repeat(850), campaign(&json!({})));
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), value.as_str())).collect();
    let closed = campaign(&json!({ "active": false }));
    for (campaign, code) in [(&open, -5), (&closed, -9)] {
        let (lead, ..) = kept(sent(&[&many[..], &[("zip", "1")]].concat()), campaign, &supplier("s1", true));
        let bytes: usize = lead.fields.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        assert_eq!(rejection(&lead), Some(code));
        assert!(bytes <= MAX_REJECTED_BYTES && bytes > MAX_REJECTED_BYTES - 900, "{bytes}");
        assert_eq!(lead.fields["zip"], "1", "a field that is too large does not take the room of others");
    }
}

#[test]
fn fields_that_are_right_one_by_one_may_be_too_much_together() {
    let rule = |number: usize| json!({ "name": format!("f{number:03}"), "kind": { "type": "text" } });
    let campaign = campaign(&json!({ "fields": (0..100).map(rule).collect::<Vec<_>>(), "dedupe": null }));
    let names: Vec<String> = (0..100).map(|number| format!("f{number:03}")).collect();
    // With its name, 1,024 bytes each.
    let value = "é".repeat(510);
    let most: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), value.as_str())).collect();
    let (lead, ..) = kept(sent(&most), &campaign, &supplier("s1", true));
    assert_eq!((lead.approval.word(), lead.fields.len()), ("approved", 100));
    let (lead, claim, problems) = kept(sent(&[&most[..], &[("c1", "x")]].concat()), &campaign, &supplier("s1", true));
    assert_eq!((rejection(&lead), claim, problems), (Some(-5), None, vec![":too_large".to_owned()]));
}

#[test]
fn the_window_reaches_back_to_the_millisecond() {
    let (_, claim, _) = kept(good(), &campaign(&json!({})), &supplier("s1", true));
    let reach = good().received.as_millisecond() - claim.unwrap().window_start.as_millisecond();
    assert_eq!(reach, 30 * 24 * 60 * 60 * 1_000);
}
