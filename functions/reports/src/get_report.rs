//! `GET /v1/reports/{by}`: what leads and their money add up to.

use std::collections::BTreeSet;

use axum::{extract::State, response::Response};
use domain::{
    id::CampaignRef,
    report::{Dimension, Only, Period, Report, ReportError, Slice, View},
};
use lambda::{Problem, auth::Caller, http::Named, query::Asked};
use store::{Cell, CellId, Grain, Part, Span, Store};

use crate::{
    App,
    report_view::{self, About, ReportView},
    scope,
};

/// With more campaigns than this, the whole of a part is read instead of each campaign's.
const MAX_CAMPAIGNS_APART: usize = 5;

/// Read a report
///
/// With a row for each campaign, supplier, buyer, delivery, day or month of the period, and a total for each currency; days and
/// months are those of the account's time zone. `time` says by which time things count: when the lead was received, when it was
/// sold, or when it was booked. Over all time the three add up to the same; a month that is closed, three days after its end,
/// never changes by booking time.
///
/// Leads are of no buyer until they are sold. So in a report by buyer or delivery a row has `sold`, `returns`, `return_pct`,
/// `revenue`, `payout` and `profit` of its sales; a last row, without a reference, has the leads as they came in and what is paid for
/// these alone; and the total is that of all other reports. With `bid` or `did`, a report is about sales alone.
///
/// Suppliers see what their own leads come to, without what buyers pay; buyers what they bought and returned. A report has 366
/// days at most by day and ten years otherwise, and 9,000 rows at most (422 `too_many_rows`). It is made of the numbers of each
/// day or month, campaign, supplier and delivery that there was anything to count for; if these are more than 200,000 in the up
/// to five campaigns that it names, or else in all of them, it is 422 `too_much_to_read`.
#[utoipa::path(
    get,
    path = "/v1/reports/{by}",
    tag = "money",
    params(
        ("by" = Dimension, Path, description = "What the report has a row for."),
        ("from" = String, Query, format = Date, description = "The first day of the period, as yyyy-mm-dd."),
        ("to" = String, Query, format = Date, description = "The last day of the period."),
        ("time" = Option<View>, Query, description = "By which time things count; received without it."),
        ("campid" = Option<Vec<String>>, Query, description = "Only these campaigns; may be repeated."),
        ("sid" = Option<Vec<String>>, Query, description = "Only these suppliers; may be repeated."),
        ("bid" = Option<Vec<String>>, Query, description = "Only sales to these buyers; may be repeated."),
        ("did" = Option<Vec<String>>, Query, description = "Only sales through these deliveries; may be repeated."),
        ("format" = Option<String>, Query, description = "`json` or `csv`, if not as Accept says."),
    ),
    responses((status = 200, content((ReportView = "application/json"), (String = "text/csv"))), Problem),
    security(("key" = []))
)]
pub(crate) async fn get_report(
    State(app): State<App>,
    Caller { principal, .. }: Caller,
    Named(by): Named<Dimension>,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let format = asked.format();
    let time = asked.word("time", &View::ALL.map(|view| (view.word(), view))).unwrap_or_default();
    let only = Only {
        campaigns: asked.many("campid"),
        suppliers: asked.many("sid"),
        buyers: asked.many("bid"),
        deliveries: asked.many("did"),
    };
    let period = asked.period(|from, to| Period::for_report(from, to, by));
    let period = asked.finish(period)?;

    let only = scope::own(&principal, by, only)?;
    let about = About { by, time, period };
    let report = read(&app.store, about, only).await?;
    report_view::answer(&report, about, &principal, format)
}

/// Adds up what the books say. Which campaigns a supplier or a buyer has ever been in is not written down anywhere, so its own
/// report reads all of them too, unless it names some.
async fn read(store: &Store, About { by, time, period }: About, only: Only) -> Result<Report, Problem> {
    let campaigns = apart(&only.campaigns);
    let of_slice = |slice| campaigns.iter().map(move |campid| Part { span: span(slice), campid: campid.clone() });
    let parts: Vec<Part> = period.slices(by).into_iter().flat_map(of_slice).collect();
    let mut report = Report::new(by, only);
    let mut added: Result<(), ReportError> = Ok(());
    let add = |Cell { id: CellId { day, place, .. }, counts }| {
        if added.is_ok() {
            added = report.add(day, &place, counts);
        }
    };
    store.cells_of(time, &parts, add).await?;
    added.map_err(report_view::refused)?;
    Ok(report)
}

/// The campaigns whose cells are read apart from all others'; none of them: all are read together.
fn apart(campaigns: &BTreeSet<CampaignRef>) -> Vec<Option<CampaignRef>> {
    if campaigns.is_empty() || campaigns.len() > MAX_CAMPAIGNS_APART {
        vec![None]
    } else {
        campaigns.iter().cloned().map(Some).collect()
    }
}

fn span(slice: Slice) -> Span {
    match slice {
        Slice::Days { from, to } => Span { grain: Grain::Day, from, to },
        Slice::Months { from, to } => Span { grain: Grain::Month, from, to },
    }
}
