//! What a warm function remembers of the set-up, and of how deliveries stand.

use std::{hash::Hash, sync::Arc, time::Duration};

use domain::{
    access::ApiKey,
    buyer::Buyer,
    campaign::Campaign,
    contact::Country,
    delivery::{Breaker, Delivery},
    id::{BulkJobId, BuyerRef, CampaignRef, DeliveryRef, ResponderRef},
    query::Numbers,
    responder::Responder,
    routing::Standing,
    settings::Settings,
    setup::Record,
    supplier::Supplier,
};
use jiff::civil::Date;
use moka::future::Cache as Moka;

use crate::{OutgoingFile, Store, breaker, outbox};

/// A change of the set-up reaches every function within this time.
pub const CACHED_FOR: Duration = Duration::from_secs(30);
/// That a delivery is full or paused, or that its buyer has no credit left, is believed for this long; then it has to be heard anew.
const STANDING_FOR: Duration = Duration::from_secs(10);
/// How many leads there are is believed for this long: what follows from it is which way is cheaper, never what is found.
const COUNTED_FOR: Duration = Duration::from_secs(600);
/// Times of which it is known; of each there may be ten thousand numbers.
const COUNTED_SPANS: u64 = 10;
/// Bounds the memory of a warm function.
const CACHED_RECORDS: u64 = 10_000;

/// What a warm function remembers of the set-up.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    campaigns: Moka<String, Arc<Campaign>>,
    suppliers: Moka<String, Arc<Supplier>>,
    buyers: Moka<String, Arc<Buyer>>,
    deliveries: Moka<String, Arc<Delivery>>,
    responders: Moka<String, Arc<Responder>>,
    /// The messages of bulk jobs.
    pub(crate) messages: Moka<BulkJobId, Arc<Responder>>,
    /// Those that leads join as they are approved, with their campaigns.
    pub(crate) joined_by_approved: Moka<(), Arc<[(CampaignRef, ResponderRef)]>>,
    pub(crate) keys: Moka<String, Arc<ApiKey>>,
    /// The account's settings, under the one name there is.
    pub(crate) settings: Moka<(), Arc<Settings>>,
    /// Those of its campaigns.
    pub(crate) countries: Moka<(), Arc<[Country]>>,
    /// How many leads there were of each place, by the first and the last of the months; none: too many places.
    pub(crate) lead_numbers: Moka<(Date, Date), Option<Arc<Vec<Numbers>>>>,
    /// How deliveries stand, as far as this worker has heard; see [`Store::standing`].
    pub(crate) standings: Moka<DeliveryRef, Standing>,
    /// What is left of the credit of buyers that had not enough, in minor units; see [`Store::lacks_credit`].
    pub(crate) credit_left: Moka<BuyerRef, i64>,
    pub(crate) breakers: Moka<DeliveryRef, Breaker>,
    /// Files as they were begun, by delivery and name.
    pub(crate) files: Moka<(DeliveryRef, String), Arc<OutgoingFile>>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            campaigns: room(CACHED_FOR),
            suppliers: room(CACHED_FOR),
            buyers: room(CACHED_FOR),
            deliveries: room(CACHED_FOR),
            responders: room(CACHED_FOR),
            messages: room(CACHED_FOR),
            joined_by_approved: room(CACHED_FOR),
            keys: room(CACHED_FOR),
            settings: room(CACHED_FOR),
            countries: room(CACHED_FOR),
            lead_numbers: Moka::builder().max_capacity(COUNTED_SPANS).time_to_live(COUNTED_FOR).build(),
            standings: room(STANDING_FOR),
            credit_left: room(STANDING_FOR),
            breakers: room(breaker::HEARD_WITHIN),
            files: room(outbox::KNOWN_FOR),
        }
    }
}

fn room<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>(for_at_most: Duration) -> Moka<K, V> {
    Moka::builder().max_capacity(CACHED_RECORDS).time_to_live(for_at_most).build()
}

/// A record that has a place in the cache.
pub trait Cacheable: Record {
    #[doc(hidden)]
    fn room(store: &Store) -> &Moka<String, Arc<Self>>;
}

impl Cacheable for Campaign {
    fn room(store: &Store) -> &Moka<String, Arc<Self>> {
        &store.cache.campaigns
    }
}

impl Cacheable for Supplier {
    fn room(store: &Store) -> &Moka<String, Arc<Self>> {
        &store.cache.suppliers
    }
}

impl Cacheable for Buyer {
    fn room(store: &Store) -> &Moka<String, Arc<Self>> {
        &store.cache.buyers
    }
}

impl Cacheable for Delivery {
    fn room(store: &Store) -> &Moka<String, Arc<Self>> {
        &store.cache.deliveries
    }
}

impl Cacheable for Responder {
    fn room(store: &Store) -> &Moka<String, Arc<Self>> {
        &store.cache.responders
    }
}

impl Store {
    /// How a delivery stands, as far as this worker has heard lately.
    pub(crate) async fn standing(&self, did: &DeliveryRef) -> Standing {
        self.cache.standings.get(did).await.unwrap_or_default()
    }

    /// Remembers how a delivery stands.
    pub async fn note_standing(&self, did: &DeliveryRef, standing: Standing) {
        self.cache.standings.insert(did.clone(), standing).await;
    }
}
