//! The set-up that costs and speeds are measured with: one campaign `solar` with a supplier, its key, and its buyers.

use domain::{
    access::{ApiKey, Principal},
    buyer::Buyer,
    campaign::Campaign,
    delivery::Delivery,
    id::KeyId,
    setup::Record,
    supplier::Supplier,
};
use lambda::auth::{format_key, secret_sha256};
use serde_json::{Value, json};
use store::{NewKey, Saved, Store};

const SECRET: &str = "measured";

/// A campaign whose leads claim their e-mail address, if `dedupes`, and are offered to these endpoints in turn, as
/// `d1`, `d2` and so on.
///
/// # Panics
/// When the tables are not empty.
pub async fn furnish(store: &Store, endpoints: &[&str], dedupes: bool) {
    let mut line = Vec::new();
    for (at, url) in endpoints.iter().enumerate() {
        let (bid, did) = (format!("b{}", at + 1), format!("d{}", at + 1));
        save::<Buyer>(store, json!({ "bid": bid, "name": "Bright Solar" })).await;
        save::<Delivery>(store, delivery(&did, &bid, url)).await;
        line.push(did);
    }
    save::<Supplier>(store, json!({ "sid": "s1", "name": "Acme Media" })).await;
    save::<Campaign>(store, campaign(&line, dedupes)).await;
    for (id, principal) in
        [("supplier", Principal::Supplier { sid: "s1".parse().expect("a reference") }), ("seller", Principal::Seller)]
    {
        let key = ApiKey {
            id: key_id(id),
            principal,
            label: "tests".to_owned(),
            secret_sha256: secret_sha256(SECRET),
            created: lambda::now(),
            revoked: None,
        };
        assert_eq!(store.make_key(&key).await.expect("a key can be made"), NewKey::Made);
    }
}

/// The key of `supplier` or `seller`.
pub fn key_of(role: &str) -> String {
    format_key(&key_id(role), SECRET)
}

/// The `number`th lead: a person of its own, with e-mail and phone.
pub fn numbered_lead(number: usize) -> Value {
    json!({
        "campid": "solar", "source": "google", "firstname": "Ann", "lastname": "Smith", "towncity": "Leeds",
        "postcode": "LS1 4AP", "email": format!("ann.smith.{number}@example.com"), "phone1": "020 7946 0018",
    })
}

fn key_id(role: &str) -> KeyId {
    role.parse().expect("an id of a key")
}

async fn save<T: Record>(store: &Store, record: Value) {
    let record: T = serde_json::from_value(record).expect("a record");
    assert!(record.check().is_empty(), "{:?}", record.check());
    assert!(matches!(store.save(record, None).await.expect("it can be saved"), Saved::Done(_)), "it is new");
}

fn campaign(line: &[String], dedupes: bool) -> Value {
    let mut campaign = json!({
        "campid": "solar", "name": "Solar quotes", "country": "GB", "currency": "GBP",
        "fields": [
            { "name": "firstname", "kind": { "type": "text" }, "required": true },
            { "name": "lastname", "kind": { "type": "text" } },
            { "name": "towncity", "kind": { "type": "text" } },
            { "name": "postcode", "kind": { "type": "postcode" } },
            { "name": "email", "kind": { "type": "email" }, "required": true },
            { "name": "phone1", "kind": { "type": "phone" } },
        ],
        "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
        "max_sales": 1, "suppliers": ["s1"],
        "distribution": [{ "mode": "all", "deliveries": line }],
    });
    if dedupes {
        campaign["dedupe"] = json!({ "fields": ["email"], "window_days": 30 });
    }
    campaign
}

fn delivery(did: &str, bid: &str, url: &str) -> Value {
    json!({
        "did": did, "name": "Bright Solar CRM", "campid": "solar", "bid": bid,
        "price": { "amount": "12.50", "currency": "GBP" },
        "channel": {
            "kind": "http",
            "request": { "url": url, "fields": { "name": "{{ lead.firstname }}", "email": "{{ lead.email }}" } },
            "answer": {
                "rules": [
                    { "then": "accepted", "json": { "pointer": "/status", "equals": "accepted" } },
                    { "then": "rejected", "json": { "pointer": "/status", "equals": "rejected" } },
                ],
                "reference": { "json": "/id" }, "reason": { "json": "/reason" },
            },
        },
        "retry": { "delays_s": [0, 0] },
    })
}
