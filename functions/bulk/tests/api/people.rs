//! People: left alone, whichever of their leads it was said by, and forgotten.

use domain::{
    consent::Spoken,
    lead::{Channel, Lead},
};
use lambda::test_api::identity;
use serde_json::{Value, json};

use crate::{
    harness::{Api, at_once, with},
    leads::{aside, id, open, sold},
};

const PERSON: &str = "ann@example.com";

/// The same lead, of Ann.
fn anns(lead: Lead) -> Lead {
    let fields = [("email", PERSON), ("phone1", "+447700900123")];
    Lead { fields: fields.map(|(name, value)| (name.parse().unwrap(), value.to_owned())).into(), ..lead }
}

async fn spoken(api: &Api, number: u16) -> Spoken {
    api.store().spoken(&api.lead(id(number)).await, &identity()).await.unwrap()
}

async fn may_be_written_to(api: &Api, number: u16) -> [bool; 2] {
    let (lead, spoken) = (api.lead(id(number)).await, spoken(api, number).await);
    Channel::ALL.map(|channel| lead.may_be_written_to(channel, &spoken))
}

/// Has it done to these leads, and says what became of them.
async fn done(api: &Api, order: &Value, numbers: &[u16]) -> Vec<String> {
    let leads: Vec<_> = numbers.iter().map(|number| id(*number)).collect();
    let job = api.ordered_for(order, &leads).await;
    api.work(at_once()).await;
    api.outcomes(job).await
}

#[tokio::test]
async fn what_a_person_said_by_one_lead_holds_for_all_of_its_leads() {
    let api = Api::start().await;
    api.put(&[anns(sold(1)), anns(open(2)), open(3)]).await;
    let no = json!({ "action": "unsubscribe", "params": { "told": "No more mails, as you asked." } });
    assert_eq!(done(&api, &no, &[1]).await, ["changed"]);
    assert_eq!((may_be_written_to(&api, 2).await, may_be_written_to(&api, 3).await), ([false, false], [true, false]));
    let word = spoken(&api, 2).await.email.last().cloned().unwrap();
    assert!(word.by.to_string().starts_with("seller job bulk_"), "{word:?}");
    assert_eq!(word.told.as_deref(), Some("No more mails, as you asked."));
    // By another lead of hers it is known, and by that one it is taken back.
    assert_eq!(done(&api, &no, &[2]).await, ["unchanged"]);
    let yes = json!({ "action": "resubscribe", "params": { "to": "sms" } });
    assert_eq!(done(&api, &yes, &[2]).await, ["changed"]);
    assert_eq!(may_be_written_to(&api, 1).await, [false, true]);
}

#[tokio::test]
async fn deleted_leads_are_gone_for_good_but_for_their_money() {
    let api = Api::start().await;
    api.put(&[anns(sold(1)), anns(aside(2)), open(3)]).await;
    let order = json!({ "action": "delete" });
    let dry = with(&order, json!({ "dry_run": true }));
    assert_eq!(done(&api, &dry, &[1, 2]).await, ["changed", "changed"]);
    assert!(!api.lead(id(1)).await.is_deleted(), "a dry run changes nothing");
    assert_eq!(done(&api, &order, &[1, 2]).await, ["changed", "changed"]);
    assert!(!api.tables.everything().await.contains("ann@"));
    assert_eq!(api.lead(id(1)).await.revenue().unwrap().minor, 1_250);
    assert_eq!(done(&api, &order, &[1]).await, ["deleted"]);
    for gone in ["redeliver", "release", "unsubscribe", "resubscribe"] {
        let refused = done(&api, &json!({ "action": gone }), &[2]).await;
        assert!(["deleted", "nothing_failed"].contains(&refused[0].as_str()), "{gone}: {refused:?}");
    }
    // Its money can still be put right, and its sale come back.
    let back = json!({ "action": "return", "params": { "reason": "OTHER" } });
    assert_eq!(done(&api, &back, &[1]).await, ["changed"]);
    assert_eq!(api.lead(id(1)).await.revenue().unwrap().minor, 0);
}

