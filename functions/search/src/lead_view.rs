//! A lead as the API shows it, to whom it is shown.

use std::collections::BTreeMap;

use domain::{
    access::{Part, Principal},
    campaign::Campaign,
    consent::Spoken,
    feedback::Telling,
    id::{CampaignRef, DeliveryRef, SupplierRef},
    lead::{ChannelConsent, Consent, DeliveryStatus, Lead, Method, Origin, PayoutState, SoldStatus, consent},
    money::{Money, MoneyError},
    posted::PostedEntry,
    responder::Enrolment,
    routing::not_reached,
    time::rfc3339,
};
use serde::Serialize;
use store::{Attempt, SaidOfLead};
use utoipa::ToSchema;

use crate::{
    delivery_view::DeliveryView,
    enrolment_view::EnrolmentView,
    feedback_view::{TellingView, told},
    history_view::HistoryView,
};

/// One lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadDetails)]
pub(crate) struct LeadView {
    /// Its id.
    lead_id: String,
    /// When it came in, RFC 3339, UTC.
    received: String,
    /// How it came in.
    method: Method,
    /// It was sent as a test: it goes to nobody and is worth nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    test: bool,
    /// When it was deleted: ids, times and amounts are all that is left of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<String>,
    campid: CampaignRef,
    /// Who sent it. Buyers do not see where a lead is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SupplierRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// The lead that it was made from, in another campaign. Only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    transferred_from: Option<OriginView>,
    /// Its data, normalised.
    fields: BTreeMap<String, String>,
    approval: ApprovalView,
    sold_status: SoldStatus,
    delivery_status: DeliveryStatus,
    /// Its deliveries, in the order in which they got it. Suppliers see none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deliveries: Vec<DeliveryView>,
    /// The campaign's other deliveries, and why the lead has not reached them; only the seller sees them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_reached: Vec<NotReachedView>,
    financials: FinancialsView,
    /// What has been booked about it, in the order in which it happened; suppliers and buyers see what is on their own accounts.
    /// A moment passes between what happens and its entry.
    journal: Vec<PostedEntry>,
    #[serde(flatten)]
    history: HistoryView,
    /// Whether the person may be written to, channel by channel.
    consent: Consent,
    /// How far it is in the responders that it has joined; only the seller sees it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    responders: Vec<EnrolmentView>,
    /// What was told of it to who sent it, where that wants to hear. Buyers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    feedback: Option<TellingView>,
}

/// What is shown of a lead beside its row.
pub(crate) struct Shown {
    /// The requests that were made, with their answers.
    pub(crate) attempts: Vec<Attempt>,
    /// See [`LeadView::journal`].
    pub(crate) journal: Vec<PostedEntry>,
    /// See [`LeadView::history`].
    pub(crate) history: HistoryView,
    /// What was said of its person.
    pub(crate) spoken: Spoken,
    /// See [`LeadView::responders`].
    pub(crate) enrolments: Vec<Enrolment>,
    /// What was said of it.
    pub(crate) said: Vec<SaidOfLead>,
    /// See [`LeadView::feedback`].
    pub(crate) tellings: Vec<Telling>,
}

/// A delivery that the lead has not reached.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotReached)]
struct NotReachedView {
    did: DeliveryRef,
    /// `no_slot`, `group_taken`, `not_yet`, `not_for_sale`, `added_later`.
    code: &'static str,
    reason: &'static str,
}

/// Where a transferred lead comes from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadOrigin)]
struct OriginView {
    lead_id: String,
    /// The campaigns it has been through, the first one first.
    campaigns: Vec<CampaignRef>,
}

