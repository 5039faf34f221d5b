//! Files of returns end to end: dropped into the bucket or uploaded by a form, read by the deployed worker, and told alike by
//! results, books and notices.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Deployment, upload};

use super::{Books, Story};

/// The bucket's news takes a moment, and the machine may be busy.
const READ_WITHIN: Duration = Duration::from_secs(60);

fn at_once() -> Value {
    json!({ "window_days": 30 })
}

/// Drops a file into a folder of the bucket.
async fn dropped(path: &str, text: &str) {
    let deployment = Deployment::get().await;
    let put = deployment.s3().put_object().bucket(deployment.files_bucket()).key(path);
    put.body(text.as_bytes().to_vec().into()).send().await.unwrap();
}

/// What an object of the bucket holds.
async fn object(path: &str) -> String {
    let deployment = Deployment::get().await;
    let got = deployment.s3().get_object().bucket(deployment.files_bucket()).key(path).send().await.unwrap();
    String::from_utf8(got.body.collect().await.unwrap().to_vec()).unwrap()
}

/// The objects of a folder.
async fn objects(folder: &str) -> Vec<String> {
    let deployment = Deployment::get().await;
    let listed = deployment.s3().list_objects_v2().bucket(deployment.files_bucket()).prefix(folder).send().await;
    let listed = listed.unwrap();
    listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
}

