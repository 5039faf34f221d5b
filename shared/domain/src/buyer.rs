//! Buyers: who leads are sold to.

mod returns;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::Principal,
    campaign::DedupeRule,
    credit::CreditRule,
    id::BuyerRef,
    notice::Ways,
    return_file::ReturnFileMapping,
    setup::{Invalid, Kind, Link, Record, active_by_default, check_name},
    zone::Zone,
};

pub use self::returns::ReturnTerms;
pub(crate) use self::returns::{MAX_REASON_CHARS, check_reasons, is_code};

/// A buyer (BID) of leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Buyer {
    /// The reference the seller chose for it.
    pub bid: BuyerRef,
    /// Its name, for people.
    pub name: String,
    /// Deliveries of an inactive buyer are skipped.
    #[serde(default = "active_by_default")]
    pub active: bool,
    /// IANA zone by whose calendar its caps count, and in which it reads times; none: the account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// It takes no lead with the data of one that it has had, from whatever campaign or supplier; none: it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe: Option<DedupeRule>,
    /// On which terms it may return leads; none: the seller decides each return, without a limit in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<ReturnTerms>,
    /// How its files of returns are to be read; none: by the usual names of columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_file: Option<ReturnFileMapping>,
    /// Up to where it may buy; none: it is sent bills, without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<CreditRule>,
    /// Where it is told of what becomes of its returns; none: nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Ways>,
}

impl Record for Buyer {
    const KIND: Kind = Kind::Buyer;

    fn reference(&self) -> &str {
        self.bid.as_str()
    }

    fn is_active(&self) -> bool {
        self.active
    }

    fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        check_name(&self.name, &mut found);
        if let Some(rule) = &self.dedupe {
            rule.check(&mut found);
        }
        if let Some(terms) = &self.returns {
            terms.check(&mut found);
        }
        if let Some(mapping) = &self.return_file {
            mapping.check(&mut found);
        }
        if let Some(rule) = &self.credit {
            rule.check(&mut found);
        }
        if let Some(ways) = &self.notify {
            ways.check(&Principal::Buyer { bid: self.bid.clone() }, &mut found);
        }
        found
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }
}
