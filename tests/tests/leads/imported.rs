//! Files of leads on the deployed template: uploaded by a form, read by the worker, and sold like leads that come alone.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Deployment, Reply, TestBuyer, World, upload};

const PATH: &str = "/v1/lead-imports";
/// The bucket's news takes a moment, and the machine may be busy.
const READ_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(100);

/// Announces a file as the supplier, and uploads it. What it is called.
pub(super) async fn uploaded(world: &World, more: Value, bytes: impl AsRef<[u8]>) -> String {
    let mut form = json!({ "campid": world.reference("c"), "name": "june leads.csv" });
    form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let form = world.send(Method::POST, PATH, world.supplier_key(), &[], &form.to_string()).await.expect(201).json;
    upload(&form, bytes).await;
    form["lead_import_id"].as_str().unwrap().to_owned()
}

/// The file as its supplier sees it, once it is over.
pub(super) async fn over(world: &World, id: &str) -> Value {
    let started = Instant::now();
    loop {
        let file = world.read_as(world.supplier_key(), &format!("{PATH}/{id}")).await.expect(200).json;
        if !matches!(file["state"].as_str(), Some("awaiting" | "running")) {
            return file;
        }
        assert!(started.elapsed() < READ_WITHIN, "the file is not read: {file:#}");
        tokio::time::sleep(POLL_EVERY).await;
    }
}

/// The lines of its result.
async fn result(file: &Value) -> Vec<String> {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let url = file["result_url"].as_str().unwrap_or_else(|| panic!("it has a result: {file:#}"));
    let text = client.get(url).send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
    text.lines().map(str::to_owned).collect()
}

fn last_cell(line: &str) -> &str {
    line.rsplit(',').next().unwrap()
}

/// Three good leads, one of them twice, and one without a phone; titles above, a column too many, and semicolons.
const TEXT: &str = "Leads of June;;;\r\nForename;E-mail address;Handy;Shoe size\r\nAnn;ann@example.com;020 7946 0018;38\r\n\
    Bob;bob@example.com;020 7946 0019;44\r\nAnn;ANN@example.com;020 7946 0018;38\r\nCid;cid@example.com;;41\r\n";

#[tokio::test]
async fn the_rows_of_a_file_are_sold_and_the_same_file_again_changes_nothing() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let mapping = json!({ "mapping": { "handy": "phone1" } });
    let id = uploaded(&world, mapping.clone(), TEXT).await;
    let file = over(&world, &id).await;
    assert_eq!((&file["state"], &file["rows"]), (&json!("done"), &json!(4)), "{file:#}");
    assert_eq!(file["outcomes"], json!({ "accepted": 2, "duplicate": 1, "rejected": 1 }), "{file:#}");
    assert_eq!(file["left_out"], json!(["Shoe size"]));

    let lines = result(&file).await;
    assert!(lines[1].starts_with("3,accepted,1,,lead_") && lines[2].starts_with("4,accepted,1,,lead_"), "{lines:#?}");
    assert!(lines[3].starts_with("5,duplicate,-2,"), "{lines:#?}");
    assert!(lines[4].starts_with("6,rejected,-5,") && lines[4].contains("phone1 (required)"), "{lines:#?}");
    assert!(!lines.concat().contains('@'), "no person is named");
    for line in &lines[1..3] {
        let lead = world.settled(last_cell(line)).await;
        assert_eq!((&lead["sold_status"], &lead["method"]), (&json!("sold"), &json!("import")), "{lead:#}");
        assert_eq!((&lead["sid"], &lead["test"]), (&json!(world.reference("s")), &Value::Null), "{lead:#}");
    }
    assert_eq!(buyer.requests().len(), 2);

    let again = over(&world, &uploaded(&world, mapping, TEXT).await).await;
    assert_eq!((&again["state"], &again["repeats"]), (&json!("repeated"), &json!(id)), "{again:#}");
    // What comes to its place once more is left alone.
    let (deployment, place) =
        (Deployment::get().await, format!("lead-imports/{}/{id}/june_leads.csv", world.reference("s")));
    let put = deployment.s3().put_object().bucket(deployment.files_bucket()).key(place);
    put.body(TEXT.replace("bob", "eve").into_bytes().into()).send().await.unwrap();
    let last = over(&world, &uploaded(&world, json!({}), "nothing\nof it\n").await).await;
    assert_eq!(last["rejected"]["code"], "no_header", "{last:#}");
    assert_eq!(over(&world, &id).await["outcomes"], file["outcomes"]);
    assert_eq!(buyer.requests().len(), 2);
}

