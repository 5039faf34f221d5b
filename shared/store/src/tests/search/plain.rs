//! Which leads are meant, by their rows alone: one after the other, and without anything that search decides by.

use std::collections::BTreeSet;

use domain::{
    access::Principal,
    contact::Country,
    finder::Activity,
    id::BuyerRef,
    lead::{Approval, DeliveryState, FollowUpStage, Lead, LeadDelivery, Return, ReturnState},
    query::{LeadQuery, Sought},
};

use super::leads::{PEOPLE, dialled, phone};

/// Whether a lead is one of those that this viewer asks for: of what is its own, and by what it is told of it.
pub(super) fn is_meant(query: &LeadQuery, viewer: &Principal, lead: &Lead) -> bool {
    may_ask(query, viewer) && is_own(viewer, lead) && came_so(query, lead) && became_so(query, viewer, lead)
}

/// Suppliers are told nothing of buyers, buyers nothing of suppliers, and both nothing of what is between the seller and the other.
pub(super) fn may_ask(query: &LeadQuery, viewer: &Principal) -> bool {
    let hidden: &[Activity] = match viewer {
        Principal::Seller => return true,
        Principal::Supplier { .. } => &[
            Activity::Redelivered,
            Activity::ReturnRequested,
            Activity::ReturnRefused,
            Activity::RevenueUpdated,
            Activity::Feedback,
            Activity::JoinedResponder,
            Activity::MessageOrdered,
        ],
        Principal::Buyer { .. } => &[
            Activity::PayoutUpdated,
            Activity::Quarantined,
            Activity::Released,
            Activity::JoinedResponder,
            Activity::MessageOrdered,
        ],
    };
    let names_hidden = match viewer {
        Principal::Seller => false,
        Principal::Supplier { sid } => {
            !query.followed_up.is_empty()
                || !query.buyers.is_empty()
                || !query.deliveries.is_empty()
                || query.suppliers.iter().any(|named| named != sid)
        }
        Principal::Buyer { bid } => {
            !query.suppliers.is_empty()
                || ["source", "ssid"].iter().any(|name| query.fields.contains_key(*name))
                || query.buyers.iter().any(|named| named != bid)
        }
    };
    !names_hidden && !query.activities.iter().any(|activity| hidden.contains(activity))
}

fn is_own(viewer: &Principal, lead: &Lead) -> bool {
    match viewer {
        Principal::Seller => true,
        Principal::Supplier { sid } => lead.sid == *sid,
        Principal::Buyer { bid } => {
            lead.deliveries.values().any(|delivery| is_bought_by(delivery, &[bid.clone()].into()))
        }
    }
}

fn is_bought_by(delivery: &LeadDelivery, buyers: &BTreeSet<BuyerRef>) -> bool {
    is_of(delivery, buyers) && matches!(delivery.state, DeliveryState::Accepted { .. })
}

fn is_of(delivery: &LeadDelivery, buyers: &BTreeSet<BuyerRef>) -> bool {
    delivery.bid.as_ref().is_some_and(|bid| buyers.contains(bid))
}

fn any_of<T: Ord>(asked: &BTreeSet<T>, own: &T) -> bool {
    asked.is_empty() || asked.contains(own)
}

fn came_so(query: &LeadQuery, lead: &Lead) -> bool {
    (query.received.from..=query.received.until).contains(&lead.received)
        && any_of(&query.campaigns, &lead.campid)
        && any_of(&query.suppliers, &lead.sid)
        && any_of(&query.methods, &lead.method)
        && any_of(&query.countries, &lead.country)
}

fn became_so(query: &LeadQuery, viewer: &Principal, lead: &Lead) -> bool {
    let mut told = lead.clone();
    if let Principal::Buyer { bid } = viewer {
        told.deliveries.retain(|_, delivery| is_of(delivery, &[bid.clone()].into()));
    }
    let mut judged = told.clone();
    // A buyer that names nobody asks for itself.
    judged.deliveries.retain(|_, delivery| query.buyers.is_empty() || is_of(delivery, &query.buyers));
    let is_sold_so = any_of(&query.sold_statuses, &judged.sold_status());
    judged.deliveries.retain(|did, _| any_of(&query.deliveries, did));
    let is_given = |lead: &Lead| {
        let mut given = lead.deliveries.iter().filter(|(_, delivery)| !delivery.state.is_skipped());
        given.any(|(did, _)| query.deliveries.contains(did))
    };
    is_sold_so
        && any_of(&query.delivery_statuses, &judged.delivery_status())
        && (query.buyers.is_empty() || told.deliveries.values().any(|delivery| is_bought_by(delivery, &query.buyers)))
        && (query.deliveries.is_empty() || is_given(&told))
        && (query.activities.is_empty() || query.activities.iter().any(|activity| happened(&told, *activity)))
        && (query.followed_up.is_empty() || judged.deliveries.values().any(|own| is_at(own, &query.followed_up)))
        && (query.text.is_empty() || query.text.iter().any(|sought| is_anywhere(&told, viewer, sought)))
        && query.fields.iter().all(|(name, any)| any.iter().any(|sought| is_in(&told, name.as_str(), sought)))
}

