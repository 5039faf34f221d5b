//! From a lead's row to its events.

use jiff::Timestamp;

use super::{Account, Entry, EntryKind, Event, event::UNSOLD};
use crate::{
    id::{BuyerRef, DeliveryRef},
    lead::{Edit, Lead, LeadDelivery, PayoutState, Return, ReturnState, Sale, SoldStatus},
    money::{Money, MoneyError},
    report::{Counts, Place},
};

/// Everything that counts about a lead, in the order in which it is told; nothing of a test.
///
/// # Errors
/// When an amount cannot be held.
pub fn events(lead: &Lead) -> Result<Vec<Event>, MoneyError> {
    if lead.test {
        return Ok(Vec::new());
    }
    let fold = Fold { lead };
    let mut events = vec![fold.received()];
    events.extend(fold.payout()?);
    for (did, delivery, sale) in lead.sales() {
        events.push(fold.sale(did, delivery, sale)?);
        events.extend(fold.followed_up((did, delivery, sale)));
        for back in sale.returns() {
            events.extend(fold.returned((did, delivery, sale), back));
        }
    }
    for (number, edit) in lead.edits.iter().enumerate() {
        events.extend(fold.edit(number, edit)?);
    }
    events.extend(fold.unsold());
    Ok(events)
}

/// What a step of a lead adds to its events. `before` is the lead as it was; none: it is new, or nobody knows.
///
/// # Errors
/// As for [`events`].
pub fn news(before: Option<&Lead>, after: &Lead) -> Result<Vec<Event>, MoneyError> {
    let at = moved(after);
    let (before, after) = (before.map(events).transpose()?.unwrap_or_default(), events(after)?);
    let is_in = |events: &[Event], event: &Event| events.iter().any(|other| other.name == event.name);
    let gone = before.iter().filter(|event| !is_in(&after, event));
    let reopened: Vec<Event> = gone.filter_map(|event| event.reopened(at)).collect();
    Ok(after.into_iter().filter(|event| !is_in(&before, event)).chain(reopened).collect())
}

/// A sale, with its delivery.
type SoldThrough<'a> = (&'a DeliveryRef, &'a LeadDelivery, &'a Sale);

struct Fold<'a> {
    lead: &'a Lead,
}

/// A return that takes effect, or is undone.
#[derive(Clone, Copy)]
struct Step<'a> {
    back: &'a Return,
    did: &'a DeliveryRef,
    at: Timestamp,
    /// Of what it moves: away from us, or back to us.
    sign: i64,
}

impl Step<'_> {
    /// The first return of a sale has no number in it: most sales have no other.
    fn name(&self, word: &str) -> String {
        let (did, number) = (self.did, self.back.number);
        if number == 1 { format!("{word}#{did}") } else { format!("{word}#{did}#{number}") }
    }

    fn entry(&self, entry: Entry) -> Entry {
        Entry { reason: Some(self.back.reason.clone()), ..entry }
    }
}

impl<'a> Fold<'a> {
    fn received(&self) -> Event {
        let is_valid = self.lead.was_taken_in();
        let counts = Counts { leads: 1, invalid: i64::from(!is_valid), ..Counts::default() };
        self.event("received".to_owned(), self.lead.received, None, counts)
    }

    /// What was earned without a sale.
    fn payout(&self) -> Result<Option<Event>, MoneyError> {
        let Some(at) = self.lead.payout.earned_at else { return Ok(None) };
        // What sales have earned again after that is theirs.
        let by_sales = self.lead.sales().filter_map(|(.., sale)| sale.payout);
        let own = by_sales.into_iter().try_fold(self.lead.payout.amount, Money::sub)?;
        let minor = self.unedited(own, None)?;
        let counts = Counts { approved: 1, payout: minor, ..Counts::default() };
        let entry = Entry::moving(EntryKind::Payout, minor, self.cost(), self.payable());
        Ok(Some(Event { entry: Some(entry), ..self.event("payout".to_owned(), at, None, counts) }))
    }

    fn sale(&self, did: &DeliveryRef, delivery: &LeadDelivery, sale: &Sale) -> Result<Event, MoneyError> {
        let revenue = self.unedited(sale.price, Some(did))?;
        let payout = sale.payout.map_or(0, |payout| payout.minor);
        let counts = Counts {
            approved: i64::from(sale.payout.is_some() && sale.ordinal == 0),
            reversed: -i64::from(sale.restores),
            sold: 1,
            revenue,
            payout,
            ..Counts::default()
        };
        let mut entry = Entry::moving(EntryKind::Sale, revenue, buyers(delivery), self.revenue());
        if payout != 0 {
            entry = entry.and(payout, self.cost(), self.payable());
        }
        Ok(self.of_sale(format!("sale#{did}"), sale.sold_at, (did, delivery, sale), counts, entry))
    }

