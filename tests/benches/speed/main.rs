//! How fast the functions start and answer, against one that does nothing, and how fast leads are taken in, against
//! bare transactions, and whether a slow buyer holds up the others: all in one run, for only what is measured side by
//! side can be compared.
//!
//! `cargo bench -p tests` builds the release binaries and prints three tables, smallest / median / largest; `--profile dev`
//! is for a quick look.
#![expect(clippy::print_stdout, reason = "this is the report")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot go on should stop")]

mod aws;
mod figures;
mod functions;
mod ingests;
mod instance;
mod runtime_api;
mod slow_buyer;
mod starts;

#[tokio::main]
async fn main() {
    let binaries = functions::build();
    let aws = aws::Aws::start().await;
    println!("{}", starts::measure(&binaries, &aws).await);
    println!("{}", ingests::measure(&aws).await);
    println!("{}", slow_buyer::measure(&aws).await);
}
