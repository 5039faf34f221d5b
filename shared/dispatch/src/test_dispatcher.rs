//! For tests: an engine that reaches buyers on this machine, and no mail service.

#![expect(
    clippy::expect_used,
    reason = "tests only: without an engine there is nothing to test, and the message says why"
)]

use std::sync::LazyLock;

use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use domain::address::Reach;
use store::{DeliveryQueue, Identity, Mail, Store};

use crate::{channel::l2l::Own, client::Client, deliver::Dispatcher};

/// One for all workers: reading the roots of trust takes longer than a delivery.
static CLIENT: LazyLock<Client> =
    LazyLock::new(|| Client::new(Reach::LoopbackToo, None).expect("a client can be built"));

/// An engine over these tables and this queue.
///
/// # Panics
/// When this machine has no roots of trust.
pub fn dispatcher(store: Store, queue: DeliveryQueue) -> Dispatcher {
    let ses = aws_sdk_sesv2::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-2"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url("http://127.0.0.1:9")
        .build();
    let mail = Mail::new(aws_sdk_sesv2::Client::from_conf(ses), None);
    let identity = Identity::new("a secret of tests".to_owned().into());
    let own = Own { id: identity.installation(), url: "http://127.0.0.1:9".to_owned() };
    Dispatcher { store, queue, client: CLIENT.clone(), mail, identity, own }
}
