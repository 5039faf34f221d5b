//! Suppliers: who posts leads in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    id::SupplierRef,
    setup::{Invalid, Kind, Link, Record, active_by_default, check_name},
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
        found
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }
}
