//! Suppliers: who posts leads in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::Principal,
    allow_deny::AllowDeny,
    cap::{self, Cap},
    id::SupplierRef,
    notice::{Postback, Ways},
    setup::{Invalid, Kind, Link, Record, active_by_default, check_name},
    zone::Zone,
};

/// A supplier (SID) of leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Supplier {
    /// The reference the seller chose for it.
    pub sid: SupplierRef,
    /// Its name, for people.
    pub name: String,
    /// Inactive suppliers' leads are answered with code -7.
    #[serde(default = "active_by_default")]
    pub active: bool,
    /// How many leads it may send into all campaigns together, by the calendar of the account's zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// The sources that its leads may be from.
    #[serde(default, skip_serializing_if = "AllowDeny::is_empty")]
    pub sources: AllowDeny,
    /// The sub-suppliers that its leads may be from.
    #[serde(default, skip_serializing_if = "AllowDeny::is_empty")]
    pub sub_suppliers: AllowDeny,
    /// IANA zone in which it reads times; none: the account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// Where it is told of leads that are returned; none: nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Ways>,
    /// One GET for each of its leads that is returned: a URL with values of the lead and the return, percent-encoded; none: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postback: Option<Postback>,
}

impl Record for Supplier {
    const KIND: Kind = Kind::Supplier;

    fn reference(&self) -> &str {
        self.sid.as_str()
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
        cap::check(&self.caps, "caps", &mut found);
        self.sources.check("sources", &mut found);
        self.sub_suppliers.check("sub_suppliers", &mut found);
        if let Some(ways) = &self.notify {
            ways.check(&Principal::Supplier { sid: self.sid.clone() }, &mut found);
        }
        if let Some(postback) = &self.postback {
            postback.check(&mut found);
        }
        found
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }
}
