//! A returned lead as a postback: one GET to the supplier's own address.

use dispatch::{
    client::{Client, OutgoingRequest},
    webhook::{TIMEOUT, heard_of},
};
use domain::notice::{Heard, Postback};
use hyper::Method;

use crate::send::Parcel;

/// Makes the request, and says what was heard.
pub(crate) async fn get(client: &Client, to: &Postback, parcel: &Parcel<'_>) -> Heard {
    let (Some(lead), Some(item)) = (parcel.lead, &parcel.notice.item) else {
        return Heard::Never { reason: "the lead is gone".to_owned() };
    };
    match to.url(parcel.notice.kind, lead, item) {
        Ok(url) => {
            let (headers, body) = (Vec::new(), Vec::new());
            let request = OutgoingRequest { method: Method::GET, url, headers, body, timeout: TIMEOUT };
            heard_of(&client.send(request).await, parcel.now)
        }
        Err(error) => Heard::Never { reason: error.to_string() },
    }
}
