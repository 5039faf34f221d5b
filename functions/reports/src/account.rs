//! Whose account somebody may look into: the seller into all, buyers and suppliers into their own.

use domain::{
    access::Principal,
    buyer::Buyer,
    id::{BuyerRef, SupplierRef},
    journal::Account,
    supplier::Supplier,
};
use lambda::{Problem, record::present};
use store::Store;

/// The buyer of that reference, if `caller` may look into its account.
///
/// # Errors
/// 403 for others' accounts, whether or not they exist; 404 for the seller, where there is none, and 409 where it cannot be read.
pub(crate) async fn buyer(store: &Store, caller: &Principal, bid: BuyerRef) -> Result<BuyerRef, Problem> {
    if !caller.sees_account(&Account::BuyerReceivable(bid.clone())) {
        return Err(not_yours());
    }
    match caller {
        Principal::Seller => Ok(present::<Buyer>(store, bid.as_str()).await?.record.bid),
        Principal::Buyer { .. } | Principal::Supplier { .. } => Ok(bid),
    }
}

/// The supplier of that reference, likewise.
///
/// # Errors
/// As for [`buyer`].
pub(crate) async fn supplier(store: &Store, caller: &Principal, sid: SupplierRef) -> Result<SupplierRef, Problem> {
    if !caller.sees_account(&Account::SupplierPayable(sid.clone())) {
        return Err(not_yours());
    }
    match caller {
        Principal::Seller => Ok(present::<Supplier>(store, sid.as_str()).await?.record.sid),
        Principal::Buyer { .. } | Principal::Supplier { .. } => Ok(sid),
    }
}

fn not_yours() -> Problem {
    Problem::forbidden("not_yours", "This account is not yours. Ask for your own, by your own reference.")
}
