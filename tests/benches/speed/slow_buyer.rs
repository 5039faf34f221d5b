//! One slow buyer among nine quick ones, in one invocation of the delivery function: how soon the nine have bought.

use std::time::{Duration, Instant};

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use comfy_table::Table;
use dispatch::test_dispatcher::dispatcher;
use domain::{
    campaign::Campaign,
    id::{DeliveryRef, LeadId},
    intake::{Intake, Submission, judge},
    lead::{Lead, Method, SoldStatus},
    supplier::Supplier,
};
use jiff::tz::TimeZone;
use store::{DeliveryJob, Identity, Store, test_tables::TestTables};
use tests::{Reply, TestBuyer, furnished::furnish};

use crate::{
    aws::Aws,
    figures::{Series, table},
};

/// A buyer that answers as most do.
const QUICK: Duration = Duration::from_millis(50);
/// A buyer that is almost given up.
const SLOW: Duration = Duration::from_secs(25);
/// Rounds of each kind, by turns.
const ROUNDS: usize = 3;
/// Buyers, the slow one included.
const BUYERS: usize = 10;

/// Measures with and without the slow one, by turns.
pub(crate) async fn measure(aws: &Aws) -> Table {
    let (mut without, mut with, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (all_quick, one_slow) = (nine_sold(aws, QUICK).await, nine_sold(aws, SLOW).await);
        // The first round warms up.
        if round > 0 {
            without.push(all_quick);
            with.push(one_slow);
            ratios.push(one_slow * 1000 / all_quick.max(1));
        }
    }
    let mut table = table(&["ten messages in one invocation", "nine sold after, ms", "× round by round"]);
    table.add_row([
        "all ten buyers answer in 50 ms".to_owned(),
        Series::new(without).in_thousands(),
        "1.00".to_owned(),
    ]);
    let ratios = Series::new(ratios).in_thousands();
    table.add_row(["one of them takes 25 s".to_owned(), Series::new(with).in_thousands(), ratios]);
    table
}

/// The microseconds until the other nine leads are sold, when the first buyer takes this long.
async fn nine_sold(aws: &Aws, first: Duration) -> u64 {
    let tables = TestTables::start().await;
    let mut urls = Vec::new();
    for at in 0..BUYERS {
        let after = if at == 0 { first } else { QUICK };
        urls.push(TestBuyer::answering([Reply::accept("B").after(after)]).await.url().to_owned());
    }
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    furnish(&tables.store(), &urls, false).await;
    let store = tables.store();
    let mut leads = Vec::new();
    for at in 0..BUYERS {
        leads.push(lead_for(&store, at).await);
    }
    let dispatcher = dispatcher(store.clone(), aws.queue());
    let event = event(&leads);
    let others: Vec<LeadId> = leads[1..].iter().map(|lead| lead.id).collect();
    let began = Instant::now();
    // Dropped with the slow request once the others are sold: nobody waits for it here.
    let handled = tokio::spawn(async move { delivery::handle(&dispatcher, event).await });
    while !store.leads(&others).await.unwrap().0.iter().all(|lead| lead.sold_status() == SoldStatus::Sold) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    handled.abort();
    u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// A lead that is queued at one delivery.
async fn lead_for(store: &Store, at: usize) -> Lead {
    let campaign = store.cached::<Campaign>("solar").await.unwrap().unwrap();
    let supplier = store.cached::<Supplier>("s1").await.unwrap().unwrap();
    let received = lambda::now();
    let sent = Submission {
        id: lambda::random::new_lead_id(),
        received,
        method: Method::Api,
        ssid: None,
        source: None,
        test: false,
        fields: [("firstname".to_owned(), "Ann".to_owned()), ("email".to_owned(), format!("ann{at}@example.com"))]
            .into(),
    };
    let Intake::Kept { lead, .. } = judge(sent, &campaign, &supplier, &TimeZone::UTC) else {
        unreachable!("a good lead")
    };
    let (did, bid): (DeliveryRef, _) = (format!("d{}", at + 1).parse().unwrap(), format!("b{}", at + 1).parse().ok());
    let lead = lead.on_queued(&did, bid, received).unwrap();
    store.put_lead(&lead, 0, &Identity::new("a secret of the benchmark".to_owned().into())).await.unwrap();
    lead
}

fn event(leads: &[Lead]) -> SqsEvent {
    let message = |lead: &Lead| {
        let did = lead.deliveries.keys().next().expect("it is queued").clone();
        let job = DeliveryJob { lead_id: lead.id, did, bid: None, round: 1, correlation_id: None };
        let mut message = SqsMessage::default();
        message.message_id = Some(lead.id.to_string());
        message.body = Some(serde_json::to_string(&job).unwrap());
        message
    };
    let mut event = SqsEvent::default();
    event.records = leads.iter().map(message).collect();
    event
}
