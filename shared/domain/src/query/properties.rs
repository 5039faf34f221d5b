//! What holds of every query over every history of a lead: no way loses one that is meant.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use proptest::{prelude::*, sample::subsequence};

use super::{plan::ways, *};
use crate::{
    access::Principal,
    finder::{Finder, Listing, finders, has_happened},
    lead::{
        FollowUpStage, Lead,
        properties::{Event, History, events, on_any_terms, told},
        tests::at,
    },
};

/// Every word, address and phone that a lead may have, as people look for them.
const TEXTS: [&str; 10] = [
    "jo@example.com",
    "Al@Example.com",
    "020 7946 0018",
    "+44 1614 960000",
    "lead_00000000000000000000000001",
    "lead_00000000000000000000000002",
    "Jo Smi",
    "smith",
    "sw1a1",
    "web",
];
const FIELDS: [&str; 8] = ["email", "phone1", "phone2", "lead_id", "firstname", "postcode", "source", "ssid"];

/// A lead as it came in, of some person, from somewhere.
fn leads() -> impl Strategy<Value = Lead> {
    let person = (0usize..3, 0usize..4, 0usize..4, any::<bool>());
    let origin = (0usize..2, 0usize..2, 0usize..3, any::<bool>(), 0i64..4);
    (on_any_terms(), person, origin).prop_map(|(lead, person, origin)| {
        let (email, phone, other, is_named) = person;
        let (campaign, supplier, source, is_form, day) = origin;
        let emails = ["", "jo@example.com", " AL@example.com "];
        let phones = ["", "+442079460018", "0161 496 0000", "none"];
        let name = if is_named { ["Jo", "Smith", "SW1A 1AA"] } else { ["", "", ""] };
        let values = [emails[email], phones[phone], phones[other], name[0], name[1], name[2]];
        let names = ["email", "phone1", "phone2", "firstname", "lastname", "postcode"];
        let fields = names.into_iter().zip(values).filter(|(_, value)| !value.is_empty());
        Lead {
            fields: fields.map(|(name, value)| (name.parse().unwrap(), value.to_owned())).collect(),
            campid: ["solar", "wind"][campaign].parse().unwrap(),
            sid: ["s1", "s2"][supplier].parse().unwrap(),
            source: [None, Some("web-1"), Some("mail")][source].map(str::to_owned),
            method: if is_form { Method::Form } else { Method::Api },
            received: at(day * 86_400),
            ..lead
        }
    })
}

/// How it goes on: given to some, who take it, give it back, or do not want it, and then whatever else.
fn histories() -> impl Strategy<Value = History> {
    let fates = (prop::collection::vec(0u8..5, 4), events());
    fates.prop_map(|(fates, others)| {
        let fate_of = |(which, fate): (usize, u8)| {
            let answer = |kind| vec![Event::Intent, Event::Answer(kind, false, 100)];
            let steps = match fate {
                0 | 1 => Vec::new(),
                2 => answer(0),
                3 => [answer(0), vec![Event::AskReturn, Event::ApproveReturn(true)]].concat(),
                _ => answer(2),
            };
            steps.into_iter().map(move |event| (which, 1, event))
        };
        let given = (0..fates.len()).filter(|which| fates[*which] > 0).map(|which| (which, 1, Event::Queue));
        let mut history: History = given.collect();
        history.extend(fates.iter().copied().enumerate().flat_map(fate_of));
        history.extend(others.into_iter().take(8));
        history
    })
}

fn viewers() -> impl Strategy<Value = Principal> {
    prop_oneof![
        3 => Just(Principal::Seller),
        1 => Just(Principal::Supplier { sid: "s1".parse().unwrap() }),
        1 => Just(Principal::Buyer { bid: "b-d1".parse().unwrap() }),
    ]
}

/// One or two of these.
fn some<T: Clone + std::fmt::Debug + Ord + 'static>(of: Vec<T>) -> impl Strategy<Value = BTreeSet<T>> {
    let most = of.len().min(2);
    subsequence(of, 1..=most).prop_map(|chosen| chosen.into_iter().collect())
}

