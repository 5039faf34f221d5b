//! Pages of leads where there are few and where there are many: time, and what the tables charge.

mod crowd;

use std::time::Instant;

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use comfy_table::Table;
use lambda::http::Function;
use search::App;
use serde_json::Value;
use store::{Identity, test_tables::TestTables};
use tests::furnished::{furnish, key_of};
use tower::ServiceExt;

use self::crowd::Crowd;
use crate::{
    aws::Aws,
    figures::{Series, ratio, table, thousandths},
    tables,
};

/// Leads that there are; fewer for a quick look.
const SIZES: [usize; 2] = if cfg!(debug_assertions) { [1_000, 10_000] } else { [10_000, 300_000] };
/// Pages of each kind.
const PAGES: usize = 40;

/// Looks for leads among few and among many.
pub(crate) async fn measure(aws: &Aws) -> Table {
    let [few, many] = [Hall::with(aws, SIZES[0]).await, Hall::with(aws, SIZES[1]).await];
    let titles = [
        "a page of 50".to_owned(),
        format!("of {} leads, ms", SIZES[0]),
        "read units".to_owned(),
        format!("of {} leads, ms", SIZES[1]),
        "read units".to_owned(),
        "×".to_owned(),
    ];
    let mut table = table(&titles.each_ref().map(String::as_str));
    for (what, asked) in crowd::QUESTIONS {
        // By turns, as what else the machine does comes and goes.
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for page in 0..PAGES {
            first.push(few.page(asked, page).await);
            second.push(many.page(asked, page).await);
        }
        let [few, many] = [first, second].map(|pages| {
            let times = Series::new(pages.iter().map(|page| page.0));
            (times, Series::new(pages.iter().map(|page| page.1)))
        });
        table.add_row([
            what.to_owned(),
            few.0.in_thousands(),
            thousandths(few.1.median()),
            many.0.in_thousands(),
            thousandths(many.1.median()),
            ratio(many.0.median(), few.0.median()),
        ]);
    }
    table
}

/// The function over tables with so many leads.
struct Hall {
    app: App,
    crowd: Crowd,
    _tables: TestTables,
}

impl Hall {
    async fn with(aws: &Aws, leads: usize) -> Self {
        let tables = tables::unstreamed().await;
        furnish(&tables.store(), &["http://127.0.0.1:9/"], false).await;
        let identity = Identity::new("a secret of the benchmark".to_owned().into());
        let crowd = Crowd { leads, now: lambda::now() };
        crowd.come(&tables.store(), &identity).await;
        let app = App {
            store: tables.store(),
            identity,
            export_bucket: aws.export_bucket(),
            lead_exports_queue: aws.lead_exports_queue(),
        };
        Self { app, crowd, _tables: tables }
    }

    /// How many microseconds a page takes, and how many thousandths of a read unit.
    async fn page(&self, asked: crowd::Question, number: usize) -> (u64, u64) {
        let uri = format!("/v1/leads?explain=true&{}", asked(&self.crowd, number));
        let request = Request::builder().uri(&uri).header("X-Key", key_of("seller")).body(Body::empty()).unwrap();
        let started = Instant::now();
        let answer = self.app.clone().router().oneshot(request).await.unwrap();
        let body = to_bytes(answer.into_body(), 10_000_000).await.unwrap();
        let took = u64::try_from(started.elapsed().as_micros()).unwrap();
        let page: Value = serde_json::from_slice(&body).unwrap();
        assert!(page["items"].as_array().is_some_and(|items| !items.is_empty()), "{uri}: {page}");
        let units = page["plan"]["read_units"].as_f64().unwrap();
        (took, format!("{units:.3}").replace('.', "").parse().unwrap())
    }
}
