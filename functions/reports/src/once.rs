//! Requests that may come twice and must happen once.

use domain::lead::EditOrder;
use lambda::{Problem, body::IdempotencyKey};

/// Who orders something, under which id, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ordered<'a> {
    /// The same whenever the order arrives; entries name it.
    pub(crate) id: &'a str,
    pub(crate) by: &'a str,
    pub(crate) reason: &'a str,
}

impl<'a> Ordered<'a> {
    /// What an edit of the order is called in its lead: the entries made of it name what stands before the dot.
    pub(crate) fn name(self, number: usize) -> String {
        format!("{}.{number}", self.id)
    }

    /// The order as the lead of the edit with this name is told.
    pub(crate) fn edit(self, name: &'a str) -> EditOrder<'a> {
        EditOrder { order: name, by: self.by, reason: self.reason }
    }
}

/// The `Idempotency-Key`, which money is not moved without.
///
/// # Errors
/// 400 without one.
pub(crate) fn required(key: IdempotencyKey) -> Result<String, Problem> {
    key.0.ok_or_else(|| {
        let detail = "Send an Idempotency-Key, so that money is moved once, however often the request arrives.";
        Problem::bad_request("idempotency_key_required", detail)
    })
}
