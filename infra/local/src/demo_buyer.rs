//! A buyer to try deliveries on: a real HTTP server on this machine that answers as its URL says.

use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::form_urlencoded;

use crate::StackError;

/// Leads that were told to come again.
type Waiting = Mutex<HashSet<String>>;

/// What the buyer wants, as the query of its URL says it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wishes {
    /// `M,LS`: only postcodes of these areas.
    areas: Option<String>,
    /// `homeowner:yes`: only leads with this value.
    only: Option<Condition>,
    /// `roof_type:flat`: no leads with this value.
    not: Option<Condition>,
    /// `roof_type:slate`: leads with this value are accepted at the second request only.
    busy: Option<Condition>,
    /// The price that the answer names.
    price: Option<String>,
    /// How long an acceptance takes.
    #[serde(default)]
    delay_ms: u64,
}

/// A field and the value that matters.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Condition {
    field: String,
    value: String,
}

impl TryFrom<String> for Condition {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (field, value) = text.split_once(':').ok_or("a condition is written field:value")?;
        Ok(Self { field: field.to_owned(), value: value.to_owned() })
    }
}

type Fields = HashMap<String, String>;
type Answer = (StatusCode, Json<Value>);

/// Starts the buyer on `port`, or on a free one where that is taken; it answers until this program ends.
///
/// | path | answer |
/// |---|---|
/// | `/leads?areas=…&only=…&not=…&busy=…&price=…&delay_ms=…` | accepted, unless one of the wishes speaks against it |
/// | `/reject/{reason}` | rejected for that reason |
/// | `/fail` | status 500, always |
pub(crate) async fn start(port: u16) -> Result<String, StackError> {
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Ok(listener) => listener,
        Err(_taken) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(StackError::file("127.0.0.1"))?,
    };
    let address = listener.local_addr().map_err(StackError::file("127.0.0.1"))?;
    tokio::spawn(axum::serve(listener, router()).into_future());
    Ok(format!("http://{address}"))
}

fn router() -> Router {
    Router::new()
        .route("/leads", post(judge))
        .route("/reject/{reason}", post(async |Path(reason): Path<String>| rejected(&reason)))
        .route("/fail", post(async || failed()))
        .with_state(Arc::default())
}

async fn judge(
    State(waiting): State<Arc<Waiting>>,
    Query(wishes): Query<Wishes>,
    body: Bytes,
) -> Result<Answer, (StatusCode, [(HeaderName, &'static str); 1], Json<Value>)> {
    let lead = fields(&body);
    if let Some(reason) = wishes.objection(&lead) {
        return Ok(rejected(&reason));
    }
    if wishes.busy.as_ref().is_some_and(|busy| busy.holds(&lead)) {
        let id = value(&lead, "lead_id").to_owned();
        if waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
            let body = Json(json!({ "status": "busy", "reason": "busy, come again" }));
            return Err((StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], body));
        }
    }
    tokio::time::sleep(Duration::from_millis(wishes.delay_ms)).await;
    let mut answer = json!({ "status": "accepted", "id": reference(&lead) });
    if let Some(price) = wishes.price {
        answer["price"] = price.into();
    }
    Ok((StatusCode::OK, Json(answer)))
}

impl Wishes {
    fn objection(&self, lead: &Fields) -> Option<String> {
        let area: String = value(lead, "postcode").chars().take_while(char::is_ascii_alphabetic).collect();
        if let Some(areas) = self.areas.as_deref().filter(|areas| !areas.split(',').any(|own| own == area)) {
            return Some(format!("not in {}", areas.replace(',', ", ")));
        }
        if let Some(only) = self.only.as_ref().filter(|only| !only.holds(lead)) {
            return Some(format!("{} is not {}", only.field, only.value));
        }
        self.not.as_ref().filter(|not| not.holds(lead)).map(|not| format!("{} is {}", not.field, not.value))
    }
}

impl Condition {
    fn holds(&self, lead: &Fields) -> bool {
        value(lead, &self.field) == self.value
    }
}

/// The buyer's own reference: short, and another one for each lead, also after a new start.
fn reference(lead: &Fields) -> String {
    let tail: Vec<char> = value(lead, "lead_id").chars().rev().take(8).collect();
    format!("demo-{}", tail.into_iter().rev().collect::<String>())
}

fn value<'l>(lead: &'l Fields, field: &str) -> &'l str {
    lead.get(field).map_or("", String::as_str)
}

/// The fields of a lead as JSON or form-encoded; what is neither has none.
fn fields(body: &[u8]) -> Fields {
    serde_json::from_slice(body).unwrap_or_else(|_| form_urlencoded::parse(body).into_owned().collect())
}

fn rejected(reason: &str) -> Answer {
    (StatusCode::OK, Json(json!({ "status": "rejected", "reason": reason })))
}

fn failed() -> Answer {
    (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "status": "error", "reason": "broken" })))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use super::*;

    /// What one buyer answers to these bodies, in order.
    async fn answers(path: &str, bodies: &[&'static str]) -> Vec<(u16, Value)> {
        let buyer = start(0).await.unwrap();
        let http = crate::cloud::http_client().unwrap();
        let mut answers = Vec::new();
        for body in bodies {
            let answer = http.post(format!("{buyer}{path}")).body(*body).send().await.unwrap();
            let status = answer.status().as_u16();
            answers.push((status, serde_json::from_str(&answer.text().await.unwrap()).unwrap()));
        }
        answers
    }

    fn no(reason: &str) -> (u16, Value) {
        (200, json!({ "status": "rejected", "reason": reason }))
    }

    #[tokio::test]
    async fn each_accepted_lead_has_a_reference_of_its_own() {
        let yes = |id: &str| (200, json!({ "status": "accepted", "id": id, "price": "3.00" }));
        let bodies = [r#"{"lead_id":"lead_01M80036Y60E5NJET8MXFJFQMK"}"#, "lead_id=2"];
        assert_eq!(answers("/leads?price=3.00", &bodies).await, [yes("demo-MXFJFQMK"), yes("demo-2")]);
    }

    #[tokio::test]
    async fn only_leads_of_its_areas_are_wanted() {
        let bodies = [r#"{"postcode":"M1 1AE"}"#, "postcode=LS1+4AP", r#"{"postcode":"ME1 1AA"}"#];
        let answers = answers("/leads?areas=M,LS", &bodies).await;
        assert_eq!(
            (&answers[0].1["status"], &answers[1].1["status"], &answers[2]),
            (&json!("accepted"), &json!("accepted"), &no("not in M, LS"))
        );
    }

    #[tokio::test]
    async fn conditions_name_what_speaks_against_a_lead() {
        let bodies = [r#"{"homeowner":"no","roof":"tiled"}"#, r#"{"homeowner":"yes","roof":"flat"}"#];
        let answers = answers("/leads?only=homeowner:yes&not=roof:flat", &bodies).await;
        assert_eq!(answers, [no("homeowner is not yes"), no("roof is flat")]);
    }

    #[tokio::test]
    async fn a_busy_buyer_takes_each_lead_at_its_second_request() {
        let (one, other) = ("lead_id=1&roof=slate", "lead_id=2&roof=slate");
        let answers = answers("/leads?busy=roof:slate", &[one, other, one, "lead_id=3&roof=tiled"]).await;
        let statuses: Vec<u16> = answers.into_iter().map(|(status, _)| status).collect();
        assert_eq!(statuses, [503, 503, 200, 200]);
    }

    #[tokio::test]
    async fn a_rejection_carries_the_reason_of_the_path() {
        assert_eq!(answers("/reject/out_of_area", &["{}"]).await, [no("out_of_area")]);
    }
}
