//! Files of leads: what each of their rows costs beyond its lead.

use domain::{
    access::Principal,
    id::LeadImportId,
    lead_import::{ImportMapping, ImportOutcome},
};
use jiff::SignedDuration;
use lead_import::worker::{Message, Pace, take};
use serde_json::json;
use store::{ImportOrder, ImportWay, LeadImport, Store};
use tests::{
    Faults, Lab,
    capacity::{Meter, Units},
};

/// Rows of the file, a lead each: three times what ten seconds allow.
const ROWS: u64 = 300;
/// What a lead with a claim and an e-mail address costs that comes alone under an idempotency key.
const OF_A_LEAD: u64 = 10;

#[tokio::test]
async fn a_row_costs_its_lead_and_hardly_more() {
    let mut lab = Lab::with(json!({}), Vec::new()).await;
    let store = lab.tables.store();
    let order = ImportOrder {
        sid: "s1".parse().unwrap(),
        campid: "solar".parse().unwrap(),
        by: Principal::Seller,
        name: "june.csv".to_owned(),
        mapping: ImportMapping::new(),
        way: ImportWay::Real,
        per_minute: 600,
    };
    let file = LeadImport::announced(LeadImportId::from_ulid(lambda::new_draw()), order, lab.now());
    store.announce_lead_import(&file).await.unwrap();
    let row = |number| format!("person{number}@example.com,Ann\n");
    let text = "email,firstname\n".to_owned() + &(1..=ROWS).map(row).collect::<String>();
    let event = lab.drop_file(&file.path, &text).await;

    let meter = Meter::default();
    let mut app = lab.lead_import_worker(&Faults::default()).await;
    app.store = Store::new(meter.dynamodb(&lab.tables.client()), lab.tables.tables());
    let mut messages: Vec<Message> = vec![serde_json::from_value(event).unwrap()];
    let mut turns = 0;
    while let Some(message) = messages.pop() {
        take(&app, message, lab.now(), Pace::default()).await.unwrap();
        messages.extend(lab.import_messages().await.into_iter().map(Message::Job));
        lab.wait(SignedDuration::from_secs(11));
        turns += 1;
    }
    let bill = meter.bill("a file of 300 leads");
    let done = store.lead_import(file.id).await.unwrap().unwrap();
    assert_eq!(done.tally.outcomes, [(ImportOutcome::Accepted, ROWS)].into(), "{done:#?}");
    assert!(turns >= 3, "{turns}");
    // The file's own row, twice a step, and the set-up, which is read once.
    assert!(bill.written() <= Units::whole(ROWS * OF_A_LEAD + ROWS / 10), "{}", bill.written());
    assert!(bill.read() <= Units::whole(20), "{}", bill.read());
}
