//! Log lines: JSON where Lambda asks for it, else text; our own from `info` on, those of libraries from `warn` on.

mod line;

use std::{io, panic::PanicHookInfo};

use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter,
    fmt::{MakeWriter, format::JsonFields},
    util::SubscriberInitExt,
};

use crate::{env, metrics};

/// Crates whose lines follow the level that is asked for. The runtime's span carries the request id.
const OURS: &[&str] = &[
    "bulk",
    "consent",
    "delivery",
    "dispatch",
    "domain",
    "feedback",
    "ingest",
    "lambda",
    "lambda_runtime",
    "lead_import",
    "notify",
    "reports",
    "responder",
    "return_file",
    "returns",
    "rollup",
    "search",
    "setup",
    "spreadsheet",
    "store",
    "sweeper",
];
/// Where the template gives no other, on nobody's stack.
const DEFAULT_NAMESPACE: &str = "volley";

/// Starts logging and counting; to be called once, first thing in `main`. A second call changes nothing.
pub fn init() {
    // What cannot be read is as good as not set: there is no log yet to say so in.
    let read = |name| env::optional(name).ok().flatten();
    let filter = filter(&read(env::RUST_LOG).unwrap_or_default());
    // An error means that a subscriber is there already, as in tests that share a process.
    drop(if read(env::AWS_LAMBDA_LOG_FORMAT).is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        json_lines(filter, io::stdout).try_init()
    } else {
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).compact().finish().try_init()
    });
    report_panics();
    metrics::init(read(env::METRICS_NAMESPACE).unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned()));
}

/// Writes each event as one flat JSON object.
pub fn json_lines(
    filter: EnvFilter,
    writer: impl for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(writer);
    lines.fmt_fields(JsonFields::new()).event_format(line::Line).finish()
}

/// What is logged where `asked` is the level, or the directives, of the environment.
pub fn filter(asked: &str) -> EnvFilter {
    EnvFilter::builder().parse_lossy(directives(asked))
}

/// Makes every panic of the process a log line.
pub fn report_panics() {
    std::panic::set_hook(Box::new(report));
}

/// The one line about a panic, in the spans in which it happened. Where it happened is enough to find it; what it says may
/// quote a lead, as that of a string sliced at a wrong place does, unless it is a fixed text.
fn report(panic: &PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string).unwrap_or_default();
    let says = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(not a fixed text)");
    tracing::error!(at, says, "panicked");
}

/// A bare level is for our own crates: libraries write requests with their bodies from `debug` on, and those hold
/// personal data. Directives, which somebody wrote for a purpose, are taken as they are.
fn directives(asked: &str) -> String {
    if asked.contains(['=', ',']) {
        return asked.to_owned();
    }
    let level = if asked.is_empty() { "info" } else { asked };
    let ours = OURS.iter().map(|name| format!("{name}={level}"));
    std::iter::once("warn".to_owned()).chain(ours).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_bare_level_is_for_our_own_crates_and_libraries_stay_at_warn() {
        assert!(directives("").starts_with("warn,bulk=info,consent=info,"));
        let debug = directives("debug");
        assert!(debug.starts_with("warn,") && debug.contains(",store=debug,") && !debug.contains("hyper"), "{debug}");
        assert_eq!(directives("warn,hyper=debug"), "warn,hyper=debug");
    }

    #[test]
    fn every_crate_that_runs_in_a_function_is_one_of_ours() {
        for room in ["../../functions", ".."] {
            let entries = Path::new(env!("CARGO_MANIFEST_DIR")).join(room).read_dir().unwrap();
            for crate_dir in entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir()) {
                let name = crate_dir.file_name().into_string().unwrap().replace('-', "_");
                assert!(OURS.contains(&name.as_str()), "the lines of {name} are dropped below warn");
            }
        }
    }
}