    /// How far the buyer has got with the person, each step for itself, as none is taken back. What a customer brought it is no money of the account,
    /// and is counted where it is in the lead's currency; for itself too, as what is booked under a name never counts anything else.
    fn followed_up(&self, (did, delivery, sale): SoldThrough<'_>) -> Vec<Event> {
        let Some(follow_up) = delivery.follow_up else { return Vec::new() };
        let value = follow_up.value.filter(|value| value.currency == self.lead.terms.currency);
        let (nothing, converted_value) = (Counts::default(), value.map_or(0, |value| value.minor));
        let brought_at = follow_up.converted_at().filter(|_| converted_value != 0);
        let steps = [
            ("not_reached", follow_up.not_reached_at(), Counts { not_reached: 1, ..nothing }),
            ("contacted", follow_up.contacted_at(), Counts { contacted: 1, ..nothing }),
            ("converted", follow_up.converted_at(), Counts { converted: 1, ..nothing }),
            ("converted_value", brought_at, Counts { converted_value, ..nothing }),
        ];
        let event = |(word, at, counts): (&str, Option<Timestamp>, Counts)| {
            let event = self.event(format!("{word}#{did}"), at?, Some((did, delivery.bid.as_ref())), counts);
            Some(Event { sold: sale.sold_at, ..event })
        };
        steps.into_iter().filter_map(event).collect()
    }

    /// The sale taken back, and what the supplier gives back; and both given again, where that was undone.
    fn returned(&self, which: SoldThrough<'_>, back: &Return) -> Vec<Event> {
        let Some(taken) = &back.taken else { return Vec::new() };
        let returned = Step { back, did: which.0, at: taken.at, sign: -1 };
        let mut events = vec![self.sale_moved("return", EntryKind::Return, which, returned, taken.price)];
        if let Some(payout) = taken.payout {
            let from = taken.payout_from.as_ref().and_then(|did| self.sale_through(did));
            let moved = (payout, taken.reverses);
            events.push(self.payout_moved("reversal", EntryKind::PayoutReversal, from, returned, moved));
        }
        if back.state == ReturnState::Undone {
            let undone = Step { at: back.at, sign: 1, ..returned };
            events.push(self.sale_moved("undone", EntryKind::ReturnUndone, which, undone, taken.price));
            let to = self.lead.had_earned(which.2);
            let given = taken.given_again.map(|payout| (payout, taken.restores));
            events
                .extend(given.map(|moved| self.payout_moved("restored", EntryKind::PayoutRestored, to, undone, moved)));
        }
        events
    }

    fn sale_moved(&self, word: &str, kind: EntryKind, which: SoldThrough<'_>, step: Step<'_>, price: Money) -> Event {
        let revenue = step.sign * price.minor;
        let counts = Counts { returns: -step.sign, revenue, ..Counts::default() };
        let entry = step.entry(Entry::moving(kind, revenue, buyers(which.1), self.revenue()));
        self.of_sale(step.name(word), step.at, which, counts, entry)
    }

    fn payout_moved(
        &self,
        word: &str,
        kind: EntryKind,
        earning: Option<SoldThrough<'_>>,
        step: Step<'_>,
        (payout, is_all): (Money, bool),
    ) -> Event {
        let payout = step.sign * payout.minor;
        let counts = Counts { reversed: -step.sign * i64::from(is_all), payout, ..Counts::default() };
        let entry = step.entry(Entry::moving(kind, payout, self.cost(), self.payable()));
        self.of_payout(step.name(word), step.at, earning, counts, entry)
    }

