//! What the API answered, read whole.

use reqwest::Response;
use serde_json::Value;

/// An answer of the API.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers by lower-case name; of repeated ones the last.
    pub headers: std::collections::BTreeMap<String, String>,
    /// The body as it came.
    pub text: String,
    /// The body as JSON, or null.
    pub json: Value,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let status = response.status().as_u16();
        let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = response.headers().iter().map(header).collect();
        let text = response.text().await.expect("the answer's body can be read");
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, text, json }
    }

    /// The answer, if it has this status.
    ///
    /// # Panics
    /// With the whole answer, if it has another.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The id in a receipt.
    ///
    /// # Panics
    /// When there is none.
    pub fn lead_id(&self) -> String {
        self.json["lead_id"].as_str().expect("the receipt names the lead").to_owned()
    }
}
