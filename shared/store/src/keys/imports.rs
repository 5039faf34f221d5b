//! Keys of files of leads: what is known of one, the lists that it stands on, and which had a content first.

use domain::{
    id::{CampaignRef, LeadImportId, SupplierRef},
    time::rfc3339,
};
use jiff::Timestamp;

use super::Key;

/// The partition that lists the files of leads of all suppliers.
pub const LEAD_IMPORTS: &str = "imports";

/// A file of leads.
pub fn lead_import(id: LeadImportId) -> Key {
    Key::new(format!("import#{id}"), "import")
}

/// The partition that lists files of leads: of one supplier, or of all.
pub fn lead_imports(of: Option<&SupplierRef>) -> String {
    of.map_or_else(|| LEAD_IMPORTS.to_owned(), |sid| format!("{LEAD_IMPORTS}#{sid}"))
}

/// A file's line on a list.
pub fn listed_lead_import(of: Option<&SupplierRef>, at: Timestamp, id: LeadImportId) -> Key {
    Key::new(lead_imports(of), format!("{}#{id}", rfc3339(at)))
}

/// The file that a line is about.
pub fn listed_import(sk: &str) -> Option<LeadImportId> {
    sk.split_once('#')?.1.parse().ok()
}

/// The marker of a content that a supplier has sent into a campaign, by its hash.
pub fn import_content(sid: &SupplierRef, campid: &CampaignRef, hash: &str) -> Key {
    Key::new(format!("import_content#{sid}#{campid}"), hash)
}
