//! How fast the functions start and answer, against one that does nothing, and how fast leads are taken in and returned, against
//! bare writes, whether a slow buyer holds up the others, what long files of returns take, pages of few leads and of many, and edits of a thousand leads by one order:
//! all in one run, for only what is measured side by side can be compared.
//!
//! `cargo bench -p tests` builds the release binaries and prints tables, smallest / median / largest; `--profile dev` is for a
//! quick look, and words behind `--` are the only parts that are measured then.
#![expect(clippy::print_stdout, reason = "this is the report")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot go on should stop")]

mod aws;
mod bare;
mod bucket;
mod bulk_edits;
mod figures;
mod functions;
mod ingests;
mod instance;
mod return_files;
mod runtime_api;
mod searches;
mod slow_buyer;
mod starts;
mod tables;

/// What can be measured alone.
const PARTS: [&str; 8] =
    ["starts", "ingests", "slow_buyer", "return_rows", "return_writes", "return_memory", "searches", "bulk_edits"];

#[tokio::main]
async fn main() {
    // Cargo says `--bench`.
    let named: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let unknown: Vec<&String> = named.iter().filter(|name| !PARTS.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "no parts: {unknown:?}; there are {PARTS:?}");
    let is_wanted = |part: &str| named.is_empty() || named.iter().any(|name| name == part);
    let binaries = match (is_wanted("starts"), is_wanted("return_memory")) {
        (true, _) => functions::build(None),
        (false, true) => functions::build(Some("return-file")),
        (false, false) => Vec::new(),
    };
    let aws = aws::Aws::start().await;
    if is_wanted("starts") {
        println!("{}", starts::measure(&binaries, &aws).await);
    }
    if is_wanted("ingests") {
        println!("{}", ingests::measure(&aws).await);
    }
    if is_wanted("slow_buyer") {
        println!("{}", slow_buyer::measure(&aws).await);
    }
    if is_wanted("return_rows") {
        println!("{}", return_files::rows());
    }
    if is_wanted("return_writes") {
        println!("{}", return_files::worker(&aws).await);
    }
    if is_wanted("return_memory") {
        println!("{}", return_files::memory(&binaries, &aws).await);
    }
    if is_wanted("searches") {
        println!("{}", searches::measure(&aws).await);
    }
    if is_wanted("bulk_edits") {
        println!("{}", bulk_edits::measure(&aws).await);
    }
}
