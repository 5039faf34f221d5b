//! What suppliers are paid, when, and who is paid something else.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Campaign, MAX_LIST};
use crate::{
    allow_deny::same,
    id::SupplierRef,
    intake::MAX_LABEL_CHARS,
    money::{Currency, Money, Share, WHOLE},
    setup::{Invalid, Kind, Link},
};

/// When the supplier's payout is earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayoutMode {
    /// For each valid lead, when it is received.
    SystemAccept,
    /// When a buyer accepts it; pending until then.
    BuyerAccept,
}

/// What a supplier is paid for a lead: either an amount or a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayoutRule {
    /// When it is earned.
    pub mode: PayoutMode,
    /// So much, once per lead, however many buyers buy it. In the campaign's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// This share of what each buyer pays; only with `buyer_accept`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
}

/// What is paid from a day on, or to one supplier, instead of the campaign's payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayoutStep {
    /// The first day, in the account's zone, `yyyy-mm-dd`: leads that come in from then on are paid for by it. None: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// Only leads of this supplier; none: of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SupplierRef>,
    /// Only those of this sub-supplier of it; none: of all. Case makes no difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssid: Option<String>,
    /// What is paid.
    pub payout: PayoutRule,
}

impl Campaign {
    /// What a lead is paid for that this supplier, or this sub-supplier of it, sends on `day` in the account's zone.
    ///
    /// Of the steps in force, one for the sub-supplier goes before one for the supplier, and that before one for all; among
    /// equals the one that began last. Where there is none, the campaign's own payout.
    pub fn payout_for(&self, sid: &SupplierRef, ssid: Option<&str>, day: Date) -> PayoutRule {
        let in_force = self.payouts.iter().filter(|step| step.is_in_force(sid, ssid, day));
        let first = in_force.max_by_key(|step| (step.ssid.is_some(), step.sid.is_some(), step.from));
        first.map_or(self.payout, |step| step.payout)
    }
}

impl PayoutStep {
    fn is_in_force(&self, sid: &SupplierRef, ssid: Option<&str>, day: Date) -> bool {
        let sub_supplier = self.ssid.as_deref().map(same);
        self.from.is_none_or(|from| from <= day)
            && self.sid.as_ref().is_none_or(|own| own == sid)
            && sub_supplier.is_none_or(|own| ssid.map(same) == Some(own))
    }

    /// Two steps that agree in this would both be the one in force.
    fn scope(&self) -> (Option<Date>, Option<&SupplierRef>, Option<String>) {
        (self.from, self.sid.as_ref(), self.ssid.as_deref().map(same))
    }

    fn check(&self, place: &str, currency: Currency, found: &mut Vec<Invalid>) {
        if self.from.is_none() && self.sid.is_none() {
            let detail = "Say from which day it holds, or for which supplier; what always holds for all is payout.";
            found.push(Invalid::new(format!("{place}.from"), "required", detail));
        }
        if let Some(ssid) = &self.ssid {
            if self.sid.is_none() {
                let detail = "Name the supplier as well: sub-suppliers of two suppliers may be called the same.";
                found.push(Invalid::new(format!("{place}.sid"), "required", detail));
            }
            if !(1..=MAX_LABEL_CHARS).contains(&ssid.trim().chars().count()) {
                let detail = format!("Use 1 to {MAX_LABEL_CHARS} characters, as leads name it.");
                found.push(Invalid::new(format!("{place}.ssid"), "length", detail));
            }
        }
        self.payout.check(&format!("{place}.payout"), currency, found);
    }
}

impl PayoutRule {
    /// Says what is wrong with it in a campaign of this currency, naming its parts below `place`.
    fn check(&self, place: &str, currency: Currency, found: &mut Vec<Invalid>) {
        if let Some(amount) = self.amount {
            check_amount(amount, place, currency, found);
        }
        if let Some(share) = self.share {
            self.check_share(share, place, found);
        }
        match (self.amount, self.share) {
            (Some(_), None) | (None, Some(_)) => {}
            (None, None) => {
                let detail = "Say what suppliers are paid: an amount, or a share of what buyers pay.";
                found.push(Invalid::new(place, "required", detail));
            }
            (Some(_), Some(_)) => {
                let detail = "Suppliers are paid an amount or a share, not both; leave one of them out.";
                found.push(Invalid::new(place, "amount_and_share", detail));
            }
        }
    }

    fn check_share(&self, share: Share, place: &str, found: &mut Vec<Invalid>) {
        if !(1..=WHOLE).contains(&share.basis_points) {
            let detail = format!("Use 1 to {WHOLE} basis points, which are hundredths of a per cent.");
            found.push(Invalid::new(format!("{place}.share.basis_points"), "range", detail));
        }
        match self.mode {
            PayoutMode::BuyerAccept => {}
            PayoutMode::SystemAccept => {
                let detail = "Of what a buyer pays nothing is known before it accepts: use buyer_accept, or an amount.";
                found.push(Invalid::new(format!("{place}.mode"), "share_before_sale", detail));
            }
        }
    }
}

fn check_amount(amount: Money, place: &str, currency: Currency, found: &mut Vec<Invalid>) {
    if amount.currency != currency {
        let detail = format!("The campaign pays in {currency}.");
        found.push(Invalid::new(format!("{place}.amount.currency"), "currency", detail));
    }
    if !amount.is_price() {
        let detail = "A payout is zero or more, and at most what a lead may cost.";
        found.push(Invalid::new(format!("{place}.amount"), "range", detail));
    }
}

/// Says what is wrong with what a campaign pays.
pub(super) fn check(campaign: &Campaign, found: &mut Vec<Invalid>) {
    campaign.payout.check("payout", campaign.currency, found);
    let steps = &campaign.payouts;
    if steps.len() > MAX_LIST {
        found.push(Invalid::new("payouts", "length", format!("Use at most {MAX_LIST}.")));
    }
    for (at, step) in steps.iter().enumerate().take(MAX_LIST) {
        step.check(&format!("payouts.{at}"), campaign.currency, found);
        if let Some(earlier) = steps.iter().take(at).position(|earlier| earlier.scope() == step.scope()) {
            let detail = format!("payouts.{earlier} is for the same leads from the same day; keep one of the two.");
            found.push(Invalid::new(format!("payouts.{at}"), "repeated", detail));
        }
    }
}

/// The suppliers that are paid something else.
pub(super) fn links(campaign: &Campaign) -> impl Iterator<Item = Link> {
    let link = |(at, step): (usize, &PayoutStep)| {
        let sid = step.sid.as_ref()?;
        Some(Link { field: format!("payouts.{at}.sid"), kind: Kind::Supplier, reference: sid.to_string() })
    };
    campaign.payouts.iter().enumerate().filter_map(link)
}

#[cfg(test)]
mod tests;
