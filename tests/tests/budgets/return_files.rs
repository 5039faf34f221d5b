//! Files of returns: what each of their rows costs.

use domain::{buyer::Buyer, journal::events, lead::Lead, returned::ReturnOutcome};
use return_file::{Pace, take};
use serde_json::{Value, json};
use store::Store;
use tests::{
    Faults, Lab,
    capacity::{Bill, Meter, Units},
};
use ulid::Ulid;

/// Rows of each file, a lead each.
const ROWS: u64 = 200;
/// What a batch is booked by at once.
const BOOKED: usize = 40;

/// Has a file of rows read, as `row` says them of the leads, which were sold on these terms, and returns what it costs.
async fn read(title: &str, terms: Value, header: &str, row: impl Fn(&Lead) -> String) -> Bill {
    let lab = Lab::with(json!({}), Vec::new()).await;
    let store = lab.tables.store();
    let buyer: Buyer = serde_json::from_value(json!({ "bid": "b1", "name": "1", "returns": terms })).unwrap();
    store.save(buyer, None).await.unwrap();
    let (mut text, mut news) = (format!("{header},reason\n"), Vec::new());
    for number in 1..=ROWS {
        let lead = lab.put_sold(number, &terms).await;
        news.extend(events(&lead).unwrap().into_iter().map(|event| (lead.id, event)));
        text.push_str(&format!("{},DUPE\n", row(&lead)));
    }
    for (at, batch) in (1..).zip(news.chunks(BOOKED)) {
        store.book(batch.to_vec(), Ulid(at << 32), lab.now()).await.unwrap();
    }
    let event = lab.drop_file(&format!("returns/b1/{}.csv", lambda::new_lead_id().ulid()), &text).await;
    let meter = Meter::default();
    let mut app = lab.return_file(&Faults::default()).await;
    app.store = Store::new(meter.dynamodb(&lab.tables.client()), lab.tables.tables());
    take(&app, serde_json::from_value(event).unwrap(), lab.now(), Pace::default()).await.unwrap();
    let bill = meter.bill(title);
    let file = store.return_files(None, lab.now(), None, 1).await.unwrap().items.remove(0);
    assert_eq!(file.tally.count(ReturnOutcome::Returned), ROWS, "{file:#?}");
    bill
}

fn count(bill: &Bill, operation: &str) -> usize {
    bill.operations().into_iter().filter(|other| *other == operation).count()
}

#[tokio::test]
async fn a_row_costs_one_write_of_its_lead_and_a_read_of_it() {
    let rows = usize::try_from(ROWS).unwrap();
    let share = json!({ "window_days": 30, "max_share_percent": 100 });
    let by_id = |lead: &Lead| lead.id.to_string();
    let by_email = |lead: &Lead| lead.fields["email"].clone();
    let at_once = json!({ "window_days": 30 });
    // Under a share, places are set aside for some rows together: a quarter of what is left, each time.
    for (bill, halves_read, moves) in [
        (read("200 rows by lead id", at_once.clone(), "lead_id", by_id).await, 2, 0),
        (read("200 rows by lead id, all that a share allows", share, "lead_id", by_id).await, 2, 20),
        (read("200 rows by e-mail address", at_once, "email", by_email).await, 3, 0),
    ] {
        assert_eq!(count(&bill, "UpdateItem"), rows + usize::try_from(moves).unwrap());
        assert_eq!(count(&bill, "TransactWriteItems"), 1, "the file's own row");
        // The file itself, and what it is judged by.
        assert!(bill.read() <= Units::whole(ROWS * halves_read / 2 + 10), "{}", bill.read());
        // The sold status of each moves in a list.
        assert!(bill.written() <= Units::whole(ROWS * 3 + 20 + moves), "{}", bill.written());
    }
}
