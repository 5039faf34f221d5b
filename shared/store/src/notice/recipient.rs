//! Who is told: by which ways, and how it reads times.

use std::collections::BTreeSet;

use domain::{
    access::Principal,
    buyer::Buyer,
    notice::{NoticeKind, Postback, Way, Ways},
    settings::Settings,
    supplier::Supplier,
};
use jiff::tz::TimeZone;

use crate::{Error, Store};

/// Somebody who is told, as its record was at most [`CACHED_FOR`](crate::CACHED_FOR) ago.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// Where it wants to be told.
    pub ways: Option<Ways>,
    /// Where each of its leads that is returned is told of.
    pub postback: Option<Postback>,
    /// The zone in which it reads times.
    pub zone: TimeZone,
    /// The name of the account that tells it.
    pub account: String,
}

impl Store {
    /// Somebody who is told. Without a record, or with one that cannot be read, it has no ways.
    ///
    /// # Errors
    /// The table's.
    pub async fn recipient(&self, who: &Principal) -> Result<Recipient, Error> {
        let account = match self.cached_settings().await {
            Err(Error::Unreadable(row)) => {
                tracing::error!(error = %row, "it is gone on without the account's settings");
                Settings::default().into()
            }
            found => found?,
        };
        let (mut ways, mut postback, mut zone) = (None, None, None);
        match who {
            Principal::Seller => ways = account.notify.clone(),
            Principal::Supplier { sid } => {
                if let Some(found) = self.cached_if_readable::<Supplier>(sid.as_str()).await? {
                    (ways, postback, zone) = (found.notify.clone(), found.postback.clone(), found.time_zone.clone());
                }
            }
            Principal::Buyer { bid } => {
                if let Some(found) = self.cached_if_readable::<Buyer>(bid.as_str()).await? {
                    (ways, zone) = (found.notify.clone(), found.time_zone.clone());
                }
            }
        }
        let zone = zone.map_or_else(|| account.zone().unwrap_or(TimeZone::UTC), |zone| zone.timezone().clone());
        Ok(Recipient { ways, postback, zone, account: account.name.clone() })
    }

    /// The ways by which somebody is told of something of this kind.
    pub(super) async fn ways_to(&self, who: &Principal, kind: NoticeKind) -> Result<BTreeSet<Way>, Error> {
        let ways = self.recipient(who).await?.ways;
        Ok(ways.map(|ways| ways.of(kind)).unwrap_or_default())
    }
}
