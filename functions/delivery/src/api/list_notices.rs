//! `GET /v1/notices`: what was told to whom, and how far it is.

use axum::{Json, extract::State};
use domain::{
    access::Principal,
    id::{BuyerRef, DeliveryRef, LeadId, LeadImportId, ReturnFileId},
    notice::{Notice, NoticeKind, Progress, Way},
    time::rfc3339,
};
use lambda::{
    Problem,
    auth::Seller,
    list::{Listing, bad_cursor},
    query::Asked,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::App;

/// Something that somebody should know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notice)]
pub(crate) struct NoticeView {
    id: String,
    /// When it happened.
    #[schema(format = DateTime)]
    at: String,
    /// What it is about. To you: `delivery_paused`, it failed time after time, and is left in peace for a while; `decision_needed`,
    /// nobody knows whether a buyer has a lead, and only you can say; `low_credit`, little is left of a buyer's credit;
    /// `return_requested`, returns wait for your decision; `return_cap_reached`, a buyer has used up its share; `feedback_not_taken`, somebody says
    /// of a lead what is not known of it, and was not done. To suppliers: `returned`.
    /// To buyers: `return_refused`. To both: `return_undone`. To you and the buyer: `return_file_finished`. To you and the supplier:
    /// `lead_import_finished`.
    kind: NoticeKind,
    /// Who is told.
    to: Principal,
    /// How many things it tells of.
    count: u64,
    /// The delivery that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    did: Option<DeliveryRef>,
    /// The lead that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_id: Option<LeadId>,
    /// The buyer that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<BuyerRef>,
    /// The file of returns that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_file_id: Option<ReturnFileId>,
    /// The file of leads that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_import_id: Option<LeadImportId>,
    /// What happened, and what to do.
    text: String,
    /// How far it is on each of its ways; empty: its recipient has none, and it is only listed.
    ways: Vec<WayView>,
}

/// How far a notice is on one of its ways.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeWay)]
struct WayView {
    way: Way,
    /// `queued`, `sending`, `retry`, `sent`, `failed`, or `unknown`: it may have been sent, and is not sent again.
    state: &'static str,
    /// How often it was tried.
    attempts: u32,
    /// Since when it stands there.
    #[schema(format = DateTime)]
    since: String,
    /// When it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    due: Option<String>,
    /// What went wrong the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Lists notices, newest first
///
/// Those of the last 90 days, to all or to somebody. What happened once is told once. Of somebody who is told little, a page may be
/// short although more follow.
#[utoipa::path(
    get,
    path = "/v1/notices",
    tag = "notices",
    params(
        ("to" = Option<String>, Query, description = "`seller`, `supplier:<sid>` or `buyer:<bid>`; without it, all."),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Items of the page; 50 without it."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before; without it, the first page."),
    ),
    responses((status = 200, body = Listing<NoticeView>), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_notices(
    State(app): State<App>,
    _: Seller,
    mut asked: Asked,
) -> Result<Json<Listing<NoticeView>>, Problem> {
    let paging = asked.paging();
    let to = asked.one("to").map(|to| recipient(&to));
    if to == Some(None) {
        asked.finding("to", "invalid", "Use seller, supplier:<sid> or buyer:<bid>.");
    }
    let (paging, to) = (asked.finish(paging)?, to.flatten());
    let after = paging.cursor.as_deref();
    let page = app.dispatcher.store.notices(lambda::now(), paging.limit, after, to.as_ref()).await?;
    Ok(Json(page.ok_or_else(bad_cursor)?.map(NoticeView::from).into()))
}

fn recipient(text: &str) -> Option<Principal> {
    match text.split_once(':') {
        None => (text == "seller").then_some(Principal::Seller),
        Some(("supplier", sid)) => Some(Principal::Supplier { sid: sid.parse().ok()? }),
        Some(("buyer", bid)) => Some(Principal::Buyer { bid: bid.parse().ok()? }),
        Some(_) => None,
    }
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        let count = notice.count();
        let Notice { id, at, kind, to, did, lead_id, bid, return_file_id, lead_import_id, text, sent, .. } = notice;
        let ways = sent.into_iter().map(WayView::from).collect();
        Self { id, at: rfc3339(at), kind, to, count, did, lead_id, bid, return_file_id, lead_import_id, text, ways }
    }
}

impl From<(Way, Progress)> for WayView {
    fn from((way, Progress { state, attempts, since }): (Way, Progress)) -> Self {
        let (due, error) = (state.retried_at().map(rfc3339), state.reason().map(str::to_owned));
        Self { way, state: state.word(), attempts, since: rfc3339(since), due, error }
    }
}
