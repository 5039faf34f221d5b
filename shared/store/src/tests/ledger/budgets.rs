//! What booking costs.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeSerializationInterceptorContextMut, FinalizerInterceptorContextRef},
    },
    error::BoxError,
    operation::{
        put_item::{PutItemInput, PutItemOutput},
        transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
    },
    types::ReturnConsumedCapacity,
};
use domain::finder::finders;

use super::*;

fn now() -> Timestamp {
    at(100_000)
}

/// What puts and transactions cost.
#[derive(Clone, Debug, Default)]
struct Meter(Arc<Mutex<(f64, f64)>>);

impl Meter {
    fn before(&self, tables: &TestTables) -> Store {
        let config = tables.client().config().to_builder().interceptor(self.clone()).build();
        Store::new(Client::from_conf(config), tables.tables())
    }

    /// In tenths, as nothing here may be calculated with floats.
    fn tenths(&self) -> (u32, u32) {
        let tenths = |units: f64| format!("{units:.1}").replace('.', "").parse().unwrap();
        let (puts, transactions) = std::mem::take(&mut *self.0.lock().unwrap());
        (tenths(puts), tenths(transactions))
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(put) = context.input_mut().downcast_mut::<PutItemInput>() {
            put.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
        }
        if let Some(transaction) = context.input_mut().downcast_mut::<TransactWriteItemsInput>() {
            transaction.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
        }
        Ok(())
    }

    #[expect(clippy::float_arithmetic, reason = "capacity is told so")]
    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(output) = context.output_or_error().and_then(Result::ok) else { return Ok(()) };
        let mut sums = self.0.lock().unwrap();
        if let Some(put) = output.downcast_ref::<PutItemOutput>() {
            sums.0 += put.consumed_capacity().and_then(|used| used.capacity_units()).unwrap_or_default();
        }
        if let Some(transaction) = output.downcast_ref::<TransactWriteItemsOutput>() {
            sums.1 += transaction.consumed_capacity().iter().filter_map(|used| used.capacity_units()).sum::<f64>();
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_hundred_sold_leads_cost_a_unit_for_each_event_and_little_more() {
    let (meter, tables) = (Meter::default(), TestTables::start().await);
    saved(&tables.store(), crate::tests::campaign()).await;
    let leads: Vec<Lead> = (1..=100).map(|number| sold(number, 0)).collect();
    let events = of(&leads);
    assert_eq!(events.len(), 200);
    let store = meter.before(&tables);
    store.book(events, drawn(1), now()).await.unwrap();
    let (events, counting) = meter.tenths();
    assert_eq!(events, 2_000, "two events for each lead, a unit for each");
    assert!(counting <= 400, "{counting} tenths for a hundred leads");

    let found: Vec<_> = leads.iter().flat_map(|lead| finders(None, lead)).collect();
    store.put_finders(&found, &crate::tests::identity()).await.unwrap();
    let (finders, _) = meter.tenths();
    assert!(
        finders <= 1_000 + 120,
        "{finders} tenths: a unit for each reference, and some for the lists of the delivery and its buyer"
    );
}
