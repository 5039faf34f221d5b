//! `GET /v1/buyers/{bid}/statement` and `GET /v1/suppliers/{sid}/statement`: what is owed, from day to day.

use axum::{extract::State, response::Response};
use domain::{
    id::{BuyerRef, SupplierRef},
    report::{MAX_DAYS, Period},
    statement::{Movement, statements},
};
use lambda::{Problem, auth::Caller, http::Named, query::Asked};
use store::{AccountRow, Party, Store};

use crate::{
    App, account,
    statement_view::{self, StatementView},
};

/// Read a buyer's statement
///
/// What it owed before the period, what was booked in it, by day and kind, and what it owes then; below zero, what it has paid in
/// advance. But for credit that was added or put right, the lines add up to the buyer's `revenue` of the report by booking time.
/// For the seller, and the buyer itself; 366 days at most.
#[utoipa::path(
    get,
    path = "/v1/buyers/{bid}/statement",
    tag = "money",
    params(
        ("bid" = String, Path, description = "The buyer's reference."),
        ("from" = String, Query, format = Date, description = "The first day of the period, as yyyy-mm-dd."),
        ("to" = String, Query, format = Date, description = "The last day of the period."),
        ("format" = Option<String>, Query, description = "`json` or `csv`, if not as Accept says."),
    ),
    responses((status = 200, content((StatementView = "application/json"), (String = "text/csv"))), Problem),
    security(("key" = []))
)]
pub(crate) async fn get_buyer_statement(
    State(app): State<App>,
    Caller { principal, .. }: Caller,
    Named(bid): Named<BuyerRef>,
    asked: Asked,
) -> Result<Response, Problem> {
    let party = account::buyer(&app.store, &principal, bid).await?;
    answer(&app.store, Party::Buyer(party), asked).await
}

/// Read a supplier's statement
///
/// What it was owed before the period, what was booked in it, by day and kind, and what it is owed then. The lines add up to the
/// supplier's `payout` of the report by booking time. For the seller, and the supplier itself; 366 days at most.
#[utoipa::path(
    get,
    path = "/v1/suppliers/{sid}/statement",
    tag = "money",
    params(
        ("sid" = String, Path, description = "The supplier's reference."),
        ("from" = String, Query, format = Date, description = "The first day of the period, as yyyy-mm-dd."),
        ("to" = String, Query, format = Date, description = "The last day of the period."),
        ("format" = Option<String>, Query, description = "`json` or `csv`, if not as Accept says."),
    ),
    responses((status = 200, content((StatementView = "application/json"), (String = "text/csv"))), Problem),
    security(("key" = []))
)]
pub(crate) async fn get_supplier_statement(
    State(app): State<App>,
    Caller { principal, .. }: Caller,
    Named(sid): Named<SupplierRef>,
    asked: Asked,
) -> Result<Response, Problem> {
    let party = account::supplier(&app.store, &principal, sid).await?;
    answer(&app.store, Party::Supplier(party), asked).await
}

async fn answer(store: &Store, party: Party, mut asked: Asked) -> Result<Response, Problem> {
    let format = asked.format();
    let period = asked.period(|from, to| Period::new(from, to, MAX_DAYS));
    let period = asked.finish(period)?;

    let account = store.account(&party, period.from(), period.to()).await?;
    let made = statements(&account.opening, account.rows.into_iter().map(movement));
    let made = made.map_err(|error| Problem::broken(&error))?;
    Ok(statement_view::answer(party, period, made, format))
}

fn movement(AccountRow { day, kind, currency, entries, minor }: AccountRow) -> Movement {
    Movement { day, kind, currency, entries, minor }
}
