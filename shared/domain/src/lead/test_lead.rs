//! A lead for tests to begin with.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::collections::BTreeMap;

use jiff::Timestamp;
use ulid::Ulid;

use super::{Approval, Lead, Method, Payout, Terms};
use crate::{
    campaign::PayoutMode,
    id::LeadId,
    money::{Currency, Money},
};

/// Lead 1 of supplier `s1` in campaign `solar`, approved; it earns £5.00 when a buyer accepts it, of which two may.
///
/// # Panics
/// Never.
pub fn test_lead(received: Timestamp) -> Lead {
    let currency = Currency::GBP;
    Lead {
        id: LeadId::from_ulid(Ulid(1)),
        version: 1,
        campid: "solar".parse().unwrap(),
        sid: "s1".parse().unwrap(),
        ssid: None,
        source: None,
        method: Method::Api,
        country: "GB".parse().unwrap(),
        received,
        test: false,
        fields: BTreeMap::new(),
        approval: Approval::Approved,
        terms: Terms { max_sales: 2, payout_mode: PayoutMode::BuyerAccept, share: None, currency },
        payout: Payout::pending(Money { minor: 500, currency }),
        deliveries: BTreeMap::new(),
        quarantines: 0,
        paused_since: None,
        origin: None,
        upstream: None,
        via: Vec::new(),
        edits: Vec::new(),
        swept: None,
        touched: None,
        said: Vec::new(),
        jobs: Vec::new(),
        deletion: None,
        joined: Vec::new(),
    }
}
