//! Whose numbers a report may show: the seller's all, a supplier's and a buyer's their own.

use domain::{
    access::{Part, Principal},
    report::{Dimension, Only},
};
use lambda::Problem;

/// What of the books a report is made of, if `caller` asks for these rows of this part.
///
/// # Errors
/// 403 where that would show what others do, or is not the caller's to ask; it says what to ask instead.
pub(crate) fn own(caller: &Principal, by: Dimension, mut only: Only) -> Result<Only, Problem> {
    if !by.is_for(caller) {
        return Err(not_yours(caller, by));
    }
    if only.is_of_sales() && !caller.sees(Part::Deliveries) {
        return Err(not_your_filter("Leave bid and did out: your report shows no buyers."));
    }
    if !only.suppliers.is_empty() && !caller.sees(Part::Source) {
        return Err(not_your_filter("Leave sid out: your report shows no suppliers."));
    }
    match caller {
        Principal::Seller => {}
        Principal::Supplier { sid } => {
            if only.suppliers.iter().any(|asked| asked != sid) {
                return Err(not_your_filter("Leave sid out, or name your own: your report shows your leads alone."));
            }
            only.suppliers = [sid.clone()].into();
        }
        Principal::Buyer { bid } => {
            if only.buyers.iter().any(|asked| asked != bid) {
                return Err(not_your_filter("Leave bid out, or name your own: your report shows what you bought."));
            }
            only.buyers = [bid.clone()].into();
        }
    }
    Ok(only)
}

fn not_yours(caller: &Principal, by: Dimension) -> Problem {
    let yours: Vec<&str> = Dimension::ALL.into_iter().filter(|by| by.is_for(caller)).map(Dimension::word).collect();
    let detail =
        format!("A report by {} shows what others do. Ask for yours by one of {}.", by.word(), yours.join(", "));
    Problem::forbidden("not_yours", detail)
}

fn not_your_filter(detail: &str) -> Problem {
    Problem::forbidden("not_yours", detail)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn asked(sid: Option<&str>, bid: Option<&str>, did: Option<&str>) -> Only {
        Only {
            suppliers: sid.map(|sid| sid.parse().unwrap()).into_iter().collect(),
            buyers: bid.map(|bid| bid.parse().unwrap()).into_iter().collect(),
            deliveries: did.map(|did| did.parse().unwrap()).into_iter().collect(),
            ..Only::default()
        }
    }

    fn allowed(caller: &Principal, only: Only) -> Vec<&'static str> {
        let by = Dimension::ALL.into_iter().filter(|by| own(caller, *by, only.clone()).is_ok());
        by.map(Dimension::word).collect()
    }

    #[test]
    fn the_seller_may_ask_for_everything() {
        let only = asked(Some("s1"), Some("b1"), Some("d1"));
        assert_eq!(own(&Principal::Seller, Dimension::Buyer, only.clone()).unwrap(), only);
        assert_eq!(allowed(&Principal::Seller, only).len(), Dimension::ALL.len());
    }

    #[test]
    fn a_supplier_gets_its_own_leads_whatever_it_names() {
        let caller = Principal::Supplier { sid: "s1".parse().unwrap() };
        for only in [asked(None, None, None), asked(Some("s1"), None, None)] {
            assert_eq!(allowed(&caller, only.clone()), ["campaign", "supplier", "day", "month"]);
            assert_eq!(own(&caller, Dimension::Day, only).unwrap(), asked(Some("s1"), None, None));
        }
        for only in [asked(Some("s2"), None, None), asked(None, Some("b1"), None), asked(None, None, Some("d1"))] {
            assert!(allowed(&caller, only).is_empty());
        }
        let both = Only { suppliers: ["s1".parse().unwrap(), "s2".parse().unwrap()].into(), ..Only::default() };
        assert!(allowed(&caller, both).is_empty());
    }

    #[test]
    fn a_buyer_gets_what_it_bought_whatever_it_names() {
        let caller = Principal::Buyer { bid: "b1".parse().unwrap() };
        for only in [asked(None, None, None), asked(None, Some("b1"), None)] {
            assert_eq!(allowed(&caller, only.clone()), ["campaign", "buyer", "delivery", "day", "month"]);
            assert_eq!(own(&caller, Dimension::Day, only).unwrap(), asked(None, Some("b1"), None));
        }
        assert_eq!(
            own(&caller, Dimension::Day, asked(None, None, Some("d1"))).unwrap(),
            asked(None, Some("b1"), Some("d1"))
        );
        for only in [asked(Some("s1"), None, None), asked(None, Some("b2"), None)] {
            assert!(allowed(&caller, only).is_empty());
        }
    }
}
