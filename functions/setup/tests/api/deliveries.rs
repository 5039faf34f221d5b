//! Deliveries: secrets that are never shown, and endpoints that may be dialled.

use domain::address::Reach;
use domain::delivery::{Auth, Channel, Delivery};
use serde_json::{Value, json};
use store::test_tables::TestTables;

use crate::harness::{Api, delivery, with};

fn with_auth(did: &str, auth: Value) -> Value {
    let mut delivery = delivery(did);
    delivery["channel"]["request"]["auth"] = auth;
    delivery
}

async fn stored_auth(api: &Api, did: &str) -> Auth {
    let stored = api.store().record::<Delivery>(did).await.unwrap().unwrap().record;
    match stored.channel {
        Channel::Http(http) => http.request.auth,
        Channel::Store(_) | Channel::Email(_) | Channel::File(_) | Channel::Transfer(_) | Channel::L2l(_) => {
            unreachable!("deliveries of these tests make requests")
        }
    }
}

#[tokio::test]
async fn a_secret_is_kept_and_never_shown() {
    let api = Api::start().await;
    api.furnish().await;
    let basic = with_auth("d2", json!({"kind": "basic", "username": "volley", "password": "hush-1"}));
    let bearer = with_auth("d3", json!({"kind": "bearer", "token": "hush-2"}));
    let mut header = delivery("d4");
    header["channel"]["request"]["secret_headers"] = json!({"X-Api-Key": "hush-3"});
    let mut seen = vec![api.made("/v1/deliveries", &basic).await, api.made("/v1/deliveries", &bearer).await];
    seen.push(api.made("/v1/deliveries", &header).await);
    seen.push(api.get("/v1/deliveries/d2").await.json);
    seen.push(api.get("/v1/deliveries").await.json);
    seen.push(api.put("/v1/deliveries/d2", 1, &basic).await.json);
    seen.push(api.post("/v1/deliveries", &bearer).await.json);
    seen.push(api.delete("/v1/deliveries/d3").await.json);
    seen.push(api.delete("/v1/deliveries/d3").await.json);
    for body in &seen {
        assert!(!body.to_string().contains("hush"), "{body}");
    }
    assert_eq!(seen[0]["channel"]["request"]["auth"], json!({"kind": "basic", "username": "volley"}));
    assert_eq!(seen[2]["channel"]["request"]["secret_headers"], json!({"X-Api-Key": null}));
    assert!(stored_auth(&api, "d3").await == Auth::Bearer { token: Some("hush-2".to_owned()) });
}

#[tokio::test]
async fn a_replacement_without_the_secret_keeps_it() {
    let api = Api::start().await;
    api.furnish().await;
    api.made("/v1/deliveries", &with_auth("d2", json!({"kind": "bearer", "token": "hush"}))).await;
    let renamed = with(with_auth("d2", json!({"kind": "bearer"})), json!({"name": "Renamed"}));
    assert_eq!(api.put("/v1/deliveries/d2", 1, &renamed).await.status, 200);
    assert!(stored_auth(&api, "d2").await == Auth::Bearer { token: Some("hush".to_owned()) });
    let other = with_auth("d2", json!({"kind": "basic", "username": "u"}));
    assert_eq!(
        api.put("/v1/deliveries/d2", 2, &other).await.refusal(),
        "422 invalid channel.request.auth.password:required"
    );
}

#[tokio::test]
async fn a_secret_header_is_kept_by_what_was_read_and_put_back() {
    let api = Api::start().await;
    api.furnish().await;
    let mut first = delivery("d2");
    first["channel"]["request"]["secret_headers"] = json!({"X-Api-Key": "hush", "X-Other": "hush-2"});
    api.made("/v1/deliveries", &first).await;
    let mut read = api.get("/v1/deliveries/d2").await.json;
    read["channel"]["request"]["secret_headers"].as_object_mut().unwrap().remove("X-Other");
    assert_eq!(api.put("/v1/deliveries/d2", 1, &read).await.status, 200);
    let stored = api.store().record::<Delivery>("d2").await.unwrap().unwrap().record;
    let stored = serde_json::to_value(stored).unwrap();
    assert_eq!(stored["channel"]["request"]["secret_headers"], json!({"X-Api-Key": "hush"}));
    read["channel"]["request"]["secret_headers"] = json!({"X-New": null});
    read["version"] = json!(2);
    let refused = api.put("/v1/deliveries/d2", 2, &read).await.refusal();
    assert_eq!(refused, "422 invalid channel.request.secret_headers.X-New:required");
}

