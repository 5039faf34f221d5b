//! The list of people who said whether they may be written to, for the seller.

mod file;
pub(crate) mod list_suppressions;
mod person_view;
pub(crate) mod post_suppressions;
pub(crate) mod search_suppressions;
