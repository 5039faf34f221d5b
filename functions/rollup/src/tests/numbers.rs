//! Reconciling: every number that follows from what is booked is compared, and one that somebody has changed is told.

use super::{
    reconciling::{busy, clean, days, next_morning},
    *,
};
use crate::reconcile::Findings;

impl Town {
    /// Makes a number of a row another one.
    async fn falsify(&self, mut row: Item, number: &str) {
        row.insert(number.to_owned(), AttributeValue::N("7777".to_owned()));
        self.put(row).await;
    }

    async fn differing(&self) -> usize {
        let found = self.reconciled(days(15, 15), next_morning()).await;
        assert_eq!(found, Findings { differing: found.differing, ..clean(3) });
        found.differing
    }
}

async fn booked() -> Town {
    let town = busy().await;
    town.booked(evening()).await;
    assert_eq!(town.differing().await, 0);
    town
}

#[tokio::test]
async fn a_month_that_is_not_what_its_days_are_is_told_in_each_view_that_it_counts_in() {
    let town = booked().await;
    let month = town.cells("all", "2027").await.remove(0);
    town.falsify(month.clone(), "re").await;
    assert_eq!(town.differing().await, 3);
    town.delete(&month).await;
    assert_eq!(town.differing().await, 3, "a number that is not there at all");
}

#[tokio::test]
async fn a_number_that_is_in_one_of_the_three_views_only_is_told() {
    let town = booked().await;
    let (day, month) = (town.cells("all", "202701").await.remove(0), town.cells("all", "2027").await);
    // So that each month is what its days are.
    let same = month.into_iter().find(|month| place(month) == place(&day)).unwrap();
    for (row, time) in [(day, "202701"), (same, "2027")] {
        let pk = row["pk"].as_s().unwrap().replace("#all#", "#booked#");
        assert!(pk.contains(time));
        town.put([row, [("pk".to_owned(), AttributeValue::S(pk))].into()].into_iter().flatten().collect()).await;
    }
    assert_eq!(town.differing().await, 1);
}

/// The campaign, and what follows the day or the month.
fn place(cell: &Item) -> (String, String) {
    let (campid, rest) = cell["sk"].as_s().unwrap().split_once('#').unwrap();
    (campid.to_owned(), rest.split_once('#').unwrap().1.to_owned())
}

#[tokio::test]
async fn an_account_that_is_not_what_its_entries_move_is_told() {
    let town = booked().await;
    let of_buyer = town.rows("account#buyer#b1").await;
    assert_eq!(of_buyer.len(), 2, "sales and a return");
    town.falsify(of_buyer[0].clone(), "m").await;
    assert_eq!(town.differing().await, 1);
    town.delete(&of_buyer[0]).await;
    assert_eq!(town.differing().await, 1, "a day that is not there at all");
    town.put(of_buyer[0].clone()).await;
    town.falsify(town.rows("account#supplier#s1").await.remove(0), "n").await;
    assert_eq!(town.differing().await, 1);
}

#[tokio::test]
async fn an_account_of_somebody_who_is_in_no_entry_is_told() {
    let town = booked().await;
    town.store
        .save(serde_json::from_value::<Supplier>(json!({ "sid": "s2", "name": "Two" })).unwrap(), None)
        .await
        .unwrap();
    let mut row = town.rows("account#supplier#s1").await.remove(0);
    row.insert("pk".to_owned(), text("account#supplier#s2"));
    town.put(row).await;
    assert_eq!(town.differing().await, 1);
}

#[tokio::test]
async fn the_accounts_of_the_present_day_are_left_out() {
    let town = booked().await;
    town.falsify(town.rows("account#buyer#b1").await.remove(0), "m").await;
    assert_eq!(town.reconciled(days(15, 15), after(evening(), 60)).await.differing, 0);
}