/// Whether it is good to sell.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Approval)]
struct ApprovalView {
    /// `pending`, `approved`, `rejected`, `quarantined`.
    status: &'static str,
    /// The rejection's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i32>,
    /// Why; suppliers are not told what their leads are put aside for.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When the campaign decides by itself what becomes of a quarantined lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

/// The money.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Financials)]
pub(crate) struct FinancialsView {
    /// What buyers pay: all of them, or the one who asks. Suppliers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revenue: Option<Money>,
    /// What the supplier earns: once it is earned, what is left of it by now; absent while it is a share of what no buyer has
    /// paid yet, and of a rejected lead that has earned nothing. Buyers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payout: Option<Money>,
    /// Absent where a rejected lead has earned nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payout_status: Option<PayoutState>,
    /// Revenue minus earned payout; only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profit: Option<Money>,
}

impl LeadView {
    /// As `viewer` may see it.
    pub(crate) fn new(
        lead: &Lead,
        Shown { attempts, journal, history, spoken, enrolments, said, tellings }: Shown,
        campaign: Option<&Campaign>,
        viewer: &Principal,
    ) -> Result<Self, MoneyError> {
        let mut shown: Vec<_> = lead.deliveries.iter().filter(|(_, delivery)| viewer.sees_delivery(delivery)).collect();
        shown.sort_by_key(|(_, delivery)| delivery.place);
        let deliveries = shown
            .into_iter()
            .map(|(did, delivery)| DeliveryView::new(did, delivery, (&attempts, &said, &tellings), viewer))
            .collect();
        let status = viewer.told_of(lead);
        let (sees_source, sees_left_out) = (viewer.sees(Part::Source), viewer.sees(Part::NotReached));
        Ok(Self {
            lead_id: lead.id.to_string(),
            received: rfc3339(lead.received),
            method: lead.method,
            test: lead.test,
            deleted_at: lead.deletion.map(|deletion| rfc3339(deletion.at)),
            campid: lead.campid.clone(),
            sid: sees_source.then(|| lead.sid.clone()),
            ssid: lead.ssid.clone().filter(|_| sees_source),
            source: lead.source.clone().filter(|_| sees_source),
            transferred_from: lead.origin.as_ref().filter(|_| viewer.sees(Part::Transfer)).map(OriginView::new),
            fields: lead.fields.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
            approval: ApprovalView::new(&lead.approval, viewer),
            sold_status: status.sold_status(),
            delivery_status: status.delivery_status(),
            deliveries,
            not_reached: campaign
                .filter(|_| sees_left_out)
                .map(|campaign| left_out(lead, campaign))
                .unwrap_or_default(),
            financials: FinancialsView::new(lead, viewer)?,
            journal,
            history,
            consent: seen_by(viewer, consent(lead, &spoken)),
            responders: match viewer {
                Principal::Seller => enrolments.iter().map(EnrolmentView::new).collect(),
                Principal::Supplier { .. } | Principal::Buyer { .. } => Vec::new(),
            },
            feedback: told(&tellings, None).filter(|_| sees_source).map(|telling| TellingView::new(telling, &said)),
        })
    }
}

/// Whose word it was, and in which words, is between the seller and the person.
fn seen_by(viewer: &Principal, consent: Consent) -> Consent {
    if viewer.sees(Part::Orders) {
        return consent;
    }
    let without = |channel: ChannelConsent| ChannelConsent { by: None, told: None, ..channel };
    Consent { email: without(consent.email), sms: without(consent.sms) }
}

fn left_out(lead: &Lead, campaign: &Campaign) -> Vec<NotReachedView> {
    let missed = not_reached(lead, campaign).into_iter();
    missed.map(|(did, why)| NotReachedView { did: did.clone(), code: why.code(), reason: why.detail() }).collect()
}

impl OriginView {
    fn new(origin: &Origin) -> Self {
        Self { lead_id: origin.lead.to_string(), campaigns: origin.campaigns.clone() }
    }
}

impl ApprovalView {
    fn new(approval: &domain::lead::Approval, viewer: &Principal) -> Self {
        use domain::lead::Approval;
        let (code, reason, until) = match approval {
            Approval::Pending | Approval::Approved => (None, None, None),
            Approval::Rejected { code, reason } => (Some(code.code()), Some(reason.clone()), None),
            Approval::Quarantined { reason, until } => (None, Some(reason.clone()), until.map(rfc3339)),
        };
        let is_put_aside = matches!(approval, Approval::Quarantined { .. });
        let reason = reason.filter(|_| !is_put_aside || viewer.sees(Part::QuarantineReason));
        Self { status: approval.word(), code, reason, until }
    }
}

impl FinancialsView {
    pub(crate) fn new(lead: &Lead, viewer: &Principal) -> Result<Self, MoneyError> {
        let (revenue, sees_payout) = (viewer.revenue_of(lead)?, viewer.sees(Part::Payout));
        let shown_profit = revenue.filter(|_| viewer.sees(Part::Profit));
        Ok(Self {
            revenue,
            payout: lead.known_payout()?.filter(|_| sees_payout),
            payout_status: (sees_payout && !lead.earns_nothing()).then_some(lead.payout.state),
            profit: shown_profit.map(|revenue| revenue.sub(lead.earned_payout()?)).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests;