    fn edit(&self, number: usize, edit: &Edit) -> Result<Option<Event>, MoneyError> {
        let (name, minor) = (format!("edit#{number:02}"), edit.delta.minor);
        let who = |mut entry: Entry| {
            entry.by = Some(edit.by.clone());
            entry.order = Some(order_of(edit).to_owned());
            entry.reason = Some(edit.reason.clone());
            entry
        };
        let Some(did) = &edit.sale else {
            let counts = Counts { payout: minor, ..Counts::default() };
            let entry = who(Entry::moving(EntryKind::PayoutEdit, minor, self.cost(), self.payable()));
            let earning = edit.earned_by.as_ref().and_then(|did| self.sale_through(did));
            return Ok(Some(self.of_payout(name, edit.at, earning, counts, entry)));
        };
        let Some((did, delivery, sale)) = self.sale_through(did) else { return Ok(None) };
        let counts = Counts { revenue: minor, ..Counts::default() };
        let entry = Entry::moving(EntryKind::RevenueEdit, minor, buyers(delivery), self.revenue());
        Ok(Some(self.of_sale(name, edit.at, (did, delivery, sale), counts, who(entry))))
    }

    /// A valid lead that came to nothing, as far as its supplier is concerned.
    fn unsold(&self) -> Option<Event> {
        let lead = self.lead;
        let is_over = lead.sold_status() == SoldStatus::Unsold && lead.payout.state == PayoutState::Pending;
        if !is_over || !lead.was_taken_in() {
            return None;
        }
        let counts = Counts { rejected: 1, ..Counts::default() };
        // It may come to nothing more than once; the row's version tells these times apart.
        Some(self.event(format!("{UNSOLD}{}", lead.version), moved(lead), None, counts))
    }

    /// An amount as it was before it was edited.
    fn unedited(&self, now: Money, sale: Option<&DeliveryRef>) -> Result<i64, MoneyError> {
        let own = self.lead.edits.iter().filter(|edit| edit.sale.as_ref() == sale);
        own.into_iter().try_fold(now, |amount, edit| amount.sub(edit.delta)).map(|amount| amount.minor)
    }

    fn sale_through(&self, did: &DeliveryRef) -> Option<SoldThrough<'a>> {
        self.lead.sales().find(|(sold, ..)| *sold == did)
    }

    /// What changes a payout belongs to the sale that earned it, if one did: so all of a payout counts in one place.
    fn of_payout(
        &self,
        name: String,
        at: Timestamp,
        earning: Option<SoldThrough<'_>>,
        counts: Counts,
        entry: Entry,
    ) -> Event {
        match earning {
            Some(sale) => self.of_sale(name, at, sale, counts, entry),
            None => Event { entry: Some(entry), ..self.event(name, at, None, counts) },
        }
    }

    fn of_sale(
        &self,
        name: String,
        at: Timestamp,
        (did, delivery, sale): SoldThrough<'_>,
        counts: Counts,
        entry: Entry,
    ) -> Event {
        let event = self.event(name, at, Some((did, delivery.bid.as_ref())), counts);
        Event { sold: sale.sold_at, entry: Some(entry), ..event }
    }

    fn event(
        &self,
        name: String,
        at: Timestamp,
        sold: Option<(&DeliveryRef, Option<&BuyerRef>)>,
        counts: Counts,
    ) -> Event {
        let lead = self.lead;
        let place = Place {
            campid: lead.campid.clone(),
            sid: lead.sid.clone(),
            did: sold.map(|(did, _)| did.clone()),
            bid: sold.and_then(|(_, bid)| bid.cloned()),
            currency: lead.terms.currency,
        };
        Event { name, at, received: lead.received, sold: lead.received, place, counts, entry: None }
    }

    fn revenue(&self) -> Account {
        Account::Revenue(self.lead.campid.clone())
    }

    fn cost(&self) -> Account {
        Account::PayoutCost(self.lead.campid.clone())
    }

    fn payable(&self) -> Account {
        Account::SupplierPayable(self.lead.sid.clone())
    }
}

/// When one of its deliveries last moved. What turned it away in the end, or set it in motion again, has no time of its own in
/// the row.
fn moved(lead: &Lead) -> Timestamp {
    lead.deliveries.values().map(|delivery| delivery.since).fold(lead.received, Timestamp::max)
}

/// The order of an edit. The edits of one order are called by its id and their number, `<id>.<number>`; its caller was told
/// the id alone.
fn order_of(edit: &Edit) -> &str {
    edit.order.split_once('.').map_or(edit.order.as_str(), |(id, _)| id)
}

/// Where a buyer's money comes from: what it has paid in advance, or what it will be billed for.
fn buyers(delivery: &LeadDelivery) -> Account {
    // Sales are to buyers; without one there would be nobody to owe it.
    let Some(bid) = &delivery.bid else { return Account::Adjustments };
    match delivery.agreed.credit {
        Some(_) => Account::BuyerCredit(bid.clone()),
        None => Account::BuyerReceivable(bid.clone()),
    }
}
