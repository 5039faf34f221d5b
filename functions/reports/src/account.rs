//! Whose account somebody may look into: the seller into all, buyers and suppliers into their own.

use domain::{
    access::Principal,
    buyer::Buyer,
    id::{BuyerRef, SupplierRef},
    setup::Record,
    supplier::Supplier,
};
use lambda::Problem;
use store::Store;

/// The buyer of that reference, if `caller` may look into its account.
///
/// # Errors
/// 403 for others' accounts, whether or not they exist; 404 for the seller, where there is none.
pub(crate) async fn buyer(store: &Store, caller: &Principal, bid: &str) -> Result<BuyerRef, Problem> {
    match caller {
        Principal::Seller => Ok(present::<Buyer>(store, bid).await?.bid),
        Principal::Buyer { bid: own } if own.as_str() == bid => Ok(own.clone()),
        Principal::Buyer { .. } | Principal::Supplier { .. } => Err(not_yours()),
    }
}

/// The supplier of that reference, likewise.
///
/// # Errors
/// As for [`buyer`].
pub(crate) async fn supplier(store: &Store, caller: &Principal, sid: &str) -> Result<SupplierRef, Problem> {
    match caller {
        Principal::Seller => Ok(present::<Supplier>(store, sid).await?.sid),
        Principal::Supplier { sid: own } if own.as_str() == sid => Ok(own.clone()),
        Principal::Supplier { .. } | Principal::Buyer { .. } => Err(not_yours()),
    }
}

/// A record that the caller names and may know of.
///
/// # Errors
/// 404 where there is none.
pub(crate) async fn present<T: Record>(store: &Store, reference: &str) -> Result<T, Problem> {
    let found = store.record::<T>(reference).await?;
    found.map(|found| found.record).ok_or_else(|| Problem::not_found(format_args!("{} {reference}", T::KIND.word())))
}

fn not_yours() -> Problem {
    Problem::forbidden("not_yours", "This account is not yours. Ask for your own, by your own reference.")
}
