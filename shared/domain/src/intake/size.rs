//! How much data a lead may carry, and how much of a rejected one is kept.

use std::collections::BTreeMap;

use crate::field::{FieldName, FieldProblem, MAX_VALUE_CHARS};

/// Most bytes of a lead's fields, names and values, as they are stored.
///
/// A lead is one item of its table, which may have 400 KB with all that follows: up to 100 deliveries, 20 of which took it
/// (3 KB each: reference, page and reason of a return) while 80 say why not (1.5 KB each: 200 or 300 characters of four
/// bytes), and 20 edits (1 KB each). With 100 KB of fields these 200 KB stay below 350 KB. Buyers' answers are items of their own.
pub const MAX_FIELDS_BYTES: usize = 100 * 1024;
/// Most bytes of fields that are kept of a lead that is rejected before its fields are known to be right: enough for any
/// ordinary lead, and no room for what somebody wants to have stored.
pub const MAX_REJECTED_BYTES: usize = 8 * 1024;

/// Whether fields that are right one by one can be kept together.
///
/// # Errors
/// `too_large`, about no single field.
pub(super) fn fits(fields: &BTreeMap<FieldName, String>) -> Result<(), Vec<FieldProblem>> {
    let bytes: usize = fields.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes <= MAX_FIELDS_BYTES {
        return Ok(());
    }
    let detail = format!("Send at most {} KB of fields, with their names.", MAX_FIELDS_BYTES / 1024);
    Err(vec![FieldProblem { field: String::new(), code: "too_large", detail }])
}

/// What was sent as it was, so that the supplier's mistake can be looked at; but no names that are no names, no more of a
/// value than any could have, and no field that there is no room left for.
pub(super) fn kept_of_rejected(sent: BTreeMap<String, String>) -> BTreeMap<FieldName, String> {
    let mut room = MAX_REJECTED_BYTES;
    let mut kept = BTreeMap::new();
    for (name, value) in sent {
        let (Ok(name), value) = (name.parse::<FieldName>(), beginning(&value)) else { continue };
        if let Some(left) = room.checked_sub(name.as_str().len() + value.len()) {
            room = left;
            kept.insert(name, value.to_owned());
        }
    }
    kept
}

/// The part of a text that can be kept: no more than any value may have. What is longer is refused, so that only this
/// part has to be looked through for what is unsafe, which takes the longer the more often it could begin.
pub(super) fn beginning(text: &str) -> &str {
    text.char_indices().nth(MAX_VALUE_CHARS).map_or(text, |(end, _)| &text[..end])
}
