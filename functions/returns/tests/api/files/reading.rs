//! One file, as far as it is.

use domain::time::rfc3339;
use lambda::test_api::pounds;
use serde_json::json;
use store::{FileDecision, FileDecisionKind, ReturnFile, ReturnFileState};

use super::{done, dropped, id, judged, members, path, save};
use crate::{harness::Api, sales::hours_ago};

#[tokio::test]
async fn a_file_that_is_somebody_elses_looks_as_if_it_were_not_there() {
    let api = Api::start().await;
    dropped(&api, 1, "b1", 1).await;
    for (caller, number, status) in [
        ("seller", 1, 200),
        ("b1", 1, 200),
        ("b2", 1, 404),
        ("s1", 1, 403),
        ("", 1, 401),
        ("seller", 2, 404),
        ("b1", 2, 404),
    ] {
        assert_eq!(api.by(caller).get(&path(number)).await.status, status, "{caller} {number}");
    }
    let [others, nobodys] = [1, 2].map(path);
    let detail = async |path: &str| api.by("b2").get(path).await.json["detail"].clone();
    assert_eq!(detail(&others).await, detail(&nobodys).await);
    assert_eq!(api.get("/v1/return-files/june.csv").await.status, 404);
}

#[tokio::test]
async fn a_running_file_says_how_far_it_is_and_has_no_result() {
    let api = Api::start().await;
    let file = dropped(&api, 1, "b1", 1).await;
    let file = judged(&api, file, ReturnFileState::Running).await;
    let expected = json!({
        "return_file_id": id(1), "bid": "b1", "name": "june-1.csv", "state": "running", "dry_run": false,
        "received_at": rfc3339(file.at), "read_bytes": 400, "bytes": 900, "rows": 4, "ignored": 1,
        "outcomes": { "returned": 2, "ambiguous": 1 }, "amounts": [pounds("25.00")], "payouts": [pounds("10.00")],
    });
    assert_eq!(api.get(&path(1)).await.ok(), expected);
}

#[tokio::test]
async fn a_file_is_never_read_further_than_it_goes() {
    let api = Api::start().await;
    let file = dropped(&api, 1, "b1", 1).await;
    // The text of a workbook is longer than the workbook.
    save(&api, &file, ReturnFile { read_bytes: 5_000, ..file.clone() }).await;
    let view = api.get(&path(1)).await.ok();
    assert_eq!((&view["read_bytes"], &view["bytes"]), (&json!(900), &json!(900)));
}

#[tokio::test]
async fn the_result_of_a_file_that_is_done_is_behind_a_link_for_a_quarter_of_an_hour() {
    let api = Api::start().await;
    done(&api, 1).await;
    for caller in ["seller", "b1"] {
        let view = api.by(caller).get(&path(1)).await.ok();
        assert_eq!((&view["state"], view["ended_at"].is_string()), (&json!("done"), true));
        assert_eq!((&view["read_bytes"], &view["bytes"]), (&json!(900), &json!(900)), "lines behind the last row, too");
        let url = view["result_url"].as_str().unwrap();
        let (address, signed) = url.split_once('?').unwrap();
        assert_eq!(address, "https://files.s3.eu-west-2.amazonaws.com/return-results/b1/june-x.csv");
        assert!(signed.contains("X-Amz-Expires=900") && signed.contains("X-Amz-Signature="), "{signed}");
        assert!(signed.contains("response-content-disposition=attachment"), "{signed}");
    }
}

#[tokio::test]
async fn a_buyer_is_shown_no_payout_and_nothing_of_the_workers_own() {
    let api = Api::start().await;
    done(&api, 1).await;
    let own = api.by("b1").get(&path(1)).await.ok();
    let expected = [
        "amounts",
        "bid",
        "bytes",
        "dry_run",
        "ended_at",
        "ignored",
        "name",
        "outcomes",
        "read_bytes",
        "received_at",
        "result_url",
        "return_file_id",
        "rows",
        "state",
    ];
    assert_eq!(members(&own), expected);
    assert_eq!(own["amounts"], json!([pounds("25.00")]));
    let sellers = api.get(&path(1)).await.ok();
    assert_eq!(sellers["payouts"], json!([pounds("10.00")]));
    assert_eq!(members(&sellers).len(), expected.len() + 1);
}

#[tokio::test]
async fn a_file_of_which_no_row_is_read_says_why() {
    let api = Api::start().await;
    let ended = Some(hours_ago(0));
    let (code, detail) = ("no_columns".to_owned(), "No column says whom it means.".to_owned());
    let file = dropped(&api, 1, "b1", 1).await;
    let after = ReturnFile { state: ReturnFileState::Rejected { code, detail }, ended_at: ended, ..file.clone() };
    save(&api, &file, after).await;
    let rejected = api.by("b1").get(&path(1)).await.ok();
    let why = json!({ "code": "no_columns", "detail": "No column says whom it means." });
    assert_eq!((&rejected["state"], &rejected["rejected"], &rejected["rows"]), (&json!("rejected"), &why, &json!(0)));

    let file = dropped(&api, 2, "b1", 1).await;
    let after = ReturnFile { state: ReturnFileState::Repeated { of: id(1) }, ended_at: ended, ..file.clone() };
    save(&api, &file, after).await;
    let repeated = api.by("b1").get(&path(2)).await.ok();
    assert_eq!((&repeated["state"], &repeated["repeats"]), (&json!("repeated"), &json!(id(1))));
    for view in [rejected, repeated] {
        assert!(view["ended_at"].is_string() && view.get("result_url").is_none(), "{view}");
    }
}

#[tokio::test]
async fn what_was_decided_of_a_file_is_shown_with_how_far_it_is() {
    let api = Api::start().await;
    let file = done(&api, 1).await;
    let decision = FileDecision::new(FileDecisionKind::Undo, hours_ago(1));
    let decision = FileDecision { reason: Some("by mistake".to_owned()), done: 5, left: 1, ..decision };
    let after = ReturnFile { decision: Some(decision.clone()), ..file.clone() };
    save(&api, &file, after).await;
    let expected = json!({
        "kind": "undo", "state": "running", "at": rfc3339(decision.at), "reason": "by mistake", "done": 5, "left": 1,
    });
    for caller in ["seller", "b1"] {
        assert_eq!(api.by(caller).get(&path(1)).await.ok()["decision"], expected, "{caller}");
    }
}
