//! `GET /v1/notices`: what the seller should know.

use axum::{Json, extract::State};
use domain::{
    id::{BuyerRef, DeliveryRef, LeadId},
    time::rfc3339,
};
use lambda::{
    Problem,
    auth::Seller,
    list::{Listing, Paging, bad_cursor},
};
use serde::Serialize;
use store::Notice;
use utoipa::ToSchema;

use super::App;

/// Something that the seller should know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notice)]
pub(crate) struct NoticeView {
    id: String,
    /// When it happened.
    #[schema(format = DateTime)]
    at: String,
    /// `delivery_paused`: it failed time after time, and is left in peace for a while. `decision_needed`: nobody knows whether
    /// a buyer has a lead, and only you can say. `low_credit`: little is left of a buyer's credit.
    kind: &'static str,
    /// The delivery that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    did: Option<DeliveryRef>,
    /// The lead that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_id: Option<LeadId>,
    /// The buyer that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<BuyerRef>,
    /// What happened, and what to do.
    text: String,
}

/// Lists notices, newest first
///
/// Those of the last 90 days. What happened once is told once.
#[utoipa::path(
    get,
    path = "/v1/notices",
    tag = "notices",
    params(Paging),
    responses((status = 200, body = Listing<NoticeView>), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_notices(
    State(app): State<App>,
    _: Seller,
    paging: Paging,
) -> Result<Json<Listing<NoticeView>>, Problem> {
    let page = app.dispatcher.store.notices(lambda::now(), paging.limit, paging.cursor.as_deref()).await?;
    let page = page.ok_or_else(bad_cursor)?;
    Ok(Json(Listing::new(page.items.into_iter().map(NoticeView::from).collect(), page.last)))
}

impl From<Notice> for NoticeView {
    fn from(Notice { id, at, kind, did, lead_id, bid, text }: Notice) -> Self {
        Self { id, at: rfc3339(at), kind: kind.word(), did, lead_id, bid, text }
    }
}
