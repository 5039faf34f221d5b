//! Reconciling: every number that follows from what is booked is compared, and one that is not what it should be is told and
//! put right.

use std::collections::{BTreeMap, BTreeSet};

use domain::journal::events;
use store::Party;

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

    async fn found(&self) -> Findings {
        self.reconciled(days(15, 15), next_morning()).await
    }

    /// What is told, and how many rows that takes; then all is as it was.
    async fn put_right(&self, before: &Numbers) -> (usize, usize) {
        let found = self.found().await;
        assert_eq!(found, Findings { differing: found.differing, repaired: found.repaired, ..clean(3) });
        assert_eq!(self.found().await, clean(3), "once and for all");
        assert_eq!(&self.numbers().await, before);
        (found.differing, found.repaired)
    }

    async fn of_accounts(&self) -> Vec<Item> {
        let accounts = ["account#buyer#b1", "account#supplier#s1", "account#supplier#s2"];
        let mut rows = Vec::new();
        for account in accounts {
            rows.extend(self.rows(account).await);
        }
        rows
    }

    async fn of_reports(&self) -> Vec<Item> {
        let mut rows = Vec::new();
        for view in ["all", "received", "sold", "booked"] {
            for time in ["202701", "2027"] {
                rows.extend(self.cells(view, time).await);
            }
        }
        rows
    }

    /// All numbers there are, by row and name, whatever shard they are in.
    async fn numbers(&self) -> Numbers {
        let mut numbers = Numbers::new();
        for row in self.of_accounts().await.into_iter().chain(self.of_reports().await) {
            let (pk, sk) = row_of(&row);
            for (name, value) in row.iter().filter_map(|(name, value)| Some((name, value.as_n().ok()?))) {
                *numbers.entry(format!("{pk} {sk} {name}")).or_default() += value.parse::<i64>().unwrap();
            }
        }
        numbers.retain(|_, number| *number != 0);
        numbers
    }
}

type Numbers = BTreeMap<String, i64>;

async fn booked() -> (Town, Numbers) {
    let town = busy().await;
    town.booked(evening()).await;
    assert_eq!(town.found().await, clean(3));
    let numbers = town.numbers().await;
    (town, numbers)
}

#[tokio::test]
async fn a_month_that_is_not_what_its_days_are_is_told_in_each_view_that_it_counts_in_and_put_right_once() {
    let (town, before) = booked().await;
    let month = town.cells("all", "2027").await.remove(0);
    town.falsify(month.clone(), "re").await;
    assert_eq!(town.put_right(&before).await, (3, 1));
    town.delete(&month).await;
    assert_eq!(town.put_right(&before).await, (3, 1), "a number that is not there at all");
}

#[tokio::test]
async fn a_day_that_is_not_what_is_booked_is_put_right_before_its_month_is_looked_at() {
    let (town, before) = booked().await;
    town.falsify(town.cells("all", "202701").await.remove(0), "re").await;
    assert_eq!(town.put_right(&before).await, (1, 1));
}

#[tokio::test]
async fn a_number_that_is_in_one_of_the_three_views_only_is_told_and_taken_away() {
    let (town, before) = booked().await;
    let (day, month) = (town.cells("all", "202701").await.remove(0), town.cells("all", "2027").await);
    // So that each month is what its days are.
    let same = month.into_iter().find(|month| place(month) == place(&day)).unwrap();
    for (row, time) in [(day, "202701"), (same, "2027")] {
        let pk = row["pk"].as_s().unwrap().replace("#all#", "#booked#");
        assert!(pk.contains(time));
        town.put([row, [("pk".to_owned(), AttributeValue::S(pk))].into()].into_iter().flatten().collect()).await;
    }
    assert_eq!(town.put_right(&before).await, (1, 2), "its day and its month");
}

/// The campaign, and what follows the day or the month.
fn place(cell: &Item) -> (String, String) {
    let (campid, rest) = cell["sk"].as_s().unwrap().split_once('#').unwrap();
    (campid.to_owned(), rest.split_once('#').unwrap().1.to_owned())
}

