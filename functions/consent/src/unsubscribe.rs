//! What a message has its reader answer with: the page behind its link, and the button of a mail program (RFC 8058).

mod answer;
pub(crate) mod get_unsubscribe;
mod page;
pub(crate) mod post_unsubscribe;

use domain::settings::Settings;
use store::Store;

/// Whose messages they are, as the account calls itself; none: it has not said, or it cannot be read, which keeps nobody from answering.
async fn sender(store: &Store) -> Option<String> {
    match store.cached_settings().await {
        Ok(settings) if settings.name != Settings::default().name => Some(settings.name.clone()),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the page does not say whose messages they are");
            None
        }
    }
}
