//! Whether a person may be written to: the one place that asks.

use domain::{
    lead::{Channel, Lead},
    responder::MayWrite,
};
use store::Error;

use crate::App;

/// In which ways the lead's person may be written to, by what was said of it up to this moment.
pub(crate) async fn may_write(app: &App, lead: &Lead) -> Result<MayWrite, Error> {
    let spoken = app.store.spoken(lead, &app.identity).await?;
    let by = |channel| lead.may_be_written_to(channel, &spoken);
    Ok(MayWrite { email: by(Channel::Email), sms: by(Channel::Sms) })
}