fn named<T: std::str::FromStr<Err: std::fmt::Debug>>(names: &[&str]) -> Vec<T> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn texts() -> impl Strategy<Value = BTreeSet<Sought>> {
    let countries = ["GB".parse().unwrap()];
    some(TEXTS.map(|text| Sought::anywhere(text, &countries).unwrap()).to_vec())
}

fn in_fields() -> impl Strategy<Value = BTreeMap<FieldName, BTreeSet<Sought>>> {
    let countries = ["GB".parse().unwrap()];
    (subsequence(FIELDS.to_vec(), 1), subsequence(TEXTS.to_vec(), 1..3)).prop_map(move |(names, texts)| {
        let name: FieldName = names[0].parse().unwrap();
        let sought = texts.iter().map(|text| Sought::in_field(&name, text, &countries).unwrap()).collect();
        BTreeMap::from([(name, sought)])
    })
}

/// A query by up to three things: more are seldom all true of one lead.
fn queries() -> impl Strategy<Value = LeadQuery> {
    (by_everything(), subsequence((0..11).collect::<Vec<usize>>(), 0..=3)).prop_map(|(all, kept)| {
        let all = &all;
        let query = LeadQuery::received(all.received);
        kept.into_iter().fold(query, |query, by| match by {
            0 => LeadQuery { campaigns: all.campaigns.clone(), ..query },
            1 => LeadQuery { suppliers: all.suppliers.clone(), ..query },
            2 => LeadQuery { buyers: all.buyers.clone(), ..query },
            3 => LeadQuery { deliveries: all.deliveries.clone(), ..query },
            4 => LeadQuery { activities: all.activities.clone(), ..query },
            5 => LeadQuery { methods: all.methods.clone(), ..query },
            6 => LeadQuery { sold_statuses: all.sold_statuses.clone(), ..query },
            7 => LeadQuery { delivery_statuses: all.delivery_statuses.clone(), ..query },
            8 => LeadQuery { followed_up: all.followed_up.clone(), ..query },
            9 => LeadQuery { text: all.text.clone(), ..query },
            _ => LeadQuery { fields: all.fields.clone(), ..query },
        })
    })
}

fn by_everything() -> impl Strategy<Value = LeadQuery> {
    let whose = (
        some(named(&["solar", "wind"])),
        some(named(&["s1", "s2"])),
        some(named(&["b-d1", "b-d2"])),
        some(named(&["d1", "d2", "crm"])),
    );
    let what = (
        (some(Activity::ALL.to_vec()), some(FollowUpStage::ALL.to_vec())),
        some(vec![Method::Api, Method::Form]),
        some(SoldStatus::ALL.to_vec()),
        some(DeliveryStatus::ALL.to_vec()),
        0i64..3,
    );
    (whose, what, texts(), in_fields()).prop_map(|(whose, what, text, fields)| {
        let (campaigns, suppliers, buyers, deliveries) = whose;
        let ((activities, followed_up), methods, sold_statuses, delivery_statuses, day) = what;
        let received = Span { from: at(day * 86_400), until: at(9 * 86_400) };
        let countries = BTreeSet::new();
        LeadQuery {
            received,
            campaigns,
            suppliers,
            buyers,
            deliveries,
            countries,
            activities,
            followed_up,
            methods,
            sold_statuses,
            delivery_statuses,
            text,
            fields,
        }
    })
}

/// Every list that a lead was put on while it went its way.
fn lists(leads: &[Lead]) -> Vec<Listing> {
    let befores = [None].into_iter().chain(leads.iter().map(Some));
    let found = befores.zip(leads).flat_map(|(before, after)| finders(before, after));
    let list = |finder| if let Finder::Listed { list, .. } = finder { Some(list) } else { None };
    found.filter_map(list).collect()
}

