//! Steps of a lead: each written on condition that nobody else has written the lead meanwhile; alone, or in one transaction
//! with what has to go with it, and followed by what it leads to.

use aws_sdk_dynamodb::types::{Delete, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use domain::{
    campaign::Campaign,
    intake::Claim,
    lead::{CountChange, DeletionStage, Lead, PayoutState, reservation_id},
};

use crate::{
    Change, Error, Identity, Scope, Store,
    conditional::{Conditional, Transacted, Written, all_or_none},
    item::{Changes, Item, from_item, key_attributes, number, text, to_item},
    keys,
    lead::{OF_PERSON, OF_REQUEST, Row},
    share::{PlaceFrom, SHARE_OF_RETURNS},
};

/// How often open reservations are settled that are in the way of a step.
const TRIES: usize = 5;

/// What became of a write.
#[derive(Clone, Debug, PartialEq)]
pub enum Commit {
    /// It is written; this is the lead now.
    Done(Box<Lead>),
    /// Exactly this is there already: an earlier try of the same write was carried out, and its answer lost. Only where
    /// two writers can mean exactly the same can it have been the other one.
    Repeated(Box<Lead>),
    /// Somebody else wrote first, and this is what is there; none: the lead is gone.
    Stale(Option<Box<Lead>>),
}

impl Commit {
    /// Whether nothing is left of the lead but its tombstone, or not even that.
    pub(crate) fn is_of_deleted(&self) -> bool {
        match self {
            Self::Done(lead) | Self::Repeated(lead) | Self::Stale(Some(lead)) => lead.is_tombstone(),
            Self::Stale(None) => true,
        }
    }
}

impl Store {
    /// Writes `after` in place of `before`, if `before` is still what is there, with everything that this implies. In the same
    /// transaction go the places that buyers give back, buyers' credit by what they owe differently, their shares of returns, and what a lead that is
    /// put aside, and earns nothing, claimed no longer. What was set aside is settled afterwards; that it cannot be does not undo the write: the
    /// sweeper finds it. When the table does not say whether it has written, the lead is read again, which may tell.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is written. `Contended` when others' transactions kept it out, or took the
    /// last place under a buyer's share of returns.
    pub async fn commit(&self, before: &Lead, after: &Lead, identity: &Identity) -> Result<Commit, Error> {
        self.commit_placed(before, after.clone(), PlaceFrom::Share, identity).await
    }

    /// The same for a return whose place under its buyer's share may be set aside already.
    pub(crate) async fn commit_placed(
        &self,
        before: &Lead,
        after: Lead,
        place: PlaceFrom,
        identity: &Identity,
    ) -> Result<Commit, Error> {
        let freed = match self.freed(before, &after).await? {
            Some(claim) => {
                let dropped = self.drop_claim(&claim, before, identity)?;
                self.write(before, after.clone(), place, Some(TransactWriteItem::builder().delete(dropped).build()))
                    .await?
            }
            None => None,
        };
        let commit = match freed {
            Some(commit) => commit,
            // It claimed nothing, or its claim has become another lead's.
            None => {
                let written = self.write(before, after, place, None).await?;
                written.ok_or(Error::Contended { what: "a step of the lead" })?
            }
        };
        Box::pin(self.settle_reserved(before, &commit)).await;
        Ok(commit)
    }

    /// Begins a change of a lead: what it becomes is decided on [`Change::lead`] and written by [`Change::to`], again and again
    /// until it is written or nothing is left to change. It must know itself when it sees itself, as the answer to an earlier
    /// try of the write may have been lost.
    pub fn change<'a>(&'a self, lead: Lead, identity: &'a Identity) -> Change<'a> {
        Change::new(self, identity, lead)
    }

    /// [`Store::commit`] for a lead that makes its claim only now; none, and nothing is written, if another lead holds it.
    pub(crate) async fn commit_claiming(
        &self,
        before: &Lead,
        after: &Lead,
        claim: &Claim,
        identity: &Identity,
    ) -> Result<Option<Commit>, Error> {
        let claimed = TransactWriteItem::builder().put(self.put_claim(claim, before.id, identity)?).build();
        let commit = self.write(before, after.clone(), PlaceFrom::Share, Some(claimed)).await?;
        if let Some(commit) = &commit {
            self.settle_reserved(before, commit).await;
        }
        Ok(commit)
    }

    /// Has whoever is held up with the lead as it is find it changed, as writing a step of it would; no if somebody has
    /// changed it already. What was set aside for a request that this lead does not know may be taken back only after that:
    /// the request could still be written down, and then be made with nothing set aside for it.
    ///
    /// # Errors
    /// As for [`Store::commit`].
    pub async fn fence(&self, lead: &Lead) -> Result<bool, Error> {
        match self.write_alone(lead, next_version(lead, lead.clone())).await? {
            Commit::Done(_) | Commit::Repeated(_) => Ok(true),
            Commit::Stale(_) => Ok(false),
        }
    }

    /// [`Store::commit`] for a step that moves neither places nor money, and leaves the lead's claim alone.
    pub(crate) async fn commit_alone(&self, before: &Lead, after: &Lead) -> Result<Commit, Error> {
        self.write_alone(before, next_version(before, after.clone())).await
    }

    /// Writes that a lead has joined responders, and nothing else that would have to go with anything; as [`Store::commit`] does.
    ///
    /// # Errors
    /// As for [`Store::commit`].
    pub async fn put_joined(&self, before: &Lead, after: &Lead) -> Result<Commit, Error> {
        self.write_alone(before, next_version(before, after.clone())).await
    }

    /// What the lead claims no longer, if it is put aside, or deleted. While its supplier keeps what it has earned with it, or may earn it as
    /// a buyer may have it, it stays the first with its data: for one person it is paid once.
    async fn freed(&self, before: &Lead, after: &Lead) -> Result<Option<Claim>, Error> {
        let may_be_earned = after.payout.state == PayoutState::Earned || after.may_still_be_sold();
        if !before.is_for_sale() || after.is_for_sale() || may_be_earned {
            return Ok(None);
        }
        let campaign = self.cached::<Campaign>(before.campid.as_str()).await?;
        Ok(campaign.and_then(|campaign| Claim::of(before, &campaign, before.received)))
    }

    /// The lead, what becomes of its claim, and all else that goes with it, or nothing of it; what follows from it is left.
    /// None: the claim is another lead's.
    pub(crate) async fn write(
        &self,
        before: &Lead,
        after: Lead,
        place: PlaceFrom,
        claim: Option<TransactWriteItem>,
    ) -> Result<Option<Commit>, Error> {
        let after = next_version(before, after);
        let others = Others {
            claim,
            counts: [self.given_back(before, &after)?, self.moved_credit(before, &after)?].concat(),
            shares: self.shares_moved(before, &after, place)?,
        };
        if others.are_none() {
            return self.write_alone(before, after).await.map(Some);
        }
        Box::pin(self.write_with(before, after, others)).await
    }

    async fn write_alone(&self, before: &Lead, after: Lead) -> Result<Commit, Error> {
        let changes = changes(before, &after)?;
        let written = self
            .db
            .update_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::lead(before.id))))
            .condition_expression("v = :before")
            .update_expression(changes.expression)
            .set_expression_attribute_names(Some(changes.names))
            .set_expression_attribute_values(Some(changes.values))
            .written()
            .await;
        match written {
            Ok(Written::Done(_)) => Ok(Commit::Done(Box::new(after))),
            Ok(Written::Refused(row)) => found(row, after),
            Err(error) => self.reread(after, error).await,
        }
    }

    async fn write_with(
        &self,
        before: &Lead,
        after: Lead,
        Others { claim, counts, shares }: Others,
    ) -> Result<Option<Commit>, Error> {
        let (what, has_claim) = ("a step of the lead", claim.is_some());
        let step = TransactWriteItem::builder().update(self.step(before, &after)?).build();
        let mut writes: Vec<TransactWriteItem> = std::iter::once(step).chain(claim).chain(counts).collect();
        let first_share = writes.len();
        writes.extend(shares);
        for _ in 0..TRIES {
            let mut refused = match all_or_none(self.db.transact_write_items(), writes.clone(), what).await {
                Ok(Transacted::Done) => return Ok(Some(Commit::Done(Box::new(after)))),
                Ok(Transacted::Refused(refused)) => refused,
                Err(error) => return self.reread(after, error).await.map(Some),
            };
            if let Some(row) = refused.remove(&0) {
                return found(row, after).map(Some);
            }
            if has_claim && refused.contains_key(&1) {
                return Ok(None);
            }
            if refused.keys().any(|part| *part >= first_share) {
                return Err(Error::Contended { what: SHARE_OF_RETURNS });
            }
            // A reservation is open still: whoever has written the lead as it is has not come to settle it.
            Box::pin(self.settle_charged(before)).await?;
        }
        Err(Error::Contended { what: "a buyer's credit" })
    }

    fn step(&self, before: &Lead, after: &Lead) -> Result<Update, Error> {
        let changes = changes(before, after)?;
        Update::builder()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::lead(before.id))))
            .condition_expression("v = :before")
            .update_expression(changes.expression)
            .set_expression_attribute_names(Some(changes.names))
            .set_expression_attribute_values(Some(changes.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::item)
    }

    fn drop_claim(&self, claim: &Claim, lead: &Lead, identity: &Identity) -> Result<Delete, Error> {
        Delete::builder()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::claim(&claim.campid, &identity.claim(claim)))))
            .condition_expression("attribute_not_exists(pk) OR l = :mine")
            .expression_attribute_values(":mine", text(lead.id.to_string()))
            .build()
            .map_err(Error::item)
    }

    /// What buyers refused that they had taken: one less for each, and never without the step that says so.
    fn given_back(&self, before: &Lead, after: &Lead) -> Result<Vec<TransactWriteItem>, Error> {
        let recounts = after.recounts(before).into_iter();
        let given_back = recounts.filter(|recount| recount.change == CountChange::GiveBack).map(|recount| {
            let id = reservation_id(recount.attempt);
            let update = self.give_back(&Scope::Delivery(recount.did), &recount.windows, &id)?;
            Ok(TransactWriteItem::builder().update(update).build())
        });
        given_back.collect()
    }

    /// What is there when the table does not say whether it has written.
    async fn reread(&self, after: Lead, error: Error) -> Result<Commit, Error> {
        match self.lead(after.id).await {
            Ok(Some(found)) if found == after => Ok(Commit::Repeated(Box::new(after))),
            Ok(_) | Err(_) => Err(error),
        }
    }
}

