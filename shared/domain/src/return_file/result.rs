//! What became of each row, as the buyer reads it.

use super::{MatchedBy, Tally};
use crate::{
    csv_row,
    id::LeadId,
    money::Money,
    returned::{ReturnId, ReturnOutcome},
};

/// The first line of a result file.
pub const HEADER: [&str; 9] =
    ["row", "outcome", "explanation", "lead_id", "return_id", "matched_by", "reason", "amount", "currency"];

/// What became of a row. Nothing of it names a person, or what a supplier earns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultRow {
    /// Which row of the file it is, from 1, as a spreadsheet counts them.
    pub row: u64,
    /// What became of it.
    pub outcome: ReturnOutcome,
    /// Why, for people; may be empty.
    pub explanation: String,
    /// The lead.
    pub lead: Option<LeadId>,
    /// The return that was made, or that there is.
    pub return_id: Option<ReturnId>,
    /// By what the lead was found.
    pub by: Option<MatchedBy>,
    /// The reason code.
    pub reason: String,
    /// The price of the sale.
    pub amount: Option<Money>,
}

impl ResultRow {
    /// The row of the result file, with its line end.
    pub fn line(&self) -> String {
        csv_row::line([
            self.row.to_string(),
            self.outcome.word().to_owned(),
            self.explanation.clone(),
            self.lead.map(|lead| lead.to_string()).unwrap_or_default(),
            self.return_id.as_ref().map(ReturnId::to_string).unwrap_or_default(),
            self.by.map(MatchedBy::word).unwrap_or_default().to_owned(),
            self.reason.clone(),
            self.amount.map(Money::amount).unwrap_or_default(),
            self.amount.map(|amount| amount.currency.code()).unwrap_or_default().to_owned(),
        ])
    }
}

/// What stands below the rows: an empty line, and what they come to.
pub fn totals(tally: &Tally) -> String {
    let count = |what: &str, count: u64| csv_row::line(["total", what, &count.to_string()]);
    let outcomes = tally.outcomes.iter().map(|(outcome, number)| count(outcome.word(), *number));
    let sums = tally.sums().map(|sum| csv_row::line(["total", "amount", &sum.amount(), sum.currency.code()]));
    let rows = [count("rows", tally.rows), count("ignored", tally.ignored)];
    "\r\n".to_owned() + &rows.into_iter().chain(outcomes).chain(sums).collect::<String>()
}

/// The return that a line of a result file says was made, and whether it was done or asked for; none for all other lines.
/// `cell` gives what stands in a column, from 0.
pub fn return_made<'a>(cell: impl Fn(usize) -> Option<&'a str>) -> Option<(ReturnOutcome, ReturnId)> {
    let outcome = ReturnOutcome::of_word(cell(1)?).filter(|outcome| outcome.is_done())?;
    Some((outcome, cell(4)?.parse().ok()?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use ulid::Ulid;

    use super::*;
    use crate::money::Currency;

    fn row() -> ResultRow {
        let lead = LeadId::from_ulid(Ulid(1));
        ResultRow {
            row: 2,
            outcome: ReturnOutcome::Returned,
            explanation: "It is done; =1".to_owned(),
            lead: Some(lead),
            return_id: Some(ReturnId { lead, number: 1, did: "d1".parse().unwrap() }),
            by: Some(MatchedBy::Phone),
            reason: "DUPE".to_owned(),
            amount: Some(Money { minor: 1_250, currency: Currency::GBP }),
        }
    }

    #[test]
    fn a_row_says_what_became_of_it_and_is_no_formula() {
        assert_eq!(
            row().line(),
            "2,returned,\"It is done; =1\",lead_00000000000000000000000001,return_00000000000000000000000001.1.d1,phone,DUPE,\
             12.50,GBP\r\n"
        );
        let empty = ResultRow {
            outcome: ReturnOutcome::InvalidRow,
            explanation: "=1".to_owned(),
            lead: None,
            return_id: None,
            by: None,
            reason: String::new(),
            amount: None,
            ..row()
        };
        assert_eq!(empty.line(), "2,invalid_row,'=1,,,,,,\r\n");
        assert_eq!(empty.line().split(',').count(), HEADER.len());
    }

    #[test]
    fn what_the_rows_come_to_stands_below_an_empty_line() {
        let mut tally = Tally::default();
        let payout = Some(Money { minor: 999, currency: Currency::GBP });
        tally.add(ReturnOutcome::Returned, row().amount, payout).unwrap();
        tally.add(ReturnOutcome::NotFound, None, None).unwrap();
        tally.add_ignored();
        assert_eq!(
            totals(&tally),
            "\r\ntotal,rows,3\r\ntotal,ignored,1\r\ntotal,returned,1\r\ntotal,not_found,1\r\ntotal,amount,12.50,GBP\r\n"
        );
    }

    #[test]
    fn the_return_that_a_row_made_can_be_read_again_and_no_other() {
        let read = |cells: &[&str]| return_made(|at| cells.get(at).copied());
        let id = row().return_id.unwrap();
        let text = id.to_string();
        let made = |outcome: &str| read(&["2", outcome, "…", "lead", &text, "phone", "DUPE", "12.50", "GBP"]);
        assert_eq!(made("returned"), Some((ReturnOutcome::Returned, id.clone())));
        assert_eq!(made("requested"), Some((ReturnOutcome::Requested, id)));
        // Another file's, or a claim's by the API.
        assert_eq!(made("already_returned"), None);
        for other in [&HEADER[..], &[""], &["total", "returned", "12"], &["2", "returned", "", "", ""]] {
            assert_eq!(read(other), None, "{other:?}");
        }
    }
}