fn is_on(path: &Path, lead: &Lead, lists: &[Listing]) -> bool {
    match path {
        Path::Identified { leads, emails, phones } => {
            leads.contains(&lead.id)
                || lead.email().is_some_and(|email| emails.contains(email.as_str()))
                || lead.phone().is_some_and(|phone| phones.contains(&phone))
        }
        Path::Campaigns(campaigns) => campaigns.contains(&lead.campid),
        Path::Suppliers(suppliers) => suppliers.contains(&lead.sid),
        Path::Statuses(statuses) => statuses.contains(&lead.sold_status()),
        Path::Listed(listed) => listed.iter().any(|list| lists.contains(list)),
    }
}

fn entry(lead: &Lead) -> Entry {
    let Lead { campid, sid, source, method, country, .. } = lead.clone();
    Entry {
        lead: lead.id,
        received: lead.received,
        facts: Some(Facts { campid, sid, source, method, country, deleted: lead.is_deleted() }),
    }
}

/// A delivery that was sent the lead anew and forgotten before it was asked has left nothing of that in the lead.
fn is_forgotten(leads: &[Lead], activity: Activity) -> bool {
    let last = leads.last().unwrap();
    let was_again = |lead: &Lead| {
        lead.deliveries.iter().any(|(did, was)| was.round > last.deliveries.get(did).map_or(1, |now| now.round))
    };
    activity == Activity::Redelivered && leads.iter().any(was_again)
}

/// Each step at a time of its own.
fn later(history: History) -> History {
    history.into_iter().map(|(which, seconds, event)| (which, seconds + 1, event)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_lead_tells_what_has_happened_to_it_as_its_lists_do(lead in on_any_terms(), history in events()) {
        let leads = told(&lead, &later(history));
        let lists = lists(&leads);
        for activity in Activity::ALL {
            let is_so = has_happened(leads.last().unwrap(), activity);
            let is_listed = lists.contains(&Listing::Activity(activity));
            prop_assert!(is_listed || !is_so, "{:?} is on no list", activity);
            prop_assert!(is_so || !is_listed || is_forgotten(&leads, activity), "{:?} is not known", activity);
        }
    }

    #[test]
    fn no_way_loses_a_lead_that_is_meant(
        lead in leads(), history in histories(), queries in prop::collection::vec(queries(), 32), viewer in viewers(),
    ) {
        let leads = told(&lead, &history);
        let (last, lists) = (leads.last().unwrap(), lists(&leads));
        for query in queries {
            let query = viewer.narrow(query);
            if query.takes(last, &viewer) {
                prop_assert!(query.may_take(&entry(last)));
                let bare = Entry { facts: None, ..entry(last) };
                prop_assert!(query.may_take(&bare));
                for path in &ways(&query) {
                    prop_assert!(is_on(path, last, &lists), "not {}: {:?}", path, query);
                }
            }
        }
    }

    #[test]
    fn what_an_index_decides_the_lead_decides_no_other_way(
        lead in leads(), history in histories(), queries in prop::collection::vec(queries(), 32), viewer in viewers(),
    ) {
        let leads = told(&lead, &history);
        let (last, lists) = (leads.last().unwrap(), lists(&leads));
        for query in queries {
            let query = viewer.narrow(query);
            for path in &ways(&query) {
                if query.is_decided_by(path, &viewer) && is_on(path, last, &lists) {
                    prop_assert_eq!(query.may_take(&entry(last)), query.takes(last, &viewer), "{:?}", query);
                }
            }
        }
    }

    #[test]
    fn who_asks_for_its_own_is_told_the_same_whether_it_says_so(
        lead in leads(), history in histories(), queries in prop::collection::vec(queries(), 32), viewer in viewers(),
    ) {
        let last = told(&lead, &history).pop().unwrap();
        for query in queries {
            prop_assert_eq!(viewer.narrow(query.clone()).takes(&last, &viewer), query.takes(&last, &viewer));
        }
    }
}
