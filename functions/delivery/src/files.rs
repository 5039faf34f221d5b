//! The function `delivery-files`: writes the files that have closed, and removes their rows.

mod assemble;
mod sheet;
mod upload;

use std::time::Duration;

use lambda::{
    StartError,
    aws::{Aws, warm},
};
use store::{Files, Store};

pub use self::assemble::{Assembled, assemble};

/// A run ends before the function's own time-out, so that it ends by itself.
pub const WITHIN: Duration = Duration::from_secs(840);

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// Where files go.
    pub files: Files,
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let (store, files) = (aws.store()?, aws.files()?);
        warm(store.warm()).await;
        Ok(Self { store, files })
    }
}
