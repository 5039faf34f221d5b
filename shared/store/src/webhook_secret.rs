//! The secrets that webhooks are signed with: one for each recipient, and for a day those that came before it.

use std::fmt;

use domain::{access::Principal, time::later};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    conditional::Conditional,
    item::{from_item, number, to_item},
    keys,
};

/// How long a secret goes on signing once there is another one.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// Earlier secrets that sign at most: more would make the header too long for some.
const MAX_EARLIER: usize = 3;
/// How often it is tried when others rotate the same one.
const TRIES: usize = 5;

/// A secret, in the form of Standard Webhooks: `whsec_` and base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// The secret of this text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret in clear.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// It is nothing for a log.
impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// What became of a new secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// It signs from now on; and until then, those before it do too.
    Done {
        /// None: there was none before it.
        earlier_until: Option<Timestamp>,
    },
    /// It is not kept: too many were made within a day, and one of them is what the recipient knows.
    TooOften,
}

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    /// Grows with every rotation.
    v: u64,
    secret: WebhookSecret,
    /// The latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Earlier>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Earlier {
    secret: WebhookSecret,
    #[serde(with = "domain::time")]
    until: Timestamp,
}

impl Store {
    /// Gives somebody a new secret. What it had goes on signing for a day.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is kept.
    pub async fn rotate_webhook_secret(
        &self,
        of: &Principal,
        secret: &WebhookSecret,
        now: Timestamp,
    ) -> Result<Rotated, Error> {
        for _ in 0..TRIES {
            let keys::Key { pk, sk } = keys::webhook_secret(of);
            let there = self.webhook_secret_row(of).await?;
            let (before, earlier) = match there {
                None => (None, Vec::new()),
                Some(row) => (Some(row.v), follow(row, now)),
            };
            if earlier.len() > MAX_EARLIER {
                return Ok(Rotated::TooOften);
            }
            let earlier_until = earlier.first().map(|first| first.until);
            let row = Row { pk, sk, v: before.unwrap_or(0) + 1, secret: secret.clone(), earlier };
            let put = self.db.put_item().table_name(&self.tables.setup).set_item(Some(to_item(&row)?));
            let put = match before {
                None => put.condition_expression("attribute_not_exists(pk)"),
                Some(before) => {
                    put.condition_expression("v = :before").expression_attribute_values(":before", number(before))
                }
            };
            if put.written().await?.is_done() {
                return Ok(Rotated::Done { earlier_until });
            }
        }
        Err(Error::Contended { what: "a webhook's secret" })
    }

    /// The secrets that sign what somebody is sent, the latest first; none: it has none yet.
    ///
    /// # Errors
    /// The table's.
    pub async fn webhook_secrets(&self, of: &Principal, now: Timestamp) -> Result<Vec<WebhookSecret>, Error> {
        let Some(Row { secret, earlier, .. }) = self.webhook_secret_row(of).await? else { return Ok(Vec::new()) };
        let earlier = earlier.into_iter().filter(|earlier| earlier.until > now).map(|earlier| earlier.secret);
        Ok(std::iter::once(secret).chain(earlier).collect())
    }

    async fn webhook_secret_row(&self, of: &Principal) -> Result<Option<Row>, Error> {
        self.setup_item(keys::webhook_secret(of)).await?.map(from_item).transpose()
    }
}

/// The secrets that go on signing beside the one that follows these.
fn follow(row: Row, now: Timestamp) -> Vec<Earlier> {
    let last = Earlier { secret: row.secret, until: later(now, OVERLAP) };
    std::iter::once(last).chain(row.earlier.into_iter().filter(|earlier| earlier.until > now)).collect()
}
