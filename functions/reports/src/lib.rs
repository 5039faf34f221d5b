#![doc = include_str!("../README.md")]

mod account;
mod add_credit;
mod credit_view;
mod edit_financials;
mod edit_form;
mod edit_outcome;
mod get_credit;
mod get_report;
mod get_statement;
mod list_journal;
mod once;
mod report_view;
mod scope;
mod statement_view;

use axum::extract::FromRef;
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
    http::Function,
};
use store::{Identity, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of what stands for idempotency keys, for good.
    pub identity: Identity,
}

impl FromRef<App> for Store {
    fn from_ref(app: &App) -> Self {
        app.store.clone()
    }
}

impl Function for App {
    async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let store = aws.whole_store()?;
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, identity: Identity::new(secret?) })
    }

    fn routes() -> OpenApiRouter<Self> {
        OpenApiRouter::new()
            .routes(routes!(get_report::get_report))
            .routes(routes!(list_journal::list_journal))
            .routes(routes!(get_statement::get_buyer_statement))
            .routes(routes!(get_statement::get_supplier_statement))
            .routes(routes!(get_credit::get_credit, add_credit::add_credit))
            .routes(routes!(edit_financials::edit_financials))
    }
}
