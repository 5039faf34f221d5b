//! What suppliers are given to read: their leads that a file has returned, and why. Never whose file it is.

use std::collections::BTreeMap;

use domain::{
    csv_row::line,
    id::{ReturnFileId, SupplierRef},
    lead::{Lead, Return, TakenBack},
    time::rfc3339,
};
use serde::{Deserialize, Serialize};
use store::supplier_place;

/// The columns.
const HEADER: [&str; 6] = ["lead_id", "campaign", "reason", "returned_at", "payout_reversed", "currency"];
/// Lines are put into the bucket when there are so many bytes of them, and what is left in the end.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A lead that was returned, as its supplier reads it.
pub(crate) struct SupplierLine {
    pub(crate) sid: SupplierRef,
    line: String,
}

impl SupplierLine {
    pub(crate) fn new(lead: &Lead, back: &Return, taken: &TakenBack) -> Self {
        let (payout, currency) =
            taken.payout.map_or_else(Default::default, |payout| (payout.amount(), payout.currency.to_string()));
        let (id, at) = (lead.id.to_string(), rfc3339(taken.at));
        let cells = [&id, lead.campid.as_str(), &back.reason, &at, &payout, &currency];
        Self { sid: lead.sid.clone(), line: line(cells) }
    }
}

/// The lines that no file has yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SupplierSheets(BTreeMap<SupplierRef, Sheet>);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sheet {
    /// Files that the supplier has already.
    files: u32,
    lines: String,
}

/// A file for a supplier.
pub(crate) struct SupplierFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SupplierSheets {
    /// Adds lines.
    pub(crate) fn extend(&mut self, told: impl IntoIterator<Item = SupplierLine>) {
        for told in told {
            self.0.entry(told.sid).or_default().lines.push_str(&told.line);
        }
    }

    /// Whether there are enough lines for files.
    pub(crate) fn are_full(&self) -> bool {
        self.0.values().map(|sheet| sheet.lines.len()).sum::<usize>() >= MAX_BYTES
    }

    /// Files of all lines that no file has yet, one for each supplier; `what` tells apart what they are of.
    pub(crate) fn files(&mut self, of: ReturnFileId, what: &str) -> Vec<SupplierFile> {
        let open = self.0.iter_mut().filter(|(_, sheet)| !sheet.lines.is_empty());
        let closed = open.map(|(sid, sheet)| {
            sheet.files += 1;
            let text = line(HEADER) + &std::mem::take(&mut sheet.lines);
            SupplierFile { path: supplier_place(sid, of, &format!("{what}{}", sheet.files)), text }
        });
        closed.collect()
    }
}
