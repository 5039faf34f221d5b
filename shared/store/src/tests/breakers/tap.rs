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
use aws_smithy_types::config_bag::{Storable, StoreReplace};

use crate::{Store, test_tables::TestTables};

/// Which call it is. Calls may be made side by side, so each carries its number.
#[derive(Debug)]
struct Number(usize);

impl Storable for Number {
    type Storer = StoreReplace<Self>;
}

/// Counts calls, and makes one of them go wrong.
#[derive(Clone, Debug, Default)]
pub(in crate::tests) struct Tap(Arc<Tapped>);

#[derive(Debug, Default)]
struct Tapped {
    calls: Mutex<Vec<String>>,
    fault: Option<(usize, Fault)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tests) enum Fault {
    /// The call is not made.
    Before,
    /// It takes effect, and nobody hears of it.
    After,
}

impl Tap {
    pub(in crate::tests) fn failing_at(&self, call: usize, fault: Fault) -> Self {
        Self(Arc::new(Tapped { fault: Some((call, fault)), ..Tapped::default() }))
    }

    /// A worker's store, behind the tap.
    pub(in crate::tests) fn before(&self, tables: &TestTables) -> Store {
        let config = tables.client().config().to_builder().interceptor(self.clone()).build();
        Store::new(Client::from_conf(config), tables.tables())
    }

    pub(in crate::tests) fn calls(&self) -> Vec<String> {
        self.0.calls.lock().unwrap().clone()
    }

    fn goes_wrong(&self, call: usize, fault: Fault) -> Result<(), BoxError> {
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
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let number = {
            let mut calls = self.0.calls.lock().unwrap();
            calls.push(operation);
            calls.len() - 1
        };
        cfg.interceptor_state().store_put(Number(number));
        self.goes_wrong(number, Fault::Before)
    }

    fn read_after_transmit(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        cfg.load::<Number>().map_or(Ok(()), |number| self.goes_wrong(number.0, Fault::After))
    }
}
