//! What can go wrong between us and the tables or the queue.

use aws_sdk_dynamodb::error::SdkError;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failure of the store. None of them says that a write did not happen, except where a method promises it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service did not do it: throttled, unreachable, refused. Trying again later may help.
    #[error("{call} failed")]
    Service {
        /// The call, such as `PutItem`.
        call: &'static str,
        /// What the SDK says.
        source: Source,
    },
    /// An item cannot be read as, or written from, what it should be.
    #[error("an item is not what it should be")]
    Item(#[source] Source),
    /// Concurrent writers kept us out; trying again helps.
    #[error("{what} was contended too long")]
    Contended {
        /// What was contended.
        what: &'static str,
    },
    /// More would have to be read than one answer may take; asking for less helps.
    #[error("more than {max} rows would have to be read")]
    TooMuchToRead {
        /// How many may be.
        max: usize,
    },
}

impl Error {
    /// Wraps what an SDK call answered.
    pub(crate) fn service<E, R>(call: &'static str) -> impl FnOnce(SdkError<E, R>) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        move |source| Self::Service { call, source: Box::new(source) }
    }

    /// Wraps what serde says of an item.
    pub(crate) fn item(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Item(Box::new(source))
    }
}