#[tokio::test]
async fn an_account_that_is_not_what_its_entries_move_is_told_and_put_right_once() {
    let (town, before) = booked().await;
    let of_buyer = town.rows("account#buyer#b1").await;
    assert_eq!(of_buyer.len(), 2, "sales and a return");
    town.falsify(of_buyer[0].clone(), "m").await;
    assert_eq!(town.put_right(&before).await, (1, 1));
    town.delete(&of_buyer[0]).await;
    assert_eq!(town.put_right(&before).await, (1, 1), "a day that is not there at all");
    town.falsify(town.rows("account#supplier#s1").await.remove(0), "n").await;
    assert_eq!(town.put_right(&before).await, (1, 1));
}

#[tokio::test]
async fn an_account_of_somebody_who_is_in_no_entry_is_told_and_comes_to_nothing() {
    let (town, before) = booked().await;
    town.store
        .save(serde_json::from_value::<Supplier>(json!({ "sid": "s2", "name": "Two" })).unwrap(), None)
        .await
        .unwrap();
    let mut row = town.rows("account#supplier#s1").await.remove(0);
    row.insert("pk".to_owned(), text("account#supplier#s2"));
    town.put(row).await;
    assert_eq!(town.put_right(&before).await, (1, 1));
    let (from, to) = (Date::constant(2027, 1, 1), Date::constant(2027, 2, 1));
    let account = town.store.account(&Party::Supplier("s2".parse().unwrap()), from, to).await.unwrap();
    assert_eq!((account.opening.len(), account.rows.len()), (0, 0), "no line of its statement is about it");
}

#[tokio::test]
async fn the_accounts_of_the_present_day_are_left_out() {
    let (town, _) = booked().await;
    town.falsify(town.rows("account#buyer#b1").await.remove(0), "m").await;
    let found = town.reconciled(days(15, 15), after(evening(), 60)).await;
    assert_eq!((found.differing, found.repaired), (0, 0));
}

/// With a return on another day, so that the three times differ.
#[tokio::test]
async fn all_numbers_there_are_can_be_counted_again() {
    let (town, _) = booked().await;
    let fourth = town.sold(4, 300).await;
    town.returned(&fourth, 20 * 3_600).await;
    town.booked(next_morning()).await;
    let before = town.numbers().await;
    let (of_reports, of_accounts) = (town.of_reports().await, town.of_accounts().await);
    for row in of_reports.iter().chain(&of_accounts) {
        town.delete(row).await;
    }
    let evening = after(next_morning(), 36 * 60);
    let rows = |rows: &[Item]| rows.iter().map(row_of).collect::<BTreeSet<_>>().len();
    let expected = rows(&of_reports) + rows(&of_accounts);
    assert_eq!(town.reconciled(days(15, 16), evening).await.repaired, expected);
    assert_eq!(town.numbers().await, before);
    assert_eq!(town.reconciled(days(15, 16), evening).await, clean(4));
}

/// Its partition and sort key, whatever slot and shard it is in.
fn row_of(row: &Item) -> (String, String) {
    let [pk, sk] = ["pk", "sk"].map(|name| row[name].as_s().unwrap());
    let pk = if pk.starts_with("cube#") { pk.rsplit_once('#').unwrap().0 } else { pk };
    (pk.to_owned(), sk.rsplit_once('#').unwrap().0.to_owned())
}

#[tokio::test]
async fn two_at_once_put_a_number_right_once() {
    let (town, before) = booked().await;
    for row in town.of_reports().await.into_iter().chain(town.of_accounts().await) {
        town.delete(&row).await;
    }
    let (one, other) = tokio::join!(town.found(), town.found());
    assert!(one.repaired + other.repaired > 0);
    assert_eq!(town.numbers().await, before);
}

#[tokio::test]
async fn a_number_that_may_still_be_moved_is_left_to_the_next_time() {
    let (town, _) = booked().await;
    let lead = town.sold(4, 300).await;
    let events = events(&lead).unwrap().into_iter().map(|event| (lead.id, event)).collect();
    let drawn = next_morning().as_millisecond() - 60_000;
    town.store.book(events, Ulid::from_parts(drawn.try_into().unwrap(), 0), next_morning()).await.unwrap();
    let before = town.numbers().await;
    for row in town.cells("all", "2027").await {
        town.falsify(row, "re").await;
    }
    let found = town.reconciled(days(15, 15), next_morning()).await;
    assert!(found.differing > 0 && found.repaired == 0, "{found:?}");
    let found = town.reconciled(days(15, 15), after(next_morning(), 5)).await;
    assert!(found.differing > 0 && found.repaired > 0, "{found:?}");
    assert_eq!(town.numbers().await, before);
}
