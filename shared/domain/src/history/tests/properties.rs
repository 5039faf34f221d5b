//! What holds of the history of a lead, whatever happens to it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{
    finder::{Activity, Finder, Listing, finders},
    lead::properties::{events, on_any_terms, told},
};

/// The steps of each version, as entries.
fn entries(leads: &[Lead]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let befores = std::iter::once(None).chain(leads.iter().map(Some));
    for (before, after) in befores.zip(leads) {
        for (index, step) in (0..).zip(steps(before, after)) {
            let n = u32::try_from(entries.len() + 1).unwrap();
            entries.push(Entry { n, version: after.version, index, by: after.last_touch().cloned(), step });
        }
    }
    entries
}

/// Words that nobody but a person would write, in every place of the lead that takes them.
fn with_a_person(mut lead: Lead, words: &[String]) -> Lead {
    let mut words = words.iter().cloned().cycle();
    let mut next = || words.next().unwrap();
    for name in ["email", "firstname", "comment"] {
        lead.fields.insert(name.parse().unwrap(), next());
    }
    (lead.ssid, lead.source) = (Some(next()), Some(next()));
    lead
}

fn activities(before: Option<&Lead>, after: &Lead) -> BTreeSet<Activity> {
    let listed = finders(before, after).into_iter().filter_map(|finder| {
        let Finder::Listed { list: Listing::Activity(activity), .. } = finder else { return None };
        Some(activity)
    });
    listed.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_lead_is_listed_by_what_its_history_tells(lead in on_any_terms(), history in events()) {
        let leads = told(&lead, &history);
        for pair in leads.windows(2) {
            let listed: BTreeSet<&str> = activities(Some(&pair[0]), &pair[1]).into_iter().map(Activity::word).collect();
            let unlisted = [What::Settled.word(), What::TurnedAway.word(), What::Deleted.word()];
            let told = steps(Some(&pair[0]), &pair[1]).into_iter().map(|step| step.what.word());
            let told: BTreeSet<&str> = told.filter(|word| !unlisted.contains(word)).collect();
            prop_assert_eq!(listed, told);
        }
    }

    #[test]
    fn no_person_is_in_the_history(
        lead in on_any_terms(),
        history in events(),
        words in prop::collection::vec("[a-z]{12}", 5),
    ) {
        let lead = with_a_person(lead, &words);
        let by = Actor::with_key(&Principal::Seller, &KeyId::root());
        let leads: Vec<Lead> = told(&lead, &history).into_iter().map(|lead| {
            let version = lead.version;
            Lead { version, ..Lead { version: version - 1, ..lead }.touched_by(&by) }
        }).collect();
        let json = serde_json::to_string(&entries(&leads)).unwrap();
        for word in &words {
            prop_assert!(!json.contains(word.as_str()), "{} in {}", word, json);
        }
        // What is said by whoever steps are made by in these histories.
        for word in ["odd", "genuine", "agreed", "mistake"] {
            prop_assert!(!json.contains(word), "{} in {}", word, json);
        }
    }

    #[test]
    fn a_history_is_complete_until_its_end_is_cut_off(lead in on_any_terms(), history in events()) {
        let leads = told(&lead, &history);
        let entries = entries(&leads);
        let last = leads.last().unwrap();
        prop_assert_eq!(untold(last, &entries), 0, "{:#?}", entries);
        let edits = entries.iter().filter(|entry| {
            matches!(entry.step.what, What::PayoutUpdated | What::RevenueUpdated | What::Returned | What::Quarantined)
        });
        for gone in edits {
            let left: Vec<Entry> = entries.iter().filter(|entry| *entry != gone).cloned().collect();
            prop_assert_eq!(untold(last, &left), 1, "without {:?}", gone);
        }
    }

    #[test]
    fn an_entry_is_written_and_read_as_the_same(lead in on_any_terms(), history in events()) {
        for entry in entries(&told(&lead, &history)) {
            let text = serde_json::to_string(&entry).unwrap();
            let read: Entry = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), text);
            prop_assert_eq!(read, entry);
        }
    }
}
