//! The kind `store`: nobody is asked.

use store::Exchange;

/// The lead is here already, where its buyer collects it.
pub(super) fn hand_over() -> Exchange {
    Exchange::Taken { reference: None }
}
