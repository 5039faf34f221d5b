//! Rows of files: whatever fails, each lead that was taken stands in one file, once.

use std::{collections::BTreeMap, time::Duration};

use delivery::files::{App, assemble};
use domain::delivery::{Channel, Delivery};
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::json;
use store::{Cells, FileState, OutgoingFile};
use tests::{Deployment, Fault, Faults, Lab};

use super::{
    good_lead,
    kinds::{lab_with, state},
    lab, post, with_a_second_kill_after_each_write, with_every_fault,
};

/// A lab with two leads for a file, and the delivery's name, which nobody else has.
async fn ready() -> (Lab, String) {
    let did = format!("d-{}", lambda::new_lead_id().ulid().to_string().to_lowercase());
    let columns =
        json!([{ "name": "Lead", "value": "{{ lead.id }}" }, { "name": "E-mail", "value": "{{ lead.email }}" }]);
    let lab = lab_with(&did, json!({ "kind": "file", "columns": columns, "time_zone": "UTC" })).await;
    for email in ["ann@example.com", "bob@example.com"] {
        let mut lead = good_lead();
        lead["email"] = email.into();
        post(&lab, &Faults::default(), None, &lead).await;
    }
    (lab, did)
}

/// One run of the function; whether it came to its end.
async fn run(lab: &Lab, faults: &Faults) -> bool {
    let app = App { store: lab.store(faults), files: lab.files(faults).await };
    matches!(faults.run(assemble(&app, lab.now(), Duration::from_secs(60))).await, Some(Ok(_)))
}

/// Lets the files close, and the function write them.
async fn close(lab: &mut Lab, faults: &Faults) {
    lab.wait(SignedDuration::from_hours(72));
    for _ in 0..10 {
        if run(lab, faults).await {
            // What a run leaves to another one, which it took for faster, is done by the next.
            assert!(run(lab, &Faults::default()).await);
            return;
        }
    }
    panic!("the files are not written in ten runs");
}

/// The files of a delivery, by path.
async fn files(did: &str) -> BTreeMap<String, String> {
    let deployment = Deployment::get().await;
    let (s3, bucket) = (deployment.s3(), deployment.files_bucket());
    let listed = s3.list_objects_v2().bucket(bucket).prefix(format!("outgoing/_/{did}/")).send().await.unwrap();
    let mut files = BTreeMap::new();
    for path in listed.contents().iter().filter_map(|object| object.key()) {
        let got = s3.get_object().bucket(bucket).key(path).send().await.unwrap();
        let bytes = got.body.collect().await.unwrap().into_bytes();
        files.insert(path.to_owned(), String::from_utf8(bytes.to_vec()).unwrap());
    }
    files
}

/// Checks that all leads are taken and each stands in one file once, and that no row is left in the table.
async fn verify(lab: &Lab, did: &str) {
    let files = files(did).await;
    let leads = lab.leads().await;
    assert_eq!(leads.len(), 2);
    let mut rows: Vec<String> = Vec::new();
    for text in files.values() {
        let (header, rest) = text.split_once("\r\n").unwrap();
        assert_eq!(header, "Lead,E-mail", "{files:#?}");
        rows.extend(rest.lines().map(str::to_owned));
    }
    rows.sort();
    let row = |lead: &domain::lead::Lead| format!("{},{}", lead.id, lead.fields["email"]);
    let mut wanted: Vec<String> = leads.iter().map(row).collect();
    wanted.sort();
    assert_eq!(rows, wanted, "{files:#?}");
    for lead in &leads {
        let sale = state(lead).sale().unwrap_or_else(|| panic!("it is taken: {lead:#?}"));
        let named = &files[sale.reference.as_ref().unwrap()];
        assert!(named.contains(&lead.id.to_string()), "it stands in the file that its delivery names");
    }
    assert_eq!(rows_left(lab).await, [""; 0]);
}

/// Rows and list entries that are still in the table.
#[expect(clippy::disallowed_methods, reason = "the test wants to see all there is")]
async fn rows_left(lab: &Lab) -> Vec<String> {
    let scan = lab.tables.client().scan().table_name(lab.tables.tables().leads).consistent_read(true).send().await;
    let text = |item: &std::collections::HashMap<_, aws_sdk_dynamodb::types::AttributeValue>, name: &str| {
        item[name].as_s().unwrap().clone()
    };
    let keys = scan.unwrap().items.unwrap_or_default().into_iter().map(|item| (text(&item, "pk"), text(&item, "sk")));
    let left = keys.filter(|(pk, sk)| pk == store::keys::OUTBOX || sk.starts_with(store::keys::FILE_ROWS));
    left.map(|(pk, sk)| format!("{pk} / {sk}")).collect()
}

async fn filed(faults: Faults) {
    let (mut lab, did) = ready().await;
    lab.drain(&faults).await;
    lab.verify().await;
    lab.replay_everything().await;
    close(&mut lab, &faults).await;
    verify(&lab, &did).await;
}

#[tokio::test]
async fn each_lead_stands_in_one_file_once_whatever_fails() {
    with_every_fault(filed).await;
}

async fn only_written(faults: Faults) {
    let (mut lab, did) = ready().await;
    lab.drain(&Faults::default()).await;
    close(&mut lab, &faults).await;
    verify(&lab, &did).await;
}

#[tokio::test]
async fn a_file_is_whole_although_its_writer_dies_twice() {
    with_a_second_kill_after_each_write(only_written).await;
}

