//! Money, from leads to journal, reports and statements.

mod golden_month;
mod story;

use std::collections::BTreeMap;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use domain::{
    access::{ApiKey, Principal},
    buyer::Buyer,
    campaign::Campaign,
    id::{DeliveryRef, LeadId},
    intake::{Intake, Submission, judge},
    lead::{Lead, Method, Outcome, ReturnRequest},
    money::Money,
    setup::Record,
    supplier::Supplier,
};
use jiff::{SignedDuration, Timestamp};
use lambda::http::Function;
use rollup::StreamEvent;
use serde_json::{Value, json};
use store::{Commit, Identity, Saved, test_tables::TestTables};
use tower::ServiceExt;

/// The secret half of the seller's key.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A small agency in London, whose leads go their way at the test's will: each step is a write of the real tables, and what is
/// booked is what the stream tells of them.
pub(crate) struct Agency {
    pub(crate) tables: TestTables,
    api: Router,
    /// Changes that were booked already.
    booked: usize,
    ids: u128,
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn pounds(amount: &str) -> Money {
    Money::parse(amount, "GBP".parse().unwrap()).unwrap()
}

fn identity() -> Identity {
    Identity::new("a secret of the tests".to_owned().into())
}

impl Agency {
    /// With campaigns `solar` (£5.00 for a lead that is bought) and `loans` (65 % of its price), suppliers `s1` and `s2`, and
    /// buyers `b1` and `b2` with a delivery each in both.
    pub(crate) async fn new() -> Self {
        let tables = TestTables::start().await;
        let api = reports::App { store: tables.store(), identity: identity() }.router();
        let agency = Self { tables, api, booked: 0, ids: 0 };
        let store = agency.tables.store();
        let settings = json!({ "name": "Acme", "time_zone": "Europe/London", "currency": "GBP" });
        store.save_settings(serde_json::from_value(settings).unwrap(), None).await.unwrap();
        for sid in ["s1", "s2"] {
            agency.save::<Supplier>(json!({ "sid": sid, "name": sid })).await;
        }
        for bid in ["b1", "b2"] {
            agency.save::<Buyer>(json!({ "bid": bid, "name": bid })).await;
        }
        let payouts = [
            ("solar", json!({ "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } })),
            ("loans", json!({ "mode": "buyer_accept", "share": { "basis_points": 6_500 } })),
        ];
        for (campid, payout) in payouts {
            let campaign = json!({
                "campid": campid, "name": campid, "country": "GB", "currency": "GBP", "payout": payout,
                "fields": [{ "name": "firstname", "kind": { "type": "text" }, "required": true }],
                "suppliers": ["s1", "s2"],
            });
            agency.save::<Campaign>(campaign).await;
        }
        let key = ApiKey {
            id: "tests".parse().unwrap(),
            principal: Principal::Seller,
            label: "tests".to_owned(),
            secret_sha256: lambda::auth::secret_sha256(SECRET),
            created: lambda::now(),
            revoked: None,
        };
        store.make_key(&key).await.unwrap();
        agency
    }

    async fn save<T: Record>(&self, record: Value) {
        let record: T = serde_json::from_value(record).unwrap();
        assert!(record.check().is_empty(), "{:?}", record.check());
        assert!(matches!(self.tables.store().save(record, None).await.unwrap(), Saved::Done(_)));
    }

    /// A lead that comes in; without a first name it is invalid.
    pub(crate) async fn lead(&mut self, campid: &str, sid: &str, received: &str, is_valid: bool) -> Lead {
        let store = self.tables.store();
        let campaign = store.record::<Campaign>(campid).await.unwrap().unwrap().record;
        let supplier = store.record::<Supplier>(sid).await.unwrap().unwrap().record;
        self.ids += 1;
        let fields: BTreeMap<String, String> =
            if is_valid { [("firstname".to_owned(), "Ann".to_owned())].into() } else { BTreeMap::new() };
        let sent = Submission {
            id: LeadId::from_ulid(ulid::Ulid(self.ids)),
            received: time(received),
            method: Method::Api,
            ssid: None,
            source: None,
            test: false,
            fields,
        };
        let zone = store.zone().await.unwrap();
        let Intake::Kept { lead, .. } = judge(sent, &campaign, &supplier, &zone) else {
            unreachable!("nothing is unsafe")
        };
        assert_eq!(lead.is_for_sale(), is_valid);
        store.put_lead(&lead, 0, &identity()).await.unwrap();
        *lead
    }

    /// The lead after a step, which is written.
    pub(crate) async fn step(&self, before: &Lead, after: Lead) -> Lead {
        match self.tables.store().commit(before, &after, &identity()).await.unwrap() {
            Commit::Done(lead) => *lead,
            other @ (Commit::Repeated(_) | Commit::Stale(_)) => panic!("{other:?}"),
        }
    }

    /// The lead after its delivery has answered so at this time: bought at a price, or refused.
    pub(crate) async fn answered(&mut self, lead: Lead, buyer: &str, price: Option<&str>, at: &str) -> Lead {
        let did: DeliveryRef = format!("d-{buyer}").parse().unwrap();
        let at = time(at);
        self.ids += 1;
        let attempt = domain::id::AttemptId::from_ulid(ulid::Ulid(self.ids));
        let queued = lead.on_queued(&did, Some(buyer.parse().unwrap()), lead.received).unwrap();
        let lead = self.step(&lead, queued).await;
        let sending = lead.on_intent(&did, 1, attempt, at, at + SignedDuration::from_secs(30)).unwrap();
        let lead = self.step(&lead, sending).await;
        let outcome = match price {
            Some(price) => Outcome::Accepted { price: pounds(price), reference: None, redirect_url: None },
            None => Outcome::Rejected { reason: "no".to_owned() },
        };
        let settled = lead.on_outcome(&did, &attempt, 1, outcome, at).unwrap();
        self.step(&lead, settled).await
    }

    /// The lead after its sale to this buyer was returned.
    pub(crate) async fn returned(&self, lead: Lead, buyer: &str, reverse_payout: bool, at: &str) -> Lead {
        let did: DeliveryRef = format!("d-{buyer}").parse().unwrap();
        let asked = lead.on_return_requested(&did, ReturnRequest::because("INVALID_PHONE"), time(at)).unwrap();
        let lead = self.step(&lead, asked).await;
        let approved = lead.on_return_approved(&did, reverse_payout, time(at)).unwrap();
        self.step(&lead, approved).await
    }

    /// Books what has changed since the last time, at this time.
    pub(crate) async fn book(&mut self, now: &str) {
        let changes = self.tables.lead_changes();
        let app = rollup::App {
            store: self.tables.store(),
            identity: identity(),
            responder_queue: None,
            feedback_queue: None,
        };
        for batch in changes[self.booked..].chunks(100) {
            let event: StreamEvent = serde_json::from_value(json!({ "Records": batch })).unwrap();
            assert_eq!(rollup::handle(&app, event, time(now)).await.batch_item_failures, []);
        }
        self.booked = changes.len();
    }

    /// What the API answers the seller.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let request = Request::get(path).header("authorization", format!("Bearer vk_tests_{SECRET}"));
        let answer = self.api.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        let body: Value = serde_json::from_slice(&to_bytes(body, 1_000_000).await.unwrap()).unwrap();
        assert_eq!(head.status, 200, "{path}: {body}");
        body
    }
}
