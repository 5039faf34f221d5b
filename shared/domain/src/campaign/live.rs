//! Selling while the supplier waits.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{delivery::Delivery, setup::Invalid};

/// A supplier may be kept waiting this long, in milliseconds: the API gives up on an answer after 29 seconds, and writing
/// takes its time as well.
pub const MAX_LIVE_MS: u32 = 20_000;
/// Writing intent and outcome takes a while beside the request itself.
const WRITES: SignedDuration = SignedDuration::from_millis(500);

/// Leads are offered to buyers before their supplier is answered, who so learns at once whether they are sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveRule {
    /// The supplier waits at most so many milliseconds, 500 to 20,000. A delivery whose own time-out does not fit into what
    /// is left of them is not begun but queued, so that no buyer is cut off in the midst of its answer.
    pub within_ms: u32,
}

impl LiveRule {
    /// How much time has to be left for a delivery to be begun: it may take all that it is allowed.
    pub fn time_for(delivery: &Delivery) -> SignedDuration {
        delivery.timeout() + WRITES
    }

    pub(super) fn check(self, found: &mut Vec<Invalid>) {
        if !(500..=MAX_LIVE_MS).contains(&self.within_ms) {
            let detail = format!("Use 500 to {MAX_LIVE_MS} milliseconds.");
            found.push(Invalid::new("live.within_ms", "range", detail));
        }
    }
}
