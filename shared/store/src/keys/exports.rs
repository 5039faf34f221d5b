//! Keys of exports: a search that is written into a file, and the list that its caller finds it on.

use domain::{access::Principal, id::LeadExportId, time::rfc3339};
use jiff::Timestamp;

use super::Key;

/// An export.
pub fn lead_export(id: LeadExportId) -> Key {
    Key::new(format!("export#{id}"), "export")
}

/// The partition of a caller's exports.
pub fn lead_exports(caller: &Principal) -> String {
    format!("exports#{}", caller.tag())
}

/// An export's line on its caller's list.
pub fn listed_lead_export(caller: &Principal, at: Timestamp, id: LeadExportId) -> Key {
    Key::new(lead_exports(caller), format!("{}#{id}", rfc3339(at)))
}

/// The export that a line is about.
pub fn listed_export(sk: &str) -> Option<LeadExportId> {
    sk.split_once('#')?.1.parse().ok()
}
