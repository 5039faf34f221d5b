//! What a webhook says: ids, codes, counts and amounts, in JSON.

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::{Value, json};

use super::{MAX_DETAILS, Notice, NoticeItem, NoticeKind, Summary};
use crate::{
    access::Part,
    id::{BuyerRef, DeliveryRef, LeadId},
    money::Money,
    returned::ReturnId,
    time::rfc3339,
};

/// One item as it is told.
#[derive(Serialize)]
struct ItemView<'a> {
    /// Suppliers are not told it, as it names a delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_id: Option<ReturnId>,
    lead_id: LeadId,
    #[serde(skip_serializing_if = "Option::is_none")]
    did: Option<&'a DeliveryRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<&'a BuyerRef>,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_reversed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
}

impl Notice {
    /// What it says as a webhook, with its first items. The same whenever it is asked for.
    pub fn body(&self, items: &[NoticeItem]) -> Value {
        let mut body = json!({
            "id": self.id, "type": self.kind.event(), "at": rfc3339(self.at), "to": self.to, "count": self.count(),
            "text": self.text,
        });
        let about = [
            ("did", self.did.as_ref().map(|did| json!(did))),
            ("lead_id", self.lead_id.map(|lead| json!(lead))),
            ("bid", self.bid.as_ref().map(|bid| json!(bid))),
            ("return_file_id", self.return_file_id.map(|file| json!(file))),
            ("lead_import_id", self.lead_import_id.map(|file| json!(file))),
            ("list", self.is_of_a_file().then(|| json!(self.list()))),
        ];
        for (name, value) in about.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            body[name] = value;
        }
        if let Some(summary) = &self.summary {
            self.add_group(&mut body, summary, items);
        }
        body
    }

    fn add_group(&self, body: &mut Value, summary: &Summary, items: &[NoticeItem]) {
        let shown: Vec<ItemView<'_>> = items.iter().take(MAX_DETAILS).map(|item| self.shown(item)).collect();
        body["by_reason"] = json!(summary.by_reason);
        let amounts: Vec<Money> = summary.amounts().collect();
        body["amounts"] = json!(amounts);
        body["has_more"] = json!(summary.count > u64::try_from(shown.len()).unwrap_or(u64::MAX));
        body["items"] = json!(shown);
        body["list"] = json!(self.list());
    }

    fn shown<'a>(&self, item: &'a NoticeItem) -> ItemView<'a> {
        let sees_deliveries = self.to.sees(Part::Deliveries);
        ItemView {
            return_id: sees_deliveries.then(|| ReturnId {
                lead: item.lead,
                number: item.number,
                did: item.did.clone(),
            }),
            lead_id: item.lead,
            did: Some(&item.did).filter(|_| sees_deliveries),
            bid: item.bid.as_ref().filter(|_| sees_deliveries),
            reason: &item.reason,
            why: item.why.as_deref(),
            payout_reversed: (self.kind == NoticeKind::Returned).then_some(item.amount.is_some()),
            amount: item.amount,
        }
    }

    /// Whether it is about one file.
    pub(super) fn is_of_a_file(&self) -> bool {
        self.return_file_id.is_some() || self.lead_import_id.is_some()
    }

    /// Where all of it can be listed: by the days on which they were asked for, in whatever zone the account counts them.
    pub(super) fn list(&self) -> String {
        if let Some(file) = self.return_file_id {
            return format!("/v1/return-files/{file}");
        }
        if let Some(file) = self.lead_import_id {
            return format!("/v1/lead-imports/{file}");
        }
        let state = match self.kind {
            NoticeKind::ReturnRequested => "requested",
            NoticeKind::Returned => "approved",
            NoticeKind::ReturnRefused => "refused",
            NoticeKind::ReturnUndone => "undone",
            NoticeKind::DeliveryPaused
            | NoticeKind::DecisionNeeded
            | NoticeKind::LowCredit
            | NoticeKind::ReturnCapReached
            | NoticeKind::ReturnFileFinished
            | NoticeKind::FeedbackNotTaken
            | NoticeKind::LeadImportFinished => return "/v1/notices".to_owned(),
        };
        let (first, last) = self.summary.as_ref().and_then(Summary::asked).unwrap_or((self.at, self.at));
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        let from = day(first).yesterday().unwrap_or_else(|_| day(first));
        let to = day(last).tomorrow().unwrap_or_else(|_| day(last));
        format!("/v1/returns?state={state}&from={from}&to={to}")
    }
}
