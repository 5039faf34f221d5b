//! The kind `l2l`: the lead is posted to another installation, with where to tell us what becomes of it.

use std::time::Duration;

use domain::{
    delivery::{Delivery, L2lChannel},
    feedback::{FEEDBACK_REF, FEEDBACK_URL, FEEDBACK_VIA, MAX_HOPS},
    id::InstallationId,
    lead::Lead,
};
use hyper::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde_json::{Map, Value};
use store::Exchange;

use super::{HandOver, http::exchange};
use crate::{
    client::{Client, OutgoingRequest},
    render::{AttemptName, IDEMPOTENCY_KEY, RenderError, filled, header, idempotency_key, secret, values},
};

/// The names by which a posted lead says which campaign it is for, where it was found, and that it is a test.
const CAMPID: &str = "campid";
const SOURCE: &str = "source";
const TEST: &str = "test";

/// Who we are to other installations.
#[derive(Clone, Debug)]
pub struct Own {
    /// What we call ourselves.
    pub id: InstallationId,
    /// Where our API answers, without a slash at its end.
    pub url: String,
}

impl Own {
    /// Where the feedback of a delivery comes to.
    fn feedback_url(&self, delivery: &Delivery) -> String {
        format!("{}/v1/feedback?did={}", self.url, delivery.did)
    }
}

/// Posts the lead.
pub(super) async fn hand_over(client: &Client, own: &Own, l2l: &L2lChannel, task: &HandOver<'_>) -> Exchange {
    let Some(hops) = task.lead.hops_onward(&own.id) else {
        let reason = format!("the lead has been at {MAX_HOPS} installations, and goes no further");
        return Exchange::NotSent { reason, worth_retrying: false };
    };
    let told = [
        (FEEDBACK_URL, own.feedback_url(task.delivery)),
        (FEEDBACK_REF, task.lead.id.to_string()),
        (FEEDBACK_VIA, hops),
    ];
    let told = told.map(|(name, text)| (name, Value::String(text)));
    let mut request = match request(l2l, task.delivery, task.lead, task.attempt, told) {
        Ok(request) => request,
        Err(error) => return Exchange::NotSent { reason: error.to_string(), worth_retrying: false },
    };
    request.timeout = request.timeout.min(task.at_most);
    exchange(client.send(request).await, task.delivery.answer(), task.clock.now())
}

/// The same as a test, which tells of nothing and is sold to nobody.
pub(crate) fn sample(
    l2l: &L2lChannel,
    delivery: &Delivery,
    lead: &Lead,
    attempt: AttemptName,
) -> Result<OutgoingRequest, RenderError> {
    request(l2l, delivery, lead, attempt, [(TEST, Value::Bool(true))])
}

fn request(
    l2l: &L2lChannel,
    delivery: &Delivery,
    lead: &Lead,
    attempt: AttemptName,
    told: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<OutgoingRequest, RenderError> {
    let source = lead.source.iter().map(|source| (SOURCE.to_owned(), source.clone()));
    let own = lead.fields.iter().map(|(name, value)| (name.to_string(), value.clone())).chain(source);
    let filled = filled(&l2l.fields, &values(lead, attempt))?;
    let mut body: Map<String, Value> = own.chain(filled).map(|(name, value)| (name, Value::String(value))).collect();
    body.retain(|_, value| value.as_str().is_some_and(|value| !value.is_empty()));
    body.insert(CAMPID.to_owned(), Value::String(l2l.campid.to_string()));
    body.extend(told.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let key = format!("Bearer {}", l2l.key.as_deref().unwrap_or_default());
    Ok(OutgoingRequest {
        method: Method::POST,
        url: l2l.url.clone(),
        headers: vec![
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (IDEMPOTENCY_KEY, header("Idempotency-Key", &idempotency_key(lead, &delivery.did, attempt.round))?),
            (AUTHORIZATION, secret("Authorization", &key)?),
        ],
        body: Value::Object(body).to_string().into_bytes(),
        timeout: Duration::from_millis(l2l.timeout_ms.into()),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
mod tests {
    use domain::{delivery::Channel, id::AttemptId, lead::test_lead};
    use jiff::Timestamp;
    use serde_json::json;
    use ulid::Ulid;

    use super::*;

    fn delivery() -> Delivery {
        serde_json::from_value(json!({
            "did": "d1", "name": "D", "campid": "c1", "bid": "b1", "price": { "amount": "5.00", "currency": "GBP" },
            "channel": {
                "kind": "l2l", "url": "https://other.example/v1/leads", "campid": "solar", "key": "vk_k1_s",
                "feedback_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "fields": { "email": "{{ lead.email | upper }}", "c1": "{{ lead.id }}", "phone1": "" },
            },
        }))
        .unwrap()
    }

    #[test]
    fn a_lead_goes_on_with_its_fields_and_nothing_of_ours_but_its_id() {
        let (delivery, mut lead) = (delivery(), test_lead(Timestamp::UNIX_EPOCH));
        let fields = [("email", "ann@example.com"), ("phone1", "+447700900123"), ("roof", "tiled")];
        lead.fields = fields.map(|(name, value)| (name.parse().unwrap(), value.to_owned())).into();
        let Channel::L2l(l2l) = &delivery.channel else { unreachable!("it is l2l") };
        let attempt = AttemptName { id: AttemptId::from_ulid(Ulid(7)), number: 1, round: 2, at: Timestamp::UNIX_EPOCH };
        let told = [(FEEDBACK_REF, Value::String(lead.id.to_string()))];
        let request = request(l2l, &delivery, &lead, attempt, told).unwrap();
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let id = lead.id.to_string();
        let wanted = json!({
            "campid": "solar", "email": "ANN@EXAMPLE.COM", "c1": id, "roof": "tiled", "feedback_ref": id,
        });
        assert_eq!(body, wanted);
        let header = |name: &str| {
            request.headers.iter().find(|(own, _)| own.as_str() == name).map(|(_, value)| value.clone()).unwrap()
        };
        assert_eq!(header("idempotency-key"), format!("{id}-d1-2"));
        assert_eq!(header("authorization"), "Bearer vk_k1_s");
        assert!(header("authorization").is_sensitive());
    }

    #[test]
    fn feedback_comes_to_where_the_delivery_is_known() {
        let own = Own { id: "own".parse().unwrap(), url: "https://leads.example".to_owned() };
        assert_eq!(own.feedback_url(&delivery()), "https://leads.example/v1/feedback?did=d1");
    }
}
