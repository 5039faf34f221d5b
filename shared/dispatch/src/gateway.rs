//! A request that carries something else than a lead to somebody else than a buyer: the gateway of text messages. It is made as those of deliveries are,
//! through the same guarded client.

use std::time::Duration;

use domain::{delivery::HttpChannel, id::AttemptId, lead::Lead};
use jiff::Timestamp;
use serde_json::Value;
use store::Exchange;

use crate::{
    channel::exchange,
    client::Client,
    render::{AttemptName, request, values},
};

/// What is carried.
#[derive(Clone, Debug)]
pub struct Carried<'a> {
    /// The lead that it is about.
    pub lead: &'a Lead,
    /// The attempt: its id, its number, and when it is made.
    pub attempt: (AttemptId, u32, Timestamp),
    /// What tells the other side that two requests are the same.
    pub key: &'a str,
    /// A name that templates know besides those of deliveries, and what is below it.
    pub more: (&'a str, Value),
    /// What is not answered by then counts as not answered, if the request has no shorter time-out.
    pub at_most: Duration,
}

/// Makes the request, once, and says what was heard.
pub async fn carry(client: &Client, http: &HttpChannel, carried: Carried<'_>) -> Exchange {
    let (id, number, at) = carried.attempt;
    let mut values = values(carried.lead, AttemptName { id, number, round: 1, at });
    let (name, more) = carried.more;
    if let Some(values) = values.as_object_mut() {
        values.insert(name.to_owned(), more);
    }
    let mut request = match request(&http.request, carried.key, &values) {
        Ok(request) => request,
        Err(error) => return Exchange::NotSent { reason: error.to_string(), worth_retrying: false },
    };
    request.timeout = request.timeout.min(carried.at_most);
    exchange(client.send(request).await, Some(&http.answer), at)
}