fn is_at(delivery: &LeadDelivery, stages: &BTreeSet<FollowUpStage>) -> bool {
    delivery.follow_up.is_some_and(|follow_up| stages.contains(&follow_up.stage))
}

fn happened(lead: &Lead, activity: Activity) -> bool {
    let back = |is_so: fn(&Return) -> bool| {
        lead.deliveries.values().filter_map(LeadDelivery::sale).flat_map(|sale| sale.returns()).any(is_so)
    };
    let put_aside = u8::from(lead.approval != Approval::Approved);
    match activity {
        Activity::Redelivered => lead.deliveries.values().any(|delivery| delivery.round > 1),
        Activity::Returned => back(|back| matches!(back.state, ReturnState::Approved | ReturnState::Undone)),
        // Steps of these leads that are asked for first are decided later.
        Activity::ReturnRequested => {
            back(|back| back.is_requested() || back.taken.as_ref().map_or(back.at, |taken| taken.at) > back.asked_at)
        }
        Activity::ReturnRefused => back(|back| back.state == ReturnState::Refused),
        Activity::ReturnUndone => back(|back| back.state == ReturnState::Undone),
        Activity::PayoutUpdated => lead.edits.iter().any(|edit| edit.sale.is_none()),
        Activity::RevenueUpdated => {
            lead.edits.iter().filter_map(|edit| edit.sale.as_ref()).any(|did| lead.deliveries.contains_key(did))
        }
        Activity::Quarantined => lead.quarantines > 0,
        Activity::Released => lead.quarantines > put_aside,
        Activity::Unsubscribed => lead.said.iter().any(|said| !said.yes),
        Activity::Resubscribed => lead.said.iter().any(|said| said.yes),
        Activity::Feedback => lead.deliveries.values().any(|delivery| delivery.heard.is_some()),
        Activity::JoinedResponder => lead.joined.iter().any(|one| one.rid.job().is_none()),
        Activity::MessageOrdered => lead.joined.iter().any(|one| one.rid.job().is_some()),
    }
}

fn is_anywhere(lead: &Lead, viewer: &Principal, sought: &Sought) -> bool {
    let value = |name: &str| lead.fields.get(name).cloned().unwrap_or_default();
    match sought {
        Sought::Lead(_) => is_in(lead, "lead_id", sought),
        Sought::Email(_) => is_in(lead, "email", sought),
        Sought::Phone(_) => is_in(lead, "phone1", sought),
        Sought::Words(words) => {
            let name = format!("{} {}", value("firstname"), value("lastname"));
            let labels = if let Principal::Buyer { .. } = viewer { Vec::new() } else { vec![&lead.source, &lead.ssid] };
            let mut values = lead.fields.values().chain(labels.into_iter().flatten()).chain([&name]);
            values.any(|value| has_words(value, words))
        }
    }
}

fn is_in(lead: &Lead, name: &str, sought: &Sought) -> bool {
    let value = match name {
        "lead_id" => Some(lead.id.to_string()),
        "source" => lead.source.clone(),
        "ssid" => lead.ssid.clone(),
        _ => lead.fields.get(name).cloned(),
    };
    let is = |value: String| match sought {
        Sought::Lead(id) => value == id.to_string(),
        Sought::Email(email) => value.to_lowercase() == *email,
        Sought::Phone(phones) => {
            number(&value, lead.country).is_some_and(|own| phones.iter().any(|phone| phone.as_str() == own))
        }
        Sought::Words(words) => has_words(&value, words),
    };
    value.is_some_and(is)
}

/// From the beginning of one of its words on, it begins so.
fn has_words(value: &str, sought: &str) -> bool {
    let lower = value.to_lowercase();
    let words: Vec<&str> = lower.split(|sign: char| !sign.is_ascii_alphanumeric()).collect();
    (0..words.len()).any(|first| words[first..].concat().starts_with(sought))
}

/// Whose number it is, as it is called from everywhere.
fn number(value: &str, country: Country) -> Option<String> {
    let is = |person: &u64| value == phone(*person) || (country, value.to_owned()) == dialled(*person);
    (0..PEOPLE).find(is).map(phone)
}
