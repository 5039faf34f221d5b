//! A lead handed over by its delivery's channel. Each kind is a file of this room.

mod email;
mod file;
mod http;
pub(crate) mod l2l;
mod store;
mod transfer;

use std::time::Duration;

pub(crate) use self::http::exchange;
use ::store::Exchange;
use domain::{
    delivery::{Channel, Delivery},
    lead::Lead,
};
use lambda::Clock;
use tokio::time::timeout;

use crate::{deliver::Dispatcher, render::AttemptName};

/// A lead to be handed over: its intent is written down.
#[derive(Clone, Copy)]
pub(crate) struct HandOver<'a> {
    pub(crate) delivery: &'a Delivery,
    pub(crate) lead: &'a Lead,
    pub(crate) attempt: AttemptName,
    /// What is not done by then counts as not answered.
    pub(crate) at_most: Duration,
    pub(crate) clock: Clock,
    pub(crate) correlation_id: Option<&'a str>,
}

impl Dispatcher {
    /// Hands the lead over, and says what was heard.
    pub(crate) async fn hand_over(&self, task: &HandOver<'_>) -> Exchange {
        match &task.delivery.channel {
            Channel::Http(http) => Box::pin(http::hand_over(&self.client, http, task)).await,
            Channel::L2l(l2l) => Box::pin(l2l::hand_over(&self.client, &self.own, l2l, task)).await,
            Channel::Store(_) => store::hand_over(),
            Channel::Email(email) => Box::pin(in_time(task, email::hand_over(&self.mail, email, task))).await,
            Channel::File(file) => Box::pin(in_time(task, file::hand_over(&self.store, file, task))).await,
            Channel::Transfer(transfer) => Box::pin(in_time(task, transfer::hand_over(self, transfer, task))).await,
        }
    }
}

/// For kinds that keep no time themselves.
async fn in_time(task: &HandOver<'_>, handed_over: impl Future<Output = Exchange>) -> Exchange {
    let silence = |_| Exchange::NoAnswer { reason: "it took too long, and may be done or not".to_owned() };
    timeout(task.at_most, handed_over).await.unwrap_or_else(silence)
}
