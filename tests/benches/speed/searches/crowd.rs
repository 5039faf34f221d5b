//! Leads of four campaigns and ten suppliers over ninety days, most of them sold or turned down, and questions about them.

use domain::{
    campaign::Campaign,
    finder::finders,
    id::{AttemptId, LeadId},
    lead::{Lead, Outcome, test_lead},
    money::{Currency, Money},
    time::later,
};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use store::{Identity, Saved, Store};
use ulid::Ulid;

/// Time that they came in over.
const SECONDS: i64 = 90 * 24 * 3_600;
/// The first one is set up already.
const CAMPAIGNS: [&str; 4] = ["solar", "boilers", "windows", "heat-pumps"];
/// Batches of leads that are written at the same time.
const CONCURRENCY: usize = 64;
/// Leads whose rows are written together, as booking does.
const BATCH: usize = 100;

/// What is asked, for a page by its number.
pub(super) type Question = fn(&Crowd, usize) -> String;

/// What is asked, in words and as a query.
pub(super) const QUESTIONS: [(&str, Question); 10] = [
    ("of everything", |_, _| String::new()),
    ("of a campaign", |_, page| format!("campid={}", campaign(page))),
    ("of a supplier", |_, page| format!("sid={}", supplier(page))),
    ("of what is sold", |_, _| "sold_status=sold".to_owned()),
    ("of a month that is past", |crowd, _| {
        let day = |days: i64| later(crowd.now, SignedDuration::from_hours(-24 * days)).strftime("%Y-%m-%d").to_string();
        format!("from={}&to={}", day(70), day(40))
    }),
    ("of a supplier in a campaign", |_, page| format!("sid={}&campid={}", supplier(page), campaign(page))),
    ("of a buyer", |_, _| "bid=b1".to_owned()),
    ("by e-mail", |crowd, page| format!("q={}", email(page * 37 % crowd.leads))),
    ("by phone", |crowd, page| format!("q=%2B{}", &phone(page * 37 % crowd.leads)[1..])),
    ("by lead id", |crowd, page| format!("q={}", crowd.id(page * 37 % crowd.leads))),
];

/// So many leads, the last of which came in just now.
pub(super) struct Crowd {
    pub(super) leads: usize,
    pub(super) now: Timestamp,
}

impl Crowd {
    /// Sets their campaigns up, puts them and what they are found by into the tables.
    pub(super) async fn come(&self, store: &Store, identity: &Identity) {
        let solar = store.record::<Campaign>(CAMPAIGNS[0]).await.unwrap().unwrap().record;
        for campid in &CAMPAIGNS[1..] {
            let campaign = Campaign { campid: campid.parse().unwrap(), ..solar.clone() };
            assert!(matches!(store.save(campaign, None).await.unwrap(), Saved::Done(_)), "it is new");
        }
        let batches = (0..self.leads).step_by(BATCH).map(|first| async move {
            let leads: Vec<Lead> = (first..(first + BATCH).min(self.leads)).map(|number| self.lead(number)).collect();
            for lead in &leads {
                store.put_lead(lead, 0, identity).await.unwrap();
            }
            let found: Vec<_> = leads.iter().flat_map(|lead| finders(None, lead)).collect();
            store.put_finders(&found, identity).await.unwrap();
        });
        stream::iter(batches).buffer_unordered(CONCURRENCY).collect::<()>().await;
    }

    fn received(&self, number: usize) -> Timestamp {
        let ago = i64::try_from(number).unwrap() * SECONDS / i64::try_from(self.leads).unwrap();
        domain::time::to_millis(later(self.now, SignedDuration::from_secs(-ago)))
    }

    fn id(&self, number: usize) -> LeadId {
        let millisecond = u64::try_from(self.received(number).as_millisecond()).unwrap();
        LeadId::from_ulid(Ulid::from_parts(millisecond, number as u128))
    }

    fn lead(&self, number: usize) -> Lead {
        let at = self.received(number);
        let fields = [
            ("firstname", "Ann".to_owned()),
            ("lastname", "Smith".to_owned()),
            ("postcode", "LS1 4AP".to_owned()),
            ("towncity", "Leeds".to_owned()),
            ("email", email(number)),
            ("phone1", phone(number)),
        ];
        let lead = Lead {
            id: self.id(number),
            campid: campaign(number).parse().unwrap(),
            sid: supplier(number).parse().unwrap(),
            source: Some("google".to_owned()),
            fields: fields.map(|(name, value)| (name.parse().unwrap(), value)).into(),
            ..test_lead(at)
        };
        let (did, attempt) = ("d1".parse().unwrap(), AttemptId::from_ulid(Ulid(number as u128)));
        let outcome = match number % 3 {
            0 => Outcome::Rejected { reason: "not in our area".to_owned() },
            _ => Outcome::Accepted {
                price: Money { minor: 1_250, currency: Currency::GBP },
                reference: None,
                redirect_url: None,
            },
        };
        let lead = lead.on_queued(&did, Some("b1".parse().unwrap()), at).unwrap();
        let lead = lead.on_intent(&did, 1, attempt, at, later(at, SignedDuration::from_secs(40))).unwrap();
        lead.on_outcome(&did, &attempt, 1, outcome, at).unwrap()
    }
}

fn campaign(number: usize) -> String {
    CAMPAIGNS[number % CAMPAIGNS.len()].to_owned()
}

fn supplier(number: usize) -> String {
    format!("s{}", number % 10)
}

fn email(number: usize) -> String {
    format!("ann.smith.{number}@example.com")
}

fn phone(number: usize) -> String {
    format!("+4479{:08}", 11_000_000 + number)
}
