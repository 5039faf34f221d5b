//! What can go wrong between us and the tables or the queue.

use aws_sdk_dynamodb::error::SdkError;

use crate::keys::Key;

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
    /// A row that is there cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// An item cannot be written from what it should be, or what it holds makes no sense.
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

/// Where a row is that is not what it should be: changed by hand, say, or by newer code. What it holds is never told, as that may
/// be anybody's data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a row of {table} is not what it should be: pk {pk}, sk {sk}")]
pub struct Unreadable {
    /// `leads`, `setup` or `ledger`.
    pub table: &'static str,
    /// Its partition key.
    pub pk: String,
    /// Its sort key; of a record of the set-up, its reference.
    pub sk: String,
    /// Its version, if it has one that can be read.
    pub version: Option<u64>,
}

impl Unreadable {
    /// The row with this key.
    pub(crate) fn at(key: Key, version: Option<u64>) -> Self {
        Self { table: key.table(), pk: key.pk, sk: key.sk, version }
    }
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

    /// Wraps what is said of an item that is not what it should be.
    pub fn item(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Item(Box::new(source))
    }
}
