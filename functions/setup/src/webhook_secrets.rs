//! `POST /v1/webhook-secrets`: what webhooks are signed with, made and rotated. A secret is shown once, in the answer that made it.

use axum::{Json, extract::State, http::StatusCode};
use domain::{
    access::Principal,
    id::{BuyerRef, SupplierRef},
    time::rfc3339,
};
use lambda::{Problem, auth::Seller, body::ApiJson};
use serde::{Deserialize, Serialize};
use store::Rotated;
use utoipa::ToSchema;

use crate::{
    App,
    keys::create::{Role, must_exist, principal},
};

/// Whose webhooks it is to sign.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookSecretForm {
    /// Who gets them.
    role: Role,
    /// The supplier, for that role only.
    sid: Option<SupplierRef>,
    /// The buyer, for that role only.
    bid: Option<BuyerRef>,
}

/// A secret that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MadeWebhookSecret {
    /// Whose webhooks it signs.
    #[serde(flatten)]
    principal: Principal,
    /// The secret, in the form of Standard Webhooks. Shown this once.
    #[schema(example = "whsec_…")]
    secret: String,
    /// Until then webhooks are signed with the one before it too; absent: there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    earlier_until: Option<String>,
}

/// Make or rotate the secret of webhooks
///
/// The one that somebody's webhooks are signed with; where there is one, it is rotated.
///
/// Signed are the webhooks of `notify` in the settings, or in the supplier's or buyer's record. The earlier secret signs for 24 hours
/// more, beside the new one, so that the receiver can switch. Each request makes another secret, and it may be rotated three times in
/// 24 hours: whoever lost an answer asks again, and what the receiver knows goes on signing.
#[utoipa::path(
    post,
    path = "/v1/webhook-secrets",
    tag = "notices",
    request_body = WebhookSecretForm,
    responses((status = 201, body = MadeWebhookSecret), Problem),
    security(("key" = []))
)]
pub(crate) async fn create_webhook_secret(
    State(app): State<App>,
    _: Seller,
    ApiJson(form): ApiJson<WebhookSecretForm>,
) -> Result<(StatusCode, Json<MadeWebhookSecret>), Problem> {
    let principal = principal(form.role, form.sid, form.bid).map_err(|found| Problem::invalid([found]))?;
    must_exist(&app, &principal).await?;
    let secret = lambda::new_webhook_secret();
    match app.store.rotate_webhook_secret(&principal, &secret, lambda::now()).await? {
        Rotated::Done { earlier_until } => {
            let (secret, earlier_until) = (secret.expose().to_owned(), earlier_until.map(rfc3339));
            Ok((StatusCode::CREATED, Json(MadeWebhookSecret { principal, secret, earlier_until })))
        }
        Rotated::TooOften => {
            let detail =
                "It was rotated three times within 24 hours. The receiver may not know the last ones; wait a day.";
            Err(Problem::conflict("rotated_too_often", detail))
        }
    }
}
