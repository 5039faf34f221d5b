//! Where a person says that it is not to be written to any more.

use domain::lead::{Channel, Lead};

use crate::App;

/// The address for this lead and way; none: it cannot be made.
pub(crate) fn unsubscribe_url(app: &App, lead: &Lead, channel: Channel) -> Option<String> {
    let token = app.identity.unsubscribe_token(&lead.contact(channel)?, lead.id)?;
    Some(format!("{}/v1/unsubscribe/{token}", app.public_url))
}
