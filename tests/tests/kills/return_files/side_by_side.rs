//! A file whose worker is held up, while its buyer returns leads in other ways: never more than may be, and every place is
//! accounted for.

use domain::returned::ReturnOutcome;
use futures::{StreamExt, stream};
use serde_json::json;
use tests::{Fault, Faults};

use super::{
    super::{CONCURRENCY, Named, returning::ask},
    Ground, PRICE, Pace, returns_of, step_by_step, under_a_share,
};

/// Half of four may be returned. The first file is about three of them, the API and the second file about one or two each.
async fn ground() -> Ground {
    Ground::new(&under_a_share()).await
}

async fn held_up_at(at: usize, pace: Pace) {
    let mut ground = ground().await;
    let first = ground.drop_file("first.csv", &ground.text(&[Some(1), Some(2), Some(3)])).await;
    let second = ground.drop_file("second.csv", &ground.text(&[Some(3), Some(4)])).await;
    let held_up = Faults::at([(at, Fault::PauseBefore)]);
    let work = async {
        let done = ground.turn(&held_up, &first, pace).await;
        // It may be done before it gets that far; then nobody has to wait for it.
        held_up.let_go();
        done
    };
    let meanwhile = async {
        held_up.paused().await;
        let wish = json!({ "lead_id": ground.leads[0].id, "reason": "DUPE" });
        let (status, told) = ask(&ground.lab, &Faults::default(), ("b1", "/v1/returns"), &wish).await;
        let done = ground.turn(&Faults::default(), &second, Pace::default()).await;
        held_up.resume();
        assert!(
            status.is_success() || ["already_returned", "over_cap"].contains(&told["outcome"].as_str().unwrap()),
            "{told}"
        );
        done
    };
    let (first_done, second_done) = tokio::join!(work, meanwhile);
    let again = [(first_done, first), (second_done, second)].into_iter().filter(|(done, _)| !done);
    ground.work(&Faults::default(), again.map(|(_, message)| message).collect(), Pace::default()).await;

    let (leads, files) = (ground.now().await, ground.files().await);
    let returned = leads.iter().flat_map(returns_of).count();
    assert!((1..=2).contains(&returned), "{leads:#?}");
    assert_eq!(ground.owed().await, (4 - i64::try_from(returned).unwrap()) * PRICE);
    ground.add_up().await;
    assert_eq!(files.len(), 2);
    let mut by_files = 0;
    for file in &files {
        let lines = ground.result(file).await;
        assert_eq!(lines.len(), if file.name == "first.csv" { 3 } else { 2 });
        by_files += lines.iter().filter(|line| line.outcome == ReturnOutcome::Returned).count();
        ground.is_told_once(file).await;
    }
    let is_of_file = |order: &str| files.iter().any(|file| order.starts_with(&file.id.ulid().to_string()));
    let by_api =
        leads.iter().flat_map(returns_of).filter(|back| !back.order.as_deref().is_some_and(is_of_file)).count();
    assert_eq!(by_files + by_api, returned, "each return is one row's, or the API's: {leads:#?}");
}

async fn held_up_at_each_call(pace: Pace) {
    let ground = ground().await;
    let event = ground.drop_file("first.csv", &ground.text(&[Some(1), Some(2), Some(3)])).await;
    let quiet = Faults::default();
    assert!(ground.turn(&quiet, &event, pace).await);
    let calls = quiet.calls().len();
    assert!(calls > 10);
    let run = |at| async move {
        let plan = [(at, Fault::PauseBefore)];
        let named = Named(&plan);
        held_up_at(at, pace).await;
        std::mem::forget(named);
    };
    stream::iter(0..calls + 6).map(run).buffer_unordered(CONCURRENCY).collect::<()>().await;
}

#[tokio::test]
async fn others_who_return_leads_meanwhile_find_the_places_that_a_file_has_left_wherever_it_is_held_up() {
    held_up_at_each_call(Pace::default()).await;
}

#[tokio::test]
async fn the_same_where_each_batch_is_handed_on() {
    held_up_at_each_call(step_by_step()).await;
}