/// The same rows below the same header, and a title that says of when they are, in Excel's format.
const WORKBOOK: &[u8] = include_bytes!("../../corpus/lead-imports/june.xlsx");

#[tokio::test]
async fn the_rows_of_a_workbook_are_sold_like_those_of_a_csv() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    // Two rows in each step.
    let more = json!({ "mapping": { "handy": "phone1" }, "per_minute": 12 });
    let id = uploaded(&world, more, WORKBOOK).await;
    let file = over(&world, &id).await;
    assert_eq!((&file["state"], &file["rows"]), (&json!("done"), &json!(4)), "{file:#}");
    assert_eq!(file["outcomes"], json!({ "accepted": 2, "duplicate": 1, "rejected": 1 }), "{file:#}");
    assert_eq!(file["left_out"], json!(["Shoe size"]));
    let lines = result(&file).await;
    let begins = |at: usize, with: &str| assert!(lines[at].starts_with(with), "{lines:#?}");
    begins(1, "3,accepted,1,,lead_");
    begins(2, "4,accepted,1,,lead_");
    begins(3, "5,duplicate,-2,");
    begins(4, "6,rejected,-5,");
    for (line, email, phone) in
        [(&lines[1], "ann@example.com", "+442079460018"), (&lines[2], "bob@example.com", "+442079460019")]
    {
        let lead = world.settled(last_cell(line)).await;
        assert_eq!((&lead["sold_status"], &lead["method"]), (&json!("sold"), &json!("import")), "{lead:#}");
        let fields = (&lead["fields"]["email"], &lead["fields"]["phone1"]);
        assert_eq!(fields, (&json!(email), &json!(phone)), "{lead:#}");
    }
    assert_eq!(buyer.requests().len(), 2);
    let told = world.as_seller(Method::GET, "/v1/notices?limit=200", &Value::Null).await.expect(200).json;
    let of_it = told["items"].as_array().unwrap().iter().filter(|notice| notice["lead_import_id"] == json!(id));
    let kinds: Vec<_> = of_it.map(|notice| (&notice["kind"], &notice["to"]["role"])).collect();
    assert_eq!(kinds.len(), 2, "the seller and the supplier are told: {told:#}");
}

#[tokio::test]
async fn a_test_is_kept_and_a_dry_run_is_not_and_neither_is_sold() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    for (more, kept) in [(json!({ "dry_run": true }), false), (json!({ "test": true }), true)] {
        let mut more = more;
        more["mapping"] = json!({ "Handy": "phone1" });
        let file = over(&world, &uploaded(&world, more, TEXT).await).await;
        assert_eq!(file["outcomes"], json!({ "accepted": 3, "rejected": 1 }), "nobody is compared: {file:#}");
        let lines = result(&file).await;
        assert_eq!(last_cell(&lines[1]).starts_with("lead_"), kept, "{lines:#?}");
        if kept {
            let path = format!("/v1/leads/{}", last_cell(&lines[1]));
            let lead = world.as_seller(Method::GET, &path, &Value::Null).await.expect(200).json;
            assert_eq!(lead["test"], true, "{lead:#}");
        }
    }
    assert_eq!(buyer.requests().len(), 0);
}

#[tokio::test]
async fn a_suppliers_file_is_nobody_elses() {
    let world = World::new().await;
    let other = world.new_supplier("s2").await;
    let id = uploaded(&world, json!({ "dry_run": true, "mapping": { "Handy": "phone1" } }), TEXT).await;
    over(&world, &id).await;
    world.read_as(&other, &format!("{PATH}/{id}")).await.expect(404);
    let listed = world.read_as(&other, PATH).await.expect(200).json;
    assert_eq!(listed["items"], json!([]));
    let own = world.read_as(world.supplier_key(), PATH).await.expect(200).json;
    assert_eq!(own["items"][0]["lead_import_id"], json!(id));
    let form = json!({ "campid": world.reference("c"), "sid": world.reference("s"), "name": "x.csv" }).to_string();
    world.send(Method::POST, PATH, &other, &[], &form).await.expect(403);
}
