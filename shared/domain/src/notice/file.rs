//! What is told of a file of returns that is read to its end.

use jiff::Timestamp;

use super::{Notice, NoticeKind};
use crate::{
    access::Principal,
    id::{BuyerRef, ReturnFileId},
    return_file::Tally,
};

/// How a file of returns ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileEnd<'a> {
    /// Its rows were carried out.
    Done {
        /// What they came to.
        tally: &'a Tally,
    },
    /// Not one of its rows was, as it could not be read, or none more of a file that is gone.
    Rejected {
        /// Stable code for programs.
        code: &'a str,
        /// For people, with what to do.
        detail: &'a str,
        /// What rows came to before.
        tally: &'a Tally,
    },
    /// Not one of its rows was, as they had been before.
    Repeated {
        /// The file with the same content that was first.
        of: ReturnFileId,
    },
}

impl Notice {
    /// That a buyer's file of returns was finished at `at`, to the seller or to the buyer. Nothing tells what the file is called:
    /// people have been seen to name files after people.
    pub fn return_file_finished(
        to: Principal,
        id: ReturnFileId,
        bid: &BuyerRef,
        at: Timestamp,
        what: &FileEnd<'_>,
    ) -> Self {
        let kind = NoticeKind::ReturnFileFinished;
        // Both are told, under the same instant.
        let (whose, told) = match &to {
            Principal::Seller => (format!("The file of returns {id} of buyer {bid}"), "seller"),
            Principal::Buyer { .. } => (format!("Your file of returns {id}"), "buyer"),
            Principal::Supplier { .. } => (format!("The file of returns {id}"), "supplier"),
        };
        let text = format!("{whose} {}", end(what));
        let notice = Self::to_seller(kind, format!("{}-{id}-{told}", kind.word()), at, text);
        Self { to, bid: Some(bid.clone()), return_file_id: Some(id), ..notice }
    }
}

fn end(what: &FileEnd<'_>) -> String {
    match what {
        FileEnd::Done { tally } => format!("is done. {}", came_to(tally)),
        FileEnd::Rejected { code, detail, tally } if tally.rows == 0 => {
            format!("was refused as a whole ({code}). {detail}")
        }
        FileEnd::Rejected { code, detail, tally } => {
            format!("was not read to its end ({code}). {detail} {}", came_to(tally))
        }
        FileEnd::Repeated { of } => {
            format!(
                "has the content of file {of}, which was there before, and changes nothing more. To have its rows judged anew, change \
                 the file, e.g. by an empty line at its end, and send it again."
            )
        }
    }
}

fn came_to(tally: &Tally) -> String {
    let judged = tally.rows - tally.ignored.min(tally.rows);
    let counts: Vec<String> =
        tally.outcomes.iter().map(|(outcome, count)| format!("{} {count}", outcome.word())).collect();
    let sums: Vec<String> = tally.sums().map(|sum| sum.to_string()).collect();
    let money = if sums.is_empty() { String::new() } else { format!(" {} is owed no longer.", sums.join(" and ")) };
    match judged {
        0 => "It has no rows to judge.".to_owned(),
        1 => format!("Of its 1 row: {}.{money}", counts.join(", ")),
        rows => format!("Of its {rows} rows: {}.{money}", counts.join(", ")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;
    use ulid::Ulid;

    use super::*;
    use crate::{
        money::{Currency, Money},
        returned::ReturnOutcome,
    };

    fn file(number: u128) -> ReturnFileId {
        ReturnFileId::from_ulid(Ulid(number))
    }

    fn told(to: Principal, what: &FileEnd<'_>) -> Notice {
        let at = Timestamp::from_second(1_793_960_430).unwrap();
        Notice::return_file_finished(to, file(1), &"b1".parse().unwrap(), at, what)
    }

    fn buyer() -> Principal {
        Principal::Buyer { bid: "b1".parse().unwrap() }
    }

    #[test]
    fn a_finished_file_is_told_with_its_counts_and_its_money_and_where_to_read_on() {
        let mut tally = Tally::default();
        let price = Some(Money { minor: 1_250, currency: Currency::GBP });
        tally.add(ReturnOutcome::Returned, price, Some(Money { minor: 777, currency: Currency::GBP })).unwrap();
        tally.add(ReturnOutcome::Returned, price, None).unwrap();
        tally.add(ReturnOutcome::NotFound, None, None).unwrap();
        tally.add_ignored();
        let notice = told(buyer(), &FileEnd::Done { tally: &tally });
        assert_eq!(
            notice.text,
            "Your file of returns rfile_00000000000000000000000001 is done. Of its 3 rows: returned 2, not_found 1. \
             25.00 GBP is owed no longer."
        );
        let body = notice.body(&[]);
        let list = "/v1/return-files/rfile_00000000000000000000000001";
        assert_eq!((&body["type"], &body["list"]), (&json!("returns.file_finished"), &json!(list)));
        assert_eq!((&body["return_file_id"], &body["bid"]), (&json!(file(1)), &json!("b1")));
        let letter = notice.letter("Agency", &TimeZone::UTC, &[]);
        assert_eq!(letter.subject, "Agency: 1 file of returns is finished");
        assert!(letter.text.contains(&format!("\nWhat became of it: GET {list}\n")), "{}", letter.text);
        assert!(!letter.text.contains("7.77"), "no buyer reads what suppliers earn");
    }

    #[test]
    fn what_came_to_nothing_says_why() {
        let (none, mut some) = (Tally::default(), Tally::default());
        some.add(ReturnOutcome::NotFound, None, None).unwrap();
        let cut_short = FileEnd::Rejected { code: "gone", detail: "It is gone.", tally: &some };
        let text = told(Principal::Seller, &cut_short).text;
        assert!(text.ends_with("was not read to its end (gone). It is gone. Of its 1 row: not_found 1."), "{text}");
        let refused = FileEnd::Rejected { code: "no_columns", detail: "Begin the file with headers.", tally: &none };
        let text = told(Principal::Seller, &refused).text;
        assert!(text.starts_with("The file of returns rfile_") && text.contains("of buyer b1 was refused"), "{text}");
        assert!(text.ends_with("(no_columns). Begin the file with headers."), "{text}");
        let text = told(buyer(), &FileEnd::Repeated { of: file(2) }).text;
        assert!(text.contains("the content of file rfile_00000000000000000000000002"), "{text}");
        assert!(text.contains("judged anew, change the file, e.g. by an empty line at its end"), "{text}");
        let text = told(buyer(), &FileEnd::Done { tally: &Tally::default() }).text;
        assert!(text.ends_with("is done. It has no rows to judge."), "{text}");
    }

    #[test]
    fn seller_and_buyer_are_each_told_once_and_nobody_else_ever_is() {
        let end = FileEnd::Repeated { of: file(2) };
        let (sellers, buyers) = (told(Principal::Seller, &end), told(buyer(), &end));
        assert_ne!(sellers.id, buyers.id);
        assert_eq!(sellers, told(Principal::Seller, &end));
        let supplier = Principal::Supplier { sid: "s1".parse().unwrap() };
        let told_to = |who: &Principal| NoticeKind::ReturnFileFinished.is_told_to(who);
        assert_eq!((told_to(&Principal::Seller), told_to(&supplier), told_to(&buyer())), (true, false, true));
        let stored = serde_json::to_value(&sellers).unwrap();
        assert_eq!(serde_json::from_value::<Notice>(stored).unwrap(), sellers);
    }
}