#[tokio::test]
async fn a_person_is_erased_with_all_leads_and_no_job_says_who_it_was() {
    let api = Api::start().await;
    api.put(&[anns(sold(1)), anns(open(2)), open(3)]).await;
    let no = json!({ "action": "unsubscribe", "params": { "from": "email" } });
    done(&api, &no, &[1]).await;
    let order = json!({ "action": "erase", "params": { "email": "Ann@Example.com" } });
    let job = api.ordered(&order).await;
    api.work(at_once()).await;
    let view = api.job(job).await;
    assert_eq!((&view["total"], &view["changed"], &view["params"]), (&json!(2), &json!(2), &json!({})), "{view:#}");
    let everything = api.tables.everything().await.to_lowercase();
    assert!(!everything.contains("ann@") && !everything.contains("7700900123") && everything.contains("person3@"));
    // Nobody is left to be erased; the no is.
    let again = api.ordered(&order).await;
    api.work(at_once()).await;
    assert_eq!(api.job(again).await["total"], 0);
    api.put(&[anns(open(4))]).await;
    assert_eq!(may_be_written_to(&api, 4).await, [false, true]);
}

#[tokio::test]
async fn leads_of_a_person_that_come_in_while_it_is_erased_are_erased_as_well() {
    let api = Api::start().await;
    api.put(&[anns(sold(1))]).await;
    let job = api.ordered(&json!({ "action": "erase", "params": { "email": PERSON, "phone": "+447700900123" } })).await;
    api.put(&[anns(open(2)), open(3)]).await;
    api.work(at_once()).await;
    let view = api.job(job).await;
    assert_eq!((&view["state"], &view["total"], &view["changed"]), (&json!("done"), &json!(2), &json!(2)), "{view:#}");
    assert_eq!(api.outcomes(job).await, ["changed", "changed"]);
    let everything = api.tables.everything().await;
    assert!(!everything.contains("ann@") && everything.contains("person3@"));
    assert_eq!(api.stored(job).await.person, [], "nor is it known by its hash");

    let dry =
        with(&json!({ "action": "erase", "params": { "email": "person3@example.com" } }), json!({ "dry_run": true }));
    let dry = api.ordered(&dry).await;
    api.work(at_once()).await;
    assert_eq!((api.job(dry).await["total"].clone(), api.lead(id(3)).await.is_deleted()), (json!(1), false));
}

#[tokio::test]
async fn what_was_said_of_a_lead_does_not_stay_with_the_job_that_said_it() {
    let api = Api::start().await;
    api.put(&[anns(aside(1))]).await;
    let order = json!({ "action": "reject", "params": { "reason": "Ann Smith has moved" } });
    let job = api.ordered_for(&order, &[id(1)]).await;
    api.work(at_once()).await;
    assert_eq!(api.job(job).await["params"], json!({}));
    assert_eq!(done(&api, &json!({ "action": "delete" }), &[1]).await, ["changed"]);
    assert!(!api.tables.everything().await.contains("Ann Smith"));
}

#[tokio::test]
async fn who_is_erased_is_said_by_an_address_or_a_phone_and_nothing_else() {
    let api = Api::start().await;
    let refusal = async |form: Value| api.post("/v1/bulk", &form).await.refusal();
    assert_eq!(refusal(json!({ "action": "erase" })).await, "422 invalid params.email:required");
    let named = json!({ "action": "erase", "params": { "email": PERSON }, "lead_ids": [id(1)] });
    assert_eq!(refusal(named).await, "422 invalid lead_ids:which");
}

#[tokio::test]
async fn what_was_searched_for_is_forgotten_once_the_leads_are_written_down() {
    let api = Api::start().await;
    api.put(&[anns(sold(1)), open(3)]).await;
    let search = json!({ "q": [PERSON], "field": { "email": [PERSON] } });
    let job = api.ordered(&json!({ "action": "delete", "search": search })).await;
    api.work(at_once()).await;
    assert_eq!(api.job(job).await["changed"], 1);
    assert!(!api.tables.everything().await.contains("ann@"));
}
