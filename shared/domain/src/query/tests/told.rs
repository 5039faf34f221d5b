//! What indexes tell of leads without their being read, and what queries tell of persons.

use super::*;

fn entry(lead: &Lead) -> Entry {
    let Lead { campid, sid, source, method, country, .. } = lead.clone();
    Entry {
        lead: lead.id,
        received: lead.received,
        facts: Some(Facts { campid, sid, source, method, country, deleted: lead.is_deleted() }),
    }
}

#[test]
fn an_index_tells_where_a_lead_is_from_and_a_list_only_when_it_came() {
    let bare = Entry { facts: None, ..entry(&jose()) };
    let others = [
        LeadQuery { campaigns: set(&["wind"]), ..all() },
        LeadQuery { suppliers: set(&["s2"]), ..all() },
        LeadQuery { countries: set(&["US"]), ..all() },
        LeadQuery { methods: [Method::Form].into(), ..all() },
        field("source", "mail"),
    ];
    for query in others {
        assert!(!query.may_take(&entry(&jose())) && query.may_take(&bare), "{query:?}");
    }
    for query in [
        all(),
        field("source", "web"),
        text("jones"),
        field("email", "jones"),
        LeadQuery { buyers: set(&["b9"]), ..all() },
    ] {
        assert!(query.may_take(&entry(&jose())), "{query:?}");
    }
    let later = LeadQuery::received(Span { from: at(1), until: at(9) });
    assert!(!later.may_take(&entry(&jose())) && !later.may_take(&bare));
}

#[test]
fn an_index_decides_what_it_tells_everything_of() {
    let (solar, sold_ones) = (Path::Campaigns(set(&["solar"])), Path::Statuses([SoldStatus::Sold].into()));
    let of_facts = LeadQuery { campaigns: set(&["solar"]), methods: [Method::Api].into(), ..field("source", "web") };
    let is_sold = LeadQuery { sold_statuses: [SoldStatus::Sold].into(), ..of_facts.clone() };
    let seller = Principal::Seller;
    assert!(of_facts.is_decided_by(&solar, &seller) && !is_sold.is_decided_by(&solar, &seller));
    assert!(is_sold.is_decided_by(&sold_ones, &seller) && !is_sold.is_decided_by(&Path::everything(), &seller));
    assert!(LeadQuery { sold_statuses: SoldStatus::ALL.into(), ..all() }.is_decided_by(&solar, &seller));
    assert!(!LeadQuery { buyers: set(&["b1"]), ..is_sold }.is_decided_by(&sold_ones, &seller));
    assert!(!of_facts.is_decided_by(&Path::Listed(vec![]), &seller), "lists tell no facts");
    for query in [text("jo"), field("email", "jo"), LeadQuery { activities: [Activity::Returned].into(), ..all() }] {
        assert!(!query.is_decided_by(&solar, &seller), "{query:?}");
    }
    let own = LeadQuery { suppliers: set(&["s1"]), ..of_facts.clone() };
    assert!(own.is_decided_by(&solar, &supplier("s1")) && !own.is_decided_by(&solar, &supplier("s2")));
    assert!(!of_facts.is_decided_by(&solar, &supplier("s1")) && !own.is_decided_by(&solar, &buyer("b1")));
}

#[test]
fn leads_are_identified_by_what_they_are_found_by_at_once_and_by_nothing_besides() {
    let id = jose().id.to_string();
    for query in [text(&id), text("jo@example.com"), text("020 7946 0018"), field("email", "jo@example.com")] {
        assert!(query.identifies(), "{query:?}");
    }
    assert!(field("phone1", "020 7946 0018").identifies() && field("lead_id", &id).identifies());
    for query in
        [all(), text("smith"), field("phone2", "020 7946 0018"), field("email", "jo"), field("lead_id", "lead_0")]
    {
        assert!(!query.identifies(), "{query:?}");
    }
    let one_is_a_word = LeadQuery { text: text("smith").text.into_iter().chain(text(&id).text).collect(), ..all() };
    assert!(!one_is_a_word.identifies());
    assert!(LeadQuery { fields: field("email", "jo@example.com").fields, ..one_is_a_word }.identifies());
}

#[test]
fn nothing_of_a_person_is_in_a_log_of_a_query_or_its_way() {
    let query = LeadQuery { fields: field("phone1", "020 7946 0018").fields, ..text("jose@example.com") };
    let names = LeadQuery { text: text("jose").text, ..field("postcode", "sw1a") };
    let shown = format!("{query:?} {names:?} {:?}", plan(&query, &Known::default()));
    for part in ["jose", "example.com", "7946", "sw1a"] {
        assert!(!shown.contains(part), "{part} in {shown}");
    }
}