/// What goes with a step of a lead, in one transaction.
struct Others {
    /// What becomes of its claim.
    claim: Option<TransactWriteItem>,
    /// Places under caps, and credit.
    counts: Vec<TransactWriteItem>,
    /// Places under shares of returns.
    shares: Vec<TransactWriteItem>,
}

impl Others {
    fn are_none(&self) -> bool {
        self.claim.is_none() && self.counts.is_empty() && self.shares.is_empty()
    }
}

fn next_version(before: &Lead, after: Lead) -> Lead {
    // Here, as every write of a lead comes by: whatever is said about a deleted one, no words are kept.
    Lead { version: before.version + 1, ..after }.without_words_if_deleted()
}

/// The changes, with the version that they are conditional on.
fn changes(before: &Lead, after: &Lead) -> Result<Changes, Error> {
    let mut there = to_item(&Row::new(before))?;
    // These are no part of the lead, so no other step touches them.
    if after.is_tombstone() && !before.is_tombstone() {
        there.extend(OF_PERSON.map(|name| (name.to_owned(), text(""))));
    }
    if after.deletion.is_some_and(|deletion| deletion.stage == DeletionStage::Erased) {
        there.insert(OF_REQUEST.to_owned(), text(""));
    }
    let mut changes = Changes::between(&there, to_item(&Row::new(after))?);
    changes.values.insert(":before".to_owned(), number(before.version));
    Ok(changes)
}

/// Somebody has written: we, or others.
fn found(item: Option<Item>, after: Lead) -> Result<Commit, Error> {
    let found: Option<Lead> = item.map(from_item).transpose()?;
    Ok(match found {
        Some(found) if found == after => Commit::Repeated(Box::new(after)),
        found => Commit::Stale(found.map(Box::new)),
    })
}
