//! What is told of a file of leads that is read to its end.

use jiff::Timestamp;

use super::{Notice, NoticeKind};
use crate::{
    access::Principal,
    id::{LeadImportId, SupplierRef},
    lead_import::ImportTally,
};

/// How a file of leads ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportEnd<'a> {
    /// Its rows have become what they become.
    Done {
        /// What they came to.
        tally: &'a ImportTally,
    },
    /// None of its rows is read, or none more of a file that is gone.
    Rejected {
        /// Stable code for programs.
        code: &'a str,
        /// For people, with what to do.
        detail: &'a str,
        /// What rows came to before.
        tally: &'a ImportTally,
    },
    /// None of its rows is read, as those of another file with the same content were.
    Repeated {
        /// That file.
        of: LeadImportId,
    },
}

impl Notice {
    /// That a supplier's file of leads was finished at `at`, to the seller or to the supplier. Nothing tells what the file is called.
    pub fn lead_import_finished(
        to: Principal,
        id: LeadImportId,
        sid: &SupplierRef,
        at: Timestamp,
        what: &ImportEnd<'_>,
    ) -> Self {
        let kind = NoticeKind::LeadImportFinished;
        // Both are told, under the same instant.
        let (whose, told) = match &to {
            Principal::Seller => (format!("The file of leads {id} of supplier {sid}"), "seller"),
            Principal::Supplier { .. } => (format!("Your file of leads {id}"), "supplier"),
            Principal::Buyer { .. } => (format!("The file of leads {id}"), "buyer"),
        };
        let text = format!("{whose} {}", end(what));
        let notice = Self::to_seller(kind, format!("{}-{id}-{told}", kind.word()), at, text);
        Self { to, lead_import_id: Some(id), ..notice }
    }
}

fn end(what: &ImportEnd<'_>) -> String {
    match what {
        ImportEnd::Done { tally } => format!("is done. {}", came_to(tally)),
        ImportEnd::Rejected { code, detail, tally } if tally.rows == 0 => {
            format!("was refused as a whole ({code}). {detail}")
        }
        ImportEnd::Rejected { code, detail, tally } => {
            format!("was not read to its end ({code}). {detail} {}", came_to(tally))
        }
        ImportEnd::Repeated { of } => {
            format!(
                "has the content of file {of}, which was there before, and makes no more leads. To have its rows judged anew, change the file, \
                 e.g. by an empty line at its end, and send it again."
            )
        }
    }
}

fn came_to(tally: &ImportTally) -> String {
    let counts: Vec<String> =
        tally.outcomes.iter().map(|(outcome, count)| format!("{} {count}", outcome.word())).collect();
    match tally.rows - tally.ignored.min(tally.rows) {
        0 => "It has no rows of leads.".to_owned(),
        1 => format!("Of its 1 row: {}.", counts.join(", ")),
        rows => format!("Of its {rows} rows: {}.", counts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use jiff::tz::TimeZone;
    use serde_json::json;
    use ulid::Ulid;

    use super::*;
    use crate::lead_import::ImportOutcome;

    fn supplier() -> Principal {
        Principal::Supplier { sid: "s1".parse().unwrap() }
    }

    fn told(to: Principal, what: &ImportEnd<'_>) -> Notice {
        let at = Timestamp::from_second(1_793_960_430).unwrap();
        Notice::lead_import_finished(to, LeadImportId::from_ulid(Ulid(1)), &"s1".parse().unwrap(), at, what)
    }

    fn tally() -> ImportTally {
        let mut tally = ImportTally::default();
        tally.add(ImportOutcome::Accepted);
        tally.add(ImportOutcome::Accepted);
        tally.add(ImportOutcome::Duplicate);
        tally.add_ignored();
        tally
    }

    #[test]
    fn a_finished_file_is_told_with_its_counts_and_where_to_read_on() {
        let notice = told(supplier(), &ImportEnd::Done { tally: &tally() });
        assert_eq!(
            notice.text,
            "Your file of leads limp_00000000000000000000000001 is done. Of its 3 rows: accepted 2, duplicate 1."
        );
        let body = notice.body(&[]);
        let list = "/v1/lead-imports/limp_00000000000000000000000001";
        assert_eq!((&body["type"], &body["list"]), (&json!("leads.import_finished"), &json!(list)));
        assert_eq!(body["lead_import_id"], json!("limp_00000000000000000000000001"));
        let letter = notice.letter("Agency", &TimeZone::UTC, &[]);
        assert_eq!(letter.subject, "Agency: 1 file of leads is finished");
        assert!(letter.text.contains(&format!("\nWhat became of it: GET {list}\n")), "{}", letter.text);
    }

    #[test]
    fn what_came_to_nothing_or_to_less_says_why() {
        let (none, some) = (ImportTally::default(), tally());
        let refused = ImportEnd::Rejected { code: "no_header", detail: "Begin with headers.", tally: &none };
        let text = told(Principal::Seller, &refused).text;
        assert!(text.contains("of supplier s1 was refused as a whole (no_header). Begin with headers."), "{text}");
        let cut_short = ImportEnd::Rejected { code: "gone", detail: "It is gone.", tally: &some };
        let text = told(supplier(), &cut_short).text;
        assert!(
            text.ends_with("was not read to its end (gone). It is gone. Of its 3 rows: accepted 2, duplicate 1."),
            "{text}"
        );
        let text = told(supplier(), &ImportEnd::Repeated { of: LeadImportId::from_ulid(Ulid(2)) }).text;
        assert!(text.contains("the content of file limp_00000000000000000000000002"), "{text}");
        let text = told(supplier(), &ImportEnd::Done { tally: &none }).text;
        assert!(text.ends_with("is done. It has no rows of leads."), "{text}");
    }

    #[test]
    fn seller_and_supplier_are_each_told_once_and_no_buyer_ever_is() {
        let end = ImportEnd::Done { tally: &tally() };
        let (sellers, suppliers) = (told(Principal::Seller, &end), told(supplier(), &end));
        assert_ne!(sellers.id, suppliers.id);
        assert_eq!(sellers, told(Principal::Seller, &end));
        let told_to = |who: &Principal| NoticeKind::LeadImportFinished.is_told_to(who);
        let buyer = Principal::Buyer { bid: "b1".parse().unwrap() };
        assert_eq!((told_to(&Principal::Seller), told_to(&supplier()), told_to(&buyer)), (true, true, false));
        let stored = serde_json::to_value(&suppliers).unwrap();
        assert_eq!(serde_json::from_value::<Notice>(stored).unwrap(), suppliers);
    }
}