#[tokio::test]
async fn a_large_file_goes_in_parts_and_is_whole() {
    let lab = lab(1, Vec::new()).await;
    let (store, did) = (lab.tables.store(), format!("d-{}", lambda::new_lead_id().ulid().to_string().to_lowercase()));
    let path = format!("outgoing/_/{did}/2026-01-01.csv");
    let columns = serde_json::from_value(json!([{ "name": "a", "value": "" }])).unwrap();
    let (did_ref, closes) = (did.parse().unwrap(), lab.now() - SignedDuration::from_hours(1));
    let file = OutgoingFile { did: did_ref, stem: "2026-01-01".to_owned(), path, columns, closes };
    store.begin_file(file.clone()).await.unwrap();
    let value = "é".repeat(45_000);
    let cells = Cells::from([("a".to_owned(), value.clone())]);
    for _ in 0..130 {
        store.put_row(&file, lambda::new_lead_id(), 1, &cells, lab.now()).await.unwrap();
    }
    let quiet = Faults::default();
    assert!(run(&lab, &quiet).await);
    let wanted = format!("a\r\n{}", format!("{value}\r\n").repeat(130));
    assert!(files(&did).await[&file.path] == wanted, "the file is what its rows are");
    let manifest = store.file(&file.did, &file.stem).await.unwrap().unwrap();
    let FileState::Cleared(sum) = manifest.state else { unreachable!("it is done: {manifest:?}") };
    assert_eq!((sum.rows, sum.bytes), (130, u64::try_from(wanted.len()).unwrap()));
    assert_eq!(rows_left(&lab).await, [""; 0]);
}

#[tokio::test]
async fn a_row_that_comes_while_its_file_is_written_stands_in_the_next_one() {
    for (at, pause) in (0..14).flat_map(|at| [(at, Fault::PauseBefore), (at, Fault::PauseAfter)]) {
        let (mut lab, did) = ready().await;
        let messages = lab.messages().await;
        let (held_up, quiet) = (Faults::at([(at, pause)]), Faults::default());
        assert!(lab.handle(&quiet, &messages[0]).await);
        let later = lab.now() + SignedDuration::from_hours(72);
        let row = async {
            lab.handle(&held_up, &messages[1]).await;
            // It may be done before it gets that far; then nobody has to wait for it.
            held_up.let_go();
        };
        let file = async {
            held_up.paused().await;
            let app = App { store: lab.store(&quiet), files: lab.files(&quiet).await };
            assemble(&app, later, Duration::from_secs(60)).await.unwrap();
            held_up.resume();
        };
        tokio::join!(row, file);
        lab.drain(&Faults::default()).await;
        lab.wait(SignedDuration::from_hours(240));
        close(&mut lab, &Faults::default()).await;
        verify(&lab, &did).await;
    }
}

#[tokio::test]
async fn two_writers_of_one_file_make_it_whole_wherever_one_of_them_is_held_up() {
    for (at, pause) in (0..30).flat_map(|at| [(at, Fault::PauseBefore), (at, Fault::PauseAfter)]) {
        let (mut lab, did) = ready().await;
        lab.drain(&Faults::default()).await;
        lab.wait(SignedDuration::from_hours(72));
        let held_up = Faults::at([(at, pause)]);
        let first = async {
            run(&lab, &held_up).await;
            held_up.let_go();
        };
        let second = async {
            held_up.paused().await;
            assert!(run(&lab, &Faults::default()).await);
            held_up.resume();
        };
        tokio::join!(first, second);
        close(&mut lab, &Faults::default()).await;
        verify(&lab, &did).await;
    }
}

#[tokio::test]
async fn columns_that_are_changed_count_from_the_next_file_on() {
    let did = format!("d-{}", lambda::new_lead_id().ulid().to_string().to_lowercase());
    // The file does not close in the midst of this.
    let closes = (lambda::now() + SignedDuration::from_hours(12)).to_zoned(TimeZone::UTC).strftime("%H:%M").to_string();
    let channel = |name: &str, value: &str| {
        let columns = json!([{ "name": name, "value": value }]);
        json!({ "kind": "file", "columns": columns, "at": [closes], "time_zone": "UTC" })
    };
    let mut lab = lab_with(&did, channel("E-mail", "{{ lead.email }}")).await;
    let take = async |lab: &mut Lab, name: &str| {
        let lead = json!({ "campid": "solar", "email": format!("{name}@example.com") });
        post(lab, &Faults::default(), None, &lead).await;
        lab.drain(&Faults::default()).await;
    };
    take(&mut lab, "ann").await;
    let store = lab.tables.store();
    let stored = store.record::<Delivery>(&did).await.unwrap().unwrap();
    let channel: Channel = serde_json::from_value(channel("Mail", "<{{ lead.email }}>")).unwrap();
    store.save(Delivery { channel, ..stored.record }, Some(stored.version)).await.unwrap();
    take(&mut lab, "bob").await;
    close(&mut lab, &Faults::default()).await;
    take(&mut lab, "cid").await;
    close(&mut lab, &Faults::default()).await;
    let mut files: Vec<String> = files(&did).await.into_values().collect();
    files[0] = files[0].replace("bob@example.com\r\nann@example.com", "ann@example.com\r\nbob@example.com");
    assert_eq!(files, ["E-mail\r\nann@example.com\r\nbob@example.com\r\n", "Mail\r\n<cid@example.com>\r\n"]);
}