#[tokio::test]
async fn a_secret_is_not_kept_for_another_scheme_host_or_port() {
    let api = Api::over(TestTables::start().await, Reach::LoopbackToo);
    api.furnish().await;
    let mut first = with_auth("d2", json!({"kind": "bearer", "token": "hush"}));
    first["channel"]["request"]["secret_headers"] = json!({"X-Api": "hush-2"});
    api.made("/v1/deliveries", &first).await;
    let mut read = api.get("/v1/deliveries/d2").await.json;
    for url in ["https://other.example/leads", "https://buyer.example:8443/leads", "https://buyer.example./leads"] {
        read["channel"]["request"]["url"] = json!(url);
        let refused = api.put("/v1/deliveries/d2", 1, &read).await;
        let both = "channel.request.auth.token:required channel.request.secret_headers.X-Api:required";
        assert_eq!(refused.refusal(), format!("422 invalid {both}"), "{url}");
        assert_eq!(refused.json["errors"][0]["detail"], "Send the secret again: the request goes to another host.");
    }
    read["channel"]["request"]["auth"] = json!({"kind": "bearer", "token": "hush-3"});
    let refused = api.put("/v1/deliveries/d2", 1, &read).await.refusal();
    assert_eq!(refused, "422 invalid channel.request.secret_headers.X-Api:required");
    assert!(stored_auth(&api, "d2").await == Auth::Bearer { token: Some("hush".to_owned()) });
    // Another path at the same place, however that is written, or all secrets again.
    read["channel"]["request"]["auth"] = json!({"kind": "bearer"});
    read["channel"]["request"]["url"] = json!("HTTPS://Buyer.Example:443/other?x=1");
    assert_eq!(api.put("/v1/deliveries/d2", 1, &read).await.status, 200);
    first["channel"]["request"]["url"] = json!("http://127.0.0.1:8080/leads");
    assert_eq!(api.put("/v1/deliveries/d2", 2, &first).await.status, 200);
    assert_eq!(api.put("/v1/deliveries/d2", 2, &first).await.status, 200);
}

#[tokio::test]
async fn a_delivery_without_requests_has_no_endpoint_to_be_judged() {
    let api = Api::start().await;
    api.furnish().await;
    let made = api.made("/v1/deliveries", &with(delivery("d2"), json!({"channel": {"kind": "store"}}))).await;
    assert_eq!(made["channel"], json!({"kind": "store"}));
}

#[tokio::test]
async fn an_endpoint_that_may_not_be_dialled_is_refused() {
    let api = Api::start().await;
    api.furnish().await;
    let cases = [
        ("http://buyer.example/", "url_scheme"),
        ("https://169.254.169.254/latest", "address_blocked"),
        ("https://127.0.0.1/", "address_blocked"),
        ("https://localhost/", "url_localhost"),
        ("https://u:p@buyer.example/", "url_userinfo"),
    ];
    for (url, code) in cases {
        let mut bad = delivery("d2");
        bad["channel"]["request"]["url"] = json!(url);
        assert_eq!(api.post("/v1/deliveries", &bad).await.refusal(), format!("422 invalid channel.request.url:{code}"));
    }
}

#[tokio::test]
async fn a_local_run_may_dial_its_own_machine() {
    let api = Api::over(TestTables::start().await, Reach::LoopbackToo);
    api.furnish().await;
    let mut local = delivery("d2");
    local["channel"]["request"]["url"] = json!("http://127.0.0.1:8080/leads");
    api.made("/v1/deliveries", &local).await;
    local["channel"]["request"]["url"] = json!("http://10.0.0.1/leads");
    assert_eq!(
        api.put("/v1/deliveries/d2", 1, &local).await.refusal(),
        "422 invalid channel.request.url:address_blocked"
    );
}

#[tokio::test]
async fn a_request_that_could_never_be_sent_is_refused() {
    let api = Api::start().await;
    api.furnish().await;
    let cases = [
        (json!({"fields": {"a": "1", "a.b": "2"}}), "channel.request.fields.a.b:nesting"),
        (json!({"fields": {"a..b": "1"}}), "channel.request.fields.a..b:name"),
        (json!({"fields": {".a": "1"}}), "channel.request.fields..a:name"),
        (json!({"fields": {"": "1"}, "body": { "format": "form" }}), "channel.request.fields.:name"),
        (json!({"headers": {"TE": "trailers"}}), "channel.request.headers.TE:header"),
        (json!({"headers": {"Proxy-Authorization": "x"}}), "channel.request.headers.Proxy-Authorization:header"),
        (json!({"headers": {"X-Note": "two\nlines"}}), "channel.request.headers.X-Note:header_value"),
        (json!({"method": "GET"}), "channel.request.method:no_body"),
        (json!({"body": {"format": "xml", "root": "1"}}), "channel.request.body.root:xml_name"),
    ];
    for (changes, wanted) in cases {
        let mut bad = delivery("d2");
        bad["channel"]["request"] = with(bad["channel"]["request"].clone(), changes);
        assert_eq!(api.post("/v1/deliveries", &bad).await.refusal(), format!("422 invalid {wanted}"));
    }
    let mut form = delivery("d2");
    form["channel"]["request"] = with(
        form["channel"]["request"].clone(),
        json!({"fields": {"a": "1", "a.b": "2"}, "body": { "format": "form" }}),
    );
    api.made("/v1/deliveries", &form).await;
}

#[tokio::test]
async fn a_misspelt_field_of_a_request_is_named_with_its_whole_path() {
    let api = Api::start().await;
    api.furnish().await;
    let mut bad = delivery("d2");
    bad["channel"]["request"]["tiemout_ms"] = json!(5_000);
    let refused = api.post("/v1/deliveries", &bad).await.refusal();
    assert_eq!(refused, "422 invalid_body channel.request.tiemout_ms:unknown_field");
}
