//! What the demonstration sets up: one campaign of solar quotes, two suppliers, three buyers and the ways to them.

use serde_json::{Value, json};

pub(super) const CAMPAIGN: &str = "solar-uk";
pub(super) const SUPPLIERS: [&str; 2] = ["sunleads", "rooftop"];
/// The buyer that gets a key, and sends returns.
pub(super) const BUYER: &str = "northlight";
/// The deliveries, in the order in which they are offered a lead.
pub(super) const DELIVERIES: [&str; 4] = ["northlight", "helios", "greenway-old", "greenway"];

pub(super) fn settings() -> Value {
    json!({ "name": "Volley Demo", "time_zone": "Europe/London", "currency": "GBP" })
}

pub(super) fn suppliers() -> [Value; 2] {
    [json!({ "sid": "sunleads", "name": "Sunleads Media" }), json!({ "sid": "rooftop", "name": "Rooftop Quotes" })]
}

pub(super) fn buyers() -> [Value; 3] {
    [
        json!({
            "bid": BUYER,
            "name": "Northlight Solar",
            "returns": { "window_days": 30 },
            "return_file": { "reasons": { "wrong number": "INVALID_PHONE" } },
        }),
        json!({ "bid": "helios", "name": "Helios Homes" }),
        json!({ "bid": "greenway", "name": "Greenway Power" }),
    ]
}

/// The campaign with these deliveries: it is made without, as they must name one that exists.
pub(super) fn campaign(deliveries: &[&str]) -> Value {
    let required = |name: &str, kind: Value| json!({ "name": name, "kind": kind, "required": true });
    json!({
        "campid": CAMPAIGN,
        "name": "Solar quotes UK",
        "country": "GB",
        "currency": "GBP",
        "fields": [
            required("firstname", json!({ "type": "text", "max_len": 60 })),
            required("lastname", json!({ "type": "text", "max_len": 60 })),
            required("email", json!({ "type": "email" })),
            required("phone1", json!({ "type": "phone" })),
            required("postcode", json!({ "type": "postcode" })),
            required("homeowner", json!({ "type": "boolean" })),
            required("roof_type", json!({ "type": "choice", "of": ["tiled", "slate", "flat"] })),
            json!({ "name": "monthly_bill", "kind": { "type": "integer", "min": 0, "max": 5000 } }),
        ],
        "dedupe": { "fields": ["email", "phone1"], "window_days": 30 },
        "payout": { "mode": "buyer_accept", "amount": { "amount": "8.00", "currency": "GBP" } },
        "max_sales": 1,
        "suppliers": SUPPLIERS,
        "distribution": [{ "mode": "all", "deliveries": deliveries }],
    })
}

/// The deliveries, to the buyer at this address.
pub(super) fn deliveries(buyer: &str) -> [Value; 4] {
    let to = |place: &str| format!("{buyer}{place}");
    [
        delivery("northlight", "northlight", "Northlight: its own area only", "28.00", &to("/leads?areas=M,LS")),
        delivery(
            "helios",
            "helios",
            "Helios: homeowners only, names its own price, and is busy at times",
            "20.00",
            &to("/leads?only=homeowner:yes&not=roof_type:flat&busy=roof_type:slate&price=24.50"),
        ),
        delivery("greenway-old", "greenway", "Greenway: its old server, which is broken", "18.00", &to("/fail")),
        delivery(
            "greenway",
            "greenway",
            "Greenway: slow, and no flat roofs",
            "15.00",
            &to("/leads?not=roof_type:flat&delay_ms=1500"),
        ),
    ]
}

/// A delivery to a buyer. It tries again soon, so that the demonstration takes seconds.
fn delivery(did: &str, bid: &str, name: &str, price: &str, url: &str) -> Value {
    json!({
        "did": did,
        "name": name,
        "campid": CAMPAIGN,
        "bid": bid,
        "price": { "amount": price, "currency": "GBP" },
        "channel": {
            "kind": "http",
            "request": {
                "url": url,
                "body": { "format": "json" },
                "fields": {
                    "lead_id": "{{ lead.id }}",
                    "name": "{{ lead.firstname }} {{ lead.lastname }}",
                    "email": "{{ lead.email }}",
                    "phone": "{{ lead.phone1 }}",
                    "postcode": "{{ lead.postcode }}",
                    "homeowner": "{{ lead.homeowner }}",
                    "roof_type": "{{ lead.roof_type }}",
                },
                "timeout_ms": 5000,
            },
            "answer": {
                "rules": [
                    { "then": "accepted", "status": ["200"], "json": { "pointer": "/status", "equals": "accepted" } },
                    { "then": "rejected", "json": { "pointer": "/status", "equals": "rejected" } },
                ],
                "reference": { "json": "/id" },
                "price": { "json": "/price" },
                "reason": { "json": "/reason" },
            },
        },
        "retry": { "delays_s": [1] },
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use domain::{buyer::Buyer, campaign::Campaign, delivery::Delivery, setup::Record, supplier::Supplier};

    use super::*;

    fn findings<T: Record>(record: &Value) -> Vec<String> {
        let record: T = serde_json::from_value(record.clone()).unwrap();
        record.check().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_record_passes_the_checks_of_the_domain() {
        let mut found = findings::<Campaign>(&campaign(&DELIVERIES));
        found.extend(suppliers().iter().flat_map(findings::<Supplier>));
        found.extend(buyers().iter().flat_map(findings::<Buyer>));
        found.extend(deliveries("http://127.0.0.1:1").iter().flat_map(findings::<Delivery>));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn the_campaign_offers_its_leads_to_every_delivery() {
        let dids = deliveries("http://127.0.0.1:1").map(|delivery| delivery["did"].clone());
        assert_eq!(json!(dids), campaign(&DELIVERIES)["distribution"][0]["deliveries"]);
    }
}
