//! A campaign that sells while the supplier waits has a delivery that can be asked within that time.

use domain::{
    campaign::{Campaign, LiveRule},
    delivery::Delivery,
    id::DeliveryRef,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;
use lambda::{Problem, problem::FieldError, record::found};

use super::checks::READS_AT_ONCE;
use crate::App;

/// Finds a campaign whose suppliers would always wait for nothing.
pub(super) async fn check_campaign(app: &App, campaign: &Campaign) -> Result<Option<FieldError>, Problem> {
    let quickest = in_vain(app, campaign, None).await?;
    Ok(quickest.map(|needed| {
        let detail = format!(
            "Nobody could be asked in this time, as even the quickest of its deliveries may need {} ms with what is written. \
             Let suppliers wait longer, or give one of the deliveries a shorter time-out.",
            needed.as_millis()
        );
        FieldError::new("live.within_ms", "too_short", detail)
    }))
}

/// Finds a delivery that makes its campaign such a one.
pub(super) async fn check_delivery(app: &App, delivery: &Delivery) -> Result<Option<FieldError>, Problem> {
    let Some(campaign) = found::<Campaign>(&app.store, delivery.campid.as_str()).await? else { return Ok(None) };
    let campaign = campaign.record;
    // One that the campaign does not name yet is judged when it does.
    if !campaign.deliveries().contains(&&delivery.did) || in_vain(app, &campaign, Some(delivery)).await?.is_none() {
        return Ok(None);
    }
    let place = if delivery.endpoint().is_some() { "channel.request.timeout_ms" } else { "channel" };
    let detail = format!(
        "It may need {} ms with what is written, and no delivery of campaign {} ends in time: nobody could be asked while \
         its suppliers wait. Give it a shorter time-out, or let them wait longer.",
        LiveRule::time_for(delivery).as_millis(),
        campaign.campid
    );
    Ok(Some(FieldError::new(place, "too_long", detail)))
}

/// What the quickest of a live campaign's deliveries needs, if that is more time than there is. `saved` is one of them as it
/// is about to be.
async fn in_vain(app: &App, campaign: &Campaign, saved: Option<&Delivery>) -> Result<Option<SignedDuration>, Problem> {
    let Some(rule) = campaign.live else { return Ok(None) };
    let needed: Vec<Option<SignedDuration>> = stream::iter(campaign.deliveries().into_iter().cloned())
        .map(|did| needed(app, did, saved))
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    let quickest = needed.into_iter().flatten().min();
    Ok(quickest.filter(|quickest| *quickest > SignedDuration::from_millis(rule.within_ms.into())))
}

async fn needed(app: &App, did: DeliveryRef, saved: Option<&Delivery>) -> Result<Option<SignedDuration>, Problem> {
    if let Some(saved) = saved.filter(|saved| saved.did == did) {
        return Ok(Some(LiveRule::time_for(saved)));
    }
    let stored = found::<Delivery>(&app.store, did.as_str()).await?;
    Ok(stored.map(|stored| LiveRule::time_for(&stored.record)))
}
