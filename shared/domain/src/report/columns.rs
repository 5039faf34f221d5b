//! What a row says: the numbers that were counted, and those that follow from them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Column, Counts, Coverage};
use crate::{
    access::Principal,
    money::{Currency, Money, Rounding},
};

/// The numbers of a row. One is left out where it says nothing, and where it is not the reader's to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportColumns)]
pub struct Columns {
    /// Leads that came in, tests apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leads: Option<i64>,
    /// Those that were not rejected when they came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<i64>,
    /// Those that were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid: Option<i64>,
    /// Valid leads of which is not known yet whether they earn anything: `valid` − `approved` − `rejected`. By another time
    /// than that of receipt it is by how many they have grown, and may be below zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<i64>,
    /// Leads whose payout was earned: each valid one, or each that was sold, as the campaign's payout goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<i64>,
    /// Valid leads that came to nothing: turned away later, or in the end not sold where only that earns something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<i64>,
    /// Sales, returned ones too. A lead may be sold more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sold: Option<i64>,
    /// Sales that were returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns: Option<i64>,
    /// Returns in a hundred sales, with two decimals; none without sales.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^-?\d+\.\d{2}$", example = "12.50")]
    pub return_pct: Option<String>,
    /// Sales of which the buyer has said that it has spoken to the person, or that the person has bought, returned ones too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacted: Option<i64>,
    /// Sales of which the buyer has said that it had not got hold of the person, also if it did later, or had said that first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_reached: Option<i64>,
    /// Sales of which the buyer has said that the person has bought, returned ones too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted: Option<i64>,
    /// What these brought buyers, as they say: no money of the account. What was said in another currency than the lead's is not in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_value: Option<Money>,
    /// Leads that the supplier is paid for: `approved`, less those whose payout a return took back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payable: Option<i64>,
    /// What suppliers earn, returns and edits taken into account. In a row of a buyer or a delivery, what they earn with its
    /// sales, put right or taken back; payouts for each valid lead, with what is put right or taken back of them, are of no sale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payout: Option<Money>,
    /// What buyers pay, returns and edits taken into account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revenue: Option<Money>,
    /// `revenue` − `payout`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profit: Option<Money>,
    /// Cost per lead: `payout` / `leads`, a half minor unit to the even one; none without leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpl: Option<Money>,
    /// Revenue per lead: `revenue` / `leads`, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpl: Option<Money>,
}

impl Columns {
    /// What `viewer` sees of these numbers.
    pub fn new(counts: &Counts, currency: Currency, coverage: Coverage, viewer: &Principal) -> Self {
        let shown = |column: Column| column.is_of(coverage) && column.is_for(viewer);
        let number = |column, number: i64| shown(column).then_some(number);
        let money = |column, minor: i64| shown(column).then_some(Money { minor, currency });
        let per_lead = |column, minor: i64| {
            let minor = quotient(i128::from(minor), counts.leads).filter(|_| shown(column))?;
            Some(Money { minor, currency })
        };
        Self {
            leads: number(Column::Leads, counts.leads),
            valid: number(Column::Valid, counts.valid()),
            invalid: number(Column::Invalid, counts.invalid),
            pending: number(Column::Pending, counts.pending()),
            approved: number(Column::Approved, counts.approved),
            rejected: number(Column::Rejected, counts.rejected),
            sold: number(Column::Sold, counts.sold),
            returns: number(Column::Returns, counts.returns),
            return_pct: percentage(counts.returns, counts.sold).filter(|_| shown(Column::ReturnPct)),
            contacted: number(Column::Contacted, counts.contacted),
            not_reached: number(Column::NotReached, counts.not_reached),
            converted: number(Column::Converted, counts.converted),
            converted_value: money(Column::ConvertedValue, counts.converted_value),
            payable: number(Column::Payable, counts.payable()),
            payout: money(Column::Payout, counts.payout),
            revenue: money(Column::Revenue, counts.revenue),
            profit: money(Column::Profit, counts.profit()),
            cpl: per_lead(Column::Cpl, counts.payout),
            rpl: per_lead(Column::Rpl, counts.revenue),
        }
    }

    /// A column as text: a whole or decimal number without its currency; empty where it says nothing.
    pub fn cell(&self, column: Column) -> String {
        let number = |number: Option<i64>| number.map(|number| number.to_string());
        let money = |money: Option<Money>| money.map(Money::amount);
        let cell = match column {
            Column::Leads => number(self.leads),
            Column::Valid => number(self.valid),
            Column::Invalid => number(self.invalid),
            Column::Pending => number(self.pending),
            Column::Approved => number(self.approved),
            Column::Rejected => number(self.rejected),
            Column::Sold => number(self.sold),
            Column::Returns => number(self.returns),
            Column::ReturnPct => self.return_pct.clone(),
            Column::Contacted => number(self.contacted),
            Column::NotReached => number(self.not_reached),
            Column::Converted => number(self.converted),
            Column::ConvertedValue => money(self.converted_value),
            Column::Payable => number(self.payable),
            Column::Payout => money(self.payout),
            Column::Revenue => money(self.revenue),
            Column::Profit => money(self.profit),
            Column::Cpl => money(self.cpl),
            Column::Rpl => money(self.rpl),
        };
        cell.unwrap_or_default()
    }
}

/// Rounded to the nearest, a half to the even one; none where there is nothing to divide by.
fn quotient(dividend: i128, divisor: i64) -> Option<i64> {
    if divisor <= 0 {
        return None;
    }
    i64::try_from(Rounding::HalfEven.divided(dividend, i128::from(divisor))).ok()
}

/// `part` in a hundred of `whole`, with two decimals.
fn percentage(part: i64, whole: i64) -> Option<String> {
    let hundredths = quotient(i128::from(part) * 10_000, whole)?;
    let (sign, hundredths) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
    Some(format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_exact_to_two_decimals_and_a_half_goes_to_the_even_one() {
        for (part, whole, expected) in [
            (0, 7, Some("0.00")),
            (1, 8, Some("12.50")),
            (1, 3, Some("33.33")),
            (2, 3, Some("66.67")),
            (7, 7, Some("100.00")),
            (9, 7, Some("128.57")),
            (1, 20_000, Some("0.00")),
            (3, 20_000, Some("0.02")),
            (-1, 200, Some("-0.50")),
            (i64::MAX, i64::MAX, Some("100.00")),
            (1, 0, None),
            (i64::MAX, 1, None),
        ] {
            assert_eq!(percentage(part, whole).as_deref(), expected, "{part} of {whole}");
        }
    }

    #[test]
    fn an_amount_per_lead_is_rounded_to_the_minor_unit() {
        for (minor, leads, expected) in
            [(5, 2, Some(2)), (7, 2, Some(4)), (-5, 2, Some(-2)), (10, 3, Some(3)), (1, 0, None)]
        {
            assert_eq!(quotient(minor, leads), expected, "{minor} / {leads}");
        }
    }
}
