//! What an installation shows of its leads, and what must hold of its books.

use dispatch::deliver::Dispatcher;
use domain::{
    id::{DeliveryRef, LeadId},
    journal::events,
};
use jiff::Timestamp;
use rollup::StreamEvent;
use serde_json::{Value, json};
use store::{ExportBucket, LeadExportsQueue};

use super::{Installation, KEY_SECRET};
use crate::{Deployment, deployment::client, lab::verify::is_at_rest};

/// The function that shows leads. Nobody exports any here.
pub(super) async fn search(dispatcher: &Dispatcher) -> search::App {
    let deployment = Deployment::get().await;
    search::App {
        store: dispatcher.store.clone(),
        identity: dispatcher.identity.clone(),
        export_bucket: ExportBucket::new(deployment.s3(), "nowhere".to_owned()),
        lead_exports_queue: LeadExportsQueue::new(deployment.sqs(), "http://127.0.0.1:9".to_owned()),
    }
}

/// Gives these changes to the function that books them, as the stream does.
pub(super) async fn book(app: &rollup::App, changes: &[Value], now: Timestamp) {
    for batch in changes.chunks(100) {
        let event: StreamEvent = serde_json::from_value(json!({ "Records": batch })).expect("a batch");
        assert_eq!(rollup::handle(app, event, now).await.batch_item_failures, []);
    }
}

impl Installation {
    /// What its API shows its seller.
    ///
    /// # Panics
    /// When it shows nothing.
    pub async fn shows(&self, path: &str) -> Value {
        let request = client()
            .get(format!("{}{path}", self.dispatcher.own.url))
            .header("authorization", format!("Bearer vk_seller_{KEY_SECRET}"));
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a text");
        assert_eq!(status.as_u16(), 200, "{path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Everything that is kept of a lead, and what its seller was told, to be compared with what it is later.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn everything_of(&self, lead: LeadId) -> String {
        let whole = self.tables.store().whole_lead(lead).await.expect("a lead can be read");
        format!("{whole:#?} {:#?} {}", self.leads().await, self.notices().await.join("\n"))
    }

    /// What its seller was told, as text.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn notices(&self) -> Vec<String> {
        let page = self.tables.store().notices(lambda::now(), 50, None, None).await.expect("notices can be read");
        page.expect("the first page")
            .items
            .iter()
            .map(|notice| format!("{}: {}", notice.kind.word(), notice.text))
            .collect()
    }

    /// What it is owed for a lead that went out by this delivery.
    ///
    /// # Panics
    /// When the lead never went there.
    pub async fn is_owed(&self, lead: LeadId, did: &str) -> i64 {
        let did: DeliveryRef = did.parse().expect("a reference");
        let lead = self.tables.store().lead(lead).await.expect("a lead can be read").expect("it is there");
        let state = &lead.deliveries[&did].state;
        state.sale().filter(|sale| sale.stands()).map_or(0, |sale| sale.price.minor)
    }

    /// Books what has happened, everything twice, and checks what must hold of its leads and their money once all is at rest.
    ///
    /// # Panics
    /// When it does not.
    pub async fn verify(&self) {
        let app = self.rollup().await;
        for _ in 0..2 {
            book(&app, &self.tables.lead_changes(), self.now()).await;
        }
        for lead in self.leads().await {
            assert!(lead.occupied_slots() <= usize::from(lead.terms.max_sales), "sold too often: {lead:#?}");
            assert!(is_at_rest(&lead), "stuck: {lead:#?}");
            let shown = self.shows(&format!("/v1/leads/{}", lead.id)).await;
            let entries = shown["journal"].as_array().expect("entries");
            let wanted = events(&lead).expect("amounts").iter().filter(|event| event.entry.is_some()).count();
            assert_eq!(entries.len(), wanted, "each is booked once: {shown:#}");
            let lines: Vec<&Value> =
                entries.iter().flat_map(|entry| entry["lines"].as_array().expect("lines")).collect();
            let on = |account: &str| -> i64 {
                let own =
                    lines.iter().filter(|line| line["account"].as_str().is_some_and(|own| own.starts_with(account)));
                own.map(|line| minor(&line["debit"]) - minor(&line["credit"])).sum()
            };
            assert_eq!(on(""), 0, "it balances: {shown:#}");
            assert_eq!(on("buyer_"), lead.revenue().expect("an amount").minor, "{shown:#}");
            assert_eq!(on("supplier_payable"), -lead.earned_payout().expect("an amount").minor, "{shown:#}");
        }
    }
}

/// An amount, or nothing.
fn minor(money: &Value) -> i64 {
    let amount = money["amount"].as_str().unwrap_or("0.00");
    amount.replace('.', "").parse().expect("an amount in hundredths")
}

/// Checks the books of both, and that who sent the lead is owed what who got it owes; returns how much that is.
///
/// # Panics
/// When it is not so.
pub async fn agreed(sent_by: (&Installation, LeadId), got_by: (&Installation, LeadId)) -> i64 {
    let ((here, lead), (there, theirs)) = (sent_by, got_by);
    here.verify().await;
    there.verify().await;
    let theirs = there.tables.store().lead(theirs).await.expect("a lead can be read").expect("it is there");
    let owes = theirs.earned_payout().expect("an amount").minor;
    assert_eq!(here.is_owed(lead, there.name).await, owes, "what one is owed, the other owes");
    owes
}
