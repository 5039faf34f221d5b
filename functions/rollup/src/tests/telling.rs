//! What batches tell: each return once to each who is to hear of it, however they come.

use domain::{access::Principal, notice::Notice};
use store::{NotifyJob, Work};

use super::*;

/// A town whose seller, supplier and buyer want to be told of everything.
async fn town() -> Town {
    let town = Town::new().await;
    let to = |who: &str| json!({ "emails": [format!("{who}@example.com")] });
    let supplier = json!({ "sid": "s1", "name": "Supplier One", "notify": to("supplier") });
    town.store.save(serde_json::from_value::<Supplier>(supplier).unwrap(), None).await.unwrap();
    let buyer = json!({ "bid": "b1", "name": "Buyer One", "notify": to("buyer") });
    town.store.save(serde_json::from_value::<domain::buyer::Buyer>(buyer).unwrap(), None).await.unwrap();
    let seller = Some(serde_json::from_value(to("seller")).unwrap());
    let settings = domain::settings::Settings { notify: seller, ..Default::default() };
    town.store.save_settings(settings, None).await.unwrap();
    town
}

/// Closes all groups, and says what each recipient is told.
async fn told(town: &Town) -> Vec<(String, String)> {
    let later = after(evening(), 10);
    for NotifyJob { due, work } in town.store.due_work(later, 100).await.unwrap() {
        if let Work::Close { to, kind, group } = work {
            town.store.close_group(&to, kind, &group, due).await.unwrap();
        }
    }
    let mut notices: Vec<Notice> = town.store.notices(later, 100, None, None).await.unwrap().unwrap().items;
    notices.sort_by_key(|notice| notice.to.tag());
    notices.into_iter().map(|notice| (notice.to.tag(), notice.text)).collect()
}

/// One return that takes effect, and one that is refused.
async fn returns(town: &Town) {
    let first = town.sold(1, 0).await;
    town.returned(&first, 3_000).await;
    let second = town.sold(2, 100).await;
    let asked = second.on_return_requested(&did(), ReturnRequest::because("OTHER"), at(3_000)).unwrap();
    let asked = town.step(&second, asked).await;
    town.step(&asked, asked.on_return_refused(&did(), "It was answered.", at(3_100)).unwrap()).await;
}

fn wanted() -> Vec<(String, String)> {
    let told = [
        ("buyer#b1", "1 return was refused: OTHER 1. Sold for 12.50 GBP."),
        ("seller", "2 returns wait for your decision: DUPE 1, OTHER 1. Sold for 25.00 GBP."),
        ("supplier#s1", "1 lead was returned: DUPE 1. Payout of 5.00 GBP was taken back."),
    ];
    told.map(|(to, text)| (to.to_owned(), text.to_owned())).to_vec()
}

#[tokio::test]
async fn everybody_is_told_of_returns_once_however_often_a_batch_comes_and_however_it_is_cut() {
    let town = town().await;
    returns(&town).await;
    let changes = town.tables.lead_changes();
    for change in &changes {
        assert_eq!(town.handle(std::slice::from_ref(change), evening()).await.batch_item_failures, []);
    }
    assert_eq!(town.handle(&[changes.clone(), changes.clone()].concat(), evening()).await.batch_item_failures, []);
    assert_eq!(told(&town).await, wanted());
    town.booked(after(evening(), 5)).await;
    assert_eq!(told(&town).await, wanted(), "what comes when the groups are closed is known, too");
}

#[tokio::test]
async fn who_has_no_ways_is_told_nothing_but_the_seller_can_list_what_it_would_be() {
    let town = Town::new().await;
    returns(&town).await;
    town.booked(evening()).await;
    let seller = town.store.recipient(&Principal::Seller).await.unwrap();
    assert_eq!(seller.ways, None);
    assert_eq!(told(&town).await, wanted()[1..2]);
    assert_eq!(town.store.due_work(after(evening(), 100), 10).await.unwrap(), [], "nothing is to be sent");
}
