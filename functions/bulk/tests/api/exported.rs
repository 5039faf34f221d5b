//! Leads that are written into a file: the export that a job begins, and that the job is as far as that is.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::access::Principal;
use serde_json::json;
use store::{LeadExport, LeadExportState, keys};

use crate::{
    harness::{Api, at_once, figures, id_of, with},
    leads::{aside, id, open, sold},
};

fn export() -> serde_json::Value {
    json!({ "action": "export" })
}

async fn begun(api: &Api) -> LeadExport {
    let told = api.exports.take();
    assert_eq!(told.len(), 1, "its worker is told once");
    api.store().lead_export(told[0].export).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_job_begins_an_export_of_the_same_leads_and_changes_none() {
    let api = Api::start().await;
    api.put(&[sold(1), open(2), aside(3)]).await;
    let before = api.leads(&[id(1), id(2), id(3)]).await;
    let named = api.ordered_for(&export(), &[id(2), id(1), id(2)]).await;
    let export_of_named = begun(&api).await;
    assert_eq!(export_of_named.named, Some(vec![id(2), id(1)]));
    assert_eq!(export_of_named.caller, Principal::Seller);
    let searched = api.ordered(&with(&export(), json!({ "search": { "campid": ["solar"], "q": ["person"] } }))).await;
    let export_of_found = begun(&api).await;
    assert_eq!((&export_of_found.named, export_of_found.query.campaigns.len()), (&None, 1));
    assert_eq!(export_of_found.query.text.len(), 1, "it is searched for, until it is over");
    assert!(api.stored(searched).await.wanted != api.stored(named).await.wanted);
    let row = serde_json::to_string(&api.stored(searched).await).unwrap();
    assert!(!row.contains("person"), "the job keeps no text: {row}");

    assert_eq!(api.told(), Vec::new(), "no worker of jobs has anything to do");
    for (job, export) in [(named, export_of_named), (searched, export_of_found)] {
        let view = api.job(job).await;
        let told = (&view["action"], &view["state"], &view["export_id"]);
        assert_eq!(told, (&json!("export"), &json!("selecting"), &json!(export.id)));
        let state = LeadExportState::Done;
        let after = LeadExport { state, rows: 2, ended_at: Some(lambda::now()), ..export.clone() };
        api.store().save_lead_export(&export, after).await.unwrap().unwrap();
        let over = api.job(job).await;
        assert_eq!((&over["state"], figures(&over)), (&json!("done"), (vec![2, 2, 0, 0, 0], Vec::new())), "{over:#}");
        assert!(over["ended_at"].is_string());
    }
    let list = api.get("/v1/bulk").await.ok();
    let listed = list["items"].as_array().unwrap().iter().map(|job| job["state"].as_str().unwrap());
    assert_eq!(listed.collect::<Vec<_>>(), ["done", "done"]);
    assert_eq!(api.leads(&[id(1), id(2), id(3)]).await, before);
}

#[tokio::test]
async fn a_repeated_order_begins_no_second_export_and_mends_one_whose_message_was_lost() {
    let api = Api::start().await;
    let order = with(&export(), json!({ "lead_ids": [id(1)] }));
    let key = [("idempotency-key", "one")];
    let first = api.ask("POST", "/v1/bulk", &key, Some(&order)).await.expect(202);
    let first_export = begun(&api).await;
    let again = api.ask("POST", "/v1/bulk", &key, Some(&order)).await.expect(202);
    assert_eq!(
        (&again, begun(&api).await),
        (&first, first_export.clone()),
        "nobody has begun, so it is asked for again"
    );
    let held = LeadExport {
        state: LeadExportState::Running,
        lease_until: Some(lambda::now() + crate::harness::HELD),
        ..first_export.clone()
    };
    api.store().save_lead_export(&first_export, held).await.unwrap().unwrap();
    assert_eq!(api.ask("POST", "/v1/bulk", &key, Some(&order)).await.expect(202)["state"], "running");
    assert_eq!(api.exports.take().len(), 0);
    let other = with(&export(), json!({ "lead_ids": [id(2)] }));
    api.ask("POST", "/v1/bulk", &key, Some(&other)).await.expect(422);
}

#[tokio::test]
async fn a_job_that_is_called_off_ends_its_export() {
    let api = Api::start().await;
    let view = api.post("/v1/bulk", &with(&export(), json!({ "lead_ids": [id(1)] }))).await.expect(202);
    let job = id_of(&view);
    let export = begun(&api).await;
    assert_eq!(api.cancelled(job).await.expect(200)["state"], "cancelled");
    let over = api.store().lead_export(export.id).await.unwrap().unwrap();
    assert!(matches!(&over.state, LeadExportState::Failed { code, .. } if code == "cancelled"), "{over:?}");
    let late = LeadExport { state: LeadExportState::Done, ..export.clone() };
    assert_eq!(api.store().save_lead_export(&export, late).await.unwrap(), None, "who works on it has lost it");
    assert_eq!(api.cancelled(job).await.expect(200), api.job(job).await);
    assert_eq!(api.told(), Vec::new());
}

#[tokio::test]
async fn a_job_whose_order_died_before_its_export_can_be_called_off_and_begins_none_any_more() {
    let api = Api::start().await;
    let order = with(&export(), json!({ "lead_ids": [id(1)] }));
    let key = [("idempotency-key", "one")];
    let job = id_of(&api.ask("POST", "/v1/bulk", &key, Some(&order)).await.expect(202));
    let export = begun(&api).await;
    let row = keys::lead_export(export.id);
    let (pk, sk) = (AttributeValue::S(row.pk), AttributeValue::S(row.sk));
    let delete = api.tables.client().delete_item().table_name(api.tables.tables().leads);
    delete.key("pk", pk).key("sk", sk).send().await.unwrap();
    assert_eq!(api.job(job).await["state"], "selecting");
    assert_eq!(api.cancelled(job).await.expect(200)["state"], "cancelled");
    let again = api.ask("POST", "/v1/bulk", &key, Some(&order)).await.expect(202);
    assert_eq!((&again["state"], again.get("export_id")), (&json!("cancelled"), None), "{again:#}");
    assert_eq!((api.store().lead_export(export.id).await.unwrap(), api.exports.take().len()), (None, 0));
}

#[tokio::test]
async fn a_dry_run_counts_leads_and_begins_nothing() {
    let api = Api::start().await;
    api.put(&[sold(1), open(2)]).await;
    let order = with(&export(), json!({ "dry_run": true, "search": { "campid": ["solar"] } }));
    let job = api.ordered(&order).await;
    api.work(at_once()).await;
    let seen = api.job(job).await;
    assert_eq!((figures(&seen).0, seen["state"].as_str()), (vec![2, 2, 2, 0, 0], Some("done")), "{seen:#}");
    assert_eq!((api.exports.take().len(), seen.get("export_id")), (0, None));
}
