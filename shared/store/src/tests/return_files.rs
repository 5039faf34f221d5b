//! Files of returns: each in one pair of hands, each content once, lists by time.

use domain::{
    access::Principal,
    id::{BuyerRef, ReturnFileId},
    returned::ReturnOutcome,
};
use jiff::SignedDuration;
use serde_json::json;
use ulid::Ulid;

use super::at;
use crate::{
    Checkpoint, FileDecision, FileDecisionKind, FileDecisionState, ReturnFile, ReturnFileState, Store, Taken,
    TakenDecision, UploadState, test_tables::TestTables,
};

const HOLD: SignedDuration = SignedDuration::from_secs(30);

fn id(number: u128) -> ReturnFileId {
    ReturnFileId::from_ulid(Ulid(number))
}

fn bid(name: &str) -> BuyerRef {
    name.parse().unwrap()
}

fn dropped(number: u128, buyer: &str, seconds: i64) -> ReturnFile {
    ReturnFile { name: "june.csv".to_owned(), ..ReturnFile::dropped(id(number), bid(buyer), at(seconds)) }
}

fn announced(number: u128) -> ReturnFile {
    ReturnFile::announced(id(number), bid("b1"), "june.csv", true, Principal::Seller, at(0))
}

async fn take(store: &Store, new: ReturnFile, seconds: i64) -> Taken {
    store.take_return_file(new.id, Some(new), at(seconds), HOLD).await.unwrap()
}

async fn taken(store: &Store, new: ReturnFile, seconds: i64) -> ReturnFile {
    match take(store, new, seconds).await {
        Taken::Mine(file) => *file,
        other @ (Taken::Held(_) | Taken::Ended(_) | Taken::Unknown | Taken::Another) => {
            unreachable!("nobody has it: {other:?}")
        }
    }
}

async fn save(store: &Store, before: &ReturnFile, after: ReturnFile) -> ReturnFile {
    store.save_return_file(before, after).await.unwrap().unwrap()
}

#[tokio::test]
async fn of_many_who_take_a_file_at_once_one_has_it() {
    let tables = TestTables::start().await;
    let takes = (0..8).map(async |_| take(&tables.store(), dropped(1, "b1", 0), 0).await);
    let all = futures::future::join_all(takes).await;
    assert_eq!(all.iter().filter(|one| matches!(one, Taken::Mine(_))).count(), 1, "{all:?}");
    assert!(all.iter().all(|one| matches!(one, Taken::Mine(_)) || *one == Taken::Held(at(30))), "{all:?}");
}

