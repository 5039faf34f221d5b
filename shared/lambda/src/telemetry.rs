//! Log lines: JSON where Lambda asks for it, else text; our own from `info` on, those of libraries from `warn` on.

use tracing_subscriber::EnvFilter;

use crate::env;

/// Crates whose lines follow the level that is asked for. The runtime's span carries the request id.
const OURS: &[&str] =
    &["delivery", "dispatch", "domain", "ingest", "lambda", "lambda_runtime", "search", "setup", "store", "sweeper"];

/// Starts logging; to be called once, first thing in `main`. A second call changes nothing.
pub fn init() {
    // What cannot be read is as good as not set: there is no log yet to say so in.
    let read = |name| env::optional(name).ok().flatten().unwrap_or_default();
    let asked = read(env::RUST_LOG);
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::builder().parse_lossy(directives(&asked)))
        .with_ansi(false)
        .with_target(true);
    let json = read(env::AWS_LAMBDA_LOG_FORMAT).eq_ignore_ascii_case("json");
    // An error means that a subscriber is there already, as in tests that share a process.
    drop(if json {
        lines.json().flatten_event(true).with_current_span(false).try_init()
    } else {
        lines.compact().try_init()
    });
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
mod tests {
    use super::*;

    #[test]
    fn a_bare_level_is_for_our_own_crates_and_libraries_stay_at_warn() {
        assert!(directives("").starts_with("warn,delivery=info,"));
        let debug = directives("debug");
        assert!(debug.starts_with("warn,") && debug.contains(",store=debug,") && !debug.contains("hyper"), "{debug}");
        assert_eq!(directives("warn,hyper=debug"), "warn,hyper=debug");
    }
}
