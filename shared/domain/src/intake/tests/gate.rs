//! The gate: lists, filters, and the day by which they judge.

use super::*;
use crate::cap::CapPer;

fn from(source: Option<&str>, ssid: Option<&str>) -> Submission {
    Submission { source: source.map(str::to_owned), ssid: ssid.map(str::to_owned), ..good() }
}

fn reason(lead: &Lead) -> &str {
    match &lead.approval {
        Approval::Rejected { reason, .. } | Approval::Quarantined { reason, .. } => reason,
        Approval::Pending | Approval::Approved => "",
    }
}

#[test]
fn the_lists_of_campaign_and_supplier_both_have_to_let_a_lead_through() {
    let only_google = json!({ "sources": { "allow": ["Google"] }, "sub_suppliers": { "deny": ["bad"] } });
    let strict = campaign(&only_google);
    let mut acme = supplier("s1", true);
    acme.sources.deny = vec!["google".to_owned()];
    acme.sub_suppliers.allow = vec!["good".to_owned()];
    let open = campaign(&json!({}));
    for (campaign, supplier, source, ssid, code) in [
        (&strict, supplier("s1", true), Some("google"), None, None),
        (&strict, supplier("s1", true), Some("bing"), None, Some(-6)),
        (&strict, supplier("s1", true), None, None, Some(-6)),
        (&strict, supplier("s1", true), Some("google"), Some("BAD"), Some(-7)),
        (&strict, supplier("s1", true), Some("bing"), Some("bad"), Some(-6)),
        (&open, acme.clone(), Some("bing"), Some("good"), None),
        (&open, acme.clone(), Some("Google"), Some("good"), Some(-6)),
        (&open, acme.clone(), None, None, Some(-7)),
    ] {
        let (lead, claim, problems) = kept(from(source, ssid), campaign, &supplier);
        assert_eq!(
            (rejection(&lead), claim.is_some(), problems.len()),
            (code, code.is_none(), 0),
            "{source:?} {ssid:?}"
        );
        assert_eq!(lead.fields.len(), 1, "what was found right is kept as it was found right");
    }
}

#[test]
fn a_source_that_a_rule_has_normalised_is_judged_as_it_is_kept() {
    let fields = json!([{ "name": "source", "kind": { "type": "choice", "of": ["Google"] } }]);
    let campaign = campaign(&json!({ "fields": fields, "sources": { "deny": ["google"] }, "dedupe": null }));
    let posted = Submission { source: Some("GOOGLE".to_owned()), ..sent(&[]) };
    assert_eq!(rejection(&kept(posted, &campaign, &supplier("s1", true)).0), Some(-6));
}

fn filtered(otherwise: &str, more: &Value) -> Campaign {
    let filters = json!([
        { "filter": { "field": "supplier", "is": { "type": "not_one_of", "of": ["nobody"] } } },
        { "filter": { "field": "postcode", "is": { "type": "postcode_prefix", "of": ["LS"] } }, "otherwise": otherwise },
        { "filter": { "field": "email", "is": { "type": "equals", "value": "never@example.com" } } },
    ]);
    let mut changes = json!({ "filters": filters });
    changes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    campaign(&changes)
}

fn posted(postcode: &str) -> Submission {
    sent(&[("email", "ann@example.com"), ("postcode", postcode)])
}

#[test]
fn the_first_filter_that_does_not_let_a_lead_through_decides() {
    let rejecting = filtered("reject", &json!({}));
    let (lead, claim, _) = kept(posted("M1 1AA"), &rejecting, &supplier("s1", true));
    assert_eq!((rejection(&lead), claim, lead.payout.state), (Some(-6), None, PayoutState::Pending));
    assert_eq!(reason(&lead), "A filter keeps the lead out: postcode starts with none of LS.");
    let (lead, _, _) = kept(posted("LS1 4AP"), &rejecting, &supplier("s1", true));
    assert_eq!(reason(&lead), "A filter keeps the lead out: email is not never@example.com.");
}

