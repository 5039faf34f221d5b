//! Sets the demonstration up through the API. What is there already is left alone, so that a kept folder stays as it was.

use serde_json::Value;
use url::Url;

use super::api::Api;
use super::records::{CAMPAIGN, DELIVERIES, buyers, campaign, deliveries, settings, suppliers};
use crate::StackError;

/// Makes whatever is missing; the deliveries go to the buyer at this address.
pub(super) async fn seed(api: &Api, buyer: &str) -> Result<(), StackError> {
    let kept: Value = api.get("/v1/settings").await?.expect(&[200])?;
    if kept["version"] == 0 {
        api.put("/v1/settings", 0, &settings()).await?.expect::<Value>(&[200])?;
    }
    for supplier in suppliers() {
        make(api, "/v1/suppliers", &supplier).await?;
    }
    for buyer in buyers() {
        make(api, "/v1/buyers", &buyer).await?;
    }
    make(api, "/v1/campaigns", &campaign(&[])).await?;
    for delivery in deliveries(buyer) {
        make_delivery(api, &delivery).await?;
    }
    line_up(api).await
}

/// Makes a record; `false` means that one of this reference was there.
async fn make(api: &Api, path: &str, record: &Value) -> Result<bool, StackError> {
    let answer = api.post(path, record).await?;
    match (answer.status, answer.code()) {
        (409, "exists") => Ok(false),
        _ => answer.expect::<Value>(&[201]).map(|_| true),
    }
}

/// Makes a delivery, or leads an earlier start's to where the buyer is now.
async fn make_delivery(api: &Api, delivery: &Value) -> Result<(), StackError> {
    if make(api, "/v1/deliveries", delivery).await? {
        return Ok(());
    }
    let path = format!("/v1/deliveries/{}", delivery["did"].as_str().unwrap_or_default());
    let mut kept: Value = api.get(&path).await?.expect(&[200])?;
    let (before, now) = (&kept["channel"]["request"]["url"], &delivery["channel"]["request"]["url"]);
    if before == now || !is_moved(before, now) {
        return Ok(());
    }
    kept["channel"]["request"]["url"] = now.clone();
    replace(api, &path, kept).await
}

/// Whether two URLs differ in their port alone; anything else was changed by a person.
fn is_moved(before: &Value, now: &Value) -> bool {
    let portless = |url: &Value| {
        let mut url = Url::parse(url.as_str()?).ok()?;
        url.set_port(None).ok()?;
        Some(url)
    };
    portless(before).is_some_and(|before| Some(before) == portless(now))
}

/// Gives the campaign its deliveries, which could not be made before it.
async fn line_up(api: &Api) -> Result<(), StackError> {
    let path = format!("/v1/campaigns/{CAMPAIGN}");
    let kept: Value = api.get(&path).await?.expect(&[200])?;
    if kept["version"] != 1 {
        return Ok(());
    }
    api.put(&path, 1, &campaign(&DELIVERIES)).await?.expect::<Value>(&[200]).map(|_| ())
}

/// Replaces the version that was read.
async fn replace(api: &Api, path: &str, mut record: Value) -> Result<(), StackError> {
    let version = record.as_object_mut().and_then(|record| record.remove("version")?.as_u64()).unwrap_or_default();
    api.put(path, version, &record).await?.expect::<Value>(&[200]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_another_port_counts_as_the_same_buyer_elsewhere() {
        let url = json!("http://127.0.0.1:4567/leads?areas=M");
        assert!(is_moved(&json!("http://127.0.0.1:9999/leads?areas=M"), &url));
        assert!(!is_moved(&json!("http://127.0.0.1:9999/leads?areas=L"), &url));
        assert!(!is_moved(&json!("http://127.0.0.1:9999/mine"), &url));
        assert!(!is_moved(&json!("https://buyer.example/leads?areas=M"), &url));
    }
}
