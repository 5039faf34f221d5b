//! Keys that cannot be read: the ring that one is in still tells whose it is.

use domain::{
    access::{ApiKey, Principal},
    id::KeyId,
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{Error, Store, item::readable, keys};

/// Rings of one read; each is a few dozen bytes.
const RINGS: u16 = 1_000;

/// The active keys of one principal.
#[derive(Deserialize)]
struct Ring {
    /// Whose they are.
    sk: String,
    /// Absent when the last one is revoked.
    #[serde(default)]
    ids: Vec<KeyId>,
}

impl Store {
    /// A key to stand in place of one that cannot be read, as far as its ring tells: when it was made, and what it opened,
    /// nobody knows any more. None: no ring has it, so it was revoked before.
    ///
    /// # Errors
    /// The table's.
    pub(super) async fn key_by_ring(&self, id: &KeyId, now: Timestamp) -> Result<Option<ApiKey>, Error> {
        let all = keys::key_ring(&Principal::Seller).pk;
        let mut after = None;
        loop {
            let page = self.setup_page(&all, RINGS, after.as_deref()).await?;
            let (rings, _) = readable::<Ring>(page.items);
            let owner = rings.iter().find(|ring| ring.ids.contains(id)).and_then(|ring| Principal::of_tag(&ring.sk));
            if let Some(principal) = owner {
                let (id, label) = (id.clone(), "could not be read".to_owned());
                return Ok(Some(ApiKey {
                    id,
                    principal,
                    label,
                    secret_sha256: String::new(),
                    created: now,
                    revoked: None,
                }));
            }
            match page.last {
                Some(last) => after = Some(last),
                None => return Ok(None),
            }
        }
    }
}
