//! A notice as a webhook: one signed request, under an id that stays the same however often it is made.

use dispatch::{
    client::Client,
    webhook::{Webhook, heard_of},
};
use domain::notice::Heard;
use url::Url;

use crate::send::Parcel;

/// Makes the request, and says what was heard.
pub(crate) async fn post(client: &Client, to: &Url, parcel: &Parcel<'_>) -> Heard {
    let (id, now) = (webhook_id(&parcel.notice.id), parcel.now);
    let body = parcel.notice.body(parcel.items).to_string();
    match (Webhook { url: to, id: &id, now, body: &body }).signed(parcel.secrets) {
        Ok(Some(request)) => heard_of(&client.send(request).await, now),
        Ok(None) => {
            let reason = "there is no secret to sign it with; make one by POST /v1/webhook-secrets".to_owned();
            Heard::NotYet { reason, retry_after_s: None }
        }
        Err(error) => Heard::Never { reason: error.to_string() },
    }
}

/// The parts of what is signed are put together with dots, so there is none in an id. References may have some; none has a tilde.
fn webhook_id(id: &str) -> String {
    id.replace('.', "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_notices_have_the_same_id_as_webhooks_and_none_has_a_dot() {
        let ids = ["returned-supplier-a.b-1", "returned-supplier-a_b-1", "returned-supplier-a-b-1"].map(webhook_id);
        assert!(ids.iter().all(|id| !id.contains('.')), "{ids:?}");
        assert_eq!(std::collections::BTreeSet::from(ids).len(), 3);
    }
}