#[tokio::test]
async fn a_file_is_taken_over_when_its_time_is_up_and_who_had_it_writes_nothing_more() {
    let store = TestTables::start().await.store();
    let lost = taken(&store, dropped(1, "b1", 0), 0).await;
    assert_eq!(take(&store, dropped(1, "b1", 0), 29).await, Taken::Held(at(30)));
    let mine = taken(&store, dropped(1, "b1", 0), 30).await;
    assert_eq!(store.save_return_file(&lost, lost.clone()).await.unwrap(), None);
    let given = save(&store, &mine, ReturnFile { lease_until: None, ..mine.clone() }).await;
    assert_eq!(store.return_file(given.id).await.unwrap(), Some(given.clone()));
    let Taken::Mine(again) = store.take_return_file(id(1), None, at(31), HOLD).await.unwrap() else {
        unreachable!("nobody has it")
    };
    assert_eq!((again.version, again.lease_until), (given.version + 1, Some(at(61))));
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_found_to_be_ones_own() {
    let store = TestTables::start().await.store();
    let before = taken(&store, dropped(1, "b1", 0), 0).await;
    let after = ReturnFile { read_bytes: 7, ..before.clone() };
    let saved = save(&store, &before, after.clone()).await;
    assert_eq!(store.save_return_file(&before, after).await.unwrap(), Some(saved));
    let other = ReturnFile { read_bytes: 8, ..before.clone() };
    assert_eq!(store.save_return_file(&before, other).await.unwrap(), None);
}

#[tokio::test]
async fn a_file_that_was_announced_is_as_it_was_announced_and_begins_when_it_has_come() {
    let store = TestTables::start().await.store();
    let file = announced(1);
    assert_eq!(file.path, format!("returns/b1/dry-run/{}/june.csv", file.id));
    store.announce_return_file(file.clone()).await.unwrap();
    assert_eq!(store.take_return_file(file.id, None, at(0), HOLD).await.unwrap(), Taken::Unknown);
    let came =
        ReturnFile { object_version: Some("v1".to_owned()), bytes: 9, path: file.path.clone(), ..dropped(1, "b1", 5) };
    let taken = taken(&store, came, 5).await;
    assert_eq!((taken.dry_run, taken.at, taken.by), (true, at(0), Some(Principal::Seller)));
    assert_eq!((taken.object_version.as_deref(), taken.bytes, taken.state), (Some("v1"), 9, ReturnFileState::Running));
    assert_eq!(store.take_return_file(id(2), None, at(0), HOLD).await.unwrap(), Taken::Unknown);
}

#[test]
fn a_name_cannot_lead_out_of_its_folder() {
    for (name, plain) in [("../../b2/x y.csv", "_.._b2_x_y.csv"), ("..", "file"), ("é.csv", "_.csv")] {
        let file = ReturnFile::announced(id(1), bid("b1"), name, false, Principal::Seller, at(0));
        assert_eq!(file.path, format!("returns/b1/{}/{plain}", id(1)), "{name}");
    }
}

#[tokio::test]
async fn all_that_is_known_of_a_file_is_read_as_it_was_written() {
    let store = TestTables::start().await.store();
    let before = taken(&store, dropped(1, "b1", 0), 0).await;
    let upload = UploadState { id: "u".to_owned(), path: "p".to_owned(), parts: vec!["a".to_owned(), "b".to_owned()] };
    let plan = json!({ "columns": { "lead_id": 0, "none": null }, "share": 0.5, "names": ["x"], "big": 9_007_199_254_740_993_u64 });
    let mut checkpoint = Checkpoint::new(plan, 1_000_000_000_000, 7);
    (checkpoint.upload, checkpoint.tail, checkpoint.sequence) = (Some(upload), Some("t".to_owned()), 3);
    let mut tally = before.tally.clone();
    tally
        .add(ReturnOutcome::Returned, Some(domain::money::Money { minor: 5, currency: "GBP".parse().unwrap() }), None)
        .unwrap();
    let decision = FileDecision {
        reason: Some("why".to_owned()),
        reverse_payout: Some(true),
        ..FileDecision::new(FileDecisionKind::Undo, at(4))
    };
    let states = [
        ReturnFileState::Awaiting,
        ReturnFileState::Running,
        ReturnFileState::Rejected { code: "image".to_owned(), detail: "A picture.".to_owned() },
        ReturnFileState::Repeated { of: id(3) },
        ReturnFileState::Done,
    ];
    let mut file = before;
    for state in states {
        let after = ReturnFile {
            checkpoint: Some(checkpoint.clone()),
            tally: tally.clone(),
            decision: Some(decision.clone()),
            result: Some("r".to_owned()),
            ended_at: Some(at(9)),
            state,
            ..file.clone()
        };
        file = save(&store, &file, after).await;
        assert_eq!(store.return_file(file.id).await.unwrap(), Some(file.clone()));
    }
}

#[tokio::test]
async fn a_decision_is_carried_out_by_one_at_a_time_and_only_on_a_file_that_is_done() {
    let store = TestTables::start().await.store();
    let running = taken(&store, dropped(1, "b1", 0), 0).await;
    let decision = FileDecision::new(FileDecisionKind::Approve, at(1));
    let decided = ReturnFile { decision: Some(decision.clone()), lease_until: None, ..running.clone() };
    let early = save(&store, &running, decided).await;
    let take = async |seconds| store.take_decision(id(1), at(seconds), HOLD).await.unwrap();
    assert_eq!(take(1).await, TakenDecision::Nothing);
    let (state, result) = (ReturnFileState::Done, Some("return-results/b1/1.csv".to_owned()));
    save(&store, &early, ReturnFile { state, result, ..early.clone() }).await;
    let TakenDecision::Mine(mine) = take(1).await else { unreachable!("it is to be carried out") };
    assert_eq!(take(2).await, TakenDecision::Held(at(1) + HOLD));
    let over = FileDecision { state: FileDecisionState::Done, ..decision };
    save(&store, &mine, ReturnFile { decision: Some(over), lease_until: None, ..(*mine).clone() }).await;
    assert_eq!(take(99).await, TakenDecision::Nothing);
    let Taken::Ended(_) = store.take_return_file(id(1), None, at(99), HOLD).await.unwrap() else {
        unreachable!("its rows are judged")
    };
}

#[tokio::test]
async fn a_content_is_whose_it_was_first_until_that_one_drops_it() {
    let store = TestTables::start().await.store();
    let claim = async |buyer: &str, number| store.claim_content(&bid(buyer), "hash", id(number)).await.unwrap();
    assert_eq!((claim("b1", 1).await, claim("b1", 2).await, claim("b1", 1).await), (id(1), id(1), id(1)));
    assert_eq!(claim("b2", 2).await, id(2), "another buyer's");
    store.drop_content(&bid("b1"), "hash", id(2)).await.unwrap();
    assert_eq!(claim("b1", 2).await, id(1));
    store.drop_content(&bid("b1"), "hash", id(1)).await.unwrap();
    assert_eq!(claim("b1", 2).await, id(2));
}

#[tokio::test]
async fn files_are_listed_newest_first_page_by_page_over_months_and_by_buyer() {
    let store = TestTables::start().await.store();
    let days = |days: i64| days * 86_400;
    for (number, buyer, seconds) in [(1, "b1", 0), (2, "all", days(20)), (3, "b1", days(40)), (4, "b1", days(41))] {
        taken(&store, dropped(number, buyer, seconds), seconds).await;
    }
    let list = async |of: Option<&str>, after: Option<&str>| {
        let page = store.return_files(of.map(bid).as_ref(), at(days(42)), after, 2).await.unwrap();
        (page.items.iter().map(|file| file.id.ulid().0).collect::<Vec<_>>(), page.last)
    };
    let (first, last) = list(None, None).await;
    let (rest, end) = list(None, last.as_deref()).await;
    assert_eq!((first, rest, end), (vec![4, 3], vec![2, 1], None));
    let (own, last) = list(Some("b1"), None).await;
    assert_eq!((own, list(Some("b1"), last.as_deref()).await.0), (vec![4, 3], vec![1]));
    assert_eq!(list(Some("all"), None).await, (vec![2], None));
}
