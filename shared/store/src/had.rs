//! What a buyer has had: a marker per person, so that a buyer that takes nobody twice is offered nobody twice.
//!
//! The marker is put before the lead is offered and never taken away: it names the lead, and whoever finds it looks whether
//! that lead still is with the buyer, or on its way there. So nothing has to be undone when the buyer refuses it.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    campaign::DedupeRule,
    id::{BuyerRef, LeadId},
    lead::{Lead, LeadDelivery, Stage},
    time::{later, rfc3339},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Identity, Store,
    conditional::{Conditional, Written},
    item::{from_item, text, to_item},
    keys,
};

/// How often the marker of a lead that came to nothing is replaced before the offer is left to the next message.
const TRIES: usize = 5;

#[derive(Serialize, Deserialize)]
struct Had {
    pk: String,
    sk: String,
    /// The lead that it was offered.
    l: LeadId,
    /// When it was offered.
    at: String,
    /// When the marker ends, in seconds.
    x: i64,
}

impl Store {
    /// Whether the buyer has had, or is being offered, another lead with the same data. If not, this one is noted.
    ///
    /// # Errors
    /// The table's; `Contended` when others kept noting theirs.
    pub async fn has_had(
        &self,
        bid: &BuyerRef,
        rule: &DedupeRule,
        lead: &Lead,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let values = rule.values(&lead.fields);
        if values.is_empty() {
            return Ok(false);
        }
        let keys::Key { pk, sk } = keys::had(bid, &identity.values(&values));
        let mine = Had { pk, sk, l: lead.id, at: rfc3339(now), x: later(now, rule.window()).as_second() };
        let mut stale = None;
        for _ in 0..TRIES {
            let Some(found) = self.put_had(&mine, rule.window_start(now), stale).await? else { return Ok(false) };
            let other = self.lead(found.l).await?;
            if other.is_some_and(|other| is_with(&other, bid)) {
                return Ok(true);
            }
            stale = Some(found.l);
        }
        Err(Error::Contended { what: "noting what a buyer has had" })
    }

    /// The marker that is in the way, if one is.
    async fn put_had(&self, mine: &Had, start: Timestamp, stale: Option<LeadId>) -> Result<Option<Had>, Error> {
        let stale = stale.unwrap_or(mine.l);
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.leads)
            .set_item(Some(to_item(mine)?))
            .condition_expression("attribute_not_exists(pk) OR #at < :start OR l IN (:mine, :stale)")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":start", text(rfc3339(start)))
            .expression_attribute_values(":mine", AttributeValue::S(mine.l.to_string()))
            .expression_attribute_values(":stale", AttributeValue::S(stale.to_string()))
            .written()
            .await?;
        match put {
            Written::Done(_) => Ok(None),
            Written::Refused(found) => found.map(from_item).transpose(),
        }
    }
}

/// Whether the buyer has the lead, or is about to. A sale that was returned still was one.
fn is_with(lead: &Lead, bid: &BuyerRef) -> bool {
    let own = |delivery: &&LeadDelivery| delivery.bid.as_ref() == Some(bid);
    lead.deliveries.values().filter(own).any(|one| one.state.stage() != Stage::CameToNothing)
}
