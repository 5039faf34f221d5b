//! Bare writes of the same shape as those that are measured.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeSerializationInterceptorContextMut},
    error::BoxError,
    operation::update_item::UpdateItemInput,
    types::{AttributeValue, KeysAndAttributes},
};
use domain::id::LeadId;
use futures::{StreamExt, stream};
use store::test_tables::TestTables;

use crate::return_files::per_second;

/// How many at the same time.
pub(crate) const CONCURRENCY: usize = 64;
/// Leads that one batch read takes.
const READ_AT_ONCE: usize = 100;

/// How many of these leads the same write reaches in a second, where each is read before, or none is.
pub(crate) async fn written(tables: &TestTables, shape: &UpdateItemInput, leads: &[LeadId], are_read: bool) -> u64 {
    let db = tables.client();
    let started = Instant::now();
    let read = leads.chunks(READ_AT_ONCE).filter(|_| are_read).map(|leads| {
        let key = |lead: &LeadId| {
            let parts = [("pk", lead.to_string()), ("sk", "lead".to_owned())];
            parts.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))).into()
        };
        let wanted = KeysAndAttributes::builder().set_keys(Some(leads.iter().map(key).collect())).consistent_read(true);
        let read = db.batch_get_item().request_items(tables.tables().leads, wanted.build().unwrap());
        async move { read.send().await.unwrap() }
    });
    stream::iter(read).buffer_unordered(CONCURRENCY).map(drop).collect::<()>().await;
    let writes = leads.iter().map(|lead| {
        let mut key = shape.key.clone().unwrap_or_default();
        key.insert("pk".to_owned(), AttributeValue::S(lead.to_string()));
        let write = db.update_item().set_table_name(shape.table_name.clone()).set_key(Some(key));
        let write = write
            .set_condition_expression(shape.condition_expression.clone())
            .set_update_expression(shape.update_expression.clone())
            .set_expression_attribute_names(shape.expression_attribute_names.clone())
            .set_expression_attribute_values(shape.expression_attribute_values.clone());
        async move { write.send().await.unwrap() }
    });
    stream::iter(writes).buffer_unordered(CONCURRENCY).map(drop).collect::<()>().await;
    per_second(leads.len(), started.elapsed())
}

/// The first conditional write that passed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<Mutex<Option<UpdateItemInput>>>);

impl Seen {
    pub(crate) fn first(&self) -> Option<UpdateItemInput> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

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
            *seen = context.input().downcast_ref::<UpdateItemInput>().cloned();
        }
        Ok(())
    }
}
