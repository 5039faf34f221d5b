//! Rows that one worker at a time works on, for as long as it holds them.
//!
//! Everything is written on condition that nobody has written the row meanwhile, so who has lost it writes nothing any more. What a write
//! was refused for is looked at: it may be one's own, of an earlier try.

use std::hash::{BuildHasher, RandomState};

use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use domain::time::later;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use crate::{
    Error,
    conditional::{Conditional, Written},
    item::{from_item, number},
};

/// How often others may write a row while it is being taken.
pub(crate) const TRIES: usize = 5;

/// What is known of a row that is worked on.
pub(crate) trait Held: Clone + PartialEq + DeserializeOwned {
    /// What is contended where others keep writing it.
    const WHAT: &'static str;

    /// How often it was written.
    fn version(&self) -> u64;

    /// The same, written so often.
    fn with_version(self, version: u64) -> Self;

    /// Until when somebody holds it; none: nobody does.
    fn lease_until(&self) -> Option<Timestamp>;

    /// The same in the hands of somebody who drew this.
    fn with_holder(self, until: Timestamp, holder: u64) -> Self;

    /// The row in the hands of somebody new.
    fn held(self, now: Timestamp, lease: SignedDuration) -> Self {
        // The standard library draws the keys of its hash maps at random.
        let holder = RandomState::new().hash_one(self.version());
        self.with_holder(later(now, lease), holder)
    }

    /// Until when somebody holds it.
    fn held_by_others(&self, now: Timestamp) -> Option<Timestamp> {
        self.lease_until().filter(|until| *until > now)
    }
}

/// Takes a row in hand: `attempt` reads it and tries to, and is tried again where others have written it meanwhile.
///
/// # Errors
/// Those of `attempt`. `Contended`: others kept writing it.
pub(crate) async fn taken<T: Held, A>(mut attempt: impl AsyncFnMut() -> Result<Option<A>, Error>) -> Result<A, Error> {
    for _ in 0..TRIES {
        if let Some(taken) = attempt().await? {
            return Ok(taken);
        }
    }
    Err(Error::Contended { what: T::WHAT })
}

/// Makes the put of a row that was written so often before, and returns it as it is then; none: it is not what it was, and nothing is written.
///
/// # Errors
/// The table's; then nobody knows whether it is written.
pub(crate) async fn saved<T: Held>(put: PutItemFluentBuilder, before: u64, after: T) -> Result<Option<T>, Error> {
    let put = put.condition_expression("v = :before").expression_attribute_values(":before", number(before));
    Ok(match put.written().await? {
        Written::Done(_) => Some(after),
        // It may be one's own, of an earlier try.
        Written::Refused(there) => there.map(from_item).transpose()?.filter(|there: &T| *there == after),
    })
}
