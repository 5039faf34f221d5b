//! What happens while somebody looks: something before each call of a table.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut},
    error::BoxError,
};
use tokio::{runtime::Handle, task::block_in_place};

use super::World;
use crate::Store;

/// A world that goes on whenever somebody calls.
#[derive(Clone)]
pub(super) struct Meanwhile(pub(super) Arc<Mutex<World>>);

impl Meanwhile {
    pub(super) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// A store before whose calls something happens.
    pub(super) fn store(&self) -> Store {
        let tables = self.0.lock().unwrap().tables.clone();
        let config = tables.client().config().to_builder().interceptor(self.clone()).build();
        Store::new(Client::from_conf(config), tables.tables())
    }
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meanwhile")
    }
}

impl Intercept for Meanwhile {
    fn name(&self) -> &'static str {
        "Meanwhile"
    }

    fn modify_before_transmit(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut world = self.0.lock().unwrap();
        block_in_place(|| Handle::current().block_on(world.happens()));
        Ok(())
    }
}