impl Story {
    /// The files of a buyer, newest first, once there are so many and all are read.
    async fn files(&self, buyer: usize, count: usize) -> Vec<Value> {
        let started = Instant::now();
        loop {
            let listed = self.read(buyer, "/v1/return-files").await;
            let files = listed["items"].as_array().unwrap().clone();
            let is_over = |file: &Value| !matches!(file["state"].as_str(), Some("awaiting" | "running"));
            if files.len() == count && files.iter().all(is_over) {
                return files;
            }
            assert!(started.elapsed() < READ_WITHIN, "the files are not read: {listed:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The lines of a file's result, as its buyer downloads it.
    async fn result(&self, buyer: usize, file: &Value) -> Vec<String> {
        let id = file["return_file_id"].as_str().unwrap();
        let file = self.read(buyer, &format!("/v1/return-files/{id}")).await;
        let url = file["result_url"].as_str().unwrap_or_else(|| panic!("it has a result: {file:#}"));
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let text = client.get(url).send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Has the seller decide all returns of a file, and waits until it is done.
    async fn decided_as_a_whole(&self, file: &Value, word: &str, body: Value) -> Value {
        let path = format!("/v1/return-files/{}", file["return_file_id"].as_str().unwrap());
        self.world.as_seller(Method::POST, &format!("{path}/{word}"), &body).await.expect(202);
        self.read_when(&path, |file| file["decision"]["kind"] == word && file["decision"]["state"] == "done").await
    }
}

/// The cells of a line, up to `count`.
fn cells(line: &str, count: usize) -> String {
    line.split(',').take(count).collect::<Vec<_>>().join(",")
}

#[tokio::test]
async fn a_dropped_file_is_matched_done_and_told_to_all_whom_it_concerns() {
    let story = Story::of(1, &[at_once()]).await;
    let leads = [story.sold(1).await, story.sold(1).await, story.sold(1).await];
    let lead =
        story.world.as_seller(Method::GET, &format!("/v1/leads/{}", leads[1]), &Value::Null).await.expect(200).json;
    let email = lead["fields"]["email"].as_str().unwrap();
    let text = format!(
        "Returns of June;;\r\n;;\r\nLead Id;E-Mail;Reason\r\n{};;invalid phone\r\n;{};Wrong person\r\nlead_01JD3QZ8000000000000000009;;DUPE\r\n{};;dupe\r\nTotal;4;\r\n",
        leads[0], email, leads[0],
    );
    dropped(&format!("returns/{}/June returns.csv", story.bid(1)), &text).await;

    let files = story.files(1, 1).await;
    let file = &files[0];
    assert_eq!(
        (&file["state"], &file["rows"], &file["name"]),
        (&json!("done"), &json!(5), &json!("June_returns.csv")),
        "{file:#}"
    );
    assert_eq!(file["outcomes"], json!({ "returned": 2, "not_found": 1, "already_returned": 1 }), "{file:#}");
    assert_eq!(file["amounts"], json!([{ "amount": "25.00", "currency": "GBP" }]));
    assert_eq!(file["payouts"], Value::Null, "what suppliers earn is no buyer's business");

    let result = story.result(1, file).await;
    assert_eq!(cells(&result[1], 2), "4,returned", "{result:#?}");
    assert!(
        result[2].starts_with("5,returned,,") && result[2].contains(",email,WRONG_PERSON,12.50,GBP"),
        "{result:#?}"
    );
    assert_eq!(cells(&result[3], 2), "6,not_found");
    assert!(result[4].starts_with("7,already_returned,Row 4 of this file is about the same sale.,"), "{result:#?}");
    assert!(result.contains(&"total,amount,25.00,GBP".to_owned()), "{result:#?}");
    assert!(!result.concat().contains('@'), "no person is named");

    let books = Books { sold: 3, returns: 2, owed: &["12.50"], payout: "5.00" };
    story.add_up(books, &[&leads[0], &leads[1], &leads[2]]).await;
    let folder = format!("supplier-returns/{}/", story.world.reference("s"));
    let told = object(&objects(&folder).await[0]).await;
    assert!(told.contains(&leads[0]) && told.contains(&leads[1]) && told.contains("WRONG_PERSON"), "{told}");
    assert!(!told.contains(&story.bid(1)), "whose returns they are is no supplier's business");
    let about = |notices: &Value| {
        let items = notices["items"].as_array().unwrap().clone();
        items.into_iter().any(|notice| notice["kind"] == "return_file_finished" && notice["bid"] == story.bid(1))
    };
    story.read_when("/v1/notices?to=seller", about).await;
}

#[tokio::test]
async fn what_is_dropped_again_under_whatever_name_changes_nothing_more() {
    let story = Story::of(1, &[at_once()]).await;
    let lead = story.sold(1).await;
    let text = format!("id,reason\n{lead},DUPE\n");
    let folder = format!("returns/{}", story.bid(1));
    dropped(&format!("{folder}/a.csv"), &text).await;
    let first = story.files(1, 1).await.remove(0);
    dropped(&format!("{folder}/a.csv"), &text).await;
    dropped(&format!("{folder}/sub/renamed copy.csv"), &text).await;
    let files = story.files(1, 3).await;
    let again: Vec<&Value> = files.iter().filter(|file| file["state"] == "repeated").collect();
    assert_eq!(again.len(), 2, "{files:#?}");
    assert!(again.iter().all(|file| file["repeats"] == first["return_file_id"]), "{files:#?}");
    // The same rows in another order are another file: its rows say what they find.
    dropped(&format!("{folder}/b.csv"), &format!("reason,id\nDUPE,{lead}\n")).await;
    let files = story.files(1, 4).await;
    assert_eq!(files[0]["outcomes"], json!({ "already_returned": 1 }), "{files:#?}");
    story.add_up(Books { sold: 1, returns: 1, owed: &["0.00"], payout: "0.00" }, &[&lead]).await;
}

#[tokio::test]
async fn a_file_that_is_overwritten_is_read_as_each_of_its_versions_was() {
    let story = Story::of(1, &[at_once()]).await;
    let leads = [story.sold(1).await, story.sold(1).await];
    let path = format!("returns/{}/weekly.csv", story.bid(1));
    // The second one is there before the first is read.
    let (first, second) = (format!("id,reason\n{},DUPE\n", leads[0]), format!("id,reason\n{},OTHER\n", leads[1]));
    tokio::join!(dropped(&path, &first), dropped(&path, &second));
    let files = story.files(1, 2).await;
    assert!(files.iter().all(|file| file["outcomes"] == json!({ "returned": 1 })), "{files:#?}");
    story.add_up(Books { sold: 2, returns: 2, owed: &["0.00"], payout: "0.00" }, &[&leads[0], &leads[1]]).await;
}

#[tokio::test]
async fn the_returns_of_a_file_are_approved_and_undone_as_a_whole() {
    let story = Story::of(1, &[json!({ "window_days": 30, "approval": true })]).await;
    let leads = [story.sold(1).await, story.sold(1).await];
    let text = format!("lead_id,reason\n{},DUPE\n{},OTHER\n", leads[0], leads[1]);
    dropped(&format!("returns/{}/june.csv", story.bid(1)), &text).await;
    let file = story.files(1, 1).await.remove(0);
    assert_eq!(file["outcomes"], json!({ "requested": 2 }), "{file:#}");
    let named = [leads[0].as_str(), &leads[1]];
    story.add_up(Books { sold: 2, returns: 0, owed: &["25.00"], payout: "10.00" }, &named).await;

    let approved = story.decided_as_a_whole(&file, "approve", json!({})).await;
    assert_eq!((&approved["decision"]["done"], &approved["decision"]["left"]), (&json!(2), &json!(0)), "{approved:#}");
    story.add_up(Books { sold: 2, returns: 2, owed: &["0.00"], payout: "0.00" }, &named).await;

    let undone = story.decided_as_a_whole(&file, "undo", json!({ "reason": "the wrong month" })).await;
    assert_eq!((&undone["decision"]["done"], &undone["decision"]["left"]), (&json!(2), &json!(0)), "{undone:#}");
    story.add_up(Books { sold: 2, returns: 0, owed: &["25.00"], payout: "10.00" }, &named).await;
}

#[tokio::test]
async fn the_seller_uploads_for_a_buyer_first_to_see_and_then_to_do() {
    let story = Story::of(1, &[at_once()]).await;
    let lead = story.sold(1).await;
    let text = format!("lead_id\treason\n{lead}\tnot interested\n");
    for (count, dry_run) in [(1, true), (2, false)] {
        let wish = json!({ "bid": story.bid(1), "name": "june.txt", "dry_run": dry_run });
        let form = story.world.as_seller(Method::POST, "/v1/return-files", &wish).await.expect(201).json;
        upload(&form, &text).await;
        let files = story.files(1, count).await;
        assert_eq!((&files[0]["return_file_id"], &files[0]["dry_run"]), (&form["return_file_id"], &json!(dry_run)));
        assert_eq!(files[0]["outcomes"], json!({ "returned": 1 }), "{files:#?}");
        let result = story.result(1, &files[0]).await;
        assert!(result[1].starts_with("2,returned,"), "{result:#?}");
        let sold =
            story.world.as_seller(Method::GET, &format!("/v1/leads/{lead}"), &Value::Null).await.expect(200).json;
        assert_eq!(sold["sold_status"], if dry_run { "sold" } else { "returned" });
    }
}

#[tokio::test]
async fn a_buyers_file_reaches_nothing_of_another_buyers() {
    let story = Story::of(2, &[at_once(), at_once()]).await;
    let both = story.sold(2).await;
    let other = Story::of(1, &[at_once()]).await;
    let others = other.sold(1).await;
    let text = format!("lead_id,bid,reason\n{others},{},DUPE\n{both},{},DUPE\n", other.bid(1), story.bid(2));
    // To the bucket, what is behind the first folder is a name.
    dropped(&format!("returns/{}/../{}/x.csv", story.bid(1), story.bid(2)), &text).await;
    let files = story.files(1, 1).await;
    assert_eq!(files[0]["outcomes"], json!({ "not_yours": 1, "returned": 1 }), "{files:#?}");
    // Of the lead that both have bought, the first buyer's own sale.
    story.add_up(Books { sold: 2, returns: 1, owed: &["0.00", "9.00"], payout: "5.00" }, &[&both]).await;
    assert_eq!(story.files(2, 0).await, [] as [Value; 0]);
    let id = files[0]["return_file_id"].as_str().unwrap();
    for key in [&story.keys[1], &other.keys[0]] {
        story.world.read_as(key, &format!("/v1/return-files/{id}")).await.expect(404);
    }
    let supplier = story.world.supplier_key();
    story.world.read_as(supplier, &format!("/v1/return-files/{id}")).await.expect(403);
    story.world.read_as(supplier, "/v1/return-files").await.expect(403);
    story.world.read_as(&story.keys[1], &format!("/v1/return-files?bid={}", story.bid(1))).await.expect(403);
    let wish = json!({ "bid": story.bid(1), "name": "x.csv" }).to_string();
    story.world.send(Method::POST, "/v1/return-files", &story.keys[1], &[], &wish).await.expect(403);
}

#[tokio::test]
async fn what_is_no_table_is_rejected_as_a_whole_and_kept() {
    let story = Story::of(1, &[at_once()]).await;
    let path = format!("returns/{}/photo.csv", story.bid(1));
    dropped(&path, "\u{89}PNG\r\n\u{1a}\n\u{0}\u{0}\u{0}\rIHDR\u{0}\u{0}").await;
    dropped(&format!("returns/{}/names.csv", story.bid(1)), "first,last\nAnn,Smith\n").await;
    let files = story.files(1, 2).await;
    let codes: Vec<&Value> = files.iter().map(|file| &file["rejected"]["code"]).collect();
    assert!(files.iter().all(|file| file["state"] == "rejected"), "{files:#?}");
    assert!(codes.contains(&&json!("no_columns")), "{codes:?}");
    assert!(!object(&path).await.is_empty());
}
