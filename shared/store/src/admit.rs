//! Taking a lead in: the lead, its claim to be the first of its kind, and the answer to be replayed, in one write.

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::{id::LeadId, intake::Claim, lead::Lead, time::rfc3339};
use serde::{Deserialize, Serialize};

use crate::{
    Earlier, Error, Identity, Once, Store, StoredAnswer,
    conditional::{Conditional, Transacted, all_or_none},
    item::{Item, from_item, text, to_item},
    keys,
    lead::new_item,
};

/// What became of a lead that asked to be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// It is stored, and the answer will be replayed.
    Stored,
    /// It is not stored: an accepted lead has the same data.
    Duplicate {
        /// That lead.
        of: LeadId,
    },
    /// It is not stored: there was a request with its idempotency key before.
    Earlier(Earlier),
}

#[derive(Serialize, Deserialize)]
struct ClaimItem {
    pk: String,
    sk: String,
    /// The accepted lead.
    l: LeadId,
    /// When it was accepted.
    at: String,
}

/// The parts of one admission, in the order of the transaction.
enum Part {
    Lead,
    Once,
    Claim,
}

impl Store {
    /// Stores a lead, unless its claim or its idempotency key is taken. `answer` is what `once` will be answered again.
    ///
    /// # Errors
    /// The table's; `Contended` when concurrent writers of the same markers kept it out.
    pub(crate) async fn admit(
        &self,
        lead: &Lead,
        campaign_shard: u8,
        claim: Option<&Claim>,
        once: Option<(&Once, &StoredAnswer)>,
        identity: &Identity,
    ) -> Result<Admitted, Error> {
        let new = new_item(lead, campaign_shard, once.map(|(once, _)| once), identity)?;
        if claim.is_none() && once.is_none() {
            return self.put_alone(new).await;
        }
        let mut parts = vec![(Part::Lead, self.put(new, "attribute_not_exists(pk)")?)];
        if let Some((once, answer)) = once {
            parts.push((Part::Once, self.put_once(once, answer, lead, identity)?));
        }
        if let Some(claim) = claim {
            parts.push((Part::Claim, self.put_claim(claim, lead.id, identity)?));
        }
        let writes = parts.iter().map(|(_, put)| TransactWriteItem::builder().put(put.clone()).build()).collect();
        let what = "taking the lead in";
        let refused = match all_or_none(self.db.transact_write_items(), writes, what).await? {
            Transacted::Done => return Ok(Admitted::Stored),
            Transacted::Refused(refused) => refused,
        };
        let refused = parts.iter().enumerate().filter_map(|(at, (part, _))| Some((part, refused.get(&at)?.clone()?)));
        told(refused, lead, once.map(|(once, _)| once))?.ok_or(Error::Contended { what })
    }

    /// A lead without markers costs no transaction.
    async fn put_alone(&self, item: Item) -> Result<Admitted, Error> {
        let put = self.db.put_item().table_name(&self.tables.leads).set_item(Some(item));
        // The id is ours alone: that it exists means that an earlier try of this call was carried out.
        put.condition_expression("attribute_not_exists(pk)").written().await?;
        Ok(Admitted::Stored)
    }

    /// The marker of a claim, unless another lead's holds.
    pub(crate) fn put_claim(&self, claim: &Claim, lead: LeadId, identity: &Identity) -> Result<Put, Error> {
        let keys::Key { pk, sk } = keys::claim(&claim.campid, &identity.claim(claim));
        let row = ClaimItem { pk, sk, l: lead, at: rfc3339(claim.at) };
        let mut put = self.put(to_item(&row)?, "attribute_not_exists(pk) OR #at < :start OR l = :mine")?;
        put.expression_attribute_names = Some([("#at".to_owned(), "at".to_owned())].into());
        let (start, mine) = (text(rfc3339(claim.window_start)), text(lead.to_string()));
        put.expression_attribute_values = Some([(":start".to_owned(), start), (":mine".to_owned(), mine)].into());
        Ok(put)
    }

    fn put(&self, item: Item, condition: &str) -> Result<Put, Error> {
        Put::builder()
            .table_name(&self.tables.leads)
            .set_item(Some(item))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::item)
    }
}

/// What a refused transaction means, by the rows that are in its way. The idempotency key speaks first: whoever used it has his
/// answer, whatever the lead would have been by now.
fn told<'a>(
    refused: impl Iterator<Item = (&'a Part, Item)>,
    lead: &Lead,
    once: Option<&Once>,
) -> Result<Option<Admitted>, Error> {
    for (part, row) in refused {
        match (part, once) {
            (Part::Lead, _) => return Ok(Some(Admitted::Stored)),
            (Part::Once, Some(once)) => {
                return Ok(Some(Admitted::Earlier(once.before(&from_item(row)?, lead.received))));
            }
            (Part::Once, None) => {}
            (Part::Claim, _) => return Ok(Some(Admitted::Duplicate { of: from_item::<ClaimItem>(row)?.l })),
        }
    }
    Ok(None)
}
