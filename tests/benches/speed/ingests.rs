//! Leads taken in by the second, against bare transactions of the same shape at the same concurrency.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use aws_sdk_dynamodb::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeSerializationInterceptorContextMut},
    error::BoxError,
    operation::transact_write_items::TransactWriteItemsInput,
    types::{AttributeValue, Put, TransactWriteItem},
};
use axum::{Router, body::Body, http::Request};
use comfy_table::Table;
use dispatch::test_dispatcher::dispatcher;
use futures::future::join_all;
use lambda::http::Function;
use store::Store;
use tests::furnished::{key_of, numbered_lead};
use tower::ServiceExt;

use crate::{
    aws::Aws,
    figures::{Series, table},
};

/// At the same time.
const CONCURRENCY: usize = 8;
/// By each caller in one round.
const EACH: usize = 150;
/// Rounds of each kind, by turns.
const ROUNDS: usize = 11;

/// Measures both, by turns.
pub(crate) async fn measure(aws: &Aws) -> Table {
    let seen = Seen::default();
    let api = ingest(aws, &seen);
    // Warms the caches, and shows what the transaction looks like.
    take_in(&api, "first").await;
    let shape = seen.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let shape = shape.and_then(|input| input.transact_items).expect("a lead is taken in by a transaction");
    let numbers = Arc::new(AtomicUsize::new(1_000_000));
    let transaction = {
        let (db, shape, numbers) = (aws.tables.client(), Arc::new(shape), Arc::clone(&numbers));
        move || {
            let (db, shape, number) = (db.clone(), Arc::clone(&shape), numbers.fetch_add(1, Ordering::Relaxed));
            async move { transact(&db, &shape, number).await }
        }
    };
    let lead = move || {
        let (api, number) = (api.clone(), numbers.fetch_add(1, Ordering::Relaxed));
        async move { take_in(&api, &number.to_string()).await }
    };
    let (mut bare, mut whole, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (transactions, leads) = (rate(transaction.clone()).await, rate(lead.clone()).await);
        // The first round warms up.
        if round > 0 {
            bare.push(transactions);
            whole.push(leads);
            // Of neighbours in time, as what else the machine does comes and goes.
            ratios.push(leads * 1000 / transactions.max(1));
        }
    }
    let mut table = table(&["at concurrency 8", "per second", "× round by round"]);
    table.add_row(["bare transactions".to_owned(), Series::new(bare).as_counted(), "1.00".to_owned()]);
    table.add_row(["leads taken in".to_owned(), Series::new(whole).as_counted(), Series::new(ratios).in_thousands()]);
    table
}

/// How many are done in a second.
async fn rate<F: Future<Output = ()> + Send>(one: impl Fn() -> F + Clone + Send + 'static) -> u64 {
    let started = Instant::now();
    let callers = (0..CONCURRENCY).map(|_| {
        let one = one.clone();
        tokio::spawn(async move {
            for _ in 0..EACH {
                one().await;
            }
        })
    });
    for done in join_all(callers).await {
        done.unwrap();
    }
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    u64::try_from(CONCURRENCY * EACH).unwrap_or(0) * 1_000_000 / micros.max(1)
}

/// The ingest function's router, over clients as the bare transactions use them.
fn ingest(aws: &Aws, seen: &Seen) -> Router {
    let db = aws.tables.client().config().to_builder().interceptor(seen.clone()).build();
    let store = Store::new(Client::from_conf(db), aws.tables.tables());
    ingest::App { dispatcher: dispatcher(store, aws.queue()) }.router()
}

/// Takes a lead in, through the whole of the function but Lambda's own part.
async fn take_in(api: &Router, person: &str) {
    let mut lead = numbered_lead(0);
    lead["email"] = format!("{person}@example.com").into();
    let request = Request::post("/v1/leads")
        .header("authorization", format!("Bearer {}", key_of("supplier")))
        .header("content-type", "application/json")
        .body(Body::from(lead.to_string()));
    let answer = api.clone().oneshot(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), 201);
}

/// Writes the same rows under other keys.
async fn transact(db: &Client, shape: &[TransactWriteItem], number: usize) {
    let puts = shape
        .iter()
        .filter_map(|item| item.put.as_ref())
        .map(|put| TransactWriteItem::builder().put(renumbered(put, number)).build());
    db.transact_write_items().set_transact_items(Some(puts.collect())).send().await.unwrap();
}

/// The same row under another key, and under other keys of the indexes that list persons and times.
fn renumbered(put: &Put, number: usize) -> Put {
    let mut put = put.clone();
    for name in ["pk", "ge", "gr"] {
        if let Some(AttributeValue::S(text)) = put.item.get_mut(name) {
            let kept = text.len().saturating_sub(10);
            text.truncate(kept);
            text.push_str(&format!("{number:010}"));
        }
    }
    put
}

/// The last transaction that passed.
#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<Option<TransactWriteItemsInput>>>);

impl Intercept for Seen {
    fn name(&self) -> &'static str {
        "Seen"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_none() {
            *seen = context.input().downcast_ref::<TransactWriteItemsInput>().cloned();
        }
        Ok(())
    }
}
