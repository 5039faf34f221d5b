//! Who works on a file: one at a time, on the object that came first, and never on what was not announced.

use store::{ContentOf, ImportObject, LeadImport, TakenImport};

use crate::harness::{Api, HOLD, ago, object};

#[tokio::test]
async fn only_the_first_version_that_comes_to_its_place_is_the_file() {
    let api = Api::start().await;
    let (store, file, now) = (api.store(), api.known("s1", 1).await, ago(0));
    assert_eq!(store.take_lead_import(file.id, None, now, HOLD).await.unwrap(), TakenImport::Unknown, "nothing came");
    let elsewhere = ImportObject { path: "lead-imports/s2/other.csv".to_owned(), ..object(&file, "v1") };
    assert_eq!(
        store.take_lead_import(file.id, Some(elsewhere), now, HOLD).await.unwrap(),
        TakenImport::Unknown,
        "at another place"
    );
    let mine = api.come(&file).await;
    assert_eq!((mine.object_version.as_deref(), mine.bytes), (Some("v1"), 900));
    for (version, held) in [("v1", true), ("v2", false)] {
        let taken = store.take_lead_import(file.id, Some(object(&file, version)), now, HOLD).await.unwrap();
        assert_eq!(matches!(taken, TakenImport::Held(_)), held, "{version}: {taken:?}");
        assert_eq!(taken == TakenImport::Another, !held, "{version}: {taken:?}");
    }
    let done = api.done(&mine).await;
    let taken = store.take_lead_import(file.id, Some(object(&file, "v1")), now, HOLD).await.unwrap();
    assert_eq!(taken, TakenImport::Ended(Box::new(done)));
}

#[tokio::test]
async fn a_file_is_taken_over_when_its_time_is_up_and_who_had_it_writes_nothing_more() {
    let api = Api::start().await;
    let first = api.come(&api.known("s1", 1).await).await;
    let later = first.lease_until.unwrap();
    let TakenImport::Mine(second) = api.store().take_lead_import(first.id, None, later, HOLD).await.unwrap() else {
        panic!("its time is up")
    };
    assert_ne!(first.holder, second.holder);
    let late = LeadImport { read_bytes: 7, ..first.clone() };
    assert_eq!(api.store().save_lead_import(&first, late).await.unwrap(), None);
    let on = LeadImport { read_bytes: 9, ..(*second).clone() };
    assert_eq!(api.store().save_lead_import(&second, on).await.unwrap().unwrap().read_bytes, 9);
}

#[tokio::test]
async fn a_content_is_whose_it_was_first_unless_no_row_more_of_that_is_read() {
    let api = Api::start().await;
    let (store, now) = (api.store(), ago(0));
    let (first, second, other) = (api.known("s1", 3).await, api.known("s1", 2).await, api.known("s2", 1).await);
    let of = |file: &LeadImport, behind| ContentOf { file: file.id, behind };
    assert_eq!(store.claim_import_content(&first, "abc", None, now).await.unwrap(), of(&first, None));
    assert_eq!(store.claim_import_content(&first, "abc", None, now).await.unwrap(), of(&first, None));
    assert_eq!(store.claim_import_content(&second, "abc", None, now).await.unwrap(), of(&first, None));
    let others = store.claim_import_content(&other, "abc", None, now).await.unwrap();
    assert_eq!(others, of(&other, None), "another supplier's");
    let instead = Some(of(&other, Some(other.id)));
    let still = store.claim_import_content(&second, "abc", instead, now).await.unwrap();
    assert_eq!(still, of(&first, None), "it was not that one's");
    let behind_first = of(&second, Some(first.id));
    let instead = Some(of(&first, Some(first.id)));
    for asked in [instead, None] {
        assert_eq!(store.claim_import_content(&second, "abc", asked, now).await.unwrap(), behind_first);
    }
    assert_eq!(
        store.claim_import_content(&first, "abc", instead, now).await.unwrap(),
        behind_first,
        "who comes too late"
    );
}
