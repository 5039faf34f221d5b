//! Where things are in the bucket of returns. `infra/template.yaml` says for each folder how long they stay there.

use domain::id::{BuyerRef, ReturnFileId, SupplierRef};

/// Where buyers' files come in.
pub const RETURNS: &str = "returns/";
/// Below a buyer's folder: what is only tried.
pub const DRY_RUN: &str = "dry-run/";

/// Where a file comes in that was announced.
pub(crate) fn upload_place(bid: &BuyerRef, id: ReturnFileId, name: &str, dry_run: bool) -> String {
    // Whatever comes there is only tried, also what comes behind the first.
    let folder = if dry_run { DRY_RUN } else { "" };
    format!("{RETURNS}{bid}/{folder}{id}/{name}")
}

/// Where the result of a file is. Its own name could be a person's, and results stay for long.
pub fn result_place(bid: &BuyerRef, id: ReturnFileId) -> String {
    format!("return-results/{bid}/{id}.csv")
}

/// Where a worker leaves what it has not finished, each a place of its own: who has lost the file changes nothing of another's.
pub fn work_place(id: ReturnFileId, sequence: u32, holder: u64) -> String {
    format!("return-work/{id}/{sequence}-{holder:016x}.json")
}

/// Where a supplier finds which of its leads a file has returned; `part` tells its files of one file apart.
pub fn supplier_place(sid: &SupplierRef, id: ReturnFileId, part: &str) -> String {
    format!("supplier-returns/{sid}/{id}-{part}.csv")
}
