//! What stands between a store and its table: it counts calls, and makes one of them go wrong.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut},
    },
    error::BoxError,
};

use crate::{Store, test_tables::TestTables};

/// Counts calls, and makes one of them go wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Tap(Arc<Tapped>);

#[derive(Debug, Default)]
struct Tapped {
    calls: Mutex<Vec<String>>,
    fault: Option<(usize, Fault)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The call is not made.
    Before,
    /// It takes effect, and nobody hears of it.
    After,
}

impl Tap {
    pub(super) fn failing_at(&self, call: usize, fault: Fault) -> Self {
        Self(Arc::new(Tapped { fault: Some((call, fault)), ..Tapped::default() }))
    }

    /// A worker's store, behind the tap.
    pub(super) fn before(&self, tables: &TestTables) -> Store {
        let config = tables.client().config().to_builder().interceptor(self.clone()).build();
        Store::new(Client::from_conf(config), tables.tables())
    }

    pub(super) fn calls(&self) -> Vec<String> {
        self.0.calls.lock().unwrap().clone()
    }

    fn goes_wrong(&self, fault: Fault) -> Result<(), BoxError> {
        let call = self.calls().len() - 1;
        if self.0.fault == Some((call, fault)) { Err("made up by a test".into()) } else { Ok(()) }
    }
}

impl Intercept for Tap {
    fn name(&self) -> &'static str {
        "Tap"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        self.0.calls.lock().unwrap().push(operation);
        self.goes_wrong(Fault::Before)
    }

    fn read_after_transmit(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.goes_wrong(Fault::After)
    }
}
