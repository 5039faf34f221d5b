//! Events of the HTTP API, made fit to be read: a caller may send what is no URI and no header of the `http` crate.

use axum::http::{HeaderName, HeaderValue, header};
use lambda_http::{aws_lambda_events::apigw::ApiGatewayV2httpRequest, request::LambdaRequest};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Value, value::RawValue};

/// What no query has (RFC 3986, 3.4). A percent sign is left alone: it begins what is encoded already.
const NOT_IN_QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
/// What no path has.
const NOT_IN_PATH: &AsciiSet = &NOT_IN_QUERY.add(b'?');

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A request as API Gateway brings it. `lambda_http` makes a URI of it, and gives up where it cannot: the caller would get an
/// answer that is none of ours.
pub(super) struct Event(pub(super) LambdaRequest);

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        // Nearly every event can be read as it is.
        let read = serde_json::from_str(raw.get()).or_else(|_| with_any_header(raw.get()));
        let mut request: ApiGatewayV2httpRequest = read.map_err(D::Error::custom)?;
        tidy(&mut request);
        Ok(Self(LambdaRequest::ApiGatewayV2(request)))
    }
}

/// Reads an event some of whose headers are not ASCII. They stay: what asks for one of them finds that it is no text.
fn with_any_header(raw: &str) -> serde_json::Result<ApiGatewayV2httpRequest> {
    let mut event: Value = serde_json::from_str(raw)?;
    let headers = event.get_mut("headers").and_then(Value::as_object_mut);
    let all = headers.map(std::mem::take).unwrap_or_default();
    let mut request: ApiGatewayV2httpRequest = serde_json::from_value(event)?;
    for (name, value) in &all {
        let text = value.as_str().unwrap_or_default().replace(char::is_control, "\u{fffd}");
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(text.as_bytes()))
        {
            request.headers.append(name, value);
        }
    }
    Ok(request)
}

/// Leaves nothing that is no URI. By which name and scheme it was called is nothing that a function asks for.
fn tidy(request: &mut ApiGatewayV2httpRequest) {
    request.headers.remove(X_FORWARDED_PROTO);
    request.headers.remove(header::HOST);
    request.request_context.domain_name = None;
    let encoded = |text: String, not: &'static AsciiSet| utf8_percent_encode(&text, not).to_string();
    request.raw_query_string = request.raw_query_string.take().map(|query| encoded(query, NOT_IN_QUERY));
    let path = encoded(request.raw_path.take().unwrap_or_default(), NOT_IN_PATH);
    request.raw_path = Some(if path.starts_with('/') { path } else { format!("/{path}") });
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use axum::{
        Router,
        extract::{Query, RawQuery},
        http::HeaderMap,
        routing::get,
    };
    use lambda_http::{Adapter, Context, LambdaEvent, tower::ServiceExt};
    use serde_json::json;

    use super::*;
    use crate::{body::IdempotencyKey, http::api};

    /// The status and the body of what the function answers.
    async fn answer(changes: Value) -> (u64, String) {
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/query", "rawQueryString": "",
            "headers": { "host": "api.example", "x-forwarded-proto": "https" },
            "requestContext": {
                "domainName": "api.example", "stage": "$default",
                "http": { "method": "GET", "path": "/query", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7" },
            },
            "isBase64Encoded": false,
        });
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        let Event(request) = serde_json::from_value(event).unwrap();
        let routes = Router::new()
            .route("/query", get(async |RawQuery(query): RawQuery| query.unwrap_or_default()))
            .route("/pairs", get(async |Query(pairs): Query<Vec<(String, String)>>| format!("{pairs:?}")))
            .route("/key", get(async |IdempotencyKey(key): IdempotencyKey| format!("{key:?}")))
            .route("/agent", get(async |headers: HeaderMap| format!("{:?}", headers.get("user-agent"))));
        let answered = Adapter::from(api(routes)).oneshot(LambdaEvent::new(request, Context::default())).await.unwrap();
        let answered = serde_json::to_value(answered).unwrap();
        (answered["statusCode"].as_u64().unwrap(), answered["body"].as_str().unwrap_or_default().to_owned())
    }

    #[tokio::test]
    async fn a_query_that_is_no_uri_reaches_its_route() {
        for (query, seen) in [
            ("a=1&b=%20+c", "a=1&b=%20+c"),
            ("a=<b>", "a=%3Cb%3E"),
            ("a b", "a%20b"),
            ("a=\"{|}\\^`#é\u{0}\n", "a=%22%7B%7C%7D%5C%5E%60%23%C3%A9%00%0A"),
            ("%", "%"),
        ] {
            assert_eq!(answer(json!({ "rawQueryString": query })).await, (200, seen.to_owned()), "{query}");
        }
        let pairs = json!({ "rawPath": "/pairs", "rawQueryString": "q=<é #>&r=%" });
        assert_eq!(answer(pairs).await, (200, r#"[("q", "<é #>"), ("r", "%")]"#.to_owned()));
        let long = "<".repeat(10_000);
        assert_eq!(answer(json!({ "rawQueryString": long })).await.1.len(), 30_000);
    }

    #[tokio::test]
    async fn no_header_and_no_path_keeps_a_request_from_its_route() {
        for headers in [
            json!({ "host": "api.example", "x-forwarded-proto": "a b" }),
            json!({ "host": "a b:x", "x-forwarded-proto": "" }),
            json!({ "host": "é", "x-forwarded-proto": "://" }),
            json!({}),
        ] {
            assert_eq!(answer(json!({ "headers": headers })).await.0, 200, "{headers}");
        }
        for path in ["", "x", ":1", "//a b", "/ü", "/%", "/a?b#c", "/\u{0}"] {
            assert_eq!(answer(json!({ "rawPath": path })).await.0, 404, "{path}");
        }
    }

    #[tokio::test]
    async fn a_header_that_is_not_ascii_stays_and_is_no_key() {
        let with = async |path: &str, name: &str, value: &str| {
            answer(json!({ "rawPath": path, "headers": { "host": "x", name: value } })).await
        };
        assert_eq!(with("/agent", "user-agent", "é").await, (200, r#"Some("\xc3\xa9")"#.to_owned()));
        assert_eq!(with("/key", "user-agent", "é").await, (200, "None".to_owned()));
        assert_eq!(with("/key", "idempotency-key", "k1").await, (200, r#"Some("k1")"#.to_owned()));
        for value in ["é", "a\u{1}b", "a\nb"] {
            assert_eq!(with("/key", "idempotency-key", value).await.0, 400, "{value:?}");
        }
    }
}