#[test]
fn a_lead_that_is_put_aside_claims_nothing_earns_nothing_and_has_its_time() {
    let rule = json!({ "quarantine": { "hours": 48, "then": "release" } });
    for (more, hours) in [(json!({}), None), (rule, Some(48))] {
        let (lead, claim, _) = kept(posted("M1 1AA"), &filtered("quarantine", &more), &supplier("s1", true));
        assert_eq!((lead.approval.word(), claim, lead.payout.state), ("quarantined", None, PayoutState::Pending));
        assert_eq!((lead.quarantines, lead.was_taken_in(), lead.sold_status()), (1, true, SoldStatus::Open));
        let until = hours.map(|hours| lead.received + jiff::SignedDuration::from_hours(hours));
        assert_eq!((lead.quarantined_until(), lead.watch_at()), (until, until));
        let released = lead.on_released(lead.received).unwrap();
        assert_eq!((released.approval.word(), released.payout.state), ("approved", PayoutState::Earned));
    }
}

#[test]
fn ages_are_judged_by_the_day_of_the_accounts_zone() {
    let filter = json!([{ "filter": { "field": "dob", "is": { "type": "age", "min": 18 } } }]);
    let fields = json!([{ "name": "dob", "kind": { "type": "date" } }]);
    let campaign = campaign(&json!({ "fields": fields, "filters": filter, "dedupe": null }));
    // Half past eleven in the evening in London, and after midnight in Paris.
    let late = Timestamp::from_second(1_783_117_800).unwrap();
    assert_eq!(late.to_string(), "2026-07-03T22:30:00Z");
    for (zone, code) in [("UTC", Some(-6)), ("Europe/London", Some(-6)), ("Europe/Paris", None)] {
        let born = Submission { received: late, ..sent(&[("dob", "2008-07-04")]) };
        match judge(born, &campaign, &supplier("s1", true), &TimeZone::get(zone).unwrap()) {
            Intake::Kept { lead, .. } => assert_eq!(rejection(&lead), code, "{zone}"),
            Intake::Refused { problems } => panic!("{problems:?}"),
        }
    }
}

#[test]
fn a_lead_that_finds_no_room_was_not_taken_in_and_says_whose_cap_it_was() {
    let (lead, _, _) = kept(posted("M1 1AA"), &filtered("quarantine", &json!({})), &supplier("s1", true));
    for (whose, says) in [
        (CappedBy::Campaign, "The campaign takes no more leads on this day."),
        (CappedBy::Supplier, "The supplier may send no more leads on this day."),
    ] {
        let lead = as_over_cap(&lead, whose, CapPer::Day);
        assert_eq!((rejection(&lead), reason(&lead), lead.was_taken_in()), (Some(-4), says, false));
    }
}

#[test]
fn what_is_claimed_later_is_what_was_claimed_at_first_from_a_later_start() {
    let fields =
        json!([{ "name": "source", "kind": { "type": "text" } }, { "name": "email", "kind": { "type": "email" } }]);
    let dedupe = json!({ "fields": ["source", "email"], "window_days": 30 });
    let campaign = campaign(&json!({ "fields": fields, "dedupe": dedupe }));
    let (lead, claim, _) = kept(from(Some("Google"), None), &campaign, &supplier("s1", true));
    let (claim, hour) = (claim.unwrap(), jiff::SignedDuration::from_hours(1));
    assert_eq!(claim.values.values().collect::<Vec<_>>(), ["ann@example.com", "google"]);
    let later = Claim::of(&lead, &campaign, lead.received + hour).unwrap();
    assert_eq!(later, Claim { at: claim.at + hour, window_start: claim.window_start + hour, ..claim });
}

#[test]
fn filters_lists_and_caps_of_a_campaign_are_checked_where_they_stand() {
    use crate::setup::Record;
    let wrong = campaign(&json!({
        "filters": [{ "filter": { "field": "hat_size", "is": { "type": "range", "min": "9", "max": "1" } } }],
        "caps": [{ "per": "day", "count": 0 }],
        "sources": { "allow": [""] },
        "quarantine": { "hours": 0, "then": "reject" },
    }));
    let fields: Vec<_> = wrong.check().into_iter().map(|one| one.field).collect();
    let wanted =
        ["filters.0.filter.is.max", "filters.0.filter.field", "caps.0.count", "sources.allow.0", "quarantine.hours"];
    assert_eq!(fields, wanted);
}
